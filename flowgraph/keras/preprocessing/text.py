"""Texts as numbers."""

from __future__ import annotations

import collections
import hashlib
import json
from collections import OrderedDict, defaultdict
from typing import Any

import numpy as np

_FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'


def text_to_word_sequence(
    text: str, filters: str = _FILTERS, lower: bool = True, split: str = " "
) -> list[str]:
    """The words of a text."""
    text = text.lower() if lower else text
    text = text.translate(str.maketrans(dict.fromkeys(filters, split)))
    return [word for word in text.split(split) if word]


def one_hot(
    text: str, n: int, filters: str = _FILTERS, lower: bool = True, split: str = " "
) -> list[int]:
    """The words as numbers below `n`, by Python's hash."""
    return hashing_trick(text, n, hash, filters, lower, split)


def hashing_trick(
    text: str, n: int, hash_function: Any = None, filters: str = _FILTERS, lower: bool = True,
    split: str = " ",
) -> list[int]:  # fmt: skip
    """The words as numbers below `n`, by a hash: a function, or "md5"."""
    if hash_function is None:
        hash_function = hash
    elif hash_function == "md5":
        hash_function = lambda w: int(hashlib.md5(w.encode()).hexdigest(), 16)  # noqa: E731
    words = text_to_word_sequence(text, filters, lower, split)
    return [(hash_function(w) % (n - 1) + 1) for w in words]


