"""`tf.train.CheckpointManager`: keeps some checkpoints of objects and removes older ones."""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np

from flowgraph.core import stacks
from flowgraph.core.graph import get_default_graph
from flowgraph.platform import logging as tf_logging
from flowgraph.train import checkpoint_management as management
from flowgraph.train import training_util


class CheckpointManager:
    """Saves checkpoints of objects in a directory (tf.train.CheckpointManager).

    What an earlier manager of the directory kept is taken over.

    Args:
      checkpoint: a `tf.train.Checkpoint`.
      directory: the directory.
      max_to_keep: how many checkpoints there are at most; all are kept when None.
      keep_checkpoint_every_n_hours: one checkpoint in so many hours is kept for good.
      checkpoint_name: how the names of files begin.

    Raises:
      ValueError: `max_to_keep` is not positive.
    """

    def __init__(
        self,
        checkpoint: Any,
        directory: Any,
        max_to_keep: int | None,
        keep_checkpoint_every_n_hours: float | None = None,
        checkpoint_name: str = "ckpt",
    ) -> None:
        if max_to_keep is not None and max_to_keep <= 0:
            raise ValueError(
                "Expected a positive integer or `None` for `max_to_max_to_keep`, got "
                f"{max_to_keep}."
            )
        self._checkpoint, self._directory = checkpoint, os.fsdecode(directory)
        self._max_to_keep, self._every_n_hours = max_to_keep, keep_checkpoint_every_n_hours
        self._checkpoint_prefix = os.path.join(self._directory, checkpoint_name)
        self._maybe_delete: dict[str, float] = {}
        self._latest_checkpoint: str | None = None
        now = time.time()
        self._last_preserved_timestamp = now - 1.0
        state = management.get_checkpoint_state(self._directory)
        if state is not None:
            self._take_over(state, now)

    def _take_over(self, state: Any, now: float) -> None:
        self._latest_checkpoint = state.model_checkpoint_path
        preserved = state.last_preserved_timestamp
        if now < preserved:
            tf_logging.warning(
                "time.time() returned a value %f seconds behind the last preserved checkpoint "
                "timestamp.", preserved - now,
            )  # fmt: skip
            preserved = now
        self._last_preserved_timestamp = preserved
        paths = list(state.all_model_checkpoint_paths)
        times = list(state.all_model_checkpoint_timestamps) or [preserved] * len(paths)
        for path, made in zip(paths, times, strict=True):
            if min(made, now) > preserved:
                self._maybe_delete[path] = min(made, now)

    @property
    def latest_checkpoint(self) -> str | None:
        """The newest checkpoint, for `Checkpoint.restore`; None when there is none."""
        return self._latest_checkpoint

    @property
    def checkpoints(self) -> list[str]:
        """The checkpoints that may be removed, oldest first."""
        return list(self._maybe_delete)

    def save(self, checkpoint_number: Any = None) -> str:
        """Writes a checkpoint and removes old ones; gives its prefix.

        Args:
          checkpoint_number: a number, tensor or variable; the count of saves when None.
        """
        session = stacks.session_for(get_default_graph(), None, "save a checkpoint")
        count = int(session.run(self._checkpoint._counted(session)))
        number = count if checkpoint_number is None else checkpoint_number
        if not isinstance(number, (int, np.integer)):
            number = training_util.global_step(session, number)
        path = self._checkpoint.write(f"{self._checkpoint_prefix}-{number}")
        self._maybe_delete.pop(path, None)
        self._maybe_delete[path] = time.time()
        self._latest_checkpoint = path
        self._record_state()  # before anything goes, so that the newest is known in any case
        self._sweep()
        self._record_state()
        return path  # type: ignore[no-any-return]

    def _record_state(self) -> None:
        management.update_checkpoint_state_internal(
            self._directory,
            model_checkpoint_path=self._latest_checkpoint,
            all_model_checkpoint_paths=list(self._maybe_delete),
            all_model_checkpoint_timestamps=list(self._maybe_delete.values()),
            last_preserved_timestamp=self._last_preserved_timestamp,
            save_relative_paths=True,
        )

    def _sweep(self) -> None:
        while self._max_to_keep and len(self._maybe_delete) > self._max_to_keep:
            path = next(iter(self._maybe_delete))
            made = self._maybe_delete.pop(path)
            hours = self._every_n_hours
            if hours and made - hours * 3600.0 >= self._last_preserved_timestamp:
                self._last_preserved_timestamp = made
            else:
                management.remove_checkpoint(path)
