"""Pictures of a hundred kinds of things."""

from typing import Any

from flowgraph.keras.datasets import cifar


def load_data(label_mode: str = "fine") -> Any:
    """((train images, labels), (test images, labels)); labels are "fine" or "coarse".

    Raises:
      FileNotFoundError: cifar-100-binary.tar.gz is not in ~/.keras/datasets and cannot be fetched.
    """
    if label_mode not in ("fine", "coarse"):
        raise ValueError('`label_mode` must be one of `"fine"`, `"coarse"`.')
    members = {"train": ["train.bin"], "test": ["test.bin"]}
    return cifar.load("cifar-100-binary.tar.gz", members, 2, int(label_mode == "fine"))
