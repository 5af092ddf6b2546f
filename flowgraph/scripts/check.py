"""`flowgraph check train.py ...`: what scripts use of TensorFlow that flowgraph has not."""

from __future__ import annotations

import sys
from pathlib import Path

from flowgraph.scripts import judge, uses

_USAGE = """usage: flowgraph check FILE_OR_DIRECTORY ...

Reads scripts without running them, and lists each symbol of TensorFlow and each argument that they
use and flowgraph has not, with the line; scripts with `import flowgraph as tf` are read, too. Exit
code: 0 when all is there, 1 when something is missing, 2 when a file cannot be read.
"""


def main(arguments: list[str]) -> int:
    """Checks the files, and those in the directories, that the arguments name."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(_USAGE, end="", file=sys.stdout if arguments else sys.stderr)
        return 0 if arguments else 2
    return max((_check(file) for name in arguments for file in _files(Path(name))), default=0)


def _files(path: Path) -> list[Path]:
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]


def _check(file: Path) -> int:
    try:
        found = uses.read(file.read_bytes(), str(file))
    except (OSError, SyntaxError, ValueError) as error:
        print(f"{file}: cannot be read: {_reason(error)}", file=sys.stderr)
        return 2
    faults: dict[str, list[int]] = {}
    for use in found:
        said = judge.fault(use)
        if said is not None:
            faults.setdefault(said, []).append(use.line)
    for said, lines in faults.items():
        print(f"{file}:{lines[0]}: {said}{_also(lines)}")
    count = len({use.path for use in found})
    missing = f"{len(faults)} missing or different" if faults else "all there"
    print(f"{file}: {len(found)} uses of {count} symbols: {missing}")
    return 1 if faults else 0


def _also(lines: list[int]) -> str:
    more = sorted(set(lines[1:]) - {lines[0]})
    return f" (also in line {', '.join(map(str, more))})" if more else ""


def _reason(error: Exception) -> str:
    if isinstance(error, SyntaxError):
        return f"line {error.lineno}: {error.msg}"
    return getattr(error, "strerror", None) or str(error)
