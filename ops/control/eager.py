"""Functions of TensorFlow's eager time that graphs have, too: py_function, recompute_grad, ..."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.indexed_slices import IndexedSlices
from flowgraph.core.tensor import Tensor
from flowgraph.ops.control.python import py_func
from flowgraph.ops.gradients import custom_gradient


class EagerArray(np.ndarray[Any, Any]):
    """An array with the method by which scripts ask an eager tensor for its array."""

    def numpy(self) -> Any:
        """The plain array."""
        return np.asarray(self)


def py_function(func: Callable[..., Any], inp: Any, Tout: Any, name: str | None = None) -> Any:
    """Calls a Python function with the values of tensors (tf.py_function).

    As `tf.py_func`, whose arguments see; the function's arguments have `numpy()`, too. No gradient
    goes through it. TypeError when `func` is not callable.
    """
    if not callable(func):
        raise TypeError(f"Expected func to be callable. Received func={func!r}.")

    @functools.wraps(func)
    def call(*values: Any) -> Any:
        return func(*(np.asarray(v).view(EagerArray) for v in values))

    return py_func(call, inp, Tout, name=name)


def grad_pass_through(f: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: the gradient passes `f` as if it were the identity (tf.grad_pass_through)."""

    @custom_gradient
    def passed(*args: Any, **kwargs: Any) -> Any:
        def grad(*dy: Any, variables: Any = None) -> Any:
            passed_on = dy[0] if len(dy) == 1 else dy
            return passed_on if variables is None else (passed_on, [None] * len(variables))

        return f(*args, **kwargs), grad

    return functools.wraps(f)(passed)


def recompute_grad(f: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: the function, with the gradient that it has (tf.recompute_grad).

    TensorFlow computes the function again for its gradient and keeps less meanwhile; here its
    values are kept.
    """

    @functools.wraps(f)
    def same(*args: Any, **kwargs: Any) -> Any:
        return f(*args, **kwargs)

    return same


def convert_to_tensor_or_indexed_slices(
    value: Any, dtype: Any = None, name: str | None = None
) -> Tensor | IndexedSlices:
    """A tensor, or the slices themselves (tf.convert_to_tensor_or_indexed_slices)."""
    if isinstance(value, IndexedSlices):
        return value
    return convert_to_tensor(value, dtype=dtype, name=name)
