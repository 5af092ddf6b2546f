"""Variables and placeholders of Keras, their values, and functions compiled from tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.keras import _ops as tf
from flowgraph.keras.backend.state import floatx, get_session, learning_phase, track_variable
from flowgraph.ops.control import nest


def _dtype(dtype: Any) -> Any:
    return floatx() if dtype is None else dtype


def name_scope(name: str) -> Any:
    """A name scope of the default graph."""
    return tf.name_scope(name)


# --- making ---------------------------------------------------------------------------------------
def variable(value: Any, dtype: Any = None, name: str | None = None, constraint: Any = None) -> Any:
    """A variable with a first value, which `get_session` initializes."""
    dtype = _dtype(dtype)
    if hasattr(value, "tocoo"):
        coo = value.tocoo()
        indices = np.stack([coo.row, coo.col], axis=1).astype(np.int64)
        return tf.SparseTensor(indices, coo.data, coo.shape)
    made = tf.Variable(
        value, dtype=tf.as_dtype(dtype), name=name, constraint=constraint, use_resource=True
    )
    made._uses_learning_phase = False
    track_variable(made)
    return made


def constant(value: Any, dtype: Any = None, shape: Any = None, name: str | None = None) -> Any:
    """A constant tensor."""
    return tf.constant(value, dtype=_dtype(dtype), shape=shape, name=name)


def placeholder(
    shape: Any = None, ndim: int | None = None, dtype: Any = None, sparse: bool = False,
    name: str | None = None, ragged: bool = False,
) -> Any:  # fmt: skip
    """A placeholder of a shape, or of `ndim` unknown dimensions."""
    if ragged:
        raise ValueError("Keras placeholders are dense or sparse here, not ragged.")
    if shape is None and ndim:
        shape = (None,) * ndim
    make = tf.sparse_placeholder if sparse else tf.placeholder
    return make(tf.as_dtype(_dtype(dtype)), shape=shape, name=name)


def is_placeholder(x: Any) -> bool:
    """Whether `x` is a placeholder."""
    return isinstance(x, tf.Tensor) and x.op.type == "Placeholder"


def is_sparse(tensor: Any) -> bool:
    """Whether `tensor` is sparse."""
    return isinstance(tensor, tf.SparseTensor)


def to_dense(tensor: Any) -> Any:
    """A sparse tensor as a dense one."""
    return tf.sparse_tensor_to_dense(tensor) if is_sparse(tensor) else tensor


def is_keras_tensor(x: Any) -> bool:
    """Whether a layer (or `Input`) gave this tensor; ValueError for what is no tensor."""
    if not isinstance(x, (tf.Tensor, tf.Variable, tf.SparseTensor)):
        raise ValueError(
            f"Unexpectedly found an instance of type `{type(x)}`. Expected a symbolic tensor "
            "instance."
        )
    return hasattr(x, "_keras_history")


def zeros(shape: Any, dtype: Any = None, name: str | None = None) -> Any:
    """A variable of zeros; a tensor when the shape is not static."""
    return _filled(tf.zeros, shape, dtype, name)


def ones(shape: Any, dtype: Any = None, name: str | None = None) -> Any:
    """A variable of ones; a tensor when the shape is not static."""
    return _filled(tf.ones, shape, dtype, name)


def _filled(make: Any, shape: Any, dtype: Any, name: str | None) -> Any:
    value = make(shape, dtype=tf.as_dtype(_dtype(dtype)), name=name)
    if value.shape.is_fully_defined():
        return variable(value, dtype=_dtype(dtype), name=name)
    return value


def eye(size: Any, dtype: Any = None, name: str | None = None) -> Any:
    """A variable that is an identity matrix."""
    return variable(tf.eye(size, dtype=tf.as_dtype(_dtype(dtype))), _dtype(dtype), name)


def zeros_like(x: Any, dtype: Any = None, name: str | None = None) -> Any:
    """A tensor of zeros, shaped as `x`."""
    return tf.zeros_like(x, dtype=dtype, name=name)


def ones_like(x: Any, dtype: Any = None, name: str | None = None) -> Any:
    """A tensor of ones, shaped as `x`."""
    return tf.ones_like(x, dtype=dtype, name=name)


def random_uniform_variable(
    shape: Any, low: float, high: float, dtype: Any = None, name: str | None = None,
    seed: int | None = None,
) -> Any:  # fmt: skip
    """A variable of uniform numbers."""
    dtype = _dtype(dtype)
    seed = np.random.randint(10**9) if seed is None else seed
    initial = tf.random_uniform_initializer(low, high, dtype=dtype, seed=seed)(shape)
    return variable(initial, dtype=dtype, name=name)


def random_normal_variable(
    shape: Any, mean: float, scale: float, dtype: Any = None, name: str | None = None,
    seed: int | None = None,
) -> Any:  # fmt: skip
    """A variable of normal numbers."""
    dtype = _dtype(dtype)
    seed = np.random.randint(10**9) if seed is None else seed
    initial = tf.random_normal_initializer(mean, scale, dtype=dtype, seed=seed)(shape)
    return variable(initial, dtype=dtype, name=name)


# --- asking ---------------------------------------------------------------------------------------
def shape(x: Any) -> Any:
    """The shape as a tensor."""
    return tf.shape(x)


def int_shape(x: Any) -> Any:
    """The static shape as a tuple of ints and None; None when even the rank is unknown."""
    known = getattr(x, "_keras_shape", None)
    if known is not None and not isinstance(x, tf.Tensor):
        return known
    try:
        static = x.shape if not isinstance(x, tuple) else x
        return tuple(static.as_list()) if hasattr(static, "as_list") else tuple(static)
    except ValueError:
        return None


def ndim(x: Any) -> Any:
    """The number of dimensions, or None."""
    return x.shape.ndims


def dtype(x: Any) -> str:
    """The name of the dtype."""
    return x.dtype.base_dtype.name  # type: ignore[no-any-return]


def count_params(x: Any) -> int:
    """The number of elements of a static shape."""
    return int(np.prod(x.shape.as_list()))


# --- values ---------------------------------------------------------------------------------------
def eval(x: Any) -> Any:
    """The value of a tensor or variable, computed in Keras's session."""
    return get_value(to_dense(x))