class Tokenizer:
    """Numbers words (or characters) by how often they occur.

    Args:
      num_words: only the `num_words - 1` commonest words are kept.
      filters: characters that are left out.
      lower: whether texts are made lower case.
      split: what stands between words.
      char_level: whether characters are numbered, not words.
      oov_token: the word that stands for unknown ones; None: these are left out.
    """

    def __init__(
        self, num_words: int | None = None, filters: str = _FILTERS, lower: bool = True,
        split: str = " ", char_level: bool = False, oov_token: Any = None, document_count: int = 0,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        if "nb_words" in kwargs:
            num_words = kwargs.pop("nb_words")
        if kwargs:
            raise TypeError("Unrecognized keyword arguments: " + str(kwargs))
        self.num_words, self.filters, self.lower, self.split = num_words, filters, lower, split
        self.char_level, self.oov_token = char_level, oov_token
        self.document_count = document_count
        self.word_counts: Any = OrderedDict()
        self.word_docs: Any = defaultdict(int)
        self.index_docs: Any = defaultdict(int)
        self.word_index: dict[Any, int] = {}
        self.index_word: dict[int, Any] = {}

    def _words(self, text: Any) -> Any:
        if self.char_level or isinstance(text, list):
            if self.lower:
                text = [t.lower() for t in text] if isinstance(text, list) else text.lower()
            return text
        return text_to_word_sequence(text, self.filters, self.lower, self.split)

    def fit_on_texts(self, texts: Any) -> None:
        """Numbers the words of some texts."""
        for text in texts:
            self.document_count += 1
            words = self._words(text)
            for word in words:
                self.word_counts[word] = self.word_counts.get(word, 0) + 1
            for word in set(words):
                self.word_docs[word] += 1
        by_count = sorted(self.word_counts.items(), key=lambda item: item[1], reverse=True)
        first = [] if self.oov_token is None else [self.oov_token]
        ordered = first + [word for word, _ in by_count]
        self.word_index = {word: i for i, word in enumerate(ordered, 1)}
        self.index_word = {i: word for word, i in self.word_index.items()}
        for word, count in self.word_docs.items():
            self.index_docs[self.word_index[word]] = count

    def fit_on_sequences(self, sequences: Any) -> None:
        """Counts numbers that were words."""
        self.document_count += len(sequences)
        for sequence in sequences:
            for number in set(sequence):
                self.index_docs[number] += 1

    def texts_to_sequences(self, texts: Any) -> list[Any]:
        """The numbers of the words of each text."""
        return list(self.texts_to_sequences_generator(texts))

    def texts_to_sequences_generator(self, texts: Any) -> Any:
        """The numbers of the words of each text, one text after another."""
        unknown = self.word_index.get(self.oov_token)
        for text in texts:
            numbers = []
            for word in self._words(text):
                i = self.word_index.get(word)
                if i is None or (self.num_words and i >= self.num_words):
                    i = unknown
                if i is not None:
                    numbers.append(i)
            yield numbers

    def sequences_to_texts(self, sequences: Any) -> list[str]:
        """Texts of the words of some numbers."""
        return list(self.sequences_to_texts_generator(sequences))

    def sequences_to_texts_generator(self, sequences: Any) -> Any:
        """Texts of the words of some numbers, one after another."""
        unknown = self.word_index.get(self.oov_token)
        for sequence in sequences:
            words = []
            for number in sequence:
                word = self.index_word.get(number)
                if word is not None and not (self.num_words and number >= self.num_words):
                    words.append(word)
                elif unknown is not None:
                    words.append(self.index_word[unknown])
            yield " ".join(words)

    def texts_to_matrix(self, texts: Any, mode: str = "binary") -> Any:
        """One row for each text; see `sequences_to_matrix`."""
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode=mode)

    def sequences_to_matrix(self, sequences: Any, mode: str = "binary") -> Any:
        """(sequences, words): 1 where the word occurs, its "count", "freq"uency, or "tfidf"."""
        if not self.num_words and not self.word_index:
            raise ValueError("Specify a dimension (`num_words` argument), or fit on some text data "
                             "first.")  # fmt: skip
        if mode == "tfidf" and not self.document_count:
            raise ValueError("Fit the Tokenizer on some data before using tfidf mode.")
        if mode not in ("binary", "count", "freq", "tfidf"):
            raise ValueError("Unknown vectorization mode:", mode)
        matrix = np.zeros((len(sequences), self.num_words or len(self.word_index) + 1))
        for row, sequence in zip(matrix, sequences, strict=True):
            counts = collections.Counter(i for i in sequence if i < matrix.shape[1])
            for number, count in counts.items():
                row[number] = self._weight(mode, number, count, len(sequence))
        return matrix

    def _weight(self, mode: str, number: int, count: int, length: int) -> float:
        if mode == "count":
            return count
        if mode == "freq":
            return count / length
        if mode == "binary":
            return 1
        inverse = np.log(1 + self.document_count / (1 + self.index_docs.get(number, 0)))
        return (1 + np.log(count)) * inverse

    def get_config(self) -> dict[str, Any]:
        """The arguments and what was counted."""
        return {
            "num_words": self.num_words, "filters": self.filters, "lower": self.lower,
            "split": self.split, "char_level": self.char_level, "oov_token": self.oov_token,
            "document_count": self.document_count, "word_counts": json.dumps(self.word_counts),
            "word_docs": json.dumps(self.word_docs), "index_docs": json.dumps(self.index_docs),
            "index_word": json.dumps(self.index_word), "word_index": json.dumps(self.word_index),
        }  # fmt: skip

    def to_json(self, **kwargs: Any) -> str:
        """The configuration as JSON."""
        return json.dumps({"class_name": "Tokenizer", "config": self.get_config()}, **kwargs)


def tokenizer_from_json(json_string: str) -> Tokenizer:
    """The tokenizer of `to_json`."""
    config = json.loads(json_string)["config"]
    kept = {k: json.loads(config.pop(k)) for k in (
        "word_counts", "word_docs", "index_docs", "index_word", "word_index")}  # fmt: skip
    made = Tokenizer(**config)
    made.word_counts, made.word_index = OrderedDict(kept["word_counts"]), kept["word_index"]
    made.word_docs = defaultdict(int, kept["word_docs"])
    made.index_docs = defaultdict(int, {int(k): v for k, v in kept["index_docs"].items()})
    made.index_word = {int(k): v for k, v in kept["index_word"].items()}
    return made
