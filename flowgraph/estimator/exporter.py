"""Exporters: what is written after evaluations of `train_and_evaluate`."""

from __future__ import annotations

import abc
import os
import re
from collections.abc import Callable
from typing import Any

import flowgraph as tf
from flowgraph.platform import logging


class Exporter(abc.ABC):
    """Base class of exporters (tf.estimator.Exporter)."""

    @property
    @abc.abstractmethod
    def name(self) -> str:
        """The directory below `export`."""

    @abc.abstractmethod
    def export(
        self, estimator: Any, export_path: Any, checkpoint_path: Any, eval_result: Any,
        is_the_final_export: bool,
    ) -> Any:  # fmt: skip
        """Writes a checkpoint's model; gives the directory, or None where nothing is written."""


class _SavedModelExporter(Exporter):
    """Writes SavedModels."""

    def __init__(
        self, name: str, serving_input_receiver_fn: Any, assets_extra: Any, as_text: bool
    ) -> None:
        self._name, self._receiver_fn = name, serving_input_receiver_fn
        self._assets_extra, self._as_text = assets_extra, as_text

    @property
    def name(self) -> str:
        """The directory below `export`."""
        return self._name

    def _write(self, estimator: Any, export_path: Any, checkpoint_path: Any) -> Any:
        return estimator.export_saved_model(
            export_path, self._receiver_fn, assets_extra=self._assets_extra,
            as_text=self._as_text, checkpoint_path=checkpoint_path,
        )  # fmt: skip


class FinalExporter(_SavedModelExporter):
    """Writes a SavedModel at the end (tf.estimator.FinalExporter).

    Args:
      name: the directory below `export`.
      serving_input_receiver_fn: a function that gives a `ServingInputReceiver`.
      assets_extra: {path in `assets.extra`: file to copy}.
      as_text: whether the file of the graph is text.
    """

    def __init__(
        self, name: str, serving_input_receiver_fn: Any, assets_extra: Any = None,
        as_text: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(name, serving_input_receiver_fn, assets_extra, as_text)

    def export(
        self, estimator: Any, export_path: Any, checkpoint_path: Any, eval_result: Any,
        is_the_final_export: bool,
    ) -> Any:  # fmt: skip
        """Writes the model when it is the last one."""
        if not is_the_final_export:
            return None
        logging.info("Performing the final export in the end of training.")
        return self._write(estimator, export_path, checkpoint_path)


class LatestExporter(_SavedModelExporter):
    """Writes a SavedModel after each evaluation, and keeps some (tf.estimator.LatestExporter).

    Arguments are those of `FinalExporter`, and:

    Args:
      exports_to_keep: how many are kept; all when None.

    Raises:
      ValueError: that is not positive.
    """

    def __init__(
        self, name: str, serving_input_receiver_fn: Any, assets_extra: Any = None,
        as_text: bool = False, exports_to_keep: int | None = 5,
    ) -> None:  # fmt: skip
        super().__init__(name, serving_input_receiver_fn, assets_extra, as_text)
        self._exports_to_keep = _checked_count(exports_to_keep)

    def export(
        self, estimator: Any, export_path: Any, checkpoint_path: Any, eval_result: Any,
        is_the_final_export: bool,
    ) -> Any:  # fmt: skip
        """Writes the model."""
        path = self._write(estimator, export_path, checkpoint_path)
        keep_newest(export_path, self._exports_to_keep)
        return path


def _loss_smaller(best_eval_result: Any, current_eval_result: Any) -> bool:
    for what, result in (("best", best_eval_result), ("current", current_eval_result)):
        if not result or "loss" not in result:
            raise ValueError(f"{what}_eval_result cannot be empty or no loss is found in it.")
    return bool(best_eval_result["loss"] > current_eval_result["loss"])


class BestExporter(_SavedModelExporter):
    """Writes a SavedModel whenever an evaluation is the best so far (tf.estimator.BestExporter).

    Arguments are those of `LatestExporter`, and:

    Args:
      event_file_pattern: the event files of evaluations, below the model's directory, from which
        the best result is read after a new start.
      compare_fn: a function of (best_eval_result, current_eval_result) that tells whether the
        second is better; a smaller loss when it is not given.

    Raises:
      ValueError: there is no function, or it has other arguments.
    """

    def __init__(
        self, name: str = "best_exporter", serving_input_receiver_fn: Any = None,
        event_file_pattern: str | None = None, compare_fn: Callable[..., bool] = _loss_smaller,
        assets_extra: Any = None, as_text: bool = False, exports_to_keep: int | None = 5,
    ) -> None:  # fmt: skip
        from flowgraph.estimator.functions import arguments_of

        if compare_fn is None:
            raise ValueError("`compare_fn` must not be None.")
        names = set(arguments_of(compare_fn))
        for needed in ("best_eval_result", "current_eval_result"):
            if needed not in names:
                raise ValueError(f"compare_fn ({compare_fn}) must include {needed} argument.")
        others = names - {"best_eval_result", "current_eval_result"}
        if others:
            raise ValueError(f"compare_fn ({compare_fn}) has following not expected args: {others}")
        super().__init__(name, serving_input_receiver_fn, assets_extra, as_text)
        self._compare_fn, self._pattern = compare_fn, event_file_pattern
        self._best: Any = None
        self._has_exported = False
        self._exports_to_keep = _checked_count(exports_to_keep)

    def export(
        self, estimator: Any, export_path: Any, checkpoint_path: Any, eval_result: Any,
        is_the_final_export: bool,
    ) -> Any:  # fmt: skip
        """Writes the model when it is the best."""
        if self._best is None and self._pattern:
            pattern = os.path.join(os.fsdecode(estimator.model_dir), self._pattern)
            self._best = self._best_of_files(pattern)
        better = self._best is None or self._compare_fn(
            best_eval_result=self._best, current_eval_result=eval_result
        )
        if self._has_exported and not better:
            return None
        if better:
            logging.info("Performing best model export.")
            self._best = eval_result
        self._has_exported = True
        path = self._write(estimator, export_path, checkpoint_path)
        keep_newest(export_path, self._exports_to_keep)
        return path

    def _best_of_files(self, pattern: str) -> Any:
        best = None
        for file in tf.gfile.Glob(pattern):
            for event in tf.train.summary_iterator(file):
                found = {
                    value.tag: value.simple_value
                    for value in event.summary.value
                    if value.WhichOneof("value") == "simple_value"
                }
                if found and (best is None or self._compare_fn(best, found)):
                    best = found
        return best


def _checked_count(count: int | None) -> int | None:
    if count is not None and count <= 0:
        raise ValueError("`exports_to_keep`, if provided, must be positive number")
    return count


def keep_newest(base: Any, count: int | None) -> None:
    """Removes all but the newest directories that are named after a second."""
    if count is None:
        return
    base = os.fsdecode(base)
    names = [tf.compat.as_text(name).rstrip("/") for name in tf.gfile.ListDirectory(base)]
    stamps = sorted((name for name in names if re.fullmatch(r"\d{10}", name)), key=int)
    for name in stamps[:-count]:
        tf.gfile.DeleteRecursively(os.path.join(base, name))
