"""Spectra with the frequency zero in their middle, and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.tensor import Tensor
from flowgraph.ops.spectral._sizes import size, vector


def fftshift(x: Any, axes: Any = None, name: str | None = None) -> Tensor:
    """Moves the frequency zero to the middle, which is at size // 2 (tf.signal.fftshift).

    Args:
      x: a tensor of known rank.
      axes: the axes to shift, an int or a tuple of ints; all when None.
      name: the operation's name.

    >>> fftshift([0, 1, 2, -2, -1]).shape
    TensorShape([Dimension(5)])
    """
    return _shifted(x, axes, name, "fftshift", 1)


def ifftshift(x: Any, axes: Any = None, name: str | None = None) -> Tensor:
    """Undoes `fftshift`, from which it differs where sizes are odd (tf.signal.ifftshift)."""
    return _shifted(x, axes, name, "ifftshift", -1)


def _shifted(x: Any, axes: Any, name: str | None, default: str, sign: int) -> Tensor:
    with name_scope(name, default, [x]) as scope:
        x = convert_to_tensor(x)
        if axes is None:
            if x.shape.rank is None:
                raise ValueError(f"{default} of all axes needs to know their number, got {x}")
            axes = tuple(range(x.shape.rank))
            if not axes:
                raise TypeError(f"{default} takes a tensor with axes, got {x}")
        rank = x.shape.rank
        for axis in [axes] if isinstance(axes, int) else axes:
            if rank is not None and not -rank <= axis < rank:
                raise ValueError(f"axis {axis} is out of range for {x}")
        if isinstance(axes, int):
            return raw.Roll(x, size(x, axes) // 2 * sign, axes, name=scope)  # type: ignore[no-any-return]
        shifts = vector([size(x, axis) // 2 * sign for axis in axes])
        return raw.Roll(x, shifts, np.array(axes, np.int32), name=scope)  # type: ignore[no-any-return]
