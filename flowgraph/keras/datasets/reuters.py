"""News, as numbers of words."""

from __future__ import annotations

import json
from typing import Any

from flowgraph.keras.datasets import texts
from flowgraph.keras.utils.data_utils import get_file

_BASE = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"


def load_data(
    path: str = "reuters.npz", num_words: Any = None, skip_top: int = 0, maxlen: Any = None,
    test_split: float = 0.2, seed: int = 113, start_char: Any = 1, oov_char: Any = 2,
    index_from: int = 3, **kwargs: Any,
) -> Any:  # fmt: skip
    """((train news, labels), (test news, labels)); see `imdb.load_data`."""
    num_words = kwargs.pop("nb_words", num_words)
    if kwargs:
        raise TypeError("Unrecognized keyword arguments: " + str(kwargs))
    x, y = texts.read_npz(get_file(path, _BASE + "reuters.npz"), ["x", "y"])
    rows, labels = texts.shuffled(texts.objects(texts.unpadded(x)), y, seed)
    rows = texts.prepared(rows, start_char, oov_char, index_from, num_words, skip_top)
    if maxlen:
        kept = [i for i, row in enumerate(rows) if len(row) < maxlen]
        rows, labels = [rows[i] for i in kept], labels[kept]
    cut = int(len(rows) * (1 - test_split))
    return (texts.objects(rows[:cut]), labels[:cut]), (texts.objects(rows[cut:]), labels[cut:])


def get_word_index(path: str = "reuters_word_index.json") -> dict[str, int]:
    """{word: its number}."""
    with open(get_file(path, _BASE + "reuters_word_index.json"), encoding="utf8") as f:
        return json.load(f)  # type: ignore[no-any-return]
