"""`Tensor`: an edge of the graph, one output of an operation. It holds no value.

Python's operators on tensors are installed by the op library through `override_operator`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flowgraph.core import stacks
from flowgraph.core.display import Displayed
from flowgraph.core.dtypes import DType
from flowgraph.core.shapes import UNKNOWN, TensorShape, as_shape

if TYPE_CHECKING:
    from flowgraph.core.graph import Graph
    from flowgraph.core.operation import Operation

_BINARY = ("add", "sub", "mul", "div", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or",
           "xor")  # fmt: skip
_OTHER = ("lt", "le", "gt", "ge", "getitem", "invert", "neg", "abs")


class Tensor(Displayed):
    """One output of an `Operation` (tf.Tensor): `dtype`, static `shape`, `name`, `op`, `graph`."""

    __slots__ = ("_op", "_index", "_dtype", "_shape", "_consumers", "__dict__", "__weakref__")
    __array_priority__ = 100  # numpy leaves `array + tensor` to us

    OVERLOADABLE_OPERATORS = frozenset(
        [f"__{name}__" for name in (*_BINARY, *(f"r{name}" for name in _BINARY), *_OTHER)]
    )

    _origin: Tensor | None = None  # of a twin in a plan: the tensor of a graph
    _elements: Any = None  # of a list: see elements.py
    _value: Any = None  # of a twin whose value is the same in every run

    def __init__(self, op: Operation, value_index: int, dtype: DType) -> None:
        self._op = op
        self._index = value_index
        self._dtype = dtype
        self._shape = UNKNOWN
        self._consumers: list[Operation] = []

    def __getattr__(self, name: str) -> Any:
        said = f"'Tensor' object has no attribute {name!r}"
        if name in ("numpy", "item", "tolist"):
            said += (
                ". A tensor of a graph has no value of its own. Hint: sess.run(tensor) gives one."
            )
        raise AttributeError(said, name=name, obj=self)

    @property
    def origin(self) -> Tensor:
        """The tensor of a graph that this one stands for in a plan: as a rule itself."""
        return self if self._origin is None else self._origin

    @property
    def op(self) -> Operation:
        """The operation that computes this tensor."""
        return self._op

    @property
    def value_index(self) -> int:
        """Which of its operation's outputs this is."""
        return self._index

    @property
    def dtype(self) -> DType:
        """The type of the elements."""
        return self._dtype

    @property
    def graph(self) -> Graph:
        """The graph that holds this tensor."""
        return self._op.graph

    @property
    def name(self) -> str:
        """The operation's name and the output's number: "add:0"."""
        return f"{self._op.name}:{self._index}"

    @property
    def device(self) -> str:
        """The device asked for."""
        return self._op.device

    @property
    def shape(self) -> TensorShape:
        """The static shape: what is known of the shape before running."""
        return self._shape

    def get_shape(self) -> TensorShape:
        """The static shape; the same as `shape`."""
        return self._shape

    def set_shape(self, shape: Any) -> None:
        """Adds what `shape` knows to the static shape; ValueError when they contradict."""
        self._shape = self._shape.merge_with(as_shape(shape))

    def _shape_as_list(self) -> list[int | None] | None:
        return None if self._shape.known is None else list(self._shape.known)

    def consumers(self) -> list[Operation]:
        """The operations that take this tensor as an input, once for each time they do."""
        return list(self._consumers)

    def eval(self, feed_dict: Any = None, session: Any = None) -> Any:
        """Computes this tensor in `session` or the default session; gives a numpy array."""
        return stacks.session_for(self.graph, session, "evaluate tensor").run(self, feed_dict)

    @property
    def __array_interface__(self) -> Any:
        raise AttributeError("a Tensor has no value before Session.run")

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError(
            f"Cannot convert a symbolic Tensor ({self.name}) to a numpy array: it has no value "
            "before Session.run. Hint: use a TensorFlow function, or run it: sess.run(tensor)."
        )

    def __len__(self) -> int:
        raise TypeError(
            f"len is not well defined for symbolic Tensors. ({self.name}) "
            "Please call `x.shape` rather than `len(x)` for shape information."
        )

    def __iter__(self) -> Any:
        raise TypeError(
            "Tensor objects are only iterable when eager execution is enabled. "
            "To iterate over this tensor use tf.map_fn."
        )

    def __bool__(self) -> bool:
        raise TypeError(
            f"Using a `tf.Tensor` ({self.name}) as a Python `bool` is not allowed. Use "
            "`if t is not None:` instead of `if t:` to test if a tensor is defined, and use "
            "TensorFlow ops such as tf.cond to execute subgraphs conditioned on its value."
        )

    def __copy__(self) -> Tensor:
        return self

    def __deepcopy__(self, _: Any) -> Tensor:
        return self

    @staticmethod
    def _override_operator(operator: str, function: Callable[..., Any]) -> None:
        override_operator(operator, function)

    def __str__(self) -> str:
        shape = "" if self._shape.rank is None else f", shape={self._shape}"
        device = f", device={self.device}" if self.device else ""
        return f'Tensor("{self.name}"{shape}, dtype={self._dtype.name}{device})'

    def __repr__(self) -> str:
        return f"<tf.Tensor '{self.name}' shape={self._shape} dtype={self._dtype.name}>"


def override_operator(operator: str, function: Callable[..., Any]) -> None:
    """Installs what a Python operator on tensors does; ValueError for one that may not change."""
    if operator not in Tensor.OVERLOADABLE_OPERATORS:
        raise ValueError(f"Overriding {operator} is disallowed")
    setattr(Tensor, operator, function)
