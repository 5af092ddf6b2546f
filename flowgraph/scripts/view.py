"""`flowgraph view PATH`: the interactive view of a graph, a script, a log directory, in a browser.

`view_sources.py` makes the view of a path, `view_server.py` serves it, on this machine only.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

_DESCRIPTION = """Shows in a browser, from a server that only this machine reaches:

  graph.pb, graph.pbtxt   a GraphDef, MetaGraphDef or SavedModel, binary or as text
  model.ckpt-100.meta     a MetaGraphDef, with the variables of the checkpoint beside it
  a directory             a SavedModel, or the logs that a tf.summary.FileWriter wrote
  train.py                the graph that a script for TensorFlow 1 builds, up to its first
                          Session.run; with --run the script runs to its end, and variables
                          tell what they held then

Options that this command does not know are the script's own. Ctrl-C ends it."""


def main(arguments: list[str]) -> int:
    """Shows what the arguments name; gives the exit code."""
    parser = argparse.ArgumentParser(
        "flowgraph view", description=_DESCRIPTION, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("path", metavar="PATH")
    parser.add_argument("--port", type=_port, default=0, help="a free one if it is not given")
    parser.add_argument("--no-browser", action="store_true", help="only tell the address")
    parser.add_argument("--run", action="store_true", help="run a script to its end")
    parser.add_argument("--save", metavar="FILE.html", help="write the page, and serve nothing")
    try:
        chosen, rest = parser.parse_known_args(arguments)
        if rest and not chosen.path.endswith(".py"):
            parser.error(f"unrecognized arguments: {' '.join(rest)}")
    except SystemExit as end:
        return int(end.code or 0)
    return _show(chosen, [word for word in rest if word != "--"])


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number < 65536:
        raise ValueError(text)
    return number


def _show(chosen: argparse.Namespace, rest: list[str]) -> int:
    from flowgraph.scripts import view_server, view_sources

    def fail(reason: object) -> int:
        print(f"flowgraph view: {reason}", file=sys.stderr)
        return 2

    try:
        make = view_sources.source_of(Path(chosen.path), rest, chosen.run)
        first = make()
        if chosen.save:
            print(first.save(chosen.save))
            return 0
    except view_sources.ScriptFailed as error:
        print(error, end="", file=sys.stderr)
        return 1
    except (view_sources.CannotView, OSError, ValueError) as error:
        return fail(_reason(error))
    made = [first]

    def page() -> object:
        return made.pop() if made else make()

    try:
        server = view_server.Server(page, chosen.port)
    except OSError as error:
        return fail(f"port {chosen.port}: {_reason(error)}")
    view_server.serve(server, not chosen.no_browser)
    return 0


def _reason(error: Exception) -> str:
    """An error in one line."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error).strip().partition("\n")[0]
