"""Whole models in files: architecture, weights, and what `compile` was told."""

from __future__ import annotations

import json
import os
from typing import Any

from flowgraph.keras import losses, metrics, optimizers
from flowgraph.keras.engine.network_config import json_default
from flowgraph.keras.saving import hdf5
from flowgraph.keras.utils.generic import CustomObjectScope, serialize_keras_object
from flowgraph.platform import logging


def save_model(
    model: Any, filepath: Any, overwrite: bool = True, include_optimizer: bool = True,
    save_format: Any = None, signatures: Any = None,
) -> None:  # fmt: skip
    """Saves a model as HDF5 (tf.keras.models.save_model).

    Args:
      model: a model of layers.
      filepath: the file.
      overwrite: whether a file of this name is written over.
      include_optimizer: whether what `compile` was told and the optimizer's state are kept.
      save_format: "h5".
      signatures: accepted as None.

    Raises:
      ImportError: h5py is not installed.
      NotImplementedError: the model is a subclass, whose code no file can hold; or the format is
        that of SavedModel, see `tf.saved_model.simple_save`.
      FileExistsError: the file is there and must not be written over.
    """
    if save_format == "tf":
        raise NotImplementedError(
            "save_model: format 'tf' is not written for Keras models. Use an .h5 file, or "
            "`tf.saved_model.simple_save(K.get_session(), ...)` for serving."
        )
    if not getattr(model, "_is_graph_network", False):
        raise NotImplementedError(
            "Saving the model to HDF5 format requires the model to be a Functional model or a "
            "Sequential model. It does not work for subclassed models, because such models are "
            "defined via the body of a Python method, which isn't safely serializable. Consider "
            "saving using `save_weights`."
        )
    path = os.fspath(filepath) if hasattr(filepath, "__fspath__") else filepath
    if isinstance(path, str) and not overwrite and os.path.exists(path):
        raise FileExistsError(f"{path} is there, and overwrite is False")
    with hdf5.opened(path, "w") as f:
        for key, value in _metadata(model, include_optimizer).items():
            f.attrs[key] = value.encode("utf8")
        hdf5.save_weights(f.create_group("model_weights"), model.layers)
        if include_optimizer and isinstance(model.optimizer, optimizers.Optimizer):
            hdf5.save_optimizer(f, model.optimizer)


def _metadata(model: Any, include_optimizer: bool) -> dict[str, str]:
    from flowgraph.keras import __version__

    config = {"class_name": type(model).__name__, "config": model.get_config()}
    found: dict[str, Any] = {"keras_version": __version__, "backend": "tensorflow"}
    found["model_config"] = json.dumps(config, default=json_default)
    if not (include_optimizer and model.optimizer):
        return found
    if isinstance(model.optimizer, optimizers.TFOptimizer):
        logging.warning(
            "TensorFlow optimizers do not make it possible to access optimizer attributes or "
            "optimizer state after instantiation. As a result, we cannot save the optimizer as "
            "part of the model save file. You will have to compile your model again after loading "
            "it. Prefer using a Keras optimizer instead (see keras.io/optimizers)."
        )
        return found
    settings = model._settings
    training = {
        "loss": _plain(settings["loss"]), "metrics": _plain(settings["metrics"]),
        "weighted_metrics": _plain(settings["weighted_metrics"]),
        "sample_weight_mode": settings["sample_weight_mode"],
        "loss_weights": settings["loss_weights"],
        "optimizer_config": serialize_keras_object(model.optimizer),
    }  # fmt: skip
    found["training_config"] = json.dumps(training, default=json_default)
    return found


def _plain(value: Any) -> Any:
    """Losses and metrics as names and configurations."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if value is None or isinstance(value, str):
        return value
    return serialize_keras_object(value)


def load_model(filepath: Any, custom_objects: Any = None, compile: bool = True) -> Any:
    """The model that `save_model` wrote (tf.keras.models.load_model).

    Args:
      filepath: an HDF5 file.
      custom_objects: {name: class or function} of what Keras does not know.
      compile: whether to compile it as it was.

    Raises:
      ImportError: h5py is not installed.
      OSError: there is no such file.
      ValueError: the file holds no model, or a class is unknown.
    """
    from flowgraph.keras.models import model_from_config

    path = os.fspath(filepath) if hasattr(filepath, "__fspath__") else filepath
    if isinstance(path, str) and not os.path.exists(path):
        raise OSError(f"SavedModel file does not exist at: {path}")
    with hdf5.opened(path, "r") as f, CustomObjectScope(custom_objects or {}):
        config = f.attrs.get("model_config")
        if config is None:
            raise ValueError("No model found in config file.")
        model = model_from_config(json.loads(hdf5._text(config)), custom_objects)
        hdf5.load_weights(f["model_weights"], model.layers)
        if compile:
            _compile_as(model, f)
    return model


def _compile_as(model: Any, f: Any) -> None:
    training = f.attrs.get("training_config")
    if training is None:
        logging.warning(
            "No training configuration found in save file: the model was *not* compiled. Compile "
            "it manually."
        )
        return
    told = json.loads(hdf5._text(training))
    model.compile(
        optimizer=optimizers.deserialize(told["optimizer_config"]),
        loss=_objects(told.get("loss"), losses.get), metrics=_objects(told["metrics"], metrics.get),
        weighted_metrics=_objects(told.get("weighted_metrics"), metrics.get),
        loss_weights=told["loss_weights"], sample_weight_mode=told["sample_weight_mode"],
    )  # fmt: skip
    if "optimizer_weights" not in f:
        return
    model._make_train_function()
    try:
        model.optimizer.set_weights(hdf5.load_optimizer(f))
    except ValueError:
        logging.warning(
            "Error in loading the saved optimizer state. As a result, your model is starting with "
            "a freshly initialized optimizer."
        )


def _objects(value: Any, get: Any) -> Any:
    """Names stay; configurations become objects."""
    if isinstance(value, dict):
        if "class_name" in value and "config" in value:
            return get(value)
        return {k: _objects(v, get) for k, v in value.items()}
    return [_objects(v, get) for v in value] if isinstance(value, list) else value
