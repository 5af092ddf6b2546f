"""What the sets of texts as word numbers have in common."""

from __future__ import annotations

from typing import Any

import numpy as np


def prepared(
    xs: Any, start_char: Any, oov_char: Any, index_from: int, num_words: Any, skip_top: int
) -> list[Any]:
    """Word numbers moved up by `index_from`, rare and commonest words replaced."""
    if start_char is not None:
        xs = [[start_char] + [w + index_from for w in x] for x in xs]
    elif index_from:
        xs = [[w + index_from for w in x] for x in xs]
    if not num_words:
        num_words = max(max(x) for x in xs)
    if oov_char is not None:
        return [[w if skip_top <= w < num_words else oov_char for w in x] for x in xs]
    return [[w for w in x if skip_top <= w < num_words] for x in xs]


def shuffled(xs: Any, labels: Any, seed: int) -> tuple[Any, Any]:
    """Texts and labels in a new order."""
    order = np.arange(len(xs))
    np.random.RandomState(seed).shuffle(order)
    return np.asarray(xs, dtype=object)[order], np.asarray(labels)[order]


def objects(rows: list[Any]) -> Any:
    """Lists as an array of objects."""
    array = np.empty(len(rows), dtype=object)
    array[:] = rows
    return array


def read_npz(path: str, names: list[str]) -> list[Any]:
    """Arrays of an .npz file.

    Raises:
      ValueError: they are pickled objects, which are not read from a file.
    """
    with np.load(path) as f:
        try:
            return [f[name] for name in names]
        except ValueError as error:
            raise ValueError(
                f"{path} holds pickled lists, which are not read. Save it anew with rows padded "
                "with -1 in one int array."
            ) from error


def unpadded(rows: Any) -> list[list[int]]:
    """The rows of an array without the -1 behind them."""
    return [[int(w) for w in row if w >= 0] for row in rows]
