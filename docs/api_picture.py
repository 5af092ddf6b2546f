"""The picture of docs/api.md: a bar for each family, in plain SVG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_ROW, _LEFT, _BAR, _RIGHT = 17, 170, 380, 150
_TESTED, _THERE, _MISSING, _TEXT = "#2b7a4b", "#8fcaa6", "#e6e6e6", "#333"
_STYLE = f'font-family="Helvetica, Arial, sans-serif" font-size="11" fill="{_TEXT}"'


def _text(x: float, y: float, text: str, more: str = "") -> str:
    return f'<text x="{x}" y="{y}" {_STYLE} {more}>{text}</text>'


def _bar(x: float, y: float, width: float, color: str) -> str:
    return f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{_ROW - 5}" fill="{color}"/>'


def picture(families: Sequence[Any], most: int = 40) -> str:
    """The SVG: families with the most uses, their symbols tested, there and missing."""
    families = families[:most]
    width, height = _LEFT + _BAR + _RIGHT, (len(families) + 3) * _ROW
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for i, (color, label) in enumerate(
        ((_TESTED, "there and tested"), (_THERE, "there"), (_MISSING, "missing"))
    ):
        parts += [_bar(_LEFT + i * 125, 6, 12, color), _text(_LEFT + i * 125 + 17, 16, label)]
    parts.append(_text(_LEFT + _BAR + 8, 16, "uses covered"))
    for row, f in enumerate(families):
        y, x = (row + 2) * _ROW - 8, float(_LEFT)
        parts.append(_text(_LEFT - 8, y + 10, f.name, 'text-anchor="end"'))
        for count, color in (
            (f.tested, _TESTED), (f.there - f.tested, _THERE), (f.known - f.there, _MISSING)
        ):  # fmt: skip
            length = _BAR * count / f.known
            parts.append(_bar(x, y, length, color))
            x += length
        share = f"{f.uses_there / f.uses:.1%} of {f.uses:,}"
        parts.append(_text(_LEFT + _BAR + 8, y + 10, share))
    return "\n".join([*parts, "</svg>"]) + "\n"
