"""Record what TensorFlow's CPU kernels of convolution and pooling return, into conv.npz.

Run with a Python that has TensorFlow 2 (`import tensorflow.compat.v1`). The cases are also what
tests/kernels reads: each entry is named `<op>|<attributes as JSON>|<argument or "result">`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

Attributes = dict[str, Any]
_GEOMETRIES = [  # image height and width, kernel, stride, dilation, padding
    ((7, 6), (3, 3), (1, 1), (1, 1), "SAME"),
    ((7, 6), (3, 2), (2, 2), (1, 1), "SAME"),
    ((8, 9), (2, 3), (3, 3), (1, 1), "VALID"),
    ((9, 8), (3, 2), (1, 1), (2, 2), "SAME"),
    ((9, 8), (3, 3), (1, 1), (2, 1), "VALID"),
    ((5, 6), (1, 1), (2, 2), (1, 1), "SAME"),
]


def _attributes(stride: Any, dilation: Any, padding: str) -> Attributes:
    return {
        "strides": [1, *stride, 1],
        "dilations": [1, *dilation, 1],
        "padding": padding,
    }


def _numbers(rng: np.random.Generator, *shape: int) -> Any:
    return rng.integers(-8, 9, shape).astype(np.float32) / 4


def _convolutions(tf: Any, rng: np.random.Generator) -> Any:
    for size, kernel, stride, dilation, padding in _GEOMETRIES:
        attrs = _attributes(stride, dilation, padding)
        x, w = _numbers(rng, 2, *size, 3), _numbers(rng, *kernel, 3, 4)
        yield from _convolution(tf, rng, attrs, x, w)
    explicit = _attributes((2, 1), (1, 1), "EXPLICIT")
    explicit["explicit_paddings"] = [0, 0, 2, 1, 0, 3, 0, 0]
    yield from _convolution(tf, rng, explicit, _numbers(rng, 2, 6, 5, 2), _numbers(rng, 3, 3, 2, 3))


def _convolution(tf: Any, rng: np.random.Generator, attrs: Attributes, x: Any, w: Any) -> Any:
    y = tf.raw_ops.Conv2D(input=x, filter=w, **attrs).numpy()
    dy = _numbers(rng, *y.shape)
    yield "conv2d", attrs, {"x": x, "w": w}, y
    dx = tf.raw_ops.Conv2DBackpropInput(input_sizes=x.shape, filter=w, out_backprop=dy, **attrs)
    yield "conv2d_backprop_input", attrs, {"sizes": x.shape, "w": w, "dy": dy}, dx
    dw = tf.raw_ops.Conv2DBackpropFilter(input=x, filter_sizes=w.shape, out_backprop=dy, **attrs)
    yield "conv2d_backprop_filter", attrs, {"x": x, "sizes": w.shape, "dy": dy}, dw


def _depthwise_convolutions(tf: Any, rng: np.random.Generator) -> Any:
    for size, kernel, stride, dilation, padding in _GEOMETRIES:
        if dilation != (1, 1):
            continue  # TensorFlow's CPU kernel ignores dilations
        attrs = _attributes(stride, dilation, padding)
        x, w = _numbers(rng, 2, *size, 3), _numbers(rng, *kernel, 3, 2)
        y = tf.raw_ops.DepthwiseConv2dNative(input=x, filter=w, **attrs).numpy()
        dy = _numbers(rng, *y.shape)
        yield "depthwise_conv2d", attrs, {"x": x, "w": w}, y
        dx = tf.raw_ops.DepthwiseConv2dNativeBackpropInput(
            input_sizes=x.shape, filter=w, out_backprop=dy, **attrs
        )
        arguments = {"sizes": x.shape, "w": w, "dy": dy}
        yield "depthwise_conv2d_backprop_input", attrs, arguments, dx
        dw = tf.raw_ops.DepthwiseConv2dNativeBackpropFilter(
            input=x, filter_sizes=w.shape, out_backprop=dy, **attrs
        )
        arguments = {"x": x, "sizes": w.shape, "dy": dy}
        yield "depthwise_conv2d_backprop_filter", attrs, arguments, dw


def _poolings(tf: Any, rng: np.random.Generator) -> Any:
    for size, kernel, stride, dilation, padding in [
        *_GEOMETRIES,
        ((8, 6), (2, 2), (2, 2), (1, 1), "VALID"),
    ]:
        if dilation == (1, 1):
            attrs = _attributes(stride, dilation, padding) | {"ksize": [1, *kernel, 1]}
            del attrs["dilations"]
            # Few different numbers, so that windows have several maxima.
            x = rng.integers(-2, 1, (2, *size, 3)).astype(np.float32)
            yield from _pooling(tf, rng, attrs, x)


def _pooling(tf: Any, rng: np.random.Generator, attrs: Attributes, x: Any) -> Any:
    y = tf.raw_ops.MaxPool(input=x, **attrs).numpy()
    dy, ddx = _numbers(rng, *y.shape), _numbers(rng, *x.shape)
    yield "max_pool", attrs, {"x": x}, y
    dx = tf.raw_ops.MaxPoolGrad(orig_input=x, orig_output=y, grad=dy, **attrs)
    yield "max_pool_grad", attrs, {"x": x, "y": y, "dy": dy}, dx
    ddy = tf.raw_ops.MaxPoolGradGrad(orig_input=x, orig_output=y, grad=ddx, **attrs)
    yield "max_pool_grad_grad", attrs, {"x": x, "y": y, "ddx": ddx}, ddy
    yield "avg_pool", attrs, {"x": x}, tf.raw_ops.AvgPool(value=x, **attrs)
    dx = tf.raw_ops.AvgPoolGrad(orig_input_shape=x.shape, grad=dy, **attrs)
    yield "avg_pool_grad", attrs, {"sizes": x.shape, "dy": dy}, dx


def main() -> None:
    """Write conv.npz beside this file."""
    import tensorflow.compat.v1 as tf

    tf.config.set_visible_devices([], "GPU")
    rng = np.random.default_rng(15)
    entries: dict[str, Any] = {}
    for record in (_convolutions, _depthwise_convolutions, _poolings):
        for op, attrs, arguments, result in record(tf, rng):
            for name, value in {**arguments, "result": np.asarray(result)}.items():
                entries[f"{op}|{json.dumps(attrs)}|{name}"] = value
    np.savez_compressed(Path(__file__).with_name("conv.npz"), **entries)


if __name__ == "__main__":
    main()
