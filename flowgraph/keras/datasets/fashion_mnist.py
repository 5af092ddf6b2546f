"""Pictures of clothes, in the format of the handwritten digits."""

from __future__ import annotations

import gzip
from typing import Any

from flowgraph.keras.datasets.mnist import read_idx
from flowgraph.keras.utils.data_utils import get_file

_BASE = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"


def load_data() -> Any:
    """((train images, labels), (test images, labels)) as uint8 arrays.

    Raises:
      FileNotFoundError: the files are not in ~/.keras/datasets/fashion-mnist and cannot be fetched.
    """
    found = []
    for kind in ("train", "t10k"):
        pair = []
        for what in ("images-idx3", "labels-idx1"):
            name = f"{kind}-{what}-ubyte.gz"
            path = get_file(name, _BASE + name, cache_subdir="datasets/fashion-mnist")
            with gzip.open(path, "rb") as f:
                pair.append(read_idx(f.read()))
        found.append(tuple(pair))
    return tuple(found)
