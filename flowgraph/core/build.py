"""From an op's declaration and Python arguments to a node: conversion, dtype inference, checks.

The first use of a dtype attribute fixes it, and later inputs are converted to it, as in TensorFlow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flowgraph.core import attrs as attr_kinds
from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import Graph, get_default_graph, graph_of_inputs, name_scope
from flowgraph.core.op_args import Arg
from flowgraph.core.tensor import Tensor

if TYPE_CHECKING:
    from flowgraph.core.op_def import OpDef


def build_node(op_def: OpDef, inputs: tuple[Any, ...], name: str | None, attrs: Any) -> Any:
    """Adds a node of `op_def` to the graph of its inputs, or to the default graph."""
    if len(inputs) != len(op_def.inputs):
        inputs, attrs = _named_inputs(op_def, inputs, attrs)
    if isinstance(name, bytes):
        name = name.decode()
    graph = graph_of_inputs(inputs)
    if all(type(value) is Tensor for value in inputs):
        return _build(op_def, graph, inputs, name or op_def.name, attrs)
    # Constants made of Python values are named inside the node's own scope: "add/y".
    if graph is get_default_graph():
        with name_scope(name or op_def.name) as scope:
            return _build(op_def, graph, inputs, scope, attrs)
    with graph.as_default(), name_scope(name or op_def.name) as scope:
        return _build(op_def, graph, inputs, scope, attrs)


def _named_inputs(op_def: OpDef, inputs: tuple[Any, ...], given: Any) -> tuple[Any, Any]:
    """Takes the inputs that were given by name, as tf.raw_ops wants them, from the attributes."""
    rest = dict(given)
    names = [arg.name for arg in op_def.inputs[len(inputs) :]]
    missing = [name for name in names if name not in rest]
    if missing or len(inputs) > len(op_def.inputs):
        named = f" ({', '.join(missing)} missing)" if missing else ""
        raise TypeError(
            f"{op_def.name} takes {len(op_def.inputs)} inputs, got {len(inputs)}{named}"
        )
    return (*inputs, *[rest.pop(name) for name in names]), rest


def _build(op_def: OpDef, graph: Graph, values: tuple[Any, ...], name: str, given: Any) -> Any:
    attrs: dict[str, Any] = {}
    for key, value in given.items():
        attr = op_def.attrs.get(key)
        if attr is None:
            raise TypeError(f"{op_def.name} got an unexpected keyword argument '{key}'")
        if value is not None:
            attrs[key] = attr_kinds.convert(op_def.name, key, attr, value)
    explicit = frozenset(attrs)
    tensors: list[Tensor] = []
    origin: dict[str, str] = {}
    for arg, value in zip(op_def.inputs, values, strict=True):
        if arg.is_list:
            tensors += _list_input(op_def, arg, value, attrs, origin, explicit)
        else:
            tensors.append(_input(op_def, arg, value, attrs, origin))
    _fill_defaults(op_def, attrs)
    op = graph.create_node(op_def, tensors, output_dtypes(op_def, attrs), name, attrs)
    if op_def.single_output:
        return op.outputs[0]
    return list(op.outputs) or op  # the caller may change its list


def _input(op_def: OpDef, arg: Arg, value: Any, attrs: dict[str, Any], origin: Any) -> Tensor:
    known = arg.dtype if arg.type_attr is None else attrs.get(arg.type_attr)
    if type(value) is not Tensor:
        value = _convert(op_def, arg, value, known, attrs)
    dtype = value.dtype
    if arg.is_ref and not dtype.is_ref_dtype:
        raise TypeError(
            f"'{op_def.name}' Op requires that input '{arg.name}' be a mutable tensor "
            "(e.g.: a tf.Variable)"
        )
    base = dtype.base_dtype
    if known is None:
        _check_allowed(op_def, arg, base)
        assert arg.type_attr is not None
        attrs[arg.type_attr] = base
        origin[arg.type_attr] = arg.name
    elif base is not known:
        raise _mismatch(op_def, arg, base, known, origin)
    return value  # type: ignore[no-any-return]


def _convert(op_def: OpDef, arg: Arg, value: Any, known: Any, attrs: dict[str, Any]) -> Tensor:
    preferred = None
    if known is None and arg.type_attr is not None:
        default = op_def.attrs[arg.type_attr].default
        preferred = None if default is attr_kinds.REQUIRED else default
    try:
        return convert_to_tensor(
            value, dtype=known, name=arg.name, as_ref=arg.is_ref, preferred_dtype=preferred
        )
    except (TypeError, ValueError) as error:
        if known is None:
            raise
        try:
            came = convert_to_tensor(value, name=arg.name, as_ref=arg.is_ref).dtype.name
        except (TypeError, ValueError):
            raise error from None
        expected = f"expected {known.name}, got {came}"
        raise TypeError(
            f"Input '{arg.name}' of '{op_def.name}' Op has type {came} that does not match "
            f"expected type of {known.name}: {expected} ({error})"
        ) from None


def _list_input(
    op_def: OpDef,
    arg: Arg,
    values: Any,
    attrs: dict[str, Any],
    origin: dict[str, str],
    explicit: frozenset[str],
) -> list[Tensor]:
    if not isinstance(values, (list, tuple)):
        raise TypeError(
            f"Expected list for '{arg.name}' argument to '{op_def.name}' Op, not {values!r}."
        )
    if arg.type_list_attr is not None:
        wanted = attrs.get(arg.type_list_attr) or [None] * len(values)
        tensors = [
            v if isinstance(v, Tensor) else convert_to_tensor(v, dtype=t, name=f"{arg.name}_{i}")
            for i, (v, t) in enumerate(zip(values, wanted, strict=True))
        ]
        attrs[arg.type_list_attr] = [t.dtype.base_dtype for t in tensors]
        return tensors
    assert arg.number_attr is not None
    attrs[arg.number_attr] = attr_kinds.convert(
        op_def.name, arg.number_attr, op_def.attrs[arg.number_attr], len(values)
    )
    kinds = [v.dtype.base_dtype for v in values if type(v) is Tensor]
    if arg.type_attr is not None and len(set(kinds)) > 1:
        raise TypeError(
            f"Tensors in list passed to '{arg.name}' of '{op_def.name}' Op have types "
            f"[{', '.join(kind.name for kind in kinds)}] that don't all match."
        )
    if arg.type_attr is not None and arg.type_attr not in attrs:
        # A tensor among Python numbers decides the dtype of all of them.
        for value in values:
            if isinstance(value, Tensor) or hasattr(value, "dtype"):
                dtype = dtypes.as_dtype(value.dtype).base_dtype
                _check_allowed(op_def, arg, dtype)
                attrs[arg.type_attr], origin[arg.type_attr] = dtype, arg.name
                break
    return [
        _input(op_def, arg if type(v) is Tensor else _numbered(arg, i), v, attrs, origin)
        for i, v in enumerate(values)
    ]


def _numbered(arg: Arg, index: int) -> Arg:
    return Arg(f"{arg.name}_{index}", arg.dtype, arg.type_attr, arg.number_attr, None, arg.is_ref)


def _check_allowed(op_def: OpDef, arg: Arg, dtype: dtypes.DType) -> None:
    assert arg.type_attr is not None
    allowed = op_def.attrs[arg.type_attr].allowed
    if allowed is not None and dtype not in allowed:
        names = ", ".join(t.name for t in allowed)
        raise TypeError(
            f"Value passed to parameter '{arg.name}' has DataType {dtype.name} not in list of "
            f"allowed values: {names} (op: '{op_def.name}')"
        )


def _mismatch(op_def: OpDef, arg: Arg, base: Any, known: Any, origin: dict[str, str]) -> TypeError:
    text = f"Input '{arg.name}' of '{op_def.name}' Op has type {base.name} that does not match "
    if arg.type_attr in origin:
        text += f"type {known.name} of argument '{origin[arg.type_attr]}'."
        text += f" Hint: convert one of them, e.g. tf.cast({arg.name}, tf.{known.name})."
        return TypeError(text)
    return TypeError(text + f"expected type of {known.name}.")


def _fill_defaults(op_def: OpDef, attrs: dict[str, Any]) -> None:
    for key, attr in op_def.attrs.items():
        if key not in attrs:
            if attr.default is attr_kinds.REQUIRED:
                raise TypeError(f"No argument for attr '{key}' of '{op_def.name}' Op")
            value = attr.default
            attrs[key] = list(value) if isinstance(value, (list, tuple)) else value


def output_dtypes(op_def: OpDef, attrs: dict[str, Any]) -> list[dtypes.DType]:
    """The dtypes of the outputs of a node with these attributes."""
    result: list[dtypes.DType] = []
    for arg in op_def.outputs:
        if arg.type_list_attr is not None:
            result += attrs[arg.type_list_attr]
            continue
        dtype: Any = arg.dtype if arg.type_attr is None else attrs[arg.type_attr]
        dtype = dtype.as_ref if arg.is_ref else dtype
        result += [dtype] * (1 if arg.number_attr is None else attrs[arg.number_attr])
    return result
