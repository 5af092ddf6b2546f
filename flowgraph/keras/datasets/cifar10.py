"""Pictures of ten kinds of things."""

from typing import Any

from flowgraph.keras.datasets import cifar


def load_data() -> Any:
    """((train images, labels), (test images, labels)) as uint8 arrays.

    Raises:
      FileNotFoundError: cifar-10-binary.tar.gz is not in ~/.keras/datasets and cannot be fetched.
    """
    train = [f"data_batch_{i}.bin" for i in range(1, 6)]
    return cifar.load("cifar-10-binary.tar.gz", {"train": train, "test": ["test_batch.bin"]}, 1, 0)
