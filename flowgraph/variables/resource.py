"""`ResourceVariable`: a variable that is read by an operation wherever it is used.

Its own node, `VarHandleOp`, gives a handle; `ReadVariableOp` gives the value at that point of the
run, and later writes leave what was read as it is. A method that changes the variable gives one
that reads it behind the change.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flowgraph.core import stacks
from flowgraph.core.convert import convert_to_tensor, register_tensor_conversion_function
from flowgraph.core.dtypes import DType
from flowgraph.core.graph import (
    Graph,
    control_dependencies,
    device,
    get_default_graph,
    graph_of_inputs,
    name_scope,
)
from flowgraph.core.indexed_slices import IndexedSlices
from flowgraph.core.op_def import raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape, as_shape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.control.cond import cond
from flowgraph.ops.state import resource as resource_ops
from flowgraph.ops.state import (
    scatter,
    temporary,  # noqa: F401 - it declares the other kinds of variables
)
from flowgraph.variables.guard import guarded
from flowgraph.variables.variable import (
    Variable,
    VariableAggregation,
    VariableSynchronization,
    _colocated_with,
    init_scope,
)

# --- which kind tf.Variable and tf.get_variable make ----------------------------------------------
_default = [False]


def enable_resource_variables() -> None:
    """From now on variables are resource variables, unless told otherwise (TF's function)."""
    _default[0] = True


def disable_resource_variables() -> None:
    """From now on variables are no resource variables, unless told otherwise (TF's function)."""
    _default[0] = False


def resource_variables_enabled() -> bool:
    """Whether variables are resource variables, unless told otherwise (TF's function)."""
    return _default[0]


def is_wanted(use_resource: bool | None) -> bool:
    """What `use_resource` comes to: as given, else as the variable scope says, else the default."""
    from flowgraph.variables.scope import get_variable_scope

    if use_resource is None:
        use_resource = get_variable_scope().use_resource
    return _default[0] if use_resource is None else bool(use_resource)


# --- the variable ---------------------------------------------------------------------------------
class ResourceVariable(Variable):
    """A variable with value semantics (tf.Variable(use_resource=True)).

    Arguments are those of `Variable`; the initial value's shape need not be known.

    >>> ResourceVariable([1.0, 2.0], name="w")
    <tf.Variable 'w:0' shape=(2,) dtype=float32>
    """

    def _make_nodes(
        self, scope: str, value: Any, dtype: Any, shape: Any, validate: bool, caching_device: Any
    ) -> None:
        graph, name = get_default_graph(), scope[:-1]
        with _colocated_with(name, graph):
            with name_scope("Initializer"), device(None):
                given = value() if callable(value) else value
                initial = convert_to_tensor(given, name="initial_value", dtype=dtype)
            if initial.graph.building_function:
                raise ValueError(
                    f"Initializer for variable {scope} is from inside a control-flow construct, "
                    "such as a loop or conditional. When creating a variable inside a loop or "
                    "conditional, use a lambda as the initializer."
                )
            self._shape = _declared(initial, shape)
            self._dtype = initial.dtype.base_dtype
            self._handle: Tensor = resource_ops.var_handle_op(
                shape=self._shape, dtype=self._dtype, shared_name=name, name=scope
            )
        self._initial_value, self._name = initial, self._handle.name
        with name_scope("IsInitialized"):
            self._is_initialized_op = raw.VarIsInitializedOp(self._handle)
        with name_scope("Assign") as assign, self._beside(graph):
            self._guarded = guarded(initial, name)
            self._initializer_op = raw.AssignVariableOp(self._handle, self._guarded, name=assign)
        with name_scope("Read"), device(self._handle.device):
            self._graph_element: Tensor | None = raw.ReadVariableOp(self._handle, dtype=self._dtype)
        self._cached: Tensor | None = None
        if caching_device is not None:
            with graph.colocate_with(None, ignore_existing=True), device(caching_device):
                self._cached = raw.Identity(self._graph_element)

    @contextmanager
    def _beside(self, graph: Graph) -> Iterator[None]:
        with graph.colocate_with(None, ignore_existing=True), graph.device(self._handle.device):
            yield

    # --- what it is ----------------------------------------------------------------------------
    @property
    def handle(self) -> Tensor:
        """The tensor that names it, of dtype resource."""
        return self._handle

    @property
    def op(self) -> Operation:
        """The `VarHandleOp` operation."""
        return self._handle.op

    @property
    def graph(self) -> Graph:
        """The graph that holds it."""
        return self._handle.graph

    @property
    def dtype(self) -> DType:
        """The type of the elements."""
        return self._dtype

    @property
    def device(self) -> str:
        """The device asked for."""
        return self._handle.device

    @property
    def shape(self) -> TensorShape:
        """The static shape."""
        return self._shape

    def get_shape(self) -> TensorShape:
        """The static shape; the same as `shape`."""
        return self._shape

    def set_shape(self, shape: Any) -> None:
        """Not possible."""
        raise NotImplementedError("ResourceVariable does not implement set_shape()")

    def _shape_as_list(self) -> list[int | None] | None:
        return None if self._shape.known is None else list(self._shape.known)

    @property
    def create(self) -> Operation:
        """The operation that sets the initial value."""
        return self._initializer_op

    # --- its value -----------------------------------------------------------------------------
    def _read(self) -> Tensor:
        return raw.ReadVariableOp(self._handle, dtype=self._dtype)  # type: ignore[no-any-return]

    def value(self) -> Tensor:
        """A new read, or the value kept on the caching device."""
        if self._cached is not None:
            return self._cached
        with self._beside(graph_of_inputs([self._handle])):
            return self._read()

    _AsTensor = value

    def read_value(self) -> Tensor:
        """A new read, which waits for the control dependencies in force."""
        with name_scope("Read"), device(self._handle.device):
            value = self._read()
        return raw.Identity(value)  # type: ignore[no-any-return]

    def sparse_read(self, indices: Any, name: str | None = None) -> Tensor:
        """The rows that `indices` name; their gradient is sparse (tf.gather)."""
        with name_scope(name, "Gather") as scope:
            rows = raw.ResourceGather(self._handle, indices, dtype=self._dtype, name=scope)
        return raw.Identity(rows)  # type: ignore[no-any-return]

    def gather_nd(self, indices: Any, name: str | None = None) -> Tensor:
        """The elements or slices at some coordinates (tf.gather_nd)."""
        with name_scope(name, "GatherNd") as scope:
            found = raw.ResourceGatherNd(self._handle, indices, dtype=self._dtype, name=scope)
        return raw.Identity(found)  # type: ignore[no-any-return]

    def is_initialized(self, name: str | None = None) -> Tensor:
        """Whether it has a value by now, a bool scalar."""
        return raw.VarIsInitializedOp(self._handle, name=name)  # type: ignore[no-any-return]

    def initialized_value(self) -> Tensor:
        """The value, or the initial value as long as there is none."""
        with init_scope():
            known = self.is_initialized()
            return cond(known, self.read_value, lambda: self._guarded)  # type: ignore[no-any-return]

    def eval(self, session: Any = None) -> Any:
        """Computes the value in `session` or the default session; gives a numpy array."""
        return self._as_graph_element().eval(session=session)

    def load(self, value: Any, session: Any = None) -> None:
        """Sets the value in `session` or the default session, without a new node."""
        chosen = stacks.session_for(self.graph, session, "load a value into a variable")
        chosen.run(self._initializer_op, {self._initializer_op.inputs[1]: value})

    def _ref(self) -> Tensor:
        return self._handle

    def _as_graph_element(self) -> Tensor:
        if self._graph_element is None:
            return self.value()
        return self._graph_element

    # --- changes -------------------------------------------------------------------------------
    def _after(
        self, op_type: str, *inputs: Any, name: str | None = None, read_value: bool = True,
        **attrs: Any,
    ) -> Any:  # fmt: skip
        """Adds an op of the handle, some inputs, and last a value of the variable's dtype.

        Gives the variable behind it, or the operation.
        """
        waits = [] if self._cached is None else [self._cached]
        graph = graph_of_inputs([self._handle])
        with graph.as_default(), control_dependencies(waits):
            value = convert_to_tensor(inputs[-1], dtype=self._dtype)
            op: Operation = getattr(raw, op_type)(
                self._handle, *inputs[:-1], value, name=name, **attrs
            )
            return ChangedVariable(self, op) if read_value else op

    def assign(
        self, value: Any, use_locking: bool | None = None, name: str | None = None,
        read_value: bool = True,
    ) -> Any:  # fmt: skip
        """Sets the value, which must have the variable's shape."""
        tensor = convert_to_tensor(value, dtype=self._dtype)
        self._shape.assert_is_compatible_with(tensor.shape)
        return self._after("AssignVariableOp", tensor, name=name, read_value=read_value)

    def assign_add(
        self, delta: Any, use_locking: bool | None = None, name: str | None = None,
        read_value: bool = True,
    ) -> Any:  # fmt: skip
        """Adds to the value."""
        return self._after("AssignAddVariableOp", delta, name=name, read_value=read_value)

    def assign_sub(
        self, delta: Any, use_locking: bool | None = None, name: str | None = None,
        read_value: bool = True,
    ) -> Any:  # fmt: skip
        """Subtracts from the value."""
        return self._after("AssignSubVariableOp", delta, name=name, read_value=read_value)

    def count_up_to(self, limit: int) -> Tensor:
        """Counts up by one and gives the value before; OutOfRangeError at `limit`."""
        if not self._dtype.is_integer:
            raise TypeError(f"count_up_to needs an int32 or int64 variable, not {self._dtype.name}")
        return raw.ResourceCountUpTo(self._handle, limit=limit, T=self._dtype)  # type: ignore[no-any-return]

    def _scatter(self, op_type: str, delta: Any, use_locking: bool, name: str | None) -> Any:
        if not isinstance(delta, IndexedSlices):
            raise TypeError(f"sparse_delta is not IndexedSlices: {delta}")
        return self._after(f"Resource{op_type}", delta.indices, delta.values, name=name)

    def batch_scatter_update(
        self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Sets rows whose indices count within a batch (tf.batch_scatter_update)."""
        if not isinstance(sparse_delta, IndexedSlices):
            raise TypeError(f"sparse_delta is not IndexedSlices: {sparse_delta}")
        return scatter.batch_scatter_update(
            self, sparse_delta.indices, sparse_delta.values, use_locking, name
        )

    def scatter_nd_update(self, indices: Any, updates: Any, name: str | None = None) -> Any:
        """Sets the elements or slices at some coordinates (tf.scatter_nd_update)."""
        return self._after("ResourceScatterNdUpdate", indices, updates, name=name)

    def scatter_nd_add(self, indices: Any, updates: Any, name: str | None = None) -> Any:
        """Adds to the elements or slices at some coordinates."""
        return self._after("ResourceScatterNdAdd", indices, updates, name=name)

    def scatter_nd_sub(self, indices: Any, updates: Any, name: str | None = None) -> Any:
        """Subtracts from the elements or slices at some coordinates."""
        return self._after("ResourceScatterNdSub", indices, updates, name=name)

    def _strided_slice_assign(
        self, begin: Any, end: Any, strides: Any, value: Any, name: str | None, **masks: int
    ) -> Any:
        return self._after(
            "ResourceStridedSliceAssign", begin, end, strides, value, name=name, **masks
        )

    # --- Python's own --------------------------------------------------------------------------
    def __bool__(self) -> bool:
        return bool(self.read_value())

    def _no_operator(self, _: Any) -> Any:
        raise RuntimeError(
            "A variable cannot be changed by an operator such as +=. Use "
            "variable.assign_add(value) to change it, or variable = variable + value for a new "
            "tensor."
        )

    __iadd__ = __isub__ = __imul__ = __itruediv__ = __ipow__ = _no_operator


def _declared(initial: Tensor, shape: Any) -> TensorShape:
    if shape is None:
        return initial.shape
    declared: TensorShape = as_shape(shape)
    if not initial.shape.is_compatible_with(declared):
        raise ValueError(
            f"The initial value's shape ({initial.shape}) is not compatible with the explicitly "
            f"supplied `shape` argument ({declared})."
        )
    return declared


class ChangedVariable(ResourceVariable):
    """What a change of a resource variable gives: the variable, read after that change."""

    def __init__(self, variable: ResourceVariable, change: Operation) -> None:
        self._handle, self._shape, self._dtype = variable.handle, variable.shape, variable.dtype
        self._trainable, self._constraint = variable.trainable, variable.constraint
        self._synchronization = VariableSynchronization.AUTO
        self._aggregation = VariableAggregation.NONE
        self._save_slice_info, self._cached, self._name = None, None, variable._name
        self._change = change
        # In a subgraph only what asks for the value reads it.
        self._graph_element = None if change.graph.building_function else self._read()

    def _read(self) -> Tensor:
        with control_dependencies([self._change]):
            return super()._read()

    def value(self) -> Tensor:
        """A new read behind the change."""
        return self._read()

    read_value = _AsTensor = value

    @property
    def name(self) -> str:
        """The name of the change."""
        return self._change.name

    @property
    def op(self) -> Operation:
        """The operation that changes the variable."""
        return self._change


def _to_tensor(
    variable: ResourceVariable, dtype: DType | None = None, name: str | None = None,
    as_ref: bool = False,
) -> Tensor:  # fmt: skip
    del name
    if dtype is not None and not dtype.is_compatible_with(variable.dtype):
        raise ValueError(
            f"Incompatible type conversion requested to type '{dtype.name}' for variable of type "
            f"'{variable.dtype.name}'"
        )
    return variable.handle if as_ref else variable.value()


register_tensor_conversion_function(ResourceVariable, _to_tensor, priority=90)
