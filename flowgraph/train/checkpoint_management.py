"""Which checkpoints there are: the file that lists them, finding them and removing their files."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Sequence
from typing import Any

from flowgraph.core import errors
from flowgraph.graph_io import protos
from flowgraph.platform import file_io
from flowgraph.platform import logging as tf_logging

V1, V2 = 1, 2  # SaverDef.CheckpointFormatVersion


def _state_path(save_dir: Any, latest_filename: str | None) -> str:
    return os.path.join(os.fsdecode(save_dir), latest_filename or "checkpoint")


# --- the file that lists checkpoints --------------------------------------------------------------
def generate_checkpoint_state_proto(
    save_dir: Any,
    model_checkpoint_path: Any,
    all_model_checkpoint_paths: list[str] | None = None,
    all_model_checkpoint_timestamps: Sequence[float] | None = None,
    last_preserved_timestamp: float | None = None,
) -> Any:
    """The CheckpointState that lists checkpoints (tf.train.generate_checkpoint_state_proto).

    Args:
      save_dir: the directory; relative paths are made relative to it.
      model_checkpoint_path: the newest checkpoint.
      all_model_checkpoint_paths: all that there are, the newest last.
      all_model_checkpoint_timestamps: when they were made, in seconds.
      last_preserved_timestamp: when the last one was made that will be kept for good.

    Raises:
      ValueError: there are not as many times as checkpoints.
    """
    save_dir, newest = os.fsdecode(save_dir), os.fsdecode(model_checkpoint_path)
    given = [] if all_model_checkpoint_paths is None else all_model_checkpoint_paths
    if not given or given[-1] != newest:
        tf_logging.info("%s is not in all_model_checkpoint_paths. Manually adding it.", newest)
        given.append(newest)  # to the caller's own list, as TensorFlow does
    paths = [os.fsdecode(path) for path in given]
    times = all_model_checkpoint_timestamps
    if times and len(times) != len(paths):
        raise ValueError(
            f"Checkpoint timestamps, if provided, must match checkpoint paths (got paths {paths} "
            f"and timestamps {times})"
        )
    if not os.path.isabs(save_dir):
        newest, *paths = (
            path if os.path.isabs(path) else os.path.relpath(path, save_dir or os.curdir)
            for path in (newest, *paths)
        )
    return protos.CheckpointState(
        model_checkpoint_path=newest,
        all_model_checkpoint_paths=paths,
        all_model_checkpoint_timestamps=times,
        last_preserved_timestamp=last_preserved_timestamp,
    )


def update_checkpoint_state(
    save_dir: Any,
    model_checkpoint_path: Any,
    all_model_checkpoint_paths: list[str] | None = None,
    latest_filename: str | None = None,
    all_model_checkpoint_timestamps: Sequence[float] | None = None,
    last_preserved_timestamp: float | None = None,
) -> None:
    """Writes the file that lists a directory's checkpoints (tf.train.update_checkpoint_state).

    Args are those of `generate_checkpoint_state_proto`; `latest_filename` is the file's name,
    "checkpoint" when None.

    Raises:
      RuntimeError: a checkpoint has the path of that file.
    """
    update_checkpoint_state_internal(
        save_dir, model_checkpoint_path, all_model_checkpoint_paths, latest_filename, False,
        all_model_checkpoint_timestamps, last_preserved_timestamp,
    )  # fmt: skip


def update_checkpoint_state_internal(
    save_dir: Any,
    model_checkpoint_path: Any,
    all_model_checkpoint_paths: list[str] | None = None,
    latest_filename: str | None = None,
    save_relative_paths: bool = False,
    all_model_checkpoint_timestamps: Sequence[float] | None = None,
    last_preserved_timestamp: float | None = None,
) -> None:
    """As `update_checkpoint_state`; with `save_relative_paths`, all paths are made relative."""
    file = _state_path(save_dir, latest_filename)
    paths = list(all_model_checkpoint_paths or ())
    newest = model_checkpoint_path
    if save_relative_paths:
        newest, *paths = (
            os.path.relpath(path, save_dir) if os.path.isabs(path) else path
            for path in (newest, *paths)
        )
    state = generate_checkpoint_state_proto(
        save_dir, newest, paths, all_model_checkpoint_timestamps, last_preserved_timestamp
    )
    if file == state.model_checkpoint_path:
        raise RuntimeError(
            f"Save path '{model_checkpoint_path}' conflicts with path used for checkpoint state.  "
            "Please use a different save path."
        )
    from google.protobuf import text_format

    file_io.atomic_write_string_to_file(file, text_format.MessageToString(state))


def get_checkpoint_state(checkpoint_dir: Any, latest_filename: str | None = None) -> Any:
    """The CheckpointState that lists a directory's checkpoints; None when there is none.

    tf.train.get_checkpoint_state. Its paths are made absolute, or relative to the same directory as
    `checkpoint_dir`.

    Raises:
      ValueError: the file names no checkpoint.
    """
    from google.protobuf import text_format

    folder = os.fsdecode(checkpoint_dir)
    file = _state_path(folder, latest_filename)
    state = protos.CheckpointState()
    try:
        if not file_io.file_exists(file):
            return None
        text_format.Merge(file_io.read_file_to_string(file), state)
    except (errors.OpError, text_format.ParseError, UnicodeDecodeError) as error:
        tf_logging.warning("%s: %s", type(error).__name__, error)
        tf_logging.warning("%s: Checkpoint ignored", file)
        return None
    if not state.model_checkpoint_path:
        raise ValueError(f"Invalid checkpoint state loaded from {checkpoint_dir}")
    state.model_checkpoint_path = _below(folder, state.model_checkpoint_path)
    for i, path in enumerate(state.all_model_checkpoint_paths):
        state.all_model_checkpoint_paths[i] = _below(folder, path)
    return state


def _below(folder: str, path: str) -> str:
    return path if os.path.isabs(path) else os.path.join(folder, path)


# --- the files of a checkpoint --------------------------------------------------------------------
def _main_file(prefix: str, version: int) -> str:
    return prefix + ".index" if version == V2 else prefix


def meta_graph_filename(checkpoint_filename: str, meta_graph_suffix: str = "meta") -> str:
    """The file of the graph that belongs to a checkpoint."""
    one_of_several = re.compile(r"-[\d?]+-of-\d+$")
    return f"{one_of_several.sub('', checkpoint_filename)}.{meta_graph_suffix}"


def latest_checkpoint(checkpoint_dir: Any, latest_filename: str | None = None) -> str | None:
    """The newest checkpoint of a directory, for `Saver.restore`; None when there is none.

    tf.train.latest_checkpoint.
    """
    state = get_checkpoint_state(checkpoint_dir, latest_filename)
    if state is None or not state.model_checkpoint_path:
        return None
    if checkpoint_exists(state.model_checkpoint_path):
        return str(state.model_checkpoint_path)
    tf_logging.error("Couldn't match files for checkpoint %s", state.model_checkpoint_path)
    return None


def checkpoint_exists(checkpoint_prefix: Any) -> bool:
    """Whether there is a checkpoint, in one file or more (tf.train.checkpoint_exists)."""
    return _found_file(os.fsdecode(checkpoint_prefix)) is not None


def _found_file(prefix: str) -> str | None:
    """The file that tells that there is a checkpoint; it may be one of several."""
    for version in (V2, V1):
        path = _main_file(prefix, version)
        if file_io.file_exists(path):  # whose name may look like a pattern
            return path
        found = file_io.get_matching_files(path)
        if found:
            return str(found[0])
    return None


def get_checkpoint_mtimes(checkpoint_prefixes: Sequence[Any]) -> list[float]:
    """When the checkpoints that exist were written, in seconds (tf.train.get_checkpoint_mtimes)."""
    files = [_found_file(os.fsdecode(prefix)) for prefix in checkpoint_prefixes]
    return [file_io.stat(file).mtime_nsec / 1e9 for file in files if file is not None]


def remove_checkpoint(
    checkpoint_prefix: Any, checkpoint_format_version: int = V2, meta_graph_suffix: str = "meta"
) -> None:
    """Removes the files of a checkpoint, and its graph's (tf.train.remove_checkpoint)."""
    prefix = os.fsdecode(checkpoint_prefix)
    _delete_matching(meta_graph_filename(prefix, meta_graph_suffix))
    if checkpoint_format_version == V2:
        _delete_matching(prefix + ".index")
        _delete_matching(prefix + ".data-?????-of-?????")
    else:
        _delete_matching(prefix)


