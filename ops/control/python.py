"""Python functions as operations (tf.py_func).

The function is an attribute of the node, and so lives as long as its graph.
"""

from __future__ import annotations

import itertools
import traceback
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes, errors
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.op_def import OpDef, Trait, define
from flowgraph.core.shapes import UNKNOWN
from flowgraph.ops.array.known import boxed
from flowgraph.runtime.feeds import to_bytes

__all__ = ["numpy_function", "py_func"]

_numbers = itertools.count()  # tokens differ in the whole process, as TensorFlow's do
_by_token: weakref.WeakValueDictionary[str, Any] = weakref.WeakValueDictionary()


def function_of(token: str) -> Callable[..., Any] | None:
    """The function of the operation with a token, as long as its graph lives, else None."""
    op = _by_token.get(token)
    return None if op is None else op.attrs["function"]


def new_token() -> str:
    """A name for a Python function that no other one has in this process."""
    return f"pyfunc_{next(_numbers)}"


def remember(token: str, op: Any) -> None:
    """Lets `function_of` find the operation with a token."""
    _by_token[token] = op


def _define(op_type: str, traits: int) -> OpDef:
    op_def = define(
        op_type,
        inputs="input: *Tin",
        outputs="output: *Tout",
        attrs={
            "token": attrs.string(),
            "Tin": attrs.type_list(),
            "Tout": attrs.type_list(),
            "function": attrs.python(),
        },
        shape=lambda op: [UNKNOWN] * len(op.outputs),
        traits=traits,
    ).no_gradient()
    op_def.kernel(_bind)
    return op_def


def _bind(ctx: Any) -> Callable[..., Any]:
    function, token = ctx.attrs["function"], ctx.attrs["token"]
    wanted = ctx.output_dtypes
    handles = [t.dtype.is_ref_dtype for t in ctx.op.inputs]

    def call(*values: Any) -> tuple[Any, ...]:
        # Copies: what a function does to its arguments must not reach variables or other steps.
        taken = [_argument(v.read() if h else v) for v, h in zip(values, handles, strict=True)]
        try:
            result = function(*taken)
        except Exception as error:
            raise _raised(error) from error
        if result is None:
            result = []
        parts = list(result) if isinstance(result, (list, tuple)) else [result]
        if len(parts) != len(wanted):
            raise errors.InvalidArgumentError(
                f"{token} returns {len(parts)} values, but expects to see {len(wanted)} values."
            )
        pairs = enumerate(zip(parts, wanted, strict=True))
        return tuple([_result(v, t, i, token) for i, (v, t) in pairs])

    return call


def _argument(value: Any) -> Any:
    """Scalars come as numpy scalars or bytes, as in TensorFlow."""
    if isinstance(value, np.ndarray):
        return value[()] if value.ndim == 0 else value.copy()
    return value


def _raised(error: Exception) -> errors.OpError:
    """The function's exception as TensorFlow's class for it, with the way through the function."""
    kinds: tuple[tuple[Any, Any], ...] = (
        ((ValueError, TypeError), errors.InvalidArgumentError),
        (StopIteration, errors.OutOfRangeError),
        (MemoryError, errors.ResourceExhaustedError),
        (NotImplementedError, errors.UnimplementedError),
        (Exception, errors.UnknownError),
    )
    cls = next(cls for kind, cls in kinds if isinstance(error, kind))
    frames = None if error.__traceback__ is None else error.__traceback__.tb_next  # not our own
    way = "".join(traceback.format_tb(frames)).rstrip()
    said = f"{type(error).__name__}: {error}"
    return cls(f"{said}\nTraceback (most recent call last):\n{way}\n" if way else said)  # type: ignore[no-any-return]


def _result(value: Any, wanted: dtypes.DType, index: int, token: str) -> Any:
    """The value as a fresh array; InvalidArgumentError when it has another dtype."""
    array = boxed(value) if isinstance(value, (str, bytes)) else np.array(value, order="C")
    if array.dtype.kind in "SUO":
        if not all(isinstance(v, (str, bytes)) for v in array.reshape(-1)):
            raise errors.InternalError(f"Unsupported object type {type(value).__name__}")
        array = to_bytes(array)
    came = dtypes.from_numpy(array.dtype)
    if came is not wanted:
        raise errors.InvalidArgumentError(
            f"{index}-th value returned by {token} is {came.name}, but expects {wanted.name}. "
            f"Hint: return np.{wanted.name}(value), or pass Tout=tf.{came.name}."
        )
    return array


py_func_op = _define("PyFunc", Trait.CALLS | Trait.STATEFUL)
py_func_stateless_op = _define("PyFuncStateless", Trait.CALLS)


def py_func(
    func: Callable[..., Any], inp: Any, Tout: Any, stateful: bool = True, name: str | None = None
) -> Any:
    """An operation that calls a Python function with arrays (tf.py_func).

    Args:
      func: takes as many arrays as there are inputs (scalars come as numpy scalars, strings as
        bytes), and gives an array or a list of them, of exactly the dtypes `Tout`.
      inp: a list of tensors.
      Tout: the dtype of the result, or a list of dtypes; [] when `func` gives nothing.
      stateful: whether equal arguments may give another result; such an op runs each time.
      name: the operation's name.

    Returns:
      A tensor of unknown shape, a list of them, or the operation when `Tout` is [].

    Raises:
      ValueError: `func` is not callable.
      InvalidArgumentError: at run time, for other dtypes or another number of results, or when
        `func` raises ValueError or TypeError; most other exceptions become UnknownError.
    """
    if not callable(func):
        raise ValueError(f"Expected func to be callable. Received func={func!r}.")
    is_list = isinstance(Tout, (list, tuple))
    wanted = [dtypes.as_dtype(t) for t in (Tout if is_list else [Tout])]
    values = [convert_to_tensor(v) for v in (inp if isinstance(inp, (list, tuple)) else [inp])]
    op_def = py_func_op if stateful else py_func_stateless_op
    token = new_token()
    outputs = op_def(values, Tout=wanted, token=token, function=func, name=name)
    remember(token, outputs[0].op if wanted else outputs)
    if not wanted:
        return outputs
    return outputs if is_list else outputs[0]


def numpy_function(func: Callable[..., Any], inp: Any, Tout: Any, name: str | None = None) -> Any:
    """Calls a Python function on arrays; a stateful `py_func` (tf.numpy_function)."""
    return py_func(func, inp, Tout, stateful=True, name=name)
