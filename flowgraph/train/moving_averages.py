"""Exponential moving averages of variables and tensors (tf.train.ExponentialMovingAverage)."""

from __future__ import annotations

from itertools import count
from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.collections import GraphKeys
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import get_default_graph, name_scope
from flowgraph.core.op_def import raw
from flowgraph.ops.control.basic import group
from flowgraph.ops.state.variable import assign, assign_add, assign_sub
from flowgraph.train import slot_creator
from flowgraph.variables.initializers import zeros_initializer
from flowgraph.variables.scope import get_variable, get_variable_scope, variable_scope
from flowgraph.variables.variable import (
    Variable,
    global_variables,
    init_scope,
    moving_average_variables,
    trainable_variables,
)


def assign_moving_average(
    variable: Any, value: Any, decay: Any, zero_debias: bool = True, name: str | None = None
) -> Any:
    """variable -= (1 - decay) * (variable - value); with `zero_debias` a start at 0 is made up for.

    (arXiv:1412.6980, section 3; tensorflow.python.training.moving_averages.)
    """
    with name_scope(name, "AssignMovingAvg") as scope:
        rest = convert_to_tensor(1.0 - decay, name="decay")
        dtype = variable.dtype.base_dtype
        if rest.dtype.base_dtype is not dtype:
            rest = raw.Cast(rest, DstT=dtype)
        if zero_debias:
            return _zero_debias(variable, value, rest, scope)
        return assign_sub(variable, (variable - value) * rest, name=scope)


def _zero_debias(variable: Any, value: Any, rest: Any, scope: str) -> Any:
    with variable_scope(variable.op.name, values=[value, rest]):
        with init_scope():
            biased = get_variable(
                _unused("biased"), shape=variable.get_shape(), dtype=variable.dtype.base_dtype,
                initializer=zeros_initializer(), trainable=False,
            )  # fmt: skip
            steps = get_variable(
                _unused("local_step"), shape=[], dtype=variable.dtype.base_dtype,
                initializer=zeros_initializer(), trainable=False,
            )  # fmt: skip
        moved = assign_sub(biased, (biased - value) * rest)
        counted = assign_add(steps, variable.dtype.base_dtype.as_numpy_dtype(1))
        factor = 1 - raw.Pow(1.0 - rest, raw.Identity(counted))
        return assign(variable, raw.Identity(moved) / factor, name=scope)


def _unused(name: str) -> str:
    """The name, numbered when the scope has it: each call has its own pair, save under reuse."""
    scope = get_variable_scope()
    if scope.reuse:
        return name
    taken = {v.op.name for v in scope.global_variables()}
    numbered = (f"{name}_{i}" if i else name for i in count())
    return next(n for n in numbered if f"{scope.name}/{n}" not in taken)


class ExponentialMovingAverage:
    """Keeps shadow variables: shadow = decay * shadow + (1 - decay) * value.

    Args:
      decay: close to 1, say 0.999.
      num_updates: a step count; the decay is then min(decay, (1 + n) / (10 + n)).
      zero_debias: correct the start of averages of tensors (not of variables).
      name: the suffix of the shadows' names (tf.train.ExponentialMovingAverage).
    """

    def __init__(
        self,
        decay: Any,
        num_updates: Any = None,
        zero_debias: bool = False,
        name: str = "ExponentialMovingAverage",
    ) -> None:
        self._decay, self._num_updates, self._zero_debias = decay, num_updates, zero_debias
        self._name = name
        self._averages: dict[Any, Variable] = {}

    @property
    def name(self) -> str:
        """The suffix of the shadows' names."""
        return self._name

    def apply(self, var_list: Any = None) -> Any:
        """Gives the operation that updates the averages; makes the shadows at the first call."""
        values = trainable_variables() if var_list is None else list(var_list)
        graph = get_default_graph()
        debias = set()
        for var in values:
            dtype = var.dtype.base_dtype
            if dtype not in dtypes.FLOATING:
                raise TypeError(f"The variables must be half, float, or double: {var.name}")
            if var in self._averages:
                continue
            with init_scope():
                if isinstance(var, Variable):
                    average = slot_creator.create_slot(var, var.initialized_value(), self._name)
                    graph.add_to_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, var)
                else:
                    average = slot_creator.create_zeros_slot(var, self._name)
                    if self._zero_debias:
                        debias.add(average)
            self._averages[var] = average
        with name_scope(self._name) as scope:
            decay = convert_to_tensor(self._decay, name="decay")
            if self._num_updates is not None:
                done = raw.Cast(convert_to_tensor(self._num_updates), DstT=dtypes.float32)
                decay = raw.Minimum(decay, (1.0 + done) / (10.0 + done))
            updates = [
                assign_moving_average(
                    self._averages[var], convert_to_tensor(var), decay,
                    zero_debias=self._averages[var] in debias,
                )
                for var in values
            ]  # fmt: skip
            return group(*updates, name=scope)

    def average(self, var: Any) -> Any:
        """The shadow of `var`, or None."""
        return self._averages.get(var)

    def average_name(self, var: Any) -> str:
        """The name that the shadow of `var` has or would have."""
        if var in self._averages:
            return self._averages[var].op.name
        return get_default_graph().unique_name(f"{var.op.name}/{self._name}", mark_as_used=False)

    def variables_to_restore(self, moving_avg_variables: Any = None) -> dict[str, Any]:
        """{name of shadow: variable}, so that a restore puts the averages into the variables."""
        if moving_avg_variables is None:
            averaged = [*trainable_variables(), *moving_average_variables()]
        else:
            averaged = list(moving_avg_variables)
        found = {self.average_name(v): v for v in dict.fromkeys(averaged)}
        names = {v.op.name for v in averaged} | set(found)
        found.update({v.op.name: v for v in global_variables() if v.op.name not in names})
        return found
