"""The gradient of a loop: a loop that runs as often, over the iterations in reverse.

Its loop variables are a counter, the gradients of the forward loop's variables, the sums of the
gradients of what the forward body captured, and lists. A tensor of the forward body that the
gradient needs is pushed to a list, one more loop variable of the forward loop, and popped here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.backward import gradient_rule, is_trainable, is_wanted
from flowgraph.core.function import FuncGraph
from flowgraph.core.graph import Graph, get_default_graph
from flowgraph.core.op_def import raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import SCALAR
from flowgraph.core.tensor import Tensor
from flowgraph.ops.control._subgraph import (
    GradientGraph,
    dense,
    plainly,
    safe_to_keep,
    zeros_like,
)
from flowgraph.ops.control.tensor_list import (
    empty_list,
    empty_tensor_list_op,
    pop_back,
    push_back_op,
)
from flowgraph.ops.gradients import aggregate


class Body(FuncGraph):
    """The body of a loop; `iterations` is how often it ran, a tensor outside, once it is known."""

    iterations: Tensor | None = None


def loop_gradient(op: Operation, *grads: Any) -> list[Any]:
    """The gradient of `While`."""
    ways = _Ways(op, dense(grads))
    if not ways.variables or not op.attrs["back_prop"]:
        return [None] * len(op.inputs)
    graph = get_default_graph()
    count = iterations(op)
    inner = _BodyGradient(graph.get_name_scope(), graph, op)
    first = inner.build(ways)
    condition = _count_down(inner)
    from flowgraph.ops.control.while_loop import call_loop

    last = call_loop([count, *first], condition, inner, "While")
    inner.iterations = last[0].op.inputs[0]
    result: list[Any] = [None] * len(op.inputs)  # which are more by now
    carried = op.attrs["carried"]
    for j, grad in zip(ways.variables, last[1:], strict=False):
        result[carried[j]] = grad
    for i, grad in zip(ways.captured, last[1 + len(ways.variables) :], strict=False):
        result[i] = grad
    return result


def _count_down(body: FuncGraph) -> FuncGraph:
    condition = FuncGraph(body.name, body.outer)
    for tensor in body.inputs:
        condition.add_input(tensor.dtype, tensor.shape, "Merge")
    with condition.as_default():
        condition.outputs = [raw.Greater(condition.inputs[0], np.int32(0))]
    return condition


class _Ways:
    """Which gradients flow: from the given ones of the loop's outputs to the wanted inputs.

    `variables` are the numbers of the loop variables whose gradients flow from iteration to
    iteration, `captured` those of the inputs that stay the same and get a gradient.
    """

    def __init__(self, op: Operation, grads: list[Tensor | None]) -> None:
        body, carried = op.attrs["body"], op.attrs["carried"]
        self.grads = grads
        variable = {i: j for j, i in enumerate(carried)}
        reached = [_reached_inputs(body, t) for t in body.outputs]
        wanted = {i for i, t in enumerate(op.inputs) if is_trainable(t) and is_wanted(t)}
        active = {j for j, grad in enumerate(grads) if grad is not None}
        _close(active, lambda j: {variable[i] for i in reached[j] if i in variable})
        useful = {j for j, i in enumerate(carried) if i in wanted or wanted & reached[j]}
        sources: dict[int, set[int]] = {j: set() for j in range(len(carried))}
        for j, inputs in enumerate(reached):
            for i in inputs:
                if i in variable:
                    sources[variable[i]].add(j)
        _close(useful, lambda j: sources[j])
        self.variables = sorted(active & useful)
        flowing: set[int] = set().union(*(reached[j] for j in self.variables))
        self.captured = sorted((flowing & wanted) - set(carried))


def _close(numbers: set[int], following: Callable[[int], set[int]]) -> None:
    """Adds what follows from the numbers, and from what is added."""
    stack = list(numbers)
    while stack:
        new = following(stack.pop()) - numbers
        numbers |= new
        stack += new


def _reached_inputs(graph: FuncGraph, tensor: Tensor) -> set[int]:
    """The numbers of the inputs to which a gradient of a tensor inside may flow."""
    seen: set[Tensor] = {tensor}
    stack = [tensor]
    while stack:
        op = stack.pop().op
        if _has_gradient(op):
            new = [t for t in op.inputs if is_trainable(t) and t not in seen]
            seen.update(new)
            stack += new
    return {i for i, t in enumerate(graph.inputs) if t in seen}


def _has_gradient(op: Operation) -> bool:
    try:
        return gradient_rule(op) is not None
    except LookupError:
        return True  # the walk will say so


class _BodyGradient(GradientGraph):
    """The gradient of a loop's body: one iteration backwards."""

    def __init__(self, name: str, outer: Graph, op: Operation) -> None:
        super().__init__(name, outer, op.attrs["body"])
        self.iterations: Tensor | None = None
        self._op = op
        self._lists: list[tuple[Tensor, Tensor, Tensor]] = []  # (first, at start, at end)

    def build(self, ways: _Ways) -> list[Tensor]:
        """Fills inputs and outputs; gives the first values of what follows the counter."""
        op, body, carried = self._op, self.forward, self._op.attrs["carried"]
        given = [(ways.grads[j], op.outputs[j], carried[j]) for j in ways.variables]
        counter = self.add_input(dtypes.int32, SCALAR, "counter")
        grads = [self.add_input(t.dtype.base_dtype, t.shape, "grad") for _, t, _ in given]
        captured = [op.inputs[i] for i in ways.captured]
        zeros = [zeros_like(t) for t in captured]
        sums = [self.add_input(t.dtype.base_dtype, t.shape, "sum") for t in zeros]
        ys = [body.outputs[j] for j in ways.variables]
        xs = [body.inputs[i] for _, _, i in given] + [body.inputs[i] for i in ways.captured]
        found = self.backward(ys, grads, xs)
        with self.as_default():
            following = [
                self.capture(zeros_like(x)) if g is None else g
                for g, x in zip(found[: len(grads)], xs, strict=False)
            ]
            added = [
                total if g is None else _add(total, g)
                for total, g in zip(sums, found[len(grads) :], strict=True)
            ]
            self.outputs = [raw.Sub(counter, np.int32(1)), *following, *added]
        first = [zeros_like(t) if g is None else g for g, t, _ in given]
        first += zeros
        self.inputs = [counter, *grads, *sums, *(start for _, start, _ in self._lists)]
        self.outputs += [end for _, _, end in self._lists]
        return [*first, *(saved for saved, _, _ in self._lists)]

    def _from_forward(self, tensor: Tensor) -> Tensor:
        unchanged = self._unchanged(tensor)
        if unchanged is not None:
            return self.capture(unchanged)
        saved = _saved(self._op, tensor)
        start = self.add_input(dtypes.variant, SCALAR, "saved")
        with plainly(self):
            end, value = pop_back(start, like=tensor)
        self._lists.append((saved, start, end))
        return value

    def _unchanged(self, tensor: Tensor) -> Tensor | None:
        """The first value of a loop variable that the body hands on as it is."""
        body = self.forward
        for j, i in enumerate(self._op.attrs["carried"]):
            if body.inputs[i] is tensor and body.outputs[j] is tensor:
                return self._op.inputs[i]
        return None


