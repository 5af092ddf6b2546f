"""The loops over batches of training, evaluation and prediction."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.keras import callbacks as cbks
from flowgraph.keras.engine.sources import Elements
from flowgraph.ops.control import nest
from flowgraph.platform import logging

TRAIN, TEST, PREDICT = "train", "test", "predict"


class Averages:
    """The loss averaged over batches; the other values are the newest."""

    def __init__(self, by_size: bool) -> None:
        self.by_size, self.weight, self.values = by_size, 0, None

    def add(self, outputs: list[Any], size: int) -> None:
        """Takes a batch's values in."""
        weight = size if self.by_size else 1
        loss = 0.0 if self.values is None else self.values[0]
        self.weight += weight
        self.values = [np.float64(loss + outputs[0] * weight), *outputs[1:]]

    def results(self) -> list[Any]:
        """The values of the epoch."""
        if self.values is None:
            return []
        return [self.values[0] / self.weight, *self.values[1:]]


class Joined:
    """The outputs of all batches, one after another."""

    def __init__(self) -> None:
        self.batches: list[Any] = []

    def add(self, outputs: list[Any], size: int) -> None:
        """Takes a batch's outputs in."""
        self.batches.append(outputs)

    def results(self) -> list[Any]:
        """For each output, one array."""
        if not self.batches:
            return []
        if len(self.batches) == 1:
            return list(self.batches[0])
        return [np.concatenate(column, axis=0) for column in zip(*self.batches, strict=True)]


def run_epoch(
    model: Any, source: Any, mode: str, function: Any, callbacks: Any, progress: Any
) -> list[Any]:  # fmt: skip
    """Runs one pass over a source; gives its values (or, for prediction, outputs)."""
    gathered = Joined() if mode == PREDICT else Averages(source.size is not None)
    limit, step = source.steps, 0
    for batch, size in source.epoch():
        if limit is not None and step >= limit:
            break
        logs = {"batch": step, "size": size if source.size is not None else 1}
        callbacks._call_batch_hook(mode, "begin", step, logs)
        progress.on_batch_begin(step, logs)
        outputs = function(batch)
        gathered.add(outputs, size)
        logs = cbks.make_logs(model, logs, outputs, mode)
        callbacks._call_batch_hook(mode, "end", step, logs)
        progress.on_batch_end(step, logs)
        step += 1
        if model.stop_training:
            break
    if source.size is None and source.steps is None and step:
        source.steps = step
        progress.learn_steps(step)
    elif limit is not None and step < limit and not model.stop_training:
        model.stop_training = True
        logging.warning(
            f"Your data ran out; interrupting {mode}. Make sure that it can generate at least "
            f"`steps_per_epoch * epochs` batches (in this case, {limit} batches). You may need to "
            "use the repeat() function when building your dataset."
        )
    return gathered.results()


def fit(
    model: Any, source: Any, validation: Any, epochs: int, initial_epoch: int, callbacks: Any,
    verbose: int, validation_freq: Any = 1, announce: bool = True,
) -> Any:  # fmt: skip
    """Trains for some epochs; gives the `History`."""
    function = model._batch_function(TRAIN)  # after it the metrics are known
    callbacks = cbks.configure_callbacks(
        callbacks, model, do_validation=validation is not None,
        batch_size=getattr(source, "batch_size", None), epochs=epochs,
        steps_per_epoch=source.steps, samples=source.size or source.steps, verbose=verbose,
        mode=TRAIN,
    )  # fmt: skip
    progress = cbks.Progress(model, callbacks.params, source.size is not None, verbose)
    if announce and verbose:
        _announce(source, validation)
    model.stop_training = False
    callbacks._call_begin_hook(TRAIN)
    progress.on_train_begin()
    for epoch in range(initial_epoch, epochs):
        if model.stop_training:
            break
        model.reset_metrics()
        callbacks.on_epoch_begin(epoch, {})
        progress.on_epoch_begin(epoch)
        results = run_epoch(model, source, TRAIN, function, callbacks, progress)
        logs = cbks.make_logs(model, {}, results, TRAIN)
        if (
            validation is not None
            and not (model.stop_training and source.size is None)
            and (_validates(validation_freq, epoch))
        ):
            stopping = model.stop_training
            found = evaluate(model, validation, callbacks, 0, inside=True)
            model.stop_training = stopping
            logs = cbks.make_logs(model, logs, found, TRAIN, prefix="val_")
        callbacks.on_epoch_end(epoch, logs)
        progress.on_epoch_end(epoch, logs)
        if hasattr(model, "_after_epoch"):
            model._after_epoch()
    callbacks._call_end_hook(TRAIN)
    return model.history


def _validates(frequency: Any, epoch: int) -> bool:
    if isinstance(frequency, int):
        return (epoch + 1) % frequency == 0
    return epoch + 1 in frequency


def _announce(source: Any, validation: Any) -> None:
    kind = "samples" if source.size is not None else "steps"
    count = source.size if source.size is not None else source.steps
    words = f"Train on {count if count is not None else '?'} {kind}"
    if validation is not None:
        other = validation.size if validation.size is not None else validation.steps
        if other is not None:
            words += f", validate on {other} {kind}"
    if count is not None:
        print(words)


def evaluate(
    model: Any, source: Any, callbacks: Any, verbose: int, inside: bool = False
) -> list[Any]:
    """Computes the loss and the metrics over a source."""
    function = model._batch_function(TEST)
    if not inside:
        callbacks = cbks.configure_callbacks(
            callbacks, model, batch_size=getattr(source, "batch_size", None),
            steps_per_epoch=source.steps, samples=source.size or source.steps, verbose=verbose,
            mode=TEST,
        )  # fmt: skip
        model.stop_training = False
    progress = cbks.Progress(model, dict(callbacks.params), source.size is not None, verbose)
    model.reset_metrics()
    if isinstance(source, Elements):
        source.restart()
    callbacks._call_begin_hook(TEST)
    progress.start(source)
    results = run_epoch(model, source, TEST, function, callbacks, progress)
    progress.finish(cbks.make_logs(model, {}, results, TEST))
    callbacks._call_end_hook(TEST)
    return results


def predict(model: Any, source: Any, callbacks: Any, verbose: int) -> Any:
    """Computes the outputs for a source."""
    function = model._batch_function(PREDICT)
    callbacks = cbks.configure_callbacks(
        callbacks, model, batch_size=getattr(source, "batch_size", None),
        steps_per_epoch=source.steps, samples=source.size or source.steps, verbose=verbose,
        mode=PREDICT,
    )  # fmt: skip
    model.stop_training = False
    progress = cbks.Progress(model, callbacks.params, source.size is not None, verbose)
    callbacks._call_begin_hook(PREDICT)
    progress.start(source)
    outputs = run_epoch(model, source, PREDICT, function, callbacks, progress)
    progress.finish({})
    callbacks._call_end_hook(PREDICT)
    if not outputs:
        return outputs
    nested = getattr(model, "_nested_outputs", None)
    if isinstance(nested, dict):
        return nest.pack_sequence_as(nested, outputs)
    return outputs[0] if len(outputs) == 1 else outputs
