"""Static shapes: `TensorShape` and `Dimension`, each of which may be unknown (None).

Rules for shapes that several ops share (broadcasting, merging) stand here too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, SupportsIndex, cast

from flowgraph.core import interchange


class Dimension:
    """One dimension's size, or None when it is unknown (tf.Dimension)."""

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value: int | None
        if value is None:
            self._value = None
        elif isinstance(value, Dimension):
            self._value = value._value
        else:
            self._value = int(value)
            if not isinstance(value, (bytes, str)) and self._value != value:
                raise ValueError(f"Ambiguous dimension: {value}")
            if self._value < 0:
                raise ValueError(f"Dimension {self._value} must be >= 0")

    @property
    def value(self) -> int | None:
        """The size, or None."""
        return self._value

    def __reduce__(self) -> tuple[Any, ...]:
        return Dimension, (self._value,)

    def is_compatible_with(self, other: Any) -> bool:
        """True when the two can be one size."""
        other = Dimension(other)
        return self._value is None or other._value is None or self._value == other._value

    def assert_is_compatible_with(self, other: Any) -> None:
        """Raises ValueError unless compatible."""
        if not self.is_compatible_with(other):
            raise ValueError(f"Dimensions {self} and {other} are not compatible")

    def merge_with(self, other: Any) -> Dimension:
        """The more specific of the two; ValueError when they contradict each other."""
        other = Dimension(other)
        self.assert_is_compatible_with(other)
        return other if self._value is None else self

    def _arith(self, other: Any, function: Any) -> Any:
        try:
            other = Dimension(other)
        except (TypeError, ValueError):
            return NotImplemented
        if self._value is None or other._value is None:
            return Dimension(None)
        return Dimension(function(self._value, other._value))

    def __add__(self, other: Any) -> Any:
        return self._arith(other, lambda a, b: a + b)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return self._arith(other, lambda a, b: a - b)

    def __rsub__(self, other: Any) -> Any:
        return self._arith(other, lambda a, b: b - a)

    def __mul__(self, other: Any) -> Any:
        return self._arith(other, lambda a, b: a * b)

    __rmul__ = __mul__

    def __floordiv__(self, other: Any) -> Any:
        return self._arith(other, lambda a, b: a // b)

    def __rfloordiv__(self, other: Any) -> Any:
        return self._arith(other, lambda a, b: b // a)

    __div__ = __floordiv__

    def __truediv__(self, other: Any) -> Any:
        raise TypeError(
            "unsupported operand type(s) for /: 'Dimension' and "
            f"'{type(other).__name__}', please use // instead"
        )

    def __rtruediv__(self, other: Any) -> Any:
        raise TypeError(
            f"unsupported operand type(s) for /: '{type(other).__name__}' and 'Dimension', "
            "please use // instead"
        )

    def __mod__(self, other: Any) -> Any:
        return self._arith(other, lambda a, b: a % b)

    def __rmod__(self, other: Any) -> Any:
        return self._arith(other, lambda a, b: b % a)

    def _compare(self, other: Any, function: Any) -> Any:
        try:
            other = Dimension(other)
        except (TypeError, ValueError):
            return NotImplemented
        if self._value is None or other._value is None:
            return None
        return function(self._value, other._value)

    def __eq__(self, other: Any) -> Any:
        return self._compare(other, lambda a, b: a == b)

    def __ne__(self, other: Any) -> Any:
        return self._compare(other, lambda a, b: a != b)

    def __lt__(self, other: Any) -> Any:
        return self._compare(other, lambda a, b: a < b)

    def __le__(self, other: Any) -> Any:
        return self._compare(other, lambda a, b: a <= b)

    def __gt__(self, other: Any) -> Any:
        return self._compare(other, lambda a, b: a > b)

    def __ge__(self, other: Any) -> Any:
        return self._compare(other, lambda a, b: a >= b)

    def __hash__(self) -> int:
        return hash(self._value)

    def __int__(self) -> int:
        return cast(int, self._value)

    def __index__(self) -> int:
        return cast(int, self._value)

    def __str__(self) -> str:
        return "?" if self._value is None else str(self._value)

    def __repr__(self) -> str:
        return f"Dimension({self._value})"


Dims = tuple["int | None", ...]


class TensorShape:
    """A tensor's static shape; the rank or any dimension may be unknown (tf.TensorShape).

    `TensorShape(None)` has unknown rank, `TensorShape([])` is a scalar's.
    """

    __slots__ = ("_dims",)

    def __init__(self, dims: Any) -> None:
        self._dims: Dims | None
        if dims is None:
            self._dims = None
        elif isinstance(dims, TensorShape):
            self._dims = dims._dims
        elif isinstance(dims, (int, Dimension)):
            self._dims = (_dim(dims),)
        elif hasattr(dims, "unknown_rank"):  # a TensorShapeProto
            self._dims = interchange.writer().shape_of_proto(dims)._dims
        elif isinstance(dims, Iterable):
            self._dims = tuple([_dim(d) for d in dims])
        else:
            self._dims = (_dim(dims),)

    def __reduce__(self) -> tuple[Any, ...]:
        return TensorShape, (self.dims,)

    @staticmethod
    def of(dims: Dims | None) -> TensorShape:
        """Wraps a tuple of int or None that is known to be right: shape rules are hot."""
        shape = TensorShape.__new__(TensorShape)
        shape._dims = dims
        return shape

    @property
    def known(self) -> Dims | None:
        """The dimensions as a tuple of int or None; None when the rank is unknown."""
        return self._dims

    @property
    def dims(self) -> list[Dimension] | None:
        """The dimensions as a list of `Dimension`; None when the rank is unknown."""
        return None if self._dims is None else [Dimension(d) for d in self._dims]

    @property
    def rank(self) -> int | None:
        """The number of dimensions, or None."""
        return None if self._dims is None else len(self._dims)

    ndims = rank

    def __len__(self) -> int:
        if self._dims is None:
            raise ValueError("Cannot take the length of Shape with unknown rank.")
        return len(self._dims)

    def __bool__(self) -> bool:
        return self._dims is not None

    def __iter__(self) -> Iterator[Dimension]:
        if self._dims is None:
            raise ValueError("Cannot iterate over a shape with unknown rank.")
        return iter([Dimension(d) for d in self._dims])

    def __getitem__(self, key: Any) -> Any:
        if self._dims is not None:
            if isinstance(key, slice):
                return TensorShape.of(self._dims[key])
            return Dimension(self._dims[key])
        if not isinstance(key, slice):
            return Dimension(None)
        start, stop = key.start or 0, key.stop
        if key.step is not None or stop is None or start < 0 or stop < 0:
            return TensorShape.of(None)
        return TensorShape.of((None,) * max(0, stop - start))

    def num_elements(self) -> int | None:
        """The number of elements, or None when it is not known."""
        return None if not self.is_fully_defined() else _product(cast(Sequence[int], self._dims))

    def is_fully_defined(self) -> bool:
        """True when the rank and every dimension are known."""
        return self._dims is not None and None not in self._dims

    def assert_is_fully_defined(self) -> None:
        """Raises ValueError unless fully defined."""
        if not self.is_fully_defined():
            raise ValueError(f"Shape {self} is not fully defined")

    def is_compatible_with(self, other: Any) -> bool:
        """True when a tensor could have both shapes."""
        theirs = as_shape(other)._dims
        if self._dims is None or theirs is None:
            return True
        return len(self._dims) == len(theirs) and all(
            a is None or b is None or a == b for a, b in zip(self._dims, theirs, strict=True)
        )

    def assert_is_compatible_with(self, other: Any) -> None:
        """Raises ValueError unless compatible."""
        if not self.is_compatible_with(other):
            raise ValueError(f"Shapes {self} and {as_shape(other)} are incompatible")

    def assert_same_rank(self, other: Any) -> None:
        """Raises ValueError unless the ranks can be the same."""
        other = as_shape(other)
        if None not in (self.rank, other.rank) and self.rank != other.rank:
            raise ValueError(f"Shapes {self} and {other} must have the same rank")

    def assert_has_rank(self, rank: int) -> None:
        """Raises ValueError unless the rank can be `rank`."""
        if self.rank not in (None, rank):
            raise ValueError(f"Shape {self} must have rank {rank}")

    def merge_with(self, other: Any) -> TensorShape:
        """What is known from both; ValueError when they contradict each other."""
        other = as_shape(other)
        if self._dims is None:
            return cast(TensorShape, other)
        if other._dims is None:
            return self
        if not self.is_compatible_with(other):
            raise ValueError(f"Shapes {self} and {other} are not compatible")
        return TensorShape.of(
            tuple(b if a is None else a for a, b in zip(self._dims, other._dims, strict=True))
        )

    def concatenate(self, other: Any) -> TensorShape:
        """This shape's dimensions followed by the other's."""
        other = as_shape(other)
        if self._dims is None or other._dims is None:
            return TensorShape.of(None)
        return TensorShape.of(self._dims + other._dims)

    def with_rank(self, rank: int) -> TensorShape:
        """This shape when it can have `rank`; ValueError otherwise."""
        if self._dims is None:
            return TensorShape.of((None,) * rank)
        if len(self._dims) != rank:
            raise ValueError(
                f"Shape must be rank {rank} but is rank {len(self._dims)}: shape {self} must have "
                f"rank {rank}"
            )
        return self

    def with_rank_at_least(self, rank: int) -> TensorShape:
        """This shape unless its rank is below `rank`; ValueError then."""
        if self._dims is not None and len(self._dims) < rank:
            raise ValueError(
                f"Shape must be at least rank {rank} but is rank {len(self._dims)}: Shape {self} "
                f"must have rank at least {rank}"
            )
        return self

    def with_rank_at_most(self, rank: int) -> TensorShape:
        """This shape unless its rank is above `rank`; ValueError then."""
        if self._dims is not None and len(self._dims) > rank:
            raise ValueError(
                f"Shape must be at most rank {rank} but is rank {len(self._dims)}: Shape {self} "
                f"must have rank at most {rank}"
            )
        return self

    def most_specific_compatible_shape(self, other: Any) -> TensorShape:
        """The most specific shape that both are instances of: contradictions become unknown."""
        theirs = as_shape(other)._dims
        if self._dims is None or theirs is None or len(self._dims) != len(theirs):
            return TensorShape.of(None)
        return TensorShape.of(
            tuple(a if a == b else None for a, b in zip(self._dims, theirs, strict=True))
        )

    def as_proto(self) -> Any:
        """The TensorShapeProto."""
        return interchange.writer().shape_proto(self)

    def as_list(self) -> list[int | None]:
        """The dimensions as a list of int or None; ValueError when the rank is unknown."""
        if self._dims is None:
            raise ValueError("as_list() is not defined on an unknown TensorShape.")
        return list(self._dims)

    def __eq__(self, other: Any) -> Any:
        try:
            other = as_shape(other)
        except (TypeError, ValueError):
            return NotImplemented
        return self._dims == other._dims

    def __ne__(self, other: Any) -> Any:
        try:
            other = as_shape(other)
        except (TypeError, ValueError):
            return NotImplemented
        if self.rank is None or other.rank is None:
            raise ValueError("The inequality of unknown TensorShapes is undefined.")
        return self._dims != other._dims

    def __hash__(self) -> int:
        return hash(self._dims)

    def __add__(self, other: Any) -> TensorShape:
        return self.concatenate(other)

    def __radd__(self, other: Any) -> TensorShape:
        return as_shape(other).concatenate(self)

    def __str__(self) -> str:
        if self._dims is None:
            return "<unknown>"
        inner = ", ".join("?" if d is None else str(d) for d in self._dims)
        return f"({inner},)" if len(self._dims) == 1 else f"({inner})"

    def __repr__(self) -> str:
        if self._dims is None:
            return "TensorShape(None)"
        return f"TensorShape([{', '.join(repr(Dimension(d)) for d in self._dims)}])"


def brackets(shape: TensorShape) -> str:
    """The shape as TensorFlow's error messages write it: [2,?], or <unknown>."""
    if shape._dims is None:
        return "<unknown>"
    return "[" + ",".join("?" if d is None else str(d) for d in shape._dims) + "]"


def as_shape(value: Any) -> TensorShape:
    """Gives the `TensorShape` of anything that describes one."""
    return value if isinstance(value, TensorShape) else TensorShape(value)


UNKNOWN = TensorShape.of(None)
SCALAR = TensorShape.of(())


def dimension_value(dimension: Any) -> int | None:
    """The size of a `Dimension`, or the size itself (tf.dimension_value)."""
    return dimension.value if isinstance(dimension, Dimension) else dimension


def dimension_at_index(shape: TensorShape, index: int) -> Dimension:
    """The dimension at a place, unknown in a shape of unknown rank (tf.dimension_at_index)."""
    dims = shape.dims
    return Dimension(None) if dims is None else dims[index]


def scalar() -> TensorShape:
    """The shape of a scalar (tensor_shape.scalar)."""
    return TensorShape([])


def vector(length: Any) -> TensorShape:
    """The shape of a vector (tensor_shape.vector)."""
    return TensorShape([length])


def matrix(rows: Any, cols: Any) -> TensorShape:
    """The shape of a matrix (tensor_shape.matrix)."""
    return TensorShape([rows, cols])


def unknown_shape(ndims: int | None = None, **kwargs: Any) -> TensorShape:
    """A shape of `ndims` unknown dimensions, or of unknown rank (tensor_shape.unknown_shape)."""
    rank = kwargs.get("rank", ndims)
    return TensorShape(None if rank is None else [None] * rank)


def as_dimension(value: Any) -> Dimension:
    """The size as a `Dimension` (tensor_shape.as_dimension)."""
    return value if isinstance(value, Dimension) else Dimension(value)


def _dim(value: Any) -> int | None:
    if value is None or (type(value) is int and value >= 0):
        return value
    if isinstance(value, Dimension):
        return value._value
    if isinstance(value, SupportsIndex) and value.__index__() >= 0:
        return value.__index__()
    return Dimension(value)._value


def _product(values: Sequence[int]) -> int:
    result = 1
    for value in values:
        result *= value
    return result


def broadcast(a: TensorShape, b: TensorShape) -> TensorShape:
    """The shape of two static shapes broadcast together; ValueError if they cannot be."""
    x, y = a._dims, b._dims
    if x is None or y is None:
        return UNKNOWN
    if x == y and None not in x:
        return a
    if len(x) < len(y):
        x = (1,) * (len(y) - len(x)) + x
    elif len(y) < len(x):
        y = (1,) * (len(x) - len(y)) + y
    return TensorShape.of(tuple([_broadcast_dim(p, q, a, b) for p, q in zip(x, y, strict=True)]))


def _broadcast_dim(p: int | None, q: int | None, a: TensorShape, b: TensorShape) -> int | None:
    if p == q or q == 1:
        return p
    if p == 1:
        return q
    if p is None:  # an unknown size against n > 1 must turn out to be n (or 1)
        return q
    if q is None:
        return p
    raise ValueError(f"Incompatible shapes for broadcasting: {a} and {b}")
