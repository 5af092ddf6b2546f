"""What `flowgraph view` shows of a path: a file with a graph, a directory, a script."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import flowgraph as tf
from flowgraph.core import errors
from flowgraph.graph_io.reading import read_message
from flowgraph.runtime.session import BaseSession
from flowgraph.saved_model import loader
from flowgraph.scripts import run, tracebacks
from flowgraph.viz.interactive import scene, values
from flowgraph.viz.interactive.logs import event_files, logs_view
from flowgraph.viz.interactive.views import View

Make = Callable[[], View]


class CannotView(Exception):
    """There is nothing to show; the text says why."""


class ScriptFailed(Exception):
    """A script ended with an error; the text is its traceback."""


def source_of(path: Path, arguments: Sequence[str] = (), whole: bool = False) -> Make:
    """What makes the view of a path, as it is whenever it is called.

    Args:
      path: a file or directory.
      arguments: those of a script.
      whole: whether a script runs to its end.

    Raises:
      CannotView: it is of no known kind.
      OSError: it is not there.
      ScriptFailed: the script did.
    """
    kinds: dict[str, Callable[[Path], View]] = {
        ".pb": _of_file, ".pbtxt": _of_file, ".meta": _of_meta_graph,
    }  # fmt: skip
    if path.is_dir():
        make = _of_saved_model if loader.maybe_saved_model_directory(path) else _of_logs
        if make is _of_logs and not event_files(path):
            raise CannotView(
                f"{path}: neither a SavedModel (saved_model.pb) nor files of events (*tfevents*) "
                "are in this directory"
            )
        return lambda: make(path)
    with path.open("rb"):
        pass
    if path.suffix == ".py":
        made = _of_script(path, arguments, whole)
        return lambda: made
    if "tfevents" in path.name:
        raise CannotView(f"{path}: a file of events; give its directory, {path.parent}")
    if path.suffix not in kinds:
        raise CannotView(
            f"{path}: unknown format; there are .pb, .pbtxt, .meta, .py, and directories with a "
            "SavedModel or with logs"
        )
    return lambda: kinds[path.suffix](path)


# --- files ----------------------------------------------------------------------------------------
def _of_file(path: Path) -> View:
    """A GraphDef, else a MetaGraphDef, else a SavedModel: the first that has nodes."""
    reasons = []
    for kind in (tf.GraphDef, tf.MetaGraphDef, loader.protos.SavedModel):
        try:
            graphs = _graphs_in(read_message(str(path), kind))
        except (errors.OpError, OSError, ValueError) as error:
            reasons.append(error)
            continue
        if graphs:
            return _of_graph_defs(path, graphs)
    why = "it is no GraphDef" if reasons else "it holds no node"
    raise CannotView(f"{path}: no graph can be read from it: {why}")


def _graphs_in(message: Any) -> dict[str, Any]:
    """{tab: GraphDef} of a message."""
    if hasattr(message, "node"):
        found = {"Graph": message}
    elif hasattr(message, "graph_def"):
        found = {"Graph": message.graph_def}
    else:
        found = {", ".join(m.meta_info_def.tags) or "Graph": m.graph_def
                 for m in message.meta_graphs}  # fmt: skip
    return {name: graph for name, graph in found.items() if graph.node}


def _of_graph_defs(path: Path, graphs: dict[str, Any]) -> View:
    try:
        panes = [scene.graph_pane(graph, name) for name, graph in graphs.items()]
    except (ValueError, TypeError) as error:
        raise CannotView(f"{path}: {error}") from error
    return View(path.name, panes, lambda: "")


def _of_meta_graph(path: Path) -> View:
    """With the variables of the checkpoint that it was written with, if that is there."""
    prefix = str(path.with_suffix(""))
    if not tf.train.checkpoint_exists(prefix):
        return _of_file(path)
    try:
        with tf.Graph().as_default(), tf.Session() as session:
            saver = tf.train.import_meta_graph(str(path), clear_devices=True)
            if saver is not None:
                saver.restore(session, prefix)
            return _of_session(path.name, "Graph", session)
    except (errors.OpError, ValueError, TypeError, LookupError):
        return _of_file(path)  # ops of another library: the graph alone


def _of_saved_model(path: Path) -> View:
    message = loader.parse_saved_model(path)
    try:
        views = []
        for meta in message.meta_graphs:
            tags = list(meta.meta_info_def.tags)
            with tf.Graph().as_default(), tf.Session() as session:
                model = loader.SavedModelLoader(path)
                saver, _ = model.load_graph(session.graph, tags)
                model.restore_variables(session, saver)
                views.append(_of_session(path.name, ", ".join(tags) or "Graph", session))
        return View(path.name, [pane for v in views for pane in v.panes], lambda: "")
    except (errors.OpError, OSError, ValueError, TypeError, LookupError, RuntimeError):
        graphs = _graphs_in(message)
        if not graphs:
            raise CannotView(f"{path}: its SavedModel holds no graph") from None
        return _of_graph_defs(path, graphs)


def _of_session(title: str, tab: str, session: Any) -> View:
    """A graph that was read from a file: no line of anybody's script made it."""
    held = values.of_variables(session, session.graph.get_operations())
    told = values.summaries(held, "in the checkpoint")
    pane = scene.graph_pane(session.graph, tab, values=told, with_lines=False)
    return View(title, [pane], lambda: "")


