"""`Callback`, lists of them, and the simplest ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


class Callback:
    """Base class: methods that training calls at its beginnings and ends.

    `params` holds "batch_size", "epochs", "steps", "samples", "verbose", "do_validation" and
    "metrics"; `model` is the model.
    """

    def __init__(self) -> None:
        self.validation_data: Any = None
        self.model: Any = None
        self.params: Any = None

    def set_params(self, params: dict[str, Any]) -> None:
        """Called with the settings of the run."""
        self.params = params

    def set_model(self, model: Any) -> None:
        """Called with the model."""
        self.model = model

    def on_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Called before each batch of training."""

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Called after each batch of training."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Called before each epoch."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Called after each epoch, with its loss and metrics."""

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Called before each batch of training."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Called after each batch of training."""
        self.on_batch_end(batch, logs=logs)

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Called before each batch of evaluation."""

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """Called after each batch of evaluation."""

    def on_predict_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Called before each batch of prediction."""

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        """Called after each batch of prediction."""

    def on_train_begin(self, logs: Any = None) -> None:
        """Called before training."""

    def on_train_end(self, logs: Any = None) -> None:
        """Called after training."""

    def on_test_begin(self, logs: Any = None) -> None:
        """Called before evaluation."""

    def on_test_end(self, logs: Any = None) -> None:
        """Called after evaluation."""

    def on_predict_begin(self, logs: Any = None) -> None:
        """Called before prediction."""

    def on_predict_end(self, logs: Any = None) -> None:
        """Called after prediction."""


