"""A persistent array of optional values: setting an element gives a new array, the old one stays.

A tree of 32-way branches shares what has not changed, so that setting, getting and adding an array
of few elements cost the depth of the tree, and any version can be read from any thread.
"""

from __future__ import annotations

from typing import Any

_BITS = 5
_WIDTH = 1 << _BITS
_MASK = _WIDTH - 1


class PersistentArray:
    """Values by index; `size` is None for a gradient, in which whatever is not set is zero.

    `shape` is that of the first element that was set; `label` names the array in errors.
    """

    __slots__ = ("depth", "label", "root", "shape", "size")

    def __init__(
        self, size: int | None, label: str = "", root: Any = None, depth: int = 0, shape: Any = None
    ) -> None:
        self.size, self.label, self.root, self.depth = size, label, root, depth
        self.shape = shape

    def get(self, index: int) -> Any:
        """The value at an index; None when it is not set."""
        if index >> (_BITS * (self.depth + 1)):
            return None
        node = self.root
        for level in range(self.depth, -1, -1):
            if node is None:
                return None
            node = node[(index >> (_BITS * level)) & _MASK]
        return node

    def set(self, index: int, value: Any) -> PersistentArray:
        """An array that differs in one element."""
        depth, root = self.depth, self.root
        while index >> (_BITS * (depth + 1)):
            depth, root = depth + 1, _wrapped(root)
        size = self.size
        if size is not None and index >= size:
            size = index + 1
        shape = value.shape if self.shape is None else self.shape
        return PersistentArray(size, self.label, _set(root, depth, index, value), depth, shape)

    def zeros(self) -> PersistentArray:
        """The array of a gradient that is zero everywhere."""
        return PersistentArray(None, self.label)

    def plus(self, other: PersistentArray, add: Any) -> PersistentArray:
        """The sums of the elements; one that is not set counts as zero."""
        a, b = self.root, other.root
        depth = max(self.depth, other.depth)
        for _ in range(depth - self.depth):
            a = _wrapped(a)
        for _ in range(depth - other.depth):
            b = _wrapped(b)
        size = self.size if other.size is None else other.size
        shape = other.shape if self.shape is None else self.shape
        return PersistentArray(size, self.label, _plus(a, b, depth, add), depth, shape)


def _wrapped(root: Any) -> Any:
    return None if root is None else [root] + [None] * (_WIDTH - 1)


def _set(node: Any, level: int, index: int, value: Any) -> Any:
    copy = [None] * _WIDTH if node is None else node.copy()
    at = (index >> (_BITS * level)) & _MASK
    copy[at] = value if level == 0 else _set(copy[at], level - 1, index, value)
    return copy


def _plus(a: Any, b: Any, level: int, add: Any) -> Any:
    if a is None or b is None:
        return b if a is None else a
    if level < 0:
        return add(a, b)
    return [_plus(x, y, level - 1, add) for x, y in zip(a, b, strict=True)]
