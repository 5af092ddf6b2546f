"""What makes items of serialized data (tf.contrib.slim.data_decoder)."""

from __future__ import annotations

import abc
from typing import Any


class DataDecoder(abc.ABC):
    """Makes named items (images, labels ...) of one element of serialized data."""

    @abc.abstractmethod
    def decode(self, data: Any, items: Any) -> list[Any]:
        """The tensors of the items that were asked for.

        Args:
          data: a serialized element.
          items: the names of the items.
        """

    @abc.abstractmethod
    def list_items(self) -> list[str]:
        """The names of all items."""
