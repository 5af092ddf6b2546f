"""The results of an evaluation, as summaries of its directory."""

from __future__ import annotations

from typing import Any

import numpy as np

import flowgraph as tf
from flowgraph.platform import logging


def write(directory: str, results: dict[str, Any], step: int, checkpoint_path: Any) -> None:
    """Writes what an evaluation gave, and of which checkpoint.

    Args:
      directory: the directory of the summaries.
      results: {name: value}.
      step: the global step.
      checkpoint_path: the checkpoint, or None.
    """
    text = ", ".join(
        f"{key} = {value!s}"
        for key, value in sorted(results.items())
        if not isinstance(value, bytes)
    )
    logging.info("Saving dict for global step %d: %s", step, text)
    writer = tf.summary.FileWriterCache.get(directory)
    summary = tf.Summary()
    for key, value in results.items():
        if value is not None and key != tf.GraphKeys.GLOBAL_STEP:
            _add(summary, key, value)
    writer.add_summary(summary, step)
    writer.flush()
    if not checkpoint_path:
        return
    logging.info("Saving 'checkpoint_path' summary for global step %d: %s", step, checkpoint_path)
    told = tf.Summary()
    text_of = tf.make_tensor_proto(checkpoint_path, dtype=tf.string)
    told.value.add(tag="checkpoint_path").tensor.CopyFrom(text_of)
    writer.add_summary(told, step)
    writer.flush()


def _add(summary: Any, key: str, value: Any) -> None:
    if isinstance(value, (float, int, np.floating, np.integer)):
        summary.value.add(tag=key, simple_value=float(value))
    elif isinstance(value, bytes):
        _add_serialized(summary, key, value)
    elif isinstance(value, np.ndarray):
        made = summary.value.add(tag=key, node_name=key)
        made.tensor.CopyFrom(tf.make_tensor_proto(value))
        logging.info(
            "Summary for np.ndarray is not visible in Tensorboard by default. Consider using a "
            "Tensorboard plugin for visualization (see "
            "https://github.com/tensorflow/tensorboard-plugin-example/blob/master/README.md for "
            "more information)."
        )
    else:
        logging.warn(
            "Skipping summary for %s, must be a float, np.float32, np.int64, np.int32 or int or "
            "np.ndarray or a serialized string of Summary.", key,
        )  # fmt: skip


def _add_serialized(summary: Any, key: str, value: bytes) -> None:
    from google.protobuf.message import DecodeError

    try:
        found = tf.Summary.FromString(value)
    except DecodeError:
        logging.warn("Skipping summary for %s, cannot parse string to Summary.", key)
        return
    for i, part in enumerate(found.value):
        part.tag = f"{key}/{i}"
    summary.value.extend(found.value)
