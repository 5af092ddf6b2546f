"""ScaleAndTranslate: resizing by kernels of choice (Lanczos, cubics, a triangle, ...)."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import define, like, raw
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.ops.image import _resampling as resampling
from flowgraph.ops.image.resize import as_floats, check_sizes, resized_shape

__all__ = ["KERNEL_TYPES"]

KERNEL_TYPES = tuple(resampling.KERNELS)

_SAMPLING = {"kernel_type": attrs.string("lanczos3"), "antialias": attrs.boolean(True)}


def _kernel(ctx: Any) -> tuple[str, bool]:
    kernel = ctx.attrs["kernel_type"]
    if kernel not in resampling.KERNELS:
        known = ", ".join(resampling.KERNELS)
        raise InvalidArgumentError(f"Unrecognized kernel type {kernel!r}; expected one of {known}")
    return kernel, ctx.attrs["antialias"]


def _maps(images: Any, size: Any, scale: Any, translation: Any, sampling: Any) -> Any:
    """The `AxisMap`s of height and width."""
    for name, pair in (("scale", scale), ("translation", translation)):
        if pair.shape != (2,):
            raise InvalidArgumentError(f"{name} must have two elements, got shape {pair.shape}")
    if not (scale > 0).all():
        raise InvalidArgumentError(f"Scale must be greater than zero, got {scale.tolist()}")
    return [
        resampling.scaled(
            images.shape[i + 1], size[i], float(scale[i]), float(translation[i]), *sampling
        )
        for i in range(2)
    ]


scale_and_translate_op = define(
    "ScaleAndTranslate",
    inputs="images: T, size: int32, scale: float32, translation: float32",
    outputs="resized_images: float32",
    attrs={
        "T": (dtypes.int8, dtypes.uint8, dtypes.int16, dtypes.uint16, *dtypes.INDEX,
              *dtypes.FLOATING),
        **_SAMPLING,
    },
    shape=resized_shape,
)  # fmt: skip


@scale_and_translate_op.kernel
def _(ctx: Any) -> Any:
    sampling = _kernel(ctx)

    def run(images: Any, size: Any, scale: Any, translation: Any) -> Any:
        maps = _maps(images, check_sizes(images, size), scale, translation, sampling)
        return resampling.resample(as_floats(images), *maps)

    return run


@scale_and_translate_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    # As in TensorFlow, whose gradient is of float32 images only.
    images, _, scale, translation = op.inputs
    sampling = {name: op.attrs[name] for name in _SAMPLING}
    return [scale_and_translate_grad_op(grad, images, scale, translation, **sampling)] + [None] * 3


scale_and_translate_grad_op = define(
    "ScaleAndTranslateGrad",
    inputs="grads: T, original_image: T, scale: float32, translation: float32",
    outputs="output: T",
    attrs={"T": (dtypes.float32,), **_SAMPLING},
    shape=like("original_image"),
)


@scale_and_translate_grad_op.kernel
def _(ctx: Any) -> Any:
    sampling = _kernel(ctx)

    def run(grads: Any, images: Any, scale: Any, translation: Any) -> Any:
        if grads.ndim != 4 or images.ndim != 4:
            raise InvalidArgumentError(
                f"grads and original_image must be 4-dimensional, got shapes {grads.shape} and "
                f"{images.shape}"
            )
        maps = _maps(images, grads.shape[1:3], scale, translation, sampling)
        return resampling.resample(np.ascontiguousarray(grads), *[m.transposed() for m in maps])

    return run


@scale_and_translate_grad_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    grads, _, scale, translation = op.inputs
    sampling = {name: op.attrs[name] for name in _SAMPLING}
    size = raw.Shape(grads)[1:3]
    return [scale_and_translate_op(grad, size, scale, translation, **sampling)] + [None] * 3
