"""Conditionals: `If` and `Case` call one of their subgraphs, `tf.cond` builds both branches.

The gradient is another conditional, between the gradients of the branches. What these need of a
branch's inner tensors is added to the forward op as outputs; the other branches give dummies.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

from flowgraph.core import attrs, dtypes
from flowgraph.core.backward import is_trainable, is_wanted
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.elements import Known, elements_of, joined
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.function import FuncGraph
from flowgraph.core.graph import Graph, control_dependencies, get_default_graph, name_scope
from flowgraph.core.indexed_slices import IndexedSlices
from flowgraph.core.op_def import OpDef, Trait, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape, brackets
from flowgraph.core.tensor import Tensor
from flowgraph.ops.control import composite, nest
from flowgraph.ops.control._subgraph import (
    GradientGraph,
    dense,
    dummy,
    is_stateful,
    join_captures,
    outer_controls,
    safe_to_keep,
    written,
    zeros_like,
)

__all__ = ["cond"]


# --- If, StatelessIf, Case, StatelessCase ---------------------------------------------------------
def branches_of(op: Operation) -> list[FuncGraph]:
    """The subgraphs between which a conditional chooses, in order of its kernel's choice."""
    if "branches" in op.attrs:
        return op.attrs["branches"]  # type: ignore[no-any-return]
    return [op.attrs["else_branch"], op.attrs["then_branch"]]


def _conditional(op_type: str, selector: str, traits: int, **more: Any) -> OpDef:
    op_def = define(
        op_type,
        inputs=f"{selector}, input: *Tin",
        outputs="output: *Tout",
        attrs={"Tin": attrs.type_list(), "Tout": attrs.type_list(), **more},
        shape=_merged_shapes,
        traits=Trait.CALLS | Trait.VIEW | traits,
    )
    op_def.effects = _effects
    op_def.gradient_takes_none = True
    op_def.gradient(_gradient)
    op_def.kernel(_kernel)
    op_def.refine(_refined)
    op_def.elements(_merged_elements)
    return op_def


def _refined(op: Operation, refine: Any) -> dict[str, Any]:
    """The attributes of a conditional whose inputs are better known."""
    inputs = [Known.of(t) for t in op.inputs[1:]]
    if "branches" in op.attrs:
        return {"branches": [refine(branch, inputs) for branch in op.attrs["branches"]]}
    names = ("else_branch", "then_branch")
    return {name: refine(op.attrs[name], inputs) for name in names}


def _merged_elements(op: Operation) -> list[Any]:
    outputs = zip(*[b.outputs for b in branches_of(op)], strict=True)
    return [reduce(joined, map(elements_of, ts)) for ts in outputs]


def _merged_shapes(op: Operation) -> list[TensorShape]:
    shapes = []
    for outputs in zip(*[b.outputs for b in branches_of(op)], strict=True):
        shape = outputs[0].shape
        for other in outputs[1:]:
            shape = shape.most_specific_compatible_shape(other.shape)
        shapes.append(shape)
    return shapes


def _effects(op: Operation) -> set[int]:
    return {i + 1 for branch in branches_of(op) for i in written(branch)}


def _kernel(ctx: Any) -> Any:
    calls = [ctx.compile(branch) for branch in branches_of(ctx.op)]
    last = len(calls) - 1
    if ctx.input_dtypes[0] is dtypes.int32:

        def switch(index: Any, *inputs: Any) -> Any:
            _check_scalar(index)
            return calls[index if 0 <= index <= last else last](*inputs)

        return switch
    otherwise, then = calls

    def choose(pred: Any, *inputs: Any) -> Any:
        _check_scalar(pred)
        return (then if pred else otherwise)(*inputs)

    return choose


def _check_scalar(value: Any) -> None:
    if value.ndim:
        raise InvalidArgumentError(
            f"What chooses the branch must be a scalar, got shape {list(value.shape)}"
        )


def _gradient(op: Operation, *grads: Any) -> list[Any]:
    wanted = [i for i, t in enumerate(op.inputs) if is_trainable(t) and is_wanted(t)]
    graph = get_default_graph()
    given = {i: g for i, g in enumerate(dense(grads)) if g is not None}
    name = graph.get_name_scope()
    graphs = [_BranchGradient(name, graph, op, branch) for branch in branches_of(op)]
    found = [g.gradients(given, [i - 1 for i in wanted]) for g in graphs]
    live = [k for k in range(len(wanted)) if any(grads[k] is not None for grads in found)]
    result: list[Any] = [None] * len(op.inputs)
    if live:
        for inner, values in zip(graphs, found, strict=True):
            inner.outputs = [inner.or_zeros(values[k], wanted[k] - 1) for k in live]
        outputs = call_branches(op.inputs[0], list(graphs), op.type.removeprefix("Stateless"))
        for k, output in zip(live, outputs, strict=True):
            result[wanted[k]] = output
    return result


