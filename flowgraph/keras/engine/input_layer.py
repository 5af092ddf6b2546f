"""`InputLayer` and `Input`: where a model's data comes in."""

from __future__ import annotations

from typing import Any

from flowgraph.keras import _ops as tf
from flowgraph.keras.backend import state, variables
from flowgraph.keras.engine.base_layer import Layer

__all__ = ["Input", "InputLayer"]


class InputLayer(Layer):
    """The layer of a placeholder, or of a given tensor (tf.keras.layers.InputLayer).

    Args:
      input_shape: the shape without the batch, or None.
      batch_size: the size of the batch, or None.
      dtype: float32 by default, or that of `input_tensor`.
      input_tensor: the tensor to wrap in place of a new placeholder.
      sparse: whether the placeholder is sparse.
      name: "input_1", ... when None.
      ragged: not supported.
      **kwargs: `batch_input_shape`, the shape with the batch.

    Raises:
      ValueError: there are both kinds of shapes, or unknown arguments.
    """

    def __init__(
        self, input_shape: Any = None, batch_size: Any = None, dtype: Any = None,
        input_tensor: Any = None, sparse: bool = False, name: str | None = None,
        ragged: bool = False, **kwargs: Any,
    ) -> None:  # fmt: skip
        if "batch_input_shape" in kwargs:
            batch_input_shape = kwargs.pop("batch_input_shape")
            if input_shape and batch_input_shape:
                raise ValueError(
                    "Only provide the input_shape OR batch_input_shape argument to InputLayer, not "
                    "both at the same time."
                )
            if batch_input_shape:
                batch_size, input_shape = batch_input_shape[0], tuple(batch_input_shape[1:])
        if not kwargs.get("optional", True):
            del kwargs["optional"]  # later Keras writes it into files
        if kwargs:
            raise ValueError("Unrecognized keyword arguments:", kwargs.keys())
        if ragged:
            raise ValueError(f"Input {name}: ragged inputs are not supported.")
        name = name or f"input_{state.get_uid('input')}"
        if dtype is None:
            dtype = state.floatx() if input_tensor is None else input_tensor.dtype.base_dtype.name
        super().__init__(dtype=dtype, name=name)
        self.built, self.sparse, self.ragged, self.supports_masking = True, sparse, ragged, True
        self.batch_size = batch_size
        if isinstance(input_shape, tf.TensorShape):
            input_shape = tuple(input_shape.as_list())
        elif isinstance(input_shape, int):
            input_shape = (input_shape,)
        self.is_placeholder = input_tensor is None
        if input_tensor is None:
            shape = None if input_shape is None else (batch_size, *input_shape)
            input_tensor = variables.placeholder(
                shape=shape, dtype=dtype, name=self.name, sparse=sparse
            )
            self._batch_input_shape = shape
        else:
            if isinstance(input_tensor, tf.Variable):
                input_tensor = tf.convert_to_tensor(input_tensor)
            self._batch_input_shape = variables.int_shape(input_tensor)
        input_tensor._keras_mask = None
        self._add_inbound_node(input_tensor, input_tensor)

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {
            "batch_input_shape": self._batch_input_shape, "dtype": self.dtype,
            "sparse": self.sparse, "ragged": self.ragged, "name": self.name,
        }  # fmt: skip


def Input(
    shape: Any = None, batch_size: Any = None, name: str | None = None, dtype: Any = None,
    sparse: bool = False, tensor: Any = None, ragged: bool = False, **kwargs: Any,
) -> Any:  # fmt: skip
    """A tensor to build a model from (tf.keras.Input).

    Args:
      shape: the shape without the batch.
      batch_size: the size of the batch, or None.
      name: "input_1", ... when None.
      dtype: float32 by default.
      sparse: whether it is sparse.
      tensor: a tensor to wrap in place of a new placeholder.
      ragged: not supported.
      **kwargs: `batch_shape`, the shape with the batch.

    Raises:
      ValueError: there is no shape and no tensor, or both kinds of shapes.
    """
    batch_shape = kwargs.pop("batch_shape", None)
    if kwargs:
        raise ValueError("Unrecognized keyword arguments:", kwargs.keys())
    if shape is not None and batch_shape is not None:
        raise ValueError(
            "Only provide the shape OR `batch_shape` argument to Input, not both at the same time."
        )
    if batch_shape is None and shape is None and tensor is None:
        raise ValueError(
            "Please provide to Input either a `shape` or a `tensor` argument. Note that `shape` "
            "does not include the batch dimension."
        )
    if batch_shape is not None:
        batch_size, shape = batch_shape[0], tuple(batch_shape[1:])
    layer = InputLayer(shape, batch_size, dtype, tensor, sparse, name, ragged)
    return layer._inbound_nodes[0].output_tensors
