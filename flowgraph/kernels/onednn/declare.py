"""The C functions of pooling, softmax and normalisation, and how many threads these are worth.

Their kernels move memory and hardly compute: a second thread has to be worth being woken.
"""

from __future__ import annotations

from ctypes import POINTER, c_float, c_int, c_int64, c_uint, c_void_p
from functools import cache
from typing import Any

from flowgraph.kernels.onednn.library import load
from flowgraph.kernels.onednn.primitive import kernel_threads

_WORTH_THREADS = 1 << 18  # bytes of the largest array, below which one thread does it all

_pd = [POINTER(c_void_p), c_void_p]  # where to, the engine
_places = [POINTER(c_int64)] * 5  # strides, kernel, dilations, padding before, padding after
_lrn = [c_int64, c_float, c_float, c_float]  # size, alpha, beta, k
_FUNCTIONS: dict[str, list[Any]] = {
    "pooling_forward": [*_pd, c_int, c_int, *[c_void_p] * 2, *_places, c_void_p],
    "pooling_backward": [*_pd, c_int, *[c_void_p] * 2, *_places, *[c_void_p] * 2],
    "softmax_forward": [*_pd, c_int, c_int, *[c_void_p] * 2, c_int, c_void_p],
    "batch_normalization_forward":
        [*_pd, c_int, *[c_void_p] * 2, c_float, c_uint, c_void_p],
    "batch_normalization_backward":
        [*_pd, c_int, *[c_void_p] * 3, c_float, c_uint, *[c_void_p] * 2],
    "lrn_forward": [*_pd, c_int, c_int, *[c_void_p] * 2, *_lrn, c_void_p],
    "lrn_backward": [*_pd, c_int, *[c_void_p] * 3, *_lrn, *[c_void_p] * 2],
}  # fmt: skip


@cache
def declare() -> None:
    """Makes the functions known to the library, once."""
    library = load()
    for name, arguments in _FUNCTIONS.items():
        library.declare(f"{name}_primitive_desc_create", arguments)


def threads_for(array: Any) -> int:
    """How many threads a pass over an array is worth, of those that a kernel may use now."""
    return kernel_threads() if array.nbytes >= _WORTH_THREADS else 1
