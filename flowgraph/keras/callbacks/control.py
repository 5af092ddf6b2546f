"""Callbacks that save the model, stop training, set the learning rate or write logs."""

from __future__ import annotations

import csv
import json
import os
import re
from typing import Any

import numpy as np

from flowgraph.keras import backend as K
from flowgraph.keras.callbacks.base import Callback
from flowgraph.platform import logging


def _better(mode: str, monitor: str, owner: str) -> tuple[Any, float]:
    """(what tells whether a value is better, the worst value) for a mode."""
    if mode not in ("auto", "min", "max"):
        logging.warning(f"{owner} mode {mode} is unknown, fallback to auto mode.")
        mode = "auto"
    rising = mode == "max" or (
        mode == "auto" and ("acc" in monitor or monitor.startswith("fmeasure") or "auc" in monitor)
    )
    return (np.greater, -np.inf) if rising else (np.less, np.inf)


class ModelCheckpoint(Callback):
    """Saves the model after epochs.

    Args:
      filepath: the file; may contain {epoch:02d} and {val_loss:.2f} (any logged value).
      monitor: the logged value that tells which epoch is best.
      verbose: 1 to tell.
      save_best_only: whether only an epoch that is better than all before is saved.
      save_weights_only: whether only the weights are saved.
      mode: "min", "max" or "auto".
      save_freq: "epoch", or after how many examples to save.
      **kwargs: `period`, a number of epochs between two files; `load_weights_on_restart`.
    """

    def __init__(
        self, filepath: Any, monitor: str = "val_loss", verbose: int = 0,
        save_best_only: bool = False, save_weights_only: bool = False, mode: str = "auto",
        save_freq: Any = "epoch", **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__()
        self.monitor, self.verbose, self.filepath = monitor, verbose, os.fspath(filepath)
        self.save_best_only, self.save_weights_only = save_best_only, save_weights_only
        self.save_freq, self.period = save_freq, kwargs.pop("period", 1)
        self.load_weights_on_restart = kwargs.pop("load_weights_on_restart", False)
        if save_freq != "epoch" and not isinstance(save_freq, int):
            raise ValueError(f"Unrecognized save_freq: {save_freq}")
        self.epochs_since_last_save = self._samples = self._epoch = 0
        self.monitor_op, self.best = _better(mode, monitor, "ModelCheckpoint")

    def on_train_begin(self, logs: Any = None) -> None:
        """Loads what an earlier run saved, if asked to."""
        if self.load_weights_on_restart:
            found = self._newest()
            if found is not None:
                self.model.load_weights(found)

    def _newest(self) -> str | None:
        """The newest file that the pattern names."""
        folder, base = os.path.split(self.filepath)
        folder = folder or "."
        if not os.path.isdir(folder):
            return None
        pattern = re.compile("^" + re.sub(r"\\?{.*?\\?}", ".*", re.escape(base)))
        found = [f for f in os.listdir(folder) if pattern.match(f) and not f.endswith(".index")]
        paths = [os.path.join(folder, f) for f in found]
        return max(paths, key=os.path.getmtime, default=None)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Remembers the epoch."""
        self._epoch = epoch

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Saves after so many examples."""
        if isinstance(self.save_freq, int):
            self._samples += (logs or {}).get("size", 1)
            if self._samples >= self.save_freq:
                self._save(self._epoch, logs or {})
                self._samples = 0

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Saves after an epoch."""
        self.epochs_since_last_save += 1
        if self.save_freq == "epoch" and self.epochs_since_last_save >= self.period:
            self.epochs_since_last_save = 0
            self._save(epoch, logs or {})

    def _save(self, epoch: int, logs: dict[str, Any]) -> None:
        path = self.filepath.format(epoch=epoch + 1, **logs)
        number = f"{epoch + 1:05d}"
        if not self.save_best_only:
            if self.verbose:
                print(f"\nEpoch {number}: saving model to {path}")
            self._write(path)
            return
        current = logs.get(self.monitor)
        if current is None:
            logging.warning(f"Can save best model only with {self.monitor} available, skipping.")
        elif self.monitor_op(current, self.best):
            if self.verbose:
                print(
                    f"\nEpoch {number}: {self.monitor} improved from {self.best:.5f} to "
                    f"{current:.5f}, saving model to {path}"
                )
            self.best = current
            self._write(path)
        elif self.verbose:
            print(f"\nEpoch {number}: {self.monitor} did not improve from {self.best:.5f}")

    def _write(self, path: str) -> None:
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)


class EarlyStopping(Callback):
    """Stops training when a value does not get better any more.

    Args:
      monitor: the logged value.
      min_delta: the least change that counts.
      patience: how many epochs without a change to wait for.
      verbose: 1 to tell.
      mode: "min", "max" or "auto".
      baseline: a value to be better than.
      restore_best_weights: whether to go back to the best epoch's weights.
    """

    def __init__(
        self, monitor: str = "val_loss", min_delta: float = 0, patience: int = 0, verbose: int = 0,
        mode: str = "auto", baseline: Any = None, restore_best_weights: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self.monitor, self.patience, self.verbose = monitor, patience, verbose
        self.baseline, self.restore_best_weights = baseline, restore_best_weights
        rises = mode == "max" or (mode not in ("min", "max") and "acc" in monitor)
        self.monitor_op = np.greater if rises else np.less
        self.min_delta = abs(min_delta) * (1 if rises else -1)
        self.wait = self.stopped_epoch = 0
        self.best_weights: Any = None

    def on_train_begin(self, logs: Any = None) -> None:
        """Starts over."""
        self.wait = self.stopped_epoch = 0
        worst = np.inf if self.monitor_op is np.less else -np.inf
        self.best = worst if self.baseline is None else self.baseline

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Looks at the value."""
        current = self.get_monitor_value(logs)
        if current is None:
            return
        if self.monitor_op(current - self.min_delta, self.best):
            self.best, self.wait = current, 0
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            return
        self.wait += 1
        if self.wait >= self.patience:
            self.stopped_epoch = epoch
            self.model.stop_training = True
            if self.restore_best_weights and self.best_weights is not None:
                if self.verbose > 0:
                    print("Restoring model weights from the end of the best epoch.")
                self.model.set_weights(self.best_weights)

    def on_train_end(self, logs: Any = None) -> None:
        """Tells."""
        if self.stopped_epoch > 0 and self.verbose > 0:
            print(f"Epoch {self.stopped_epoch + 1:05d}: early stopping")

    def get_monitor_value(self, logs: Any) -> Any:
        """The value, or None with a warning."""
        value = (logs or {}).get(self.monitor)
        if value is None:
            logging.warning(
                f"Early stopping conditioned on metric `{self.monitor}` which is not available. "
                f"Available metrics are: {','.join(logs or {})}"
            )
        return value


class LearningRateScheduler(Callback):
    """Sets the learning rate before each epoch.

    Args:
      schedule: a function of the epoch, or of the epoch and the present rate, that gives a float.
      verbose: 1 to tell.
    """

    def __init__(self, schedule: Any, verbose: int = 0) -> None:
        super().__init__()
        self.schedule, self.verbose = schedule, verbose

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Sets the rate."""
        if not hasattr(self.model.optimizer, "lr"):
            raise ValueError('Optimizer must have a "lr" attribute.')
        present = float(K.get_value(self.model.optimizer.lr))
        try:
            rate = self.schedule(epoch, present)
        except TypeError:  # a function of the epoch alone
            rate = self.schedule(epoch)
        if not isinstance(rate, (float, np.floating)):
            raise ValueError('The output of the "schedule" function should be float.')
        K.set_value(self.model.optimizer.lr, rate)
        if self.verbose > 0:
            print(
                f"\nEpoch {epoch + 1:05d}: LearningRateScheduler reducing learning rate to {rate}."
            )

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Logs the rate."""
        if logs is not None:
            logs["lr"] = K.get_value(self.model.optimizer.lr)


class ReduceLROnPlateau(Callback):
    """Lowers the learning rate when a value does not get better any more.

    Args:
      monitor: the logged value.
      factor: what the rate is multiplied by, below 1.
      patience: how many epochs without a change to wait for.
      verbose: 1 to tell.
      mode: "min", "max" or "auto".
      min_delta: the least change that counts.
      cooldown: how many epochs to wait after a change of the rate.
      min_lr: the lowest rate.
    """

    def __init__(
        self, monitor: str = "val_loss", factor: float = 0.1, patience: int = 10, verbose: int = 0,
        mode: str = "auto", min_delta: float = 1e-4, cooldown: int = 0, min_lr: float = 0,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__()
        if factor >= 1.0:
            raise ValueError("ReduceLROnPlateau does not support a factor >= 1.0.")
        self.monitor, self.factor, self.patience = monitor, factor, patience
        self.min_delta = kwargs.get("epsilon", min_delta)
        self.verbose, self.cooldown, self.min_lr = verbose, cooldown, min_lr
        self.mode = mode
        self._reset()

    def _reset(self) -> None:
        rises = self.mode == "max" or (self.mode not in ("min", "max") and "acc" in self.monitor)
        self.best = -np.inf if rises else np.inf
        self.monitor_op = (
            (lambda a, b: np.greater(a, b + self.min_delta)) if rises
            else (lambda a, b: np.less(a, b - self.min_delta))
        )  # fmt: skip
        self.cooldown_counter = self.wait = 0

    def on_train_begin(self, logs: Any = None) -> None:
        """Starts over."""
        self._reset()

    def in_cooldown(self) -> bool:
        """Whether the rate has changed just now."""
        return self.cooldown_counter > 0

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Looks at the value."""
        logs = logs if logs is not None else {}
        logs["lr"] = K.get_value(self.model.optimizer.lr)
        current = logs.get(self.monitor)
        if current is None:
            logging.warning(
                f"Reduce LR on plateau conditioned on metric `{self.monitor}` which is not "
                f"available. Available metrics are: {','.join(logs)}"
            )
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self.monitor_op(current, self.best):
            self.best, self.wait = current, 0
        elif not self.in_cooldown():
            self.wait += 1
            old = float(logs["lr"])
            if self.wait >= self.patience and old > self.min_lr:
                rate = max(old * self.factor, self.min_lr)
                K.set_value(self.model.optimizer.lr, rate)
                if self.verbose > 0:
                    print(
                        f"\nEpoch {epoch + 1:05d}: ReduceLROnPlateau reducing learning rate to "
                        f"{rate}."
                    )
                self.cooldown_counter, self.wait = self.cooldown, 0


class CSVLogger(Callback):
    """Writes each epoch's values to a CSV file.

    Args:
      filename: the file.
      separator: between two values.
      append: whether to add to a file that there is.
    """

    def __init__(self, filename: Any, separator: str = ",", append: bool = False) -> None:
        super().__init__()
        self.sep, self.filename, self.append = separator, os.fspath(filename), append
        self.writer: Any = None
        self.keys: Any = None
        self.append_header = True

    def on_train_begin(self, logs: Any = None) -> None:
        """Opens the file."""
        if self.append and os.path.exists(self.filename):
            with open(self.filename) as f:
                self.append_header = not bool(len(f.readline()))
        self.csv_file = open(self.filename, "a" if self.append else "w", newline="")  # noqa: SIM115

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Writes a line."""
        logs = logs or {}

        def plain(value: Any) -> Any:
            if isinstance(value, (list, tuple)) or np.ndim(value) > 0:
                return '"[' + ", ".join(map(str, np.asarray(value).tolist())) + ']"'
            return value

        if self.keys is None:
            self.keys = sorted(logs)
        if self.model.stop_training:
            logs = {k: logs.get(k, "NA") for k in self.keys}
        if self.writer is None:
            self.writer = csv.DictWriter(
                self.csv_file, fieldnames=["epoch", *self.keys], delimiter=self.sep,
                lineterminator="\n",
            )  # fmt: skip
            if self.append_header:
                self.writer.writeheader()
        self.writer.writerow({"epoch": epoch, **{k: plain(logs[k]) for k in self.keys}})
        self.csv_file.flush()

    def on_train_end(self, logs: Any = None) -> None:
        """Closes the file."""
        self.csv_file.close()
        self.writer = None


class RemoteMonitor(Callback):
    """Sends each epoch's values to a server as JSON.

    Args:
      root, path: the address.
      field: the name of the form field.
      headers: HTTP headers.
      send_as_json: whether the body is JSON.
    """

    def __init__(
        self, root: str = "http://localhost:9000", path: str = "/publish/epoch/end/",
        field: str = "data", headers: Any = None, send_as_json: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self.root, self.path, self.field = root, path, field
        self.headers, self.send_as_json = headers, send_as_json

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Sends the values; a server that is not there gives a warning."""
        import urllib.error
        import urllib.parse
        import urllib.request

        send = {"epoch": epoch, **{k: float(v) for k, v in (logs or {}).items()}}
        text = json.dumps(send)
        body = text if self.send_as_json else urllib.parse.urlencode({self.field: text})
        kind = "application/json" if self.send_as_json else "application/x-www-form-urlencoded"
        request = urllib.request.Request(
            self.root + self.path, body.encode(), {"Content-Type": kind, **(self.headers or {})}
        )
        try:
            urllib.request.urlopen(request, timeout=5).close()
        except (urllib.error.URLError, OSError):
            logging.warning(f"Could not reach RemoteMonitor root server at {self.root}")
