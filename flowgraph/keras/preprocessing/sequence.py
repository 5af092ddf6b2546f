"""Sequences of numbers: padding, skip-grams, windows of a time series."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from flowgraph.keras.utils.data_utils import Sequence


def pad_sequences(
    sequences: Any, maxlen: int | None = None, dtype: Any = "int32", padding: str = "pre",
    truncating: str = "pre", value: Any = 0.0,
) -> Any:  # fmt: skip
    """Lists of different lengths as the rows of one array.

    Args:
      sequences: the lists.
      maxlen: the length of a row; that of the longest list when None.
      dtype: of the array.
      padding: "pre" or "post": where short lists are filled up.
      truncating: "pre" or "post": where long lists are cut.
      value: what they are filled up with.

    Raises:
      ValueError: these are no lists, or one has elements of another shape.
    """
    if not hasattr(sequences, "__len__"):
        raise ValueError("`sequences` must be iterable.")
    lengths, sample = [], ()
    for one in sequences:
        if not hasattr(one, "__len__"):
            raise ValueError(f"`sequences` must be a list of iterables. Found non-iterable: {one}")
        lengths.append(len(one))
        if len(one) and sample == ():
            sample = np.asarray(one).shape[1:]
    maxlen = max(lengths, default=0) if maxlen is None else maxlen
    if truncating not in ("pre", "post"):
        raise ValueError(f'Truncating type "{truncating}" not understood')
    if padding not in ("pre", "post"):
        raise ValueError(f'Padding type "{padding}" not understood')
    takes_text = np.dtype(dtype).kind in "OUS"
    if isinstance(value, str) and not takes_text:
        raise ValueError(
            f"`dtype` {dtype} is not compatible with `value`'s type: {type(value)}\nYou should set "
            "`dtype=object` for variable length strings."
        )
    padded = np.full((len(sequences), maxlen, *sample), value, dtype=dtype)
    for row, one in zip(padded, sequences, strict=True):
        if not len(one):
            continue
        cut = one[-maxlen:] if truncating == "pre" else one[:maxlen]
        cut = np.asarray(cut, dtype=dtype)
        if cut.shape[1:] != sample:
            raise ValueError(
                f"Shape of sample {cut.shape[1:]} of sequence is different from expected shape "
                f"{sample}"
            )
        if padding == "post":
            row[: len(cut)] = cut
        else:
            row[maxlen - len(cut) :] = cut
    return padded


def make_sampling_table(size: int, sampling_factor: float = 1e-5) -> Any:
    """How likely each rank of a word is to be kept, under Zipf's law (word2vec)."""
    gamma = 0.577
    rank = np.arange(size)
    rank[0] = 1
    inverse = rank * (np.log(rank) + gamma) + 0.5 - 1.0 / (12.0 * rank)
    f = sampling_factor * inverse
    return np.minimum(1.0, f / np.sqrt(f))


def skipgrams(
    sequence: Any, vocabulary_size: int, window_size: int = 4, negative_samples: float = 1.0,
    shuffle: bool = True, categorical: bool = False, sampling_table: Any = None,
    seed: int | None = None,
) -> Any:  # fmt: skip
    """(pairs of words, labels): 1 for words that stand together, 0 for drawn ones."""
    couples: list[Any] = []
    labels: list[Any] = []
    for i, word in enumerate(sequence):
        if not word:
            continue
        if sampling_table is not None and sampling_table[word] < random.random():
            continue
        for j in range(max(0, i - window_size), min(len(sequence), i + window_size + 1)):
            if j != i and sequence[j]:
                couples.append([word, sequence[j]])
                labels.append([0, 1] if categorical else 1)
    if negative_samples > 0:
        count = int(len(labels) * negative_samples)
        words = [c[0] for c in couples]
        random.shuffle(words)
        couples += [
            [words[i % len(words)], random.randint(1, vocabulary_size - 1)] for i in range(count)
        ]
        labels += [[1, 0] if categorical else 0] * count
    if shuffle:
        seed = random.randint(0, 10**6) if seed is None else seed
        for items in (couples, labels):
            random.Random(seed).shuffle(items)
    return couples, labels


class TimeseriesGenerator(Sequence):
    """Windows of a time series and the values behind them.

    Args:
      data: (time, ...).
      targets: (time, ...).
      length: of a window.
      sampling_rate: the distance between two steps of a window.
      stride: the distance between two windows.
      start_index, end_index: which part to take.
      shuffle: whether windows are drawn.
      reverse: whether windows run backwards.
      batch_size: windows in a batch.
    """

    def __init__(
        self, data: Any, targets: Any, length: int, sampling_rate: int = 1, stride: int = 1,
        start_index: int = 0, end_index: int | None = None, shuffle: bool = False,
        reverse: bool = False, batch_size: int = 128,
    ) -> None:  # fmt: skip
        if len(data) != len(targets):
            raise ValueError(
                f"Data and targets have to be of same length: {len(data)} data, while target "
                f"length is {len(targets)}"
            )
        self.data, self.targets, self.length = data, targets, length
        self.sampling_rate, self.stride = sampling_rate, stride
        self.start_index = start_index + length
        self.end_index = len(data) - 1 if end_index is None else end_index
        self.shuffle, self.reverse, self.batch_size = shuffle, reverse, batch_size
        if self.start_index > self.end_index:
            raise ValueError(
                f"`start_index+length={self.start_index} > end_index={self.end_index}` is "
                "disallowed, as no part of the sequence would be left to be used as current step."
            )

    def __len__(self) -> int:
        return (self.end_index - self.start_index + self.batch_size * self.stride) // (
            self.batch_size * self.stride
        )

    def __getitem__(self, index: int) -> Any:
        if self.shuffle:
            rows = np.random.randint(self.start_index, self.end_index + 1, size=self.batch_size)
        else:
            first = self.start_index + self.batch_size * self.stride * index
            last = min(first + self.batch_size * self.stride, self.end_index + 1)
            rows = np.arange(first, last, self.stride)
        samples = np.array([self.data[r - self.length : r : self.sampling_rate] for r in rows])
        targets = np.array([self.targets[r] for r in rows])
        return (samples[:, ::-1, ...], targets) if self.reverse else (samples, targets)
