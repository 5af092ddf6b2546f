"""How many threads numpy's matrix products use: one setting for the whole process."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

_lock = threading.Lock()
_libraries: list[Any] | None = None
_now = 0


def use_threads(count: int) -> None:
    """Lets a matrix product use `count` threads from now on."""
    global _now
    if count == _now:
        return
    with _lock:
        for library in libraries():
            library.set_num_threads(count)
        _now = count


def libraries() -> list[Any]:
    """The libraries that numpy's matrix products run on, as threadpoolctl describes them."""
    global _libraries
    if _libraries is None:
        from threadpoolctl import ThreadpoolController

        np.dot(np.ones((2, 2)), np.ones((2, 2)))  # loads the library that is to be found
        found = ThreadpoolController().lib_controllers
        _libraries = [lib for lib in found if lib.user_api == "blas"]
    return _libraries
