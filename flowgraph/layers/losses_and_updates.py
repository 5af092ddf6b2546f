"""What a layer adds beside its outputs: losses, and updates of its statistics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.layers.call_context import call_context
from flowgraph.layers.reaching import reached_from
from flowgraph.ops.array.shape import shape as shape_op
from flowgraph.ops.control import nest
from flowgraph.ops.math.cast import cast
from flowgraph.variables.partition import PartitionedVariable


class LossesAndUpdates:
    """The part of a layer that keeps its losses and updates, and those of its inner layers."""

    trainable: bool
    stateful: bool
    _losses: list[Any]
    _updates: list[Any]
    _conditional_updates: set[Any]
    _activity_regularizer: Any
    _gathered: Callable[[str], list[Any]]
    _inner_layers: Callable[[], list[Any]]

    @property
    def losses(self) -> list[Any]:
        """The losses of its regularizers and those added with `add_loss`."""
        return self._losses + self._gathered("losses")

    def add_loss(self, losses: Any, inputs: Any = None) -> None:
        """Adds losses: tensors, or functions without arguments that give one or None.

        `inputs` says that they depend on the layer's inputs; None: on its variables only.
        """
        for loss in nest.flatten(losses):
            loss = loss() if callable(loss) else loss
            if loss is None:
                continue
            loss = convert_to_tensor(loss)
            loss._unconditional_loss = inputs is None
            self._losses.append(loss)
            self._added_loss(loss)

    def _added_loss(self, loss: Tensor) -> None:
        """Called with each loss that the layer adds."""

    def _regularize(self, name: str, variable: Any, regularizer: Callable[[Any], Any]) -> None:
        pieces = variable if isinstance(variable, PartitionedVariable) else [variable]
        for piece in pieces:
            with name_scope(name + "/Regularizer"):
                loss = regularizer(piece)
            self.add_loss([loss])

    def _regularize_activity(self, inputs: Any, outputs: Any) -> None:
        if not self._activity_regularizer:
            return
        with name_scope("ActivityRegularizer"):
            for output in nest.flatten(outputs):
                loss = self._activity_regularizer(output)
                batch = cast(shape_op(output)[0], loss.dtype)
                self.add_loss(loss / batch, inputs=inputs)

    @property
    def updates(self) -> list[Any]:
        """The operations that keep its statistics up to date; none when it is not trainable."""
        if not self.trainable and not self.stateful:
            return []
        return self._updates + self._gathered("updates")

    def add_update(self, updates: Any, inputs: Any = None) -> None:
        """Adds operations (or tensors, or functions that give one) to run in training."""
        del inputs  # found out from the graph
        called_with = call_context.inputs if call_context.in_call else []
        for update in nest.flatten(updates):
            update = update() if callable(update) else update
            if not isinstance(update, Operation):
                update = update.op if hasattr(update, "op") else convert_to_tensor(update).op
            if reached_from(called_with, update):
                self._conditional_updates.add(update)
            self._updates.append(update)

    def get_updates_for(self, inputs: Any) -> list[Any]:
        """The updates that depend on `inputs`; with None, those that depend on no inputs."""
        conditional = set(self._conditional_updates)
        for layer in self._inner_layers():
            conditional |= set(layer.updates) - set(layer.get_updates_for(None))
        if inputs is None:
            return [u for u in self.updates if u not in conditional]
        return [u for u in self.updates if u in conditional and reached_from(inputs, u)]

    def get_losses_for(self, inputs: Any) -> list[Any]:
        """The losses that depend on `inputs`; with None, those that depend on no inputs."""
        if inputs is None:
            return [loss for loss in self.losses if loss._unconditional_loss]
        return [
            loss for loss in self.losses
            if not loss._unconditional_loss and reached_from(inputs, loss)
        ]  # fmt: skip
