"""Wrong arguments of neural networks, random numbers and images; see wrong_arguments.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from golden.wrong_arguments import fed, wrong

# --- neural networks ------------------------------------------------------------------------------
_IMAGE, _FILTER = [1, 4, 4, 2], [2, 2, 2, 3]


def conv(image: Any = None, kernel: Any = None, **changed: Any) -> Callable[[Any], Any]:
    """A convolution with some arguments changed."""
    arguments = {"strides": [1, 1, 1, 1], "padding": "SAME", **changed}
    return lambda tf: tf.nn.conv2d(
        tf.zeros(image or _IMAGE), tf.zeros(kernel or _FILTER), **arguments
    )


def pool(function: str, *arguments: Any, **more: Any) -> Callable[[Any], Any]:
    """A pooling of images with these arguments."""
    return lambda tf: getattr(tf.nn, function)(tf.zeros(_IMAGE), *arguments, **more)


wrong("conv2d: channels", conv(kernel=[2, 2, 3, 3]), "3")
wrong("conv2d: image of rank 3", conv(image=[4, 4, 2]), "3")
wrong("conv2d: filter of rank 3", conv(kernel=[2, 2, 2]), "3")
wrong("conv2d: padding", conv(padding="FULL"), "FULL")
wrong("conv2d: format", conv(data_format="NWHC"), "NWHC")
wrong("conv2d: stride 0", conv(strides=[1, 0, 1, 1]), "0")
wrong("conv2d: negative stride", conv(strides=[1, -1, -1, 1]), "-1")
wrong("conv2d: three strides", conv(strides=[1, 1, 1]), "3")
wrong("conv2d: stride over channels", conv(strides=[1, 1, 1, 2]), "2")
wrong("conv2d: dilation 0", conv(dilations=[1, 0, 1, 1]), "0")
wrong("conv2d: dilation over batch", conv(dilations=[2, 1, 1, 1]), "2")
wrong("conv2d: filter too large", conv(kernel=[5, 5, 2, 1], padding="VALID"), "5")
wrong("conv2d: explicit negative", conv(padding=[[0, 0], [-1, 0], [0, 0], [0, 0]]), "-1")
wrong("conv2d: explicit batch", conv(padding=[[1, 0], [0, 0], [0, 0], [0, 0]]), "1")
wrong("conv2d: explicit, too short", conv(padding=[[0, 0], [1, 1]]), "[1, 1]")
wrong("conv2d: integers", lambda tf: tf.nn.conv2d(
    tf.zeros(_IMAGE, tf.int64), tf.zeros(_FILTER, tf.int64), [1, 1, 1, 1], "SAME"),
    "int64")  # fmt: skip
wrong("conv2d_transpose: output shape", lambda tf: tf.nn.conv2d_transpose(
    tf.zeros([1, 2, 2, 3]), tf.zeros([2, 2, 2, 3]), [1, 9, 9, 2], [1, 2, 2, 1]), "5")  # fmt: skip
wrong("conv2d_transpose: channels", lambda tf: tf.nn.conv2d_transpose(
    tf.zeros([1, 2, 2, 4]), tf.zeros([2, 2, 2, 3]), [1, 4, 4, 2], [1, 2, 2, 1]), "4")  # fmt: skip
wrong("conv2d_transpose: padding", lambda tf: tf.nn.conv2d_transpose(
    tf.zeros([1, 2, 2, 3]), tf.zeros([2, 2, 2, 3]), [1, 4, 4, 2], [1, 2, 2, 1], "FULL"),
    "FULL")  # fmt: skip
wrong("depthwise_conv2d: channels", lambda tf: tf.nn.depthwise_conv2d(
    tf.zeros(_IMAGE), tf.zeros([2, 2, 3, 1]), [1, 1, 1, 1], "SAME"), "3")  # fmt: skip
wrong("depthwise_conv2d: padding", lambda tf: tf.nn.depthwise_conv2d(
    tf.zeros(_IMAGE), tf.zeros([2, 2, 2, 1]), [1, 1, 1, 1], "FULL"), "FULL")  # fmt: skip
wrong("conv1d: rank", lambda tf: tf.nn.conv1d(
    tf.zeros([4, 2]), tf.zeros([2, 2, 3]), 1, "SAME"), "2")  # fmt: skip
wrong("conv3d: strides", lambda tf: tf.nn.conv3d(
    tf.zeros([1, 2, 2, 2, 1]), tf.zeros([1, 1, 1, 1, 1]), [1, 1, 1, 1], "SAME"), "4")  # fmt: skip
wrong("conv3d: channels", lambda tf: tf.nn.conv3d(
    tf.zeros([1, 2, 2, 2, 1]), tf.zeros([1, 1, 1, 2, 1]), [1] * 5, "SAME"), "2")  # fmt: skip
wrong("conv3d: stride over batch", lambda tf: tf.nn.conv3d(
    tf.zeros([1, 2, 2, 2, 1]), tf.zeros([1, 1, 1, 1, 1]), [2, 1, 1, 1, 1], "SAME"),
    "2")  # fmt: skip
wrong("convolution: padding", lambda tf: tf.nn.convolution(
    tf.zeros(_IMAGE), tf.zeros(_FILTER), "FULL"), "FULL")  # fmt: skip
wrong("convolution: both", lambda tf: tf.nn.convolution(
    tf.zeros(_IMAGE), tf.zeros(_FILTER), "SAME", [2, 2], [2, 2]), "2")  # fmt: skip
wrong("convolution: strides", lambda tf: tf.nn.convolution(
    tf.zeros(_IMAGE), tf.zeros(_FILTER), "SAME", [1, 1, 1]), "3")  # fmt: skip
wrong("atrous_conv2d: rate 0", lambda tf: tf.nn.atrous_conv2d(
    tf.zeros(_IMAGE), tf.zeros(_FILTER), 0, "SAME"), "0")  # fmt: skip
_ONE, _TWO = [1, 1, 1, 1], [1, 2, 2, 1]
for _name in ("max_pool", "avg_pool"):
    wrong(f"{_name}: window too large", pool(_name, [1, 5, 5, 1], _ONE, "VALID"), "5")
    wrong(f"{_name}: window 0", pool(_name, [1, 0, 2, 1], _ONE, "VALID"), "0")
    wrong(f"{_name}: stride 0", pool(_name, _TWO, [1, 0, 1, 1], "VALID"), "0")
    wrong(f"{_name}: padding", pool(_name, _TWO, _ONE, "FULL"), "FULL")
    wrong(f"{_name}: format", pool(_name, _TWO, _ONE, "SAME", data_format="NWHC"), "NWHC")
    wrong(f"{_name}: three sizes", pool(_name, [1, 2, 2], _ONE, "SAME"), "3")
    wrong(f"{_name}: over batch", pool(_name, [2, 1, 1, 1], _ONE, "SAME"), "2")
wrong("max_pool_with_argmax: window", lambda tf: list(tf.nn.max_pool_with_argmax(
    tf.zeros(_IMAGE), [1, 5, 5, 1], _ONE, "VALID")), "5")  # fmt: skip
wrong("pool: type", lambda tf: tf.nn.pool(tf.zeros(_IMAGE), [2, 2], "MIN", "SAME"), "MIN")
wrong("avg_pool3d: window", lambda tf: tf.nn.avg_pool3d(
    tf.zeros([1, 2, 2, 2, 1]), [1, 3, 3, 3, 1], [1] * 5, "VALID"), "3")  # fmt: skip
wrong("fractional_max_pool: ratio", lambda tf: list(tf.nn.fractional_max_pool(
    tf.zeros(_IMAGE), [1.0, 0.5, 1.0, 1.0])), "0.5")  # fmt: skip
wrong("dilation2d: channels", lambda tf: tf.nn.dilation2d(
    tf.zeros(_IMAGE), tf.zeros([2, 2, 3]), _ONE, _ONE, "SAME"), "3")  # fmt: skip
wrong("lrn: rank", lambda tf: tf.nn.local_response_normalization(tf.zeros([2, 2])), "2")
wrong("bias_add: sizes", lambda tf: tf.nn.bias_add(tf.zeros([2, 3]), tf.zeros([2])), "2")
wrong("bias_add: format", lambda tf: tf.nn.bias_add(
    tf.zeros([2, 3]), tf.zeros([3]), data_format="NX"), "NX")  # fmt: skip
wrong("dropout: rate 2", lambda tf: tf.nn.dropout(tf.zeros([2]), rate=2.0), "2")
wrong("dropout: keep 0", lambda tf: tf.nn.dropout(tf.zeros([2]), 0.0), "0")
wrong("dropout: keep -1", lambda tf: tf.nn.dropout(tf.zeros([2]), -1.0), "2.0")
wrong("dropout: integers", lambda tf: tf.nn.dropout(tf.zeros([2], tf.int32), rate=0.5), "int32")
wrong("softmax: axis", lambda tf: tf.nn.softmax(tf.zeros([2]), 1), "1")
wrong("softmax: scalar", lambda tf: tf.nn.softmax(tf.zeros([])), "()")
wrong("log_softmax: axis", lambda tf: tf.nn.log_softmax(tf.zeros([2]), -2), "-2")
wrong("sparse_softmax: label", lambda tf: tf.nn.sparse_softmax_cross_entropy_with_logits(
    labels=fed(tf, [5], "int32"), logits=tf.zeros([1, 3])), "5")  # fmt: skip
wrong("sparse_softmax: scalar", lambda tf: tf.nn.sparse_softmax_cross_entropy_with_logits(
    labels=0, logits=0.0), "scalar")  # fmt: skip
wrong("softmax_cross_entropy: by place", lambda tf: tf.nn.softmax_cross_entropy_with_logits(
    tf.zeros([2]), tf.zeros([2])), "logits=")  # fmt: skip
wrong("sigmoid_cross_entropy: shapes", lambda tf: tf.nn.sigmoid_cross_entropy_with_logits(
    labels=tf.zeros([2]), logits=tf.zeros([3])), "3")  # fmt: skip
wrong("weighted_cross_entropy: shapes", lambda tf: tf.nn.weighted_cross_entropy_with_logits(
    labels=tf.zeros([2]), logits=tf.zeros([3]), pos_weight=1.0), "3")  # fmt: skip
wrong("fused_batch_norm: sizes", lambda tf: list(tf.nn.fused_batch_norm(
    tf.zeros(_IMAGE), tf.ones([3]), tf.zeros([3]))), "3")  # fmt: skip
wrong("embedding_lookup: nothing", lambda tf: tf.nn.embedding_lookup([], [0]), "at least one")
wrong("embedding_lookup: strategy", lambda tf: tf.nn.embedding_lookup(
    [tf.zeros([2, 1]), tf.zeros([2, 1])], [0], "third"), "third")  # fmt: skip
wrong("embedding_lookup: too far", lambda tf: tf.nn.embedding_lookup(tf.zeros([2, 1]), [2]), "2")
wrong("log_uniform_candidate_sampler: none", lambda tf: list(
    tf.random.log_uniform_candidate_sampler([[0]], 1, 0, True, 5)), "0")  # fmt: skip
wrong("log_uniform_candidate_sampler: too many", lambda tf: list(
    tf.random.log_uniform_candidate_sampler([[0]], 1, 6, True, 5)), "6")  # fmt: skip
wrong(
    "ctc_loss: dense labels", lambda tf: tf.nn.ctc_loss([[1]], tf.zeros([2, 1, 3]), [2]), "labels"
)
wrong("ctc_beam_search_decoder: paths", lambda tf: tf.nn.ctc_beam_search_decoder(
    tf.zeros([2, 1, 3]), [2], beam_width=1, top_paths=2)[1], "2")  # fmt: skip

# --- random ---------------------------------------------------------------------------------------
wrong("random_uniform: negative size", lambda tf: tf.random_uniform([-1]), "-1")
wrong("random_uniform: no maxval", lambda tf: tf.random_uniform([1], dtype=tf.int32), "maxval")
wrong("random_uniform: empty range", lambda tf: tf.random_uniform([1], 3, 3, tf.int32), "3")
wrong("random_uniform: strings", lambda tf: tf.random_uniform([1], dtype=tf.string), "string")
wrong("random_normal: integers", lambda tf: tf.random_normal([1], dtype=tf.int32), "int32")
wrong("random_normal: a matrix of sizes", lambda tf: tf.random_normal([[1]]), "2")
wrong("multinomial: vector", lambda tf: tf.multinomial(tf.zeros([2]), 1), "1")
wrong("multinomial: negative", lambda tf: tf.multinomial(tf.zeros([1, 2]), -1), "-1")
wrong("random_crop: too large", lambda tf: tf.random_crop(tf.zeros([2]), [3]), "3")
wrong("stateless_random_uniform: seed", lambda tf: tf.random.stateless_uniform([1], [1]), "1")
wrong("random_gamma: integers", lambda tf: tf.random_gamma([1], 1.0, dtype=tf.int32), "int32")

# --- images ---------------------------------------------------------------------------------------
wrong("resize_images: method", lambda tf: tf.image.resize_images(tf.zeros(_IMAGE), [2, 2], 9), "9")
wrong("resize_images: size", lambda tf: tf.image.resize_images(tf.zeros(_IMAGE), [2]), "1")
wrong("resize_images: rank", lambda tf: tf.image.resize_images(tf.zeros([4, 4]), [2, 2]), "2")
wrong("resize_bilinear: size 0", lambda tf: tf.image.resize_bilinear(tf.zeros(_IMAGE), [0, 2]), "0")
wrong("resize_bilinear: both ways", lambda tf: tf.image.resize_bilinear(
    tf.zeros(_IMAGE), [2, 2], align_corners=True, half_pixel_centers=True), "both")  # fmt: skip
wrong("crop_to_bounding_box: too far", lambda tf: tf.image.crop_to_bounding_box(
    tf.zeros(_IMAGE), 2, 2, 3, 3), "3")  # fmt: skip
wrong("crop_to_bounding_box: negative", lambda tf: tf.image.crop_to_bounding_box(
    tf.zeros(_IMAGE), -1, 0, 1, 1), "-1")  # fmt: skip
wrong("pad_to_bounding_box: too small", lambda tf: tf.image.pad_to_bounding_box(
    tf.zeros(_IMAGE), 0, 0, 3, 3), "3")  # fmt: skip
wrong("central_crop: fraction", lambda tf: tf.image.central_crop(tf.zeros([4, 4, 1]), 2.0), "2")
wrong("rot90: rank", lambda tf: tf.image.rot90(tf.zeros([4, 4])), "(4, 4)")
wrong("random_hue: delta", lambda tf: tf.image.random_hue(tf.zeros([2, 2, 3]), 0.7), "0.7")
wrong("random_brightness: negative", lambda tf: tf.image.random_brightness(
    tf.zeros([2, 2, 3]), -1.0), "-1")  # fmt: skip
wrong("random_contrast: range", lambda tf: tf.image.random_contrast(
    tf.zeros([2, 2, 3]), 2.0, 1.0), "1")  # fmt: skip
wrong("rgb_to_hsv: channels", lambda tf: tf.image.rgb_to_hsv(tf.zeros([2, 2, 4])), "4")
wrong("rgb_to_grayscale: channels", lambda tf: tf.image.rgb_to_grayscale(tf.zeros([2, 4])), "4")
wrong("convert_image_dtype: strings", lambda tf: tf.image.convert_image_dtype(
    tf.zeros([2, 2, 3]), tf.string), "string")  # fmt: skip
wrong("crop_and_resize: method", lambda tf: tf.image.crop_and_resize(
    tf.zeros(_IMAGE), [[0.0, 0, 1, 1]], [0], [2, 2], method="cubic"), "cubic")  # fmt: skip
wrong("crop_and_resize: box", lambda tf: tf.image.crop_and_resize(
    tf.zeros(_IMAGE), [[0.0, 0, 1, 1]], [1], [2, 2]), "1")  # fmt: skip
wrong("decode_png: channels", lambda tf: tf.image.decode_png("", channels=5), "5")
wrong("decode_png: no picture", lambda tf: tf.image.decode_png("abc"), "PNG")
wrong("decode_png: dtype", lambda tf: tf.image.decode_png("abc", dtype=tf.float32), "float32")
wrong("decode_jpeg: no picture", lambda tf: tf.image.decode_jpeg("abc"), "JPEG")
wrong("decode_jpeg: ratio", lambda tf: tf.image.decode_jpeg("abc", ratio=3), "3")
wrong("encode_png: channels", lambda tf: tf.image.encode_png(tf.zeros([2, 2, 5], tf.uint8)), "5")
wrong("encode_jpeg: quality", lambda tf: tf.image.encode_jpeg(
    tf.zeros([2, 2, 3], tf.uint8), quality=101), "101")  # fmt: skip
wrong("extract_image_patches: padding", lambda tf: tf.image.extract_image_patches(
    tf.zeros(_IMAGE), _TWO, _ONE, _ONE, "FULL"), "FULL")  # fmt: skip
wrong("extract_image_patches: sizes", lambda tf: tf.image.extract_image_patches(
    tf.zeros(_IMAGE), [1, 2, 2], _ONE, _ONE, "SAME"), "3")  # fmt: skip
wrong("non_max_suppression: threshold", lambda tf: tf.image.non_max_suppression(
    tf.zeros([1, 4]), tf.zeros([1]), 1, iou_threshold=2.0), "2")  # fmt: skip
wrong("ssim: too small", lambda tf: tf.image.ssim(
    tf.zeros([2, 2, 1]), tf.zeros([2, 2, 1]), 1.0), "2")  # fmt: skip
