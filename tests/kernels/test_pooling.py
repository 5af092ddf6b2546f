"""2-D pooling: the reference returns TensorFlow's numbers, the fast kernels the reference's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from flowgraph.kernels.numpy_fast import pooling as fast
from flowgraph.ops.nn import _conv_reference as reference

GOLDEN = Path(__file__).parent.parent / "golden" / "conv.npz"
TOLERANCE = {"float64": 1e-12, "float32": 1e-5, "float16": 2e-3, "bfloat16": 2e-2}

GEOMETRIES = [  # image, kernel, stride, padding, explicit paddings
    ((6, 8), (2, 2), (2, 2), "VALID", ()),
    ((7, 9), (2, 2), (2, 2), "VALID", ()),
    ((7, 9), (2, 2), (2, 2), "SAME", ()),
    ((7, 9), (3, 3), (2, 2), "SAME", ()),
    ((7, 9), (3, 2), (1, 1), "SAME", ()),
    ((7, 9), (3, 2), (2, 3), "VALID", ()),
    ((7, 9), (1, 1), (2, 2), "SAME", ()),
    ((6, 6), (6, 6), (1, 1), "VALID", ()),
    ((5, 4), (2, 3), (2, 1), "EXPLICIT", ((1, 0), (2, 1))),
    ((2, 6), (3, 2), (1, 1), "VALID", ()),  # no output row
]
OPS = ["max_pool", "max_pool_grad", "max_pool_grad_grad", "avg_pool", "avg_pool_grad"]


def attributes(geometry: Any, data_format: str) -> dict[str, Any]:
    def order(spatial: Any, other: Any) -> list[Any]:
        return [other, *spatial, other] if data_format == "NHWC" else [other, other, *spatial]

    _, kernel, stride, padding, explicit = geometry
    pairs = order(explicit, (0, 0)) if explicit else []
    return {
        "ksize": order(kernel, 1),
        "strides": order(stride, 1),
        "padding": padding,
        "data_format": data_format,
        "explicit_paddings": [number for pair in pairs for number in pair],
    }


def numbers(shape: Any, dtype: Any, seed: int) -> Any:
    """Few different numbers, so that windows have several maxima."""
    return np.random.default_rng(seed).integers(-3, 3, shape).astype(dtype)


def pooling_arguments(
    op: str, attrs: Any, size: Any, dtype: Any, channels: int = 3, batch: int = 2
) -> tuple[Any, ...]:
    nchw = attrs["data_format"] == "NCHW"
    x = numbers((batch, channels, *size) if nchw else (batch, *size, channels), dtype, seed=0)
    y = reference.bind_max_pool(np, **attrs)(x)
    dy, ddx = numbers(y.shape, dtype, seed=1), numbers(x.shape, dtype, seed=2)
    return {
        "max_pool": (x,),
        "max_pool_grad": (x, y, dy),
        "max_pool_grad_grad": (x, y, ddx),
        "avg_pool": (x,),
        "avg_pool_grad": (np.array(x.shape), dy),
    }[op]


def assert_close(actual: Any, expected: Any) -> None:
    assert actual.dtype == expected.dtype
    assert actual.shape == expected.shape
    tolerance = TOLERANCE.get(str(actual.dtype), 0)
    np.testing.assert_allclose(
        actual.astype(np.float64), expected.astype(np.float64), rtol=tolerance, atol=tolerance
    )


def both(op: str, attrs: Any, arguments: Any) -> tuple[Any, Any]:
    expected = getattr(reference, f"bind_{op}")(np, **attrs)(*arguments)
    return getattr(fast, f"bind_{op}")(**attrs)(*arguments), expected


@pytest.mark.parametrize("op", OPS)
@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_fast_equals_reference(op: str, geometry: Any, data_format: str) -> None:
    attrs = attributes(geometry, data_format)
    for channels in (1, 3, 80):  # 80: too wide for averaging by a product
        arguments = pooling_arguments(op, attrs, geometry[0], np.float64, channels)
        actual, expected = both(op, attrs, arguments)
        assert_close(actual, expected)
        assert actual.flags.c_contiguous


@pytest.mark.parametrize("dtype", [np.float32, np.float16, ml_dtypes.bfloat16])
@pytest.mark.parametrize("op", OPS)
def test_every_dtype(op: str, dtype: Any) -> None:
    attrs = attributes(GEOMETRIES[3], "NHWC")
    actual, expected = both(op, attrs, pooling_arguments(op, attrs, (7, 9), dtype))
    assert expected.dtype == dtype
    assert_close(actual, expected)


@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.int8, np.uint8, np.int16])
@pytest.mark.parametrize("op", OPS[:3])
def test_maxima_of_integers(op: str, dtype: Any) -> None:
    attrs = attributes(GEOMETRIES[3], "NHWC")
    assert_close(*both(op, attrs, pooling_arguments(op, attrs, (7, 9), dtype)))


@pytest.mark.parametrize("op", OPS)
def test_empty_batch(op: str) -> None:
    attrs = attributes(GEOMETRIES[0], "NHWC")
    actual, expected = both(op, attrs, pooling_arguments(op, attrs, (6, 8), np.float32, batch=0))
    assert_close(actual, expected)


def test_padding_is_neither_a_maximum_nor_counted() -> None:
    attrs = attributes(((3, 3), (2, 2), (2, 2), "SAME", ()), "NHWC")
    x = np.full((1, 3, 3, 1), -5, np.float32)
    for library in (fast, reference):
        bind = partial(library.bind_max_pool, np) if library is reference else fast.bind_max_pool
        assert (bind(**attrs)(x) == -5).all()
    assert (fast.bind_avg_pool(**attrs)(x) == -5).all()
    assert (reference.bind_avg_pool(np, **attrs)(x) == -5).all()


def test_gradient_goes_to_the_first_maximum_even_if_it_is_the_lowest_number() -> None:
    attrs = attributes(((2, 2), (2, 2), (1, 1), "EXPLICIT", ((1, 0), (1, 0))), "NHWC")
    x = np.full((1, 2, 2, 1), -np.inf, np.float32)
    dy = np.arange(1, 5, dtype=np.float32).reshape(x.shape)
    for dx in both("max_pool_grad", attrs, (x, x, dy)):
        np.testing.assert_array_equal(dx[0, :, :, 0], [[1 + 2 + 3 + 4, 0], [0, 0]])


@pytest.mark.parametrize("bad", [np.inf, np.nan])
def test_infinities_reach_only_the_windows_that_see_them(bad: float) -> None:
    attrs = attributes(GEOMETRIES[0], "NHWC")
    x = np.ones((2, 6, 8, 3), np.float32)
    x[1, 2, 3, 1] = bad
    y = fast.bind_avg_pool(**attrs)(x)
    assert np.argwhere(~np.isfinite(y)).tolist() == [[1, 1, 1, 1]]
    dx = fast.bind_avg_pool_grad(**attrs)(x.shape, y)
    assert np.count_nonzero(~np.isfinite(dx)) == 4


@pytest.mark.parametrize("stride", [1, 2])
def test_an_infinite_gradient_reaches_only_the_maximum(stride: int) -> None:
    attrs = attributes(((2, 2), (2, 2), (stride, stride), "VALID", ()), "NHWC")
    x = np.arange(4, dtype=np.float32).reshape(1, 2, 2, 1)
    for dx in both("max_pool_grad", attrs, (x, x[:, 1:, 1:], np.full((1, 1, 1, 1), np.inf, "f"))):
        assert dx.ravel().tolist() == [0, 0, 0, np.inf]


def test_a_result_is_never_a_view_of_an_argument() -> None:
    attrs = attributes(((2, 2), (1, 1), (1, 1), "VALID", ()), "NHWC")
    x = np.ones((1, 2, 2, 80), np.float32)
    for op in OPS:
        arguments = pooling_arguments(op, attrs, (2, 2), np.float32, 80)
        result = getattr(fast, f"bind_{op}")(**attrs)(*arguments)
        assert not any(np.shares_memory(result, array) for array in (*arguments, x))


def test_wrong_sizes_are_named() -> None:
    attrs = attributes(GEOMETRIES[0], "NHWC")
    x, y = np.ones((1, 6, 8, 3)), np.ones((1, 3, 4, 2))
    message = r"y.* has shape \(1, 3, 4, 2\), expected \(1, 3, 4, 3\)"
    for bind in (fast.bind_max_pool_grad, partial(reference.bind_max_pool_grad, np)):
        with pytest.raises(ValueError, match=message):
            bind(**attrs)(x, y, y)
        with pytest.raises(ValueError, match="ksize must be 1 in the batch and channel"):
            bind(**attrs | {"ksize": (1, 2, 2, 3)})


def golden_cases() -> Iterator[Any]:
    """The recorded calls as pytest parameters: op, attributes, arguments, result."""
    with np.load(GOLDEN) as entries:
        cases: dict[tuple[str, str], list[Any]] = {}
        for key in entries.files:
            op, attrs, _ = key.split("|")
            cases.setdefault((op, attrs), []).append(entries[key])
    for (op, attrs), (*arguments, result) in cases.items():
        if "pool" in op:
            yield pytest.param(op, json.loads(attrs), arguments, result, id=f"{op}-{attrs}")


@pytest.mark.parametrize(("op", "attrs", "arguments", "expected"), list(golden_cases()))
def test_tensorflows_numbers(op: str, attrs: Any, arguments: Any, expected: Any) -> None:
    for actual in both(op, attrs, arguments):
        assert_close(actual, expected)
