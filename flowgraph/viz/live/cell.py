"""A place in a notebook's output that is written again and again; there is none in a terminal."""

from __future__ import annotations

import sys
import time
from typing import Any


class Cell:
    """The output of the cell that is running now: `show` replaces what it showed before."""

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, html: str, text: str) -> None:
        """Shows HTML, with plain text for what shows none."""
        from IPython.display import display

        bundle = {"text/html": html, "text/plain": text}
        if self._handle is None:
            self._handle = display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)


def find_cell() -> Cell | None:
    """A cell when this runs in a notebook's kernel, else None.

    IPython is not imported for it: where a kernel runs, it is there already.
    """
    module = sys.modules.get("IPython")
    shell = module.get_ipython() if module is not None else None
    return Cell() if shell is not None and getattr(shell, "kernel", None) is not None else None


class Pace:
    """Tells when to draw again: not sooner than `interval` seconds after the last time.

    A drawing that took long is paid for: it may take a twentieth of the time at most.
    """

    SHARE = 0.05

    def __init__(self, interval: float) -> None:
        if not interval >= 0:
            raise ValueError(f"the interval must be 0 seconds or more, got {interval}")
        self.interval = interval
        self._due = 0.0

    def is_due(self) -> bool:
        """Whether it is time."""
        return time.perf_counter() >= self._due

    def drawn(self, began: float) -> None:
        """Notes a drawing that began at this `time.perf_counter()`."""
        now = time.perf_counter()
        self._due = now + max(self.interval, (now - began) / self.SHARE)
