"""The handwritten digits."""

from __future__ import annotations

import gzip
import os
from importlib import resources
from typing import Any

import numpy as np

from flowgraph.keras.utils.data_utils import get_file

_ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"


def load_data(path: str = "mnist.npz") -> Any:
    """((train images, labels), (test images, labels)) as uint8 arrays (tf.keras.datasets.mnist).

    Args:
      path: an .npz file: a path, or a name in ~/.keras/datasets. When it is not there and the net
        cannot be reached, the digits that come with flowgraph are taken (fewer of them).
    """
    known = path if os.path.exists(path) else os.path.expanduser(f"~/.keras/datasets/{path}")
    if not os.path.exists(known):
        if os.environ.get("FLOWGRAPH_KERAS_DOWNLOAD"):
            known = get_file(path, _ORIGIN)
        else:
            return _shipped()
    with np.load(known) as f:
        return (f["x_train"], f["y_train"]), (f["x_test"], f["y_test"])


def read_idx(data: bytes) -> Any:
    """An array from the IDX format of the MNIST files; ValueError for other data."""
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] != 8:
        raise ValueError("this is no IDX file of bytes")
    rank = data[3]
    shape = np.frombuffer(data, ">u4", rank, 4).astype(int)
    body = np.frombuffer(data, np.uint8, offset=4 + 4 * rank)
    if body.size != np.prod(shape):
        raise ValueError(f"an IDX file of shape {shape.tolist()} holds {body.size} bytes")
    return body.reshape(shape).copy()


def _shipped() -> Any:
    folder = resources.files("flowgraph").joinpath("examples", "data", "mnist")

    def read(name: str) -> Any:
        return read_idx(gzip.decompress(folder.joinpath(name).read_bytes()))

    return tuple(
        (read(f"{kind}-images-idx3-ubyte.gz"), read(f"{kind}-labels-idx1-ubyte.gz"))
        for kind in ("train", "t10k")
    )
