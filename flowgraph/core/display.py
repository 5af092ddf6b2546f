"""How a graph or tensor shows itself as a value of a notebook cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_drawers: list[Callable[[Any], str]] = []
_viewers: list[Callable[[Any], Mapping[str, str]]] = []


def register(draw: Callable[[Any], str], view: Callable[[Any], Mapping[str, str]]) -> None:
    """Sets the functions from a graph, tensor or operation to SVG, and to {MIME type: text}."""
    _drawers[:], _viewers[:] = [draw], [view]


class Displayed:
    """Base class of what draws itself in Jupyter."""

    __slots__ = ()

    def _repr_svg_(self) -> str | None:
        return _drawers[0](self) if _drawers else None

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Mapping[str, str]:
        return _viewers[0](self) if _viewers else {}
