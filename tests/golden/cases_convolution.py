"""Cases of depthwise, separable, one-dimensional and dilated convolutions."""

from __future__ import annotations

from typing import Any

from golden.case import Family, real
from golden.cases_image import spread, through_last

family = Family("convolution")
case = family.add
ONES = [1, 1, 1, 1]


def depthwise(strides: Any, padding: str, **more: Any) -> Any:
    return lambda tf, x, w: tf.nn.depthwise_conv2d(x, w, strides, padding, **more)


for padding in ("SAME", "VALID"):
    case(f"depthwise {padding}", depthwise(ONES, padding), real(2, 4, 5, 2), real(3, 2, 2, 1),
         also=("float32",), nodes=False)  # fmt: skip
    case(f"depthwise {padding}, strides 2, multiplier 3", depthwise([1, 2, 2, 1], padding),
         real(1, 5, 6, 2), real(2, 3, 2, 3), nodes=False)  # fmt: skip
    case(f"separable {padding}", lambda tf, x, d, p, padding=padding: tf.nn.separable_conv2d(
         x, d, p, ONES, padding), real(1, 4, 4, 2), real(2, 2, 2, 2), real(1, 1, 4, 3),
         nodes=False)  # fmt: skip
    case(f"conv1d {padding}", lambda tf, x, w, padding=padding: tf.nn.conv1d(x, w, 1, padding),
         real(2, 6, 2), real(3, 2, 2), also=("float32",), nodes=False)  # fmt: skip
    case(f"conv1d {padding}, stride 2", lambda tf, x, w, padding=padding: tf.nn.conv1d(
         x, w, stride=2, padding=padding), real(1, 7, 1), real(2, 1, 2), nodes=False)  # fmt: skip
    case(f"atrous {padding}", lambda tf, x, w, padding=padding: tf.nn.atrous_conv2d(
         x, w, 2, padding), real(1, 7, 6, 1), real(2, 3, 1, 2), nodes=False,
         exact_static=False, variants=("known",),
         golden_build=lambda tf, x, w, padding=padding: tf.nn.conv2d(
         x, spread(tf, w, (2, 2)), 1, padding))  # fmt: skip
    case(f"convolution of images {padding}", lambda tf, x, w, padding=padding: tf.nn.convolution(
         x, w, padding, strides=[2, 1]), real(1, 5, 5, 2), real(2, 2, 2, 1), nodes=False,
         variants=("known", "unknown dims"))  # fmt: skip
    case(f"convolution of sequences {padding}", lambda tf, x, w, padding=padding: tf.nn.convolution(
         x, w, padding), real(2, 5, 2), real(3, 2, 1), nodes=False,
         variants=("known", "unknown dims"))  # fmt: skip
# TensorFlow leaves the filter's gradient of an empty batch unset: there is nothing to compare.
case("depthwise of an empty batch", depthwise(ONES, "SAME"), real(0, 3, 3, 2), real(2, 2, 2, 1),
     nodes=False, gradient=False)  # fmt: skip
case("depthwise dilated", depthwise(ONES, "VALID", rate=[2, 2]), real(1, 6, 6, 2),
     real(2, 2, 2, 1), nodes=False, variants=("known",), golden_build=lambda tf, x, w:
     tf.nn.depthwise_conv2d(x, spread(tf, w, (2, 2)), ONES, "VALID"))  # fmt: skip
case("depthwise NCHW", depthwise(ONES, "SAME", data_format="NCHW"), real(1, 2, 4, 4),
     real(3, 3, 2, 1), nodes=False, golden_build=through_last(depthwise(ONES, "SAME")))  # fmt: skip
case("depthwise_conv2d_native", lambda tf, x, w: tf.nn.depthwise_conv2d_native(
     x, w, [1, 2, 2, 1], "SAME"), real(1, 4, 4, 1), real(3, 3, 1, 2), nodes=False)  # fmt: skip
case("separable, strides 2", lambda tf, x, d, p: tf.nn.separable_conv2d(x, d, p, [1, 2, 2, 1],
     "SAME"), real(1, 5, 5, 1), real(3, 3, 1, 2), real(1, 1, 2, 2), nodes=False)  # fmt: skip