class _BranchGradient(GradientGraph):
    """The gradient of one branch."""

    def __init__(self, name: str, outer: Graph, op: Operation, branch: FuncGraph) -> None:
        super().__init__(name, outer, branch)
        self._op = op

    def gradients(self, given: dict[int, Tensor], wanted: list[int]) -> list[Any]:
        """The gradients of the branch's inputs, from those of its outputs."""
        branch = self.forward
        ys = [branch.outputs[i] for i in given]
        grads = [self.capture(g) for g in given.values()]
        return self.backward(ys, grads, [branch.inputs[i] for i in wanted])

    def or_zeros(self, grad: Tensor | None, index: int) -> Tensor:
        """The gradient, or zeros like the input when there is none in this branch."""
        if grad is not None:
            return grad
        with self.as_default():
            return zeros_like(self.capture(self.forward.inputs[index]))

    def _from_forward(self, tensor: Tensor) -> Tensor:
        inner = self.capture(_as_output(self._op, self.forward, tensor))
        if inner.dtype.name != "variant":
            inner.set_shape(tensor.shape)
        return inner


def _as_output(op: Operation, branch: FuncGraph, tensor: Tensor) -> Tensor:
    """The output of the conditional that has the value of a branch's tensor, added when missing."""
    kept = safe_to_keep(branch, tensor)
    if kept not in branch.outputs:
        for other in branches_of(op):
            other.outputs.append(kept if other is branch else dummy(other, kept))
        op.attrs["Tout"] = [*op.attrs["Tout"], kept.dtype]
        return op._append_output(kept.dtype, UNKNOWN)
    return op.outputs[branch.outputs.index(kept)]


if_op = _conditional(
    "If", "cond: Tcond", Trait.STATEFUL,
    Tcond=attrs.types(), then_branch=attrs.function(), else_branch=attrs.function(),
)  # fmt: skip
stateless_if_op = _conditional(
    "StatelessIf", "cond: Tcond", Trait.NONE,
    Tcond=attrs.types(), then_branch=attrs.function(), else_branch=attrs.function(),
)  # fmt: skip
case_op = _conditional(
    "Case", "branch_index: int32", Trait.STATEFUL, branches=attrs.python()
)  # fmt: skip
stateless_case_op = _conditional(
    "StatelessCase", "branch_index: int32", Trait.NONE, branches=attrs.python()
)


def call_branches(
    selector: Tensor, graphs: list[FuncGraph], op_type: str, name: str | None = None
) -> list[Tensor]:
    """Adds an `If` (of [otherwise, then]) or a `Case`; gives its outputs."""
    captured = join_captures(graphs)
    prefix = "" if any(map(is_stateful, graphs)) else "Stateless"
    called = {"branches": graphs}
    if op_type == "If":
        called = {"else_branch": graphs[0], "then_branch": graphs[1]}  # type: ignore[dict-item]
    types = [t.dtype for t in graphs[0].outputs]
    with control_dependencies(outer_controls(graphs)):
        op_def = getattr(raw, prefix + op_type)
        return op_def(selector, captured, Tout=types, name=name or op_type, **called)  # type: ignore[no-any-return]


# --- tf.cond --------------------------------------------------------------------------------------
class Branch(FuncGraph):
    """What a function of the user builds for the case in which its branch is taken.

    `result` is what it returned, with tensors in place of values and operations; `proxy` is the
    value of a tensor that stands for an operation, and waits for it.
    """

    def __init__(self, name: str, function: Callable[[], Any], called: str, proxy: Any) -> None:
        super().__init__(name, get_default_graph())
        with self.as_default():
            result = function()
            if result is None:
                raise ValueError(f"'{called}' must have a return value.")
            leaves = [self._leaf(leaf, proxy) for leaf in nest.flatten(result)]
        nested = nest.is_nested(result)
        self.result = nest.pack_sequence_as(result, leaves) if nested else leaves[0]

    def _leaf(self, value: Any, proxy: Any) -> Any:
        if isinstance(value, Operation):
            with self.control_dependencies([value]):
                return raw.Identity(convert_to_tensor(proxy))
        return composite.as_leaf(value)

    def finish(self) -> None:
        """Makes the tensors of the result the outputs."""
        with self.as_default():
            # What comes out is the value that a variable has when the branch runs.
            self.outputs = [
                raw.Identity(t) if t.dtype.is_ref_dtype else self.capture(t)
                for t in composite.flatten(self.result)
            ]


def _unpacked(result: Any) -> Any:
    """A list or tuple of one value counts as the value."""
    return result[0] if isinstance(result, (list, tuple)) and len(result) == 1 else result


