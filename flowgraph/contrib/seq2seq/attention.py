"""Attention mechanisms: how well each step of a memory fits a query.

`BahdanauAttention` adds (arXiv:1409.0473), `LuongAttention` multiplies (arXiv:1508.04025).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

import flowgraph as tf
from flowgraph.layers.base_layer import BaseLayer
from flowgraph.layers.core import Dense
from flowgraph.ops.control import nest
from flowgraph.recurrent import sizes

Probability = Callable[..., Any]


class AttentionMechanism:
    """What `AttentionWrapper` asks: `alignments, state = mechanism(query, state)`."""

    @property
    def alignments_size(self) -> Any:
        """How many steps the memory has."""
        raise NotImplementedError(f"{type(self).__name__} does not define alignments_size")

    @property
    def state_size(self) -> Any:
        """The size of the mechanism's state."""
        raise NotImplementedError(f"{type(self).__name__} does not define state_size")


class BaseAttentionMechanism(AttentionMechanism):
    """A memory, its keys, and what turns scores into alignments.

    Args:
      query_layer: a layer for queries, or None.
      memory: what is attended to, a tensor [batch, time, depth...].
      probability_fn: a function (scores, state before) -> alignments.
      memory_sequence_length: how many steps each memory has, an int vector [batch]; None: all.
      memory_layer: a layer that makes the keys of the memory, or None.
      check_inner_dims_defined: whether the memory's depth has to be known.
      score_mask_value: the score of steps that are not there; minus infinity when None.
      custom_key_value_fn: a function (keys, values) -> (keys, values), or None.
      name: the scope of the new operations.

    Raises:
      TypeError: a layer is not a layer, or the function not callable.
      ValueError: the memory's depth is unknown.
    """

    def __init__(
        self,
        query_layer: Any,
        memory: Any,
        probability_fn: Probability,
        memory_sequence_length: Any = None,
        memory_layer: Any = None,
        check_inner_dims_defined: bool = True,
        score_mask_value: Any = None,
        custom_key_value_fn: Callable[[Any, Any], Any] | None = None,
        name: str | None = None,
    ) -> None:
        for what, layer in (("query_layer", query_layer), ("memory_layer", memory_layer)):
            if layer is not None and not isinstance(layer, BaseLayer):
                raise TypeError(f"{what} is not a Layer: {type(layer).__name__}")
        if not callable(probability_fn):
            raise TypeError(
                f"probability_fn must be callable, saw type: {type(probability_fn).__name__}"
            )
        self._query_layer, self._memory_layer = query_layer, memory_layer
        self.dtype = getattr(memory_layer, "dtype", None) or tf.float32
        self._lengths, self._score_fn = memory_sequence_length, probability_fn
        self._mask_value = -np.inf if score_mask_value is None else score_mask_value
        with tf.name_scope(name, "BaseAttentionMechanismInit", nest.flatten(memory)):
            self._values = _masked_memory(memory, memory_sequence_length, check_inner_dims_defined)
            self._keys = memory_layer(self._values) if memory_layer else self._values
            if custom_key_value_fn is not None:
                self._keys, self._values = custom_key_value_fn(self._keys, self._values)
            shape = self._keys.shape
            self._batch_size = shape[0].value or tf.shape(self._keys)[0]
            self._alignments_size = shape[1].value or tf.shape(self._keys)[1]

    def _probability_fn(self, score: Any, state: Any) -> Any:
        """Alignments of scores; steps that are not there get none."""
        if self._lengths is None:
            return self._score_fn(score, state)
        message = "All values in memory_sequence_length must be greater than zero."
        with tf.control_dependencies([tf.assert_positive(self._lengths, message=message)]):
            there = tf.sequence_mask(self._lengths, maxlen=tf.shape(score)[1])
        absent = tf.cast(self._mask_value, score.dtype) * tf.ones_like(score)
        return self._score_fn(tf.where(there, score, absent), state)

    @property
    def memory_layer(self) -> Any:
        """The layer that makes the keys."""
        return self._memory_layer

    @property
    def query_layer(self) -> Any:
        """The layer for queries."""
        return self._query_layer

    @property
    def values(self) -> Any:
        """The memory, zeros where it is over."""
        return self._values

    @property
    def keys(self) -> Any:
        """What queries are compared with."""
        return self._keys

    @property
    def batch_size(self) -> Any:
        """The memory's batch: an int, or a scalar tensor."""
        return self._batch_size

    @property
    def alignments_size(self) -> Any:
        """How many steps the memory has: an int, or a scalar tensor."""
        return self._alignments_size

    @property
    def state_size(self) -> Any:
        """The same: the state is the alignments before."""
        return self._alignments_size

    def initial_alignments(self, batch_size: Any, dtype: Any) -> Any:
        """The alignments before the first step: zeros."""
        return sizes.zeros(batch_size, self._alignments_size, dtype)

    def initial_state(self, batch_size: Any, dtype: Any) -> Any:
        """The state before the first step: the alignments."""
        return self.initial_alignments(batch_size, dtype)


