"""`tf.keras.estimator`: a Keras model as an Estimator."""

from __future__ import annotations

from typing import Any


def model_to_estimator(
    keras_model: Any = None, keras_model_path: Any = None, custom_objects: Any = None,
    model_dir: Any = None, config: Any = None, checkpoint_format: Any = None,
) -> Any:  # fmt: skip
    """An Estimator that trains a compiled model (tf.keras.estimator.model_to_estimator).

    Args:
      keras_model: the model, of layers and compiled.
      keras_model_path: the HDF5 file of one.
      custom_objects: {name: class or function} for loading it.
      model_dir, config: of the Estimator.
      checkpoint_format: accepted.

    Raises:
      ValueError: there is no model, both, or it is not compiled.
    """
    import importlib

    if (keras_model is None) == (keras_model_path is None):
        raise ValueError(
            "Either `keras_model` or `keras_model_path` needs to be provided, and not both."
        )
    if keras_model is None:
        from flowgraph.keras.models import load_model

        keras_model = load_model(keras_model_path, custom_objects)
    if not keras_model.optimizer:
        raise ValueError(
            "The given keras model has not been compiled yet. Please compile the model with "
            "`model.compile()` before calling `model_to_estimator()`."
        )
    try:
        maker = importlib.import_module("flowgraph.estimator.keras_models")
    except ModuleNotFoundError:
        raise ImportError(
            "tf.keras.estimator.model_to_estimator: this version of flowgraph has no tf.estimator "
            "for Keras models. Train with `model.fit`."
        ) from None
    return maker.from_keras(keras_model, custom_objects, model_dir, config)
