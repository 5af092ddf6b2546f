"""The normal distributions of vectors."""

from __future__ import annotations

from typing import Any

from flowgraph.distributions import _ops as tf
from flowgraph.distributions.affine import AffineOfScale
from flowgraph.distributions.kullback_leibler import RegisterKL
from flowgraph.distributions.normal import Normal
from flowgraph.distributions.scales import DenseScale, make_scale
from flowgraph.distributions.transformed_distribution import TransformedDistribution

__all__ = [
    "MultivariateNormalDiag", "MultivariateNormalDiagPlusLowRank",
    "MultivariateNormalDiagWithSoftplusScale", "MultivariateNormalFullCovariance",
    "MultivariateNormalTriL",
]  # fmt: skip


class _MultivariateNormal(TransformedDistribution):
    """loc + scale z, of standard normal z; the covariance is scale scale'."""

    def __init__(
        self, loc: Any, scale: Any, validate_args: bool, allow_nan_stats: bool, name: str,
        parameters: dict[str, Any],
    ) -> None:  # fmt: skip
        with tf.name_scope(name) as scope:
            if not hasattr(scale, "parts"):
                raise ValueError("One of loc, scale_diag and scale_tril must tell the size.")
            like = scale.parts()
            static = like.shape
            shape: Any = tf.shape(like)
            if loc is not None:
                static = tf.broadcast_static_shape(static, loc.shape)
                shape = tf.broadcast_dynamic_shape(shape, tf.shape(loc))
            if static.ndims == 0:
                raise ValueError("A parameter must have at least 1 dimension.")
            shape = static.as_list() if static.is_fully_defined() else shape
            base = Normal(tf.zeros([], scale.dtype), tf.ones([], scale.dtype))
        batch, event = shape[:-1], shape[-1:]
        if not isinstance(batch, list) and static.ndims is not None:
            batch = tf.reshape(batch, [static.ndims - 1])
            event = tf.reshape(event, [1])
        super().__init__(
            base, AffineOfScale(loc, scale, validate_args), batch_shape=batch, event_shape=event,
            validate_args=validate_args, name=scope,
        )  # fmt: skip
        self._allow_nan_stats = allow_nan_stats
        self._parameters = parameters

    @property
    def loc(self) -> Any:
        """The mean, or None for zeros."""
        return self.bijector.shift

    @property
    def scale(self) -> Any:
        """The matrix."""
        return self.bijector.scale

    def _spread(self, x: Any) -> Any:
        """`x` broadcast to the shape of the batch and an event."""
        shape = tf.concat([self.batch_shape_tensor(), self.event_shape_tensor()], 0)
        spread = x + tf.zeros(shape, self.dtype)
        spread.set_shape(self.batch_shape.concatenate(self.event_shape))
        return spread

    def _mean(self) -> Any:
        return self._spread(tf.zeros([], self.dtype) if self.loc is None else self.loc)

    def _covariance(self) -> Any:
        return self.scale.covariance()

    def _variance(self) -> Any:
        return self.scale.variance()

    def _stddev(self) -> Any:
        return tf.sqrt(self._variance())

    def _mode(self) -> Any:
        return self._mean()


class MultivariateNormalDiag(_MultivariateNormal):
    """Independent normal numbers (tf.contrib.distributions.MultivariateNormalDiag).

    Args:
        loc: their means [..., k], or None for zeros.
        scale_diag: their standard deviations [..., k]; ones when neither is given.
        scale_identity_multiplier: a standard deviation for all of them; the two are added.
        validate_args: whether parameters are checked.
        allow_nan_stats: whether undefined statistics are NaN.
        name: of the ops.

    Raises:
        ValueError: nothing tells the number of them.
    """

    def __init__(
        self,
        loc: Any = None,
        scale_diag: Any = None,
        scale_identity_multiplier: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "MultivariateNormalDiag",
    ) -> None:
        parameters = dict(locals())
        loc = _as_loc(loc)
        scale = make_scale(loc, scale_identity_multiplier, scale_diag, validate_args=validate_args)
        super().__init__(loc, scale, validate_args, allow_nan_stats, name, parameters)


class MultivariateNormalDiagWithSoftplusScale(MultivariateNormalDiag):
    """A `MultivariateNormalDiag` of softplus(scale_diag)."""

    def __init__(
        self,
        loc: Any,
        scale_diag: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "MultivariateNormalDiagWithSoftplusScale",
    ) -> None:
        parameters = dict(locals())
        super().__init__(loc, tf.softplus(scale_diag), None, validate_args, allow_nan_stats, name)
        self._parameters = parameters


