"""The progress bar of training, as a callback and for the loops."""

from __future__ import annotations

from typing import Any

from flowgraph.keras.callbacks.base import Callback
from flowgraph.keras.utils.progbar import Progbar


class ProgbarLogger(Callback):
    """Shows a progress bar for each epoch.

    Args:
      count_mode: "samples" or "steps".
      stateful_metrics: the names of values that are shown as they are.
    """

    def __init__(self, count_mode: str = "samples", stateful_metrics: Any = None) -> None:
        super().__init__()
        if count_mode not in ("samples", "steps"):
            raise ValueError("Unknown `count_mode`: " + str(count_mode))
        self.use_steps = count_mode == "steps"
        self.stateful_metrics = set(stateful_metrics or [])
        self.log_values: list[Any] = []

    def on_train_begin(self, logs: Any = None) -> None:
        """Reads the settings."""
        self.verbose, self.epochs = self.params["verbose"], self.params["epochs"]

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Starts a bar."""
        self.seen, self.target = 0, self.params["steps" if self.use_steps else "samples"]
        if self.verbose and self.epochs and self.epochs > 1:
            print(f"Epoch {epoch + 1}/{self.epochs}")
        self.progbar = Progbar(
            target=self.target, verbose=self.verbose, stateful_metrics=self.stateful_metrics,
            unit_name="step" if self.use_steps else "sample",
        )  # fmt: skip

    def on_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Forgets the values of the last batch."""
        self.log_values = []

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Moves the bar."""
        logs = logs or {}
        self.seen += logs.get("num_steps", 1) * (1 if self.use_steps else logs.get("size", 0))
        self.log_values = [(n, logs[n]) for n in self.params["metrics"] if n in logs]
        if self.verbose and (self.target is None or self.seen < self.target):
            self.progbar.update(self.seen, self.log_values)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Ends the bar."""
        for name in self.params["metrics"]:
            if name in (logs or {}):
                self.log_values.append((name, logs[name]))
        if self.verbose:
            self.progbar.update(self.seen, self.log_values)


class Progress:
    """The bar of a loop over batches; nothing where `verbose` is 0."""

    def __init__(self, model: Any, params: dict[str, Any], by_samples: bool, verbose: int) -> None:
        self._bar = ProgbarLogger(
            "samples" if by_samples else "steps",
            model.metrics_names[1:] if getattr(model, "_compiled", None) else (),
        )
        self._bar.params = {**params, "verbose": verbose}
        self.verbose = verbose

    def on_train_begin(self) -> None:
        """Before the first epoch."""
        self._bar.on_train_begin()

    def on_epoch_begin(self, epoch: int) -> None:
        """Before an epoch."""
        self._bar.on_epoch_begin(epoch)

    def start(self, source: Any) -> None:
        """Before an evaluation or prediction."""
        self._bar.params.update(epochs=1, steps=source.steps, samples=source.size)
        self._bar.on_train_begin()
        self._bar.on_epoch_begin(0)

    def on_batch_begin(self, batch: int, logs: Any) -> None:
        """Before a batch."""

    def on_batch_end(self, batch: int, logs: Any) -> None:
        """After a batch."""
        if self.verbose:
            self._bar.on_batch_end(batch, logs)

    def learn_steps(self, steps: int) -> None:
        """Told how many batches there were, when that was not known."""
        self._bar.params["steps"] = self._bar.target = self._bar.progbar.target = steps

    def on_epoch_end(self, epoch: int, logs: Any) -> None:
        """After an epoch."""
        if self.verbose:
            self._bar.on_epoch_end(epoch, logs)

    def finish(self, logs: Any) -> None:
        """After an evaluation or prediction."""
        self.on_epoch_end(0, logs)
