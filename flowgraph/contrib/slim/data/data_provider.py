"""What gives tensors by the names of items (tf.contrib.slim.data_provider)."""

from __future__ import annotations

from typing import Any


class DataProvider:
    """Gives the tensors of items.

    Args:
      items_to_tensors: the tensors by the names of their items.
      num_samples: how many samples the data set has.
    """

    def __init__(self, items_to_tensors: dict[str, Any], num_samples: int | None) -> None:
        self._items_to_tensors = items_to_tensors
        self._num_samples = num_samples

    def get(self, items: Any) -> list[Any]:
        """The tensors of items.

        Args:
          items: a list of names.

        Raises:
          ValueError: `items` is no list, or has a name that is not there.
        """
        if not isinstance(items, (list, tuple)):
            raise ValueError("items must be a list or tuple")
        valid = self.list_items()
        for item in items:
            if item not in valid:
                raise ValueError(f"Item [{item}] is invalid. Valid entries include: {valid}")
        return [self._items_to_tensors[item] for item in items]

    def list_items(self) -> list[str]:
        """The names of all items."""
        return list(self._items_to_tensors)

    def num_samples(self) -> int | None:
        """How many samples the data set has."""
        return self._num_samples
