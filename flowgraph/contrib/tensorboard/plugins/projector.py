"""`tf.contrib.tensorboard.plugins.projector`: which embeddings TensorBoard shows, and how."""

from __future__ import annotations

import os
from typing import Any

from flowgraph.graph_io import protos
from flowgraph.graph_io.reading import write_message

_MESSAGES = ("EmbeddingInfo", "ProjectorConfig", "SpriteMetadata")
__all__ = [*_MESSAGES, "visualize_embeddings"]


def __getattr__(name: str) -> Any:
    if name in _MESSAGES:
        return getattr(protos, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def visualize_embeddings(summary_writer: Any, config: Any) -> None:
    """Writes the projector's configuration beside the events (TF's visualize_embeddings).

    Args:
      summary_writer: a `tf.summary.FileWriter`, which tells the directory; or the directory.
      config: a `ProjectorConfig`.

    Raises:
      ValueError: the writer has no directory.
    """
    logdir = summary_writer
    if hasattr(summary_writer, "get_logdir"):
        logdir = summary_writer.get_logdir()
    if logdir is None:
        raise ValueError("Summary writer must have a logdir")
    # The projector looks for this very name.
    path = os.path.join(os.fsdecode(logdir), "projector_config.pbtxt")
    write_message(path, config, as_text=True)
