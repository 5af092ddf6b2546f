"""Names in a graph: what is a valid one, and how a clash is resolved by a number."""

from __future__ import annotations

import re

_VALID_NAME = re.compile(r"^[A-Za-z0-9.][A-Za-z0-9_.\\/>-]*$")
_VALID_SCOPE = re.compile(r"^[A-Za-z0-9_.\\/>-]*$")


class Names:
    """The names in use in one graph. They count as equal without regard to case, as in TF 1.15."""

    __slots__ = ("_used",)

    def __init__(self) -> None:
        self._used: dict[str, int] = {}

    def unique(self, name: str, mark: bool = True) -> str:
        """Gives `name`, or `name_1`, `name_2` ... when it is taken."""
        key = base = name.lower()
        i = self._used.get(key, 0)
        if mark:
            self._used[key] = i + 1
        if i == 0:
            return name
        while key in self._used:
            key = f"{base}_{i}"
            i += 1
        if mark:
            self._used[key] = 1
        return f"{name}_{i - 1}"


def check_name(name: str) -> None:
    """Raises ValueError unless `name` can name an operation."""
    if not _VALID_NAME.match(name):
        raise ValueError(
            f"'{name}' is not a valid node name: it must match {_VALID_NAME.pattern}, so it starts "
            "with a letter, digit or dot and has no spaces"
        )


def check_scope(name: str, inner: bool) -> None:
    """Raises ValueError unless `name` can name a scope (an inner one may start with _ too)."""
    if not (_VALID_SCOPE if inner else _VALID_NAME).match(name):
        raise ValueError(f"'{name}' is not a valid scope name")


def from_scope(scope: str) -> str:
    """The name without the slash that marks a finished scope."""
    return scope[:-1] if scope.endswith("/") else scope