def get_value(x: Any) -> Any:
    """The value of a variable or tensor as a numpy array."""
    if not isinstance(x, (tf.Tensor, tf.Variable)):
        return x
    return x.eval(session=get_session((x,)))


def batch_get_value(tensors: Any) -> list[Any]:
    """The values of several variables, from one run."""
    return get_session(tensors).run(list(tensors)) if tensors else []  # type: ignore[no-any-return]


def set_value(x: Any, value: Any) -> None:
    """Sets a variable's value."""
    batch_set_value([(x, value)])


def batch_set_value(tuples: Any) -> None:
    """Sets the values of (variable, array) pairs in one run."""
    if not tuples:
        return
    ops, feeds = [], {}
    for x, value in tuples:
        value = np.asarray(value, dtype=x.dtype.base_dtype.as_numpy_dtype)
        setter = getattr(x, "_keras_setter", None)
        if setter is None:
            with x.graph.as_default():
                fed = tf.placeholder(x.dtype.base_dtype, shape=value.shape)
                setter = x._keras_setter = fed, tf.group(x.assign(fed))
        ops.append(setter[1])
        feeds[setter[0]] = value
    get_session([x for x, _ in tuples]).run(ops, feeds)


def print_tensor(x: Any, message: str = "") -> Any:
    """`x`, printed whenever it is computed."""
    return tf.Print(x, [x], message)


def identity(x: Any, name: str | None = None) -> Any:
    """The same value as a tensor of its own."""
    return tf.identity(x, name=name)


