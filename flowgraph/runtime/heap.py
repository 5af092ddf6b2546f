"""Lets the C library keep what a run frees for the next run.

Left alone, glibc gives the end of its heap back to the system when large arrays are freed and asks
for it again in the next step; each page then costs a fault, which was a tenth of a VGG's step.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
from functools import cache

_TRIM, _MMAP = -1, -3  # M_TRIM_THRESHOLD, M_MMAP_THRESHOLD
_KEPT = 1 << 28  # bytes at the end of the heap that are kept
_MAPPED = 1 << 25  # bytes of an array from which on it is mapped by itself: glibc's greatest
_OF_THE_USER = ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES")


@cache
def keep_freed_memory() -> None:
    """Sets the two thresholds, once, unless the user has set them or there is no glibc."""
    if any(name in os.environ for name in _OF_THE_USER):
        return
    with contextlib.suppress(OSError, AttributeError, TypeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_TRIM, _KEPT)
        mallopt(_MMAP, _MAPPED)
