"""`TensorBoard`: what training logs, as summaries for TensorBoard."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from flowgraph import summary as tf_summary
from flowgraph.keras import _ops as tf
from flowgraph.keras import backend as K
from flowgraph.keras.callbacks.base import Callback


class TensorBoard(Callback):
    """Writes losses and metrics, and as asked for the graph and histograms, to event files.

    Args:
      log_dir: the folder.
      histogram_freq: after how many epochs histograms are written; 0: never.
      batch_size: accepted.
      write_graph: whether the graph is written.
      write_grads: whether histograms of gradients are written, too.
      write_images: whether weights are written as images.
      embeddings_freq, embeddings_layer_names, embeddings_metadata, embeddings_data: accepted.
      update_freq: "epoch", "batch", or after how many examples losses are written.
      profile_batch: accepted.
    """

    def __init__(
        self, log_dir: Any = "./logs", histogram_freq: int = 0, batch_size: int = 32,
        write_graph: bool = True, write_grads: bool = False, write_images: bool = False,
        embeddings_freq: int = 0, embeddings_layer_names: Any = None,
        embeddings_metadata: Any = None, embeddings_data: Any = None, update_freq: Any = "epoch",
        profile_batch: int = 2,
    ) -> None:  # fmt: skip
        super().__init__()
        self.log_dir, self.histogram_freq = os.fspath(log_dir), histogram_freq
        self.write_graph, self.write_grads, self.write_images = (
            write_graph,
            write_grads,
            write_images,
        )
        self.batch_size, self.embeddings_freq = batch_size, embeddings_freq
        self.update_freq = 1 if update_freq == "batch" else update_freq
        self.merged: Any = None
        self.writer: Any = None
        self._seen = self._written = self._step = 0

    def set_model(self, model: Any) -> None:
        """Opens the file and makes the summaries of weights."""
        self.model = model
        self.writer = tf_summary.FileWriter(
            self.log_dir, tf.get_default_graph() if self.write_graph else None
        )
        if self.histogram_freq and self.merged is None:
            self._make_summaries()

    def _make_summaries(self) -> None:
        made = []
        for layer in self.model.layers:
            for weight in layer.weights:
                name = weight.op.name.replace(":", "_")
                made.append(tf_summary.histogram(name, weight))
                if self.write_images:
                    made.append(_as_image(name, weight))
                if self.write_grads and self.model.total_loss is not None:
                    made += self._gradients(name, weight)
            output = getattr(layer, "output", None) if layer._inbound_nodes[:1] else None
            if isinstance(output, tf.Tensor):
                made.append(tf_summary.histogram(f"{layer.name}_out", output))
        self.merged = tf_summary.merge([m for m in made if m is not None])

    def _gradients(self, name: str, weight: Any) -> list[Any]:
        grad = tf.gradients(self.model.total_loss, [weight])[0]
        if grad is None:
            return []
        values = grad.values if isinstance(grad, tf.IndexedSlices) else grad
        return [tf_summary.histogram(f"{name}_grad", values)]

    def _write(self, logs: Any, step: int, prefix: str = "") -> None:
        values = [
            {"tag": prefix + name, "simple_value": float(np.asarray(value))}
            for name, value in (logs or {}).items()
            if name not in ("batch", "size", "num_steps")
        ]
        self.writer.add_summary(_summary(values), step)
        self.writer.flush()

    def on_train_begin(self, logs: Any = None) -> None:
        """Counts from the start."""
        self._seen = self._written = 0

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Writes after so many examples."""
        self._seen += (logs or {}).get("size", 0)
        self._step += 1
        if self.update_freq != "epoch" and self._seen - self._written >= self.update_freq:
            self._write(logs, self._seen, "batch_")
            self._written = self._seen

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Writes an epoch's values and histograms."""
        step = epoch if self.update_freq == "epoch" else self._seen
        self._write(logs, step, "epoch_")
        if self.merged is not None and epoch % self.histogram_freq == 0:
            self._write_histograms(epoch)

    def _write_histograms(self, epoch: int) -> None:
        feeds = self._validation_feeds()
        if feeds is not None:
            self.writer.add_summary(K.get_session().run(self.merged, feeds), epoch)
            self.writer.flush()

    def _validation_feeds(self) -> Any:
        """What the outputs' histograms are computed from: the first validation batch."""
        source = getattr(self.model, "_validation_source", None)
        if source is None:
            raise ValueError("If printing histograms, validation_data must be provided.")
        batch, _ = next(iter(source.epoch()))
        tensors = self.model._feeds("test")
        values = [v for part in batch for v in part if v is not None]
        phase = K.symbolic_learning_phase()
        feeds = dict(zip(tensors, values, strict=False))
        return {**feeds, phase: False} if isinstance(phase, tf.Tensor) else feeds

    def on_train_end(self, logs: Any = None) -> None:
        """Closes the file."""
        self.writer.close()


def _summary(values: list[dict[str, Any]]) -> Any:
    message = tf_summary.Summary()
    for value in values:
        message.value.add(**value)
    return message


def _as_image(name: str, weight: Any) -> Any:
    """A summary of a weight as grey images, or None for one of too many dimensions."""
    image = tf.squeeze(weight)
    rank = image.shape.ndims
    if rank == 1:
        image = tf.reshape(image, [1, 1, -1, 1])
    elif rank == 2:
        image = tf.expand_dims(tf.expand_dims(image, 0), -1)
    elif rank == 3:
        image = tf.expand_dims(tf.transpose(image, [2, 0, 1]), -1)
    elif rank == 4 and image.shape.as_list()[-1] in (1, 3, 4):
        pass
    else:
        return None
    return tf_summary.image(name, image)