def cast(x: Any, dtype: Any) -> Any:
    """`x` in another dtype."""
    return tf.cast(x, dtype)


# --- updates --------------------------------------------------------------------------------------
def update(x: Any, new_x: Any) -> Any:
    """The op that sets variable `x`."""
    return x.assign(new_x)


def update_add(x: Any, increment: Any) -> Any:
    """The op that adds to variable `x`."""
    return x.assign_add(increment)


def update_sub(x: Any, decrement: Any) -> Any:
    """The op that subtracts from variable `x`."""
    return x.assign_sub(decrement)


def moving_average_update(x: Any, value: Any, momentum: Any) -> Any:
    """The op that moves variable `x` towards `value`: x -= (x - value) * (1 - momentum)."""
    with tf.name_scope("AssignMovingAvg"):
        decay = tf.convert_to_tensor(1.0 - momentum, dtype=x.dtype.base_dtype)
        return x.assign_sub((x - tf.cast(value, x.dtype.base_dtype)) * decay)


# --- functions ------------------------------------------------------------------------------------
class GraphExecutionFunction:
    """Computes outputs from inputs in Keras's session and runs updates beside; `K.function`.

    Args:
      inputs: tensors to feed, in the order of the arguments.
      outputs: a tensor, or a nesting of tensors.
      updates: ops, or (variable, new value) pairs, that run after the first output is there.
      name: kept.
      session_kwargs: `feed_dict`, `fetches`, `options`, `run_metadata` for each run.
    """

    def __init__(
        self, inputs: Any, outputs: Any, updates: Any = None, name: str | None = None,
        **session_kwargs: Any,
    ) -> None:  # fmt: skip
        self.inputs, self.outputs, self.name = _listed(inputs), outputs, name
        self.feed_dict = session_kwargs.pop("feed_dict", None) or {}
        self.fetches = list(session_kwargs.pop("fetches", None) or [])
        self.run_options = session_kwargs.pop("options", None)
        self.run_metadata = session_kwargs.pop("run_metadata", None)
        self.session_kwargs, self.fetch_callbacks = session_kwargs, {}
        self.updates_op = tf.group(*self._update_ops(updates or []))
        flat = outputs if isinstance(outputs, (list, tuple, dict)) else [outputs]
        self._single = flat is not outputs
        as_tensor = lambda t: tf.convert_to_tensor(t) if isinstance(t, tf.Variable) else t  # noqa: E731
        # One flat list: the session finds what it compiled for it without looking inside.
        self._flat = [as_tensor(t) for t in nest.flatten(flat)]
        self._structure = None if all(a is b for a, b in zip(flat, nest.flatten(flat))) else flat
        self._wanted = [*self._flat, self.updates_op, *self.fetches]
        self._simple = not (self.feed_dict or self.run_options or self.run_metadata)

    def _update_ops(self, updates: Any) -> list[Any]:
        first = self.outputs
        while isinstance(first, (list, tuple)) and first:
            first = first[0]
        waits = [first] if isinstance(first, (tf.Tensor, tf.Operation)) else []
        ops = []
        with tf.control_dependencies(waits):
            for item in updates:
                ops.append(item[0].assign(item[1]) if isinstance(item, tuple) else item)
        return [getattr(op, "op", op) for op in ops]

    def __call__(self, inputs: Any) -> Any:
        """Runs once; `inputs` is a list of values in the order of the function's inputs."""
        session = get_session(self.inputs)
        feed = dict(self.feed_dict)
        for tensor, value in zip(self.inputs, _listed(inputs), strict=True):
            if value is None:
                continue
            if isinstance(value, (tf.Tensor, tf.Variable)):
                value = session.run(value)
            feed[tensor] = _sparse_value(value) if is_sparse(tensor) else value
        if self._simple:
            results = session.run(self._wanted, feed)
        else:
            results = session.run(
                self._wanted, feed, options=self.run_options, run_metadata=self.run_metadata
            )
        count = len(self._flat)
        for fetch, value in zip(self.fetches, results[count + 1 :], strict=True):
            if fetch in self.fetch_callbacks:
                self.fetch_callbacks[fetch](value)
        if self._single:
            return results[0]
        values = results[:count]
        return values if self._structure is None else (
            nest.pack_sequence_as(self._structure, values))  # fmt: skip


