"""The global step: the variable that counts an optimizer's updates."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.collections import GraphKeys
from flowgraph.core.graph import Graph, control_dependencies, get_default_graph, name_scope
from flowgraph.core.tensor import Tensor
from flowgraph.variables.initializers import zeros_initializer
from flowgraph.variables.scope import get_variable
from flowgraph.variables.variable import Variable

_log = logging.getLogger("flowgraph")


def global_step(sess: Any, global_step_tensor: Any) -> int:
    """The global step's value in a session, as an int (tf.train.global_step)."""
    return int(np.asarray(sess.run(global_step_tensor)).item())


def get_global_step(graph: Graph | None = None) -> Any:
    """The graph's global step, or None when it has none (tf.train.get_global_step)."""
    graph = graph or get_default_graph()
    found = graph.get_collection(GraphKeys.GLOBAL_STEP)
    if len(found) > 1:
        _log.error("Multiple items found in collection 'global_step': %s", found)
        return None
    if found:
        step = found[0]
    else:
        try:
            step = graph.get_tensor_by_name("global_step:0")
        except KeyError:
            return None
    assert_global_step(step)
    return step


def create_global_step(graph: Graph | None = None) -> Any:
    """Makes the global step, an int64 variable; ValueError when there is one already."""
    graph = graph or get_default_graph()
    if get_global_step(graph) is not None:
        raise ValueError('"global_step" already exists.')
    with graph.as_default(), name_scope(None):
        return get_variable(
            GraphKeys.GLOBAL_STEP,
            shape=[],
            dtype=dtypes.int64,
            initializer=zeros_initializer(),
            trainable=False,
            collections=[GraphKeys.GLOBAL_VARIABLES, GraphKeys.GLOBAL_STEP],
        )


def get_or_create_global_step(graph: Graph | None = None) -> Any:
    """The global step, made when there is none (tf.train.get_or_create_global_step)."""
    graph = graph or get_default_graph()
    step = get_global_step(graph)
    return create_global_step(graph) if step is None else step


def assert_global_step(global_step_tensor: Any) -> None:
    """Raises TypeError unless this is a scalar integer tensor or variable."""
    if not isinstance(global_step_tensor, (Tensor, Variable)):
        raise TypeError(
            f'Existing "global_step" must be a Variable or Tensor: {global_step_tensor}.'
        )
    if not global_step_tensor.dtype.base_dtype.is_integer:
        raise TypeError(
            f'Existing "global_step" does not have integer type: {global_step_tensor.dtype}'
        )
    shape = global_step_tensor.get_shape()
    if shape.rank not in (None, 0) and shape.is_fully_defined():
        raise TypeError(f'Existing "global_step" is not scalar: {shape}')


# --- the global step as hooks read it -------------------------------------------------------------
_READ = "global_step_read_op_cache"


def _get_or_create_global_step_read(graph: Graph | None = None) -> Tensor | None:
    """A tensor that reads the global step before others change it; None when there is none."""
    graph = graph or get_default_graph()
    found = graph.get_collection(_READ)
    if found:
        return found[0]  # type: ignore[no-any-return]
    step = get_global_step(graph)
    if step is None:
        return None
    with graph.as_default(), name_scope(None), name_scope(step.op.name + "/"):
        value = step.initialized_value() if isinstance(step, Variable) else step
        read: Tensor = value + 0
        graph.add_to_collection(_READ, read)
    return read


def global_step_read(who: str) -> Tensor:
    """A tensor that reads the global step; RuntimeError, naming who needs it, without one."""
    read = _get_or_create_global_step_read()
    if read is None:
        raise RuntimeError(f"Global step should be created to use {who}.")
    return read


def _increment_global_step(increment: Any, graph: Graph | None = None) -> Any:
    """An operation that adds to the global step; ValueError when there is none."""
    graph = graph or get_default_graph()
    step = get_global_step(graph)
    if step is None:
        raise ValueError(
            "Global step tensor should be created by tf.train.get_or_create_global_step before "
            "calling increment."
        )
    read = _get_or_create_global_step_read(graph)
    with graph.as_default(), name_scope(None), name_scope(step.op.name + "/"):
        with control_dependencies([read]):
            return step.assign_add(increment)
