"""The Kullback-Leibler divergence of two distributions, by the pair of their classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.distributions import _ops as tf

_DIVERGENCES: dict[tuple[type, type], Callable[..., Any]] = {}


def _registered_kl(type_a: type, type_b: type) -> Callable[..., Any] | None:
    """What is registered for the classes nearest to the two in their lines of ancestors."""
    found = [
        (up_a + up_b, up_a, _DIVERGENCES[parents])
        for up_a, parent_a in enumerate(type_a.__mro__)
        for up_b, parent_b in enumerate(type_b.__mro__)
        if (parents := (parent_a, parent_b)) in _DIVERGENCES
    ]
    return min(found, key=lambda f: f[:2])[2] if found else None


def kl_divergence(
    distribution_a: Any, distribution_b: Any, allow_nan_stats: bool = True, name: str | None = None
) -> Any:
    """KL(a || b), one number for each batch member (tf.distributions.kl_divergence).

    Args:
        distribution_a: whose values are expected.
        distribution_b: what they are measured by.
        allow_nan_stats: whether NaN may come out; if not, it is an error of the run.
        name: of the ops.

    Raises:
        NotImplementedError: no divergence is registered for the two classes.
    """
    function = _registered_kl(type(distribution_a), type(distribution_b))
    if function is None:
        raise NotImplementedError(
            "No KL(distribution_a || distribution_b) registered for distribution_a type "
            f"{type(distribution_a).__name__} and distribution_b type "
            f"{type(distribution_b).__name__}"
        )
    with tf.name_scope("KullbackLeibler"):
        result = function(distribution_a, distribution_b, name=name)
        if allow_nan_stats:
            return result
        result = tf.identity(result, name="kl")
        said = (
            f"KL calculation between {distribution_a.name} and {distribution_b.name} returned NaN "
            "values (and was called with allow_nan_stats=False). Values:"
        )
        no_nan = tf.logical_not(tf.reduce_any(tf.is_nan(result)))
        with tf.control_dependencies([tf.Assert(no_nan, [said, result])]):
            return tf.identity(result, name="checked_kl")


def cross_entropy(
    ref: Any, other: Any, allow_nan_stats: bool = True, name: str | None = None
) -> Any:
    """The cross entropy of `ref` and `other`: the entropy of `ref` and KL(ref || other)."""
    with tf.name_scope(name, "cross_entropy"):
        return ref.entropy() + kl_divergence(ref, other, allow_nan_stats=allow_nan_stats)


class RegisterKL:
    """A decorator: registers f(a, b, name=None) as KL(a || b) of two classes.

    (tf.distributions.RegisterKL)

    Raises:
        TypeError: what is registered cannot be called.
        ValueError: something is registered for the two.
    """

    def __init__(self, dist_cls_a: type, dist_cls_b: type) -> None:
        self._key = dist_cls_a, dist_cls_b

    def __call__(self, kl_fn: Callable[..., Any]) -> Callable[..., Any]:
        """Registers the function, and returns it."""
        if not callable(kl_fn):
            raise TypeError(f"kl_fn must be callable, received: {kl_fn}")
        if self._key in _DIVERGENCES:
            a, b = self._key
            raise ValueError(
                f"KL({a.__name__} || {b.__name__}) has already been registered to: "
                f"{_DIVERGENCES[self._key]}"
            )
        _DIVERGENCES[self._key] = kl_fn
        return kl_fn
