"""Turn graphviz source into SVG, PNG, PDF or DOT bytes with whichever layout program is there.

The system's `dot` is used where there is one, else the program in the wheel `graphviz-pure`,
which comes with flowgraph and needs nothing installed by hand (it writes no PDF).
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flowgraph.viz import lanes, lettering, notes, palette
from flowgraph.viz.canvas import suffix
from flowgraph.viz.columns import cuts
from flowgraph.viz.dot import to_dot
from flowgraph.viz.model import build_picture
from flowgraph.viz.palette import Svg

FORMATS = ("svg", "png", "dot", "pdf")
PNG_DPI = 144
PATIENCE = 15.0
"""Seconds after which a layout is tried with fewer iterations."""
HASTE = ["-Gnslimit=0.2", "-Gnslimit1=0.2", "-Gmclimit=0.1", "-Gsplines=line"]
PURE = "graphviz-pure"
FONTS = "Helvetica,Arial,Liberation Sans,Arimo,sans-serif"
"""All as wide as the font that the layout measured, so that the words stay in their boxes."""
CLUSTER = re.compile(r'<g id="clust\d+".*?(?=<g id="(?:clust|node|edge)\d)', re.DOTALL)
HALO = '<text aria-hidden="true" stroke="#F6F5F8" stroke-width="3" stroke-linejoin="round" '
CLUSTER_TITLE = re.compile(r"<text .*?</text>\n?", re.DOTALL)


class RenderError(RuntimeError):
    """The layout program is missing or failed."""


def draw(
    source: Any,
    path: str | os.PathLike[str] | None = None,
    *,
    depth: int | None = None,
    shapes: bool = True,
    title: str | None = None,
    fold: str | Sequence[str] = (),
    unfold: str | Sequence[str] = (),
    main: str | Sequence[str] = (),
    hide: str | Sequence[str] = (),
    gradients: str = "auto",
    values: Any = None,
    legend: bool = True,
    theme: str = "auto",
    columns: int | None = None,
) -> str:
    """Draw a graph, or what some tensors depend on, as SVG, PNG, PDF or DOT.

    Scopes, and with `hide` operations too, are named by patterns: "conv1", "*Regularizer*".

    Args:
      source: a Graph or GraphDef (all of it); or a Tensor, an Operation or a list of these (what
        they depend on).
      path: where to write; its suffix (.svg .png .pdf .dot) chooses the format. None: return
        the SVG as text, which a notebook shows.
      depth: how many levels of name scopes are open; deeper ones are folded into one node with
        a count. None: as many as keep the picture readable.
      shapes: whether edges tell shapes, and dtypes that are not float32.
      title: a heading.
      fold: scopes that are drawn as one node.
      unfold: scopes that are open.
      main: scopes that the picture is about; all others are folded.
      hide: scopes or operations that are left out.
      gradients: "auto" folds them in a large picture; "show" opens them, "fold" does not, "hide"
        leaves them out. In the SVG their nodes have the class `gradient`.
      values: {tensor or its name: array}, say what a run gave, to be told on the edges.
      legend: whether a line tells what the shapes and colours mean.
      theme: "auto" (light; an SVG turns dark where its reader's system is), "light" or "dark".
      columns: into how many columns a chain of layers is cut at most; None: as fit a screen.

    Returns:
      The path as a string, or the SVG as text when `path` is None.

    Raises:
      ValueError: for a suffix or theme that there is none of, a negative depth, a pattern that
        matches nothing, a GraphDef with a cycle.
      TypeError: when `source` cannot be drawn.
      RenderError: when there is no layout program, or it cannot write this format.
      OSError: when the file cannot be written.

    Example:
      >>> import flowgraph as tf
      >>> with tf.Graph().as_default():
      ...     total = tf.add(tf.constant(1.0, name="b"), tf.constant(2.0, name="c"), name="a")
      >>> tf.viz.draw(total).startswith("<svg")
      True
    """
    return _draw(source, path, legend, theme, columns, depth=depth, shapes=shapes, title=title,
                 fold=_names(fold), unfold=_names(unfold), main=_names(main), hide=_names(hide),
                 gradients=gradients, values=values)  # fmt: skip


def heat(
    run_metadata: Any,
    source: Any = None,
    path: str | os.PathLike[str] | None = None,
    *,
    by: str = "time",
    legend: bool = True,
    theme: str = "auto",
    columns: int | None = None,
    **view: Any,
) -> str:
    """Draw a graph with the time or memory of a traced run as colours.

    What a kernel does for several operations counts for the last of them.

    Args:
      run_metadata: a `tf.RunMetadata` of a run with `RunOptions(trace_level=FULL_TRACE)`.
      source: as for `draw`; None takes the default graph.
      path: as for `draw`.
      by: "time", or "memory" for the bytes of what operations gave.
      legend: as for `draw`.
      theme: as for `draw`.
      columns: as for `draw`.
      view: the other arguments of `draw`.

    Raises:
      ValueError: there is no trace in `run_metadata`; and as `draw`.
    """
    if source is None:
        from flowgraph.core.graph import get_default_graph

        source = get_default_graph()
    for name in ("fold", "unfold", "main", "hide"):
        view[name] = _names(view.get(name, ()))
    found = notes.measured(run_metadata, by)
    return _draw(source, path, legend, theme, columns, heat=found, **view)


def _names(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _draw(
    source: Any, path: str | os.PathLike[str] | None, legend: bool, theme: str,
    columns: int | None, **view: Any,
) -> str:  # fmt: skip
    palette.check_theme(theme)
    format_name = "svg" if path is None else _format_of(path)
    picture = build_picture(source, **view)
    text = to_dot(picture, legend=legend, cut=cuts(picture, columns))
    if format_name != "svg" and theme == "dark":
        text = palette.darkened(text)
    data = render(text, format_name)
    if format_name == "svg":
        svg = Svg(palette.themed(data.decode("utf-8"), theme))
        if path is None:
            return svg
        data = svg.encode("utf-8")
    Path(path or "").write_bytes(data)
    return os.fspath(path or "")


def _format_of(path: str | os.PathLike[str]) -> str:
    return suffix(path, FORMATS)


def repr_svg(obj: Any) -> str:
    """The SVG that Jupyter shows for a Graph, a Tensor, an Operation or RunMetadata.

    A drawing that fails must not break a notebook's cell, so the reason is shown in its place.
    """
    try:
        if hasattr(obj, "step_stats"):
            return lanes.timeline(obj)
        from flowgraph.viz.interactive.views import drawable

        return draw(drawable(obj)[0])
    except Exception as error:
        return words_svg(f"no picture: {error}")


def words_svg(text: str) -> str:
    """A line of words, as an SVG."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="900" height="24">'
        f'<text x="4" y="16" font-size="12">{palette.escape(text)}</text></svg>'
    )


