"""The colours of every picture, light and dark, and how an SVG follows its reader's theme.

Fills are tints of Okabe and Ito's colours, which the colour-blind can tell apart. Every colour has
one dark counterpart, so that a picture is made once, in light colours, and turned dark by table.
"""

from __future__ import annotations

import html
import re
from typing import Any

INK, SOFT, FAINT, PAPER = "#222222", "#444444", "#666666", "#FFFFFF"
LANE, RULE, GRID = "#F4F6F8", "#C3CAD1", "#D5D5D5"
BLUE, ORANGE, OLIVE, PURPLE, GREEN = "#0072B2", "#B87400", "#8F8600", "#A34B7D", "#00795A"
BLUE_FILL, ORANGE_FILL, YELLOW_FILL, PURPLE_FILL, GREEN_FILL = (
    "#B9E0F7", "#FBD995", "#FDFBD2", "#F0D3E3", "#B5E5D6",
)  # fmt: skip
FOLDED_FILL = "#E3E8EC"
HEAT = ("#FFF7E6", "#FDE3B4", "#F9C480", "#F0A25A", "#E07B3C")
"""From cold to hot: lightness falls all the way, so that grey print keeps the order."""

THEMES = ("auto", "light", "dark")
DARK = {
    INK: "#ECEFF1", SOFT: "#C7CDD2", FAINT: "#A3ABB2", PAPER: "#14181C",
    LANE: "#1D2329", RULE: "#46505A", GRID: "#39424B",
    BLUE: "#6CC4F5", ORANGE: "#F0B44D", OLIVE: "#D8CF4A", PURPLE: "#E09CC3", GREEN: "#4CCBA6",
    BLUE_FILL: "#123C55", ORANGE_FILL: "#4E3709", YELLOW_FILL: "#25230C",
    PURPLE_FILL: "#47233A", GREEN_FILL: "#0E4537", FOLDED_FILL: "#2A323A",
    "#E9EDF1": "#252C33", "#FBF3F7": "#231A20", "#F5E6EE": "#2D2029", "#555555": "#B9C0C6",
    "#F6F5F8": "#14181C",
    HEAT[0]: "#211C15", HEAT[1]: "#3D2C14", HEAT[2]: "#5E3F16", HEAT[3]: "#85501A",
    HEAT[4]: "#A2501A",
}  # fmt: skip
"""Light -> dark."""
_COLOR = re.compile("|".join(DARK) + '|(?<=")(?:white|black)(?=")', re.IGNORECASE)
_NAMED = {"white": DARK[PAPER], "black": DARK[INK]}
_CLASS = "flowgraph-picture"


def check_theme(theme: str) -> None:
    """Raises ValueError for a theme that there is none of."""
    if theme not in THEMES:
        raise ValueError(f"theme must be one of {', '.join(THEMES)}, got {theme!r}")


def darkened(source: str) -> str:
    """Graphviz source or SVG with each colour's dark counterpart."""
    return _COLOR.sub(lambda m: _NAMED.get(m[0]) or DARK[m[0].upper()], source)


def themed(svg: str, theme: str) -> str:
    """An SVG in a theme; "auto" follows what the reader's system prefers.

    The rules hold within this picture only, as an SVG may stand inline in a page.
    """
    if theme == "dark":
        return darkened(svg)
    if theme == "light":
        return svg
    used = {color for color in DARK if color.lower() in svg.lower()}
    rules = []
    for name, dark in {**{c: DARK[c] for c in sorted(used)}, **_NAMED}.items():
        for attribute in ("fill", "stroke", "stop-color"):
            if f'{attribute}="{name}"'.lower() in svg.lower():
                rules.append(f'.{_CLASS} [{attribute}="{name}" i]{{{attribute}:{dark}}}')
    # Graphviz leaves out the fill of black text.
    rules.append(f".{_CLASS} text:not([fill]){{fill:{DARK[INK]}}}")
    style = f"<style>@media (prefers-color-scheme:dark){{{''.join(rules)}}}</style>"
    head, end, body = svg.partition(">")
    return f'{head.replace("<svg ", f"""<svg class="{_CLASS}" """, 1)}{end}{style}{body}'


def escape(text: str) -> str:
    """Text safe within SVG, HTML and graphviz's HTML-like labels; control characters are no XML."""
    return html.escape(re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "?", text), quote=True)


class Svg(str):
    """The text of an SVG, which a notebook shows as a picture."""

    __slots__ = ()

    def _repr_svg_(self) -> str:
        return str(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython shows where there are no pictures: not the whole SVG once more."""
        printer.text(f"<SVG of {len(self):,} characters>")
