"""Checks a built site: every link leads to a page and a place on it, and nothing is fetched."""

from __future__ import annotations

import html
import os
import re
from pathlib import Path
from urllib.parse import unquote

_ADDRESS = re.compile(r"^([a-z]+:)?//", re.IGNORECASE)
_NO_FILE = re.compile(r"^(data|mailto|javascript):")
_FETCHED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}
_TAG = re.compile(r"<(\w+)\s([^<>]*)>")
_ATTRIBUTE = re.compile(r"""\b(id|name|href|src)="?([^"\s>]+)""")
_CSS = re.compile(r"""(?:url\(|@import)\s*["']?((?:https?:)?//[^"')\s]+)""")


class _Page:
    """What a page links to, by tag, and the places on it."""

    def __init__(self, text: str) -> None:
        self.links: set[tuple[str, str]] = set()
        self.places: set[str] = set()
        for tag, attributes in _TAG.findall(text):
            for name, value in _ATTRIBUTE.findall(attributes):
                if name in ("id", "name"):
                    self.places.add(html.unescape(value))
                else:
                    self.links.add((tag, html.unescape(value)))


def faults(folder: Path) -> list[str]:
    """What is wrong with a site: links that lead nowhere, things that a browser would fetch."""
    root = folder.resolve()
    pages = {path: _Page(path.read_text(encoding="utf-8")) for path in root.rglob("*.html")}
    found = [
        f"{path.relative_to(root)}: {fault}"
        for path, page in sorted(pages.items())
        for tag, to in sorted(page.links)
        if (fault := _fault(path, tag, to, pages))
    ]
    for sheet in sorted(root.rglob("*.css")):
        fetched = _CSS.findall(sheet.read_text(encoding="utf-8"))
        found += [f"{sheet.relative_to(root)}: {address} is fetched" for address in fetched]
    return found


def _fault(path: Path, tag: str, to: str, pages: dict[Path, _Page]) -> str:
    if _ADDRESS.match(to):
        return f"{to} is fetched" if tag in _FETCHED else ""
    if _NO_FILE.match(to):
        return ""
    file, _, place = to.partition("#")
    name = os.path.normpath(path.parent / unquote(file.partition("?")[0])) if file else path
    target = Path(name)
    if target not in pages and not target.exists():
        return f"{to} is not there"
    is_lost = place and target in pages and unquote(place) not in pages[target].places
    return f"{to} has no such place" if is_lost else ""
