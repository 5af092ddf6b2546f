"""`tf.image`: functions of pictures: sizes, colours, boxes."""

from flowgraph.ops.image import transforms as _transforms  # tf.contrib.image is made of it
from flowgraph.ops.image.adjust import (
    adjust_brightness,
    adjust_contrast,
    adjust_gamma,
    adjust_hue,
    adjust_saturation,
    per_image_standardization,
    random_brightness,
    random_contrast,
    random_hue,
    random_saturation,
)
from flowgraph.ops.image.boxes import draw_bounding_boxes, sample_distorted_bounding_box
from flowgraph.ops.image.color import (
    grayscale_to_rgb,
    hsv_to_rgb,
    rgb_to_grayscale,
    rgb_to_hsv,
    rgb_to_yiq,
    rgb_to_yuv,
    yiq_to_rgb,
    yuv_to_rgb,
)
from flowgraph.ops.image.convert import convert_image_dtype
from flowgraph.ops.image.crop_and_resize import crop_and_resize
from flowgraph.ops.image.cropping import (
    central_crop,
    crop_to_bounding_box,
    pad_to_bounding_box,
    resize_image_with_crop_or_pad,
)
from flowgraph.ops.image.cropping import resize_image_with_crop_or_pad as resize_with_crop_or_pad
from flowgraph.ops.image.decoding import (
    decode_and_crop_jpeg,
    decode_bmp,
    decode_gif,
    decode_image,
    decode_jpeg,
    decode_png,
)
from flowgraph.ops.image.edges import image_gradients, sobel_edges, total_variation
from flowgraph.ops.image.encoding import (
    adjust_jpeg_quality,
    encode_jpeg,
    encode_png,
    extract_jpeg_shape,
    is_jpeg,
    random_jpeg_quality,
)
from flowgraph.ops.image.flipping import (
    flip_left_right,
    flip_up_down,
    random_flip_left_right,
    random_flip_up_down,
    rot90,
    transpose_image,
)
from flowgraph.ops.image.flipping import transpose_image as transpose
from flowgraph.ops.image.glimpse import extract_glimpse
from flowgraph.ops.image.nms import (
    non_max_suppression,
    non_max_suppression_padded,
    non_max_suppression_with_scores,
)
from flowgraph.ops.image.nms import (
    non_max_suppression_with_overlaps as non_max_suppression_overlaps,
)
from flowgraph.ops.image.nms_combined import combined_non_max_suppression
from flowgraph.ops.image.patches import extract_image_patches, extract_patches
from flowgraph.ops.image.quality import psnr, ssim, ssim_multiscale
from flowgraph.ops.image.resize import (
    resize_area,
    resize_bicubic,
    resize_bilinear,
    resize_nearest_neighbor,
)
from flowgraph.ops.image.resizing import ResizeMethod, resize_image_with_pad, resize_images
from flowgraph.ops.image.resizing import resize_images as resize
from flowgraph.ops.random.shuffle import random_crop
