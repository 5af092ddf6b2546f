"""Reviews of films, as numbers of words."""

from __future__ import annotations

import json
from typing import Any

from flowgraph.keras.datasets import texts
from flowgraph.keras.utils.data_utils import get_file

_BASE = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"


def load_data(
    path: str = "imdb.npz", num_words: Any = None, skip_top: int = 0, maxlen: Any = None,
    seed: int = 113, start_char: Any = 1, oov_char: Any = 2, index_from: int = 3, **kwargs: Any,
) -> Any:  # fmt: skip
    """((train reviews, labels), (test reviews, labels)).

    Args:
      path: an .npz file with x_train, y_train, x_test, y_test; rows padded with -1.
      num_words, skip_top: which words are kept, by how common they are.
      maxlen: longer reviews are left out.
      seed: of the order.
      start_char, oov_char, index_from: the numbers of the start, of unknown words, of the first.

    Raises:
      FileNotFoundError: the file is not there and cannot be fetched.
      ValueError: it holds pickled lists, as the original does: these are not read.
    """
    num_words = kwargs.pop("nb_words", num_words)
    if kwargs:
        raise TypeError("Unrecognized keyword arguments: " + str(kwargs))
    found = get_file(path, _BASE + "imdb.npz")
    arrays = texts.read_npz(found, ["x_train", "y_train", "x_test", "y_test"])
    pairs = []
    for x, y in (arrays[:2], arrays[2:]):
        rows, labels = texts.shuffled(texts.objects(texts.unpadded(x)), y, seed)
        rows = texts.prepared(rows, start_char, oov_char, index_from, num_words, skip_top)
        if maxlen:
            kept = [i for i, row in enumerate(rows) if len(row) < maxlen]
            rows, labels = [rows[i] for i in kept], labels[kept]
        pairs.append((texts.objects(rows), labels))
    return tuple(pairs)


def get_word_index(path: str = "imdb_word_index.json") -> dict[str, int]:
    """{word: its number}."""
    with open(get_file(path, _BASE + "imdb_word_index.json"), encoding="utf8") as f:
        return json.load(f)  # type: ignore[no-any-return]
