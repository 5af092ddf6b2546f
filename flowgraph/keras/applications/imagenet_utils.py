"""Images and classes of ImageNet."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from flowgraph.keras import _ops as tf
from flowgraph.keras import backend as K
from flowgraph.keras.utils.data_utils import get_file

_CLASSES = "https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json"
_MEANS = (103.939, 116.779, 123.68)  # of blue, green and red


def preprocess_input(x: Any, data_format: str | None = None, mode: str = "caffe", **_: Any) -> Any:
    """Images (0 to 255) as a network of ImageNet takes them.

    Args:
      x: an array or a tensor.
      data_format: "channels_first" or "channels_last".
      mode: "caffe" (BGR less the means), "tf" (-1 to 1) or "torch" (normalized RGB).
    """
    first = (data_format or K.image_data_format()) == "channels_first"
    symbolic = isinstance(x, (tf.Tensor, tf.Variable))
    if not symbolic:
        x = np.array(x, dtype=K.floatx())
    if mode == "tf":
        return x / 127.5 - 1.0
    axis = (-3 if first else -1) % len(x.shape)
    shape = [1] * len(x.shape)
    shape[axis] = 3
    if mode == "torch":
        mean, deviation = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
        low, wide = (np.reshape(v, shape).astype(K.floatx()) for v in (mean, deviation))
        return (x / 255.0 - low) / wide
    x = tf.reverse(x, [axis]) if symbolic else np.flip(x, axis)
    return x - np.reshape(_MEANS, shape).astype(K.floatx())


def decode_predictions(preds: Any, top: int = 5) -> list[Any]:
    """For each row of 1000 probabilities the likeliest (WordNet id, name, probability).

    Raises:
      ValueError: the rows have another length.
      FileNotFoundError: imagenet_class_index.json is not in ~/.keras/models and cannot be fetched.
    """
    preds = np.asarray(preds)
    if preds.ndim != 2 or preds.shape[1] != 1000:
        raise ValueError(
            "`decode_predictions` expects a batch of predictions (i.e. a 2D array of shape "
            f"(samples, 1000)). Found array with shape: {preds.shape}"
        )
    path = get_file("imagenet_class_index.json", _CLASSES, cache_subdir="models")
    with open(path, encoding="utf8") as f:
        classes = json.load(f)
    found = []
    for row in preds:
        best = row.argsort()[-top:][::-1]
        found.append([(*classes[str(i)], row[i]) for i in best])
    return found
