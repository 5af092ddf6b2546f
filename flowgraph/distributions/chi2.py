"""The chi-squared distribution."""

from __future__ import annotations

from typing import Any

from flowgraph.distributions import _ops as tf
from flowgraph.distributions.gamma import Gamma
from flowgraph.distributions.scalar import checked_if

__all__ = ["Chi2", "Chi2WithAbsDf"]


class Chi2(Gamma):
    """The chi-squared distribution: a `Gamma` of df / 2 and 1 / 2 (tf.contrib.distributions.Chi2).

    Args:
        df: degrees of freedom, positive.
        validate_args: whether parameters and values are checked.
        allow_nan_stats: whether an undefined mode is NaN.
        name: of the ops.
    """

    _SHAPED = ("df",)

    def __init__(
        self,
        df: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Chi2",
    ) -> None:
        parameters = dict(locals())
        with tf.name_scope(name, values=[df]) as name:
            with checked_if(validate_args, lambda: tf.assert_positive(df)):
                self._df = tf.identity(df, name="df")
            half = tf.constant(0.5, dtype=self._df.dtype)
            super().__init__(0.5 * self._df, half, validate_args, allow_nan_stats, name)
        self._parameters = parameters

    @property
    def df(self) -> Any:
        """The degrees of freedom."""
        return self._df


class Chi2WithAbsDf(Chi2):
    """A `Chi2` of floor(abs(df))."""

    def __init__(
        self,
        df: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Chi2WithAbsDf",
    ) -> None:
        parameters = dict(locals())
        with tf.name_scope(name, values=[df]) as name:
            df = tf.floor(tf.abs(df, name="abs_df"), name="floor_abs_df")
            super().__init__(df, validate_args, allow_nan_stats, name)
        self._parameters = parameters
