"""`Embedding`: a vector for each whole number."""

from __future__ import annotations

from typing import Any

from flowgraph.keras import _ops as tf
from flowgraph.keras import backend as K
from flowgraph.keras.engine.base_layer import Layer
from flowgraph.keras.utils.generic import to_list
from flowgraph.layers import lookup


class Embedding(Layer):
    """A trained vector for each whole number (tf.keras.layers.Embedding).

    Args:
      input_dim: how many numbers there are: they are below it.
      output_dim: the length of a vector.
      embeddings_initializer, embeddings_regularizer, embeddings_constraint: of the variable.
      activity_regularizer: of the output.
      mask_zero: whether 0 is padding, which is masked.
      input_length: the number of time steps, where it is the same for all examples.
    """

    def __init__(
        self, input_dim: int, output_dim: int, embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None, activity_regularizer: Any = None,
        embeddings_constraint: Any = None, mask_zero: bool = False, input_length: Any = None,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        if "input_shape" not in kwargs:
            kwargs["input_shape"] = (input_length,) if input_length else (None,)
        dtype = kwargs.pop("dtype", K.floatx())
        super().__init__(dtype=dtype, activity_regularizer=activity_regularizer, **kwargs)
        self.input_dim, self.output_dim = input_dim, output_dim
        self.embeddings_initializer = lookup.initializer(embeddings_initializer)
        self.embeddings_regularizer = lookup.regularizer(embeddings_regularizer)
        self.embeddings_constraint = lookup.constraint(embeddings_constraint)
        self.mask_zero = self.supports_masking = mask_zero
        self.input_length = input_length

    def build(self, input_shape: Any) -> None:
        """Makes the vectors."""
        self.embeddings = self.add_weight(
            shape=(self.input_dim, self.output_dim), initializer=self.embeddings_initializer,
            name="embeddings", regularizer=self.embeddings_regularizer,
            constraint=self.embeddings_constraint,
        )  # fmt: skip
        self.built = True

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """False at zeros, when they are padding."""
        return tf.not_equal(inputs, 0) if self.mask_zero else None

    def compute_output_shape(self, input_shape: Any) -> Any:
        """With the vectors' axis."""
        sizes = tf.TensorShape(input_shape).as_list()
        if self.input_length is None:
            return tf.TensorShape([*sizes, self.output_dim])
        lengths = to_list(self.input_length)
        if len(lengths) != len(sizes) - 1:
            raise ValueError(
                f'"input_length" is {self.input_length}, but received input has shape {sizes}'
            )
        for i, (own, given) in enumerate(zip(lengths, sizes[1:], strict=True)):
            if own is not None and given is not None and own != given:
                raise ValueError(
                    f'"input_length" is {self.input_length}, but received input has shape {sizes}'
                )
            lengths[i] = given if own is None else own
        return tf.TensorShape([sizes[0], *lengths, self.output_dim])

    def call(self, inputs: Any) -> Any:
        """The vectors."""
        if inputs.dtype.base_dtype not in (tf.int32, tf.int64):
            inputs = tf.cast(inputs, tf.int32)
        return tf.nn.embedding_lookup(self.embeddings, inputs)

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {
            **super().get_config(), "input_dim": self.input_dim, "output_dim": self.output_dim,
            "embeddings_initializer": lookup.serialized(self.embeddings_initializer),
            "embeddings_regularizer": lookup.serialized(self.embeddings_regularizer),
            "activity_regularizer": lookup.serialized(self.activity_regularizer),
            "embeddings_constraint": lookup.serialized(self.embeddings_constraint),
            "mask_zero": self.mask_zero, "input_length": self.input_length,
        }  # fmt: skip
