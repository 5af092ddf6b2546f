"""Single nodes: each is run by oneDNN's kernel and by the one it would get without."""

from __future__ import annotations

from typing import Any

import numpy as np

import flowgraph as tf
import flowgraph.kernels.libraries
from flowgraph.core import kernel_registry
from flowgraph.core.op_def import raw
from flowgraph.core.static import kernel_context


def kernels(op_type: str, *arrays: Any, **attrs: Any) -> tuple[Any, Any]:
    """(oneDNN's kernel, the reference) for a node of this type over such arrays."""
    with tf.Graph().as_default():
        node = getattr(raw, op_type)(*arrays, **attrs).op
        ctx = kernel_context(node)
        library, bind = kernel_registry.choose(ctx, ("onednn",))
        assert library == "onednn"
        return bind(ctx), node.op_def.bind(ctx)


def numbers(shape: Any, seed: int = 0) -> Any:
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def assert_close(actual: Any, expected: Any) -> None:
    assert actual.dtype == expected.dtype
    assert actual.shape == expected.shape
    assert actual.flags.c_contiguous
    finite = expected[np.isfinite(expected)]
    scale = max(np.abs(finite).max(initial=0), 1)
    np.testing.assert_allclose(actual, expected, rtol=0, atol=2e-5 * scale)
