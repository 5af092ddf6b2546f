"""Checkpoints of TensorFlow's first format: one table, with each part of a tensor as an entry.

Its first entry lists the tensors and their parts; the values are lists of numbers in messages.
"""

from __future__ import annotations

import glob
import os
import uuid
from contextlib import suppress
from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.errors import DataLossError, InvalidArgumentError, NotFoundError
from flowgraph.ops.checkpoint import _slices, _table
from flowgraph.ops.checkpoint._entries import Entry, sizes
from flowgraph.ops.checkpoint._reader import Reader
from flowgraph.ops.checkpoint._slices import Extent, Spec
from flowgraph.ops.parsing import _files, _tensor_proto, _wire

_META, _DATA = 1, 2  # of SavedTensorSlices
_VERSIONS = _wire.bytes_field(2, _wire.integer_field(1, 1))


class OldWriter:
    """Writes a file; what was there before stays as it was when something fails.

    To be used in a `with` block.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._tensors: dict[str, Entry] = {}
        self._data: dict[bytes, bytes] = {}
        with _files.as_tensorflow(path):
            os.stat(os.path.dirname(path) or os.curdir)

    def add(self, name: str, value: Any, dtype: dtypes.DType, spec: Spec | None = None) -> None:
        """Adds a tensor, or the part of one that `spec` tells."""
        spec = spec or _slices.whole(value.shape)
        if spec.shape != value.shape:
            raise InvalidArgumentError(
                f"The shape of the tensor to save as a part of {name} is {list(value.shape)}, and "
                f"the part's is {list(spec.shape)}"
            )
        known = self._tensors.get(name, Entry(dtype, spec.full))
        if spec.extents in known.slices:
            raise InvalidArgumentError(f"Adding duplicate key: {name}")
        slices = (*known.slices, spec.extents)
        self._tensors[name] = Entry(dtype, spec.full, slices=slices)
        saved = _wire.bytes_field(1, name.encode()) + _wire.bytes_field(
            2, _slices.message(spec.extents)
        )
        saved += _wire.bytes_field(3, _tensor_proto.listed(value, dtype))
        key = _slices.key(name.encode(), spec.extents)
        self._data[key] = _wire.bytes_field(_DATA, saved)

    def __enter__(self) -> OldWriter:
        return self

    def __exit__(self, kind: Any, *_: Any) -> None:
        if kind is not None:
            return
        temporary = f"{self._path}.tempstate{uuid.uuid4().hex}"
        try:
            with _files.as_tensorflow(self._path):
                with open(temporary, "wb") as file:
                    table = _table.TableWriter(file)
                    table.add(b"", _wire.bytes_field(_META, self._meta()))
                    for key in sorted(self._data):
                        table.add(key, self._data[key])
                    table.finish()
                os.replace(temporary, self._path)
        finally:
            with suppress(OSError):
                os.unlink(temporary)

    def _meta(self) -> bytes:
        tensors = []
        for name, entry in self._tensors.items():
            parts = [_wire.bytes_field(4, _slices.message(s)) for s in entry.slices]
            tensors.append(
                _wire.bytes_field(1, name.encode())
                + _wire.bytes_field(2, entry.shape_message())
                + _wire.integer_field(3, entry.dtype.enum)
                + b"".join(parts)
            )
        return b"".join(_wire.bytes_field(1, tensor) for tensor in tensors) + _VERSIONS


class OldReader(Reader):
    """Reads a file, or the files that a pattern matches.

    Raises:
      NotFoundError: there is none.
      DataLossError: it is no checkpoint, or damaged; the message names the file.
    """

    def __init__(self, pattern: str) -> None:
        self.prefix = pattern
        self._tensors: dict[str, Entry] = {}
        self._all: dict[bytes, bytes] = {}
        paths = [pattern] if os.path.isfile(pattern) else sorted(glob.glob(pattern))
        if not paths:
            raise NotFoundError(
                "Unsuccessful TensorSliceReader constructor: Failed to find any matching files for "
                f"{pattern}"
            )
        for path in paths:
            found = dict(_table.entries(path))
            try:
                self._read_meta(found.pop(b""))
            except (KeyError, ValueError, TypeError) as error:
                raise DataLossError(f"{path}: no checkpoint: {error}") from None
            self._all.update(found)

    def _read_meta(self, data: bytes) -> None:
        for field, _, first, last in _wire.fields(data):
            if field != _META:
                continue
            for inner, _, start, stop in _wire.fields(data, first, last):
                if inner == 1:
                    self._read_tensor(data, start, stop)

    def _read_tensor(self, data: bytes, first: int, last: int) -> None:
        name, shape, kind, slices = "", (), 0, []
        for field, _, start, stop in _wire.fields(data, first, last):
            if field == 1:
                name = data[start:stop].decode()
            elif field == 2:
                shape = tuple(sizes(data, start, stop))
            elif field == 3:
                kind = start
            elif field == 4:
                slices.append(_slices.of_message(data, start, stop))
        known = self._tensors[name].slices if name in self._tensors else ()
        dtype = dtypes.as_dtype(kind).base_dtype
        self._tensors[name] = Entry(dtype, shape, slices=known + tuple(slices))

    def names(self) -> list[str]:
        """The tensors there are; sorted."""
        return sorted(self._tensors)

    def has(self, name: str) -> bool:
        """Whether there is a tensor of that name."""
        return name in self._tensors

    def _known(self, name: str) -> Entry:
        return self._tensors[name]

    def _part(self, name: str, entry: Entry, extents: tuple[Extent, ...]) -> Any:
        value = self._all.get(_slices.key(name.encode(), extents))
        shape = Spec(entry.shape, extents).shape
        try:
            if value is None:
                raise ValueError("it is missing")
            flat = _tensor_proto.of_list(_content(value), entry.dtype)
            return np.asarray(flat).reshape(shape)
        except ValueError as error:
            raise DataLossError(f"{self.prefix}: a part of {name}: {error}") from None


def _content(data: bytes) -> bytes:
    """The TensorProto in a SavedTensorSlices."""
    for field, kind, first, last in _wire.fields(data):
        if field == _DATA and kind == _wire.BYTES:
            for inner, _, start, stop in _wire.fields(data, first, last):
                if inner == 3:
                    return data[start:stop]
    raise ValueError("it has no values")
