"""`Session`: runs parts of a graph and holds the state of its variables.

`run` finds the compiled call for its fetches and feeds in a dictionary and calls it; everything
else here makes that entry, once. How a call runs is in `callable.py`, partial runs in `partial.py`.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flowgraph.compiler.options import NONE
from flowgraph.compiler.pipeline import Watch, compile_plan
from flowgraph.compiler.plan import Plan
from flowgraph.core import errors, kernel_registry, stacks
from flowgraph.core.graph import Graph, get_default_graph
from flowgraph.core.op_def import KernelContext
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.static import kernel_context
from flowgraph.core.tensor import Tensor
from flowgraph.runtime import config as configs
from flowgraph.runtime import heap, servers
from flowgraph.runtime.callable import CompiledCall, FunctionCall, Hot, PlanCall
from flowgraph.runtime.feeds import Converter, converter, feed_tensor
from flowgraph.runtime.fetches import FetchPlan, expand_feed, structure_key
from flowgraph.runtime.parallel import Pool
from flowgraph.runtime.partial import PartialRun
from flowgraph.runtime.run_state import RunState
from flowgraph.runtime.sourced import Call, SourcedCall, sources
from flowgraph.runtime.store import Store
from flowgraph.runtime.trace import RunMetadata, Trace

_log = logging.getLogger("flowgraph")
_MOST_CALLS = 1024  # compiled calls that a session keeps
_GROWTH_BEFORE_WORD = 100


class _Entry:
    """A compiled call with the converters of its feeds, in the order of one feed_dict."""

    __slots__ = ("call", "converters", "composite")

    def __init__(self, call: Call, converters: Sequence[Converter], composite: bool) -> None:
        self.call, self.converters, self.composite = call, converters, composite

    def fed(self, feed_dict: Any) -> list[Any]:
        if self.composite:
            values = [v for pair in feed_dict.items() for _, v in expand_feed(*pair)]
            return [c(v) for c, v in zip(self.converters, values, strict=True)]
        return [c(v) for c, v in zip(self.converters, feed_dict.values(), strict=True)]


class BaseSession:
    """What `Session` and `InteractiveSession` share."""

    def __init__(self, target: str = "", graph: Graph | None = None, config: Any = None) -> None:
        if graph is not None and not isinstance(graph, Graph):
            raise TypeError(f"graph must be a tf.Graph, but got {type(graph)}")
        if config is not None and not isinstance(config, configs.ConfigProto):
            raise TypeError(f"config must be a tf.ConfigProto, but got {type(config)}")
        _check_target(target)
        heap.keep_freed_memory()
        self._target = target
        self._graph = get_default_graph() if graph is None else graph
        self._config = config
        self._intra, inter = configs.thread_counts(config)
        self._pool = Pool(inter - 1) if inter > 1 else None
        shared = servers.store_of(target if isinstance(target, str) else target.decode())
        if getattr(config, "isolate_session_state", False):
            shared = None
        self._is_sharing, self._store = shared is not None, shared or Store()
        self._timeout_ms = getattr(config, "operation_timeout_in_ms", 0)
        self._libraries = configs.allowed(config, kernel_registry.libraries())
        self._soon = kernel_registry.soon(self._libraries)
        self._optimizations = configs.optimizations(config)
        self._closed = False
        self._calls: dict[Any, _Entry] = {}
        self._fed_calls: dict[Any, _Entry] = {}
        self._compiled: dict[Any, Call] = {}
        self._rewrites = self._graph._rewrites
        self._lock = threading.RLock()
        self._seen_version = 0
        self._growths = 0

    @property
    def graph(self) -> Graph:
        """The graph that this session runs."""
        return self._graph

    @property
    def graph_def(self) -> Any:
        """The graph as a GraphDef."""
        return self._graph.as_graph_def()

    @property
    def sess_str(self) -> str:
        """The target, as TensorFlow calls it."""
        return self._target

    # --- running -------------------------------------------------------------------------------
    def run(
        self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None
    ) -> Any:
        """Computes `fetches` and gives numpy arrays in the same structure (tf.Session.run).

        Args:
          fetches: a tensor, operation, variable or name, or any nesting of lists, tuples, dicts
            and namedtuples of these. An operation gives None.
          feed_dict: {tensor: value}; any tensor can be fed.
          options: `RunOptions`.
          run_metadata: a `RunMetadata` that takes the trace.

        Raises:
          RuntimeError: the session is closed, or the graph empty.
          TypeError, ValueError: a fetch or feed is none, or does not fit.
          tf.errors.OpError: an operation failed.
        """
        if self._closed or self._graph._rewrites != self._rewrites:
            self._refresh()
        entry: _Entry | None
        try:
            key = (list, *fetches) if type(fetches) is list else fetches
            if feed_dict:
                entry = self._fed_calls[(key, *feed_dict)]
            else:
                entry = self._calls[key]
        except (KeyError, TypeError):
            entry = None
        if entry is None:
            entry = self._entry(fetches, feed_dict)
        fed = entry.fed(feed_dict) if feed_dict else ()
        if options is None and run_metadata is None and not self._timeout_ms:
            return entry.call(fed)
        return _watched(entry.call, fed, options, run_metadata, self._timeout_ms)

    def _refresh(self) -> None:
        if self._closed:
            raise RuntimeError(
                "Attempted to use a closed Session. Hint: a `with tf.Session() as sess` block "
                "closes its session at its end."
            )
        with self._lock:  # nodes changed, so what was compiled from them is not true any more
            for cache in (self._calls, self._fed_calls, self._compiled):
                cache.clear()
            self._rewrites = self._graph._rewrites

    def _entry(self, fetches: Any, feed_dict: Any) -> _Entry:
        if self._graph.version == 0:
            raise RuntimeError(
                "The Session graph is empty. Add operations to the graph before calling run(). "
                "Hint: a session runs the graph that was the default when it was made; "
                "tf.Session(graph=...) takes another one."
            )
        if feed_dict is not None and not hasattr(feed_dict, "items"):
            raise TypeError(f"feed_dict must be a dictionary, got {type(feed_dict).__name__}")
        pairs = [(k, expand_feed(k, v)) for k, v in (feed_dict or {}).items()]
        feeds = [feed_tensor(self._graph, tensor) for _, inner in pairs for tensor, _ in inner]
        composite = any(len(inner) != 1 or inner[0][0] is not key for key, inner in pairs)
        fetch_key = structure_key(fetches)
        call, order = self._compile(fetches, fetch_key, feeds)
        converters = [converter(tensor) for tensor in feeds]
        if order != feeds:
            call = _Reordered(call, [feeds.index(t) for t in order])  # type: ignore[assignment]
        entry = _Entry(call, converters, composite)
        fast = (list, *fetches) if type(fetches) is list else fetches
        cache, key = (self._calls, fast) if not pairs else (self._fed_calls, (fast, *feed_dict))
        # A structure without a hash is found by `structure_key` each time.
        with contextlib.suppress(TypeError):
            _remember(cache, key, entry)
        return entry

    def _compile(
        self, fetches: Any, fetch_key: Any, feeds: list[Tensor]
    ) -> tuple[Call, list[Tensor]]:
        order = sorted(feeds, key=lambda t: (t.op._id, t.value_index))
        key = (fetch_key, *order)
        with self._lock:
            call = self._compiled.get(key)
            if call is None:
                plan = FetchPlan(self._graph, fetches)
                call = self.compile_call(plan, order)
                _remember(self._compiled, key, call)
                self._note_growth()
        return call, order

    def compile_call(self, fetches: FetchPlan, feeds: list[Tensor]) -> Call:
        """Compiles a fetch structure and feeds for this session."""
        taken = sources(fetches.elements, feeds) if self._soon != self._libraries else []
        plan, hot = self._plans(fetches.elements, [*feeds, *taken])
        call = CompiledCall(plan, hot, fetches.rebuild, self._pool, self._intra)
        if not taken:
            return call
        first = PlanCall(self._plans(taken, feeds)[0], list, self._pool, self._intra)
        return SourcedCall(first, call)

    def _plans(
        self, fetches: Sequence[Tensor | Operation], feeds: Sequence[Tensor]
    ) -> tuple[Plan, Hot | None]:
        """(a plan that is there soon, what makes one that is worth it when it is run often)."""
        options = self._optimizations
        plan = compile_plan(fetches, feeds, self._context, self._soon, options)
        if self._soon == self._libraries:
            return plan, None

        def hot(shapes: Sequence[TensorShape | None] = ()) -> Plan:
            return compile_plan(
                fetches, feeds, self._context, self._libraries, options, shapes=shapes
            )

        return plan, hot

    def watch_compile(
        self, fetches: Any, feeds: Sequence[Any], watch: Watch | None = None, hot: bool = False,
        shapes: Sequence[TensorShape | None] = (),
    ) -> Plan:  # fmt: skip
        """Compiles `fetches` as `run` would, and runs nothing.

        Args:
          fetches: as for `run`.
          feeds: the tensors that would be fed.
          watch: is called with (name, plan) after each pass; see `compile_plan`.
          hot: makes the plan that a call gets when it has proved worth it.
          shapes: those of the feeds, where the plan is to be for these alone.
        """
        if self._closed:
            self._refresh()
        tensors = [feed_tensor(self._graph, f) for f in feeds]
        wanted = FetchPlan(self._graph, fetches).elements
        libraries = self._libraries if hot else self._soon
        return compile_plan(
            wanted, tensors, self._context, libraries, self._optimizations, watch, shapes
        )

    def watch_function(self, function: Any, watch: Watch | None = None, hot: bool = False) -> Plan:
        """Compiles a subgraph that an op calls, as its kernel would; see `watch_compile`."""
        libraries = self._libraries if hot else self._soon
        options = self._optimizations
        return compile_plan(
            function.outputs, function.inputs, self._context, libraries, options, watch
        )

    def kernel_offers(self, op: Operation, hot: bool = False) -> list[kernel_registry.Offer]:
        """What the libraries that have kernels for an operation's type say to it."""
        libraries = self._libraries if hot else self._soon
        return kernel_registry.offers(self._context(op), libraries)

    def _context(self, op: Operation) -> KernelContext:
        return kernel_context(op, state=self._store, compile=self._compile_function)

    def _compile_function(self, function: Any) -> FunctionCall:
        plan, hot = self._plans(function.outputs, function.inputs)
        return FunctionCall(plan, hot, self._pool)

    def _note_growth(self) -> None:
        version = self._graph.version
        if version > self._seen_version:
            self._growths += 1
            if self._growths == _GROWTH_BEFORE_WORD:
                line = self._graph.get_operations()[-1].created_at
                _log.warning(
                    "The graph keeps growing: %d runs each found new operations (now %d). Build "
                    "them once, before the loop, and feed what changes. The newest was made at %s",
                    self._growths, version, line,
                )  # fmt: skip
        self._seen_version = version

    def make_callable(
        self, fetches: Any, feed_list: Sequence[Any] | None = None, accept_options: bool = False
    ) -> Callable[..., Any]:
        """Gives a function of the values of `feed_list` that runs `fetches` (make_callable)."""
        if feed_list is not None and not isinstance(feed_list, (list, tuple)):
            raise TypeError("`feed_list` must be a list or tuple.")
        feeds = [feed_tensor(self._graph, t) for t in feed_list or ()]

        def function(*values: Any, **more: Any) -> Any:
            options, metadata = more.pop("options", None), more.pop("run_metadata", None)
            if more or ((options or metadata) and not accept_options):
                raise TypeError(f"make_callable's function got unexpected {sorted(more)}")
            if len(values) != len(feeds):
                raise ValueError(f"Expected {len(feeds)} feeds, got {len(values)}")
            return self.run(fetches, dict(zip(feeds, values, strict=True)), options, metadata)

        return function

    def partial_run_setup(self, fetches: Any, feeds: Sequence[Any] | None = None) -> PartialRun:
        """Prepares a run that is fed and fetched bit by bit; gives its handle."""
        if self._closed:
            self._refresh()
        tensors = [feed_tensor(self._graph, f) for f in feeds or ()]
        # Each operation has to be there by itself, so most passes are left out.
        wanted = FetchPlan(self._graph, fetches)
        plan = compile_plan(wanted.elements, tensors, self._context, self._soon, NONE)
        call = CompiledCall(plan, None, wanted.rebuild, self._pool, self._intra)
        return PartialRun(self._graph, call, tensors, wanted.elements)

    def partial_run(self, handle: PartialRun, fetches: Any, feed_dict: Any = None) -> Any:
        """Continues a run of `partial_run_setup`: feeds some tensors, computes some fetches."""
        if self._closed:
            self._refresh()
        if not isinstance(handle, PartialRun):
            raise ValueError("partial_run needs the handle that partial_run_setup gave")
        return handle.run(fetches, feed_dict or {})

    # --- life ----------------------------------------------------------------------------------
    def close(self) -> None:
        """Ends the session: its variables are gone, its threads have stopped."""
        self._closed = True
        for cache in (self._calls, self._fed_calls, self._compiled):
            cache.clear()
        if not self._is_sharing:
            self._store.end()
        if self._pool is not None:
            self._pool.close()

    def as_default(self) -> Any:
        """Makes this the default session within a `with`; does not close it at the end."""
        return stacks.sessions.pushed(self)

    def list_devices(self) -> list[DeviceAttributes]:
        """The devices that there are: one CPU."""
        return [DeviceAttributes("/job:localhost/replica:0/task:0/device:CPU:0", "CPU")]


