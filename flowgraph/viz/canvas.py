"""A canvas of boxes, lines and words: written as SVG text, or painted by matplotlib (PNG, PDF).

Coordinates are pixels from the upper left corner. Pictures that graphviz cannot arrange (lanes,
panels side by side, tables) are drawn on it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flowgraph.viz import palette
from flowgraph.viz.palette import Svg, darkened, escape

FORMATS = ("svg", "png", "pdf")
FAMILY = "Helvetica,Arial,Liberation Sans,Arimo,sans-serif"
_NARROW, _WIDE = set("iljtfrI.,:;'|!()[] /"), set("mwMW@—×→")
_DPI = 144
_PIXELS = 96
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Shape:
    """One thing on a canvas; `points` are a box's corners, a line's ends, a curve's controls."""

    kind: str
    points: tuple[Point, ...]
    fill: str = "none"
    stroke: str = "none"
    thick: float = 1.0
    dashed: bool = False
    radius: float = 0.0
    text: str = ""
    size: float = 11.0
    bold: bool = False
    anchor: str = "start"
    tooltip: str = ""


@dataclass(slots=True)
class Canvas:
    """Shapes in the order in which they are painted."""

    width: float
    height: float
    shapes: list[Shape] = field(default_factory=list)

    def box(self, x: float, y: float, width: float, height: float, **style: Any) -> None:
        """A rectangle (`fill`, `stroke`, `radius`, `dashed`, `tooltip`)."""
        self.shapes.append(Shape("box", ((x, y), (x + width, y + height)), **style))

    def ellipse(self, x: float, y: float, width: float, height: float, **style: Any) -> None:
        """The ellipse within a rectangle."""
        self.shapes.append(Shape("ellipse", ((x, y), (x + width, y + height)), **style))

    def line(self, points: Sequence[Point], **style: Any) -> None:
        """A line through points."""
        self.shapes.append(Shape("line", tuple(points), **style))

    def curve(self, points: Sequence[Point], **style: Any) -> None:
        """Bezier curves (a start, then three points each) that end in an arrow's head."""
        self.shapes.append(Shape("curve", tuple(points), **style))

    def text(self, x: float, y: float, text: str, **style: Any) -> None:
        """Words whose baseline begins (`anchor`: start, middle, end) at a point."""
        style = {"fill": palette.INK, **style}
        self.shapes.append(Shape("text", ((x, y),), text=text, **style))

    def svg(self, theme: str = "auto") -> Svg:
        """The canvas as the text of an SVG."""
        w, h = _number(self.width), _number(self.height)
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" '
            f'viewBox="0 0 {w} {h}" style="max-width:100%;height:auto" font-family="{FAMILY}">'
        )
        paper = f'<rect width="{w}" height="{h}" fill="{palette.PAPER}"/>'
        text = "\n".join([head, paper, *map(_svg, self.shapes), "</svg>\n"])
        return Svg(palette.themed(text, theme))

    def save(self, path: str | os.PathLike[str], theme: str = "auto") -> str:
        """Writes the canvas to a file whose suffix tells the format; returns the path."""
        kind = suffix(path, FORMATS)
        if kind == "svg":
            Path(path).write_text(self.svg(theme), encoding="utf-8")
        else:
            _paint(self, path, kind, theme == "dark")
        return os.fspath(path)


def suffix(path: str | os.PathLike[str], known: Sequence[str]) -> str:
    """The format that a path's suffix tells; ValueError when there is none such."""
    found = Path(path).suffix.lower().lstrip(".")
    if found not in known:
        names = ", ".join(f".{name}" for name in known)
        raise ValueError(f"cannot draw to {os.fspath(path)!r}: the suffix must be one of {names}")
    return found


def text_width(text: str, size: float = 11.0, bold: bool = False) -> float:
    """About how wide words are in DejaVu Sans, which is wider than Helvetica: either fits."""
    units = 0.0
    for letter in text:
        if letter in _NARROW:
            units += 0.36
        elif letter in _WIDE:
            units += 0.95
        else:
            units += 0.7 if letter.isupper() or ord(letter) > 0x2FFF else 0.62
    return units * size * (1.1 if bold else 1.0)


def shortened(text: str, width: float, size: float = 11.0, bold: bool = False) -> str:
    """Words cut in the middle until they fit: both ends of a name tell most."""
    if text_width(text, size, bold) <= width:
        return text
    keep = len(text) - 1
    while keep > 2:
        front = keep // 3
        cut = text[:front] + "…" + text[len(text) - (keep - front) :]
        if text_width(cut, size, bold) <= width:
            return cut
        keep -= 1
    return "…"


# --- SVG ------------------------------------------------------------------------------------------
def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _svg(shape: Shape) -> str:
    body = _SVG[shape.kind](shape)
    if shape.kind != "text":
        body += f' fill="{shape.fill}"'
        if shape.stroke != "none":
            body += f' stroke="{shape.stroke}" stroke-width="{_number(shape.thick)}"'
        if shape.dashed:
            body += ' stroke-dasharray="4 3"'
    if shape.kind == "text":
        return body
    name = body[1 : body.index(" ")]
    title = f"<title>{escape(shape.tooltip)}</title>" if shape.tooltip else ""
    result = f"{body}>{title}</{name}>" if title else f"{body}/>"
    return result + (_head_svg(shape) if shape.kind == "curve" else "")


