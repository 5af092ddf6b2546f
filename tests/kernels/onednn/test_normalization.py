"""oneDNN's softmax, cross-entropies, batch normalisation and LRN give what the reference gives."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.core import kernel_registry
from flowgraph.core.op_def import raw
from flowgraph.core.static import kernel_context

_path = Path(__file__).with_name("nodes.py")
_spec = importlib.util.spec_from_file_location("onednn_nodes", _path)
assert _spec is not None and _spec.loader is not None
nodes = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(nodes)
numbers, assert_close = nodes.numbers, nodes.assert_close

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
SHAPES = [(128, 10), (1, 1), (3, 17), (7, 1000), (2, 50_000), (5,), (2, 3, 4, 5), (0, 4), (4, 0)]
SPECIAL = [[np.nan], [np.inf], [-np.inf], [np.inf, -np.inf], [3e38, -3e38], [1e4, 0], [-1e4]]


def kernels(op_type: str, *arrays: Any, **attrs: Any) -> tuple[Any, Any]:
    """(oneDNN's kernel, the reference) for a node of one output or several."""
    with tf.Graph().as_default():
        made = getattr(raw, op_type)(*arrays, **attrs)
        ctx = kernel_context((made if isinstance(made, tf.Tensor) else made[0]).op)
        library, bind = kernel_registry.choose(ctx, ("onednn",))
        assert library == "onednn"
        return bind(ctx), ctx.op.op_def.bind(ctx)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("op_type", ["Softmax", "LogSoftmax"])
def test_softmax(op_type: str, shape: Any) -> None:
    x = numbers(shape) * 4
    fast, reference = kernels(op_type, x)
    y, expected = fast(x), reference(x)
    assert y.dtype == expected.dtype
    np.testing.assert_allclose(y, expected, rtol=5e-6, atol=1e-30)
    np.testing.assert_allclose(fast(np.asfortranarray(x)), expected, rtol=5e-6, atol=1e-6)


@pytest.mark.parametrize("special", SPECIAL)
@pytest.mark.parametrize("op_type", ["Softmax", "LogSoftmax"])
def test_softmax_of_special_numbers(op_type: str, special: Any) -> None:
    x = numbers((4, 20))
    x[1, : len(special)] = special
    x[2] = special[0]
    fast, reference = kernels(op_type, x)
    np.testing.assert_allclose(fast(x), reference(x), rtol=1e-5, atol=1e-37)


def labels_for(shape: Any) -> Any:
    return np.random.default_rng(1).integers(0, max(shape[-1], 1), shape[0]).astype(np.int32)


@pytest.mark.parametrize("shape", [(128, 10), (1, 1), (3, 17), (7, 1000), (2, 50_000), (0, 4)])
def test_sparse_cross_entropy(shape: Any) -> None:
    x, labels = numbers(shape) * 4, labels_for(shape)
    fast, reference = kernels("SparseSoftmaxCrossEntropyWithLogits", x, labels)
    for actual, expected in zip(fast(x, labels), reference(x, labels), strict=True):
        assert actual.dtype == expected.dtype
        np.testing.assert_allclose(actual, expected, rtol=2e-6, atol=5e-7)


@pytest.mark.parametrize("special", SPECIAL)
def test_sparse_cross_entropy_of_special_numbers(special: Any) -> None:
    x, labels = numbers((4, 20)), np.array([0, 0, 3, 5], np.int32)
    x[1, : len(special)] = special
    x[2] = special[0]
    x[3, 6] = 200  # the label's probability is 0 in float32
    fast, reference = kernels("SparseSoftmaxCrossEntropyWithLogits", x, labels)
    for actual, expected in zip(fast(x, labels), reference(x, labels), strict=True):
        np.testing.assert_allclose(actual, expected, rtol=2e-6, atol=5e-7)


@pytest.mark.parametrize("wrong", [[0, 20], [0, -1], [0], [[0, 1]]])
def test_labels_that_are_no_classes(wrong: Any) -> None:
    x, labels = numbers((2, 20)), np.array([0, 1], np.int32)
    fast, _ = kernels("SparseSoftmaxCrossEntropyWithLogits", x, labels)
    with pytest.raises(ValueError, match="label"):
        fast(x, np.array(wrong, np.int32))


@pytest.mark.parametrize("special", [[], *SPECIAL])
@pytest.mark.parametrize("shape", [(128, 10), (500, 17), (7, 1000), (2, 50_000)])
def test_cross_entropy(shape: Any, special: Any) -> None:
    x = numbers(shape) * 4
    labels = np.abs(numbers(shape, 1))
    labels /= labels.sum(axis=1, keepdims=True)
    labels[0] = np.arange(shape[1]) == 4
    x[: min(3, len(x)), : len(special)] = special
    fast, reference = kernels("SoftmaxCrossEntropyWithLogits", x, labels)
    for actual, expected in zip(fast(x, labels), reference(x, labels), strict=True):
        np.testing.assert_allclose(actual, expected, rtol=5e-6, atol=5e-7)


# --- batch normalisation --------------------------------------------------------------------------
IMAGES = [
    (4, 6, 6, 16), (6, 9, 8, 3), (64, 1, 1, 33), (1, 1, 1, 2000), (1, 1, 2, 2000), (0, 3, 3, 2)
]  # fmt: skip


def statistics(channels: int) -> tuple[Any, Any]:
    return numbers((channels,), 3), np.abs(numbers((channels,), 4)) + 0.1


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("shape", IMAGES)
@pytest.mark.parametrize("version", ["", "V2", "V3"])
def test_batch_norm(version: str, shape: Any, training: bool) -> None:
    attrs = {"is_training": training, "epsilon": 1e-3}
    x, channels = numbers(shape) * 3 + 1, shape[3]
    scale, offset = numbers((channels,), 1), numbers((channels,), 2)
    known = [np.zeros(0, np.float32)] * 2 if training else statistics(channels)
    given = (x, scale, offset, *known)
    fast, reference = kernels(f"FusedBatchNorm{version}", *given, **attrs)
    check_each(fast(*given), reference(*given))

    mean, variance = statistics(channels)
    more = [np.zeros(0, np.float32)] if version == "V3" else []
    given = (numbers(x.shape, 5), x, scale, mean, variance, *more)
    fast, reference = kernels(f"FusedBatchNormGrad{version}", *given, **attrs)
    check_each(fast(*given), reference(*given))


def check_each(actual: Any, expected: Any) -> None:
    assert len({id(a) for a in actual}) == len(actual) == len(expected)
    for a, e in zip(actual, expected, strict=True):
        assert_close(a, e)


@pytest.mark.parametrize("special", [np.nan, np.inf, -np.inf])
def test_batch_norm_of_special_numbers(special: float) -> None:
    x = numbers((4, 6, 6, 16))
    x[1, 2, 3, 5] = special
    vectors = [numbers((16,), 1)] * 2 + [np.zeros(0, np.float32)] * 2
    fast, reference = kernels("FusedBatchNorm", x, *vectors)
    check_each(fast(x, *vectors), reference(x, *vectors))
    vectors = [numbers((16,), 1), *statistics(16)]
    fast, reference = kernels("FusedBatchNormGrad", x, x, *vectors)
    check_each(fast(x, x, *vectors), reference(x, x, *vectors))


# --- LRN ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("beta", [0.75, 0.5])
@pytest.mark.parametrize("radius", [1, 2, 5])
@pytest.mark.parametrize("shape", [(4, 6, 6, 64), (4, 9, 9, 20), (8, 8, 8, 192), (2, 3, 5, 3)])
def test_local_response(shape: Any, radius: int, beta: float) -> None:
    attrs = {"depth_radius": radius, "beta": beta, "bias": 2.0, "alpha": 0.1}
    x = numbers(shape)
    fast, reference = kernels("LRN", x, **attrs)
    y = fast(x)
    assert_close(y, reference(x))
    dy = numbers(shape, 1)
    fast, reference = kernels("LRNGrad", dy, x, y, **attrs)
    assert_close(fast(dy, x, y), reference(dy, x, y))
    assert_close(fast(dy, x, 2 * y), reference(dy, x, 2 * y))


@pytest.mark.parametrize("special", [np.nan, np.inf])
def test_local_response_of_special_numbers(special: float) -> None:
    x = numbers((4, 6, 6, 64))
    x[1, 2, 3, 5] = special
    fast, reference = kernels("LRN", x, beta=0.75)
    np.testing.assert_allclose(fast(x), reference(x), rtol=1e-5, atol=1e-6)
    y = reference(x)
    fast, reference = kernels("LRNGrad", x, x, y, beta=0.75)
    np.testing.assert_allclose(fast(x, x, y), reference(x, x, y), rtol=1e-5, atol=1e-6)