class MultivariateNormalTriL(_MultivariateNormal):
    """Normal vectors of covariance scale_tril scale_tril' (MultivariateNormalTriL).

    Args:
        loc: the mean [..., k], or None for zeros.
        scale_tril: lower triangular [..., k, k]; the identity when it is not given.
        validate_args: whether its diagonal is checked to have no zero.
        allow_nan_stats: whether undefined statistics are NaN.
        name: of the ops.

    Raises:
        ValueError: nothing tells the size of a vector.
    """

    def __init__(
        self,
        loc: Any = None,
        scale_tril: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "MultivariateNormalTriL",
    ) -> None:
        parameters = dict(locals())
        loc = _as_loc(loc)
        if scale_tril is not None:
            scale_tril = _checked_triangle(scale_tril, validate_args)
        scale = make_scale(loc, tril=scale_tril)
        super().__init__(loc, scale, validate_args, allow_nan_stats, name, parameters)


def _checked_triangle(tril: Any, validate_args: bool) -> Any:
    tril = tf.convert_to_tensor(tril, name="scale_tril")
    if not validate_args:
        return tril
    zero = tf.zeros([], tril.dtype)
    check = tf.assert_none_equal(tf.matrix_diag_part(tril), zero)
    return tf.with_dependencies([check], tril)


class MultivariateNormalFullCovariance(_MultivariateNormal):
    """Normal vectors of a covariance that is given (MultivariateNormalFullCovariance).

    Args:
        loc: the mean [..., k], or None for zeros.
        covariance_matrix: symmetric and positive definite [..., k, k]; the identity when it is not
            given.
        validate_args: whether it is checked to be symmetric.
        allow_nan_stats: whether undefined statistics are NaN.
        name: of the ops.
    """

    def __init__(
        self,
        loc: Any = None,
        covariance_matrix: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "MultivariateNormalFullCovariance",
    ) -> None:
        parameters = dict(locals())
        loc = _as_loc(loc)
        if covariance_matrix is None:
            scale = make_scale(loc)
        else:
            matrix = tf.convert_to_tensor(covariance_matrix, name="covariance_matrix")
            if validate_args:
                said = "Matrix was not symmetric."
                same = tf.assert_near(matrix, tf.matrix_transpose(matrix), message=said)
                matrix = tf.with_dependencies([same], matrix)
            scale = DenseScale(tf.cholesky(matrix))
        super().__init__(loc, scale, validate_args, allow_nan_stats, name, parameters)


class MultivariateNormalDiagPlusLowRank(_MultivariateNormal):
    """Normal vectors whose scale is a diagonal and a matrix of low rank.

    (tf.contrib.distributions.MultivariateNormalDiagPlusLowRank)

    Args:
        loc: the mean [..., k], or None for zeros.
        scale_diag: [..., k].
        scale_identity_multiplier: added to the diagonal.
        scale_perturb_factor: u, [..., k, r].
        scale_perturb_diag: d, [..., r]; the scale is diag + u d u'.
        validate_args: whether parameters are checked.
        allow_nan_stats: whether undefined statistics are NaN.
        name: of the ops.
    """

    def __init__(
        self,
        loc: Any = None,
        scale_diag: Any = None,
        scale_identity_multiplier: Any = None,
        scale_perturb_factor: Any = None,
        scale_perturb_diag: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "MultivariateNormalDiagPlusLowRank",
    ) -> None:
        parameters = dict(locals())
        loc = _as_loc(loc)
        scale = make_scale(
            loc, scale_identity_multiplier, scale_diag, None, scale_perturb_factor,
            scale_perturb_diag, validate_args,
        )  # fmt: skip
        super().__init__(loc, scale, validate_args, allow_nan_stats, name, parameters)


def _as_loc(loc: Any) -> Any:
    if loc is None:
        return None
    loc = tf.convert_to_tensor(loc, name="loc")
    if loc.shape.ndims == 0:
        raise ValueError("`loc` must have at least 1 dimension.")
    return loc


@RegisterKL(_MultivariateNormal, _MultivariateNormal)
def _kl_multivariate_normal(a: Any, b: Any, name: str | None = None) -> Any:
    with tf.name_scope(name, "kl_mvn"):
        ratio = b.scale.solve(a.scale.to_dense())
        apart = b.scale.solve((b.mean() - a.mean())[..., None])
        k = tf.cast(a.event_shape_tensor()[0], a.dtype)
        squares = tf.reduce_sum(tf.square(ratio), axis=[-2, -1])
        squares += tf.reduce_sum(tf.square(apart), axis=[-2, -1])
        volumes = b.scale.log_abs_determinant() - a.scale.log_abs_determinant()
        return volumes + 0.5 * (squares - k)
