"""`Variable`: a tensor that keeps its value from run to run, in the session that runs it.

A variable is three nodes: `VariableV2`, the `Assign` of its initial value, and an `Identity` that
reads it. The graph's collections tell which variables there are. Names and sharing by name are in
`scope.py`, running initializers in `initialization.py`.
"""

from __future__ import annotations

import enum
import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from flowgraph.core import interchange, stacks
from flowgraph.core.collections import GraphKeys
from flowgraph.core.convert import convert_to_tensor, register_tensor_conversion_function
from flowgraph.core.display import Displayed
from flowgraph.core.dtypes import DType
from flowgraph.core.function import outermost_graph
from flowgraph.core.graph import Graph, device, get_default_graph, name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape, as_shape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.strided import slice_helper
from flowgraph.ops.control.cond import cond
from flowgraph.ops.state import variable as state_ops
from flowgraph.variables.assigning import Assigning
from flowgraph.variables.guard import guarded

_CREATORS = ("__variable_creators",)  # the collection of the creator functions in force


class VariableSynchronization(enum.Enum):
    """When copies of a variable are joined; accepted, there is one copy (tf's enum)."""

    AUTO = 0
    NONE = 1
    ON_WRITE = 2
    ON_READ = 3


class VariableAggregation(enum.Enum):
    """How copies of a variable are joined; accepted, there is one copy (tf's enum)."""

    NONE = 0
    SUM = 1
    MEAN = 2
    ONLY_FIRST_REPLICA = 3


@contextmanager
def init_scope() -> Iterator[None]:
    """Lifts what is built out of conditionals and loops, free of control dependencies.

    The name scope stays (tf.init_scope).
    """
    scope, root = get_default_graph().get_name_scope(), outermost_graph()
    with root.as_default(), root.name_scope(scope + "/" if scope else None):
        with root.control_dependencies(None):
            yield


@contextmanager
def variable_creator_scope(variable_creator: Callable[..., Any]) -> Iterator[None]:
    """`variable_creator(next_creator, **kwargs)` makes the variables (tf.variable_creator_scope).

    kwargs are all arguments of `Variable`; `next_creator(**kwargs)` makes one.
    """
    creators = get_default_graph().get_collection_ref(_CREATORS)
    creators.append(variable_creator)
    try:
        yield
    finally:
        creators.remove(variable_creator)