@dataclass(frozen=True)
class DeviceAttributes:
    """What `Session.list_devices` tells of a device; its memory is not limited here."""

    name: str
    device_type: str
    memory_limit_bytes: int = 0
    incarnation: int = 0


class _Reordered:
    """A compiled call whose feeds come in another order."""

    def __init__(self, call: Call, order: list[int]) -> None:
        self._call, self._order = call, order

    def __call__(self, fed: Sequence[Any]) -> Any:
        return self._call([fed[i] for i in self._order])

    def watched(self, fed: Sequence[Any], state: RunState, trace: Trace | None) -> Any:
        return self._call.watched([fed[i] for i in self._order], state, trace)


def _remember(cache: dict[Any, Any], key: Any, value: Any) -> None:
    cache[key] = value
    if len(cache) > _MOST_CALLS:
        cache.pop(next(iter(cache)), None)


def _watched(call: Any, fed: Sequence[Any], options: Any, metadata: Any, timeout_ms: int) -> Any:
    if options is not None and not isinstance(options, configs.RunOptions):
        raise TypeError(f"options must be a tf.RunOptions, got {type(options)}")
    if metadata is not None and not isinstance(metadata, RunMetadata):
        raise TypeError(f"run_metadata must be a tf.RunMetadata, got {type(metadata)}")
    level = getattr(options, "trace_level", 0)
    trace = Trace() if level and metadata is not None else None
    state = RunState(getattr(options, "timeout_in_ms", 0) or timeout_ms)
    result = call.watched(fed, state, trace)
    if trace is not None and metadata is not None:
        trace.write_to(metadata)
    return result


