"""StagingArea and MapStagingArea (TensorFlow's data_flow_ops; tf.contrib.staging): Python's handles
of the areas, which make the ops of `staging.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.core import dtypes as _dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import get_default_graph, name_scope
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape, as_shape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.control.basic import no_op
from flowgraph.ops.state import staging as ops

__all__ = ["MapStagingArea", "StagingArea"]


class BaseStagingArea:
    """What both kinds of staging areas share.

    Args:
      dtypes: the dtypes of an element's tensors.
      shapes: their shapes, or None.
      names: their names, or None; with names, elements are dicts.
      shared_name: areas of the same shared name in a session are the same.
      capacity: the most elements that it holds; 0: any.
      memory_limit: the most bytes that it holds; 0: any.

    Raises:
      ValueError: there are not as many shapes or names as dtypes, or shared_name is no string.
    """

    def __init__(
        self,
        dtypes: Sequence[Any],
        shapes: Any = None,
        names: Sequence[str] | None = None,
        shared_name: str | None = None,
        capacity: int = 0,
        memory_limit: int = 0,
    ) -> None:
        if shared_name is None:
            shared_name = get_default_graph().unique_name(type(self).__name__)
        elif not isinstance(shared_name, str):
            raise ValueError("shared_name must be a string")
        self._name = shared_name
        self._dtypes = [_dtypes.as_dtype(t) for t in dtypes]
        for what, given in (("shapes", shapes), ("names", names)):
            if given is not None and len(given) != len(self._dtypes):
                raise ValueError(f"StagingArea {what} must be the same length as dtypes")
        self._shapes = [UNKNOWN] * len(self._dtypes)
        if shapes is not None:
            self._shapes = [as_shape(shape) for shape in shapes]
        self._names = names
        self._capacity, self._memory_limit = capacity, memory_limit
        with name_scope(f"{self._name}_root"):
            no_op()

    @property
    def name(self) -> str:
        """The area's name."""
        return self._name

    @property
    def dtypes(self) -> list[_dtypes.DType]:
        """The dtypes of an element's tensors."""
        return self._dtypes

    @property
    def shapes(self) -> list[TensorShape]:
        """Their shapes."""
        return self._shapes

    @property
    def names(self) -> Sequence[str] | None:
        """Their names, or None."""
        return self._names

    @property
    def capacity(self) -> int:
        """The most elements; 0: any."""
        return self._capacity

    @property
    def memory_limit(self) -> int:
        """The most bytes; 0: any."""
        return self._memory_limit

    def _area(self, dtypes: Any = None) -> dict[str, Any]:
        """The attributes that name the area."""
        return {
            "dtypes": self._dtypes if dtypes is None else dtypes,
            "shared_name": self._name,
            "capacity": self._capacity,
            "memory_limit": self._memory_limit,
        }

    def _tensors(self, values: Any, indices: Any) -> tuple[list[Tensor], list[int]]:
        """The values of an element as tensors, and which of its tensors they are."""
        if isinstance(values, dict):
            if not self._names:
                raise ValueError("Staging areas must have names to enqueue a dictionary")
            if not set(values).issubset(self._names):
                raise ValueError(
                    "Keys in dictionary to put do not match names of staging area. Dictionary: "
                    f"{sorted(values)}, Queue: {sorted(self._names)}"
                )
            indices = [i for i, name in enumerate(self._names) if name in values]
            values = [values[self._names[i]] for i in indices]
        elif self._names:
            raise ValueError("You must enqueue a dictionary in a staging area with names")
        elif not isinstance(values, (list, tuple)):
            values, indices = [values], [0]
        elif indices is None:
            raise ValueError("Indices must be supplied when inserting a list of tensors")
        if len(indices) != len(values):
            raise ValueError(
                f"Number of indices '{len(indices)}' doesn't match number of values '{len(values)}'"
            )
        if len(values) > len(self._dtypes):
            raise ValueError(
                f"Unexpected number of inputs '{len(values)}' vs '{len(self._dtypes)}'"
            )
        return [self._tensor(v, i) for v, i in zip(values, indices, strict=True)], list(indices)

    def _tensor(self, value: Any, i: int) -> Tensor:
        dtype = getattr(value, "dtype", self._dtypes[i])
        if dtype != self._dtypes[i]:
            raise ValueError(f"Datatypes do not match. '{dtype}' != '{self._dtypes[i]}'")
        tensor = convert_to_tensor(value, dtype=self._dtypes[i], name=f"component_{i}")
        tensor.shape.assert_is_compatible_with(self._shapes[i])
        return tensor

    def _element(self, tensors: list[Tensor], indices: Sequence[int]) -> Any:
        for tensor, i in zip(tensors, indices, strict=True):
            tensor.set_shape(self._shapes[i])
        if self._names:
            return {self._names[i]: t for i, t in zip(indices, tensors, strict=True)}
        return tensors


