"""Vectors stretched by a matrix and moved."""

from __future__ import annotations

from typing import Any

from flowgraph.distributions import _ops as tf
from flowgraph.distributions.bijector import Bijector
from flowgraph.distributions.scales import make_scale

__all__ = ["Affine", "AffineOfScale"]


class AffineOfScale(Bijector):
    """y = scale x + shift, of a matrix from `scales.py`."""

    def __init__(
        self, shift: Any, scale: Any, validate_args: bool = False, name: str = "affine"
    ) -> None:
        self._shift, self._scale = shift, scale
        parents = ([] if shift is None else [shift]) + scale.graph_parents
        super().__init__(
            graph_parents=parents,
            forward_min_event_ndims=1,
            is_constant_jacobian=True,
            validate_args=validate_args,
            name=name,
        )

    @property
    def shift(self) -> Any:
        """What is added, or None."""
        return self._shift

    @property
    def scale(self) -> Any:
        """The matrix."""
        return self._scale

    def _forward(self, x: Any) -> Any:
        y = self._scale.matvec(x)
        return y if self.shift is None else y + self.shift

    def _inverse(self, y: Any) -> Any:
        return self._scale.solvevec(y if self.shift is None else y - self.shift)

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        return self._scale.log_abs_determinant(x)


class Affine(AffineOfScale):
    """y = scale x + shift (tf.contrib.distributions.bijectors.Affine).

    `scale` is the sum of what is given of it: scale_identity_multiplier times the identity, a
    diagonal, a lower triangle, and scale_perturb_factor d scale_perturb_factor' of low rank.

    Args:
        shift: vectors, or None.
        scale_identity_multiplier: a number for each member of the batch.
        scale_diag: [..., k].
        scale_tril: [..., k, k].
        scale_perturb_factor: [..., k, r].
        scale_perturb_diag: d, [..., r].
        validate_args: whether a diagonal is checked to have no zero.
        name: of the ops.

    Without any of these it is the identity.
    """

    def __init__(
        self,
        shift: Any = None,
        scale_identity_multiplier: Any = None,
        scale_diag: Any = None,
        scale_tril: Any = None,
        scale_perturb_factor: Any = None,
        scale_perturb_diag: Any = None,
        validate_args: bool = False,
        name: str = "affine",
    ) -> None:
        with tf.name_scope(name, "init"):
            shift = None if shift is None else tf.convert_to_tensor(shift, name="shift")
            scale = make_scale(
                None, scale_identity_multiplier, scale_diag, scale_tril, scale_perturb_factor,
                scale_perturb_diag, validate_args,
            )  # fmt: skip
        super().__init__(shift, scale, validate_args, name)
