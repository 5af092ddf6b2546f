"""A loop whose inputs are better known than in its graph (compiler/refine_shapes.py).

What is known of a loop variable has to hold in each iteration. A list whose elements all are one
known value (the shapes that a gradient asks for, mostly) need be neither filled nor emptied.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.core.elements import Elements, Known
from flowgraph.core.function import RefinedFunction
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.ops.control.tensor_list import pop_back_op, push_back_op

_MOST_ROUNDS = 8  # of looking at a body, each with less assumed of its variables


def refined(op: Operation, refine: Any) -> dict[str, Any]:
    """The attributes of a loop whose inputs are better known.

    A loop variable is known as well as its first value and what the body makes of it both are: what
    is assumed first is that it stays as it comes in, and then as much less as the body asks for.
    """
    carried, inputs = op.attrs["carried"], [Known.of(t) for t in op.inputs]
    for _ in range(_MOST_ROUNDS):
        body = refine(op.attrs["body"], inputs)
        following = inputs.copy()
        for i, output in zip(carried, body.outputs, strict=True):
            following[i] = inputs[i].either(Known.of(output))
        if all(a.says_as_much_as(b) for a, b in zip(inputs, following, strict=True)):
            attrs = {
                "body": body,
                "cond": refine(op.attrs["cond"], inputs),
                "output_shapes": [inputs[i].shape for i in carried],
                "_elements": [inputs[i].elements for i in carried],
            }
            return attrs | _without_known_lists(op, attrs)
        inputs = following
    return {}


def _without_known_lists(op: Operation, attrs: dict[str, Any]) -> dict[str, Any]:
    """The attributes of a loop that pops nothing from lists of one known value.

    Where all who were to pop from such a list are gone, the loop that made it fills it no more.
    """
    carried = op.attrs["carried"]
    known = [
        j
        for j, (i, elements) in enumerate(zip(carried, attrs["_elements"], strict=True))
        if isinstance(elements, Elements) and elements.value is not None and _only_pops(op, i, j)
    ]
    for j in known:
        _leave_unread(op.inputs[carried[j]])
    return _without(attrs["body"], carried, carried, known) if known else {}


def _without(
    body: RefinedFunction, carried: Sequence[int], results: Sequence[int], gone: Sequence[int]
) -> dict[str, Any]:
    """The attributes of a loop whose body does not change some of its variables any more.

    `results` are the numbers of the inputs whose last values the op gives, which stay all.
    """
    kept = [j for j in range(len(carried)) if j not in set(gone)]
    return {
        "carried": [carried[j] for j in kept],
        "body": RefinedFunction(body, body.inputs, [body.outputs[j] for j in kept]),
        "_results": list(results),
    }


def _only_pops(op: Operation, i: int, j: int) -> bool:
    """Whether a loop does nothing with a list but to pop an element in each iteration."""
    body = op.origin.attrs["body"]
    users = body.inputs[i].consumers()
    if len(users) != 1 or users[0].op_def is not pop_back_op or _reads(op, i):
        return False
    rest = users[0].outputs[0]
    used = rest.consumers() or op.origin.outputs[j].consumers()
    return body.outputs[j] is rest and not used


def _leave_unread(made: Tensor) -> None:
    """Notes that one who was to pop from a list does not; lets its maker be when nobody does."""
    op, origin = made.op, made.origin
    if "_elements" not in op.attrs:  # no refined loop made it
        return
    unread = op.attrs.setdefault("_unread", {})
    unread[origin] = unread.get(origin, 0) + 1
    carried = op.attrs["carried"]
    results = op.attrs.get("_results", carried)
    i = results[made.value_index]
    if unread[origin] < len(origin.consumers()) or i not in carried:
        return
    j = carried.index(i)
    body = op.origin.attrs["body"]
    users = body.inputs[i].consumers()
    if len(users) == 1 and users[0].op_def is push_back_op and not _reads(op, i):
        op.attrs.update(_without(op.attrs["body"], carried, results, [j]))


def _reads(op: Operation, i: int) -> bool:
    """Whether a loop's condition looks at an input."""
    return bool(op.origin.attrs["cond"].inputs[i].consumers())
