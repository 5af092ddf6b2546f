"""Strings and paths as bytes or text, and the kinds of Python numbers (tf.compat)."""

from __future__ import annotations

import collections.abc as collections_abc  # noqa: F401 - scripts import it from here
import datetime
import numbers
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

integral_types = (numbers.Integral, np.integer)
real_types = (numbers.Real, np.integer, np.floating)
complex_types = (numbers.Complex, np.number)
bytes_or_text_types = (bytes, str)

_HORIZON = datetime.date(2019, 9, 6)  # TensorFlow 1.15's
_horizon = [_HORIZON]


def as_bytes(bytes_or_text: Any, encoding: str = "utf-8") -> bytes:
    """Text, or bytes of any kind, as bytes (tf.compat.as_bytes).

    Raises:
        TypeError: it is neither.
    """
    if isinstance(bytes_or_text, str):
        return bytes_or_text.encode(encoding)
    if isinstance(bytes_or_text, (bytes, bytearray)):
        return bytes(bytes_or_text)
    raise TypeError(f"Expected binary or unicode string, got {bytes_or_text!r}")


def as_text(bytes_or_text: Any, encoding: str = "utf-8") -> str:
    """Bytes, or text, as text (tf.compat.as_text).

    Raises:
        TypeError: it is neither.
    """
    if isinstance(bytes_or_text, str):
        return bytes_or_text
    if isinstance(bytes_or_text, bytes):
        return bytes_or_text.decode(encoding)
    raise TypeError(f"Expected binary or unicode string, got {bytes_or_text!r}")


as_str = as_text


def as_str_any(value: Any) -> str:
    """`str(value)`, except for bytes, which are decoded (tf.compat.as_str_any)."""
    return as_text(value) if isinstance(value, bytes) else str(value)


def path_to_str(path: Any) -> Any:
    """A path object as text; anything else as it is (tf.compat.path_to_str)."""
    return as_str_any(os.fspath(path)) if hasattr(path, "__fspath__") else path


def forward_compatible(year: int, month: int, day: int) -> bool:
    """Whether graphs made now may need a program as new as that day (tf.compat).

    The day that counts is the one on which TensorFlow 1.15 was cut.
    """
    return _horizon[-1] > datetime.date(year, month, day)


@contextmanager
def forward_compatibility_horizon(year: int, month: int, day: int) -> Iterator[None]:
    """Another day for `forward_compatible`, within a `with` block (tf.compat)."""
    _horizon.append(datetime.date(year, month, day))
    try:
        yield
    finally:
        _horizon.pop()
