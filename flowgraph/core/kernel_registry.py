"""Kernel libraries: faster kernels registered by op type, chosen when a plan is made.

The reference kernel stands in an op's own block; a library's kernel is taken before it when the
library `accepts` the node. A library registers itself when its module is imported.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flowgraph.core.op_def import Kernel, KernelContext

Bind = Callable[[KernelContext], Kernel]
REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class _Entry:
    library: str
    accepts: Callable[[KernelContext], bool]
    bind: Bind


_entries: dict[str, list[_Entry]] = {}
_libraries: list[str] = []


def register(
    op_type: str, library: str, accepts: Callable[[KernelContext], bool] = lambda _: True
) -> Callable[[Bind], Bind]:
    """Registers the decorated `bind(context) -> callable(*arrays)` as `library`'s kernel."""

    def decorate(bind: Bind) -> Bind:
        if library not in _libraries:
            _libraries.append(library)
        _entries.setdefault(op_type, []).append(_Entry(library, accepts, bind))
        return bind

    return decorate


def libraries() -> tuple[str, ...]:
    """The libraries that have registered a kernel, in order of registration."""
    return tuple(_libraries)


def accelerated(library: str) -> tuple[str, ...]:
    """The op types that `library` has kernels for, in alphabetical order."""
    return tuple(
        sorted(t for t, found in _entries.items() if any(e.library == library for e in found))
    )


def choose(context: KernelContext, order: tuple[str, ...]) -> tuple[str, Any]:
    """(library, bind) of the first in `order` that accepts the node, else the reference."""
    entries = _entries.get(context.type)
    if entries:
        for library in order:
            for entry in entries:
                if entry.library == library and entry.accepts(context):
                    return library, entry.bind
    return REFERENCE, context.op.op_def.bind
