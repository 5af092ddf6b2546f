"""The page of a view: our script and style, and the data, in one piece that needs nothing else.

What comes from a graph gets into the page as JSON in which no character can end the script, and
from there as text nodes only.
"""

from __future__ import annotations

import base64
import functools
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

from flowgraph.viz import palette
from flowgraph.viz.palette import escape

Json = dict[str, Any]
LIBRARY = "dagre.min.js"
SCRIPTS = (
    "graph.js", "layout.js", "paint.js", "stage.js", "panel.js", "find.js", "panes.js", "charts.js",
    "view.js",
)  # fmt: skip
STYLES = ("view.css", "drawing.css")
VERMILION = ("#C44E00", "#FF8A4C")
_COLOURS = {
    "ink": palette.INK, "soft": palette.SOFT, "faint": palette.FAINT, "paper": palette.PAPER,
    "lane": palette.LANE, "lane2": "#E9EDF1", "rule": palette.RULE, "grid": palette.GRID,
    "pink": "#FBF3F7", "pink2": "#F5E6EE", "blue": palette.BLUE, "orange": palette.ORANGE,
    "olive": palette.OLIVE, "purple": palette.PURPLE, "green": palette.GREEN,
    "blue-fill": palette.BLUE_FILL, "orange-fill": palette.ORANGE_FILL,
    "yellow-fill": palette.YELLOW_FILL, "purple-fill": palette.PURPLE_FILL,
    "green-fill": palette.GREEN_FILL, "folded-fill": palette.FOLDED_FILL,
}  # fmt: skip


@functools.cache
def asset(name: str) -> str:
    """The text of a file of ours."""
    return (resources.files(__package__) / "assets" / name).read_text(encoding="utf-8")


@functools.cache
def _style() -> str:
    text = "".join(map(asset, STYLES))
    return re.sub(r"(/\*.*?\*/|\s)+", " ", text, flags=re.DOTALL)


@functools.cache
def script() -> str:
    """All of the script, once, as the function `mount`: (name, data, style, colours)."""
    own = "\n".join(_lean(asset(name)) for name in SCRIPTS)
    return f'(() => {{\n"use strict";\n{asset(LIBRARY)}\n{own}\nreturn mount;\n}})()'


def _lean(source: str) -> str:
    """Without comment lines and indentation: each cell of a notebook holds the script."""
    lines = (line.strip() for line in source.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def embedded(data: Any) -> str:
    """Data as a JavaScript literal that no text in it can leave, in a page of any encoding."""
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def colours() -> Json:
    """The named colours, light and dark, and the dark counterpart of each in a picture."""
    named = {k: [light, palette.DARK[light.upper()]] for k, light in _COLOURS.items()}
    named["vermilion"] = list(VERMILION)
    dark = {k.upper(): v for k, v in palette.DARK.items()}
    return {"named": named, "dark": dark | {"WHITE": palette.DARK[palette.PAPER],
                                            "BLACK": palette.DARK[palette.INK]}}  # fmt: skip


def piece(panes: Sequence[Mapping[str, Any]], title: str, picture: str = "") -> str:
    """A piece of HTML for a notebook's cell.

    Args:
      panes: the data of each tab.
      title: what the view is of.
      picture: an SVG that stands there where no script runs (a static viewer of notebooks, which
        lets an <img> through but no <svg>).
    """
    name = f"fg-{secrets.token_hex(8)}"
    still = f"<p>{escape(title)}</p>"
    if picture:
        coded = base64.b64encode(picture.encode("utf-8")).decode("ascii")
        still = (
            f'<img alt="{escape(title)}" style="max-width:100%" '
            f'src="data:image/svg+xml;base64,{coded}">'
        )
    # The attribute keeps JupyterLab's own keys (d, d deletes the cell) out of the view.
    return (
        f'<div data-flowgraph="{name}" data-lm-suppress-shortcuts="true">{still}</div>\n'
        f"<script>{_call(name, panes, title, False)}</script>"
    )


def whole(
    panes: Sequence[Mapping[str, Any]], title: str, picture: str = "", nonce: str = ""
) -> str:
    """A page of its own, for a file or a server."""
    name = "page"
    mark = f' nonce="{nonce}"' if nonce else ""
    still = f"<noscript>{picture or escape(title)}</noscript>"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>body{{margin:0;background:{palette.PAPER}}}"
        f'html[data-theme="dark"] body{{background:{palette.DARK[palette.PAPER]}}}</style></head>'
        f'<body><div data-flowgraph="{name}">{still}</div>\n'
        f"<script{mark}>{_call(name, panes, title, True)}</script></body></html>\n"
    )


def _call(name: str, panes: Sequence[Mapping[str, Any]], title: str, is_page: bool) -> str:
    data = {"panes": list(panes), "title": title, "page": is_page}
    arguments = ", ".join(map(embedded, (name, data, _style(), colours())))
    return f"({script()})({arguments});"
