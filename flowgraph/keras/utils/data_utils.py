"""`Sequence`, and files from the net or from this machine."""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
import urllib.error
import urllib.request
import zipfile
from abc import abstractmethod
from collections.abc import Iterator
from typing import Any


class Sequence:
    """Batches by number: a subclass writes `__getitem__(index)` and `__len__`."""

    @abstractmethod
    def __getitem__(self, index: int) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must implement __getitem__")

    @abstractmethod
    def __len__(self) -> int:
        raise NotImplementedError(f"{type(self).__name__} must implement __len__")

    def on_epoch_end(self) -> None:
        """Called after each epoch."""

    def __iter__(self) -> Iterator[Any]:
        for index in range(len(self)):
            yield self[index]


def _digest(path: str, algorithm: str) -> str:
    found = hashlib.new("sha256" if algorithm == "sha256" else "md5")
    with open(path, "rb") as f:
        for piece in iter(lambda: f.read(65535), b""):
            found.update(piece)
    return found.hexdigest()


def validate_file(
    fpath: str, file_hash: str, algorithm: str = "auto", chunk_size: int = 65535
) -> bool:
    """Whether a file has this SHA256 or MD5 digest."""
    kind = (
        "sha256"
        if algorithm == "sha256" or (algorithm == "auto" and len(file_hash) == 64)
        else "md5"
    )
    return _digest(fpath, kind) == str(file_hash)


def get_file(
    fname: str, origin: str, untar: bool = False, md5_hash: str | None = None,
    file_hash: str | None = None, cache_subdir: str = "datasets", hash_algorithm: str = "auto",
    extract: bool = False, archive_format: str = "auto", cache_dir: str | None = None,
) -> str:  # fmt: skip
    """The path of a file that is there, or is fetched from `origin` first.

    Args:
      fname: the name, or an absolute path.
      origin: an address, or the path of a file of this machine, which is copied.
      untar: whether it is a tar archive (fname + ".tar.gz") to unpack.
      md5_hash, file_hash: the digest that the file must have.
      cache_subdir, cache_dir: where files are kept; ~/.keras/datasets by default.
      hash_algorithm: "auto", "sha256" or "md5".
      extract: whether to unpack the file beside it.
      archive_format: "auto", "tar", "zip" or None.

    Raises:
      FileNotFoundError: it is not there and the net cannot be reached.
      ValueError: its digest is another one.
    """
    if md5_hash is not None and file_hash is None:
        file_hash, hash_algorithm = md5_hash, "md5"
    root = os.path.expanduser(cache_dir or os.path.join("~", ".keras"))
    folder = os.path.join(root, cache_subdir)
    os.makedirs(folder, exist_ok=True)
    target = os.path.join(folder, fname)
    path = target + ".tar.gz" if untar else target
    fresh = not os.path.exists(path) or (
        file_hash is not None and not validate_file(path, file_hash, hash_algorithm)
    )
    if fresh:
        _fetch(origin, path)
        if file_hash is not None and not validate_file(path, file_hash, hash_algorithm):
            raise ValueError(
                f"get_file: {path} from {origin} does not have the digest {file_hash}: it is "
                "incomplete or another file."
            )
    if untar:
        if not os.path.exists(target):
            _extract(path, folder, "tar")
        return target
    if extract:
        _extract(path, folder, archive_format)
    return path


def _fetch(origin: str, path: str) -> None:
    local = origin.removeprefix("file://")
    if os.path.exists(local):
        shutil.copyfile(local, path)
        return
    print("Downloading data from", origin)
    try:
        with urllib.request.urlopen(origin, timeout=60) as source, open(path + ".part", "wb") as f:
            shutil.copyfileobj(source, f)
        os.replace(path + ".part", path)
    except (urllib.error.URLError, OSError, ValueError) as error:
        if os.path.exists(path + ".part"):
            os.remove(path + ".part")
        raise FileNotFoundError(
            f"get_file: {path} is not there and {origin} cannot be fetched ({error}). Put the file "
            "at that path, or give `origin` the path of a local file."
        ) from None


def _extract(path: str, folder: str, archive_format: Any) -> bool:
    """Unpacks a tar or zip archive; members that lead out of the folder are refused."""
    if archive_format is None:
        return False
    if tarfile.is_tarfile(path) and archive_format in ("auto", "tar"):
        with tarfile.open(path) as archive:
            _check_members(archive.getnames(), folder)
            if hasattr(tarfile, "data_filter"):
                archive.extractall(folder, filter="data")
            else:
                archive.extractall(folder)
        return True
    if zipfile.is_zipfile(path) and archive_format in ("auto", "zip"):
        with zipfile.ZipFile(path) as packed:
            _check_members(packed.namelist(), folder)
            packed.extractall(folder)
        return True
    return False


def _check_members(names: list[str], folder: str) -> None:
    root = os.path.realpath(folder)
    for name in names:
        if not os.path.realpath(os.path.join(root, name)).startswith(root + os.sep):
            raise ValueError(f"get_file: the archive's member {name} leads out of {folder}")


class OrderedEnqueuer:
    """A `Sequence`'s batches one after another; queues and workers are accepted.

    Args:
      sequence: the `Sequence`.
      use_multiprocessing: accepted.
      shuffle: whether the batches come in a new order in each epoch.
    """

    def __init__(
        self, sequence: Any, use_multiprocessing: bool = False, shuffle: bool = False
    ) -> None:
        self.sequence, self.shuffle, self._running = sequence, shuffle, False

    def start(self, workers: int = 1, max_queue_size: int = 10) -> None:
        """Makes `get` give batches."""
        self._running = True

    def is_running(self) -> bool:
        """Whether it was started."""
        return self._running

    def stop(self, timeout: Any = None) -> None:
        """Ends."""
        self._running = False

    def get(self) -> Iterator[Any]:
        """The batches, epoch after epoch, as long as it runs."""
        import numpy as np

        while self._running:
            order = list(range(len(self.sequence)))
            if self.shuffle:
                np.random.shuffle(order)
            for index in order:
                if not self._running:
                    return
                yield self.sequence[index]
            self.sequence.on_epoch_end()


class GeneratorEnqueuer(OrderedEnqueuer):
    """A generator's batches one after another; queues and workers are accepted."""

    def get(self) -> Iterator[Any]:
        """The batches, as long as it runs."""
        while self._running:
            element = next(self.sequence, None)
            if element is None:
                return
            yield element


SequenceEnqueuer = OrderedEnqueuer
