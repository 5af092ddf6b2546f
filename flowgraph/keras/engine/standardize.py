"""A user's data as lists of arrays that fit a model's inputs, targets and weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.keras import _ops as tf
from flowgraph.keras import losses as keras_losses
from flowgraph.layers.base_layer import BaseLayer  # noqa: F401 - layers come first


def is_symbolic(value: Any) -> bool:
    """Whether a value is computed in the graph."""
    return isinstance(value, (tf.Tensor, tf.Variable, tf.SparseTensor))


def _array(value: Any) -> Any:
    if value is None or is_symbolic(value) or hasattr(value, "tocoo"):
        return value
    if hasattr(value, "iloc"):  # a frame of pandas
        value = value.values
    if isinstance(value, (list, tuple)) or np.isscalar(value):
        value = np.asarray(value)
    return value


def _listed(data: Any, names: list[str], what: str) -> list[Any]:
    """Data as a list, one for each name."""
    if isinstance(data, dict):
        missing = [name for name in names if name not in data]
        if missing:
            raise ValueError(
                f'No data provided for "{missing[0]}". Need data for each key in: {names}'
            )
        return [data[name] for name in names]
    if isinstance(data, (list, tuple)):
        data = list(data)
        if len(names) == 1 and data and not hasattr(data[0], "shape"):
            return [np.asarray(data)]
        if len(names) == 1 and len(data) != 1 and data and np.ndim(data[0]) == 0:
            return [np.asarray(data)]
        return data
    return [data]


def standardize(data: Any, names: list[str], shapes: list[Any] | None, what: str) -> list[Any]:
    """A list of arrays, one for each name, each of a shape that fits.

    Args:
      data: an array, a list of them, or a dict by name.
      names: what they belong to.
      shapes: for each, a tuple with None for any size, or None for any shape.
      what: "input" or "target", for messages.

    Raises:
      ValueError: there are too many or too few arrays, or one has another shape.
    """
    if not names:
        empty = data is None or (hasattr(data, "__len__") and len(data) == 0)
        if not empty:
            raise ValueError(f"Error when checking model {what}: expected no data, but got: {data}")
        return []
    if data is None:
        return [None] * len(names)
    listed = [_array(item) for item in _listed(data, names, what)]
    if len(listed) != len(names):
        if listed and hasattr(listed[0], "shape") and len(listed) > 1:
            raise ValueError(
                f"Error when checking model {what}: the list of Numpy arrays that you are passing "
                f"to your model is not the size the model expected. Expected to see {len(names)} "
                f"array(s), but instead got the following list of {len(listed)} arrays: "
                f"{str(listed)[:200]}..."
            )
        raise ValueError(
            f"Error when checking model {what}: expected {len(names)} array(s), got {len(listed)}."
        )
    shapes = shapes or [None] * len(names)
    return [
        _fitted(value, name, shape, what)
        for value, name, shape in zip(listed, names, shapes, strict=True)
    ]


def _fitted(value: Any, name: str, shape: Any, what: str) -> Any:
    if value is None or not hasattr(value, "shape"):
        return value
    symbolic = is_symbolic(value)
    ndim = value.shape.ndims if symbolic else len(value.shape)
    if ndim == 1 and (shape is None or len(shape) != 1):
        value = tf.expand_dims(value, 1) if symbolic else np.expand_dims(value, 1)
        ndim = 2
    if shape is None or ndim is None:
        return value
    if ndim == len(shape) - 1 and shape[-1] == 1:  # class numbers without their last axis
        value = tf.expand_dims(value, -1) if symbolic else np.expand_dims(value, -1)
    got = tuple(value.shape.as_list()) if symbolic else tuple(value.shape)
    if len(got) != len(shape):
        raise ValueError(
            f"Error when checking {what}: expected {name} to have {len(shape)} dimensions, but got "
            f"array with shape {got}"
        )
    for size, wanted in zip(got[1:], shape[1:], strict=True):
        if wanted is not None and size is not None and size != wanted:
            raise ValueError(
                f"Error when checking {what}: expected {name} to have shape {tuple(shape[1:])} but "
                f"got array with shape {got[1:]}"
            )
    return value


def check_lengths(inputs: list[Any], targets: list[Any], weights: list[Any]) -> None:
    """ValueError unless all arrays have one number of examples."""

    def sizes(arrays: list[Any]) -> set[int]:
        return {
            int(a.shape[0]) for a in arrays if a is not None and not is_symbolic(a) and len(a.shape)
        }

    x, y, w = sizes(inputs), sizes(targets), sizes(weights)
    for found, what in ((x, "Input"), (y, "Target")):
        if len(found) > 1:
            raise ValueError(
                f"All {what.lower()} arrays (x) should have the same number of samples. Got array "
                f"shapes: {[a.shape for a in (inputs if what == 'Input' else targets)]}"
            )
    if x and y and x != y:
        raise ValueError(
            "Input arrays should have the same number of samples as target arrays. Found "
            f"{min(x)} input samples and {min(y)} target samples."
        )
    if w and y and w != y:
        raise ValueError(
            "Sample_weight arrays should have the same number of samples as target arrays. Found "
            f"{min(w)} input samples and {min(y)} target samples."
        )


def check_targets(targets: list[Any], endpoints: list[Any]) -> None:
    """ValueError where a known loss gets targets of a shape that it cannot take."""
    for y, endpoint in zip(targets, endpoints, strict=True):
        loss, shape = endpoint.loss_fn, endpoint.output_shape
        if y is None or loss is None or is_symbolic(y) or shape is None:
            continue
        if keras_losses.is_categorical_crossentropy(loss) and y.shape[-1] == 1:
            raise ValueError(
                f"You are passing a target array of shape {y.shape} while using as loss "
                "`categorical_crossentropy`. `categorical_crossentropy` expects targets to be "
                "binary matrices (1s and 0s) of shape (samples, classes). If your targets are "
                "integer classes, you can convert them to the expected format via:\n"
                "```\nfrom keras.utils import to_categorical\n"
                "y_binary = to_categorical(y_int)\n```\n\n"
                "Alternatively, you can use the loss function `sparse_categorical_crossentropy` "
                "instead, which does expect integer targets."
            )
        name = getattr(getattr(loss, "fn", loss), "__name__", "")
        if name in ("mean_squared_error", "binary_crossentropy", "categorical_crossentropy"):
            for got, wanted in zip(y.shape[1:], shape[1:], strict=False):
                if wanted is not None and got != wanted:
                    raise ValueError(
                        f"A target array with shape {y.shape} was passed for an output of shape "
                        f"{shape} while using as loss `{name}`. This loss expects targets to have "
                        "the same shape as the output."
                    )


def weights_of(y: Any, sample_weight: Any, class_weight: Any, mode: Any = None) -> Any:
    """One weight for each example (or time step), from `sample_weight` and `class_weight`.

    Raises:
      ValueError: a weight's shape does not fit, or a class has no weight.
    """
    if mode == "temporal" and class_weight:
        raise ValueError("`class_weight` not supported for 3+ dimensional targets.")
    if sample_weight is not None and not is_symbolic(sample_weight):
        sample_weight = np.asarray(sample_weight)
        if mode == "temporal" and sample_weight.ndim == 1:
            raise ValueError(
                f"Found a sample_weight array with shape {sample_weight.shape}. In order to use "
                "timestep-wise sample weighting, you should pass a 2D sample_weight array."
            )
        if mode is None and sample_weight.ndim != 1 and sample_weight.shape[1:] != (1,):
            raise ValueError(
                f"Found a sample_weight array with shape {sample_weight.shape}. In order to use "
                'timestep-wise sample weights, you should specify sample_weight_mode="temporal" in '
                "compile(). If you just mean to use sample-wise weights, make sure your "
                "sample_weight array is 1D."
            )
    if not class_weight:
        return sample_weight
    if y.ndim > 2:
        raise ValueError("`class_weight` not supported for 3+ dimensional targets.")
    if y.ndim == 2:
        classes = np.argmax(y, axis=1) if y.shape[1] > 1 else y.reshape(y.shape[0])
    else:
        classes = y
    unknown = set(np.unique(classes).tolist()) - set(class_weight)
    if unknown:
        raise ValueError(
            "`class_weight` must contain all classes in the data. The classes "
            f"{unknown} exist in the data but not in `class_weight`."
        )
    by_class = np.array([class_weight[c] for c in classes.tolist()], dtype=np.float64)
    return by_class if sample_weight is None else by_class * sample_weight


def for_outputs(value: Any, names: list[str], what: str) -> list[Any]:
    """What is given for each output: by name, in a list, or the same for the only output."""
    if value is None or (hasattr(value, "__len__") and len(value) == 0):
        return [None] * len(names)
    if len(names) == 1:
        if isinstance(value, (list, tuple)) and len(value) == 1:
            return [value[0]]
        if isinstance(value, dict) and names[0] in value:
            return [value[names[0]]]
        return [value]
    if isinstance(value, (list, tuple)):
        if len(value) != len(names):
            raise ValueError(
                f"Provided `{what}` was a list of {len(value)} elements, but the model has "
                f"{len(names)} outputs. You should provide one `{what}` array per model output."
            )
        return list(value)
    if isinstance(value, dict):
        unknown = set(value) - set(names)
        if unknown and what == "class_weight" and not any(isinstance(k, str) for k in unknown):
            return [value] * len(names)
        return [value.get(name) for name in names]
    raise TypeError(
        f"The model has multiple outputs, so `{what}` should be either a list or a dict. Provided "
        f"`{what}` type not understood: {value}"
    )