svg_for_notebook = repr_svg


def render(source: str, format_name: str) -> bytes:
    """Lay out graphviz source; the format is one of `FORMATS`, or "plain": places in words."""
    if format_name == "dot":
        return source.encode("utf-8")
    program = layout_program()
    if format_name == "pdf" and Path(program).stem == PURE:
        raise RenderError(
            "PDF needs the system's dot program (graphviz); the graphviz-pure that comes with "
            "flowgraph writes SVG, PNG and DOT. Install graphviz or choose another suffix."
        )
    data = _run(program, source, format_name)
    return _clean_svg(data) if format_name == "svg" else data


def _run(program: str, source: str, format_name: str) -> bytes:
    """Run the layout program; a layout that takes too long is done again in a hurry."""
    command = [program, f"-T{format_name}", "-q"]
    if format_name == "png":
        command.append(f"-Gdpi={PNG_DPI}")
    for extra in ([], HASTE):
        try:
            done = subprocess.run(
                command + extra, input=source.encode("utf-8"), capture_output=True, timeout=PATIENCE
            )
        except subprocess.TimeoutExpired:
            continue
        except OSError as error:
            raise RenderError(f"the layout program {program} cannot be run: {error}") from error
        return _output(done, program)
    raise RenderError("the picture is too large to lay out: draw it with a smaller depth")


def _output(done: subprocess.CompletedProcess[bytes], program: str) -> bytes:
    if done.returncode or not done.stdout:
        reason = done.stderr.decode("utf-8", "replace").strip() or f"code {done.returncode}"
        raise RenderError(f"the layout program {program} failed: {reason}")
    return done.stdout


def _clean_svg(data: bytes) -> bytes:
    """Only the <svg> element, so that it can stand in a page; wide ones shrink to the page."""
    text = data.decode("utf-8")
    text = re.sub(r"<!--.*?-->\n?", "", text[text.index("<svg") :], flags=re.DOTALL)
    text = lettering.fixed(text.replace('"Helvetica,sans-Serif"', f'"{FONTS}"'))
    text = _titles_on_top(text)
    return text.replace("<svg ", '<svg style="max-width:100%;height:auto" ', 1).encode("utf-8")


def _titles_on_top(svg: str) -> str:
    """Write the scopes' titles last, each over a light halo: edges run across them otherwise."""
    titles: list[str] = []

    def take(cluster: re.Match[str]) -> str:
        titles.extend(CLUSTER_TITLE.findall(cluster[0]))
        return CLUSTER_TITLE.sub("", cluster[0])

    start, end, rest = CLUSTER.sub(take, svg).rpartition("</g>\n</svg>")
    halos = [title.replace("<text ", HALO) for title in titles]
    return start + "".join(halos + titles) + end + rest


@functools.cache
def layout_program() -> str:
    """Where `dot`, or else `graphviz-pure`, is on this machine."""
    found = shutil.which("dot") or _from_wheel() or shutil.which(PURE)
    if found is None:
        raise RenderError(
            "no layout program found: install graphviz-pure (pip install graphviz-pure) "
            "or graphviz's dot"
        )
    return found


def _from_wheel() -> str | None:
    """The executable that the wheel graphviz-pure put among the environment's scripts."""
    from importlib import metadata  # slow to import, and needed once

    name = PURE + (".exe" if sys.platform == "win32" else "")
    try:
        files = metadata.files(PURE) or []
    except metadata.PackageNotFoundError:
        files = []
    places = [Path(str(f.locate())) for f in files if f.name == name]
    places.append(Path(sysconfig.get_path("scripts")) / name)
    return next((str(p.resolve()) for p in places if os.access(p, os.X_OK)), None)
