"""`Progbar`: a line that shows how far a loop has come."""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np


class Progbar:
    """A progress bar with values (tf.keras.utils.Progbar).

    Args:
      target: how many units there are; None: unknown.
      width: of the bar, in characters.
      verbose: 0 silent, 1 a bar, 2 one line at the end.
      interval: the least number of seconds between two drawings.
      stateful_metrics: the names of values that are shown as they are; others are averaged.
      unit_name: what is counted.
    """

    def __init__(
        self, target: int | None, width: int = 30, verbose: int = 1, interval: float = 0.05,
        stateful_metrics: Any = None, unit_name: str = "step",
    ) -> None:  # fmt: skip
        self.target, self.width, self.verbose = target, width, verbose
        self.interval, self.unit_name = interval, unit_name
        self.stateful_metrics = set(stateful_metrics or ())
        out = sys.stdout
        self._rewrites = bool(
            (hasattr(out, "isatty") and out.isatty()) or "ipykernel" in sys.modules
            or "posix" in sys.modules
        )  # fmt: skip
        self._drawn = self._seen_so_far = 0
        self._values: dict[str, list[Any]] = {}
        self._start, self._last = time.time(), 0.0

    def add(self, n: int, values: Any = None) -> None:
        """Counts `n` more units; `values` is a list of (name, value)."""
        self.update(self._seen_so_far + n, values)

    def _take(self, current: int, values: Any) -> None:
        added = current - self._seen_so_far
        for name, value in values or ():
            if name in self.stateful_metrics:
                self._values[name] = [value, 1]
            else:
                kept = self._values.setdefault(name, [0.0, 0])
                kept[0] += value * added
                kept[1] += added
        self._seen_so_far = current

    def update(self, current: int, values: Any = None) -> None:
        """Shows that `current` units are done; `values` is a list of (name, value)."""
        self._take(current, values)
        now = time.time()
        done = self.target is not None and current >= self.target
        if self.verbose == 1:
            if now - self._last < self.interval and self.target is not None and not done:
                return
            self._draw(current, now, done)
        elif self.verbose == 2 and done:
            digits = int(np.log10(self.target)) + 1
            line = f"{current:{digits}d}/{self.target} - {now - self._start:.0f}s"
            sys.stdout.write(line + self._shown(signed=True) + "\n")
            sys.stdout.flush()
        self._last = now

    def _bar(self, current: int) -> str:
        if self.target is None:
            return f"{current:7d}/Unknown"
        digits = int(np.log10(max(self.target, 1))) + 1
        filled = int(self.width * current / self.target) if self.target else self.width
        arrow = "=" * (filled - 1) + (">" if current < self.target else "=") if filled else ""
        return f"{current:{digits}d}/{self.target} [{arrow}{'.' * (self.width - filled)}]"

    def _times(self, current: int, now: float) -> str:
        spent = now - self._start
        each = spent / current if current else 0.0
        if self.target is not None and current < self.target:
            left = each * (self.target - current)
            if left > 3600:
                return f" - ETA: {left // 3600:.0f}:{left % 3600 // 60:02.0f}:{left % 60:02.0f}"
            if left > 60:
                return f" - ETA: {left // 60:.0f}:{int(left % 60):02d}"
            return f" - ETA: {int(left)}s"
        if each >= 1 or each == 0:
            rate = f"{each:.0f}s"
        elif each >= 1e-3:
            rate = f"{each * 1e3:.0f}ms"
        else:
            rate = f"{each * 1e6:.0f}us"
        return f" - {spent:.0f}s {rate}/{self.unit_name}"

    def _shown(self, signed: bool = False) -> str:
        words = ""
        for name, (total, count) in self._values.items():
            value = float(np.mean(total / max(1, count)))
            large = (value if signed else abs(value)) > 1e-3
            words += f" - {name}: {value:.4f}" if large else f" - {name}: {value:.4e}"
        return words

    def _draw(self, current: int, now: float, done: bool) -> None:
        line = self._bar(current) + self._times(current, now) + self._shown()
        before, self._drawn = self._drawn, len(line)
        start = "\b" * before + "\r" if self._rewrites else "\n"
        sys.stdout.write(start + line.ljust(before) + ("\n" if done else ""))
        sys.stdout.flush()
