"""Kernel libraries: faster kernels registered by op type, chosen when a plan is made.

The reference kernel stands in an op's own block; a library's kernel is taken before it when the
library `accepts` the node. A library registers itself when its module is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flowgraph.core.op_def import Kernel, KernelContext

if TYPE_CHECKING:
    from flowgraph.core.operation import Operation

Bind = Callable[[KernelContext], Kernel]
REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class _Entry:
    library: str
    accepts: Callable[[KernelContext], bool]
    bind: Bind


_entries: dict[str, list[_Entry]] = {}
_libraries: list[str] = []
_threaded: set[str] = set()
_status: dict[str, Callable[[], str]] = {}
_load: list[Callable[[], object]] = []


def load_when_asked(load: Callable[[], object]) -> None:
    """Lets `load` import the libraries: it is called whenever somebody asks which there are."""
    _load[:] = [load]


def register(
    op_type: str, library: str, accepts: Callable[[KernelContext], bool] = lambda _: True
) -> Callable[[Bind], Bind]:
    """Registers the decorated `bind(context) -> callable(*arrays)` as `library`'s kernel.

    The first line of `accepts`'s docstring tells people its rule: "Whether values are float32."
    """

    def decorate(bind: Bind) -> Bind:
        if library not in _libraries:
            _libraries.append(library)
        _entries.setdefault(op_type, []).append(_Entry(library, accepts, bind))
        return bind

    return decorate


def describe(library: str, status: Callable[[], str]) -> None:
    """Lets `status` tell which version of a foreign library is used, or why none is."""
    _status[library] = status


def status_of(library: str) -> str:
    """What a library says of itself; nothing when it is flowgraph's own."""
    return _status[library]() if library in _status else ""


def libraries() -> tuple[str, ...]:
    """The libraries that have registered a kernel, in order of registration."""
    for load in _load:
        load()
    return tuple(_libraries)


def is_threaded(library: str) -> bool:
    """Whether a library's kernels run on a team of threads of their own."""
    return library in _threaded


def has_threads(library: str) -> None:
    """Tells that a library's kernels run on a team of threads of their own, not numpy's."""
    _threaded.add(library)


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


@dataclass(frozen=True, slots=True)
class Offer:
    """What a library says to a node: whether it accepts it, and by which rule."""

    library: str
    accepts: bool
    rule: str
    """Such as "values are float32"; "" when it takes every node of the type."""


def offers(context: KernelContext, order: tuple[str, ...]) -> list[Offer]:
    """What each library in `order` that has kernels for the node's type says to it."""
    entries = _entries.get(context.type, ())
    return [
        Offer(library, any(entry.accepts(context) for entry in held), _rule(held[0].accepts))
        for library in order
        if (held := [entry for entry in entries if entry.library == library])
    ]


def _rule(accepts: Callable[[KernelContext], bool]) -> str:
    """The rule that the first line of the function's docstring tells, after "Whether"."""
    first = (accepts.__doc__ or "").partition("\n")[0]
    return first.removeprefix("Whether ").removesuffix(".")


# --- clusters of elementwise ops ------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Member:
    """An op of a cluster.

    Values are numbered: the cluster's inputs, its numbers known beforehand, the members' outputs.
    """

    operation: Operation
    kernel: Kernel
    inputs: tuple[int, ...]
    expression: Any


BindCluster = Callable[[Sequence[Member], Sequence[Any], Sequence[Any], Sequence[int]], Kernel]


@dataclass(frozen=True, slots=True)
class ClusterCompiler:
    """A library that makes one kernel of a cluster.

    `expression(context)` is what an op computes, in the library's own terms, or None;
    `reduction(context)` the same of an op that reduces what others of the cluster give it;
    `bind(members, input dtypes, known numbers, which values are the outputs)` gives the kernel.
    """

    library: str
    is_available: Callable[[], bool]
    expression: Callable[[KernelContext], Any]
    reduction: Callable[[KernelContext], Any]
    bind: BindCluster


_cluster_compilers: list[ClusterCompiler] = []


def register_cluster_compiler(
    library: str,
    is_available: Callable[[], bool],
    expression: Callable[[KernelContext], Any],
    reduction: Callable[[KernelContext], Any],
    bind: BindCluster,
) -> None:
    """Registers a library that compiles clusters of elementwise ops."""
    if library not in _libraries:
        _libraries.append(library)
    _cluster_compilers.append(ClusterCompiler(library, is_available, expression, reduction, bind))


def soon(order: tuple[str, ...]) -> tuple[str, ...]:
    """The libraries in `order` that need not compile anything."""
    slow = {found.library for found in _cluster_compilers}
    return tuple([name for name in order if name not in slow])


def cluster_compiler(order: tuple[str, ...]) -> ClusterCompiler | None:
    """The first library in `order` that compiles clusters on this machine."""
    for library in order:
        for found in _cluster_compilers:
            if found.library == library and found.is_available():
                return found
    return None


# --- chains of ops that are one kernel ------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Node:
    """An op of a chain, and which of its inputs is the value of the one before it (-1: none is)."""

    context: KernelContext
    place: int


Link = Mapping[str, tuple[int, ...]]  # op type -> the inputs by which it may follow in a chain


@dataclass(frozen=True, slots=True)
class Fusion:
    """A chain of ops that a library has one kernel for: `root`, then one op of each link.

    `bind(nodes)` gives a kernel that takes the root's inputs, then those of the others that do not
    come from the chain.
    """

    root: str
    links: tuple[Link, ...]
    library: str
    accepts: Callable[[Sequence[Node]], bool]
    bind: Callable[[Sequence[Node]], Kernel]


_fusions: dict[str, list[Fusion]] = {}


def register_fusion(
    root: str, links: Sequence[Link], library: str, accepts: Callable[[Sequence[Node]], bool]
) -> Callable[[Callable[[Sequence[Node]], Kernel]], Any]:
    """Registers the decorated `bind(nodes)` for chains that begin with an op of type `root`."""

    def decorate(bind: Callable[[Sequence[Node]], Kernel]) -> Any:
        fusion = Fusion(root, tuple(links), library, accepts, bind)
        _fusions.setdefault(root, []).append(fusion)
        return bind

    return decorate


def fusions(root: str, order: tuple[str, ...]) -> list[Fusion]:
    """The chains that begin with an op of type `root`: by the libraries' order, longest first."""
    found = [f for f in _fusions.get(root, ()) if f.library in order]
    return sorted(found, key=lambda f: (order.index(f.library), -len(f.links)))
