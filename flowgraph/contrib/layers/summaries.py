"""Summaries of tensors and of collections of them (tf.contrib.layers.summarize_...)."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from flowgraph import summary
from flowgraph.core import dtypes
from flowgraph.core.collections import GraphKeys
from flowgraph.core.graph_functions import get_collection
from flowgraph.ops.math.cast import cast
from flowgraph.ops.math.comparison import greater, less
from flowgraph.ops.math.reduction import reduce_mean


def _share(name: str, condition: Any) -> None:
    summary.scalar(name, reduce_mean(cast(condition, dtypes.float32)))


def summarize_activation(op: Any) -> Any:
    """A histogram of a tensor; of a rectifier's also how often it gives zero (or six)."""
    name, inputs = op.op.name, op.op.inputs
    if op.op.type in ("Relu", "Softplus", "Relu6"):
        _share(f"{name}/zeros", less(inputs[0], cast(0.0, inputs[0].dtype)))
    if op.op.type == "Relu6":
        _share(f"{name}/sixes", greater(inputs[0], cast(6.0, inputs[0].dtype)))
    return summary.histogram(f"{name}/activation", op)


def summarize_tensor(tensor: Any, tag: str | None = None) -> Any:
    """A scalar or a histogram of a tensor; None for strings and bools."""
    if tensor.dtype.base_dtype in (dtypes.string, dtypes.bool_):
        return None
    make = summary.scalar if tensor.shape.rank == 0 else summary.histogram
    return make(tag or f"{tensor.op.name}_summary", tensor)


def summarize_tensors(
    tensors: Any, summarizer: Callable[[Any], Any] = summarize_tensor
) -> list[Any]:
    """A summary of each tensor."""
    return [summarizer(tensor) for tensor in tensors]


def summarize_collection(
    collection: str,
    name_filter: str | None = None,
    summarizer: Callable[[Any], Any] = summarize_tensor,
) -> list[Any]:
    """A summary of each tensor of a collection whose name `name_filter` matches."""
    found = [
        tensor for tensor in get_collection(collection)
        if name_filter is None or re.match(name_filter, tensor.op.name)
    ]  # fmt: skip
    return summarize_tensors(found, summarizer)


summarize_variables = partial(summarize_collection, GraphKeys.GLOBAL_VARIABLES)
summarize_weights = partial(summarize_collection, GraphKeys.WEIGHTS)
summarize_biases = partial(summarize_collection, GraphKeys.BIASES)


def summarize_activations(
    name_filter: str | None = None, summarizer: Callable[[Any], Any] = summarize_activation
) -> list[Any]:
    """A summary of each tensor of the collection ACTIVATIONS."""
    return summarize_collection(GraphKeys.ACTIVATIONS, name_filter, summarizer)
