"""What a loop of scalars computes, as expressions: its subgraphs are read, not run.

A loop within the loop becomes a part of it, a conditional a choice between two values that both
are computed. Lists to which a body pushes a scalar, or from which it pops one, once in an iteration
(as `map_fn` and gradients do) are known, too. Whatever else there is raises `Untraceable`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from flowgraph.compiler.lower import prune
from flowgraph.core import dtypes
from flowgraph.core.function import FuncGraph
from flowgraph.core.op_def import Trait
from flowgraph.core.operation import Operation
from flowgraph.core.static import constant_value, kernel_context
from flowgraph.core.tensor import Tensor
from flowgraph.kernels.jit.cluster import _substituted
from flowgraph.kernels.jit.expressions import expression
from flowgraph.kernels.jit.trace import BOOL, KNOWN, Expr, ScalarSymbol, Untraceable, cast, constant

INT64 = np.dtype(np.int64)
_EXCLUDED = Trait.STATEFUL | Trait.CALLS | Trait.MUST_BE_FED | Trait.BLOCKS | Trait.SNAPSHOT
_LOOPS = ("While", "StatelessWhile")
_PUSH, _POP = "TensorListPushBack", "TensorListPopBack"

Values = dict[Tensor, Expr]


@dataclass(frozen=True, slots=True, eq=False)
class Repeat:
    """A loop: `variables` begin as `first` and become `following` as long as `condition` holds.

    `outer` are values from outside that it needs; `pushed` those that each iteration writes down.
    """

    variables: tuple[Expr, ...]
    first: tuple[Expr, ...]
    outer: tuple[Expr, ...]
    condition: Expr
    following: tuple[Expr, ...]
    pushed: tuple[Expr, ...] = ()


@dataclass(slots=True)
class Program:
    """A whole loop op: which of its inputs are scalars and lists, and what it computes.

    `scalars` are the numbers of all inputs that are scalars, `carried` the places in it of those
    that the loop changes; `pushes` and `pops` the numbers of the inputs that are lists. The
    function's inputs are the scalars, behind them the most iterations that it may take. Expression
    "popped" stands for what was popped from a list. With lists the loop has a last variable, which
    counts the iterations, and `goes_on` tells whether the loop's own condition held in the end.
    """

    scalars: list[int] = field(default_factory=list)
    carried: list[int] = field(default_factory=list)
    pushes: list[int] = field(default_factory=list)
    pops: list[int] = field(default_factory=list)
    popped: list[Expr] = field(default_factory=list)
    repeat: Repeat | None = None
    inner_loops: int = 0

    @property
    def has_lists(self) -> bool:
        """Whether the loop pushes to lists or pops from them."""
        return bool(self.pushes or self.pops)

    def dtypes(self, op: Operation) -> list[np.dtype[Any]]:
        """The scalars' dtypes."""
        return [op.inputs[i].dtype.np_dtype for i in self.scalars]


# --- a loop op ------------------------------------------------------------------------------------
def program_of(op: Operation) -> Program:
    """What a loop op computes; Untraceable where that cannot be said."""
    body, carried = op.attrs["body"], op.attrs["carried"]
    if op.attrs.get("_results", carried) != carried:
        raise Untraceable("a loop that gives what it does not change")
    program = Program()
    for i, tensor in enumerate(op.inputs):
        if tensor.dtype is dtypes.variant and i in carried:
            continue
        _require_scalar(tensor, op.op_def.name)
        _require_scalar(body.inputs[i], op.op_def.name)
        program.scalars.append(i)
    place = {i: k for k, i in enumerate(program.scalars)}
    program.carried = [place[i] for i in carried if i in place]
    inputs = [Expr("input", (k,), dtype) for k, dtype in enumerate(program.dtypes(op))]
    given = dict(zip(program.scalars, inputs, strict=True))
    lists = [(i, body.outputs[j]) for j, i in enumerate(carried) if i not in place]
    program.repeat = _repeat(op, given, program, lists)
    graphs = (op.attrs["cond"], body)
    program.inner_loops = sum(o.type in _LOOPS for g in graphs for o in g.get_operations())
    return program


def _require_scalar(tensor: Tensor, name: str) -> None:
    known = not tensor.dtype.is_ref_dtype and tensor.dtype.np_dtype in KNOWN
    if not known or tensor.shape.known != ():
        raise Untraceable(f"{name} of {tensor}")


def _repeat(
    op: Operation, given: dict[int, Expr], program: Program, lists: Sequence[tuple[int, Tensor]]
) -> Repeat:
    """The loop of an op whose scalar inputs have these values."""
    condition, body = op.attrs["cond"], op.attrs["body"]
    carried = [(j, i) for j, i in enumerate(op.attrs["carried"]) if i in given]
    inside = dict(given)
    variables = [Expr("variable", (), given[i].dtype) for _, i in carried]
    inside.update(zip([i for _, i in carried], variables, strict=True))
    tests = _values(condition, {condition.inputs[i]: e for i, e in inside.items()})
    known = {body.inputs[i]: e for i, e in inside.items()}
    pushed = _take_lists(op, lists, program, known)
    following = [body.outputs[j] for j, _ in carried]
    values = _values(body, known, [*following, *pushed])
    return Repeat(
        tuple(variables),
        tuple([given[i] for _, i in carried]),
        tuple(given.values()),
        _of(tests, condition.outputs[0]),
        tuple([_of(values, t) for t in following]),
        tuple([_of(values, t) for t in pushed]),
    )


