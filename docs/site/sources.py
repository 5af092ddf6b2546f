"""Pages of the source, a file each, with numbered lines that "[source]" leads to."""

from __future__ import annotations

import html
import inspect
from pathlib import Path
from typing import Any

from flowgraph.scripts import judge

ROOT = Path(__file__).resolve().parents[2]
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{file}</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="{up}source.css">
<h1><a href="{up}../api/index.html">flowgraph</a>: {file}</h1><pre>{lines}</pre></html>
"""


def place(value: Any) -> tuple[Path, int] | None:
    """The file and line of a function or class of ours; None when there is no such thing."""
    try:
        value = inspect.unwrap(value)
        file, line = inspect.getsourcefile(value), inspect.getsourcelines(value)[1]
    except (TypeError, OSError):  # made by Python itself
        return None
    path = Path(file or "").resolve()
    return (path.relative_to(ROOT), line) if ROOT in path.parents else None


def link(domain: str, info: dict[str, str]) -> str | None:
    """The address of a name's source from a page in api/, for sphinx.ext.linkcode."""
    value = judge.resolve(f"{info['module']}.{info['fullname']}".removeprefix("tf."), False)
    found = place(value)
    return f"../source/{found[0].as_posix()}.html#L{found[1]}" if found else None


def write(folder: Path) -> None:
    """Writes a page for each file of the package."""
    for path in [*ROOT.glob("flowgraph/**/*.py"), *ROOT.glob("ops/**/*.py")]:
        name = path.relative_to(ROOT)
        target = folder / f"{name}.html"
        target.parent.mkdir(parents=True, exist_ok=True)
        lines = html.escape(path.read_text(encoding="utf-8")).split("\n")
        numbered = "\n".join(f'<span id="L{i}">{line}</span>' for i, line in enumerate(lines, 1))
        up = "../" * len(name.parent.parts)
        target.write_text(PAGE.format(file=name, up=up, lines=numbered), encoding="utf-8")
    (folder / "source.css").write_text((Path(__file__).parent / "source.css").read_text())