def _of_logs(path: Path) -> View:
    try:
        return logs_view(path)
    except ValueError as error:
        raise CannotView(f"{path}: {error}") from error


# --- scripts --------------------------------------------------------------------------------------
class _FirstRun(BaseException):
    """Ends a script at its first Session.run; no script catches it by `except Exception`."""


def _of_script(path: Path, arguments: Sequence[str], whole: bool) -> View:
    with _watched(whole) as seen:
        stopped = _run(path, arguments)
    if stopped:
        print(f"{path}: stopped at its first Session.run; --run runs it to its end", flush=True)
    graphs = seen or {graph: {} for graph in _graphs_left()}
    if not graphs:
        raise CannotView(f"{path}: the script builds no graph")
    views = []
    for graph, told in graphs.items():
        name = "Graph" if len(graphs) == 1 else f"Graph {len(views) + 1}"
        views.append(scene.graph_pane(graph, name, values=told))
    return View(path.name, views, lambda: "")


def _run(path: Path, arguments: Sequence[str]) -> bool:
    """Runs a script; whether it was stopped at its first Session.run."""
    try:
        run.main([str(path), *arguments])
    except _FirstRun:
        return True
    except (SystemExit, KeyboardInterrupt):  # Ctrl-C: what there is by now is shown
        return False
    except Exception as error:
        raise ScriptFailed(tracebacks.text(error)) from error
    return False


@contextmanager
def _watched(whole: bool) -> Iterator[dict[Any, dict[str, Any]]]:
    """{graph that a session ran: what its variables held at last}, filled meanwhile."""
    seen: dict[Any, dict[str, Any]] = {}
    sessions: list[Any] = []
    own_run, own_close = BaseSession.run, BaseSession.close

    def keep(session: Any) -> None:
        held = values.of_variables(session, session.graph.get_operations())
        seen[session.graph] = values.summaries(held, "when the script ended")

    def watched_run(session: Any, *args: Any, **kwargs: Any) -> Any:
        seen.setdefault(session.graph, {})
        if not whole:
            raise _FirstRun
        if session not in sessions:
            sessions.append(session)
        return own_run(session, *args, **kwargs)

    def watched_close(session: Any) -> None:
        if session in sessions:
            keep(session)
            sessions.remove(session)
        own_close(session)

    BaseSession.run, BaseSession.close = watched_run, watched_close  # type: ignore[method-assign]
    try:
        yield seen
        for session in list(sessions):
            keep(session)
    finally:
        BaseSession.run, BaseSession.close = own_run, own_close  # type: ignore[method-assign]


def _graphs_left() -> list[Any]:
    """The graphs of a script that ran none: the default one, and those that it gave names."""
    named = [v for v in vars(sys.modules["__main__"]).values() if isinstance(v, tf.Graph)]
    found = dict.fromkeys([tf.get_default_graph(), *named])
    return [graph for graph in found if graph.get_operations()]
