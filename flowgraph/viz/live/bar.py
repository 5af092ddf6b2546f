"""`progress`: how far a loop has come, with its speed and its loss, in a terminal or a notebook."""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from tqdm.std import tqdm

from flowgraph.viz.live.cell import find_cell
from flowgraph.viz.live.curve import LiveCurve
from flowgraph.viz.palette import escape

LAST = 50
"""Of a list of losses the mean of so many last ones is shown."""
Loss = Callable[[], Any] | Sequence[Any] | None


def progress(
    iterable: Iterable[Any] | None = None,
    description: str = "",
    *,
    total: int | None = None,
    loss: Loss = None,
    curve: LiveCurve | bool = False,
    unit: str = "step",
    start: int = 0,
    every: float = 0.25,
    leave: bool = True,
) -> Progress:
    """A bar for a training loop: how far it is, how fast, and its loss.

    In a terminal it is tqdm's bar on stderr; in a notebook a bar in the cell's output, without
    widgets; where nobody looks (a log file, a pipe) it is silent. The loss is asked for only when
    the bar is drawn, some times a second.

    Args:
      iterable: what the loop runs over; None for a bar that is moved by `update`.
      description: words before the bar.
      total: how many there are, when `iterable` does not tell.
      loss: the list to which the loop appends its losses (the mean of the last 50 is shown), or a
        function that gives the loss. Or tell it as it comes: `bar.update(1, loss)`, `bar.loss(x)`.
      curve: True draws the losses as a curve below the bar in a notebook; or a `LiveCurve`.
      unit: what is counted.
      start: how many are done already.
      every: seconds from one drawing to the next, at least.
      leave: whether the finished bar stays.

    Returns:
      The bar: loop over it, or use it in a `with` statement.

    Raises:
      TypeError: when `loss` is neither a function nor a sequence.
      ValueError: for a negative interval.

    Example:
      >>> import flowgraph as tf
      >>> losses = []
      >>> for step in tf.viz.progress(range(3), "training", loss=losses):
      ...     losses.append(1.0 / (step + 1))
    """
    if loss is not None and not callable(loss) and not hasattr(loss, "__getitem__"):
        raise TypeError(f"loss must be a function or a list of losses, got {loss!r}")
    if not every >= 0:
        raise ValueError(f"every must be 0 seconds or more, got {every}")
    return Progress(iterable, description, total, loss, curve, unit, start, every, leave)


class Progress(tqdm):
    """The bar that `progress` makes."""

    monitor_interval = 0  # tqdm's watching thread would write into whichever cell runs then

    def __init__(
        self, iterable: Any, description: str, total: Any, loss: Loss, curve: LiveCurve | bool,
        unit: str, start: int, every: float, leave: bool,
    ) -> None:  # fmt: skip
        self._cell = find_cell()
        self._curve = LiveCurve() if curve is True else curve or None
        self._losses, self._last = loss, None
        self._drawn = 0
        screen = shutil.get_terminal_size()  # tqdm shows nothing on one that claims to have no rows
        super().__init__(
            iterable, desc=description or None, total=total, initial=start, unit=f" {unit}s",
            mininterval=every, leave=leave, ncols=screen.columns - 1, nrows=screen.lines,
            file=io.StringIO() if self._cell else sys.stderr,
            disable=False if self._cell else None,
        )  # fmt: skip

    def update(self, n: int = 1, loss: Any = None) -> bool | None:
        """Moves the bar on by `n`, and notes the loss."""
        if loss is not None:
            self.loss(loss)
        return super().update(n)

    def loss(self, value: Any) -> None:
        """Notes the loss of now; it is shown when the bar is drawn next."""
        self._last = value
        if self._curve is not None:
            self._curve.add(value)

    def display(self, msg: str | None = None, pos: int | None = None) -> bool:
        """Draws the bar; tqdm calls it when it is time."""
        told = self._told()
        self.postfix = f"loss {told}" if told else None
        self._feed_curve()
        if self._cell is None:
            return bool(super().display(msg, pos))
        self._cell.show(_html(self), str(self))
        return True

    def close(self) -> None:
        """Draws the bar and its curve for the last time."""
        if not self.disable and self._curve is not None:
            self._feed_curve()
            self._curve.close()
        super().close()
        if self._cell is not None and not self.leave:
            self._cell.show("", "")

    def _told(self) -> str:
        """The loss in words; "" when nobody told one."""
        value = self._last
        if callable(self._losses):
            value = self._losses()
        elif self._losses is not None:
            recent = self._losses[-LAST:]
            value = np.mean(recent) if len(recent) else None
        return "" if value is None else f"{float(np.mean(value)):.4g}"

    def _feed_curve(self) -> None:
        """Hands the curve what was appended to the list of losses since."""
        if self._curve is None or self._losses is None or callable(self._losses):
            return
        fresh = self._losses[self._drawn :]
        if len(fresh):
            self._curve.extend(fresh)
        self._drawn += len(fresh)
        self._curve.draw()


def _html(bar: Progress) -> str:
    """A bar of the page's own font and colours, with words to the right."""
    facts = bar.format_dict
    done, total = facts["n"], facts["total"]
    share = min(1.0, done / total) if total else 0.0
    color = "#009E73" if total and done >= total else "#0072B2"
    words = [f"{done:,} of {total:,}" if total else f"{done:,}{facts['unit']}"]
    if facts["postfix"]:
        words.append(facts["postfix"])
    words.append(_speed(facts, done, total))
    label = f"<span>{escape(facts['prefix'].rstrip(': '))}</span>" if facts["prefix"] else ""
    track = (
        '<span style="flex:0 1 240px;height:10px;border-radius:5px;overflow:hidden;'
        'background:rgba(128,128,128,.25)">'
        f'<span style="display:block;height:100%;width:{100 * share:.1f}%;'
        f'background:{color}"></span></span>'
    )
    return (
        '<div style="display:flex;gap:10px;align-items:center;font-size:13px;'
        f'font-variant-numeric:tabular-nums">{label}{track if total else ""}'
        f"<span>{escape(' · '.join(w for w in words if w))}</span></div>"
    )


def _speed(facts: dict[str, Any], done: int, total: int | None) -> str:
    """ "152 steps/s · 3 s left", or how long it took."""
    seconds = facts["elapsed"]
    made = done - facts["initial"]
    if not seconds or not made:
        return ""
    rate = facts["rate"] or made / seconds
    unit = facts["unit"].strip()
    speed = f"{rate:,.0f} {unit}/s" if rate >= 10 else (
        f"{rate:.2g} {unit}/s" if rate >= 1 else f"{1 / rate:.2g} s a {unit.removesuffix('s')}"
    )  # fmt: skip
    if total and done < total:
        return f"{speed} · {tqdm.format_interval((total - done) / rate)} left"
    return f"{speed} · {tqdm.format_interval(seconds)}"