def _delete_matching(pattern: str) -> None:
    for path in file_io.get_matching_files(pattern):
        file_io.delete_file(path)


def checkpoints_iterator(
    checkpoint_dir: Any,
    min_interval_secs: float = 0,
    timeout: float | None = None,
    timeout_fn: Any = None,
) -> Iterator[str]:
    """The checkpoints of a directory as they appear (tf.train.checkpoints_iterator).

    Args:
      checkpoint_dir: the directory.
      min_interval_secs: the least time from one to the next.
      timeout: how long to wait for the next one; without end when None.
      timeout_fn: called after a timeout; when it gives True, the iteration is at its end.
    """
    newest = None
    while True:
        found = wait_for_new_checkpoint(checkpoint_dir, newest, timeout=timeout)
        if found is None:
            if timeout_fn is None:
                tf_logging.info("Timed-out waiting for a checkpoint.")
                return
            if timeout_fn():
                return
            continue
        newest, started = found, time.monotonic()
        yield found
        time.sleep(max(0.0, started + min_interval_secs - time.monotonic()))


def wait_for_new_checkpoint(
    checkpoint_dir: Any,
    last_checkpoint: str | None = None,
    seconds_to_sleep: float = 1,
    timeout: float | None = None,
) -> str | None:
    """Waits until the newest checkpoint is not `last_checkpoint`; None after `timeout` seconds.

    tf.contrib.training.wait_for_new_checkpoint.
    """
    tf_logging.info("Waiting for new checkpoint at %s", checkpoint_dir)
    stop = None if timeout is None else time.monotonic() + timeout
    while True:
        newest = latest_checkpoint(checkpoint_dir)
        if newest is not None and newest != last_checkpoint:
            tf_logging.info("Found new checkpoint at %s", newest)
            return newest
        if stop is not None and time.monotonic() + seconds_to_sleep > stop:
            return None
        time.sleep(seconds_to_sleep)
