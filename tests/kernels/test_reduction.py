"""The fast reductions give what the reference kernels give."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.core import kernel_registry
from flowgraph.core.op_def import raw
from flowgraph.core.static import kernel_context

SHAPES = [  # shape, axes: of those there are, each way in which they fold, and some that do not
    ((32, 64, 16), [0, 1]),
    ((512, 10), [0]),
    ((512, 10), [-1]),
    ((8, 16, 16, 32), [1, 2]),
    ((16, 8, 16, 16), [0, 2, 3]),
    ((200, 101), [1, 0]),
    ((600, 1, 5), [0]),
    ((600, 1, 5), [0, 1]),
    ((10, 6, 10, 6), [0, 2]),
    ((10, 6, 10, 6), [1, 3]),
    ((30, 70), []),
    ((70000,), [0]),
    ((4, 5), [0]),
    ((0, 5), [0]),
    ((), []),
]
OPS = ["Sum", "Mean", "Max", "Min"]


def kernels(op_type: str, *arrays: Any, **attrs: Any) -> tuple[Any, Any]:
    with tf.Graph().as_default():
        ctx = kernel_context(getattr(raw, op_type)(*arrays, **attrs).op)
        library, bind = kernel_registry.choose(ctx, ("numpy_fast",))
        assert library == "numpy_fast"
        return bind(ctx), ctx.op.op_def.bind(ctx)


def numbers(shape: Any, dtype: Any = np.float32) -> Any:
    return np.random.default_rng(0).standard_normal(shape).astype(dtype)


def assert_same(actual: Any, expected: Any, x: Any) -> None:
    assert actual.dtype == expected.dtype
    assert actual.shape == expected.shape
    finite = np.abs(x)[np.isfinite(x)]
    scale = finite.sum() / max(actual.size, 1) if finite.size else 1
    tolerance = 1e-6 if x.dtype == np.float32 else 1e-14
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance * max(scale, 1))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("keep_dims", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("shape", "axes"), SHAPES)
@pytest.mark.parametrize("op_type", OPS)
def test_reductions(op_type: str, shape: Any, axes: Any, dtype: Any, keep_dims: bool) -> None:
    x, axes = numbers(shape, dtype), np.array(axes, np.int32)
    fast, reference = kernels(op_type, x, axes, keep_dims=keep_dims)
    expected = reference(x, axes)
    actual = fast(x, axes)
    assert_same(actual, expected, x)
    if op_type in ("Max", "Min"):
        assert np.array_equal(actual, expected)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("special", [[np.nan], [np.inf], [-np.inf, np.inf], [3e38, 3e38]])
@pytest.mark.parametrize("op_type", OPS)
def test_special_numbers(op_type: str, special: Any) -> None:
    for shape, axes in SHAPES[:6]:
        x, axes = numbers(shape), np.array(axes, np.int32)
        x.reshape(-1)[: len(special)] = special
        fast, reference = kernels(op_type, x, axes)
        np.testing.assert_array_equal(np.isnan(fast(x, axes)), np.isnan(reference(x, axes)))
        np.testing.assert_allclose(fast(x, axes), reference(x, axes), rtol=1e-4, atol=1e-4)


def test_arrays_that_lie_otherwise() -> None:
    whole, axes = numbers((64, 64, 16)), np.array([0, 1], np.int32)
    odd = np.empty(whole.nbytes + 1, np.uint8)[1:].view(np.float32).reshape(whole.shape)
    odd[:] = whole
    for op_type in OPS:
        fast, reference = kernels(op_type, whole, axes)
        for x in (odd, whole[:, ::2], whole.T, np.broadcast_to(whole[:1], whole.shape)):
            assert_same(fast(x, axes), reference(x, axes), x)


def test_axes_that_are_told_at_the_run() -> None:
    x = numbers((64, 64, 16))
    for op_type in OPS:
        fast, reference = kernels(op_type, x, np.array([0], np.int32))
        for axes in ([1], [2], [-3, 1], [0, 1, 2]):
            given = np.array(axes, np.int32)
            assert_same(fast(x, given), reference(x, given), x)
        for wrong in ([3], [0, 0], [0, -3]):
            with pytest.raises(tf.errors.InvalidArgumentError):
                fast(x, np.array(wrong, np.int32))


@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
@pytest.mark.parametrize("shape", [(64, 512), (128, 10), (8, 16, 16, 32), (0, 3, 3, 2)])
def test_the_gradient_of_a_bias(shape: Any, data_format: str) -> None:
    dy = numbers(shape)
    fast, reference = kernels("BiasAddGrad", dy, data_format=data_format)
    assert_same(fast(dy), reference(dy), dy)


def test_a_long_sum_is_closer_to_the_truth_than_numpys() -> None:
    x, axes = np.abs(numbers((200_000, 8))), np.array([0], np.int32)
    fast, reference = kernels("Sum", x, axes)
    truth = x.astype(np.float64).sum(0)
    assert np.abs(fast(x, axes) - truth).max() < np.abs(reference(x, axes) - truth).max()
