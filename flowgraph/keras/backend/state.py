"""What Keras keeps beside the graph: its session, names in use, learning phase and defaults."""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np

from flowgraph.core.collections import GraphKeys
from flowgraph.keras import _ops as tf
from flowgraph.layers import base_layer, naming
from flowgraph.layers.naming import unique_object_name  # noqa: F401

_FLOATS = ("float16", "float32", "float64")
_config: dict[str, Any] = {"floatx": "float32", "epsilon": 1e-7, "format": "channels_last"}


# --- defaults -------------------------------------------------------------------------------------
def backend() -> str:
    """The name of the backend: "tensorflow"."""
    return "tensorflow"


def epsilon() -> float:
    """The small number that guards divisions and logarithms."""
    return _config["epsilon"]  # type: ignore[no-any-return]


def set_epsilon(value: float) -> None:
    """Sets the small number that guards divisions and logarithms."""
    _config["epsilon"] = value


def floatx() -> str:
    """The name of the dtype that layers take by default."""
    return _config["floatx"]  # type: ignore[no-any-return]


def set_floatx(value: str) -> None:
    """Sets the dtype that layers take by default; ValueError unless float16, 32 or 64."""
    if value not in _FLOATS:
        raise ValueError("Unknown floatx type: " + str(value))
    _config["floatx"] = str(value)


def cast_to_floatx(x: Any) -> Any:
    """An array, tensor or variable in Keras's default dtype."""
    if isinstance(x, (tf.Tensor, tf.Variable)):
        return tf.cast(x, floatx())
    return np.asarray(x, dtype=floatx())


def image_data_format() -> str:
    """The default place of the channels: "channels_first" or "channels_last"."""
    return _config["format"]  # type: ignore[no-any-return]


def set_image_data_format(data_format: str) -> None:
    """Sets the default place of the channels."""
    if data_format not in ("channels_last", "channels_first"):
        raise ValueError("Unknown data_format: " + str(data_format))
    _config["format"] = str(data_format)


def data_format_or_default(data_format: str | None) -> str:
    """`data_format`, or the default for None; ValueError for what is neither."""
    data_format = image_data_format() if data_format is None else str(data_format).lower()
    if data_format not in ("channels_first", "channels_last"):
        raise ValueError(
            'The `data_format` argument must be one of "channels_first", "channels_last". '
            f"Received: {data_format}"
        )
    return data_format


# --- names ----------------------------------------------------------------------------------------
def get_default_graph_uid_map() -> Any:
    """The default graph's counts of names."""
    return naming.name_counts()


def get_uid(prefix: str = "") -> int:
    """The next number of a prefix in the default graph, counted from 1."""
    counts = naming.name_counts()
    counts[prefix] += 1
    return counts[prefix]


def reset_uids() -> None:
    """Forgets which numbers were given to names of the default graph."""
    naming.reset_name_counts()


# --- the session ----------------------------------------------------------------------------------
class _Local(threading.local):
    session: Any = None


_local = _Local()
_manual = [False]
_variables: Any = weakref.WeakKeyDictionary()  # graph -> its Keras variables
_initialized: Any = weakref.WeakKeyDictionary()  # session -> variables known to have values
_tables: Any = weakref.WeakKeyDictionary()  # session -> how many tables were filled


def get_graph() -> tf.Graph:
    """The graph that Keras builds in: the default one."""
    return tf.get_default_graph()


def manual_variable_initialization(value: bool) -> None:
    """True: Keras leaves it to the caller to initialize variables."""
    _manual[0] = value


def track_variable(variable: Any) -> None:
    """Has `get_session` initialize this variable."""
    graph = getattr(variable, "graph", None) or get_graph()
    _variables.setdefault(graph, weakref.WeakSet()).add(variable)


# The variables of tf.layers and of cells, which may be parts of a model.
base_layer.observers.append(track_variable)


