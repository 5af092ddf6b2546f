"""A model's graph for serving, with what it takes to make the model again."""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np

from flowgraph.core.graph import Graph
from flowgraph.keras import backend as K
from flowgraph.keras import models
from flowgraph.platform import file_io
from flowgraph.runtime.session import Session
from flowgraph.saved_model.builder import simple_save
from flowgraph.train import checkpoint_reader

_LAYERS = "saved_model.json"  # TF's own file
_WEIGHTS = "keras_weights.json"  # the names of the weights, in the model's order


def export_saved_model(
    model: Any, saved_model_path: Any, custom_objects: Any = None, as_text: bool = False,
    input_signature: Any = None, serving_only: bool = False,
) -> None:  # fmt: skip
    """Writes a model of layers as a SavedModel (tf.keras.experimental.export_saved_model).

    It holds the graph that predicts, under "serve", and the layers' configuration.

    Args:
      model: the model, with its weights.
      saved_model_path: a directory that is empty, or is not there yet.
      custom_objects: {name: class or function} that the layers need.
      as_text, input_signature, serving_only: accepted.

    Raises:
      ValueError: the model is no graph of layers.
    """
    if not model._is_graph_network:
        raise ValueError(
            f"export_saved_model: {model.name} is no graph of layers with known inputs; give its "
            "first layer an input_shape, or write the graph with tf.saved_model.simple_save."
        )
    values, path = model.get_weights(), os.fspath(saved_model_path)
    phase = K.learning_phase_scope(0)
    with Graph().as_default() as graph, Session(graph=graph) as session, phase:
        clone = type(model).from_config(model.get_config(), custom_objects)
        clone.set_weights(values)
        simple_save(
            session,
            path,
            dict(zip(clone.input_names, clone.inputs, strict=True)),
            dict(zip(clone.output_names, clone.outputs, strict=True)),
        )
        names = [weight.op.name for weight in clone.weights]
    folder = os.path.join(path, "assets")
    file_io.recursive_create_dir(folder)
    file_io.write_string_to_file(os.path.join(folder, _LAYERS), model.to_json())
    file_io.write_string_to_file(os.path.join(folder, _WEIGHTS), json.dumps(names))


def load_from_saved_model(saved_model_path: Any, custom_objects: Any = None) -> Any:
    """The model that `export_saved_model` wrote, not compiled.

    Args:
      saved_model_path: the directory.
      custom_objects: {name: class or function} that the layers need.

    Raises:
      NotFoundError: the directory has no model of Keras.
    """
    folder = os.path.join(os.fspath(saved_model_path), "assets")
    text = file_io.read_file_to_string(os.path.join(folder, _LAYERS))
    names = json.loads(file_io.read_file_to_string(os.path.join(folder, _WEIGHTS)))
    model = models.model_from_json(text, custom_objects)
    prefix = os.path.join(os.fspath(saved_model_path), "variables", "variables")
    reader = checkpoint_reader.NewCheckpointReader(prefix)
    model.set_weights([np.asarray(reader.get_tensor(name)) for name in names])
    return model
