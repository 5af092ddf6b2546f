"""The command `flowgraph`: runs and checks scripts, and what ships with the package."""

from __future__ import annotations

import sys

_USAGE = """usage: flowgraph COMMAND [options]

commands:
  run       run a script for TensorFlow 1: flowgraph run train.py --its --flags
  check     tell what scripts use that is missing here: flowgraph check train.py ...
  view      show a graph, a script, a log directory in a browser: flowgraph view graph.pb
  lenet     train LeNet-5 on the MNIST digits that ship with flowgraph (flowgraph lenet --help)
  config    say which kernel libraries there are
"""


def main(argv: list[str] | None = None) -> int:
    """Runs a command; gives the exit code."""
    args = sys.argv[1:] if argv is None else argv
    command, rest = (args[0], args[1:]) if args else ("", [])
    if command == "run":
        from flowgraph.scripts import run

        return run.main(rest)
    if command == "check":
        from flowgraph.scripts import check

        return check.main(rest)
    if command == "view":
        from flowgraph.scripts import view

        return view.main(rest)
    if command == "lenet":
        from flowgraph.examples import lenet

        return lenet.main(rest)
    if command == "config":
        import flowgraph

        print(flowgraph.show_config())
        return 0
    if command in ("-h", "--help"):
        print(_USAGE, end="")
        return 0
    said = f"flowgraph: unknown command {command!r}\n" if command else ""
    print(said + _USAGE, end="", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
