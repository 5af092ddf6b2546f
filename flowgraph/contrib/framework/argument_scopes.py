"""Scopes of arguments: defaults of functions for a `with` block (tf.contrib.framework.arg_scope).

A scope is a dict from a function's key to its arguments; the stack holds those in force.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_Scope = dict[Any, dict[str, Any]]
_stack: list[_Scope] = [{}]
_arguments: dict[Any, tuple[str, ...]] = {}  # of each function that heeds scopes


def current_arg_scope() -> _Scope:
    """The scope in force: a dict that `arg_scope` takes."""
    return _stack[-1]


def arg_scope_func_key(op: Any) -> Any:
    """What a function is called by in a scope."""
    return getattr(op, "_key_op", str(op))


@contextmanager
def arg_scope(list_ops_or_scope: Any, **kwargs: Any) -> Iterator[_Scope]:
    """Gives functions arguments for a `with` block, where a call does not say otherwise.

    Args:
      list_ops_or_scope: a list of functions made with `add_arg_scope`, or what an `arg_scope`
        yielded, which is put in force again.
      **kwargs: the arguments.

    Yields:
      The scope, for another `arg_scope`.

    Raises:
      TypeError: it is neither a list nor a scope.
      ValueError: a function does not heed scopes; or a scope is given arguments.
    """
    if isinstance(list_ops_or_scope, dict):
        if kwargs:
            raise ValueError(
                "When attempting to re-use a scope by suppling a dictionary, kwargs must be empty."
            )
        scope = dict(list_ops_or_scope)
    elif isinstance(list_ops_or_scope, (list, tuple)):
        scope = dict(current_arg_scope())
        for op in list_ops_or_scope:
            if not has_arg_scope(op):
                raise ValueError(
                    f"{getattr(op, '__module__', '')}.{getattr(op, '__name__', op)} is not "
                    "decorated with @add_arg_scope"
                )
            key = arg_scope_func_key(op)
            scope[key] = {**scope.get(key, {}), **kwargs}
    else:
        raise TypeError("list_ops_or_scope must either be a list/tuple or reused scope (i.e. dict)")
    _stack.append(scope)
    try:
        yield scope
    finally:
        _stack.pop()


def add_arg_scope(func: Callable[..., Any]) -> Callable[..., Any]:
    """Lets a function take arguments of the `arg_scope` in force (a decorator)."""
    key = arg_scope_func_key(func)

    @functools.wraps(func)
    def with_scope(*args: Any, **kwargs: Any) -> Any:
        return func(*args, **{**current_arg_scope().get(key, {}), **kwargs})

    _arguments[key] = tuple(
        p.name for p in inspect.signature(func).parameters.values() if p.default is not p.empty
    )
    with_scope._key_op = key  # type: ignore[attr-defined]
    return with_scope


def has_arg_scope(func: Any) -> bool:
    """Whether a function was made with `add_arg_scope`."""
    return arg_scope_func_key(func) in _arguments


def arg_scoped_arguments(func: Any) -> tuple[str, ...]:
    """The arguments of a function that a scope can give."""
    if not has_arg_scope(func):
        raise ValueError(f"{func} is not decorated with @add_arg_scope")
    return _arguments[arg_scope_func_key(func)]
