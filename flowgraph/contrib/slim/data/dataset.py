"""What a data set is made of (tf.contrib.slim.dataset)."""

from __future__ import annotations

from typing import Any


class Dataset:
    """The files of a data set, and how they are read and decoded; every argument is an attribute.

    Args:
      data_sources: the files, or a pattern of their names.
      reader: the class of the reader, as `tf.TFRecordReader`.
      decoder: a `DataDecoder`.
      num_samples: how many samples the data set has.
      items_to_descriptions: what each item is, in words.
      **kwargs: more attributes, as `num_classes`.
    """

    def __init__(
        self,
        data_sources: Any,
        reader: Any,
        decoder: Any,
        num_samples: int | None,
        items_to_descriptions: dict[str, str] | None,
        **kwargs: Any,
    ) -> None:
        self.data_sources, self.reader, self.decoder = data_sources, reader, decoder
        self.num_samples = num_samples
        self.items_to_descriptions = items_to_descriptions
        self.__dict__.update(kwargs)
