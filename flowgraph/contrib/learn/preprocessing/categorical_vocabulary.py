"""Words, or other categories, and their numbers."""

from __future__ import annotations

import collections
from typing import Any


class CategoricalVocabulary:
    """Numbers for categories, in the order in which they come; 0 is the unknown one.

    (tf.contrib.learn.preprocessing.CategoricalVocabulary)

    Args:
        unknown_token: the category that has number 0.
        support_reverse: whether `reverse` will be asked for.
    """

    def __init__(self, unknown_token: str = "<UNK>", support_reverse: bool = True) -> None:
        self._unknown_token = unknown_token
        self._support_reverse = support_reverse
        self._freq: dict[Any, int] = collections.defaultdict(int)
        self._freeze = False
        self._start_afresh()

    def _start_afresh(self) -> None:
        self._mapping: dict[Any, int] = {self._unknown_token: 0}
        if self._support_reverse:
            self._reverse_mapping: list[Any] = [self._unknown_token]

    def _append(self, category: Any) -> None:
        self._mapping[category] = len(self._mapping)
        if self._support_reverse:
            self._reverse_mapping.append(category)

    def __len__(self) -> int:
        return len(self._mapping)

    def freeze(self, freeze: bool = True) -> None:
        """From now on new categories are unknown (or get numbers again, with False)."""
        self._freeze = freeze

    def get(self, category: Any) -> int:
        """The category's number; a new category gets the next one unless this is frozen."""
        if category not in self._mapping:
            if self._freeze:
                return 0
            self._append(category)
        return self._mapping[category]

    def add(self, category: Any, count: int = 1) -> None:
        """Counts a category `count` times."""
        if self.get(category) > 0:
            self._freq[category] += count

    def trim(self, min_frequency: int, max_frequency: int = -1) -> None:
        """Keeps what was counted more than `min_frequency` times, numbered by frequency.

        With `max_frequency` > 0, what was counted as often or more is dropped too.
        """
        by_name = sorted(self._freq.items(), key=lambda item: (isinstance(item[0], str), item[0]))
        by_count = sorted(by_name, key=lambda item: item[1], reverse=True)
        self._start_afresh()
        kept = {}
        for category, count in by_count:
            if count > min_frequency and not 0 < max_frequency <= count:
                self._append(category)
                kept[category] = count
        self._freq = collections.defaultdict(int, kept)

    def reverse(self, class_id: int) -> Any:
        """The category of a number.

        Raises:
            ValueError: this was made with `support_reverse=False`.
        """
        if not self._support_reverse:
            raise ValueError(
                "This vocabulary wasn't initialized with support_reverse to support reverse()."
            )
        return self._reverse_mapping[class_id]
