"""Student's t distribution."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.distributions import _ops as tf
from flowgraph.distributions import special_math
from flowgraph.distributions.distribution import FULLY_REPARAMETERIZED
from flowgraph.distributions.scalar import ScalarDistribution, checked_if
from flowgraph.distributions.util import gen_new_seed

__all__ = ["StudentT", "StudentTWithAbsDfSoftplusScale"]


class StudentT(ScalarDistribution):
    """Student's t, moved by `loc` and stretched by `scale` (tf.distributions.StudentT).

    Args:
        df: degrees of freedom, positive.
        loc: the centre.
        scale: what it is stretched by; its sign does not matter.
        validate_args: whether `df` is checked.
        allow_nan_stats: whether an undefined mean or variance is NaN.
        name: of the ops.

    Raises:
        ValueError: the three have different dtypes, or no float one.
    """

    _SHAPED = "df", "loc", "scale"

    def __init__(
        self,
        df: Any,
        loc: Any,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "StudentT",
    ) -> None:
        parameters = dict(locals())
        with tf.name_scope(name, values=[df, loc, scale]) as name:
            with checked_if(validate_args, lambda: tf.assert_positive(df)):
                self._df = tf.identity(df, name="df")
                self._loc = tf.identity(loc, name="loc")
                self._scale = tf.identity(scale, name="scale")
                tf.assert_same_float_dtype((self._df, self._loc, self._scale))
        super().__init__(
            self._scale.dtype, FULLY_REPARAMETERIZED, validate_args, allow_nan_stats, parameters,
            [self._df, self._loc, self._scale], name,
        )  # fmt: skip

    @property
    def df(self) -> Any:
        """The degrees of freedom."""
        return self._df

    @property
    def loc(self) -> Any:
        """The centre."""
        return self._loc

    @property
    def scale(self) -> Any:
        """What the distribution is stretched by."""
        return self._scale

    def _sample_n(self, n: Any, seed: int | None = None) -> Any:
        # A normal number over the root of a chi-squared one, whose gradient goes to `df` too.
        normal = tf.random_normal(self._shape_of(n), dtype=self.dtype, seed=seed)
        df = self._to_batch(self.df)
        squared = tf.random_gamma(
            [n], 0.5 * df, beta=0.5, dtype=self.dtype, seed=gen_new_seed(seed, "student_t")
        )
        return normal * tf.rsqrt(squared / df) * self.scale + self.loc

    def _log_prob(self, x: Any) -> Any:
        return self._log_unnormalized_prob(x) - self._log_normalization()

    def _log_unnormalized_prob(self, x: Any) -> Any:
        y = (x - self.loc) / self.scale
        return -0.5 * (self.df + 1.0) * tf.log1p(y**2.0 / self.df)

    def _log_normalization(self) -> Any:
        return (
            tf.log(tf.abs(self.scale))
            + 0.5 * tf.log(self.df)
            + 0.5 * np.log(np.pi)
            + tf.lgamma(0.5 * self.df)
            - tf.lgamma(0.5 * (self.df + 1.0))
        )

    def _cdf(self, x: Any) -> Any:
        y = (x - self.loc) / tf.abs(self.scale)
        tail = 0.5 * special_math.betainc(0.5 * self.df, 0.5, self.df / (y**2.0 + self.df))
        return tf.where_v2(tf.less(y, 0.0), tail, 1.0 - tail)

    def _entropy(self) -> Any:
        ones = tf.ones(self.batch_shape_tensor(), dtype=self.dtype)[..., None]
        halves = tf.concat([ones * self.df[..., None], ones], -1) / 2.0
        slope = tf.digamma(0.5 * (self.df + 1.0)) - tf.digamma(0.5 * self.df)
        return (
            tf.log(tf.abs(self.scale))
            + 0.5 * tf.log(self.df)
            + tf.lbeta(halves)
            + 0.5 * (self.df + 1.0) * slope
        )

    def _mean(self) -> Any:
        said = "mean not defined for components of df <= 1"
        return self._defined_where(self._to_batch(self.loc), self.df, 1.0, said)

    def _variance(self) -> Any:
        # Above 2 it is df / (df - 2), above 1 infinite, and below undefined.
        finite = tf.greater(self.df, 2.0)
        below = tf.where_v2(finite, self.df - 2.0, tf.ones_like(self.df))
        variance = self._to_batch(tf.square(self.scale) * self.df / below)
        infinite = tf.fill(self.batch_shape_tensor(), self._number(np.inf), name="inf")
        said = "variance not defined for components of df <= 1"
        return self._defined_where(tf.where_v2(finite, variance, infinite), self.df, 1.0, said)

    def _mode(self) -> Any:
        return tf.identity(self.loc)


class StudentTWithAbsDfSoftplusScale(StudentT):
    """A `StudentT` of floor(abs(df)) and softplus(scale)."""

    def __init__(
        self,
        df: Any,
        loc: Any,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "StudentTWithAbsDfSoftplusScale",
    ) -> None:
        parameters = dict(locals())
        with tf.name_scope(name, values=[df, scale]) as name:
            super().__init__(
                tf.floor(tf.abs(df)), loc, tf.softplus(scale, name="softplus_scale"),
                validate_args, allow_nan_stats, name,
            )  # fmt: skip
        self._parameters = parameters
