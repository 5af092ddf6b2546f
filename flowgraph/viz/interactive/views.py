"""`view`: the interactive view of a graph, of what some tensors depend on, of a plan, of a run."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from flowgraph.viz import palette, reading, render
from flowgraph.viz.interactive import page, scene, values

Json = dict[str, Any]
_NO_FETCHES = ("get_operations", "node", "_as_variant_tensor")
_DISPLAY = "FLOWGRAPH_DISPLAY"
"""Set to "picture" in the environment, graphs and the like show themselves as SVG alone (smaller
notebooks); `view` is interactive all the same."""
MOST_IN_CELL = 30_000
"""With more operations a notebook's cell shows the picture alone: it would weigh too much."""


class View:
    """What a notebook shows as an interactive view; `save` writes it as a page of its own.

    Args:
      title: what it is of.
      panes: the data of each tab.
      draw: gives the SVG for where no script runs.
    """

    def __init__(self, title: str, panes: Sequence[Json], draw: Callable[[], str]) -> None:
        self.title, self.panes, self._draw = title, list(panes), draw

    @cached_property
    def picture(self) -> str:
        """The SVG that stands in where no script runs; words in its place when it fails."""
        try:
            return self._draw()
        except (ValueError, TypeError, OSError, render.RenderError) as error:
            return render.words_svg(f"no picture: {error}")

    def save(self, path: str | os.PathLike[str]) -> str:
        """Writes a page (.html) that works offline, by itself; returns the path.

        Raises:
          ValueError: another suffix.
          OSError: it cannot be written.
        """
        if Path(path).suffix.lower() not in (".html", ".htm"):
            raise ValueError(f"a view is a page: the path must end in .html, got {str(path)!r}")
        text = page.whole(self.panes, self.title, self.picture)
        Path(path).write_text(text, encoding="utf-8")
        return os.fspath(path)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        bundle = {"image/svg+xml": self.picture}
        if _weight(self.panes) <= MOST_IN_CELL:
            bundle["text/html"] = page.piece(self.panes, self.title, self.picture)
        return bundle

    def __repr__(self) -> str:
        return f"<view of {self.title}>"


def _weight(panes: Sequence[Json]) -> int:
    return sum(len(pane["ops"]["name"]) for pane in panes if pane["kind"] == "graph")


def view(
    source: Any = None,
    feed_dict: Any = None,
    session: Any = None,
    *,
    path: str | os.PathLike[str] | None = None,
    title: str | None = None,
    **options: Any,
) -> View:
    """An interactive view: zooms, folds scopes, finds nodes, tells of what is clicked.

    With `feed_dict` or `session`, fetches are run once, exactly as `session.run` would, and the
    values of all tensors on the way are told on the edges and in the panel. Variables tell what
    they hold in the session.

    Args:
      source: a Graph, a GraphDef, fetches (a tensor, operation, name, or any nesting of these), a
        variable, a dataset, a RunMetadata or an Explanation. None: the default graph.
      feed_dict: as for `Session.run`.
      session: where to run. None: the default session, whose variables are told and where
        `feed_dict` is run.
      path: where to write the view as a page (.html).
      title: a heading.
      options: depth, fold, unfold, main, hide, gradients: as for `draw`.

    Returns:
      A `View`, which a notebook shows.

    Raises:
      ValueError, TypeError: as `draw` and `Session.run`.
      tf.errors.OpError: as `Session.run`.
      OSError: the page cannot be written.

    Example:
      >>> import flowgraph as tf
      >>> with tf.Graph().as_default(), tf.Session() as session:
      ...     b = tf.placeholder(tf.float32, name="b")
      ...     view = tf.viz.view(tf.multiply(b, b + 1.0, name="a"), {b: 2.0}, session)
      >>> [value["text"] for value in view.panes[0]["values"].values()]
      ['2', '1', '3', '6']
    """
    options = {k: _names(v) if k in ("fold", "unfold", "main", "hide") else v
               for k, v in options.items()}  # fmt: skip
    if hasattr(source, "step_stats"):
        made = _of_run(source, title)
    elif hasattr(source, "changes") and hasattr(source, "steps"):
        made = _of_explanation(source, title)
    else:
        made = _of_graph(source, feed_dict, session, title, options)
    if path is not None:
        made.save(path)
    return made


