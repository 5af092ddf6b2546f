"""What is fed to a model: inputs, targets and weights, and inputs made from the first data."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from flowgraph.keras import _ops as tf
from flowgraph.keras import backend as K
from flowgraph.keras.engine import sources
from flowgraph.keras.engine.input_layer import Input
from flowgraph.keras.engine.standardize import (
    check_targets,
    for_outputs,
    is_symbolic,
    standardize,
    weights_of,
)  # fmt: skip
from flowgraph.ops.control import nest


def is_fed(tensor: Any) -> bool:
    """Whether an input is a placeholder."""
    if isinstance(tensor, tf.SparseTensor):
        return tensor.values.op.type == "Placeholder"
    return bool(tensor.op.type == "Placeholder")


def _input_shape(tensor: Any) -> Any:
    return None if isinstance(tensor, tf.SparseTensor) else K.int_shape(tensor)


def inputs_of(model: Any, x: Any) -> list[Any]:
    """The arrays of the inputs, None for those that are not placeholders."""
    fed = [is_fed(t) for t in model.inputs]
    names = [n for n, there in zip(model.input_names, fed, strict=True) if there]
    shapes = [_input_shape(t) for t, there in zip(model.inputs, fed, strict=True) if there]
    if isinstance(x, dict) and isinstance(getattr(model, "_nested_inputs", None), dict):
        x = [x[key] for key in sorted(model._nested_inputs)]
    if not names and x is None:
        found: list[Any] = []
    else:
        found = standardize(x, names, shapes, "input")
    values = iter(found)
    return [next(values) if there else None for there in fed]


def targets_of(
    compiled: Any, y: Any, sample_weight: Any, class_weight: Any, check: bool = True
) -> tuple[list[Any], list[Any]]:
    """(the arrays of the targets, a weight array or None for each output with a loss)."""
    trained, fed = compiled.trained, compiled.fed
    names = [e.name for e in fed]
    shapes = [e.feed_shape if check else None for e in fed]
    targets = standardize(y, names, shapes, "target") if names else []
    if check:
        check_targets(targets, fed)
    outputs = [e.name for e in trained]
    by_output = for_outputs(sample_weight, outputs, "sample_weight")
    classes = for_outputs(class_weight, outputs, "class_weight")
    given = {e.name: t for e, t in zip(fed, targets, strict=True)}
    weights = [
        weights_of(given.get(e.name), w, c, e.mode) if (w is not None or c) else None
        for e, w, c in zip(trained, by_output, classes, strict=True)
    ]
    return targets, weights


def note_weights(model: Any, sample_weight: Any, class_weight: Any) -> bool:
    """Remembers which outputs get weights; whether that is news."""
    names = [e.name for e in model._compiled.trained]
    given = for_outputs(sample_weight, names, "sample_weight")
    classes = for_outputs(class_weight, names, "class_weight")
    weighed = {n for n, w, c in zip(names, given, classes, strict=True) if w is not None or c}
    there = {e.name for e in model._compiled.trained if e.sample_weight is not None}
    model._weigh |= weighed
    return not weighed <= there


def split_validation(model: Any, x: Any, y: Any, sample_weight: Any, share: float) -> Any:
    """(x, y, weights, (x, y, weights) of the last share of the examples).

    Raises:
      ValueError: the data has no known number of examples, or the share is not in (0, 1).
    """
    if not 0 < share < 1:
        raise ValueError(f"validation_split must be between 0 and 1, got {share}")
    flat = nest.flatten(x) if isinstance(x, dict) else x if isinstance(x, (list, tuple)) else [x]
    if sources.is_batched(x) or any(is_symbolic(v) for v in flat):
        if sources.is_batched(x):
            raise ValueError(
                "`validation_split` argument is not supported when input `x` is a dataset, an "
                "iterator or a generator: its number of examples is not known."
            )
        raise ValueError(
            "If your data is in the form of symbolic tensors, you cannot use `validation_split`."
        )
    many = isinstance(x, (list, tuple)) and len(x) > 0 and hasattr(x[0], "shape")
    first = flat[0] if (many or isinstance(x, dict)) else np.asarray(x)
    cut = int(first.shape[0] * (1.0 - share))
    if cut == 0 or cut == first.shape[0]:
        raise ValueError(
            f"Training data contains {first.shape[0]} samples, which is not sufficient to split it "
            f"into a validation and training set as specified by `validation_split={share}`. "
            "Either provide more data, or a different value for the `validation_split` argument."
        )

    def part(data: Any, chosen: slice) -> Any:
        if data is None:
            return None
        if isinstance(data, dict):
            return {k: v[chosen] for k, v in data.items()}
        if isinstance(data, (list, tuple)) and data and hasattr(data[0], "shape"):
            return [v[chosen] for v in data]
        return (np.asarray(data) if isinstance(data, (list, tuple)) else data)[chosen]

    before, after = slice(0, cut), slice(cut, None)
    held = tuple(part(d, after) for d in (x, y, sample_weight))
    return (*(part(d, before) for d in (x, y, sample_weight)), held)


def first_element(data: Any) -> tuple[Any, Any]:
    """(the first batch, or the form of one, and the data from its start)."""
    if sources.is_dataset(data) or sources.is_graph_iterator(data):
        return data.output_shapes, data
    if hasattr(data, "__getitem__"):
        return data[0], data
    first = next(data, None)
    return first, itertools.chain([] if first is None else [first], data)


def static_batch_size(model: Any, batch_size: Any) -> Any:
    """The batch size: that of the first input, if its shape tells; ValueError for another one."""
    shape = _input_shape(model.inputs[0]) if model.inputs else None
    known = shape[0] if shape else None
    if known is None:
        return batch_size
    if batch_size is not None and batch_size != known:
        raise ValueError(
            f"The `batch_size` argument value {batch_size} is incompatible with the specified "
            f"batch size of your Input Layer: {known}"
        )
    return known


def batch_size_of(sequence: Any) -> int:
    """The number of examples in the first batch of a `Sequence`."""
    first = nest.flatten(sources.split(sequence[0])[0])[0]
    return int(np.shape(first)[0])


# --- models without inputs ------------------------------------------------------------------------
def set_inputs(model: Any, x: Any) -> None:
    """Makes the inputs of a model that learns their shapes from its first data."""
    if model._is_sequential and not isinstance(x, dict):
        array = x[0] if isinstance(x, (list, tuple)) and hasattr(x[0], "shape") else x
        array = _as_array(array)
        shape = (None, *(array.shape.as_list() if is_symbolic(array) else array.shape)[1:])
        model._connect(Input(batch_shape=shape, name=model._layers[0].name + "_input"))
        return
    nested = nest.map_structure(_as_array, list(x) if isinstance(x, tuple) else x)
    flat = nest.flatten(nested)
    if not isinstance(x, (list, tuple, dict)) or hasattr(x, "shape"):
        flat, nested = [_as_array(x)], _as_array(x)
    elif isinstance(x, (list, tuple)) and not hasattr(x[0], "shape"):
        flat = [np.asarray(x)]
        nested = flat[0]
    made = [_placeholder(f"input_{i + 1}", array) for i, array in enumerate(flat)]
    model._nested_inputs = (
        nest.pack_sequence_as(nested, made) if nest.is_nested(nested) else made[0]
    )
    model.inputs = made
    names = sorted(nested) if isinstance(nested, dict) else None
    model.input_names = names or [f"input_{i + 1}" for i in range(len(made))]
    arguments = {"training": K.learning_phase()} if "training" in model._call_fn_args else {}
    outputs = model(model._nested_inputs, **arguments)
    model._nested_outputs = outputs
    model.outputs = nest.flatten(outputs)
    model.output_names = [f"output_{i + 1}" for i in range(len(model.outputs))]
    model.built = True
    model._load_waiting_weights()


def _as_array(value: Any) -> Any:
    if is_symbolic(value):
        return value
    return value if hasattr(value, "shape") else np.asarray(value)


def _placeholder(name: str, array: Any) -> Any:
    symbolic = is_symbolic(array)
    sizes = array.shape.as_list() if symbolic else list(array.shape)
    shape = [None, *sizes[1:]] if len(sizes) > 1 else [None, 1]
    dtype = array.dtype.base_dtype if symbolic else array.dtype
    if not symbolic and dtype.kind == "f":
        dtype = K.floatx()
    return K.placeholder(shape=shape, dtype=tf.as_dtype(dtype).name, name=name)


def peek(model: Any, data: Any) -> Any:
    """Makes a model's inputs of the first batch; gives data that starts at it again."""
    if sources.is_dataset(data) or sources.is_graph_iterator(data):
        shapes, types = data.output_shapes, data.output_types
        if isinstance(shapes, tuple):
            shapes, types = shapes[0], types[0]
        given = nest.map_structure(_like, types, shapes)
        set_inputs(model, given)
        return data
    if hasattr(data, "__getitem__"):
        set_inputs(model, sources.split(data[0])[0])
        return data
    first = next(data)
    set_inputs(model, sources.split(first)[0])
    return itertools.chain([first], data)


def _like(dtype: Any, shape: Any) -> Any:
    """An array of this dtype and shape; a size that is not known is 1."""
    sizes = [1 if s is None else s for s in shape.as_list()]
    return np.zeros(sizes, tf.as_dtype(dtype).as_numpy_dtype)