def get_session(op_input_list: Any = ()) -> tf.Session:
    """The default session or Keras's own, with Keras's variables initialized.

    A session of another graph than the default one is replaced.
    """
    session = tf.get_default_session()
    if session is None:
        graph = _graph_of(op_input_list)
        if _local.session is None or _local.session.graph is not graph:
            _local.session = tf.Session(graph=graph)
        session = _local.session
    if not _manual[0]:
        with session.graph.as_default():
            _initialize_variables(session)
            if session is _local.session:
                _initialize_tables(session)
    return session


def _graph_of(tensors: Any) -> tf.Graph:
    default = get_graph()
    while default.building_function:
        default = default.outer  # type: ignore[attr-defined]
    for tensor in tensors if isinstance(tensors, (list, tuple)) else [tensors]:
        graph = getattr(tensor, "graph", None)
        if graph is not None and not graph.building_function:
            return graph  # type: ignore[no-any-return]
    return default


def set_session(session: tf.Session) -> None:
    """Makes this Keras's own session."""
    _local.session = session


def clear_session() -> None:
    """Starts over: a new default graph, no session, no names in use."""
    tf.reset_default_graph()
    reset_uids()
    if _local.session is not None and tf.get_default_session() is not _local.session:
        _local.session.close()
    _local.session = None
    _phases.clear()


def _initialize_variables(session: Any) -> None:
    """Initializes the session's Keras variables that have no value yet."""
    known = _initialized.setdefault(session, weakref.WeakSet())
    fresh = [v for v in _variables.get(session.graph, ()) if v not in known]
    if not fresh:
        return
    fresh.sort(key=lambda v: v.op._id)
    have = session.run([_is_initialized(v) for v in fresh])
    missing = [v for v, has in zip(fresh, have, strict=True) if not has]
    if missing:
        session.run([v.initializer for v in missing])
    for variable in fresh:
        known.add(variable)


def _initialize_tables(session: Any) -> None:
    """Fills the lookup tables (of feature columns) that Keras's own session has not seen yet."""
    initializers = session.graph.get_collection(GraphKeys.TABLE_INITIALIZERS)
    if len(initializers) > _tables.get(session, 0):
        session.run(initializers[_tables.get(session, 0) :])
        _tables[session] = len(initializers)


def _is_initialized(variable: Any) -> Any:
    test = getattr(variable, "_is_initialized_op", None)
    if test is None:
        test = variable._is_initialized_op = tf.is_variable_initialized(variable)
    return test


# --- the learning phase ---------------------------------------------------------------------------
_phases: Any = weakref.WeakKeyDictionary()  # graph -> placeholder, or the number it was set to


def symbolic_learning_phase() -> Any:
    """The graph's learning phase: a placeholder, False by default, or the number it was set to."""
    graph = get_graph()
    while graph.building_function:
        graph = graph.outer  # type: ignore[attr-defined]
    if graph not in _phases:
        with graph.as_default(), graph.control_dependencies(None), graph.name_scope(None):
            _phases[graph] = tf.placeholder_with_default(
                False, shape=(), name="keras_learning_phase"
            )
    return _phases[graph]


def learning_phase() -> Any:
    """Whether the model trains: a placeholder of the graph, or what it was set to (0 or 1)."""
    return symbolic_learning_phase()


def global_learning_phase_is_set() -> bool:
    """Whether the learning phase was set to a number."""
    return not isinstance(_phases.get(get_graph()), (tf.Tensor, type(None)))


def set_learning_phase(value: Any) -> None:
    """Fixes the learning phase: 0 for test, 1 for training."""
    if value not in {0, 1}:
        raise ValueError("Expected learning phase to be 0 or 1.")
    _phases[get_graph()] = value


@contextlib.contextmanager
def learning_phase_scope(value: Any) -> Iterator[None]:
    """Fixes the learning phase within a `with`."""
    if value not in {0, 1}:
        raise ValueError("Expected learning phase to be 0 or 1.")
    graph = get_graph()
    before = _phases.get(graph)
    set_learning_phase(value)
    try:
        yield
    finally:
        if before is not None:
            _phases[graph] = before
        else:
            _phases.pop(graph, None)