def _names(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


# --- graphs ---------------------------------------------------------------------------------------
def _of_graph(source: Any, feed_dict: Any, session: Any, title: str | None, options: Json) -> View:
    from flowgraph.core.graph import get_default_graph
    from flowgraph.core.stacks import get_default_session

    source = get_default_graph() if source is None else source
    runs = feed_dict is not None or session is not None
    session = session or get_default_session()
    is_variable = _is_variable(source)
    is_fetch = not is_variable and not any(hasattr(source, name) for name in _NO_FETCHES)
    source, heading = drawable(source, session)
    flowing: dict[str, Any] = {}
    if runs and is_fetch:  # of a variable the initializer is drawn, which must not run
        flowing = values.of_run(_session_for(source, session), source, feed_dict)
    told = values.summaries(_held(source, session), "in the session now")
    told |= values.summaries(flowing, "in this run")
    pane = scene.graph_pane(source, values=told, texts=flowing or None, **options)
    if is_variable:
        pane["chosen"] = pane["ops"]["name"].index(source[0].inputs[0].op.name)
    title = title or heading
    return View(title, [pane], lambda: render.draw(source, values=flowing or None, **options))


def _session_for(fetches: Sequence[Any], session: Any) -> Any:
    from flowgraph.core import stacks

    return stacks.session_for(fetches[0].graph, session, "view what was fetched")


def drawable(source: Any, session: Any = None) -> tuple[Any, str]:
    """(a graph, a GraphDef or a list of tensors and operations; what it is, in words)."""
    if hasattr(source, "get_operations"):
        return source, "graph"
    if hasattr(source, "node") and hasattr(source, "versions"):
        return source, "GraphDef"
    if hasattr(source, "_as_variant_tensor"):
        return [source._as_variant_tensor()], repr(source).strip("<>")
    if isinstance(source, (str, bytes)) or not hasattr(source, "op"):
        from flowgraph.runtime.fetches import FetchPlan
        from flowgraph.viz.explanation import graph_of

        wanted = list(FetchPlan(graph_of(source, session), source).elements)
        if not wanted:
            raise ValueError("view() was given no tensor or operation")
        return wanted, ", ".join(f.name for f in wanted[:3]) + (", …" if len(wanted) > 3 else "")
    if _is_variable(source):
        return [source.initializer], repr(source).strip("<>")
    return [source], str(source.name)


def _is_variable(source: Any) -> bool:
    return hasattr(source, "initializer") and hasattr(source, "dtype") and hasattr(source, "op")


def _held(source: Any, session: Any) -> dict[str, Any]:
    """What the session's variables hold, where it is the source's own."""
    if session is None:
        return {}
    if hasattr(source, "get_operations"):
        operations = source.get_operations()
        graph = source
    elif hasattr(source, "node"):
        return {}
    else:
        operations = reading.read(source).operations
        graph = source[0].graph
    return values.of_variables(session, operations) if session.graph is graph else {}


# --- pictures -------------------------------------------------------------------------------------
def _of_run(run_metadata: Any, title: str | None) -> View:
    from flowgraph.viz import lanes

    picture = lanes.timeline(run_metadata, title=title)
    light = lanes.timeline(run_metadata, title=title, theme="light")
    pane = {"kind": "picture", "title": "Timeline", "svg": light}
    return View(title or "a run", [pane], lambda: picture)


def _of_explanation(explanation: Any, title: str | None) -> View:
    from flowgraph.viz import explain_picture
    from flowgraph.viz.interactive import plans

    canvas = explain_picture.picture(explanation)
    panes = [
        {"kind": "picture", "title": "Passes", "svg": canvas.svg("light")},
        plans.plan_pane(explanation),
        {"kind": "words", "title": "In words", "text": str(explanation)},
    ]
    return View(title or f"plan of {explanation.title}", panes, canvas.svg)


# --- notebooks ------------------------------------------------------------------------------------
def mimebundle(source: Any) -> Mapping[str, str]:
    """What a notebook's cell shows for a value: the view, and its picture as SVG.

    A drawing that fails must not break a cell, so the reason is shown in its place.
    """
    if os.environ.get(_DISPLAY) == "picture":
        return {"image/svg+xml": source._repr_svg_()}
    try:
        return view(source)._repr_mimebundle_()
    except Exception as error:
        text = f"no picture: {error}"
        return {"image/svg+xml": render.words_svg(text),
                "text/html": f"<p>{palette.escape(text)}</p>"}  # fmt: skip