def _box_svg(shape: Shape) -> str:
    (x, y), (right, bottom) = shape.points
    rounded = f' rx="{_number(shape.radius)}"' if shape.radius else ""
    return (
        f'<rect x="{_number(x)}" y="{_number(y)}" width="{right - x:.2f}" '
        f'height="{_number(bottom - y)}"{rounded}'
    )


def _ellipse_svg(shape: Shape) -> str:
    (x, y), (right, bottom) = shape.points
    return (
        f'<ellipse cx="{_number((x + right) / 2)}" cy="{_number((y + bottom) / 2)}" '
        f'rx="{_number((right - x) / 2)}" ry="{_number((bottom - y) / 2)}"'
    )


def _line_svg(shape: Shape) -> str:
    return f'<polyline points="{_pairs(shape.points)}"'


def _curve_svg(shape: Shape) -> str:
    (x, y), *rest = shape.points
    return f'<path d="M{_number(x)},{_number(y)}C{_pairs(rest)}"'


def _text_svg(shape: Shape) -> str:
    ((x, y),) = shape.points
    more = ' font-weight="bold"' if shape.bold else ""
    if shape.anchor != "start":
        more += f' text-anchor="{shape.anchor}"'
    return (
        f'<text x="{_number(x)}" y="{_number(y)}" font-size="{_number(shape.size)}" '
        f'fill="{shape.fill}"{more}>{escape(shape.text)}</text>'
    )


def _pairs(points: Sequence[Point]) -> str:
    return " ".join(f"{_number(x)},{_number(y)}" for x, y in points)


def _head(shape: Shape) -> list[Point]:
    """The arrow's head at the end of a curve."""
    (x, y), (tip_x, tip_y) = shape.points[-2], shape.points[-1]
    along_x, along_y = tip_x - x, tip_y - y
    length = (along_x**2 + along_y**2) ** 0.5 or 1.0
    u, v, size = along_x / length, along_y / length, 6 + shape.thick
    back_x, back_y = tip_x - u * size * 0.2, tip_y - v * size * 0.2
    return [
        (tip_x + u * size * 0.8, tip_y + v * size * 0.8),
        (back_x - v * size * 0.36, back_y + u * size * 0.36),
        (back_x + v * size * 0.36, back_y - u * size * 0.36),
    ]


def _head_svg(shape: Shape) -> str:
    return f'<polygon points="{_pairs(_head(shape))}" fill="{shape.stroke}"/>'


_SVG = {
    "box": _box_svg, "ellipse": _ellipse_svg, "line": _line_svg, "curve": _curve_svg,
    "text": _text_svg,
}  # fmt: skip


# --- matplotlib -----------------------------------------------------------------------------------
def _paint(canvas: Canvas, path: str | os.PathLike[str], kind: str, dark: bool) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(canvas.width / _PIXELS, canvas.height / _PIXELS), dpi=_DPI)
    FigureCanvasAgg(figure)
    color = (lambda c: darkened(c)) if dark else (lambda c: c)
    figure.patch.set_facecolor(color(palette.PAPER))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, canvas.width)
    axes.set_ylim(canvas.height, 0)
    axes.axis("off")
    for order, shape in enumerate(canvas.shapes):
        for artist in _artists(shape, color):
            artist.set_zorder(order + 1)
            axes.add_artist(artist)
    figure.savefig(path, format=kind, facecolor=figure.get_facecolor())


def _artists(shape: Shape, color: Any) -> list[Any]:
    from matplotlib import patches, path, text

    fill, stroke = color(shape.fill), color(shape.stroke)
    if shape.kind == "text":
        ((x, y),) = shape.points
        align = {"start": "left", "middle": "center", "end": "right"}[shape.anchor]
        return [text.Text(
            x, y, shape.text, color=fill, fontsize=shape.size * 0.66, ha=align, va="baseline",
            weight="bold" if shape.bold else "normal", parse_math=False,
            family="DejaVu Sans",  # matplotlib brings it along
        )]  # fmt: skip
    style = {
        "facecolor": fill, "edgecolor": stroke, "linewidth": shape.thick * 0.75,
        "linestyle": (0, (4, 3)) if shape.dashed else "solid",
    }  # fmt: skip
    (x, y), (right, bottom) = shape.points[0], shape.points[-1]
    if shape.kind == "box":
        rounded = f"round,pad=0,rounding_size={shape.radius}" if shape.radius else "square,pad=0"
        box = patches.FancyBboxPatch((x, y), right - x, bottom - y, boxstyle=rounded, **style)
        return [box]
    if shape.kind == "ellipse":
        center = ((x + right) / 2, (y + bottom) / 2)
        return [patches.Ellipse(center, right - x, bottom - y, **style)]
    step = path.Path.CURVE4 if shape.kind == "curve" else path.Path.LINETO
    codes = [path.Path.MOVETO, *[step] * (len(shape.points) - 1)]
    artists: list[Any] = [patches.PathPatch(path.Path(list(shape.points), codes), **style)]
    if shape.kind == "curve":
        artists.append(patches.Polygon(_head(shape), facecolor=stroke, edgecolor="none"))
    return artists
