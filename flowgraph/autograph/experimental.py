"""`tf.autograph.experimental`: what is said of a function that is not to be converted."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from typing import Any

__all__ = ["Feature", "do_not_convert", "set_loop_options"]


class Feature(enum.Enum):
    """The parts of the conversion that a function can be given (tf.autograph.experimental)."""

    ALL = "ALL"
    AUTO_CONTROL_DEPS = "AUTO_CONTROL_DEPS"
    ASSERT_STATEMENTS = "ASSERT_STATEMENTS"
    BUILTIN_FUNCTIONS = "BUILTIN_FUNCTIONS"
    EQUALITY_OPERATORS = "EQUALITY_OPERATORS"
    LISTS = "LISTS"
    NAME_SCOPES = "NAME_SCOPES"

    @classmethod
    def all(cls) -> tuple[Feature, ...]:
        """All of them."""
        return tuple(cls)

    @classmethod
    def all_but(cls, exclude: Feature | Iterable[Feature]) -> tuple[Feature, ...]:
        """All but one, or several."""
        excluded = {exclude} if isinstance(exclude, Feature) else set(exclude)
        return tuple(sorted(set(cls) - excluded - {cls.ALL}, key=lambda f: f.name))


def do_not_convert(func: Callable[..., Any] | None = None) -> Any:
    """The function as it is, which none is converted here; also `@do_not_convert()`."""
    return do_not_convert if func is None else func


def set_loop_options(
    parallel_iterations: int | None = None,
    back_prop: bool | None = None,
    swap_memory: bool | None = None,
    maximum_iterations: int | None = None,
) -> None:
    """Accepted: a Python loop around it stays one of Python."""
