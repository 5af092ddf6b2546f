"""Documents as rows of numbers of words, or of bytes."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from types import FunctionType
from typing import Any

import numpy as np

from flowgraph.contrib.learn.preprocessing.categorical_vocabulary import CategoricalVocabulary
from flowgraph.core.errors import DataLossError
from flowgraph.platform import gfile

TOKENIZER_RE = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z][a-z]+(?=[A-Z])|[\'\w\-]+", re.UNICODE)
_FORMAT = "flowgraph vocabulary"
Tokenizer = Callable[[Iterable[Any]], Iterable[Iterable[Any]]]


def tokenizer(iterator: Iterable[str]) -> Iterator[list[str]]:
    """The words of each text, where capitals within a word begin a new one."""
    for value in iterator:
        yield TOKENIZER_RE.findall(value)


class ByteProcessor:
    """Turns documents into rows of their UTF-8 bytes, cut or padded with 0.

    (tf.contrib.learn.preprocessing.ByteProcessor)

    Args:
        max_document_length: the length of a row.
    """

    def __init__(self, max_document_length: int) -> None:
        self.max_document_length = max_document_length

    def fit(self, x: Any) -> None:
        """Does nothing: there is nothing to learn."""

    def fit_transform(self, x: Iterable[Any]) -> Iterator[np.ndarray[Any, Any]]:
        """See `transform`."""
        return self.transform(x)

    def reverse(self, x: Iterable[Any]) -> Iterator[str]:
        """The text of each row; an empty one where the bytes are no UTF-8."""
        for row in x:
            document = np.trim_zeros(np.asarray(row).astype(np.uint8), trim="b").tobytes()
            try:
                yield document.decode("utf-8")
            except UnicodeDecodeError:
                yield ""

    def transform(self, x: Iterable[Any]) -> Iterator[np.ndarray[Any, Any]]:
        """A uint8 row for each document, which is text or bytes."""
        for document in x:
            content = document.encode("utf-8") if isinstance(document, str) else bytes(document)
            row = np.zeros(self.max_document_length, np.uint8)
            cut = np.frombuffer(content[: self.max_document_length], np.uint8)
            row[: len(cut)] = cut
            yield row


class VocabularyProcessor:
    """Turns documents into rows of word numbers, cut or padded with 0.

    (tf.contrib.learn.preprocessing.VocabularyProcessor)

    Args:
        max_document_length: the length of a row.
        min_frequency: words that come no more often than this are unknown.
        vocabulary: a `CategoricalVocabulary` to start with.
        tokenizer_fn: documents -> the words of each; `tokenizer` when it is not given.

    Attributes:
        vocabulary_: the words and their numbers.
    """

    def __init__(
        self,
        max_document_length: int,
        min_frequency: int = 0,
        vocabulary: CategoricalVocabulary | None = None,
        tokenizer_fn: Tokenizer | None = None,
    ) -> None:
        self.max_document_length = max_document_length
        self.min_frequency = min_frequency
        self.vocabulary_ = vocabulary or CategoricalVocabulary()
        self._tokenizer = tokenizer_fn or tokenizer

    def fit(self, raw_documents: Iterable[Any], unused_y: Any = None) -> VocabularyProcessor:
        """Learns the documents' words, and returns itself."""
        for tokens in self._tokenizer(raw_documents):
            for token in tokens:
                self.vocabulary_.add(token)
        if self.min_frequency > 0:
            self.vocabulary_.trim(self.min_frequency)
        self.vocabulary_.freeze()
        return self

    def fit_transform(
        self, raw_documents: Iterable[Any], unused_y: Any = None
    ) -> Iterator[np.ndarray[Any, Any]]:
        """Learns the documents' words and turns the documents into rows."""
        self.fit(raw_documents)
        return self.transform(raw_documents)

    def transform(self, raw_documents: Iterable[Any]) -> Iterator[np.ndarray[Any, Any]]:
        """An int64 row of word numbers for each document."""
        for tokens in self._tokenizer(raw_documents):
            row = np.zeros(self.max_document_length, np.int64)
            for place, token in enumerate(tokens):
                if place >= self.max_document_length:
                    break
                row[place] = self.vocabulary_.get(token)
            yield row

    def reverse(self, documents: Iterable[Iterable[int]]) -> Iterator[str]:
        """The words of each row, with blanks between."""
        for item in documents:
            yield " ".join(str(self.vocabulary_.reverse(class_id)) for class_id in item)

    def save(self, filename: Any) -> None:
        """Writes this to a file of JSON, which `restore` reads.

        Of a `tokenizer_fn` it writes the name.
        """
        vocabulary = self.vocabulary_
        given = None if self._tokenizer is tokenizer else self._tokenizer
        state = {
            "format": _FORMAT,
            "max_document_length": self.max_document_length,
            "min_frequency": self.min_frequency,
            "tokenizer_fn": given and getattr(given, "__qualname__", repr(given)),
            "unknown_token": vocabulary._unknown_token,
            "support_reverse": vocabulary._support_reverse,
            "frozen": vocabulary._freeze,
            "categories": [_plain(c) for c in vocabulary._mapping],
            "counts": [[_plain(c), n] for c, n in vocabulary._freq.items()],
        }
        with gfile.GFile(filename, "wb") as file:
            file.write(json.dumps(state))

    @classmethod
    def restore(cls, filename: Any) -> VocabularyProcessor:
        """Reads what `save` wrote. A `tokenizer_fn` of it is looked for in the running script.

        Raises:
            NotFoundError: there is no such file.
            DataLossError: it is another one, a pickle of TensorFlow's, say.
            ValueError: the script has no function of the tokenizer's name.
        """
        with gfile.GFile(filename, "rb") as file:
            state = _parse(file.read(), filename)
        vocabulary = CategoricalVocabulary(state["unknown_token"], state["support_reverse"])
        for category in state["categories"]:
            vocabulary.get(category)
        vocabulary._freq.update(dict(state["counts"]))
        vocabulary.freeze(state["frozen"])
        name = state["tokenizer_fn"]
        return cls(
            state["max_document_length"], state["min_frequency"], vocabulary,
            name and _tokenizer_of_script(name),
        )  # fmt: skip


def _plain(category: Any) -> Any:
    return category.item() if isinstance(category, np.generic) else category


def _parse(content: bytes, filename: Any) -> dict[str, Any]:
    try:
        state = json.loads(content)
    except ValueError:
        state = None
    if not isinstance(state, dict) or state.get("format") != _FORMAT:
        raise DataLossError(
            None, None,
            f"{filename}: expected a vocabulary that VocabularyProcessor.save wrote, found "
            "something else. (Pickles of TensorFlow's are not read: they can run code. Fit again.)",
        )  # fmt: skip
    return state


def _tokenizer_of_script(name: str) -> Tokenizer:
    found = vars(sys.modules["__main__"]).get(name)
    if not isinstance(found, FunctionType):
        raise ValueError(
            f"This vocabulary was made with the tokenizer_fn {name!r}, and the script has no "
            "function of this name."
        )
    return found
