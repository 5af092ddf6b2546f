"""Checks gradients against finite differences (tf.test.compute_gradient).

A Jacobian here has a row for each element of x and a column for each element of y, as TensorFlow's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.stacks import get_default_session
from flowgraph.ops.array.constant import placeholder
from flowgraph.ops.gradients import gradients

Array = np.ndarray[Any, Any]


def compute_gradient(
    x: Any,
    x_shape: Any,
    y: Any,
    y_shape: Any,
    x_init_value: Any = None,
    delta: float = 1e-3,
    init_targets: Any = None,
    extra_feed_dict: Mapping[Any, Any] | None = None,
) -> Any:
    """The Jacobian of y by x, (from tf.gradients, from central differences).

    Args:
      x: a tensor or a list of tensors.
      x_shape: its shape as a list of ints, or a list of such.
      y: the tensor that depends on x.
      y_shape: its shape.
      x_init_value: where to take the derivative; random numbers when None.
      delta: how far to move each element.
      init_targets: operations to run first.
      extra_feed_dict: fed in all runs.

    Returns:
      Two arrays of shape [elements of x, elements of y], or a list of pairs for a list of x.
    """
    session = get_default_session()
    if session is None:
        raise ValueError("compute_gradient needs a default session: use it in `with sess:`")
    if init_targets is not None:
        session.run(init_targets)
    is_list = isinstance(x, list)
    xs = x if is_list else [x]
    shapes = x_shape if is_list else [x_shape]
    starts = (
        [None] * len(xs) if x_init_value is None else x_init_value if is_list else [x_init_value]
    )
    feeds = {**(extra_feed_dict or {})}
    for tensor, shape, start in zip(xs, shapes, starts, strict=True):
        feeds[tensor] = _start(tensor, shape, start)
    results = [_jacobians(session, tensor, y, y_shape, delta, feeds) for tensor in xs]
    return results if is_list else results[0]


def compute_gradient_error(
    x: Any,
    x_shape: Any,
    y: Any,
    y_shape: Any,
    x_init_value: Any = None,
    delta: float = 1e-3,
    init_targets: Any = None,
    extra_feed_dict: Mapping[Any, Any] | None = None,
) -> float:
    """The greatest difference between the two Jacobians of `compute_gradient`."""
    found = compute_gradient(
        x, x_shape, y, y_shape, x_init_value, delta, init_targets, extra_feed_dict
    )
    pairs = found if isinstance(found, list) else [found]
    return max((float(np.abs(a - b).max(initial=0)) for a, b in pairs), default=0.0)


def _start(tensor: Any, shape: Any, value: Any) -> Array:
    dtype = tensor.dtype.base_dtype.as_numpy_dtype
    if value is not None:
        value = np.asarray(value, dtype=dtype)
        if list(value.shape) != list(shape):
            raise ValueError(f"x_init_value has shape {value.shape}, expected {tuple(shape)}")
        return np.array(value, order="C")  # its parts must be views
    random = np.random.RandomState(0)
    values = random.random_sample(shape)
    if np.issubdtype(dtype, np.complexfloating):
        values = values + 1j * random.random_sample(shape)
    return np.asarray(values, dtype=dtype)


def _jacobians(
    session: Any, x: Any, y: Any, y_shape: Any, delta: float, feeds: dict[Any, Array]
) -> tuple[Array, Array]:
    y = convert_to_tensor(y)
    with y.graph.as_default():
        return _theoretical(session, x, y, y_shape, feeds), _numeric(session, x, y, delta, feeds)


def _parts(array: Array) -> Array:
    """A complex array as twice as many real numbers, so that one Jacobian serves all."""
    flat = np.ascontiguousarray(array).reshape(-1)
    return flat.view(flat.real.dtype) if np.iscomplexobj(flat) else flat


def _theoretical(session: Any, x: Any, y: Any, y_shape: Any, feeds: dict[Any, Array]) -> Array:
    above = placeholder(y.dtype, y_shape)
    (gradient,) = gradients(y, x, above)
    weight = np.zeros(y_shape, y.dtype.as_numpy_dtype)
    columns = []
    for i in range(_parts(weight).size):
        _parts(weight)[i] = 1  # the parts are a view
        if gradient is None:
            value = np.zeros_like(feeds[x])
        else:
            value = session.run(convert_to_tensor(gradient), {**feeds, above: weight.copy()})
        columns.append(_parts(np.asarray(value)))
        _parts(weight)[i] = 0
    empty = np.zeros((_parts(feeds[x]).size, 0), feeds[x].real.dtype)
    return np.stack(columns, axis=1) if columns else empty


def _numeric(session: Any, x: Any, y: Any, delta: float, feeds: dict[Any, Array]) -> Array:
    at = np.array(feeds[x], order="C")
    parts = _parts(at)

    def run() -> Array:
        return _parts(np.asarray(session.run(y, {**feeds, x: at})))

    rows = []
    for i in range(parts.size):
        here = parts[i]
        parts[i] = here + delta
        above = run()
        parts[i] = here - delta
        below = run()
        parts[i] = here
        rows.append((above - below) / (2 * delta))
    return np.stack(rows) if rows else np.zeros((0, run().size), parts.dtype)