def _check_target(target: Any) -> None:
    """Raises unless a session can run there: in this process, or where a cluster says it would."""
    if isinstance(target, bytes):
        target = target.decode()
    if not isinstance(target, str):
        raise TypeError(f"target must be a string, but got {type(target)}")
    if target not in ("", "local") and not target.startswith("grpc://"):
        raise errors.NotFoundError(
            None, None,
            f"No session factory registered for the given session options: target {target!r}. "
            "Hint: leave the target out to run in this process.",
        )  # fmt: skip


class Session(BaseSession):
    """Runs a graph and holds the values of its variables (tf.Session).

    Args:
      target: accepted; there is one local runtime.
      graph: the graph to run; the default graph when None.
      config: a `ConfigProto`.
    """

    def __init__(self, target: str = "", graph: Graph | None = None, config: Any = None) -> None:
        super().__init__(target, graph, config)
        self._contexts: list[Any] = []

    def __enter__(self) -> Session:
        if self._contexts:
            raise RuntimeError("Session context managers are not re-entrant.")
        graph, session = self._graph.as_default(), self.as_default()
        graph.__enter__()
        session.__enter__()
        self._contexts.append((graph, session))
        return self

    def __exit__(self, *error: Any) -> None:
        graph, session = self._contexts.pop()
        session.__exit__(*error)
        graph.__exit__(*error)
        self.close()

    @staticmethod
    def reset(target: str, containers: Any = None, config: Any = None) -> None:
        """Forgets the state that the sessions of a server's target share."""
        del containers, config
        _check_target(target)
        servers.reset(target)


class InteractiveSession(BaseSession):
    """A session that makes itself the default when it is made (tf.InteractiveSession)."""

    def __init__(self, target: str = "", graph: Graph | None = None, config: Any = None) -> None:
        super().__init__(target, graph, config)
        if any(isinstance(other, InteractiveSession) for other in stacks.sessions.stack):
            warnings.warn(
                "An interactive session is already active. It holds its variables until it is "
                "closed: call `InteractiveSession.close()`.",
                stacklevel=2,
            )
        self._explicit_graph = graph
        stacks.sessions.stack.append(self)
        if graph is not None:
            stacks.graphs.stack.append(graph)

    def close(self) -> None:
        """Ends the session, which is not the default any more."""
        super().close()
        if self in stacks.sessions.stack:
            stacks.sessions.stack.remove(self)
        if self._explicit_graph in stacks.graphs.stack:
            stacks.graphs.stack.remove(self._explicit_graph)
