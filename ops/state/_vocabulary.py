"""Reads a text file of a key and a value per line into two arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.dtypes import DType
from flowgraph.core.errors import (
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
    OutOfRangeError,
)

WHOLE_LINE, LINE_NUMBER = -2, -1


def check_columns(key_dtype: DType, key_index: int, value_dtype: DType, value_index: int) -> None:
    """InvalidArgumentError unless what a line gives has the dtypes of the table."""
    for what, dtype, index, strings in (
        ("Key", key_dtype, key_index, key_dtype is dtypes.string or key_dtype.is_integer),
        ("Value", value_dtype, value_index, value_dtype is dtypes.string),
    ):
        if index == LINE_NUMBER and dtype is not dtypes.int64:
            raise InvalidArgumentError(
                f"{what} index for line number requires table {what.lower()} dtype of int64, "
                f"got {dtype.name}"
            )
        if index == WHOLE_LINE and not strings:
            raise InvalidArgumentError(
                f"{what} index for whole line requires table {what.lower()} dtype of string, "
                f"got {dtype.name}"
            )


def read_lines(filename: str, vocab_size: int) -> list[bytes]:
    """The lines; with `vocab_size` as many of them, which must be there."""
    try:
        with open(filename, "rb") as file:
            text = file.read()
    except FileNotFoundError:
        raise NotFoundError(f"{filename}; No such file or directory") from None
    except IsADirectoryError:
        raise FailedPreconditionError(f"{filename}; Is a directory") from None
    lines = text.replace(b"\r", b"").split(b"\n")
    if not lines[-1]:
        del lines[-1]
    if vocab_size >= 0:
        if len(lines) < vocab_size:
            raise InvalidArgumentError(
                f"Invalid vocab_size in {filename}: expected {vocab_size} but got {len(lines)}"
            )
        del lines[vocab_size:]
    if not lines:
        raise OutOfRangeError(f"No lines to read in {filename}")
    if b"" in lines:
        at = lines.index(b"")
        raise InvalidArgumentError(f"Invalid content in {filename}: empty line found: line {at}")
    return lines


def columns(
    filename: str, lines: list[bytes], indices: tuple[int, int], delimiter: bytes
) -> tuple[list[Any], list[Any]]:
    """What the two indices ask of each line: a part of it, all of it, or its number."""
    last = max(indices)
    parts = [line.split(delimiter) for line in lines] if last >= 0 else []
    for i, fields in enumerate(parts):
        if len(fields) <= last:
            raise InvalidArgumentError(
                f"Invalid number of columns in {filename} line {i} ({lines[i]!r}) : expected "
                f"{last} got {len(fields)}"
            )

    def column(index: int) -> list[Any]:
        if index == WHOLE_LINE:
            return lines
        if index == LINE_NUMBER:
            return list(range(len(lines)))
        return [fields[index] for fields in parts]

    return column(indices[0]), column(indices[1])


def as_values(fields: list[Any], dtype: DType) -> Any:
    """The fields as an array of the dtype; InvalidArgumentError names one that cannot be read."""
    kind = dtype.np_dtype.kind
    if kind not in "Oif":
        raise InvalidArgumentError(f"Data type {dtype.name} not supported.")
    if kind == "O" or isinstance(fields[0], int):
        return np.array(fields, dtype.np_dtype)
    read: Callable[[bytes], Any] = int if kind == "i" else float
    numbers = []
    for i, field in enumerate(fields):
        try:
            if b"_" in field:  # which Python would allow between digits
                raise ValueError
            numbers.append(dtype.np_dtype.type(read(field)))
        except (ValueError, OverflowError):
            raise InvalidArgumentError(
                f"Field {field!r} in line {i} is not a valid {dtype.name}."
            ) from None
    return np.array(numbers, dtype.np_dtype)
