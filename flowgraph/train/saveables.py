"""What a `Saver` saves: variables, their parts and other state as lists of named tensors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flowgraph.core.collections import GraphKeys
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import device, get_default_graph
from flowgraph.core.op_def import raw
from flowgraph.core.tensor import Tensor
from flowgraph.variables.partition import PartitionedVariable
from flowgraph.variables.resource import ResourceVariable
from flowgraph.variables.variable import Variable

_REF_OPS = ("Variable", "VariableV2")
_VARIABLE_OPS = (*_REF_OPS, "VarHandleOp", "ReadVariableOp")


class SaveSpec:
    """One tensor to save, or a part of one (BaseSaverBuilder.SaveSpec).

    Args:
      tensor: the tensor, or a function that gives it.
      slice_spec: which part it is: "4 3 0,2:-"; "" for a whole tensor.
      name: under which it is saved.
      dtype: its dtype; must be given for a function.
      device: where it is; must be given for a function.
    """

    def __init__(
        self, tensor: Any, slice_spec: str, name: str, dtype: Any = None, device: Any = None
    ) -> None:
        if callable(tensor) and (dtype is None or device is None):
            raise AssertionError(
                "When passing a callable `tensor` to a SaveSpec, an explicit dtype and device must "
                "be provided."
            )
        self._tensor, self.slice_spec, self.name = tensor, slice_spec, name
        self.dtype = tensor.dtype if dtype is None else dtype
        self.device = tensor.device if device is None else device

    @property
    def tensor(self) -> Any:
        """The tensor."""
        return self._tensor() if callable(self._tensor) else self._tensor


class SaveableObject:
    """Something whose state is saved as one or more tensors (BaseSaverBuilder.SaveableObject).

    Args:
      op: what it is made of, such as a variable; it can be saved once by a saver.
      specs: its `SaveSpec`s.
      name: under which it is saved.
    """

    def __init__(self, op: Any, specs: list[SaveSpec], name: str) -> None:
        self.op, self.specs, self.name = op, specs, name

    @property
    def optional_restore(self) -> bool:
        """Whether a checkpoint may lack it."""
        return False

    @property
    def device(self) -> Any:
        """Where its tensors are."""
        return self.specs[0].device

    def restore(self, restored_tensors: Any, restored_shapes: Any) -> Any:
        """The operation that sets the state to tensors of a checkpoint; for subclasses.

        Args:
          restored_tensors: one for each spec.
          restored_shapes: the shapes to give them, or None.
        """
        raise ValueError("Calling an abstract method.")


class ReferenceVariableSaveable(SaveableObject):
    """A variable that is a mutable tensor."""

    def __init__(self, var: Any, slice_spec: str, name: str) -> None:
        super().__init__(var, [SaveSpec(var, slice_spec, name, dtype=var.dtype)], name)

    def restore(self, restored_tensors: Any, restored_shapes: Any) -> Any:
        """The assignment."""
        value = restored_tensors[0]
        if restored_shapes is not None:
            value = raw.Reshape(value, restored_shapes[0])
        known = restored_shapes is None and self.op.get_shape().is_fully_defined()
        with get_default_graph().colocate_with(self.op.op):
            return raw.Assign(self.op, value, validate_shape=known)


class ResourceVariableSaveable(SaveableObject):
    """A resource variable, or a tensor that reads one."""

    def __init__(self, var: Any, slice_spec: str, name: str) -> None:
        self._var_device, self._var_shape = var.device, var.shape
        if isinstance(var, Tensor):
            self.handle_op, tensor = var.op.inputs[0], var
        else:
            self.handle_op, tensor = var.handle, _reading(var)
        spec = SaveSpec(tensor, slice_spec, name, dtype=var.dtype, device=var.device)
        super().__init__(var, [spec], name)

    def restore(self, restored_tensors: Any, restored_shapes: Any) -> Any:
        """The assignment."""
        value = restored_tensors[0]
        if restored_shapes is not None:
            value = raw.Reshape(value, restored_shapes[0])
        with device(self._var_device):
            value = raw.Identity(value)
            self._var_shape.assert_is_compatible_with(value.shape)
            return raw.AssignVariableOp(self.handle_op, value)


def _reading(variable: Any) -> Callable[[], Tensor]:
    def read() -> Tensor:
        with device(variable.device):
            value = variable.read_value()
            with device("/device:CPU:0"):
                return raw.Identity(value)  # type: ignore[no-any-return]

    return read


# --- from what the user gives to saveables --------------------------------------------------------
def is_saveable(value: Any) -> bool:
    """Whether this is something with specs of its own."""
    return hasattr(value, "specs") and callable(getattr(value, "restore", None))


def all_saveable_objects(scope: str | None = None) -> list[Any]:
    """The graph's global variables and other saveables: what a saver saves by default."""
    graph = get_default_graph()
    names = (GraphKeys.GLOBAL_VARIABLES, GraphKeys.SAVEABLE_OBJECTS)
    return [value for name in names for value in graph.get_collection(name, scope)]


