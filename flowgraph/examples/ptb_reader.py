"""Texts of words as batches of numbers, as TensorFlow's tutorial on the Penn Treebank reads them.

The module that scripts of 2016 import as `tensorflow.models.rnn.ptb.reader`. The texts are
`ptb.train.txt`, `ptb.valid.txt` and `ptb.test.txt` in the user's own folder.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

import flowgraph as tf

_END = "<eos>"
_PARTS = ("train", "valid", "test")


def _read_words(filename: str) -> list[str]:
    with tf.gfile.GFile(filename, "r") as file:
        return file.read().replace("\n", f" {_END} ").split()


def _build_vocab(filename: str) -> dict[str, int]:
    """Word -> number, by how often it is there, then by the alphabet."""
    counts = Counter(_read_words(filename))
    ordered = sorted(counts, key=lambda word: (-counts[word], word))
    return {word: i for i, word in enumerate(ordered)}


def _file_to_word_ids(filename: str, word_to_id: dict[str, int]) -> list[int]:
    return [word_to_id[word] for word in _read_words(filename) if word in word_to_id]


def ptb_raw_data(data_path: str | None = None) -> tuple[list[int], list[int], list[int], int]:
    """(numbers of the train text, of the valid text, of the test text, how many words there are).

    Raises:
      tf.errors.NotFoundError: a text is not in the folder `data_path`.
    """
    names = [os.path.join(data_path or "", f"ptb.{part}.txt") for part in _PARTS]
    word_to_id = _build_vocab(names[0])
    train, valid, test = (_file_to_word_ids(name, word_to_id) for name in names)
    return train, valid, test, len(word_to_id)


def _rows(raw_data: Any, batch_size: int) -> np.ndarray:
    """The text cut into `batch_size` rows, without what is left over."""
    data = np.asarray(raw_data, np.int32)
    length = len(data) // batch_size
    return data[: batch_size * length].reshape(batch_size, length)


def ptb_iterator(
    raw_data: Any, batch_size: int, num_steps: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pairs of arrays [batch_size, num_steps]: the words, and the word after each.

    Raises:
      ValueError: the text has no whole batch.
    """
    rows = _rows(raw_data, batch_size)
    count = (rows.shape[1] - 1) // num_steps
    if count == 0:
        raise ValueError("epoch_size == 0, decrease batch_size or num_steps")
    for start in range(0, count * num_steps, num_steps):
        yield rows[:, start : start + num_steps], rows[:, start + 1 : start + num_steps + 1]


def ptb_producer(
    raw_data: Any, batch_size: int, num_steps: int, name: str | None = None
) -> tuple[tf.Tensor, tf.Tensor]:
    """The same pairs as tensors, the next one in each run, from a queue of their numbers.

    Raises:
      tf.errors.InvalidArgumentError: when it is run: the text has no whole batch.
    """
    with tf.name_scope(name, "PTBProducer", [raw_data, batch_size, num_steps]):
        rows = _rows(raw_data, batch_size)
        count = (rows.shape[1] - 1) // num_steps
        message = "epoch_size == 0, decrease batch_size or num_steps"
        with tf.control_dependencies([tf.assert_positive(count, message=message)]):
            size = tf.identity(count, name="epoch_size")
        i = tf.train.range_input_producer(size, shuffle=False).dequeue()
        data = tf.constant(rows)
        x, y = (
            tf.strided_slice(data, [0, i * num_steps + d], [batch_size, (i + 1) * num_steps + d])
            for d in (0, 1)
        )
        for tensor in (x, y):
            tensor.set_shape([batch_size, num_steps])
        return x, y
