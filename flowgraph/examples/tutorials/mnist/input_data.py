"""The MNIST digits in batches (tensorflow.examples.tutorials.mnist.input_data)."""

from flowgraph.contrib.learn.datasets.base import Datasets, maybe_download
from flowgraph.contrib.learn.datasets.mnist import (
    DEFAULT_SOURCE_URL,
    DataSet,
    dense_to_one_hot,
    extract_images,
    extract_labels,
    read_data_sets,
)

__all__ = [
    "DEFAULT_SOURCE_URL", "DataSet", "Datasets", "dense_to_one_hot", "extract_images",
    "extract_labels", "maybe_download", "read_data_sets",
]  # fmt: skip
