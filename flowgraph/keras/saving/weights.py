"""Weights in files: TF checkpoints by a layer's place, or HDF5 by its name."""

from __future__ import annotations

import os
from typing import Any

from flowgraph.core import errors
from flowgraph.keras import backend as K
from flowgraph.keras.saving import hdf5
from flowgraph.train import checkpoint_management, checkpoint_reader, saver


def is_hdf5_path(path: str) -> bool:
    """Whether a file's name says that it is HDF5."""
    return path.endswith((".h5", ".keras", ".hdf5"))


def save_weights(model: Any, filepath: Any, overwrite: bool, save_format: Any) -> None:
    """Saves a model's variables.

    Args:
      model: a model that is built.
      filepath: the file, or the prefix of a checkpoint's files.
      overwrite: whether a file of this name is written over.
      save_format: "h5" or "tf"; by the name's end when None.

    Raises:
      ValueError: the format is another one, or the variables are not there yet.
      FileExistsError: the file is there and must not be written over.
    """
    path = os.fspath(filepath)
    kind = (save_format or ("h5" if is_hdf5_path(path) else "tf")).lower().strip()
    if kind not in ("tf", "tensorflow", "h5", "hdf5", "keras"):
        raise ValueError(f"Unknown format `{save_format}`. Was expecting one of {{'tf', 'h5'}}.")
    if kind in ("tf", "tensorflow") and is_hdf5_path(path):
        raise ValueError(
            f'save_weights got save_format="tf"/"tensorflow", but the filepath ("{path}") looks '
            'like an HDF5 file. Omit the ".h5"/".keras" when saving in TensorFlow format.'
        )
    if not model.weights:
        raise ValueError(f"Model {model.name} has no weights to save: is it built?")
    target = path if kind not in ("tf", "tensorflow") else path + ".index"
    if not overwrite and os.path.exists(target):
        raise FileExistsError(f"{target} is there, and overwrite is False")
    if kind not in ("tf", "tensorflow"):
        with hdf5.opened(path, "w") as f:
            hdf5.save_weights(f, model.layers)
        return
    folder = os.path.dirname(path)
    if folder:
        os.makedirs(folder, exist_ok=True)
    session = K.get_session()
    with session.graph.as_default():
        _saver(model, _by_place(model)).save(session, path, write_meta_graph=False,
                                             write_state=False)  # fmt: skip
    checkpoint_management.update_checkpoint_state(folder or ".", os.path.abspath(path))


def _saver(model: Any, variables: dict[str, Any]) -> Any:
    """One saver for each set of names, so that the graph does not grow with each file."""
    key = tuple((name, id(v)) for name, v in variables.items())
    kept = model.__dict__.setdefault("_savers", {})
    if key not in kept:
        kept[key] = saver.Saver(variables, max_to_keep=None)
    return kept[key]


def _by_place(model: Any) -> dict[str, Any]:
    """{name by the layer's place and the variable's own name: variable}."""
    found: dict[str, Any] = {}
    seen: set[int] = set()
    count = 0
    for layer in model.layers:
        weights = [w for w in layer.weights if id(w) not in seen]
        if not weights:
            continue
        for weight in weights:
            seen.add(id(weight))
            own = weight.op.name.rsplit("/", 1)[-1]
            name, number = f"layer_with_weights-{count}/{own}", 1
            while name in found:
                name, number = f"layer_with_weights-{count}/{own}_{number}", number + 1
            found[name] = weight
        count += 1
    rest = [w for w in model.weights if id(w) not in seen]
    found.update({f"own/{i}": w for i, w in enumerate(rest)})
    return found


class _LoadStatus:
    """What `load_weights` gives for a checkpoint; its assertions hold already."""

    def assert_consumed(self) -> _LoadStatus:
        """Itself: all variables were found."""
        return self

    assert_existing_objects_matched = assert_nontrivial_match = expect_partial = assert_consumed

    def initialize_or_restore(self, session: Any = None) -> None:
        """Nothing: the variables are set."""

    run_restore_ops = initialize_or_restore


def load_weights(model: Any, filepath: Any, by_name: bool = False) -> Any:
    """Sets a model's variables from a file.

    Args:
      model: a model; one that is not built yet gets its values when it is.
      filepath: an HDF5 file, or a checkpoint's prefix.
      by_name: HDF5 only: whether layers are found by their names, not by their order.

    Raises:
      tf.errors.NotFoundError, OSError: there is no such file.
      ValueError: the file holds other layers or shapes.
    """
    path = os.fspath(filepath)
    if not is_hdf5_path(path) and checkpoint_management.checkpoint_exists(path):
        if by_name:
            raise NotImplementedError(
                "Weights may only be loaded based on topology into Models when loading "
                "TensorFlow-formatted weights (got by_name=True to load_weights)."
            )
        if not model.weights:
            model._weights_to_load = path
        else:
            _restore(model, path)
        return _LoadStatus()
    if not os.path.exists(path):
        if is_hdf5_path(path):
            raise OSError(f"Unable to open file: {path} does not exist")
        raise errors.NotFoundError(
            None, None, f"Unsuccessful TensorSliceReader constructor: Failed to find any matching "
            f"files for {path}"
        )  # fmt: skip
    if not model.weights:
        raise ValueError(
            "Unable to load weights saved in HDF5 format into a subclassed Model which has not "
            "created its variables yet. Call the Model first, then load the weights."
        )
    with hdf5.opened(path, "r") as f:
        group = f["model_weights"] if "layer_names" not in f.attrs and "model_weights" in f else f
        if by_name:
            hdf5.load_weights_by_name(group, model.layers)
        else:
            hdf5.load_weights(group, model.layers)
    return None


def _restore(model: Any, path: str) -> None:
    there = set(checkpoint_reader.NewCheckpointReader(path).get_variable_to_shape_map())
    places = _by_place(model)
    if not places.keys() <= there:  # what tf.train.Saver wrote, under the variables' names
        names = {w.op.name: w for w in model.weights}
        places = names if names.keys() <= there else places
    session = K.get_session()
    with session.graph.as_default():
        _saver(model, places).restore(session, path)
