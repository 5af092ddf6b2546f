"""`tf.TensorArray`: tensors by index, written and read in a loop.

A TensorArray holds one tensor, its flow: an opaque value that is the whole array as it is after
the writes so far. Writing gives a new TensorArray; the ops are in `array_list.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import UnimplementedError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.shapes import TensorShape
from flowgraph.core.static import constant_value
from flowgraph.core.tensor import Tensor
from flowgraph.ops.control import _array_pieces, array_list, composite  # noqa: F401  (their ops)

__all__ = ["TensorArray"]


class TensorArray:
    """An array of tensors of one dtype, each written once (tf.TensorArray).

    What `write`, `unstack`, `scatter` and `split` return has to be used from then on; the array
    they were called on stays as it was.

    Args:
      dtype: the elements' dtype.
      size: the number of elements, an int32 scalar; needed unless there is a handle or flow.
      dynamic_size: whether writing behind the end makes the array longer.
      clear_after_read: accepted; elements are freed when nothing refers to the array.
      tensor_array_name: the name of the operation that makes the array.
      handle: the handle of another array, which this one is, too.
      flow: the flow of another array, which this one is, too.
      infer_shape: whether all elements have the shape of the first one.
      element_shape: the elements' static shape.
      colocate_with_first_write_call: accepted; there is one device.
      name: the scope of the new operations.

    Raises:
      ValueError: arguments do not go together.

    >>> # tf.TensorArray(tf.float32, size=2).write(0, 1.0).write(1, 2.0).stack() is [1, 2]
    """

    def __init__(
        self,
        dtype: Any,
        size: Any = None,
        dynamic_size: bool | None = None,
        clear_after_read: bool | None = None,
        tensor_array_name: str | None = None,
        handle: Any = None,
        flow: Any = None,
        infer_shape: bool = True,
        element_shape: Any = None,
        colocate_with_first_write_call: bool = True,
        name: str | None = None,
    ) -> None:
        del colocate_with_first_write_call
        if handle is not None and tensor_array_name:
            raise ValueError("Cannot construct with both handle and tensor_array_name")
        if handle is not None and not isinstance(handle, Tensor):
            raise TypeError("Handle must be a Tensor")
        if handle is None and flow is None and size is None:
            raise ValueError("Size must be provided if handle is not provided")
        if handle is not None and size is not None:
            raise ValueError("Cannot provide both a handle and size at the same time")
        if handle is not None and element_shape is not None:
            raise ValueError("Cannot provide both a handle and element_shape at the same time")
        if handle is not None and dynamic_size is not None:
            raise ValueError("Cannot provide both a handle and dynamic_size at the same time")
        if handle is not None and clear_after_read is not None:
            raise ValueError("Cannot provide both a handle and clear_after_read at the same time")
        self._dtype = dtypes.as_dtype(dtype).base_dtype
        self._dynamic_size = bool(dynamic_size)
        self._infer_shape = infer_shape or element_shape is not None
        self._size: int | None = None
        # Shared by all arrays that come from this one: a write tells all of them the shape.
        self._shape_cell = [TensorShape(element_shape)]
        if flow is not None or handle is not None:
            self._flow: Tensor = convert_to_tensor(handle if flow is None else flow)
            return
        with name_scope(name, "TensorArray", [size]):
            count = convert_to_tensor(size, dtype=dtypes.int32, name="size")
            if count.shape.rank not in (None, 0):
                raise ValueError(f"Shape must be rank 0 but is rank {count.shape.rank}")
            known = constant_value(count)
            self._size = None if known is None or dynamic_size else int(known)
            label = tensor_array_name or "TensorArray"
            self._flow = raw.TensorListReserve(
                np.int32(-1), count, element_dtype=self._dtype, name=label
            )

    # --- properties -------------------------------------------------------------------------------
    @property
    def dtype(self) -> dtypes.DType:
        """The dtype of the elements."""
        return self._dtype

    @property
    def handle(self) -> Tensor:
        """The array as a tensor; the same as its flow."""
        return self._flow

    @property
    def flow(self) -> Tensor:
        """The array as it is after all writes so far, an opaque tensor."""
        return self._flow

    @property
    def dynamic_size(self) -> bool:
        """Whether writing behind the end makes the array longer."""
        return self._dynamic_size

    @property
    def element_shape(self) -> TensorShape:
        """The static shape of all elements, as far as it is known."""
        return self._shape_cell[0]

    # --- reading ----------------------------------------------------------------------------------
    def read(self, index: Any, name: str | None = None) -> Tensor:
        """The element at `index`."""
        value: Tensor = raw.TensorListGetItem(
            self._flow, _int32(index), self._sizes(), element_dtype=self._dtype,
            name=name or "TensorArrayReadV3",
        )  # fmt: skip
        value.set_shape(self.element_shape)
        return value

    def gather(self, indices: Any, name: str | None = None) -> Tensor:
        """The elements at `indices`, stacked; all must have the same shape."""
        value: Tensor = raw.TensorListGather(
            self._flow, _int32(indices), self._sizes(), element_dtype=self._dtype,
            name=name or "TensorArrayGatherV3",
        )  # fmt: skip
        return value

    def stack(self, name: str | None = None) -> Tensor:
        """All elements as one tensor, whose rows they are."""
        with name_scope(name, "TensorArrayStack", [self._flow]):
            value = self.gather(raw.Range(np.int32(0), self.size(), np.int32(1)))
            value.set_shape(TensorShape([self._size]).concatenate(self.element_shape))
            return value

    def concat(self, name: str | None = None) -> Tensor:
        """All elements as one tensor, one after the other along their first dimension."""
        shape = self.element_shape
        value: Tensor = raw.TensorListConcatV2(
            self._flow, self._sizes(), np.zeros(0, np.int64), element_dtype=self._dtype,
            name=name or "TensorArrayConcatV3",
        )[0]  # fmt: skip
        if shape.rank:
            first = shape.as_list()[0]
            whole = None if first is None or self._size is None else first * self._size
            value.set_shape(TensorShape([whole, *shape.as_list()[1:]]))
        return value

    def size(self, name: str | None = None) -> Tensor:
        """The number of elements, an int32 scalar."""
        return raw.TensorListLength(self._flow, name=name or "TensorArraySizeV3")  # type: ignore[no-any-return]

    # --- writing ----------------------------------------------------------------------------------
    def write(self, index: Any, value: Any, name: str | None = None) -> TensorArray:
        """The array with `value` at `index`, which was not written before."""
        with name_scope(name, "TensorArrayWrite", [self._flow, index, value]):
            item = self._converted(value)
            self._merge_shape(item.shape)
            return self._with(
                raw.TensorListSetItem(
                    self._flow, _int32(index), item,
                    resize_if_index_out_of_bounds=self._dynamic_size,
                )
            )  # fmt: skip

    def unstack(self, value: Any, name: str | None = None) -> TensorArray:
        """The array with the rows of `value` as its elements."""
        with name_scope(name, "TensorArrayUnstack", [self._flow, value]):
            rows = self._converted(value)
            count = raw.StridedSlice(raw.Shape(rows), [0], [1], [1], shrink_axis_mask=1)
            return self.scatter(raw.Range(np.int32(0), count, np.int32(1)), rows)

    def scatter(self, indices: Any, value: Any, name: str | None = None) -> TensorArray:
        """The array with the rows of `value` at `indices`."""
        with name_scope(name, "TensorArrayScatter", [self._flow, value, indices]):
            rows = self._converted(value)
            if rows.shape.rank is not None:
                self._merge_shape(rows.shape.with_rank_at_least(1)[1:])
            return self._with(
                raw.TensorListScatterIntoExistingList(
                    self._flow, rows, _int32(indices),
                    resize_if_index_out_of_bounds=self._dynamic_size,
                )
            )  # fmt: skip

    def split(self, value: Any, lengths: Any, name: str | None = None) -> TensorArray:
        """An array whose elements are `value` cut along its first dimension in these lengths."""
        with name_scope(name, "TensorArraySplit", [self._flow, value, lengths]):
            whole = self._converted(value)
            sizes = convert_to_tensor(lengths)
            if sizes.dtype.base_dtype is not dtypes.int64:
                sizes = raw.Cast(sizes, DstT=dtypes.int64)
            if whole.shape.rank is not None:
                self._merge_shape(self._piece_shape(whole, sizes))
            count = -1 if self._size is None else self._size
            return self._with(raw.TensorListSplit(whole, np.int32(-1), sizes, num_elements=count))

    # --- the rest of TensorFlow's methods ---------------------------------------------------------
    def grad(self, source: str, flow: Any = None, name: str | None = None) -> TensorArray:
        """Not there: `tf.gradients` needs no array of gradients by name.

        Raises:
          UnimplementedError: always.
        """
        raise UnimplementedError(
            None, None, "TensorArray.grad is not supported: tf.gradients differentiates the flow "
            f"of a TensorArray and does not use an array of gradients (source {source!r})."
        )  # fmt: skip

    def identity(self) -> TensorArray:
        """The same array behind an Identity, which takes the control dependencies in force."""
        return self._with(raw.Identity(self._flow))

    def close(self, name: str | None = None) -> Any:
        """An operation that does nothing: an array is freed when nothing refers to it."""
        return raw.NoOp(name=name or "TensorArrayCloseV3")

    # ----------------------------------------------------------------------------------------------
    def _with(self, flow: Tensor) -> TensorArray:
        other = object.__new__(TensorArray)
        other.__dict__.update(self.__dict__)
        other._flow = flow
        return other

    def _sizes(self) -> Any:
        """The static element shape as the ops take it."""
        known = self.element_shape.known
        if known is None:
            return np.int32(-1)
        return np.array([-1 if d is None else d for d in known], np.int32)

    def _converted(self, value: Any) -> Tensor:
        tensor = convert_to_tensor(value, preferred_dtype=self._dtype, name="value")
        if tensor.dtype.base_dtype is not self._dtype:
            raise TypeError(
                f"TensorArray dtype is {self._dtype.name} but Op is trying to write dtype "
                f"{tensor.dtype.name}."
            )
        return tensor

    def _merge_shape(self, shape: TensorShape) -> None:
        if not self._infer_shape:
            return
        if not self.element_shape.is_compatible_with(shape):
            raise ValueError(f"Inconsistent shapes: saw {shape} but expected {self.element_shape} ")
        self._shape_cell[0] = self.element_shape.merge_with(shape)

    def _piece_shape(self, whole: Tensor, lengths: Tensor) -> TensorShape:
        known = constant_value(lengths)
        same = known is not None and known.size > 0 and (known == known.flat[0]).all()
        first = int(known.flat[0]) if known is not None and same else None
        return TensorShape([first]).concatenate(whole.shape.with_rank_at_least(1)[1:])


def _int32(index: Any) -> Tensor:
    tensor = convert_to_tensor(index, preferred_dtype=dtypes.int32)
    is_int32 = tensor.dtype.base_dtype is dtypes.int32
    return tensor if is_int32 else raw.Cast(tensor, DstT=dtypes.int32)


composite.register(
    TensorArray,
    lambda array: [array.flow],
    lambda like, tensors: like._with(tensors[0]),
)
