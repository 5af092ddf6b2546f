"""How operations are written in TensorFlow's form where ours is another one.

A loop of ours hands out only what changes, TensorFlow's all that came in; our conditionals keep
subgraphs where TensorFlow has the names of functions; some ops are ours alone, and can be said with
TensorFlow's. `form_of` gives an operation as TensorFlow would have it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.function import FuncGraph
from flowgraph.core.op_def import get as op_definition
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.graph_io.attributes import kind_of

LOOPS = ("While", "StatelessWhile")
CONDITIONALS = ("If", "StatelessIf", "Case", "StatelessCase")


@dataclass(frozen=True, slots=True)
class Subgraph:
    """What is to be written as a function: inputs and outputs are those of the calling op."""

    graph: FuncGraph
    outputs: tuple[Tensor, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """An operation as TensorFlow would have it: type, and attributes with their kinds."""

    type: str
    attrs: dict[str, tuple[str, Any]]


def form_of(op: Operation) -> Form:
    """The operation in TensorFlow's form; its inputs are the same."""
    special = _SPECIAL.get(op.type)
    form = Form(op.type, _declared(op)) if special is None else special(op)
    for name, value in op.attrs.items():
        if name not in op.op_def.attrs:
            is_message = hasattr(value, "WhichOneof")
            kind = "message" if is_message else kind_of(value)
            if kind is not None:  # else it is an object that lives with the graph only
                form.attrs[name] = (kind, value)
    return form


def _declared(op: Operation) -> dict[str, tuple[str, Any]]:
    kinds = op.op_def.attrs
    return {
        name: (attr.kind, _written(attr.kind, op.attrs[name]))
        for name, attr in kinds.items()
        if attr.kind != "python" and not (attr.kind != "shape" and op.attrs[name] is None)
    }


def _written(kind: str, value: Any) -> Any:
    if kind == "func" and isinstance(value, FuncGraph):
        return Subgraph(value, tuple(value.outputs))
    return value


def _types(tensors: Sequence[Tensor]) -> tuple[str, list[dtypes.DType]]:
    return "list(type)", [t.dtype.base_dtype for t in tensors]


def _loop(op: Operation) -> Form:
    body, carried = op.attrs["body"], op.attrs["carried"]
    outputs, shapes = list(body.inputs), [t.shape for t in op.inputs]
    for i, tensor, shape in zip(carried, body.outputs, op.attrs["output_shapes"], strict=True):
        outputs[i], shapes[i] = tensor, shape
    condition = op.attrs["cond"]
    return Form(op.type, {
        "T": _types(op.inputs),
        "cond": ("func", Subgraph(condition, tuple(condition.outputs))),
        "body": ("func", Subgraph(body, tuple(outputs))),
        "output_shapes": ("list(shape)", shapes),
        "parallel_iterations": ("int", op.attrs["parallel_iterations"]),
    })  # fmt: skip


def _conditional(op: Operation) -> Form:
    attrs: dict[str, tuple[str, Any]] = {
        "Tin": _types(op.inputs[1:]),
        "Tout": _types(op.outputs),
        "output_shapes": ("list(shape)", [t.shape for t in op.outputs]),
    }
    if "branches" in op.attrs:
        branches = [Subgraph(b, tuple(b.outputs)) for b in op.attrs["branches"]]
        return Form(op.type, {**attrs, "branches": ("list(func)", branches)})
    for name in ("then_branch", "else_branch"):
        branch = op.attrs[name]
        attrs[name] = ("func", Subgraph(branch, tuple(branch.outputs)))
    return Form(op.type, {**attrs, "Tcond": ("type", op.attrs["Tcond"])})


def _apart(name: str) -> Callable[[Operation], Form]:
    """Marks an attribute that TensorFlow has not, so that it does not look at it."""

    def form(op: Operation) -> Form:
        attrs = _declared(op)
        attrs[f"_{name}"] = attrs.pop(name)
        return Form(op.type, attrs)

    return form


def _variants(op_type: str, **more: Any) -> Callable[[Operation], Form]:
    """An op on lists of tensors, as TensorFlow's op on variants."""
    return lambda op: Form(op_type, {"T": ("type", dtypes.variant), **more})


_SPECIAL: dict[str, Callable[[Operation], Form]] = {
    **dict.fromkeys(LOOPS, _loop),
    **dict.fromkeys(CONDITIONALS, _conditional),
    "TensorListAdd": _variants("AddN", N=("int", 2)),
    "TensorListZerosLike": _variants("ZerosLike"),
    "TensorListScatterIntoExistingList": _apart("resize_if_index_out_of_bounds"),
    "TensorListSplit": _apart("num_elements"),
}


def own_type(op_type: str, is_variant: bool) -> str:
    """Our op for one that was read: lists of tensors have ops of their own."""
    if is_variant and op_type in ("AddN", "ZerosLike"):
        return {"AddN": "TensorListAdd", "ZerosLike": "TensorListZerosLike"}[op_type]
    return op_type


def output_number(tensor: Tensor) -> int:
    """Which output of the operation this tensor is in TensorFlow's form."""
    op = tensor.op
    return int(op.attrs["carried"][tensor.value_index]) if op.type in LOOPS else tensor.value_index


def output_argument(tensor: Tensor) -> tuple[str, int]:
    """The name of the output argument that holds the tensor, and its place in a list."""
    op, number = tensor.op, output_number(tensor)
    form_type = _SPECIAL[op.type](op).type if op.type in _SPECIAL else op.type
    args = op_definition(form_type).outputs
    for arg in args:
        count = 1
        if arg.number_attr is not None:
            count = op.attrs[arg.number_attr]
        elif arg.type_list_attr is not None:
            count = number + 1  # lists of any types stand alone, or last
            if arg is not args[-1]:
                count = len(op.attrs[arg.type_list_attr])
        if number < count:
            return arg.name, number
        number -= count
    raise ValueError(f"{tensor!r} is no output of {op.type}")