def _take_lists(
    op: Operation, lists: Sequence[tuple[int, Tensor]], program: Program, known: Values
) -> list[Tensor]:
    """Notes which lists are pushed to and popped from; gives the tensors that are pushed."""
    body: FuncGraph = op.attrs["body"]
    pushed = []
    for i, output in lists:
        producer, start = output.op, body.inputs[i]
        if output is start:
            continue
        if not producer.inputs or producer.inputs[0] is not start or output.value_index:
            raise Untraceable("a list that is more than pushed to or popped from")
        if producer.type == _PUSH:
            _require_scalar(producer.inputs[1], "a list")
            program.pushes.append(i)
            pushed.append(producer.inputs[1])
        elif producer.type == _POP:
            last = producer.outputs[1]
            _require_scalar(last, "a list")
            known[last] = Expr("popped", (len(program.pops),), last.dtype.np_dtype)
            program.pops.append(i)
            program.popped.append(known[last])
        else:
            raise Untraceable(f"{producer.type} of a list")
    return pushed


# --- a graph --------------------------------------------------------------------------------------
def _values(graph: FuncGraph, known: Values, wanted: Sequence[Tensor] | None = None) -> Values:
    """The tensors of a subgraph as expressions, given those of its inputs.

    A tensor that has none is left out: only the one who needs it is in the way.
    """
    values = dict(known)
    targets = [t.op for t in (graph.outputs if wanted is None else wanted) if t not in known]
    for op in prune(targets, set(graph.inputs) | set(known)):
        traits = op.op_def.traits
        if op.op_def.preset_value is None and op.type in _SPECIAL:
            _SPECIAL[op.type](op, values)
        elif traits & _EXCLUDED:
            raise Untraceable(op.type)
        elif len(op.outputs) == 1:
            found = _value(op, values)
            if found is not None:
                values[op.outputs[0]] = found
    return values


def _value(op: Operation, values: Values) -> Expr | None:
    output = op.outputs[0]
    if output.shape.known != () or output.dtype.is_ref_dtype:
        return None
    if op.op_def.preset_value is None and all(t in values for t in op.inputs):
        found = expression(kernel_context(op), ScalarSymbol)
        if found is not None and found.dtype == output.dtype.np_dtype:
            return _substituted(found, [values[t] for t in op.inputs])
    number = constant_value(output)
    if number is None or output.dtype.np_dtype not in KNOWN:
        raise Untraceable(op.type)
    return constant(number, output.dtype.np_dtype)


def _of(values: Values, tensor: Tensor) -> Expr:
    if tensor not in values:
        raise Untraceable(f"{tensor.op.type} in a loop of scalars")
    return values[tensor]


def _inner_loop(op: Operation, values: Values) -> None:
    for tensor in (*op.inputs, *op.outputs):
        _require_scalar(tensor, op.type)
    given = {i: _of(values, t) for i, t in enumerate(op.inputs)}
    loop = _repeat(op, given, Program(), ())
    for k, (output, variable) in enumerate(zip(op.outputs, loop.variables, strict=True)):
        values[output] = Expr("result", (loop, k), variable.dtype)


def _choice(op: Operation, values: Values) -> None:
    """A conditional: both branches have no effect, cannot fail and come to an end."""
    for tensor in (*op.inputs, *op.outputs):
        _require_scalar(tensor, op.type)
    which, *given = [_of(values, t) for t in op.inputs]
    found = []
    for graph in (op.attrs["then_branch"], op.attrs["else_branch"]):
        inside = _values(graph, dict(zip(graph.inputs, given, strict=True)))
        if any(e.op == "result" and e not in given for e in inside.values()):
            raise Untraceable("a loop in a conditional")
        found.append([_of(inside, t) for t in graph.outputs])
    test = cast(which, BOOL)
    for output, then, otherwise in zip(op.outputs, *found, strict=True):
        values[output] = Expr("select", (test, then, otherwise), then.dtype)


_SPECIAL: dict[str, Callable[[Operation, Values], None]] = {
    **dict.fromkeys(_LOOPS, _inner_loop),
    "If": _choice,
    "StatelessIf": _choice,
}


def limited(program: Program) -> tuple[Repeat, Expr, Expr]:
    """(the loop with a count and an end after so many iterations, its own condition, the count).

    For a loop with lists, which is done in parts. The most is the input behind the last.
    """
    assert program.repeat is not None
    loop = program.repeat
    count = Expr("variable", (), INT64)
    most = Expr("input", (len(program.scalars),), INT64)
    below = Expr("lt", (count, most), BOOL)
    counted = replace(
        loop,
        variables=(*loop.variables, count),
        first=(*loop.first, constant(0, INT64)),
        outer=(*loop.outer, most),
        condition=Expr("and", (loop.condition, below), BOOL),
        following=(*loop.following, Expr("add", (count, constant(1, INT64)), INT64)),
    )
    return counted, loop.condition, count