def _listed(values: Any) -> list[Any]:
    """A list as it is, the values of a dict by sorted keys, anything else as the only element."""
    if isinstance(values, dict):
        return nest.flatten(values)
    return list(values) if isinstance(values, (list, tuple)) else [values]


def _sparse_value(value: Any) -> Any:
    """A scipy matrix as (indices, values, shape)."""
    if not hasattr(value, "tocoo"):
        return value
    coo = value.tocoo()
    indices = np.stack([coo.row, coo.col], axis=1).astype(np.int64)
    return tf.SparseTensorValue(indices, coo.data, coo.shape)


def function(
    inputs: Any, outputs: Any, updates: Any = None, name: str | None = None, **kwargs: Any
) -> GraphExecutionFunction:
    """A Python function that computes `outputs` from `inputs` (K.function)."""
    allowed = {"feed_dict", "fetches", "options", "run_metadata"}
    for key in kwargs:
        if key not in allowed:
            raise ValueError(
                f"Invalid argument '{key}' passed to K.function with TensorFlow backend"
            )
    inputs = [i for i in _listed(inputs) if not isinstance(i, (int, bool))]
    return GraphExecutionFunction(inputs, outputs, updates=updates, name=name, **kwargs)


def gradients(loss: Any, variables: Any) -> Any:
    """The gradients of `loss` by variables."""
    return tf.gradients(loss, variables, colocate_gradients_with_ops=True)


def stop_gradient(variables: Any) -> Any:
    """The same tensors, constants to gradients."""
    if isinstance(variables, (list, tuple)):
        return [tf.stop_gradient(v) for v in variables]
    return tf.stop_gradient(variables)


# --- the learning phase ---------------------------------------------------------------------------
def in_train_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """`x` while training, `alt` otherwise; each a tensor or a function of none."""
    if training is None:
        training = learning_phase()
    if isinstance(training, tf.Variable):
        training = tf.convert_to_tensor(training)
    if not isinstance(training, tf.Tensor):
        chosen = x if training in (1, True) else alt
        return chosen() if callable(chosen) else chosen
    return switch(training, x, alt)


def in_test_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """`x` while testing, `alt` while training."""
    return in_train_phase(alt, x, training=training)


def switch(condition: Any, then_expression: Any, else_expression: Any) -> Any:
    """One of two tensors or functions, by a scalar condition, or elementwise by a tensor."""
    condition = tf.convert_to_tensor(condition)
    if condition.dtype.base_dtype.name != "bool":
        condition = tf.cast(condition, "bool")
    rank = condition.shape.ndims
    if not rank:
        then, other = (
            e if callable(e) else (lambda e=e: tf.convert_to_tensor(e))
            for e in (then_expression, else_expression)
        )
        return tf.cond(condition, then, other)
    then = then_expression() if callable(then_expression) else then_expression
    other = else_expression() if callable(else_expression) else else_expression
    then, other = tf.convert_to_tensor(then), tf.convert_to_tensor(other)
    if then.shape.ndims is not None and rank > then.shape.ndims:
        raise ValueError(
            f"Rank of `condition` should be less than or equal to rank of `then_expression` and "
            f"`else_expression`. ndim(condition)={rank}, ndim(then_expression)={then.shape.ndims}"
        )
    while rank < then.shape.ndims:
        condition = tf.expand_dims(condition, -1)
        rank += 1
    if condition.shape.as_list() != then.shape.as_list():
        condition = tf.logical_and(condition, tf.ones_like(then, dtype=tf.bool))
    return tf.where(condition, then, other)
