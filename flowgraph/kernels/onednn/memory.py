"""Who owns what of oneDNN: handles that are given back, layouts, memories over arrays, scratch.

A `Layout` describes how an array's numbers lie (oneDNN's memory descriptor) and never changes, so
threads share it. A `Memory` says where they lie just now, so it belongs to one call at a time (see
`primitive.py`). Neither holds numbers: these stay in numpy arrays, whose owner keeps them alive.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from ctypes import byref, c_void_p
from typing import Any

import numpy as np

from flowgraph.kernels.onednn.library import Dims, load

FLOAT32 = 3
_TYPES = {np.dtype(np.float32): FLOAT32, np.dtype(np.int32): 4, np.dtype(np.uint8): 6}
ANY = 1  # the format tag that lets oneDNN choose
ALIGNMENT = 64


class Handle:
    """Owns one object of oneDNN, which is destroyed together with this."""

    __slots__ = ("__weakref__", "value")

    def __init__(self, create: str, destroy: str, *arguments: Any) -> None:
        library, value = load(), c_void_p()
        library.call(create, byref(value), *arguments)
        self.value = value
        weakref.finalize(self, library.function(destroy), value).atexit = False


class Layout(Handle):
    """Shape, dtype and strides of an array, or what oneDNN made of them."""

    __slots__ = ()

    @classmethod
    def of(cls, shape: Sequence[int], strides: Sequence[int], dtype: Any = np.float32) -> Layout:
        """A layout with strides, counted in numbers."""
        arguments = (len(shape), dims(shape), _TYPES[np.dtype(dtype)], dims(strides))
        return cls("memory_desc_create_with_strides", "memory_desc_destroy", *arguments)

    @classmethod
    def dense(
        cls, shape: Sequence[int], order: Sequence[int] | None = None, dtype: Any = np.float32
    ) -> Layout:
        """A layout without gaps. `order` names the axes from the outermost to the innermost.

        The images of NHWC are (N, C, H, W) to oneDNN, in the order (0, 2, 3, 1).
        """
        strides, step = [0] * len(shape), 1
        for axis in reversed(range(len(shape)) if order is None else order):
            strides[axis] = step
            step *= max(int(shape[axis]), 1)
        return cls.of(shape, strides, dtype)

    @classmethod
    def any(cls, shape: Sequence[int], dtype: Any = np.float32) -> Layout:
        """Lets oneDNN choose the layout that it is fastest with."""
        arguments = (len(shape), dims(shape), _TYPES[np.dtype(dtype)], ANY)
        return cls("memory_desc_create_with_tag", "memory_desc_destroy", *arguments)

    @classmethod
    def copy(cls, borrowed: int) -> Layout:
        """Of a descriptor that a primitive owns."""
        return cls("memory_desc_clone", "memory_desc_destroy", borrowed)

    @property
    def nbytes(self) -> int:
        """How much memory such an array takes."""
        return load().function("memory_desc_get_size")(self.value)  # type: ignore[no-any-return]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Layout):
            return NotImplemented
        return bool(load().function("memory_desc_equal")(self.value, other.value))

    __hash__ = None  # type: ignore[assignment]


class Memory(Handle):
    """An array of some layout, at an address that is set before each use."""

    __slots__ = ()

    def __init__(self, layout: Layout) -> None:
        arguments = (layout.value, load().engine, None)
        super().__init__("memory_create", "memory_destroy", *arguments)

    def point_at(self, address: int) -> None:
        """From now on this is the array at `address`."""
        load().set_data_handle(self.value, address)


class Stream(Handle):
    """What primitives run on; one thread at a time may use it."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("stream_create", "stream_destroy", load().engine, 1)


class Scratch:
    """Blocks of working memory that calls borrow: as many as there are calls at once.

    A block that is too small for a call is replaced, so that in the end each is as large as the
    most demanding primitive wants.
    """

    def __init__(self) -> None:
        self._free: list[np.ndarray[Any, Any]] = []

    def take(self, nbytes: int) -> np.ndarray[Any, Any]:
        """A block of at least `nbytes`, aligned, that nobody else uses until `give`."""
        try:
            block = self._free.pop()
        except IndexError:
            return aligned_bytes(nbytes)
        return block if block.nbytes >= nbytes else aligned_bytes(nbytes)

    def give(self, block: np.ndarray[Any, Any]) -> None:
        """Gives a block back."""
        self._free.append(block)


def aligned_bytes(nbytes: int) -> np.ndarray[Any, Any]:
    """Uninitialised bytes that begin on a cache line."""
    raw = np.empty(nbytes + ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % ALIGNMENT
    return raw[start : start + nbytes]


def dims(numbers: Sequence[int]) -> Any:
    """Numbers as oneDNN takes them."""
    return Dims(*numbers)