def op_list_to_dict(op_list: Any, convert_variable_to_tensor: bool = True) -> dict[str, Any]:
    """{name in a checkpoint: what is saved under it} of a list; parts of a variable form a list.

    Raises:
      TypeError: the argument is no list, or has something that cannot be saved.
      ValueError: two have one name.
    """
    if not isinstance(op_list, (list, tuple, set)):
        raise TypeError(f"Variables to save should be passed in a dict or a list: {op_list}")
    found: dict[str, Any] = {}
    op_list = [getattr(v, "_saveable", v) for v in op_list]  # a table knows how it is saved
    for var in sorted(op_list, key=lambda v: v.name):
        if is_saveable(var):
            found[var.name] = var
        elif isinstance(var, Variable) and var._get_save_slice_info() is not None:
            _add_part(found, var)
        else:
            name, value = _named(var, convert_variable_to_tensor)
            if name in found:
                raise ValueError(f"At least two variables have the same name: {name}")
            found[name] = value
    return found


def _add_part(found: dict[str, Any], part: Variable) -> None:
    name = part._get_save_slice_info().full_name  # type: ignore[union-attr]
    if not isinstance(found.setdefault(name, []), list):
        raise ValueError(f"Mixing slices and non-slices with the same name: {name}")
    found[name].append(part)


def _named(var: Any, convert: bool) -> tuple[str, Any]:
    if isinstance(var, PartitionedVariable):
        return var.name, var
    value = _as_tensor(var)
    if not _comes_from_variable(value):
        raise TypeError(f"Variable to save is not a Variable: {var}")
    name = value.op.inputs[0].op.name if value.op.type == "ReadVariableOp" else value.op.name
    return name, value if convert else var


def _as_tensor(var: Any) -> Tensor:
    if isinstance(var, ResourceVariable):
        return var._as_graph_element()
    return convert_to_tensor(var, as_ref=True)


def _comes_from_variable(value: Any) -> bool:
    return isinstance(value, Tensor) and value.op.type in _VARIABLE_OPS


def saveable_objects_for_op(op: Any, name: Any) -> Iterator[Any]:
    """The saveables that save `op` under a name.

    Raises:
      TypeError: the name is no string, or `op` cannot be saved.
      ValueError: a list has something that is no part of a variable.
    """
    if not isinstance(name, str):
        raise TypeError(
            "names_to_saveables must be a dict mapping string names to trackable operations. Name "
            f"is not a string: {name}"
        )
    op = getattr(op, "_saveable", op)
    if is_saveable(op):
        yield op
    elif isinstance(op, (list, tuple, PartitionedVariable)):
        yield from _parts(op, name)
    else:
        tensor = _as_tensor(op)
        if not _comes_from_variable(tensor):
            raise TypeError(
                "names_to_saveables must be a dict mapping string names to Tensors/Variables. Not "
                f"a variable: {tensor}"
            )
        yield _saveable(tensor, "", name)


def _saveable(variable: Any, slice_spec: str, name: str) -> SaveableObject:
    is_ref = variable.op.type in _REF_OPS
    kind = ReferenceVariableSaveable if is_ref else ResourceVariableSaveable
    return kind(variable, slice_spec, name)


def _parts(variables: Any, name: str) -> Iterator[SaveableObject]:
    whole = None
    for variable in variables:
        if not isinstance(variable, Variable):
            raise ValueError(f"Slices must all be Variables: {variable}")
        info = variable._get_save_slice_info()
        if info is None:
            raise ValueError(f"Slices must all be slices: {variable}")
        whole = whole or info.full_name
        if whole != info.full_name:
            raise ValueError(
                f"Slices must all be from the same tensor: {whole} != {info.full_name}"
            )
        yield _saveable(variable, info.spec, name)


def validate_and_slice_inputs(names_to_saveables: Any) -> list[Any]:
    """The saveables of a dict or list of what is to be saved, by name.

    Raises:
      TypeError: something cannot be saved.
      ValueError: something would be saved twice.
    """
    if not isinstance(names_to_saveables, dict):
        names_to_saveables = op_list_to_dict(names_to_saveables)
    saveables: dict[Any, Any] = {}
    for name in sorted(names_to_saveables):
        for saveable in saveable_objects_for_op(names_to_saveables[name], name):
            if id(saveable.op) in saveables:
                raise ValueError(f"The same saveable will be restored with two names: {name}")
            saveables[id(saveable.op)] = saveable
    return list(saveables.values())
