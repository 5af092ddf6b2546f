"""tf.ConditionalAccumulator and its kin: Python's handles of what `accumulator.py` declares."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.indexed_slices import IndexedSlices
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape, as_shape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.math.cast import cast
from flowgraph.ops.state import accumulator as ops

__all__ = [
    "ConditionalAccumulator",
    "ConditionalAccumulatorBase",
    "SparseConditionalAccumulator",
]

SparseAccumulatorTakeGradient = namedtuple(
    "SparseAccumulatorTakeGradient", ["indices", "values", "shape"]
)


class ConditionalAccumulatorBase:
    """What all accumulators can do: sum gradients until they are taken.

    In TensorFlow, tf.ConditionalAccumulatorBase.

    Args:
      dtype: the gradients' dtype.
      shape: their shape, as far as known, or None.
      accumulator_ref: the tensor that holds the accumulator.
    """

    _count_op, _step_op = ops.resource_num_accumulated_op, ops.resource_set_global_step_op

    def __init__(self, dtype: Any, shape: Any, accumulator_ref: Tensor) -> None:
        self._dtype, self._shape = dtypes.as_dtype(dtype), as_shape(shape)
        self._accumulator_ref = accumulator_ref
        self._name = accumulator_ref.op.name.split("/")[-1]

    @property
    def accumulator_ref(self) -> Tensor:
        """The tensor that holds the accumulator."""
        return self._accumulator_ref

    @property
    def name(self) -> str:
        """The last part of the name of the operation that makes it."""
        return self._name

    @property
    def dtype(self) -> dtypes.DType:
        """The gradients' dtype."""
        return self._dtype

    def num_accumulated(self, name: str | None = None) -> Tensor:
        """How many gradients there are by now, an int32 scalar."""
        return type(self)._count_op(  # type: ignore[no-any-return]
            self._accumulator_ref, name=name or f"{self._name}_NumAccumulated"
        )

    def set_global_step(self, new_global_step: Any, name: str | None = None) -> Operation:
        """An operation that sets the present step; gradients of earlier ones are dropped."""
        step = _as_int64(new_global_step)
        return type(self)._step_op(self._accumulator_ref, step, name=name)  # type: ignore[no-any-return]


class ConditionalAccumulator(ConditionalAccumulatorBase):
    """An accumulator of dense gradients (tf.ConditionalAccumulator).

    Args:
      dtype: the gradients' dtype.
      shape: their shape, as far as known, or None.
      shared_name: accumulators of the same shared name in a session are the same.
      name: the operation's name.
      reduction_type: "MEAN" or "SUM", which is what is taken.
    """

    def __init__(
        self,
        dtype: Any,
        shape: Any = None,
        shared_name: str | None = None,
        name: str = "conditional_accumulator",
        reduction_type: str = "MEAN",
    ) -> None:
        ref = ops.resource_accumulator_op(
            dtype=dtype, shape=TensorShape(shape), shared_name=shared_name, name=name,
            reduction_type=reduction_type,
        )  # fmt: skip
        super().__init__(dtype, shape, ref)

    def apply_grad(self, grad: Any, local_step: Any = 0, name: str | None = None) -> Operation:
        """An operation that adds a gradient, unless `local_step` is before the present step.

        Raises:
          ValueError: its shape cannot be that of the accumulator.
        """
        tensor = convert_to_tensor(grad, dtype=self._dtype)
        tensor.shape.assert_is_compatible_with(self._shape)
        step = _as_int64(local_step)
        return ops.resource_apply_gradient_op(self._accumulator_ref, step, tensor, name=name)  # type: ignore[no-any-return]

    def take_grad(self, num_required: Any, name: str | None = None) -> Tensor:
        """The mean, or sum, of the gradients; it waits until there are `num_required`.

        With it the present step grows by 1, and there are no gradients any more. A num_required
        that is not positive is a tf.errors.InvalidArgumentError at run time.
        """
        taken = ops.resource_take_gradient_op(
            self._accumulator_ref, num_required, dtype=self._dtype, name=name
        )
        taken.set_shape(self._shape)
        return taken  # type: ignore[no-any-return]


class SparseConditionalAccumulator(ConditionalAccumulatorBase):
    """An accumulator of gradients of some rows (tf.SparseConditionalAccumulator).

    A row's mean is over the gradients that have that row.

    Args:
      dtype: the gradients' dtype.
      shape: the whole's shape, as far as known, or None.
      shared_name: accumulators of the same shared name in a session are the same.
      name: the operation's name.
      reduction_type: "MEAN" or "SUM", which is what is taken.
    """

    _count_op, _step_op = ops.num_accumulated_op, ops.set_global_step_op

    def __init__(
        self,
        dtype: Any,
        shape: Any = None,
        shared_name: str | None = None,
        name: str = "sparse_conditional_accumulator",
        reduction_type: str = "MEAN",
    ) -> None:
        ref = ops.sparse_accumulator_op(
            dtype=dtype, shape=TensorShape(shape), shared_name=shared_name, name=name,
            reduction_type=reduction_type,
        )  # fmt: skip
        super().__init__(dtype, shape, ref)

    def apply_indexed_slices_grad(
        self, grad: IndexedSlices, local_step: Any = 0, name: str | None = None
    ) -> Operation:
        """An operation that adds a gradient, unless `local_step` is before the present step."""
        return self.apply_grad(grad.indices, grad.values, grad.dense_shape, local_step, name)

    def apply_grad(
        self,
        grad_indices: Any,
        grad_values: Any,
        grad_shape: Any = None,
        local_step: Any = 0,
        name: str | None = None,
    ) -> Operation:
        """An operation that adds rows, unless `local_step` is before the present step.

        Args:
          grad_indices: the rows' places, a vector.
          grad_values: the rows.
          grad_shape: the whole's shape, to be checked, or None.
          local_step: the step at which the gradient was computed.
          name: the operation's name.
        """
        return ops.sparse_apply_gradient_op(  # type: ignore[no-any-return]
            self._accumulator_ref,
            _as_int64(local_step),
            cast(grad_indices, dtypes.int64),
            grad_values,
            cast([] if grad_shape is None else grad_shape, dtypes.int64),
            has_known_shape=grad_shape is not None,
            dtype=self._dtype,
            name=name,
        )

    def take_grad(self, num_required: Any, name: str | None = None) -> Any:
        """(indices, values, shape) of the mean or sum; it waits as the dense one does."""
        return SparseAccumulatorTakeGradient(
            *ops.sparse_take_gradient_op(
                self._accumulator_ref, num_required, dtype=self._dtype, name=name
            )
        )

    def take_indexed_slices_grad(self, num_required: Any, name: str | None = None) -> IndexedSlices:
        """The mean or sum as `IndexedSlices`."""
        taken = self.take_grad(num_required, name)
        return IndexedSlices(taken.values, taken.indices, taken.shape)


def _as_int64(value: Any) -> Tensor:
    return cast(convert_to_tensor(value), dtypes.int64)  # type: ignore[no-any-return]
