"""Mixtures of distributions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.distributions import _ops as tf
from flowgraph.distributions.categorical import Categorical
from flowgraph.distributions.distribution import NOT_REPARAMETERIZED, Distribution

__all__ = ["Mixture", "MixtureSameFamily"]


class Mixture(Distribution):
    """One of several distributions, drawn by a `Categorical` (tf.contrib.distributions.Mixture).

    Args:
        cat: draws the number of the component.
        components: distributions of the same dtype, batch and events.
        validate_args: whether shapes are checked when the graph runs.
        allow_nan_stats: whether undefined statistics are NaN.
        use_static_graph: has no use: all components are always drawn from.
        name: of the ops.

    Raises:
        TypeError: `cat` is no `Categorical`, or the components are no distributions of one dtype.
        ValueError: there are none, or not as many as `cat` has classes, or shapes differ.
    """

    def __init__(
        self,
        cat: Categorical,
        components: Sequence[Distribution],
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        use_static_graph: bool = False,
        name: str = "Mixture",
    ) -> None:
        parameters = dict(locals())
        _check_components(cat, components)
        event, batch = components[0].event_shape, cat.batch_shape
        for component in components:
            event = event.merge_with(component.event_shape)
            batch = batch.merge_with(component.batch_shape)
        if event.ndims is None:
            raise ValueError(
                "Expected to know rank(event_shape) from components, but none of the components "
                "provide a static number of ndims"
            )
        self._cat, self._components = cat, list(components)
        self._static_event_shape, self._static_batch_shape = event, batch
        self._assertions: list[Any] = []
        with tf.name_scope(name, values=[cat.logits]) as name:
            if validate_args:
                self._assertions = [
                    tf.assert_equal(
                        cat.batch_shape_tensor(), component.batch_shape_tensor(),
                        message=f"components[{i}] batch shape must match cat batch shape",
                    )
                    for i, component in enumerate(components)
                ]  # fmt: skip
        parents = [p for d in (cat, *components) for p in d._graph_parents]
        super().__init__(
            components[0].dtype, NOT_REPARAMETERIZED, validate_args, allow_nan_stats, parameters,
            parents, name,
        )  # fmt: skip

    @property
    def cat(self) -> Categorical:
        """What draws the number of the component."""
        return self._cat

    @property
    def components(self) -> list[Distribution]:
        """The distributions that are mixed."""
        return self._components

    @property
    def num_components(self) -> int:
        """How many there are."""
        return len(self._components)

    def _batch_shape_tensor(self) -> Any:
        return self._cat.batch_shape_tensor()

    def _batch_shape(self) -> Any:
        return self._static_batch_shape

    def _event_shape_tensor(self) -> Any:
        return self._components[0].event_shape_tensor()

    def _event_shape(self) -> Any:
        return self._static_event_shape

    def _weights(self) -> Any:
        """The components' probabilities, in front of what belongs to an event: [k, ..., 1, ...]."""
        return self._in_front(tf.softmax(self.cat.logits))

    def _in_front(self, x: Any) -> Any:
        ndims = tf.rank(x)
        first = tf.transpose(x, tf.concat([[ndims - 1], tf.range(0, ndims - 1)], 0))
        for _ in range(self.event_shape.ndims):
            first = tf.expand_dims(first, -1)
        return first

    def _mean(self) -> Any:
        with tf.control_dependencies(self._assertions):
            means = tf.stack([d.mean() for d in self.components])
            return tf.reduce_sum(self._weights() * means, axis=0)

    def _stddev(self) -> Any:
        return tf.sqrt(self._variance())

    def _variance(self) -> Any:
        with tf.control_dependencies(self._assertions):
            weights = self._weights()
            means = tf.stack([d.mean() for d in self.components])
            variances = tf.stack([d.variance() for d in self.components])
            mean = tf.reduce_sum(weights * means, axis=0)
            second = tf.reduce_sum(weights * (variances + tf.square(means)), axis=0)
            return second - tf.square(mean)

    def _of_all(self, logarithms: list[Any]) -> Any:
        weights = tf.log_softmax(self.cat.logits)
        ndims = tf.rank(weights)
        weights = tf.transpose(weights, tf.concat([[ndims - 1], tf.range(0, ndims - 1)], 0))
        together = [weights[i] + logarithm for i, logarithm in enumerate(logarithms)]
        return tf.reduce_logsumexp(tf.stack(together), axis=0)

    def _log_prob(self, x: Any) -> Any:
        with tf.control_dependencies(self._assertions):
            return self._of_all([d.log_prob(x) for d in self.components])

    def _log_cdf(self, x: Any) -> Any:
        with tf.control_dependencies(self._assertions):
            return self._of_all([d.log_cdf(x) for d in self.components])

    def _prob(self, x: Any) -> Any:
        return tf.exp(self._log_prob(x))

    def _sample_n(self, n: Any, seed: int | None = None) -> Any:
        with tf.control_dependencies(self._assertions):
            draws = tf.stack([
                d.sample(n, seed=None if seed is None else seed + i + 1)
                for i, d in enumerate(self.components)
            ])  # fmt: skip
            which = self.cat.sample(n, seed=seed)
            chosen = tf.one_hot(which, self.num_components, on_value=True, off_value=False)
            chosen = self._in_front(chosen)
            # Not a sum of products: a component's infinity must not make a NaN of another's draw.
            kept = tf.where_v2(chosen, draws, tf.zeros_like(draws))
            return tf.reduce_sum(kept, axis=0)

    def entropy_lower_bound(self, name: str = "entropy_lower_bound") -> Any:
        """The components' entropies, weighted: no more than the mixture's."""
        with self._name_scope(name), tf.control_dependencies(self._assertions):
            entropies = tf.stack([d.entropy() for d in self.components], axis=-1)
            return tf.reduce_sum(tf.softmax(self.cat.logits) * entropies, axis=-1)


