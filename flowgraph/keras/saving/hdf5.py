"""Keras's HDF5 files, by h5py: layers' weights, a model's configuration, the optimizer's state."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from flowgraph.keras import backend as K

_LIMIT = 64512  # of an attribute of HDF5, in bytes


@contextmanager
def opened(path: Any, mode: str) -> Iterator[Any]:
    """An HDF5 file, opened if need be.

    Raises:
      ImportError: h5py is not installed.
    """
    try:
        import h5py
    except ImportError:
        raise ImportError(
            "`save_model` and `load_model` of HDF5 files require h5py: pip install "
            "'flowgraph[keras]' (or h5py)."
        ) from None
    if isinstance(path, h5py.Group):
        yield path
        return
    with h5py.File(path, mode) as f:
        yield f


def _text(value: Any) -> str:
    return value.decode("utf8") if isinstance(value, bytes) else str(value)


def save_strings(group: Any, name: str, values: list[str]) -> None:
    """Keeps a list of strings, in pieces where it is long."""
    data = np.asarray([v.encode("utf8") for v in values])
    if values and data.itemsize > _LIMIT:
        raise RuntimeError(
            "The following attributes cannot be saved to HDF5 file because they are larger than "
            f"{_LIMIT} bytes: {[v for v in values if len(v) > _LIMIT]}"
        )
    count = 1
    pieces = [data]
    while any(p.nbytes > _LIMIT for p in pieces):
        count += 1
        pieces = np.array_split(data, count)
    for number, piece in enumerate(pieces):
        group.attrs[name if count == 1 else f"{name}{number}"] = piece


def load_strings(group: Any, name: str) -> list[str]:
    """A list that `save_strings` kept."""
    if name in group.attrs:
        return [_text(v) for v in group.attrs[name]]
    found, number = [], 0
    while f"{name}{number}" in group.attrs:
        found += [_text(v) for v in group.attrs[f"{name}{number}"]]
        number += 1
    return found


def _weights(layer: Any) -> list[Any]:
    return layer.trainable_weights + layer.non_trainable_weights  # type: ignore[no-any-return]


def _write(group: Any, names: list[str], values: list[Any]) -> None:
    for name, value in zip(names, values, strict=True):
        group.create_dataset(name, data=np.asarray(value))


def save_weights(f: Any, layers: list[Any]) -> None:
    """Writes layers' variables, each in its layer's group."""
    from flowgraph.keras import __version__

    save_strings(f, "layer_names", [layer.name for layer in layers])
    f.attrs["backend"] = K.backend().encode("utf8")
    f.attrs["keras_version"] = __version__.encode("utf8")
    for layer in layers:
        group, weights = f.create_group(layer.name), _weights(layer)
        names = [w.name for w in weights]
        save_strings(group, "weight_names", names)
        _write(group, names, K.batch_get_value(weights))


def _read(group: Any) -> list[Any]:
    return [np.asarray(group[name]) for name in load_strings(group, "weight_names")]


def load_weights(f: Any, layers: list[Any]) -> None:
    """Sets layers' variables, in the file's order.

    Raises:
      ValueError: the file has other layers or shapes.
    """
    wanted = [layer for layer in layers if _weights(layer)]
    names = [n for n in load_strings(f, "layer_names") if load_strings(f[n], "weight_names")]
    if len(names) != len(wanted):
        raise ValueError(
            f"You are trying to load a weight file containing {len(names)} layers into a model "
            f"with {len(wanted)} layers."
        )
    pairs = []
    for number, (name, layer) in enumerate(zip(names, wanted, strict=True)):
        values, weights = _read(f[name]), _weights(layer)
        if len(values) != len(weights):
            raise ValueError(
                f'Layer #{number} (named "{layer.name}" in the current model) was found to '
                f"correspond to layer {name} in the save file. However the new layer {layer.name} "
                f"expects {len(weights)} weights, but the saved weights have {len(values)} "
                "elements."
            )
        pairs += _fitting(number, layer, weights, values)
    K.batch_set_value(pairs)


def _fitting(number: int, layer: Any, weights: list[Any], values: list[Any]) -> list[Any]:
    for weight, value in zip(weights, values, strict=True):
        if K.int_shape(weight) != value.shape:
            raise ValueError(
                f'Layer #{number} (named "{layer.name}"), weight {weight.name} has shape '
                f"{K.int_shape(weight)}, but the saved weight has shape {value.shape}."
            )
    return list(zip(weights, values, strict=True))


def load_weights_by_name(f: Any, layers: list[Any]) -> None:
    """Sets the variables of the layers that the file names.

    Raises:
      ValueError: such a layer has other shapes.
    """
    pairs = []
    for number, name in enumerate(load_strings(f, "layer_names")):
        values = _read(f[name])
        for layer in (one for one in layers if one.name == name):
            weights = _weights(layer)
            if len(values) != len(weights):
                raise ValueError(
                    f'Layer #{number} (named "{layer.name}") expects {len(weights)} weight(s), but '
                    f"the saved weights have {len(values)} element(s)."
                )
            pairs += _fitting(number, layer, weights, values)
    K.batch_set_value(pairs)


def save_optimizer(f: Any, optimizer: Any) -> None:
    """Writes an optimizer's variables."""
    if optimizer.weights:
        group = f.create_group("optimizer_weights")
        names = [w.name for w in optimizer.weights]
        save_strings(group, "weight_names", names)
        _write(group, names, K.batch_get_value(optimizer.weights))


def load_optimizer(f: Any) -> list[Any]:
    """The values of an optimizer's variables."""
    return _read(f["optimizer_weights"])
