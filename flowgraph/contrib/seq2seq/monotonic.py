"""Attention that only moves forward (Raffel et al. 2017, arXiv:1704.00784)."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

import flowgraph as tf
from flowgraph.contrib.seq2seq.attention import (
    BaseAttentionMechanism,
    bahdanau_score,
    dense,
    luong_scale,
    luong_score,
)


def safe_cumprod(x: Any, *args: Any, **kwargs: Any) -> Any:
    """`cumprod` of numbers in [0, 1] by their logarithms, whose gradient is finite.

    Other arguments are those of `tf.cumsum` (tf.contrib.seq2seq.safe_cumprod).
    """
    with tf.name_scope(None, "SafeCumprod", [x]):
        x = tf.convert_to_tensor(x, name="x")
        tiny = np.finfo(x.dtype.as_numpy_dtype).tiny
        return tf.exp(tf.cumsum(tf.log(tf.clip_by_value(x, tiny, 1)), *args, **kwargs))


def monotonic_attention(p_choose_i: Any, previous_attention: Any, mode: str) -> Any:
    """The alignments of attention that only moves forward.

    Args:
      p_choose_i: how probable it is that attention stops at a step of the memory, [batch, time].
      previous_attention: the alignments before, [batch, time].
      mode: "recursive", exact but slow; "parallel", a closed form; "hard", for probabilities that
        are 0 or 1.

    Raises:
      ValueError: there is no such mode (tf.contrib.seq2seq.monotonic_attention).
    """
    p = tf.convert_to_tensor(p_choose_i, name="p_choose_i")
    previous = tf.convert_to_tensor(previous_attention, name="previous_attention")
    if mode == "recursive":
        batch = p.shape[0].value or tf.shape(p)[0]
        shifted = tf.concat([tf.ones((batch, 1), dtype=p.dtype), 1 - p[:, :-1]], 1)
        passed = tf.scan(
            lambda before, now: tf.reshape(now[0] * before + now[1], (batch,)),
            [tf.transpose(shifted), tf.transpose(previous)],
            tf.zeros((batch,), dtype=p.dtype),
        )
        return p * tf.transpose(passed)
    if mode == "parallel":
        passed = safe_cumprod(1 - p, axis=1, exclusive=True)
        shares = previous / tf.clip_by_value(passed, 1e-10, 1.0)
        return p * passed * tf.cumsum(shares, axis=1)
    if mode == "hard":
        p *= tf.cumsum(previous, axis=1)
        return p * tf.cumprod(1 - p, axis=1, exclusive=True)
    raise ValueError(f"mode must be 'recursive', 'parallel', or 'hard', got {mode!r}.")


def monotonic_probability_fn(
    score: Any, previous_alignments: Any, sigmoid_noise: float, mode: str, seed: int | None = None
) -> Any:
    """The alignments of scores [batch, time].

    `sigmoid_noise` is the deviation of noise added to the scores, which drives them apart in
    training; for the modes see `monotonic_attention`.
    """
    if sigmoid_noise > 0:
        score += sigmoid_noise * tf.random_normal(tf.shape(score), dtype=score.dtype, seed=seed)
    stops = tf.cast(score > 0, score.dtype) if mode == "hard" else tf.sigmoid(score)
    return monotonic_attention(stops, previous_alignments, mode)


class _Monotonic(BaseAttentionMechanism):
    """Attention that begins at the first step of the memory."""

    def initial_alignments(self, batch_size: Any, dtype: Any) -> Any:
        """All at the first step."""
        first = tf.zeros((batch_size,), dtype=tf.int32)
        return tf.one_hot(first, self._alignments_size, dtype=dtype)

    def _biased(self, score: Any) -> Any:
        return score + tf.get_variable(
            "attention_score_bias", dtype=score.dtype, shape=(),
            initializer=tf.constant_initializer(self._score_bias_init),
        )  # fmt: skip


class BahdanauMonotonicAttention(_Monotonic):
    """`BahdanauAttention` that only moves forward.

    Args:
      num_units: the depth in which query and keys are added.
      memory: what is attended to, a tensor [batch, time, depth].
      memory_sequence_length: how many steps each memory has, an int vector [batch]; None: all.
      normalize: whether the weights are normalised.
      score_mask_value: the score of steps that are not there; minus infinity when None.
      sigmoid_noise: the deviation of noise added to the scores.
      sigmoid_noise_seed: its seed.
      score_bias_init: what the scores' bias starts with.
      mode: see `monotonic_attention`.
      dtype: the layers' dtype; float32 when None.
      name: the scope of the new operations (tf.contrib.seq2seq.BahdanauMonotonicAttention).
    """

    def __init__(
        self,
        num_units: int,
        memory: Any,
        memory_sequence_length: Any = None,
        normalize: bool = False,
        score_mask_value: Any = None,
        sigmoid_noise: float = 0.0,
        sigmoid_noise_seed: int | None = None,
        score_bias_init: float = 0.0,
        mode: str = "parallel",
        dtype: Any = None,
        name: str = "BahdanauMonotonicAttention",
    ) -> None:
        probability_fn = functools.partial(
            monotonic_probability_fn, sigmoid_noise=sigmoid_noise, mode=mode,
            seed=sigmoid_noise_seed,
        )  # fmt: skip
        super().__init__(
            dense(num_units, "query_layer", dtype), memory, probability_fn,
            memory_sequence_length, memory_layer=dense(num_units, "memory_layer", dtype),
            score_mask_value=score_mask_value, name=name,
        )  # fmt: skip
        self._num_units, self._normalize, self._name = num_units, normalize, name
        self._score_bias_init = score_bias_init

    def __call__(self, query: Any, state: Any) -> tuple[Any, Any]:
        """The alignments [batch, time] of a query [batch, depth], twice."""
        with tf.variable_scope(None, "bahdanau_monotonic_attention", [query]):
            asked = self.query_layer(query) if self.query_layer else query
            score = self._biased(
                bahdanau_score(asked, self._keys, self._num_units, self._normalize, query.dtype)
            )
        alignments = self._probability_fn(score, state)
        return alignments, alignments


class LuongMonotonicAttention(_Monotonic):
    """`LuongAttention` that only moves forward.

    Args:
      num_units: the depth of the keys, which is that of queries.
      memory: what is attended to, a tensor [batch, time, depth].
      memory_sequence_length: how many steps each memory has, an int vector [batch]; None: all.
      scale: whether scores have a factor that is learnt.
      score_mask_value: the score of steps that are not there; minus infinity when None.
      sigmoid_noise: the deviation of noise added to the scores.
      sigmoid_noise_seed: its seed.
      score_bias_init: what the scores' bias starts with.
      mode: see `monotonic_attention`.
      dtype: the keys' dtype; float32 when None.
      name: the scope of the new operations (tf.contrib.seq2seq.LuongMonotonicAttention).
    """

    def __init__(
        self,
        num_units: int,
        memory: Any,
        memory_sequence_length: Any = None,
        scale: bool = False,
        score_mask_value: Any = None,
        sigmoid_noise: float = 0.0,
        sigmoid_noise_seed: int | None = None,
        score_bias_init: float = 0.0,
        mode: str = "parallel",
        dtype: Any = None,
        name: str = "LuongMonotonicAttention",
    ) -> None:
        probability_fn = functools.partial(
            monotonic_probability_fn, sigmoid_noise=sigmoid_noise, mode=mode,
            seed=sigmoid_noise_seed,
        )  # fmt: skip
        super().__init__(
            None, memory, probability_fn, memory_sequence_length,
            memory_layer=dense(num_units, "memory_layer", dtype),
            score_mask_value=score_mask_value, name=name,
        )  # fmt: skip
        self._num_units, self._scale, self._name = num_units, scale, name
        self._score_bias_init = score_bias_init

    def __call__(self, query: Any, state: Any) -> tuple[Any, Any]:
        """The alignments [batch, time] of a query [batch, depth], twice."""
        with tf.variable_scope(None, "luong_monotonic_attention", [query]):
            scale = luong_scale(self._scale, query.dtype)
            score = self._biased(luong_score(query, self._keys, scale))
        alignments = self._probability_fn(score, state)
        return alignments, alignments
