"""Tensors of a data set's items (tf.contrib.slim.dataset_data_provider)."""

from __future__ import annotations

from typing import Any

from flowgraph.contrib.slim.data.data_provider import DataProvider
from flowgraph.contrib.slim.data.parallel_reader import parallel_read


class DatasetDataProvider(DataProvider):
    """Reads a data set with several readers and decodes its items, one sample at a time.

    Args:
      dataset: a `Dataset`.
      num_readers: how many readers read beside one another.
      reader_kwargs: arguments of the readers.
      shuffle: whether files and records are shuffled.
      num_epochs: how often the data are read; without it for ever. It is counted in a local
        variable.
      common_queue_capacity: how many records the queue holds.
      common_queue_min: how many stay in it when it shuffles.
      record_key: the item under which a record's key is given.
      seed: of the shuffling.
      scope: the scope of the operations.

    Raises:
      ValueError: the data set has an item named `record_key`.
    """

    def __init__(
        self,
        dataset: Any,
        num_readers: int = 1,
        reader_kwargs: dict[str, Any] | None = None,
        shuffle: bool = True,
        num_epochs: int | None = None,
        common_queue_capacity: int = 256,
        common_queue_min: int = 128,
        record_key: str = "record_key",
        seed: int | None = None,
        scope: Any = None,
    ) -> None:
        key, data = parallel_read(
            dataset.data_sources, dataset.reader, num_epochs, num_readers, reader_kwargs, shuffle,
            None, common_queue_capacity, common_queue_min, seed, scope,
        )  # fmt: skip
        items = dataset.decoder.list_items()
        of_items = dict(zip(items, dataset.decoder.decode(data, items), strict=True))
        if record_key in of_items:
            raise ValueError(
                "The item name used for `record_key` cannot also be used for a dataset item: "
                f"{record_key}"
            )
        super().__init__({**of_items, record_key: key}, dataset.num_samples)
