"""Texts in classes: DBpedia."""

from __future__ import annotations

import os
import tarfile
from typing import Any

import numpy as np

from flowgraph.contrib.learn.datasets import base
from flowgraph.platform import gfile

DBPEDIA_URL = "https://github.com/le-scientifique/torchDatasets/raw/master/dbpedia_csv.tar.gz"


def maybe_download_dbpedia(data_dir: str) -> None:
    """Downloads and unpacks DBpedia unless it is in the directory.

    Raises:
        UnavailableError: it is not there and cannot be downloaded.
    """
    paths = [os.path.join(data_dir, f"dbpedia_csv/{half}.csv") for half in ("train", "test")]
    if not all(gfile.Exists(path) for path in paths):
        archive = base.maybe_download("dbpedia_csv.tar.gz", data_dir, DBPEDIA_URL)
        with tarfile.open(archive, "r:*") as packed:
            packed.extractall(data_dir, filter="data")


def load_dbpedia(size: str = "small", test_with_fake_data: bool = False) -> base.Datasets:
    """DBpedia's titles and texts and the class of each, 1 to 14; "small" takes 1 of 1,000 rows.

    The directory is `dbpedia_data`, in that of the environment's TF_EXP_BASE_DIR.
    """
    if test_with_fake_data:
        return base.Datasets(train=_made_up(28), validation=None, test=_made_up(8))
    data_dir = os.path.join(os.getenv("TF_EXP_BASE_DIR", ""), "dbpedia_data")
    maybe_download_dbpedia(data_dir)
    halves = []
    for half in ("train", "test"):
        path = os.path.join(data_dir, "dbpedia_csv", f"{half}.csv")
        if size == "small":
            base.shrink_csv(path, 1000)
            path = path.replace(f"{half}.csv", f"{half}_small.csv")
        halves.append(base.load_csv_without_header(path, np.int32, np.str_, target_column=0))
    return base.Datasets(train=halves[0], validation=None, test=halves[1])


def _made_up(count: int) -> base.Dataset:
    words: Any = np.array(["company", "river", "school", "film"])
    target = np.arange(count) % 4
    texts = [[words[c], f"the {words[c]} number {i}"] for i, c in enumerate(target)]
    return base.Dataset(np.array(texts, np.str_), (target + 1).astype(np.int32))
