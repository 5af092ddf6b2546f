"""The functions of tensorflow.python.util.tf_decorator: decorators that can be undone."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple


class TFDecorator(NamedTuple):
    """What a decorator did: its name, the function that it was given, what it documents."""

    decorator_name: str
    decorated_target: Callable[..., Any]
    decorator_doc: str = ""
    decorator_argspec: Any = None


def make_decorator(
    target: Callable[..., Any],
    decorator_func: Callable[..., Any],
    decorator_name: str | None = None,
    decorator_doc: str = "",
    decorator_argspec: Any = None,
) -> Callable[..., Any]:
    """`decorator_func` with the name, docstring and signature of `target`, which it calls.

    Args:
      target: the function that is decorated.
      decorator_func: what is called in its stead.
      decorator_name: for messages; by default decorator_func's own.
      decorator_doc: more documentation.
      decorator_argspec: the arguments, where they differ from target's.
    """
    functools.update_wrapper(decorator_func, target)
    name = decorator_name or decorator_func.__name__
    told = TFDecorator(name, target, decorator_doc, decorator_argspec)
    decorator_func._tf_decorator = told  # type: ignore[attr-defined]
    return decorator_func


def unwrap(maybe_tf_decorator: Callable[..., Any]) -> tuple[list[TFDecorator], Callable[..., Any]]:
    """The decorators around a function, the outermost first, and the function itself."""
    found: list[TFDecorator] = []
    inner = maybe_tf_decorator
    while isinstance(told := getattr(inner, "_tf_decorator", None), TFDecorator):
        found.append(told)
        inner = told.decorated_target
    return found, inner