def _check_components(cat: Any, components: Any) -> None:
    if not isinstance(cat, Categorical):
        raise TypeError(f"cat must be a Categorical distribution, but saw: {cat}")
    if not components:
        raise ValueError("components must be a non-empty list or tuple")
    if not isinstance(components, (list, tuple)):
        raise TypeError(f"components must be a list or tuple, but saw: {components}")
    if not all(isinstance(c, Distribution) for c in components):
        raise TypeError(
            f"all entries in components must be Distribution instances but saw: {components}"
        )
    if any(c.dtype != components[0].dtype for c in components):
        kinds = [(c.name, c.dtype) for c in components]
        raise TypeError(f"All components must have the same dtype, but saw dtypes: {kinds}")
    classes = tf.constant_value(cat.event_size)
    if classes is None:
        raise ValueError(
            "Could not infer number of classes from cat and unable to compare this value to the "
            "number of components passed in."
        )
    if int(classes) != len(components):
        raise ValueError(
            f"cat.num_classes != len(components): {int(classes)} vs. {len(components)}"
        )


class MixtureSameFamily(Distribution):
    """A mixture of the members of a batch's last dimension.

    (tf.contrib.distributions.MixtureSameFamily)

    Args:
        mixture_distribution: draws the number of the member, as a `Categorical` does.
        components_distribution: the batch, whose last dimension is mixed over.
        validate_args: whether values are checked.
        allow_nan_stats: whether undefined statistics are NaN.
        name: of the ops.

    Raises:
        ValueError: the first is not of whole numbers, or the two do not fit.
    """

    def __init__(
        self,
        mixture_distribution: Any,
        components_distribution: Distribution,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "MixtureSameFamily",
    ) -> None:
        parameters = dict(locals())
        if not mixture_distribution.dtype.is_integer:
            raise ValueError(
                f"`mixture_distribution.dtype` ({mixture_distribution.dtype.name}) is not over "
                "integers"
            )
        if mixture_distribution.event_shape.ndims not in (None, 0):
            raise ValueError("`mixture_distribution` must have scalar `event_dim`s")
        batch = components_distribution.batch_shape.with_rank_at_least(1)
        own = mixture_distribution.batch_shape
        if own.ndims != 0 and not own.is_compatible_with(batch[:-1]):
            raise ValueError(
                f"`mixture_distribution.batch_shape` (`{own}`) is not compatible with "
                f"`components_distribution.batch_shape` (`{batch[:-1]}`)"
            )
        weights = mixture_distribution.logits.shape.with_rank_at_least(1)
        if not weights[-1:].is_compatible_with(batch[-1:]):
            raise ValueError(
                f"`mixture_distribution components` ({weights[-1]}) does not equal "
                f"`components_distribution.batch_shape[-1]` ({batch[-1]})"
            )
        self._mixture, self._of_components = mixture_distribution, components_distribution
        self._event_ndims = components_distribution.event_shape.ndims or 0
        super().__init__(
            components_distribution.dtype, NOT_REPARAMETERIZED, validate_args, allow_nan_stats,
            parameters,
            mixture_distribution._graph_parents + components_distribution._graph_parents, name,
        )  # fmt: skip

    @property
    def mixture_distribution(self) -> Any:
        """What draws the number of the member."""
        return self._mixture

    @property
    def components_distribution(self) -> Distribution:
        """The batch."""
        return self._of_components

    def _batch_shape_tensor(self) -> Any:
        return self._of_components.batch_shape_tensor()[:-1]

    def _batch_shape(self) -> Any:
        return self._of_components.batch_shape.with_rank_at_least(1)[:-1]

    def _event_shape_tensor(self) -> Any:
        return self._of_components.event_shape_tensor()

    def _event_shape(self) -> Any:
        return self._of_components.event_shape

    def _behind(self, x: Any) -> Any:
        """`x` with a dimension of 1 for each one of an event."""
        for _ in range(self._event_ndims):
            x = tf.expand_dims(x, -1)
        return x

    def _for_members(self, x: Any) -> Any:
        """A value with a dimension for the members before those of the event."""
        return tf.expand_dims(x, -1 - self._event_ndims)

    def _over_members(self, x: Any) -> Any:
        return tf.reduce_sum(x, axis=-1 - self._event_ndims)

    def _sample_n(self, n: Any, seed: int | None = None) -> Any:
        draws = self._of_components.sample(n, seed=seed)
        count = self._of_components.batch_shape_tensor()[-1]
        which = self._mixture.sample(n, seed=None if seed is None else seed + 1)
        if self._mixture.batch_shape.ndims == 0 and self.batch_shape.ndims != 0:
            shape = tf.concat([[n], self.batch_shape_tensor()], 0)
            which = self._mixture.sample(shape, seed=None if seed is None else seed + 1)
        chosen = tf.one_hot(which, count, on_value=True, off_value=False)
        return self._over_members(tf.where_v2(self._behind(chosen), draws, tf.zeros_like(draws)))

    def _log_prob(self, x: Any) -> Any:
        of_each = self._of_components.log_prob(self._for_members(x))
        return tf.reduce_logsumexp(of_each + tf.log_softmax(self._mixture.logits), axis=-1)

    def _log_cdf(self, x: Any) -> Any:
        of_each = self._of_components.log_cdf(self._for_members(x))
        return tf.reduce_logsumexp(of_each + tf.log_softmax(self._mixture.logits), axis=-1)

    def _mean(self) -> Any:
        return self._over_members(self._behind(self._mixture.probs) * self._of_components.mean())

    def _variance(self) -> Any:
        probs = self._behind(self._mixture.probs)
        within = self._over_members(probs * self._of_components.variance())
        mean = self._for_members(self._mean())
        apart = tf.squared_difference(self._of_components.mean(), mean)
        return within + self._over_members(probs * apart)
