"""A linear map of several inputs side by side, whose variables `get_variable` makes."""

from __future__ import annotations

from typing import Any

import flowgraph as tf
from flowgraph.ops.control import nest


def _as_inputs(args: Any) -> list[Any]:
    """The inputs as a list of matrices whose depth is known."""
    if args is None or (nest.is_nested(args) and not args):
        raise ValueError("`args` must be specified")
    inputs = list(args) if nest.is_nested(args) else [args]
    shapes = [tensor.shape for tensor in inputs]
    for shape in shapes:
        if shape.rank != 2:
            raise ValueError(f"linear is expecting 2D arguments: {shapes}")
        if shape[1].value is None:
            raise ValueError(f"linear expects shape[1] to be provided for shape {shape}")
    return inputs


class Linear:
    """args * kernel + bias; the variables are made in the scope in force, and kept.

    Args:
      args: an example of the inputs: a matrix, or a list of matrices.
      output_size: the columns of the result.
      build_bias: whether there is a bias.
      bias_initializer: what it starts with, zeros when None.
      kernel_initializer: what the kernel starts with; the scope's when None.

    Raises:
      ValueError: there is no input, or one is not a matrix of known depth.
    """

    def __init__(
        self,
        args: Any,
        output_size: int,
        build_bias: bool,
        bias_initializer: Any = None,
        kernel_initializer: Any = None,
    ) -> None:
        inputs = _as_inputs(args)
        dtype = inputs[0].dtype.base_dtype
        depth = sum(tensor.shape[1].value for tensor in inputs)
        self._biases: Any = None
        with tf.variable_scope(tf.get_variable_scope()) as scope:
            self._weights = tf.get_variable(
                "kernel", [depth, output_size], dtype=dtype, initializer=kernel_initializer
            )
            if build_bias:
                scope.set_partitioner(None)
                if bias_initializer is None:
                    bias_initializer = tf.constant_initializer(0.0, dtype=dtype)
                self._biases = tf.get_variable(
                    "bias", [output_size], dtype=dtype, initializer=bias_initializer
                )

    def __call__(self, args: Any) -> Any:
        """The result [batch, output_size] for inputs like the example."""
        inputs = list(args) if nest.is_nested(args) else [args]
        joined = inputs[0] if len(inputs) == 1 else tf.concat(inputs, 1)
        product = tf.matmul(joined, self._weights)
        return product if self._biases is None else tf.nn.bias_add(product, self._biases)


def linear(
    args: Any,
    output_size: int,
    bias: bool,
    bias_initializer: Any = None,
    kernel_initializer: Any = None,
) -> Any:
    """args * kernel + bias, of variables that `get_variable` finds or makes; see `Linear`."""
    return Linear(args, output_size, bias, bias_initializer, kernel_initializer)(args)


def kept_linear(cell: Any, name: str, args: Any, output_size: int, bias: bool = True) -> Any:
    """The same, of variables that are made at the first call and kept by `cell` under a name."""
    layers = cell.__dict__.setdefault("_kept_linears", {})
    if name not in layers:
        layers[name] = Linear(args, output_size, bias)
    return layers[name](args)