def _masked_memory(memory: Any, lengths: Any, check_depth: bool) -> Any:
    """The memory as tensors, zeros where it is over."""
    memory = nest.map_structure(lambda m: tf.convert_to_tensor(m, name="memory"), memory)
    for part in nest.flatten(memory):
        if check_depth and not part.shape[2:].is_fully_defined():
            raise ValueError(
                f"Expected memory {part.name} to have fully defined inner dims, but saw shape: "
                f"{part.shape}"
            )
    if lengths is None:
        return memory
    lengths = tf.convert_to_tensor(lengths, name="memory_sequence_length")
    first = nest.flatten(memory)[0]
    mask = tf.sequence_mask(lengths, maxlen=tf.shape(first)[1], dtype=first.dtype)

    def masked(part: Any) -> Any:
        rank = tf.rank(part) if part.shape.rank is None else part.shape.rank
        ones = tf.ones([rank - 2], dtype=tf.int32)
        return part * tf.reshape(mask, tf.concat((tf.shape(mask), ones), 0))

    return nest.map_structure(masked, memory)


def hardmax(logits: Any, name: str | None = None) -> Any:
    """1 where a row of logits is greatest, else 0 (tf.contrib.seq2seq.hardmax)."""
    with tf.name_scope(name, "Hardmax", [logits]):
        logits = tf.convert_to_tensor(logits, name="logits")
        depth = logits.shape[-1].value or tf.shape(logits)[-1]
        return tf.one_hot(tf.argmax(logits, -1), depth, dtype=logits.dtype)


# --- scores ---------------------------------------------------------------------------------------
def luong_score(query: Any, keys: Any, scale: Any) -> Any:
    """Products of a query [batch, depth] with keys [batch, time, depth].

    Raises:
      ValueError: their depths differ.
    """
    depth, units = query.shape[-1], keys.shape[-1]
    if depth.value is None or depth.value != units.value:
        raise ValueError(
            "Incompatible or unknown inner dimensions between query and keys.  "
            f"Query ({query}) has units: {depth}.  Keys ({keys}) have units: {units}.  Perhaps you "
            f"need to set num_units to the keys' dimension ({units})?"
        )
    score = tf.matmul(tf.expand_dims(query, 1), keys, transpose_b=True)
    score = tf.squeeze(score, [1])
    return score if scale is None else scale * score


def luong_scale(scale: bool, dtype: Any) -> Any:
    """The factor of Luong's score, a variable; None without."""
    if not scale:
        return None
    return tf.get_variable("attention_g", dtype=dtype, initializer=tf.ones_initializer(), shape=())


def bahdanau_score(query: Any, keys: Any, units: int, normalize: bool, dtype: Any) -> Any:
    """v * tanh(query + keys), whose v is a variable, with or without weight normalisation.

    Weight normalisation: Salimans and Kingma 2016, arXiv:1602.07868.
    """
    query = tf.expand_dims(query, 1)
    v = tf.get_variable("attention_v", [units], dtype=dtype)
    if not normalize:
        return tf.reduce_sum(v * tf.tanh(keys + query), [2])
    g = tf.get_variable(
        "attention_g", dtype=dtype, shape=(),
        initializer=tf.constant_initializer(math.sqrt(1.0 / units)),
    )  # fmt: skip
    b = tf.get_variable("attention_b", [units], dtype=dtype, initializer=tf.zeros_initializer())
    normed = g * v * tf.rsqrt(tf.reduce_sum(tf.square(v)))
    return tf.reduce_sum(normed * tf.tanh(keys + query + b), [2])


