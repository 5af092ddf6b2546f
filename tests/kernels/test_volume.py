"""3-D convolution and pooling: the fast kernels give the reference's numbers, and share nothing."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest

from flowgraph.kernels.numpy_fast import volume as fast
from flowgraph.ops.nn import _volume_reference as reference

GEOMETRIES = [  # volume, kernel, stride, dilation, padding
    ((3, 4, 5), (2, 2, 3), (1, 1, 1), (1, 1, 1), "SAME"),
    ((3, 4, 5), (2, 2, 3), (1, 1, 1), (1, 1, 1), "VALID"),
    ((7, 6, 8), (3, 2, 2), (2, 1, 2), (1, 1, 1), "SAME"),
    ((7, 6, 8), (2, 3, 1), (3, 2, 1), (1, 1, 1), "VALID"),
    ((7, 6, 8), (3, 2, 2), (1, 2, 1), (2, 1, 3), "SAME"),
    ((7, 6, 8), (2, 2, 2), (2, 1, 1), (3, 2, 1), "VALID"),
    ((4, 3, 3), (1, 1, 1), (1, 1, 1), (1, 1, 1), "VALID"),
    ((5, 3, 4), (1, 2, 1), (3, 1, 2), (1, 1, 1), "SAME"),
    ((2, 3, 2), (5, 4, 3), (1, 1, 1), (1, 1, 1), "SAME"),
    ((5, 2, 2), (2, 1, 1), (4, 1, 1), (1, 1, 1), "VALID"),
]
TOLERANCE = {"float64": 1e-12, "float32": 2e-5, "float16": 4e-3, "bfloat16": 3e-2}


def numbers(shape: Any, dtype: Any = np.float64) -> Any:
    return np.random.default_rng(len(shape)).standard_normal(shape).astype(dtype)


def ordered(triple: Any, data_format: str) -> list[int]:
    return [1, *triple, 1] if data_format == "NDHWC" else [1, 1, *triple]


def in_format(x: Any, data_format: str) -> Any:
    return x if data_format == "NDHWC" else np.ascontiguousarray(np.moveaxis(x, -1, 1))


def assert_close(actual: Any, expected: Any) -> None:
    assert actual.dtype == expected.dtype
    assert actual.shape == expected.shape
    assert actual.flags.c_contiguous
    wide = expected.astype(np.float64)
    scale = TOLERANCE[str(actual.dtype)] * max(np.abs(wide).max(initial=0), 1)
    np.testing.assert_allclose(actual.astype(np.float64), wide, rtol=0, atol=scale)


def compare_convolutions(geometry: Any, data_format: str, dtype: Any, batch: int = 2) -> None:
    size, kernel, stride, dilation, padding = geometry
    attrs = (
        ordered(stride, data_format), padding, ordered(dilation, data_format), data_format,
    )  # fmt: skip
    x = in_format(numbers((batch, *size, 3), dtype), data_format)
    w = numbers((*kernel, 3, 4), dtype)
    y = np.asarray(reference.bind_conv3d(np, *attrs)(x, w))
    assert_close(fast.bind_conv3d(*attrs)(x, w), y)
    dy = numbers(y.shape, dtype)
    assert_close(
        fast.bind_conv3d_backprop_input(*attrs)(x.shape, w, dy),
        np.asarray(reference.bind_conv3d_backprop_input(np, *attrs)(x.shape, w, dy)),
    )
    assert_close(
        fast.bind_conv3d_backprop_filter(*attrs)(x, w.shape, dy),
        reference.bind_conv3d_backprop_filter(np, *attrs)(x, w.shape, dy),
    )


@pytest.mark.parametrize("data_format", ["NDHWC", "NCDHW"])
@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_convolution_is_the_reference(geometry: Any, data_format: str) -> None:
    compare_convolutions(geometry, data_format, np.float64)


@pytest.mark.parametrize("dtype", [np.float32, np.float16, ml_dtypes.bfloat16])
def test_convolution_in_other_dtypes(dtype: Any) -> None:
    compare_convolutions(GEOMETRIES[2], "NDHWC", dtype)


def test_convolution_of_an_empty_batch() -> None:
    compare_convolutions(GEOMETRIES[0], "NDHWC", np.float64, batch=0)


@pytest.mark.parametrize("data_format", ["NDHWC", "NCDHW"])
@pytest.mark.parametrize("geometry", [g for g in GEOMETRIES if g[3] == (1, 1, 1)])
def test_pooling_is_the_reference(geometry: Any, data_format: str) -> None:
    size, kernel, stride, _, padding = geometry
    attrs = (ordered(kernel, data_format), ordered(stride, data_format), padding, data_format)
    x = in_format(numbers((2, *size, 3)), data_format)
    y = reference.bind_max_pool3d(np, *attrs)(x)
    assert_close(fast.bind_max_pool3d(*attrs)(x), y)
    assert_close(fast.bind_avg_pool3d(*attrs)(x), reference.bind_avg_pool3d(np, *attrs)(x))
    dy = numbers(y.shape)
    rounded = np.round(x)  # of which many are alike
    y = reference.bind_max_pool3d(np, *attrs)(rounded)
    for name, third in (("max_pool3d_grad", dy), ("max_pool3d_grad_grad", numbers(x.shape))):
        assert_close(
            getattr(fast, f"bind_{name}")(*attrs)(rounded, y, third),
            np.asarray(getattr(reference, f"bind_{name}")(np, *attrs)(rounded, y, third)),
        )
    assert_close(
        fast.bind_avg_pool3d_grad(*attrs)(x.shape, dy),
        reference.bind_avg_pool3d_grad(np, *attrs)(x.shape, dy),
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float16, ml_dtypes.bfloat16])
def test_pooling_in_other_dtypes(dtype: Any) -> None:
    attrs = ([1, 2, 2, 2, 1], [1, 1, 2, 1, 1], "SAME")
    x = numbers((1, 3, 4, 5, 2), dtype)
    assert_close(fast.bind_max_pool3d(*attrs)(x), reference.bind_max_pool3d(np, *attrs)(x))
    assert_close(fast.bind_avg_pool3d(*attrs)(x), reference.bind_avg_pool3d(np, *attrs)(x))


@pytest.mark.parametrize("library", ["fast", "reference"])
def test_wrong_sizes_are_told(library: str) -> None:
    ones = [1] * 5
    if library == "fast":
        forward, backward = (
            fast.bind_conv3d(ones, "VALID"), fast.bind_conv3d_backprop_filter(ones, "VALID"),
        )  # fmt: skip
    else:
        forward = reference.bind_conv3d(np, ones, "VALID")
        backward = reference.bind_conv3d_backprop_filter(np, ones, "VALID")
    x = numbers((1, 3, 3, 3, 2))
    with pytest.raises(ValueError, match="channels"):
        forward(x, numbers((1, 1, 1, 3, 1)))
    with pytest.raises(ValueError, match="5 dimensions"):
        forward(x[0], numbers((1, 1, 1, 2, 1)))
    with pytest.raises(ValueError, match="negative"):
        forward(x, numbers((5, 1, 1, 2, 1)))
    with pytest.raises(ValueError, match="dy"):
        backward(x, (2, 2, 2, 2, 1), numbers((1, 3, 3, 3, 1)))
