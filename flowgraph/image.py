"""`tf.image`: functions of pictures: sizes, colours, boxes."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.ops.image.adjust": (
        "adjust_brightness adjust_contrast adjust_gamma adjust_hue adjust_saturation "
        "per_image_standardization random_brightness random_contrast random_hue random_saturation "
        "per_image_whitening=per_image_standardization"
    ),
    "flowgraph.ops.image.boxes": "draw_bounding_boxes sample_distorted_bounding_box",
    "flowgraph.ops.image.color": (
        "grayscale_to_rgb hsv_to_rgb rgb_to_grayscale rgb_to_hsv rgb_to_yiq rgb_to_yuv yiq_to_rgb "
        "yuv_to_rgb"
    ),
    "flowgraph.ops.image.convert": "convert_image_dtype",
    "flowgraph.ops.image.crop_and_resize": "crop_and_resize",
    "flowgraph.ops.image.cropping": (
        "central_crop crop_to_bounding_box pad_to_bounding_box resize_image_with_crop_or_pad "
        "resize_with_crop_or_pad=resize_image_with_crop_or_pad"
    ),
    "flowgraph.ops.image.decoding": (
        "decode_and_crop_jpeg decode_bmp decode_gif decode_image decode_jpeg decode_png"
    ),
    "flowgraph.ops.image.edges": "image_gradients sobel_edges total_variation",
    "flowgraph.ops.image.encoding": (
        "adjust_jpeg_quality encode_jpeg encode_png extract_jpeg_shape is_jpeg random_jpeg_quality"
    ),
    "flowgraph.ops.image.flipping": (
        "flip_left_right flip_up_down random_flip_left_right random_flip_up_down rot90 "
        "transpose_image transpose=transpose_image"
    ),
    "flowgraph.ops.image.glimpse": "extract_glimpse",
    "flowgraph.ops.image.nms": (
        "non_max_suppression non_max_suppression_padded non_max_suppression_with_scores "
        "non_max_suppression_overlaps=non_max_suppression_with_overlaps"
    ),
    "flowgraph.ops.image.nms_combined": "combined_non_max_suppression",
    "flowgraph.ops.image.patches": "extract_image_patches extract_patches",
    "flowgraph.ops.image.quality": "psnr ssim ssim_multiscale",
    "flowgraph.ops.image.resize": (
        "resize_area resize_bicubic resize_bilinear resize_nearest_neighbor"
    ),
    "flowgraph.ops.image.resizing": (
        "ResizeMethod resize_image_with_pad resize_images resize=resize_images"
    ),
    "flowgraph.ops.random.shuffle": "random_crop",
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