class VariableMetaclass(type):
    """Lets the functions of `variable_creator_scope` take part when a variable is made."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """Makes a variable: a resource variable when that is asked for."""
        told = kwargs.get("variable_def") is not None
        if told and not args and kwargs.get("initial_value") is None:
            return cls.from_proto(kwargs["variable_def"], kwargs.get("import_scope"))
        if cls is not Variable:
            return super().__call__(*args, **kwargs)
        creators = get_default_graph().get_collection(_CREATORS)
        if not creators:
            return _make(*args, **kwargs)
        named = {**_DEFAULTS, **dict(zip(_DEFAULTS, args, strict=False)), **kwargs}
        make: Callable[..., Any] = _make
        for creator in creators:
            make = functools.partial(creator, make)
        return make(**named)


def _make(*args: Any, **kwargs: Any) -> Any:
    from flowgraph.variables import resource

    named = {**dict(zip(_DEFAULTS, args, strict=False)), **kwargs}
    wanted = resource.is_wanted(named.get("use_resource"))
    return type.__call__(resource.ResourceVariable if wanted else Variable, *args, **kwargs)


class Variable(Assigning, Displayed, metaclass=VariableMetaclass):
    """A tensor that keeps its value from run to run (tf.Variable, TF 1.15's RefVariable).

    Args:
      initial_value: a tensor or what converts to one, or a function without arguments that gives
        one; its shape must be fully defined unless `validate_shape` is False.
      trainable: whether optimizers change it; adds it to GraphKeys.TRAINABLE_VARIABLES.
      collections: the names of its collections; [GraphKeys.GLOBAL_VARIABLES] when None.
      validate_shape: False: the shape is unknown, and may change.
      caching_device: a device where reads are kept.
      name: "Variable" by default, made unique.
      variable_def: accepted as None.
      dtype: that of the initial value, converted if need be.
      expected_shape: accepted.
      import_scope: accepted.
      constraint: a function of the variable that an optimizer applies after each update.
      use_resource: whether it is a `ResourceVariable`; as the variable scope says when None.
      synchronization: accepted.
      aggregation: accepted.
      shape: the static shape; that of the initial value when None.

    Raises:
      ValueError: there is no initial value, or its shape is not known.

    >>> Variable([1.0, 2.0], name="w")
    <tf.Variable 'w:0' shape=(2,) dtype=float32_ref>
    """

    __array_priority__ = 100  # numpy leaves `array + variable` to us

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool | None = None,
        collections: Any = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        expected_shape: Any = None,
        import_scope: str | None = None,
        constraint: Callable[[Any], Any] | None = None,
        use_resource: bool | None = None,
        synchronization: VariableSynchronization = VariableSynchronization.AUTO,
        aggregation: VariableAggregation = VariableAggregation.NONE,
        shape: Any = None,
    ) -> None:
        del expected_shape, import_scope, use_resource
        if variable_def is not None:
            raise ValueError(
                "variable_def and initial_value are mutually exclusive."
                if initial_value is not None
                else "variable_def must be None: this variable is made from its initial_value."
            )
        if initial_value is None:
            raise ValueError("initial_value must be specified.")
        if constraint is not None and not callable(constraint):
            raise ValueError("The `constraint` argument must be a callable.")
        self._synchronization, self._aggregation = synchronization, aggregation
        if trainable is None:
            trainable = synchronization is not VariableSynchronization.ON_READ
        self._trainable, self._constraint = bool(trainable), constraint
        self._save_slice_info: SaveSliceInfo | None = None
        groups = _collections(collections, self._trainable)
        tensors = [initial_value] if isinstance(initial_value, Tensor) else None
        with init_scope(), name_scope(name, "Variable", tensors) as scope:
            self._make_nodes(scope, initial_value, dtype, shape, validate_shape, caching_device)
            get_default_graph().add_to_collections(groups, self)

    def _make_nodes(
        self, scope: str, value: Any, dtype: Any, shape: Any, validate: bool, caching_device: Any
    ) -> None:
        graph = get_default_graph()
        with _colocated_with(scope[:-1], graph) if callable(value) else nullcontext():
            initial = _initial_tensor(value, dtype, scope)
            if validate and not initial.shape.is_fully_defined():
                raise ValueError(f"initial_value must have a shape specified: {initial}")
            static = (initial.shape if validate else UNKNOWN) if shape is None else as_shape(shape)
            self._variable = state_ops.variable_op(static, initial.dtype.base_dtype, name=scope)
        self._initial_value = initial
        self._name = self._variable.name
        self._guarded = guarded(initial, scope[:-1])
        with graph.colocate_with(self._variable.op):
            assigned = state_ops.assign(self._variable, self._guarded, validate_shape=validate)
        self._initializer_op: Operation = assigned.op
        placed: AbstractContextManager[Any] = (
            graph.colocate_with(self._variable.op)
            if caching_device is None
            else device(caching_device)
        )
        with placed:
            self._snapshot: Tensor = raw.Identity(self._variable, name="read")

    # --- what it is ----------------------------------------------------------------------------
    @property
    def name(self) -> str:
        """The name of its own output: "w:0"."""
        return self._name

    @property
    def _shared_name(self) -> str:
        return self._name[:-2]

    @property
    def op(self) -> Operation:
        """The `VariableV2` operation."""
        return self._variable.op

    @property
    def graph(self) -> Graph:
        """The graph that holds it."""
        return self._variable.graph

    @property
    def dtype(self) -> DType:
        """The type of the elements, marked as a ref: float32_ref."""
        return self._variable.dtype

    @property
    def device(self) -> str:
        """The device asked for."""
        return self._variable.device

    @property
    def shape(self) -> TensorShape:
        """The static shape."""
        return self._variable.shape

    def get_shape(self) -> TensorShape:
        """The static shape; the same as `shape`."""
        return self._variable.shape

    def set_shape(self, shape: Any) -> None:
        """Adds what `shape` knows to the static shape; ValueError when they contradict."""
        self._variable.set_shape(shape)
        self._snapshot.set_shape(shape)

    def _shape_as_list(self) -> list[int | None] | None:
        return self._variable._shape_as_list()

    @property
    def trainable(self) -> bool:
        """Whether optimizers change it when they are not told which variables to change."""
        return self._trainable

    @property
    def synchronization(self) -> VariableSynchronization:
        """As it was asked for."""
        return self._synchronization

    @property
    def aggregation(self) -> VariableAggregation:
        """As it was asked for."""
        return self._aggregation

    @property
    def constraint(self) -> Callable[[Any], Any] | None:
        """The function that an optimizer applies after each update, or None."""
        return self._constraint

    # --- its value -----------------------------------------------------------------------------
    def value(self) -> Tensor:
        """The tensor that every use of the variable reads."""
        return self._snapshot

    def read_value(self) -> Tensor:
        """A new read, which waits for the control dependencies in force."""
        return raw.Identity(self._variable, name="read")  # type: ignore[no-any-return]

    def _ref(self) -> Tensor:
        return self._variable

    _AsTensor = value

    def _as_graph_element(self) -> Tensor:
        return self._variable

    @property
    def initializer(self) -> Operation:
        """The operation that sets the initial value."""
        return self._initializer_op

    @property
    def initial_value(self) -> Tensor:
        """The tensor that is the initial value."""
        return self._initial_value

    def initialized_value(self) -> Tensor:
        """The value, or the initial value as long as there is none.

        Other variables' initial values are made of this, so that their order does not matter.
        """
        with init_scope():
            with get_default_graph().colocate_with(self._variable.op):
                known = state_ops.is_variable_initialized(self._variable)
            return cond(known, self.read_value, lambda: self._guarded)  # type: ignore[no-any-return]

    def eval(self, session: Any = None) -> Any:
        """Computes the value in `session` or the default session; gives a numpy array."""
        return self._variable.eval(session=session)

    def load(self, value: Any, session: Any = None) -> None:
        """Sets the value in `session` or the default session, without a new node."""
        chosen = stacks.session_for(self.graph, session, "load a value into a variable")
        chosen.run(self._initializer_op, {self._initializer_op.inputs[1]: value})

    # --- parts of a partitioned variable -------------------------------------------------------
    def _set_save_slice_info(self, save_slice_info: SaveSliceInfo | None) -> None:
        self._save_slice_info = save_slice_info

    def _get_save_slice_info(self) -> SaveSliceInfo | None:
        return self._save_slice_info

    # --- as a message --------------------------------------------------------------------------
    def to_proto(self, export_scope: str | None = None) -> Any:
        """The VariableDef; None when the variable is not below `export_scope`."""
        return interchange.writer().variable_def(self, export_scope)

    @staticmethod
    def from_proto(variable_def: Any, import_scope: str | None = None) -> Any:
        """The variable that a VariableDef describes, of nodes of the default graph."""
        return interchange.writer().variable_of(variable_def, import_scope)

    # --- Python's own --------------------------------------------------------------------------
    def __getitem__(self, index: Any) -> Tensor:
        return slice_helper(self.value(), index, self)

    def __iter__(self) -> Any:
        raise TypeError("'Variable' object is not iterable.")

    def __copy__(self) -> Variable:
        return self

    def __deepcopy__(self, _: Any) -> Variable:
        return self

    def __repr__(self) -> str:
        return f"<tf.Variable '{self.name}' shape={self.shape} dtype={self.dtype.name}>"


class SaveSliceInfo:
    """Which part of a larger variable this one is: how a checkpoint names it."""

    def __init__(
        self, full_name: str = "", full_shape: Any = None, var_offset: Any = None,
        var_shape: Any = None,
    ) -> None:  # fmt: skip
        self.full_name, self.full_shape = full_name, full_shape
        self.var_offset, self.var_shape = var_offset, var_shape

    @property
    def spec(self) -> str:
        """The part as a checkpoint writes it: "4 3 0,2:0,3" for rows 0 and 1 of [4, 3]."""
        sizes = "".join(f"{d} " for d in self.full_shape)
        parts = zip(self.var_offset, self.var_shape, strict=True)
        return sizes + ":".join(f"{offset},{size}" for offset, size in parts)


Variable.SaveSliceInfo = SaveSliceInfo  # type: ignore[attr-defined]
_DEFAULTS = {
    name: parameter.default
    for name, parameter in inspect.signature(Variable.__init__).parameters.items()
    if name != "self"
}


def _collections(names: Any, trainable: bool) -> list[str]:
    if names is None:
        names = [GraphKeys.GLOBAL_VARIABLES]
    if not isinstance(names, (list, tuple, set)):
        raise ValueError(
            "collections argument to Variable constructor must be a list, tuple, or set. Got "
            f"{names} of type {type(names)}"
        )
    if trainable and GraphKeys.TRAINABLE_VARIABLES not in names:
        return [*names, GraphKeys.TRAINABLE_VARIABLES]
    return list(names)


def _colocated_with(name: str, graph: Graph) -> AbstractContextManager[Any]:
    """As `colocate_with` a node that is not there yet."""
    return graph._attribute_scope({"_class": [f"loc:@{name}"]})


def _initial_tensor(value: Any, dtype: Any, scope: str) -> Tensor:
    if callable(value):
        with name_scope("Initializer"), device(None):
            return convert_to_tensor(value(), name="initial_value", dtype=dtype)
    initial = convert_to_tensor(value, name="initial_value", dtype=dtype)
    if initial.graph.building_function:
        raise ValueError(
            f"Initializer for variable {scope} is from inside a control-flow construct, such as a "
            "loop or conditional. When creating a variable inside a loop or conditional, use a "
            "lambda as the initializer."
        )
    return initial


def _delegating(operator: str) -> Callable[..., Any]:
    def operate(self: Variable, *args: Any) -> Any:
        return getattr(Tensor, operator)(self.value(), *args)

    operate.__name__ = operator
    return operate


for _operator in Tensor.OVERLOADABLE_OPERATORS - {"__getitem__"}:
    setattr(Variable, _operator, _delegating(_operator))


def _variable_to_tensor(
    variable: Variable, dtype: DType | None = None, name: str | None = None, as_ref: bool = False
) -> Tensor:
    del name
    if dtype is not None and not dtype.is_compatible_with(variable.dtype):
        raise ValueError(
            f"Incompatible type conversion requested to type '{dtype.name}' for variable of type "
            f"'{variable.dtype.name}'"
        )
    return variable._ref() if as_ref else variable.value()


register_tensor_conversion_function(Variable, _variable_to_tensor)


# --- which variables there are --------------------------------------------------------------------
def global_variables(scope: str | None = None) -> list[Any]:
    """The variables that runs share, in the order in which they were made (tf.global_variables).

    With `scope`, those whose names it matches as a regular expression.
    """
    return get_default_graph().get_collection(GraphKeys.GLOBAL_VARIABLES, scope)


def all_variables() -> list[Any]:
    """The old name of `global_variables`."""
    return global_variables()


def local_variables(scope: str | None = None) -> list[Any]:
    """The variables that are no part of the model, such as counters (tf.local_variables)."""
    return get_default_graph().get_collection(GraphKeys.LOCAL_VARIABLES, scope)


def model_variables(scope: str | None = None) -> list[Any]:
    """The variables that inference needs (tf.model_variables)."""
    return get_default_graph().get_collection(GraphKeys.MODEL_VARIABLES, scope)


def trainable_variables(scope: str | None = None) -> list[Any]:
    """The variables that optimizers change (tf.trainable_variables)."""
    return get_default_graph().get_collection(GraphKeys.TRAINABLE_VARIABLES, scope)


def moving_average_variables(scope: str | None = None) -> list[Any]:
    """The variables that have moving averages (tf.moving_average_variables)."""
    return get_default_graph().get_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, scope)
