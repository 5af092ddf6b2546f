"""Attention of queries to values."""

from __future__ import annotations

from typing import Any

from flowgraph.keras import _ops as tf
from flowgraph.keras.engine.base_layer import Layer


class _Attention(Layer):
    def __init__(self, causal: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.causal, self.supports_masking = causal, True

    def _scores(self, query: Any, key: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} does not define _scores")

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """[query, value] or [query, value, key] -> for each query the mean of the values.

        `mask` is a list of the masks of query and value.
        """
        self._check(inputs, mask)
        query, value = inputs[0], inputs[1]
        key = inputs[2] if len(inputs) > 2 else value
        scores = self._scores(query, key)
        allowed = None
        if mask is not None and mask[1] is not None:
            allowed = tf.expand_dims(mask[1], -2)
        if self.causal:
            shape = tf.shape(scores)
            lower = tf.matrix_band_part(tf.ones(tf.concat([[1], shape[-2:]], 0)), -1, 0)
            lower = tf.cast(lower, tf.bool)
            allowed = lower if allowed is None else tf.logical_and(allowed, lower)
        if allowed is not None:
            scores = scores - 1e9 * tf.cast(tf.logical_not(allowed), scores.dtype)
        result = tf.matmul(tf.nn.softmax(scores), value)
        if mask is not None and mask[0] is not None:
            result = result * tf.cast(tf.expand_dims(mask[0], -1), result.dtype)
        return result

    def _check(self, inputs: Any, mask: Any) -> None:
        name = type(self).__name__
        if not isinstance(inputs, list):
            raise ValueError(
                f"{name} layer must be called on a list of inputs, namely [query, value] or [query,"
                " value, key]."
            )
        if not 2 <= len(inputs) <= 3:
            raise ValueError(
                f"{name} layer accepts inputs list of length 2 or 3, namely [query, value] or "
                f"[query, value, key]. Given length: {len(inputs)}"
            )
        if mask is not None and (not isinstance(mask, list) or not 2 <= len(mask) <= 3):
            raise ValueError(f"{name} layer mask must be a list, namely [query_mask, value_mask].")

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The query's mask."""
        if not mask or mask[0] is None:
            return None
        return tf.convert_to_tensor(mask[0])

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {**super().get_config(), "causal": self.causal}


class Attention(_Attention):
    """Luong's attention: the scores are products of query and key (arXiv:1508.04025)."""

    def __init__(self, use_scale: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.use_scale = use_scale

    def build(self, input_shape: Any) -> None:
        """Makes the scale."""
        self.scale = None
        if self.use_scale:
            self.scale = self.add_weight(name="scale", shape=(), initializer="ones", trainable=True)
        self.built = True

    def _scores(self, query: Any, key: Any) -> Any:
        scores = tf.matmul(query, key, transpose_b=True)
        return scores if self.scale is None else scores * self.scale

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {**super().get_config(), "use_scale": self.use_scale}


class AdditiveAttention(_Attention):
    """Bahdanau's attention: the scores are sums of tanh(query + key) (arXiv:1409.0473)."""

    def __init__(self, use_scale: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.use_scale = use_scale

    def build(self, input_shape: Any) -> None:
        """Makes the scale."""
        size = tf.TensorShape(input_shape[1]).as_list()[-1]
        self.scale = None
        if self.use_scale:
            self.scale = self.add_weight(
                name="scale", shape=[size], initializer="glorot_uniform", trainable=True
            )
        self.built = True

    def _scores(self, query: Any, key: Any) -> Any:
        joined = tf.tanh(tf.expand_dims(query, -2) + tf.expand_dims(key, -3))
        return tf.reduce_sum(joined if self.scale is None else self.scale * joined, axis=-1)

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {**super().get_config(), "use_scale": self.use_scale}
