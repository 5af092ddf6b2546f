"""Data sets from files of comma-separated values, and files from the network."""

from __future__ import annotations

import csv
import functools
import os
import random
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from flowgraph.core.errors import InvalidArgumentError, UnavailableError
from flowgraph.platform import gfile

_DATA = Path(__file__).parent / "data"
_CONNECTION_TIMED_OUT = 110
_TIMEOUT = 20.0  # seconds without an answer


class Dataset(NamedTuple):
    """Rows of features and what belongs to them."""

    data: Any
    target: Any


class Datasets(NamedTuple):
    """The data sets to train on, to choose by and to test on."""

    train: Any
    validation: Any
    test: Any


def load_csv_with_header(
    filename: Any, target_dtype: Any, features_dtype: Any, target_column: int = -1
) -> Dataset:
    """Reads a file whose first line begins with the numbers of rows and of features.

    Args:
        filename: the file.
        target_dtype: numpy's type of the targets.
        features_dtype: numpy's type of the features.
        target_column: the column of the targets.

    Raises:
        NotFoundError: there is no such file.
        InvalidArgumentError: a row has another number of features, or there are too many.
    """
    with gfile.Open(filename) as file:
        rows = csv.reader(file)
        header = next(rows, [])
        n_samples, n_features = _sizes(header, filename)
        data = np.zeros((n_samples, n_features), features_dtype)
        target = np.zeros((n_samples,), target_dtype)
        for i, row in enumerate(rows):
            if i >= n_samples or len(row) != n_features + 1:
                raise InvalidArgumentError(
                    None, None,
                    f"{filename}: expected {n_samples} rows of {n_features} features and a "
                    f"target, found {len(row)} values in row {i + 1}",
                )  # fmt: skip
            target[i] = np.asarray(row.pop(target_column), target_dtype)
            data[i] = np.asarray(row, features_dtype)
    return Dataset(data, target)


def _sizes(header: list[str], filename: Any) -> tuple[int, int]:
    try:
        return int(header[0]), int(header[1])
    except (IndexError, ValueError):
        raise InvalidArgumentError(
            None, None,
            f"{filename}: expected a first line that begins with the numbers of rows and of "
            f"features, found {','.join(header[:3])!r}",
        ) from None  # fmt: skip


def load_csv_without_header(
    filename: Any, target_dtype: Any, features_dtype: Any, target_column: int = -1
) -> Dataset:
    """Reads a file of rows of features with a target at `target_column`."""
    data, target = [], []
    with gfile.Open(filename) as file:
        for row in csv.reader(file):
            target.append(row.pop(target_column))
            data.append(np.asarray(row, features_dtype))
    return Dataset(np.array(data), np.array(target, target_dtype))


def shrink_csv(filename: str, ratio: int) -> None:
    """Writes each `ratio`-th row of `name.csv` to `name_small.csv`."""
    with (
        gfile.Open(filename.replace(".", "_small."), "w") as small,
        gfile.Open(filename) as whole,
    ):
        writer = csv.writer(small)
        writer.writerows(row for i, row in enumerate(csv.reader(whole)) if i % ratio == 0)


def load_iris(data_path: Any = None) -> Dataset:
    """Fisher's irises: 150 flowers' four lengths, and which of three kinds each one is."""
    return load_csv_with_header(data_path or _DATA / "iris.csv", np.int64, np.float64)


def load_boston(data_path: Any = None) -> Dataset:
    """506 tracts of Boston in 1970: thirteen numbers of each, and the median value of its homes."""
    path = data_path or _DATA / "boston_house_prices.csv"
    return load_csv_with_header(path, np.float64, np.float64)


def retry(
    initial_delay: float,
    max_delay: float,
    factor: float = 2.0,
    jitter: float = 0.25,
    is_retriable: Callable[[Exception], bool] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator: calls a function again after an error, after longer and longer delays.

    Args:
        initial_delay: the first delay in seconds.
        max_delay: when delays have come to this, the function is called a last time.
        factor: what a delay is multiplied by for the next one; 1 or more.
        jitter: how far a delay may be off by chance, as a fraction; less than 1.
        is_retriable: tells from an error whether to go on; by default always, and at once.

    Raises:
        ValueError: `factor` or `jitter` is out of its range.
    """
    if factor < 1:
        raise ValueError(f"factor must be >= 1; was {factor}")
    if jitter >= 1:
        raise ValueError(f"jitter must be < 1; was {jitter}")

    def delays() -> Iterator[float]:
        delay = initial_delay
        while delay <= max_delay:
            yield delay * random.uniform(1 - jitter, 1 + jitter)
            delay *= factor

    def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            for delay in delays():
                try:
                    return function(*args, **kwargs)
                except Exception as error:
                    if is_retriable is not None:
                        if not is_retriable(error):
                            raise
                        time.sleep(delay)
            return function(*args, **kwargs)

        return wrapped

    return wrap


def _timed_out(error: Exception) -> bool:
    return isinstance(error, OSError) and error.errno == _CONNECTION_TIMED_OUT


@retry(initial_delay=1.0, max_delay=16.0, is_retriable=_timed_out)
def urlretrieve_with_retry(url: str, filename: Any = None) -> tuple[str, Any]:
    """`urllib.request.urlretrieve`, tried again when the connection timed out."""
    return urllib.request.urlretrieve(url, filename)


def maybe_download(filename: str, work_directory: Any, source_url: str) -> str:
    """The path of a file in a directory, downloaded from `source_url` unless it is there.

    Raises:
        UnavailableError: it is not there and cannot be downloaded.
    """
    if not gfile.Exists(work_directory):
        gfile.MakeDirs(work_directory)
    path = os.path.join(work_directory, filename)
    if not gfile.Exists(path):
        _download(source_url, path)
        print("Successfully downloaded", filename, gfile.Stat(path).length, "bytes.")
    return path


def _download(url: str, path: str) -> None:
    """Fetches a file, with a bar that shows how far it is; nothing is left of half a file."""
    from tqdm import tqdm

    unfinished = f"{path}.part"
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT) as answer, open(unfinished, "wb") as out:
            size = int(answer.headers.get("Content-Length") or 0)
            with tqdm(total=size or None, unit="B", unit_scale=True, desc=path) as bar:
                while block := answer.read(1 << 16):
                    out.write(block)
                    bar.update(len(block))
        os.replace(unfinished, path)
    except (OSError, ValueError) as error:
        if os.path.exists(unfinished):
            os.remove(unfinished)
        raise UnavailableError(
            None, None,
            f"Cannot download {url}: {error}. Put the file at {path}, and run this again.",
        ) from None  # fmt: skip
