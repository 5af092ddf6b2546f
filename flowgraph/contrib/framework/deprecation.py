"""Marks of functions that are to go, as scripts put them on their own (deprecated, ...).

A function that is so marked logs it once; nothing else about it changes.
"""

from __future__ import annotations

import functools
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flowgraph.platform import logging

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


_silent: list[bool] = []


@contextmanager
def silence() -> Iterator[None]:
    """Within a `with` block, nothing is said of what is to go."""
    _silent.append(True)
    try:
        yield
    finally:
        _silent.pop()


def _when(date: str | None) -> str:
    return "in a future version" if date is None else f"after {date}"


def _warn_once(said: set[str], key: str, what: str, date: str | None, instructions: str) -> None:
    """Logs what is to go and where it is called, as TensorFlow words it."""
    if key in said or _silent:
        return
    said.add(key)
    caller = sys._getframe(2)
    logging.warning(
        "From %s: %s is deprecated and will be removed %s.\nInstructions for updating:\n%s",
        f"{caller.f_code.co_filename}:{caller.f_lineno}", what, _when(date), instructions,
    )  # fmt: skip


def _check(date: str | None, instructions: str) -> None:
    if date is not None and not re.fullmatch(r"20\d\d-[01]\d-[0123]\d", str(date)):
        raise ValueError(f"Date must be YYYY-MM-DD, got {date!r}.")
    if not instructions:
        raise ValueError("Don't deprecate things without conversion instructions!")


def deprecated_argument_lookup(new_name: str, new_value: Any, old_name: str, old_value: Any) -> Any:
    """An argument's value, given by its new or by its old name.

    Raises:
        ValueError: it is given by both.
    """
    if old_value is None:
        return new_value
    if new_value is not None:
        raise ValueError(f"Cannot specify both '{old_name}' and '{new_name}'")
    return old_value


def deprecated(date: str | None, instructions: str, warn_once: bool = True) -> Decorator:
    """Marks a function as one that is to go.

    Args:
        date: "YYYY-MM-DD", or None.
        instructions: what to use instead.
        warn_once: whether it is logged once, or at each call.

    Raises:
        ValueError: a date of another form, or no instructions.
    """
    _check(date, instructions)

    def mark(function: Callable[..., Any]) -> Callable[..., Any]:
        said: set[str] = set()

        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            if not warn_once:
                said.clear()
            what = f"{function.__qualname__} (from {function.__module__})"
            _warn_once(said, what, what, date, instructions)
            return function(*args, **kwargs)

        return wrapper

    return mark


def deprecated_args(
    date: str | None, instructions: str, *deprecated_arg_names_or_tuples: Any, **kwargs: Any
) -> Decorator:
    """Marks arguments of a function as ones that are to go.

    Args:
        date: "YYYY-MM-DD", or None.
        instructions: what to use instead.
        *deprecated_arg_names_or_tuples: their names, or (name, value at which nothing is said).
        **kwargs: `warn_once`.

    Raises:
        ValueError: the function has no such argument.
    """
    _check(date, instructions)
    given = [n if isinstance(n, tuple) else (n,) for n in deprecated_arg_names_or_tuples]
    return _marked_arguments(
        date, instructions, kwargs.get("warn_once", True),
        {name: lambda value, ok=ok: not (ok and value == ok[0]) for name, *ok in given},
    )  # fmt: skip


def deprecated_arg_values(
    date: str | None, instructions: str, warn_once: bool = True, **deprecated_kwargs: Any
) -> Decorator:
    """Marks values of arguments of a function as ones that are to go, given as name=value."""
    _check(date, instructions)
    return _marked_arguments(
        date, instructions, warn_once,
        {name: lambda value, bad=bad: value == bad for name, bad in deprecated_kwargs.items()},
    )  # fmt: skip


def _marked_arguments(
    date: str | None, instructions: str, once: bool, tests: dict[str, Callable[[Any], bool]]
) -> Decorator:
    def mark(function: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(function)
        missing = sorted(tests.keys() - signature.parameters.keys())
        if missing and not _takes_any(signature):
            raise ValueError(
                f"The following deprecated arguments are not present in the function signature: "
                f"{', '.join(missing)}. Found: {', '.join(signature.parameters)}."
            )
        said: set[str] = set()

        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            if not once:
                said.clear()
            arguments = signature.bind_partial(*args, **kwargs).arguments
            for name, is_deprecated in tests.items():
                if name in arguments and is_deprecated(arguments[name]):
                    what = (
                        f"calling {function.__qualname__} (from {function.__module__}) with {name}"
                    )
                    _warn_once(said, name, what, date, instructions)
            return function(*args, **kwargs)

        return wrapper

    return mark


def _takes_any(signature: inspect.Signature) -> bool:
    return any(p.kind is p.VAR_KEYWORD for p in signature.parameters.values())
