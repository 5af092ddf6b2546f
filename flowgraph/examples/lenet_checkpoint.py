"""The checkpoint of a training: every variable of the graph, its settings and its curve so far.

A plain `.npz`: each variable under its own name, the rest under `settings/` and `history/`. It is
written whole or not at all, and read without pickle. Imports numpy alone.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np


class CheckpointError(ValueError):
    """A checkpoint is missing, damaged or of another training; the message is one line."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A training at one moment.

    `settings` are the integers on which every later step depends; `losses` has one number for each
    step made, `errors` the share of wrong test digits after each epoch.
    """

    settings: Mapping[str, int]
    losses: list[float]
    errors: list[float]
    variables: Mapping[str, np.ndarray]


def save(path: Path, checkpoint: Checkpoint) -> None:
    """Writes the checkpoint; a reader sees the old file or the new one, never a part."""
    arrays = dict(checkpoint.variables)
    arrays |= {f"settings/{name}": np.int64(n) for name, n in checkpoint.settings.items()}
    arrays["history/losses"] = np.asarray(checkpoint.losses, np.float64)
    arrays["history/errors"] = np.asarray(checkpoint.errors, np.float64)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            np.savez(file, **arrays)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def load(path: Path) -> Checkpoint:
    """Reads a checkpoint.

    Raises:
        CheckpointError: there is none, or the file is damaged.
    """
    if not path.is_file():
        raise CheckpointError(f"{path}: expected a checkpoint to resume from, found nothing")
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        return Checkpoint(
            settings={n: int(a) for n, a in _under("settings/", arrays).items()},
            losses=arrays.pop("history/losses").tolist(),
            errors=arrays.pop("history/errors").tolist(),
            variables={n: a for n, a in arrays.items() if not n.startswith("settings/")},
        )
    except Exception as error:  # numpy and zipfile raise a dozen kinds for damaged bytes
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CheckpointError(
            f"{path}: expected a checkpoint of this program, found a damaged or another file "
            f"({reason})"
        ) from None


def check_settings(path: Path, saved: Mapping[str, int], wanted: Mapping[str, int]) -> None:
    """Refuses to go on with other settings than those of the steps already made.

    Raises:
        CheckpointError: naming the first setting that differs.
    """
    for name, value in wanted.items():
        if saved.get(name) != value:
            raise CheckpointError(
                f"{path}: expected a checkpoint with {name} {value}, "
                f"found {name} {saved.get(name)}; resume with the same, or train anew "
                "without --resume"
            )


def check_variables(
    path: Path, saved: Mapping[str, np.ndarray], shapes: Mapping[str, tuple[int, ...]]
) -> None:
    """Refuses variables that are not those of the graph.

    Raises:
        CheckpointError: naming the first variable that is missing or has another shape.
    """
    for name, shape in shapes.items():
        found = saved[name].shape if name in saved else "none"
        if found != shape:
            raise CheckpointError(f"{path}: expected variable {name} of {shape}, found {found}")


def _under(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {n.removeprefix(prefix): a for n, a in arrays.items() if n.startswith(prefix)}
