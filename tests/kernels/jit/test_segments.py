"""Sums of segments in machine code: as the reference kernel's."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.core import kernel_registry
from flowgraph.kernels.jit import engine

pytestmark = pytest.mark.skipif(not engine.is_available(), reason="needs llvmlite")


@pytest.fixture(params=[(np.float32, np.int32), (np.float64, np.int64)])
def kernels(request):
    """(the loop, the reference, dtype of the rows, of the ids)."""
    dtype, of_ids = request.param
    with tf.Graph().as_default(), tf.Session() as session:
        given = tf.placeholder(dtype), tf.placeholder(of_ids), tf.placeholder(tf.int32)
        operation = tf.unsorted_segment_sum(*given).op
        context = session._context(operation)
        kernel = kernel_registry.choose(context, ("jit",))[1](context)
        calls = [kernel._loop.ready() for _ in range(8)]
        assert calls[-1] is not None
        return kernel, operation.op_def.bind(context), dtype, of_ids


@pytest.mark.parametrize("shape", [(6,), (6, 5), (6, 3, 33)])
@pytest.mark.parametrize("rank", [1, 2])
def test_sums(kernels, shape, rank):
    fast, reference, dtype, of_ids = kernels
    ids = np.array([3, 0, 3, 1, 3, 6], of_ids)
    data = np.random.default_rng(1).standard_normal(shape).astype(dtype)
    if rank == 2:
        ids, data = ids.reshape(2, 3), data.reshape(2, 3, *shape[1:])
    wanted = reference(data, ids, np.int32(8))
    fast._reference = None
    for given in (data, np.asfortranarray(data)):
        total = fast(given, ids, np.int32(8))
        assert total.dtype == dtype and total.shape == wanted.shape
        np.testing.assert_allclose(total, wanted, 1e-5, 1e-6)  # another order


def test_what_is_left_to_the_reference(kernels):
    fast, reference, dtype, of_ids = kernels
    data = np.ones((3, 2), dtype)
    ids = np.array([1, -1, 1], of_ids)
    np.testing.assert_array_equal(fast(data, ids, 2), reference(data, ids, 2))
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"segment_ids\[1\] = 2"):
        fast(data, np.array([1, 2, 1], of_ids), np.int32(2))
    with pytest.raises(tf.errors.InvalidArgumentError, match="does not start with"):
        fast(data, np.array([1, 1], of_ids), np.int32(2))
    for empty in (data[:0], data[:, :0]):
        total = fast(empty, ids[: len(empty)], np.int32(2))
        assert total.shape == (2, empty.shape[1]) and not total.any()
    assert fast(data[:0], ids[:0], np.int32(0)).shape == (0, 2)