class StagingArea(BaseStagingArea):
    """A buffer between steps, first in, first out; see `BaseStagingArea` for the arguments."""

    def put(self, values: Any, name: str | None = None) -> Operation:
        """An operation that puts an element: a tensor, a list, or a dict. It waits for room."""
        with name_scope(name or f"{self._name}_put") as scope:
            if not isinstance(values, (list, tuple, dict)):
                values = [values]
            tensors, _ = self._tensors(values, list(range(len(values))))
            return ops.stage_op(tensors, name=scope, **self._area())  # type: ignore[no-any-return]

    def get(self, name: str | None = None) -> Any:
        """The tensors of the first element, which a run takes; it waits until there is one."""
        tensors = ops.unstage_op(name=name or f"{self._name}_get", **self._area())
        return self._element(tensors, range(len(self._dtypes)))

    def peek(self, index: Any, name: str | None = None) -> Any:
        """The tensors of the element at an index, which stays; it waits until there is one."""
        tensors = ops.stage_peek_op(index, name=name or f"{self._name}_peek", **self._area())
        return self._element(tensors, range(len(self._dtypes)))

    def size(self, name: str | None = None) -> Tensor:
        """How many elements there are, an int32 scalar."""
        return ops.stage_size_op(name=name or f"{self._name}_size", **self._area())  # type: ignore[no-any-return]

    def clear(self, name: str | None = None) -> Operation:
        """An operation that forgets all elements."""
        return ops.stage_clear_op(name=name or f"{self._name}_clear", **self._area())  # type: ignore[no-any-return]


class MapStagingArea(BaseStagingArea):
    """A buffer between steps by int64 keys, whose elements may come and go tensor by tensor.

    Args:
      dtypes, shapes, names, shared_name, capacity, memory_limit: as in `BaseStagingArea`.
      ordered: whether elements that are taken without a key come in the order of their keys.
    """

    def __init__(
        self,
        dtypes: Sequence[Any],
        shapes: Any = None,
        names: Sequence[str] | None = None,
        shared_name: str | None = None,
        ordered: bool = False,
        capacity: int = 0,
        memory_limit: int = 0,
    ) -> None:
        super().__init__(dtypes, shapes, names, shared_name, capacity, memory_limit)
        self._ops = ops.ordered_map_ops if ordered else ops.map_ops

    def put(self, key: Any, vals: Any, indices: Any = None, name: str | None = None) -> Operation:
        """An operation that puts tensors of the element of a key; it waits for room.

        Args:
          key: an int64 scalar.
          vals: a tensor, a list of tensors with `indices`, or a dict when they have names.
          indices: which of the element's tensors `vals` are.
          name: the operation's name.
        """
        with name_scope(name or f"{self._name}_put") as scope:
            tensors, places = self._tensors(vals, indices)
            return self._ops.put(key, places, tensors, name=scope, **self._area())  # type: ignore[no-any-return]

    def get(self, key: Any = None, indices: Any = None, name: str | None = None) -> Any:
        """(key, tensors) of the element of a key, or of any; it waits until there is one.

        Args:
          key: an int64 scalar, or None.
          indices: which of its tensors to take, by number or name; all when None. The element is
            gone when all are taken.
          name: the operation's name.
        """
        places = self._places(indices)
        area = self._area([self._dtypes[i] for i in places])
        if key is None:
            key, *tensors = self._ops.pop_any(
                places, name=name or f"{self._name}_get_nokey", **area
            )
        else:
            tensors = self._ops.pop(key, places, name=name or f"{self._name}_get", **area)
        return key, self._element(tensors, places)

    def peek(self, key: Any, indices: Any = None, name: str | None = None) -> Any:
        """The tensors of the element of a key, which stay; it waits until there is one."""
        places = self._places(indices)
        area = self._area([self._dtypes[i] for i in places])
        tensors = self._ops.peek(key, places, name=name or f"{self._name}_pop", **area)
        return self._element(tensors, places)

    def _places(self, indices: Any) -> list[int]:
        if indices is None:
            return list(range(len(self._dtypes)))
        if not isinstance(indices, (tuple, list)):
            raise TypeError(f"Invalid indices type '{type(indices)}'")
        if not indices:
            raise ValueError("Empty indices")
        if all(isinstance(i, int) for i in indices):
            return list(indices)
        if not all(isinstance(i, str) for i in indices):
            raise TypeError(f"Mixed types in indices '{indices}'. May only be str or int")
        names = list(self._names or ())
        missing = [i for i in indices if i not in names]
        if missing:
            raise ValueError(f"Named index '{missing[0]}' not in Staging Area names '{names}'")
        return [names.index(i) for i in indices]

    def size(self, name: str | None = None) -> Tensor:
        """How many elements are complete, an int32 scalar."""
        return self._ops.size(name=name or f"{self._name}_size", **self._area())  # type: ignore[no-any-return]

    def incomplete_size(self, name: str | None = None) -> Tensor:
        """How many elements are not, an int32 scalar."""
        return self._ops.incomplete_size(  # type: ignore[no-any-return]
            name=name or f"{self._name}_incomplete_size", **self._area()
        )

    def clear(self, name: str | None = None) -> Operation:
        """An operation that forgets all elements."""
        return self._ops.clear(name=name or f"{self._name}_clear", **self._area())  # type: ignore[no-any-return]