def dense(units: int, name: str, dtype: Any) -> Any:
    """The layer of keys or queries."""
    return Dense(units, name=name, use_bias=False, dtype=dtype or tf.float32)


def _of_score(probability_fn: Any) -> Probability:
    chosen = tf.nn.softmax if probability_fn is None else probability_fn
    if not callable(chosen):
        raise TypeError(f"probability_fn must be callable, saw type: {type(chosen).__name__}")
    return lambda score, _: chosen(score)


class LuongAttention(BaseAttentionMechanism):
    """Attention by products of query and keys (tf.contrib.seq2seq.LuongAttention).

    Args:
      num_units: the depth of the keys, which is that of queries.
      memory: what is attended to, a tensor [batch, time, depth].
      memory_sequence_length: how many steps each memory has, an int vector [batch]; None: all.
      scale: whether scores have a factor that is learnt.
      probability_fn: a function of scores that gives alignments; softmax when None.
      score_mask_value: the score of steps that are not there; minus infinity when None.
      dtype: the keys' dtype; float32 when None.
      custom_key_value_fn: a function (keys, values) -> (keys, values), or None.
      name: the scope of the new operations.
    """

    def __init__(
        self,
        num_units: int,
        memory: Any,
        memory_sequence_length: Any = None,
        scale: bool = False,
        probability_fn: Probability | None = None,
        score_mask_value: Any = None,
        dtype: Any = None,
        custom_key_value_fn: Callable[[Any, Any], Any] | None = None,
        name: str = "LuongAttention",
    ) -> None:
        super().__init__(
            None, memory, _of_score(probability_fn), memory_sequence_length,
            memory_layer=dense(num_units, "memory_layer", dtype),
            score_mask_value=score_mask_value, custom_key_value_fn=custom_key_value_fn, name=name,
        )  # fmt: skip
        self._num_units, self._scale, self._name = num_units, scale, name

    def __call__(self, query: Any, state: Any) -> tuple[Any, Any]:
        """The alignments [batch, time] of a query [batch, depth], twice."""
        with tf.variable_scope(None, "luong_attention", [query]):
            scale = luong_scale(self._scale, query.dtype)
            score = luong_score(query, self._keys, scale)
        alignments = self._probability_fn(score, state)
        return alignments, alignments


class BahdanauAttention(BaseAttentionMechanism):
    """Attention by a sum of query and keys (tf.contrib.seq2seq.BahdanauAttention).

    Args:
      num_units: the depth in which query and keys are added.
      memory: what is attended to, a tensor [batch, time, depth].
      memory_sequence_length: how many steps each memory has, an int vector [batch]; None: all.
      normalize: whether the weights are normalised.
      probability_fn: a function of scores that gives alignments; softmax when None.
      score_mask_value: the score of steps that are not there; minus infinity when None.
      dtype: the layers' dtype; float32 when None.
      custom_key_value_fn: a function (keys, values) -> (keys, values), or None.
      name: the scope of the new operations.
    """

    def __init__(
        self,
        num_units: int,
        memory: Any,
        memory_sequence_length: Any = None,
        normalize: bool = False,
        probability_fn: Probability | None = None,
        score_mask_value: Any = None,
        dtype: Any = None,
        custom_key_value_fn: Callable[[Any, Any], Any] | None = None,
        name: str = "BahdanauAttention",
    ) -> None:
        super().__init__(
            dense(num_units, "query_layer", dtype), memory, _of_score(probability_fn),
            memory_sequence_length, memory_layer=dense(num_units, "memory_layer", dtype),
            score_mask_value=score_mask_value, custom_key_value_fn=custom_key_value_fn, name=name,
        )  # fmt: skip
        self._num_units, self._normalize, self._name = num_units, normalize, name

    def __call__(self, query: Any, state: Any) -> tuple[Any, Any]:
        """The alignments [batch, time] of a query [batch, depth], twice."""
        with tf.variable_scope(None, "bahdanau_attention", [query]):
            asked = self.query_layer(query) if self.query_layer else query
            score = bahdanau_score(asked, self._keys, self._num_units, self._normalize, query.dtype)
        alignments = self._probability_fn(score, state)
        return alignments, alignments
