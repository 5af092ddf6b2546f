"""`switch` and `merge`, TensorFlow's dataflow of conditionals, on conditionals that are functions.

Scripts take them from `tensorflow.python.ops.control_flow_ops` to apply one of several functions:
`merge([f(switch(x, tf.equal(chosen, i))[1], i) for i in range(n)])[0]`. There only what depends on
the live side of a switch runs. Here both sides run, and `merge` picks the live one's value, by the
predicates of the switches that its inputs depend on: same values, same gradients.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.ops.control.cond import cond

# The operation of a switch's side -> (its predicate, whether the side lives when that is true).
_sides: WeakKeyDictionary[Operation, tuple[Tensor, bool]] = WeakKeyDictionary()


def switch(
    data: Any, pred: Any, dtype: Any = None, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """`data` twice: for what runs when `pred` is false, and for what runs when it is true.

    Args:
      data: a tensor.
      pred: a scalar bool tensor.
      dtype: of `data`, where that is no tensor yet.
      name: the scope of the new operations.

    Returns:
      (output_false, output_true), of data's dtype and shape.
    """
    with name_scope(name, "Switch", [data, pred]):
        data = convert_to_tensor(data, dtype=dtype, name="data")
        pred = convert_to_tensor(pred, dtype="bool", name="pred")
        sides = (raw.Identity(data, name="false"), raw.Identity(data, name="true"))
        for side, lives_when in zip(sides, (False, True), strict=True):
            _sides[side.op] = (pred, lives_when)
        return sides


def merge(inputs: Sequence[Any], name: str | None = None) -> tuple[Tensor, Tensor]:
    """The value of the first input that lives, and its index.

    Args:
      inputs: tensors of one dtype; those that depend on no `switch` always live.
      name: the scope of the new operations.

    Returns:
      (output, value_index), the latter int32. Where none lives it is the last input.

    Raises:
      ValueError: there are no inputs, or one is None.
    """
    if not inputs or any(value is None for value in inputs):
        raise ValueError(f"At least one of the merge inputs is None: {inputs}")
    with name_scope(name, "Merge", list(inputs)):
        tensors = [convert_to_tensor(value) for value in inputs]
        output, index = tensors[-1], convert_to_tensor(len(tensors) - 1, dtype="int32")
        for i in reversed(range(len(tensors) - 1)):
            output, index = _first_living(tensors[i], i, output, index)
        return output, index


def _first_living(tensor: Tensor, i: int, output: Tensor, index: Tensor) -> tuple[Tensor, Tensor]:
    lives = _lives(tensor)
    here = convert_to_tensor(i, dtype="int32")
    if lives is None:
        return tensor, here
    return cond(lives, lambda: (tensor, here), lambda: (output, index))  # type: ignore[no-any-return]


def _lives(tensor: Tensor) -> Tensor | None:
    """Whether all switches that `tensor` depends on are on its side; None when there are none."""
    conditions: list[Tensor] = []
    seen: set[Operation] = set()
    stack = [tensor.op]
    while stack:
        op = stack.pop()
        if op in seen:
            continue
        seen.add(op)
        if op in _sides:
            pred, lives_when = _sides[op]
            condition = pred if lives_when else raw.LogicalNot(pred)
            if condition not in conditions:
                conditions.append(condition)
        else:
            stack += [t.op for t in op.inputs]
    if not conditions:
        return None
    lives = conditions[0]
    for condition in conditions[1:]:
        lives = raw.LogicalAnd(lives, condition)
    return lives
