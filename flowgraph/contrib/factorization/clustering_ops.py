"""K-means clustering in a graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flowgraph as tf
from flowgraph.contrib.factorization import seeding

__all__ = [
    "COSINE_DISTANCE", "KMC2_INIT", "KMEANS_PLUS_PLUS_INIT", "KMeans", "RANDOM_INIT",
    "SQUARED_EUCLIDEAN_DISTANCE",
]  # fmt: skip

SQUARED_EUCLIDEAN_DISTANCE = "squared_euclidean"
COSINE_DISTANCE = "cosine"
RANDOM_INIT = "random"
KMEANS_PLUS_PLUS_INIT = "kmeans_plus_plus"
KMC2_INIT = "kmc2"
_EPSILON = 1e-6  # what an empty cluster is divided by


class KMeans:
    """The graph of k-means, on all points at once or on batches of them.

    (tf.contrib.factorization.KMeans)

    Args:
        inputs: float32 [points, dimensions], or a list of such tensors.
        num_clusters: how many clusters.
        initial_clusters: how their centres are chosen, "random", "kmeans_plus_plus" or "kmc2", or a
            function of (inputs, number of centres), or the centres.
        distance_metric: "squared_euclidean" or "cosine".
        use_mini_batch: whether the inputs are batches, and centres move by running means.
        mini_batch_steps_per_iteration: after how many batches the points are measured by the
            centres that have moved.
        random_seed: of the choice of centres.
        kmeans_plus_plus_num_retries: more candidates for each centre; a negative number for as many
            as suits the number of clusters.
        kmc2_chain_length: the length of the chains of "kmc2".

    Raises:
        ValueError: another way to choose centres, or another metric.
    """

    def __init__(
        self,
        inputs: Any,
        num_clusters: Any,
        initial_clusters: Any = RANDOM_INIT,
        distance_metric: str = SQUARED_EUCLIDEAN_DISTANCE,
        use_mini_batch: bool = False,
        mini_batch_steps_per_iteration: int = 1,
        random_seed: int = 0,
        kmeans_plus_plus_num_retries: int = 2,
        kmc2_chain_length: int = 200,
    ) -> None:
        ways = (RANDOM_INIT, KMEANS_PLUS_PLUS_INIT, KMC2_INIT)
        if isinstance(initial_clusters, str) and initial_clusters not in ways:
            raise ValueError(f"Unsupported initialization algorithm {initial_clusters!r}")
        if distance_metric not in (SQUARED_EUCLIDEAN_DISTANCE, COSINE_DISTANCE):
            raise ValueError(f"Unsupported distance metric {distance_metric!r}")
        self._inputs = inputs if isinstance(inputs, list) else [inputs]
        self._num_clusters = num_clusters
        self._initial_clusters = initial_clusters
        self._cosine = distance_metric == COSINE_DISTANCE
        self._use_mini_batch = use_mini_batch
        self._steps = int(mini_batch_steps_per_iteration)
        self._random_seed = random_seed
        self._retries = kmeans_plus_plus_num_retries
        self._chain_length = kmc2_chain_length

    def training_graph(self) -> tuple[Any, ...]:
        """The tensors and operations of k-means.

        Returns:
            A tuple. For each of the inputs: the distances of its points to all centres, the number
            of the nearest centre, and the distance to it. Then: whether the centres have been
            chosen, an operation that chooses them of the inputs of its run, and one that moves
            them.
        """
        count = self._num_clusters
        if not (isinstance(self._initial_clusters, str) or callable(self._initial_clusters)):
            self._initial_clusters = tf.convert_to_tensor(self._initial_clusters, tf.float32)
            count = tf.shape(self._initial_clusters)[0]
        count = tf.convert_to_tensor(count, dtype=tf.int32)
        self._make_variables(count)
        inputs = [tf.convert_to_tensor(x) for x in self._inputs]
        init_op = self._choose(inputs, count)
        centers: Any = self._centers
        if self._cosine:
            inputs = [tf.nn.l2_normalize(x, 1) for x in inputs]
            centers = tf.nn.l2_normalize(centers, 1)
        measured = [self._measure(x, centers) for x in inputs]
        all_scores, scores, indices = zip(*measured, strict=True)
        if self._use_mini_batch:
            training_op = self._move_by_batches(inputs, indices)
        else:
            training_op = self._move_all(inputs, indices, count)
        return all_scores, indices, scores, self._initialized, init_op, training_op

    def _make_variables(self, count: Any) -> None:
        def variable(value: Any, name: str, shaped: bool = True) -> Any:
            return tf.Variable(value, trainable=False, name=name, validate_shape=shaped)

        nothing = tf.constant([], dtype=tf.float32)
        self._centers = variable(nothing, "clusters", shaped=False)
        self._initialized = variable(False, "initialized")
        # Batches move centres of their own where the points are not to be measured by them yet.
        self._apart = self._use_mini_batch and self._steps > 1
        self._moving, self._left = self._centers, None
        if self._apart:
            self._moving = variable(nothing, "clusters_updated", shaped=False)
            self._left = variable(tf.constant(self._steps, tf.int64), "update_in_steps")
        start = tf.zeros if self._apart else tf.ones
        self._counts = (
            variable(start([count], dtype=tf.int64), "counts") if self._use_mini_batch else None
        )

    def _measure(self, x: Any, centers: Any) -> tuple[Any, Any, Any]:
        """Distances to all centres, to the nearest one, and its number."""
        product = tf.matmul(x, centers, transpose_b=True)
        if self._cosine:
            distances = 1 - product
        else:
            squares = tf.reduce_sum(tf.square(x), 1, keepdims=True)
            distances = squares - 2 * product + tf.reduce_sum(tf.square(centers), 1)
        nearest = tf.maximum(tf.reduce_min(distances, axis=1), 0.0)
        return distances, nearest, tf.argmin(distances, axis=1)

    # --- the choice of centres --------------------------------------------------------------------
    def _choose(self, inputs: list[Any], count: Any) -> Any:
        """Chooses the centres that are still missing, of the inputs of this run."""
        chosen = tf.cond(
            self._initialized, lambda: 0, lambda: tf.size(self._centers) // tf.shape(inputs[0])[1]
        )
        missing = count - chosen
        new = self._candidates(inputs, missing)
        if self._cosine:
            new = tf.nn.l2_normalize(new, 1)
        old = tf.reshape(self._centers, [-1, tf.shape(inputs[0])[1]])
        with tf.control_dependencies([
            tf.Assert(tf.logical_not(self._initialized), ["The clusters have been chosen before."])
        ]):  # fmt: skip
            together = tf.concat([old, new], 0)
        assigned = tf.assign(self._centers, together, validate_shape=False)
        made = [assigned]
        if self._apart:
            made.append(tf.assign(self._moving, together, validate_shape=False))
        with tf.control_dependencies(made):
            complete = tf.equal(tf.shape(together)[0], count)
            return tf.assign(self._initialized, complete).op

    def _candidates(self, inputs: list[Any], missing: Any) -> Any:
        given = self._initial_clusters
        points = inputs[0] if len(inputs) == 1 else tf.concat(inputs, 0)
        if callable(given):
            return given(self._inputs, missing)
        if not isinstance(given, str):
            return given
        if given == RANDOM_INIT:
            number = tf.shape(points)[0]
            drawn = tf.random_uniform(
                tf.reshape(missing, [-1]), 0, number, seed=self._random_seed, dtype=tf.int32
            )
            return tf.cond(number <= missing, lambda: points, lambda: tf.gather(points, drawn))
        if self._cosine:
            points = tf.nn.l2_normalize(points, 1)
        with tf.control_dependencies([tf.assert_greater_equal(tf.shape(points)[0], missing)]):
            chosen = tf.py_func(self._seeding(given), [points, missing], tf.float32)
        chosen.set_shape([None, points.shape[1]])
        return chosen

    def _seeding(self, way: str) -> Callable[[Any, Any], Any]:
        seed = self._random_seed
        if way == KMEANS_PLUS_PLUS_INIT:
            return lambda points, n: seeding.plus_plus(points, int(n), seed, self._retries)
        return lambda points, n: seeding.chain(points, int(n), self._chain_length, seed)

    # --- steps ------------------------------------------------------------------------------------
    def _move_all(self, inputs: list[Any], indices: Any, count: Any) -> Any:
        """Each centre to the mean of its points."""
        sums = tf.add_n([
            tf.unsorted_segment_sum(x, i, count) for x, i in zip(inputs, indices, strict=True)
        ])  # fmt: skip
        numbers = tf.add_n([
            tf.unsorted_segment_sum(tf.ones([tf.shape(x)[0], 1]), i, count)
            for x, i in zip(inputs, indices, strict=True)
        ])  # fmt: skip
        means = sums / (numbers + _EPSILON)
        if self._cosine:
            means = tf.nn.l2_normalize(means, 1)
        return tf.assign(self._centers, means, validate_shape=False)

    def _move_by_batches(self, inputs: list[Any], indices: Any) -> Any:
        """Each centre to the mean of all points that it ever had, these included."""
        before = [self._take_over()] if self._apart else []
        updates: list[Any] = []
        with tf.control_dependencies(before):
            for x, index in zip(inputs, indices, strict=True):
                with tf.control_dependencies(updates):
                    updates = self._move_by(x, index)
        return tf.group(*updates)

    def _move_by(self, x: Any, index: Any) -> list[Any]:
        ids, place = tf.unique(index)
        number = tf.size(ids)
        old_counts, old = tf.gather(self._counts, ids), tf.gather(self._moving, ids)
        counts = tf.unsorted_segment_sum(tf.ones_like(place, dtype=tf.int64), place, number)
        sums = tf.unsorted_segment_sum(x, place, number)
        rate = tf.reciprocal(tf.cast(old_counts + counts, x.dtype))[:, None]
        change = (sums - tf.cast(counts, x.dtype)[:, None] * old) * rate
        return [
            tf.scatter_add(self._counts, ids, counts),
            tf.scatter_add(self._moving, ids, change),
        ]

    def _take_over(self) -> Any:
        """After so many batches, the centres that have moved become those that are measured by."""
        due = self._left <= 0
        moved = tf.nn.l2_normalize(self._moving, 1) if self._cosine else self._moving
        centers = tf.cond(due, lambda: tf.identity(moved), lambda: tf.identity(self._centers))
        counts = tf.cond(
            due, lambda: tf.zeros_like(self._counts), lambda: tf.identity(self._counts)
        )
        left = tf.cond(due, lambda: tf.constant(self._steps - 1, tf.int64), lambda: self._left - 1)
        return tf.group(
            tf.assign(self._centers, centers, validate_shape=False),
            tf.assign(self._counts, counts),
            tf.assign(self._left, left),
        )