def join_branches(branches: Sequence[Branch], strict: bool, names: Sequence[str]) -> Any:
    """Checks that the branches fit each other, sets their outputs; gives the common structure."""
    for branch in branches:
        if not strict:
            branch.result = _unpacked(branch.result)
    first, *others = branches
    for name, other in zip(names[1:], others, strict=True):
        nest.assert_same_structure(first.result, other.result)
        _join_index_types(first, other)
        for branch in (first, other):
            branch.finish()
        if not first.outputs:
            raise ValueError(f"'{names[0]}' and '{name}' must return at least one result.")
        for x, y in zip(first.outputs, other.outputs, strict=True):
            if x.dtype.base_dtype is not y.dtype.base_dtype:
                raise ValueError(
                    f"Outputs of '{names[0]}' and '{name}' must have the same type(s). Received "
                    f"{x.dtype.name} from '{names[0]}' and {y.dtype.name} from '{name}'."
                )
    return first.result


def _join_index_types(first: Branch, other: Branch) -> None:
    """Slices whose indices are int32 in one branch and int64 in the other become int64."""
    pairs = zip(nest.flatten(first.result), nest.flatten(other.result), strict=True)
    for x, y in pairs:
        sparse = isinstance(x, IndexedSlices) and isinstance(y, IndexedSlices)
        if sparse and x.indices.dtype is not y.indices.dtype:
            for slices in (x, y):
                with slices.graph.as_default():
                    slices._indices = raw.Cast(slices.indices, DstT=dtypes.int64)


def as_predicate(pred: Any) -> Tensor:
    """A scalar bool tensor; TypeError or ValueError when `pred` is none."""
    if isinstance(pred, bool):
        raise TypeError(f"'pred' must not be a Python bool, got {pred}.")
    tensor = convert_to_tensor(pred, name="pred")
    if tensor.dtype.base_dtype is not dtypes.bool_:
        raise TypeError(
            f"Input 'pred' of 'If' Op has type {tensor.dtype.name} that does not match expected "
            "type of bool. Hint: compare it with something, as in tf.cond(tf.greater(x, 0), ...)."
        )
    if tensor.shape.rank not in (None, 0):
        raise ValueError(
            f"Shape must be rank 0 but is rank {tensor.shape.rank} for the pred of a conditional, "
            f"with input shape: {brackets(tensor.shape)}."
        )
    return tensor


def cond(
    pred: Any,
    true_fn: Callable[[], Any] | None = None,
    false_fn: Callable[[], Any] | None = None,
    strict: bool = False,
    name: str | None = None,
    fn1: Callable[[], Any] | None = None,
    fn2: Callable[[], Any] | None = None,
) -> Any:
    """What `true_fn()` gives if `pred` is true at the run, else what `false_fn()` gives (tf.cond).

    Both functions are called once, now, to build their branches; a run computes only what belongs
    to the branch that it takes. What was built outside runs whichever branch is taken.

    Args:
      pred: a scalar bool tensor.
      true_fn: a function without arguments that returns tensors, operations or a nested structure
        of them.
      false_fn: likewise, with a result of the same structure and dtypes.
      strict: keep a list or tuple of one value, which is unpacked otherwise.
      name: the scope of the new operations.
      fn1: the old name of true_fn.
      fn2: the old name of false_fn.

    Returns:
      Tensors in the structure that the functions return; a bool tensor for an operation.

    Raises:
      TypeError: pred is no bool tensor, a function is missing or not callable, or the results have
        different types of nesting.
      ValueError: the results have different structures or dtypes, or are None or empty.
    """
    true_fn = _one_of("true_fn", true_fn, "fn1", fn1)
    false_fn = _one_of("false_fn", false_fn, "fn2", fn2)
    with name_scope(name, "cond", [pred] if isinstance(pred, Tensor) else None) as scope:
        pred = as_predicate(pred)
        then = Branch(scope[:-1], true_fn, "true_fn", True)
        otherwise = Branch(scope[:-1], false_fn, "false_fn", False)
        structure = join_branches([then, otherwise], strict, ["true_fn", "false_fn"])
        outputs = call_branches(pred, [otherwise, then], "If", "Merge")
        return composite.pack(structure, outputs)


def _one_of(name: str, function: Any, old_name: str, old: Any) -> Callable[[], Any]:
    if old is not None:
        if function is not None:
            raise TypeError(f"cond(): '{name}' and '{old_name}' may not be set simultaneously.")
        function = old
    if function is None:
        raise TypeError(f"cond(): '{name}' argument required")
    if not callable(function):
        raise TypeError(f"'{name}' must be callable.")
    return function  # type: ignore[no-any-return]