class CallbackList:
    """Several callbacks, called in order; those that do nothing at a batch are passed over."""

    def __init__(self, callbacks: Any = None, queue_length: int = 10) -> None:
        self.callbacks = list(callbacks or [])
        self.params: dict[str, Any] = {}
        self.model: Any = None
        self._at_batches: dict[str, list[Any]] = {}

    def append(self, callback: Callback) -> None:
        """Adds a callback."""
        self.callbacks.append(callback)
        self._at_batches.clear()

    def set_params(self, params: dict[str, Any]) -> None:
        """Hands the settings on."""
        self.params = params
        for callback in self.callbacks:
            callback.set_params(params)

    def set_model(self, model: Any) -> None:
        """Hands the model on."""
        self.model = model
        for callback in self.callbacks:
            callback.set_model(model)

    def _hooks(self, mode: str, moment: str) -> list[Any]:
        name = f"on_{mode}_batch_{moment}"
        if name not in self._at_batches:
            old = f"on_batch_{moment}"
            self._at_batches[name] = [
                getattr(c, name) for c in self.callbacks
                if _overrides(c, name) or (mode == "train" and _overrides(c, old))
            ]  # fmt: skip
        return self._at_batches[name]

    def _call_batch_hook(self, mode: str, moment: str, batch: int, logs: Any = None) -> None:
        for hook in self._hooks(mode, moment):
            hook(batch, logs if logs is not None else {})

    def _call(self, name: str, *args: Any) -> None:
        for callback in self.callbacks:
            getattr(callback, name)(*args)

    def _call_begin_hook(self, mode: str) -> None:
        self._call(f"on_{mode}_begin", {})

    def _call_end_hook(self, mode: str) -> None:
        self._call(f"on_{mode}_end", {})

    def on_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before each batch of training."""
        self._call_batch_hook("train", "begin", batch, logs)

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """After each batch of training."""
        self._call_batch_hook("train", "end", batch, logs)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before each batch of training."""
        self._call_batch_hook("train", "begin", batch, logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """After each batch of training."""
        self._call_batch_hook("train", "end", batch, logs)

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before each batch of evaluation."""
        self._call_batch_hook("test", "begin", batch, logs)

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """After each batch of evaluation."""
        self._call_batch_hook("test", "end", batch, logs)

    def on_predict_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before each batch of prediction."""
        self._call_batch_hook("predict", "begin", batch, logs)

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        """After each batch of prediction."""
        self._call_batch_hook("predict", "end", batch, logs)

    def on_test_begin(self, logs: Any = None) -> None:
        """Before evaluation."""
        self._call_begin_hook("test")

    def on_test_end(self, logs: Any = None) -> None:
        """After evaluation."""
        self._call_end_hook("test")

    def on_predict_begin(self, logs: Any = None) -> None:
        """Before prediction."""
        self._call_begin_hook("predict")

    def on_predict_end(self, logs: Any = None) -> None:
        """After prediction."""
        self._call_end_hook("predict")

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Before each epoch."""
        self._call("on_epoch_begin", epoch, logs or {})

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """After each epoch."""
        self._call("on_epoch_end", epoch, logs if logs is not None else {})

    def on_train_begin(self, logs: Any = None) -> None:
        """Before training."""
        self._call_begin_hook("train")

    def on_train_end(self, logs: Any = None) -> None:
        """After training."""
        self._call_end_hook("train")

    def __iter__(self) -> Any:
        return iter(self.callbacks)


def _overrides(callback: Any, name: str) -> bool:
    own = getattr(type(callback), name, None)
    return name in getattr(callback, "__dict__", {}) or own is not getattr(Callback, name)


class BaseLogger(Callback):
    """Averages the logged values over an epoch.

    Args:
      stateful_metrics: the names of values that are logged as they are.
    """

    def __init__(self, stateful_metrics: Any = None) -> None:
        super().__init__()
        self.stateful_metrics = set(stateful_metrics or [])

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Starts over."""
        self.seen, self.totals = 0, {}

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Takes a batch's values in."""
        logs = logs or {}
        size = logs.get("size", 0)
        self.seen += size
        for name, value in logs.items():
            if name in self.stateful_metrics:
                self.totals[name] = value
            else:
                self.totals[name] = self.totals.get(name, 0) + np.float64(value) * size

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Adds the averages to the logs."""
        for name in (self.params or {}).get("metrics", ()) if logs is not None else ():
            if name in self.totals:
                stays = name in self.stateful_metrics
                logs[name] = self.totals[name] if stays else self.totals[name] / self.seen


class TerminateOnNaN(Callback):
    """Stops training when the loss is no number."""

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Looks at the loss."""
        loss = (logs or {}).get("loss")
        if loss is not None and (np.isnan(loss) or np.isinf(loss)):
            print(f"Batch {batch}: Invalid loss, terminating training")
            self.model.stop_training = True


class History(Callback):
    """Keeps what each epoch logged: `epoch` is a list, `history` a dict of lists."""

    def on_train_begin(self, logs: Any = None) -> None:
        """Starts over."""
        self.epoch: list[int] = []
        self.history: dict[str, list[Any]] = {}

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Takes an epoch in."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)


class LambdaCallback(Callback):
    """A callback made of functions; each takes what the method of its name takes."""

    def __init__(
        self, on_epoch_begin: Callable[..., Any] | None = None,
        on_epoch_end: Callable[..., Any] | None = None,
        on_batch_begin: Callable[..., Any] | None = None,
        on_batch_end: Callable[..., Any] | None = None,
        on_train_begin: Callable[..., Any] | None = None,
        on_train_end: Callable[..., Any] | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__()
        self.__dict__.update(kwargs)
        given = {
            "on_epoch_begin": on_epoch_begin, "on_epoch_end": on_epoch_end,
            "on_batch_begin": on_batch_begin, "on_batch_end": on_batch_end,
            "on_train_begin": on_train_begin, "on_train_end": on_train_end,
        }  # fmt: skip
        self.__dict__.update({k: v for k, v in given.items() if v is not None})


# --- for the loops --------------------------------------------------------------------------------
def make_logs(model: Any, logs: Any, outputs: Any, mode: str, prefix: str = "") -> Any:
    """Adds a batch's or epoch's values to the logs, by name."""
    if mode in ("train", "test"):
        names = model.metrics_names
        logs.update({prefix + n: v for n, v in zip(names, outputs, strict=False)})
    else:
        logs["outputs"] = outputs
    return logs


def configure_callbacks(
    callbacks: Any, model: Any, do_validation: bool = False, batch_size: Any = None,
    epochs: Any = None, steps_per_epoch: Any = None, samples: Any = None, verbose: int = 1,
    count_mode: Any = None, mode: str = "train",
) -> CallbackList:  # fmt: skip
    """The callbacks with those that training always has, told of model and settings."""
    if isinstance(callbacks, CallbackList):
        return callbacks
    given = list(callbacks) if isinstance(callbacks, (list, tuple)) else (
        [callbacks] if callbacks is not None else [])  # fmt: skip
    if mode == "train":
        model.history = History()
        stateful = model.metrics_names[1:]
        given = [BaseLogger(stateful_metrics=stateful), *given, model.history]
    made = CallbackList(given)
    made.set_model(getattr(model, "callback_model", None) or model)
    names = list(model.metrics_names) if mode != "predict" else []
    if do_validation:
        names += ["val_" + n for n in names]
    made.set_params({
        "batch_size": batch_size, "epochs": epochs, "steps": steps_per_epoch, "samples": samples,
        "verbose": verbose, "do_validation": do_validation, "metrics": names,
    })  # fmt: skip
    return made
