"""What the layers of tf.contrib.layers share: collections, aliases, shapes, variable getters."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from flowgraph.contrib.framework.variables import model_variable
from flowgraph.core import static
from flowgraph.core.graph import get_default_graph
from flowgraph.core.graph_functions import add_to_collections, get_collection
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.control.cond import cond
from flowgraph.variables.partition import PartitionedVariable
from flowgraph.variables.variable import Variable

_IMAGES = ("NHWC", "NCHW")


# --- collections of outputs -----------------------------------------------------------------------
def collect_named_outputs(collections: Any, alias: str, outputs: Any) -> Any:
    """Adds outputs to collections, under an alias; gives the outputs."""
    if collections:
        append_tensor_alias(outputs, alias)
        add_to_collections(collections, outputs)
    return outputs


def append_tensor_alias(tensor: Any, alias: str) -> Any:
    """Gives a tensor one more alias, by which `convert_collection_to_dict` calls it."""
    alias = alias.removesuffix("/")
    if hasattr(tensor, "aliases"):
        tensor.aliases.append(alias)
    else:
        tensor.aliases = [alias]
    return tensor


def get_tensor_aliases(tensor: Any) -> list[str]:
    """The aliases of a tensor; its name when it has none."""
    if hasattr(tensor, "aliases"):
        return tensor.aliases  # type: ignore[no-any-return]
    return [tensor.op.name if tensor.name.endswith(":0") else tensor.name]


def gather_tensors_aliases(tensors: Any) -> list[str]:
    """The aliases of several tensors."""
    return [alias for tensor in tensors for alias in get_tensor_aliases(tensor)]


def convert_collection_to_dict(collection: str, clear_collection: bool = False) -> dict[str, Any]:
    """A collection as a dict from aliases to tensors; `clear_collection` empties it."""
    output = OrderedDict(
        (alias, tensor)
        for tensor in get_collection(collection)
        for alias in get_tensor_aliases(tensor)
    )
    if clear_collection:
        get_default_graph().clear_collection(collection)
    return output


# --- conditions -----------------------------------------------------------------------------------
def constant_value(value_or_tensor_or_var: Any, dtype: Any = None) -> Any:
    """The value, if it is known before the graph runs, or None.

    Raises:
      ValueError: it is None or, with `dtype`, a tensor of another dtype.
    """
    value = value_or_tensor_or_var
    if value is None:
        raise ValueError("value_or_tensor_or_var cannot be None")
    if not isinstance(value, Tensor | Variable):
        return value
    if dtype and value.dtype != dtype:
        raise ValueError(f"It has the wrong type {value.dtype} instead of {dtype}")
    return static.constant_value(value) if isinstance(value, Tensor) else None


def static_cond(pred: Any, fn1: Callable[[], Any], fn2: Callable[[], Any]) -> Any:
    """`fn1()` or `fn2()`, by a Python value."""
    for name, function in (("fn1", fn1), ("fn2", fn2)):
        if not callable(function):
            raise TypeError(f"{name} must be callable.")
    return fn1() if pred else fn2()


def smart_cond(
    pred: Any, fn1: Callable[[], Any], fn2: Callable[[], Any], name: str | None = None
) -> Any:
    """`fn1()` or `fn2()`; a `cond` only where `pred` is not known beforehand."""
    known = constant_value(pred)
    return cond(pred, fn1, fn2, name=name) if known is None else static_cond(known, fn1, fn2)


# --- variables ------------------------------------------------------------------------------------
def get_variable_collections(variables_collections: Any, name: str) -> Any:
    """The collections of a variable: its own of a dict, or those of all."""
    if isinstance(variables_collections, dict):
        return variables_collections.get(name)
    return variables_collections


def model_variable_getter(
    rename: dict[str, str] | None = None,
) -> Callable[..., Any]:
    """A custom getter that makes model variables; `rename` maps the last parts of their names."""

    def getter(getter: Any, name: str, **asked: Any) -> Any:
        *scope, last = name.split("/")
        name = "/".join([*scope, (rename or {}).get(last, last)])
        taken = (
            "shape", "dtype", "initializer", "regularizer", "collections", "trainable",
            "caching_device", "partitioner", "use_resource", "synchronization", "aggregation",
        )  # fmt: skip
        return model_variable(name, custom_getter=getter, **{key: asked[key] for key in taken})

    return getter


def add_variable_to_collections(variable: Any, collections_set: Any, name: str) -> None:
    """Adds a variable, or its pieces, to the collections that are asked for."""
    pieces = list(variable) if isinstance(variable, PartitionedVariable) else [variable]
    for collection in get_variable_collections(collections_set, name) or []:
        kept = get_default_graph().get_collection_ref(collection)
        for piece in pieces:
            if all(piece is not known for known in kept):
                kept.append(piece)


# --- shapes and numbers ---------------------------------------------------------------------------
def _dimension(shape: TensorShape, axis: int, min_rank: int) -> int:
    if shape.rank is None:
        raise ValueError("dims of shape must be known but is None")
    if shape.rank < min_rank:
        raise ValueError(f"rank of shape must be at least {min_rank} not: {shape.rank}")
    size: int | None = shape.as_list()[axis]
    if size is None:
        raise ValueError(f"dimension {axis} of shape must be known but is None: {shape}")
    return size


def channel_dimension(shape: TensorShape, data_format: str, min_rank: int = 1) -> int:
    """How many channels a shape has, by "channels_first" or "channels_last".

    Raises:
      ValueError: the number or the rank is not known, or the rank is below `min_rank`.
    """
    return _dimension(shape, 1 if data_format == "channels_first" else -1, min_rank)


def last_dimension(shape: TensorShape, min_rank: int = 1) -> int:
    """The last size of a shape; errors as `channel_dimension`."""
    return _dimension(shape, -1, min_rank)


def two_element_tuple(int_or_tuple: Any) -> tuple[Any, Any]:
    """Two integers, of one or two; ValueError for anything else."""
    if isinstance(int_or_tuple, (list, tuple)):
        if len(int_or_tuple) != 2:
            raise ValueError(f"Must be a list with 2 elements: {int_or_tuple}")
        return int(int_or_tuple[0]), int(int_or_tuple[1])
    if isinstance(int_or_tuple, int):
        return int_or_tuple, int_or_tuple
    if isinstance(int_or_tuple, TensorShape) and len(int_or_tuple) == 2:
        return int_or_tuple[0], int_or_tuple[1]
    raise ValueError("Must be an int, a list with 2 elements or a TensorShape of length 2")


def n_positive_integers(n: int, value: Any) -> tuple[int, ...]:
    """`n` positive integers, of one or of `n`; ValueError for anything else."""
    if int(n) != n or n < 1:
        raise ValueError("n must be a positive integer")
    wrong = f"Expected sequence of {n} positive integers, but received {value!r}"
    try:
        values: tuple[int, ...] = (int(value),) * int(n)
    except (TypeError, ValueError):
        if len(value) != n:
            raise ValueError(wrong) from None
        try:
            values = tuple(int(x) for x in value)
        except (TypeError, ValueError):
            raise ValueError(wrong) from None
    for x in values:
        if x < 1:
            raise ValueError(f"expected positive integer, but received {x}")
    return values


def keras_format(data_format: str | None, known: tuple[str, ...] = _IMAGES) -> str:
    """ "channels_first" or "channels_last"; ValueError unless the format is one of `known`."""
    if data_format not in known:
        raise ValueError(f"data_format has to be either {known[1]} or {known[0]}.")
    return "channels_first" if data_format.startswith("NC") else "channels_last"


def normalized_and_activated(
    outputs: Any, normalizer_fn: Any, normalizer_params: Any, activation_fn: Any
) -> Any:
    """What comes after a linear layer, where it is asked for."""
    if normalizer_fn is not None:
        outputs = normalizer_fn(outputs, **(normalizer_params or {}))
    return outputs if activation_fn is None else activation_fn(outputs)
