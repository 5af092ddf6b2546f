"""How many threads a kernel uses: one setting for the whole process.

numpy's matrix products are told here. Kernels of other libraries ask `kernel_threads` whenever
they run, as what counts their threads (OpenMP) keeps the number for each calling thread.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from flowgraph.runtime.config import cores

_lock = threading.Lock()
_libraries: list[Any] | None = None
_now = (0, 0)


def use_threads(count: int, of_numpy: int = 0) -> None:
    """Lets a kernel use `count` threads from now on, and numpy's matrix products `of_numpy`.

    Where both are at work, numpy's get one: its idle threads spin for a while, and would take a
    core from the others' team.
    """
    global _now
    wanted = (count, of_numpy or count)
    if wanted == _now:
        return
    with _lock:
        for library in libraries():
            library.set_num_threads(wanted[1])
        _now = wanted


def kernel_threads() -> int:
    """How many threads a kernel may use now."""
    return _now[0] or cores()


def libraries() -> list[Any]:
    """The libraries that numpy's matrix products run on, as threadpoolctl describes them."""
    global _libraries
    if _libraries is None:
        from threadpoolctl import ThreadpoolController

        np.dot(np.ones((2, 2)), np.ones((2, 2)))  # loads the library that is to be found
        found = ThreadpoolController().lib_controllers
        _libraries = [lib for lib in found if lib.user_api == "blas"]
    return _libraries
