"""How wide words are in Helvetica, in which layouts are measured: SVG text is held to that width.

Where a reader has neither Helvetica nor a font as wide, the words would else leave their boxes.
"""

from __future__ import annotations

import functools
import html
import importlib.util
import re
from pathlib import Path

_METRICS = {False: "Helvetica.afm", True: "Helvetica-Bold.afm"}
_LETTER = re.compile(r"^C (-?\d+) ; WX (\d+) ; N (\w+)", re.MULTILINE)
_NAMES = {"multiply": "×", "ellipsis": "…", "divide": "÷", "minus": "−", "plusminus": "±"}
_TEXT = re.compile(r"<text (?P<style>[^>]*)>(?P<words>[^<]*)</text>")
_SIZE = re.compile(r'font-size="([\d.]+)"')
_LEAST = 2
"""One letter alone leaves no box, and would only be bent."""


@functools.cache
def _widths(bold: bool) -> dict[str, int]:
    """Letter -> its width in thousandths of the size, as Adobe gives it in matplotlib's files."""
    found = importlib.util.find_spec("matplotlib")
    for place in (found and found.submodule_search_locations) or ():
        path = Path(place, "mpl-data", "fonts", "pdfcorefonts", _METRICS[bold])
        if path.is_file():
            return {
                chr(int(code)) if int(code) in range(32, 127) else _NAMES.get(name, ""): int(width)
                for code, width, name in _LETTER.findall(path.read_text("latin-1"))
            }
    return {}


def width(words: str, size: float, bold: bool = False) -> float | None:
    """How wide words are at a size; None when a letter is not Helvetica's."""
    widths = _widths(bold)
    if not all(letter in widths for letter in words):
        return None
    return sum(widths[letter] for letter in words) * size / 1000


def fixed(svg: str) -> str:
    """An SVG whose texts have the width that they have in Helvetica, whatever font there is."""
    return _TEXT.sub(_fixed_text, svg)


def _fixed_text(match: re.Match[str]) -> str:
    style, words = match["style"], html.unescape(match["words"]).replace("\xa0", " ")
    size = _SIZE.search(style)
    found = width(words, float(size[1]), 'font-weight="bold"' in style) if size else None
    if not found or len(words.strip()) < _LEAST:
        return match[0]
    return (
        f'<text {style} textLength="{found:.1f}" lengthAdjust="spacingAndGlyphs">'
        f"{match['words']}</text>"
    )
