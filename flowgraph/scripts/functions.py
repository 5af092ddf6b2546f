"""`Defun` of tensorflow.python.framework.function: a Python function as one operation.

TensorFlow calls the function's graph; here each call adds the function's nodes to the graph that
calls, where the compiler joins them with what stands around. What one sees of it is the same: the
arguments' types are checked, variables are those of the first call, and the gradient is the one
that was given, if any.
"""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import flowgraph as tf
from flowgraph.core.op_def import raw
from flowgraph.ops.control import nest

__all__ = ["Defun"]

_ACCEPTED = {"noinline", "compiled", "separate_compiled_gradients"}  # how to call: of no effect
_OPTIONS = _ACCEPTED | {
    "shape_func", "capture_by_value", "whitelisted_stateful_ops", "capture_resource_var_by_value",
}  # fmt: skip


class Defun:
    """A decorator that makes a function of tensors one operation.

    Args:
      *input_types: the dtypes of the arguments; none: as they come.
      func_name: the operation's name, else the function's.
      grad_func: another such function, (*arguments, *gradients) -> gradients.
      python_grad_func: (operation, *gradients) -> gradients, as for `tf.RegisterGradient`.
      out_names: accepted.
      **options: shape_func, operation -> the outputs' static shapes; noinline, compiled and the
        rest of TensorFlow's are accepted.

    Raises:
      ValueError: both gradients are given; an option is unknown.
    """

    def __init__(
        self,
        *input_types: Any,
        func_name: str | None = None,
        grad_func: Callable[..., Any] | None = None,
        python_grad_func: Callable[..., Any] | None = None,
        out_names: Sequence[str] | None = None,
        **options: Any,
    ) -> None:
        if grad_func is not None and python_grad_func is not None:
            raise ValueError("Gradient defined twice: by grad_func and by python_grad_func.")
        _check_options(options, _OPTIONS)
        self._types = [tf.as_dtype(t) for t in input_types]
        self._name, self._shapes = func_name, options.get("shape_func")
        self._gradient = python_grad_func
        if grad_func is not None:
            self._gradient = lambda call, *grads: grad_func(*call.inputs, *grads)

    def __call__(self, func: Callable[..., Any]) -> DefinedFunction:
        """The function as an operation.

        Raises:
          ValueError: it is not callable, has defaults or keywords, or other arguments than types.
        """
        if not callable(func):
            raise ValueError(f"function {func} must be callable")
        said = inspect.getfullargspec(func)
        if said.varkw or said.defaults:
            raise ValueError(
                "function with argument defaults or keywords arguments are not supported. "
                f"{func} has defaults {said.defaults} and keywords {said.varkw}."
            )
        least = len(said.args) - inspect.ismethod(func)
        if self._types and not (
            len(self._types) == least or (said.varargs and len(self._types) > least)
        ):
            raise ValueError(
                "The function has fewer arguments than the number of specified input types."
            )
        return DefinedFunction(func, self._types, self._name, self._gradient, self._shapes)


class DefinedFunction:
    """A function of tensors, each call of which is one operation; made by `Defun`."""

    def __init__(
        self,
        func: Callable[..., Any],
        types: Sequence[Any],
        name: str | None,
        gradient: Callable[..., Any] | None,
        shapes: Callable[..., Any] | None,
    ) -> None:
        self.name: str = name or getattr(func, "__name__", "function").replace("<lambda>", "lambda")
        self.declared_input_types = tuple(types)
        self.python_grad_func = gradient
        self._func, self._shapes = func, shapes
        self._scopes: Any = weakref.WeakKeyDictionary()  # a graph -> the first call's scope

    def __call__(self, *args: Any, name: str | None = None, **options: Any) -> Any:
        """The outputs: a tensor, a tuple of tensors, or an operation where there are none.

        Raises:
          ValueError: not as many arguments as types, or an unknown option.
          TypeError: an argument is of another dtype.
        """
        _check_options(options, _ACCEPTED)
        with tf.name_scope(name or self.name):
            inputs = self._converted(args)
            found = self._body(inputs)
            flat = [tf.convert_to_tensor(v) for v in nest.flatten(found) if v is not None]
            outputs = self._bridged(inputs, flat)
        if not outputs:
            return tf.no_op(self.name)
        return outputs[0] if len(outputs) == 1 else tuple(outputs)

    def _converted(self, args: Sequence[Any]) -> list[Any]:
        types = self.declared_input_types or (None,) * len(args)
        if len(args) != len(types):
            raise ValueError(
                f"Expected number of arguments: {len(types)}, received: {len(args)} "
                f"(function {self.name})"
            )
        tensors = [tf.convert_to_tensor(a) for a in args]
        for k, (tensor, dtype) in enumerate(zip(tensors, types, strict=True)):
            if dtype is not None and tensor.dtype.base_dtype is not dtype.base_dtype:
                raise TypeError(
                    f"Argument {k} of function {self.name} has dtype {tensor.dtype.name}; "
                    f"{dtype.name} was declared."
                )
        return [tf.identity(t) for t in tensors]

    def _body(self, inputs: Sequence[Any]) -> Any:
        """What the function gives, with the variables that its first call in this graph made."""
        graph = tf.get_default_graph()
        first = self._scopes.get(graph)
        if first is None:
            self._scopes[graph] = tf.get_variable_scope()
            return self._func(*inputs)
        with tf.variable_scope(first, reuse=tf.AUTO_REUSE, auxiliary_name_scope=False):
            return self._func(*inputs)

    def _bridged(self, inputs: Sequence[Any], outputs: list[Any]) -> list[Any]:
        """The outputs, tied to the inputs by the gradient that was given, and with its shapes."""
        gradient, count = self.python_grad_func, len(outputs)
        if gradient is not None and outputs:

            def backwards(op: Any, *grads: Any) -> list[Any]:
                call = _Call(self.name, op.inputs[count:], op.outputs[:count])
                found = gradient(
                    call, *[_dense(g, y) for g, y in zip(grads, outputs, strict=False)]
                )
                return [None] * count + (
                    list(found) if isinstance(found, (list, tuple)) else [found]
                )

            named = raw.IdentityN([*outputs, *inputs])
            named[0].op.attrs["_gradient_function"] = backwards
            outputs = list(named[:count])
        if self._shapes is not None:
            shapes = self._shapes(_Call(self.name, inputs, outputs))
            for tensor, shape in zip(outputs, shapes, strict=True):
                tensor.set_shape(shape)
        return outputs


class _Call:
    """A call as its gradient sees it: an operation with the function's inputs and outputs."""

    def __init__(self, name: str, inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
        self.name = self.type = name
        self.inputs, self.outputs = list(inputs), list(outputs)
        self.graph = tf.get_default_graph()


def _dense(grad: Any, output: Any) -> Any:
    return tf.zeros_like(output) if grad is None else grad


def _check_options(given: Any, known: set[str]) -> None:
    if unknown := sorted(set(given) - known):
        raise ValueError(f"Unknown keyword arguments: {', '.join(unknown)}")
