"""The losses of a graph (tf.contrib.losses)."""

from __future__ import annotations

from typing import Any

from flowgraph.contrib.framework.argument_scopes import add_arg_scope
from flowgraph.losses import util
from flowgraph.losses.util import get_losses as get_losses
from flowgraph.losses.util import get_regularization_losses as get_regularization_losses

add_loss = add_arg_scope(util.add_loss)


def get_total_loss(add_regularization_losses: bool = True, name: str = "total_loss") -> Any:
    """The sum of all losses, with those of regularizers or without."""
    return util.get_total_loss(add_regularization_losses, name)
