"""The files of CIFAR: records of bytes."""

from __future__ import annotations

import os
import tarfile
from typing import Any

import numpy as np

from flowgraph.keras import backend as K
from flowgraph.keras.utils.data_utils import get_file


def load(archive: str, members: dict[str, list[str]], labels: int, column: int) -> Any:
    """((train images, labels), (test images, labels)) of an archive of the binary version.

    Args:
      archive: the file's name, in ~/.keras/datasets or on the net.
      members: {"train" or "test": the archive's files}.
      labels: how many bytes of labels stand before an image.
      column: which of them to take.

    Raises:
      FileNotFoundError: the archive is not there and cannot be fetched.
      ValueError: a file is cut off.
    """
    path = get_file(archive, "https://www.cs.toronto.edu/~kriz/" + archive)
    found = []
    with tarfile.open(path) as packed:
        names = {os.path.basename(m.name): m for m in packed.getmembers()}
        for kind in ("train", "test"):
            images, numbers = [], []
            for name in members[kind]:
                if name not in names:
                    raise ValueError(f"{path} holds no file {name}")
                data = np.frombuffer(packed.extractfile(names[name]).read(), np.uint8)
                if data.size % (labels + 3072):
                    raise ValueError(f"{name} in {path} is cut off: {data.size} bytes")
                rows = data.reshape(-1, labels + 3072)
                numbers.append(rows[:, column : column + 1])
                images.append(rows[:, labels:].reshape(-1, 3, 32, 32))
            x = np.concatenate(images)
            if K.image_data_format() == "channels_last":
                x = x.transpose(0, 2, 3, 1)
            found.append((x, np.concatenate(numbers)))
    return tuple(found)