def _add(total: Tensor, grad: Tensor) -> Any:
    return aggregate([total, grad]) if total.dtype.name == "variant" else raw.AddV2(total, grad)


# --- what the forward loop learns to give ---------------------------------------------------------
def iterations(op: Operation) -> Tensor:
    """How often the body of a loop ran; the loop is made to count when it does not yet."""
    body = op.attrs["body"]
    if body.iterations is None:
        with plainly(op.graph, op.name + "/"):
            zero = raw.Const(value=np.array(0, np.int32), dtype=dtypes.int32)
        body.iterations = _add_variable(op, zero, lambda i: raw.AddV2(i, np.int32(1)))
    return body.iterations  # type: ignore[no-any-return]


def _saved(op: Operation, tensor: Tensor) -> Tensor:
    """The list of the values that a tensor of the body had, one for each iteration."""
    body, carried = op.attrs["body"], op.attrs["carried"]
    kept = safe_to_keep(body, tensor)
    for j, i in enumerate(carried):
        push = body.outputs[j].op
        saves = push.op_def is push_back_op and push.inputs == (body.inputs[i], kept)
        if saves and op.inputs[i].op.op_def is empty_tensor_list_op:
            return op.outputs[j]
    with plainly(op.graph, op.name + "/"):
        empty = empty_list(kept.dtype.base_dtype)
    return _add_variable(op, empty, lambda rest: raw.TensorListPushBack(rest, kept))


def _add_variable(op: Operation, first: Tensor, step: Callable[[Tensor], Tensor]) -> Tensor:
    """Adds a loop variable to a loop that is there; gives its last value."""
    condition, body = op.attrs["cond"], op.attrs["body"]
    op.attrs["T"] = [*op.attrs["T"], first.dtype]
    op.attrs["Tout"] = [*op.attrs["Tout"], first.dtype]
    op.attrs["carried"] = [*op.attrs["carried"], len(op.inputs)]
    op.attrs["output_shapes"] = [*op.attrs["output_shapes"], first.shape]
    op._append_inputs([first])
    condition.add_input(first.dtype, first.shape, "Merge")
    start = body.add_input(first.dtype, first.shape, "Identity")
    with plainly(body):
        body.outputs = [*body.outputs, step(start)]
    return op._append_output(first.dtype, first.shape)
