"""`tf.test.StubOutForTesting`: attributes replaced for the time of a test."""

from __future__ import annotations

from typing import Any

_NOT_THERE = object()


class StubOutForTesting:
    """Replaces attributes, and puts them back; also as a context (tf.test.StubOutForTesting)."""

    def __init__(self) -> None:
        self._smart: list[tuple[Any, str, Any]] = []
        self._stubs: list[tuple[Any, str, Any]] = []

    def __enter__(self) -> StubOutForTesting:
        return self

    def __exit__(self, *_: Any) -> None:
        self.CleanUp()

    def SmartSet(self, obj: Any, attr_name: str, new_attr: Any) -> None:
        """Replaces an attribute; AttributeError unless `obj`, or a class of it, has it."""
        getattr(obj, attr_name)
        old = vars(obj).get(attr_name, _NOT_THERE) if hasattr(obj, "__dict__") else _NOT_THERE
        self._smart.append((obj, attr_name, old))
        setattr(obj, attr_name, new_attr)

    def SmartUnsetAll(self) -> None:
        """Puts back what `SmartSet` has replaced."""
        _restore(self._smart)

    def Set(self, parent: Any, child_name: str, new_child: Any) -> None:
        """Replaces an attribute of a module, class or object."""
        self._stubs.append((parent, child_name, vars(parent).get(child_name, _NOT_THERE)))
        setattr(parent, child_name, new_child)

    def UnsetAll(self) -> None:
        """Puts back what `Set` has replaced."""
        _restore(self._stubs)

    def CleanUp(self) -> None:
        """Puts everything back."""
        self.SmartUnsetAll()
        self.UnsetAll()


def _restore(kept: list[tuple[Any, str, Any]]) -> None:
    while kept:
        owner, name, old = kept.pop()
        if old is _NOT_THERE:
            delattr(owner, name)
        else:
            setattr(owner, name, old)
