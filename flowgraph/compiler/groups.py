"""Groups of numbers that are joined step by step (union-find)."""

from __future__ import annotations


class Groups:
    """The numbers below `count`, each in a group of its own at first."""

    def __init__(self, count: int) -> None:
        self._leader = list(range(count))

    def of(self, number: int) -> int:
        """The group of a number: the same for all numbers in it."""
        leader = self._leader
        while leader[number] != number:
            leader[number] = leader[leader[number]]
            number = leader[number]
        return number

    def join(self, a: int, b: int) -> None:
        """Makes one group of the groups of two numbers."""
        self._leader[self.of(a)] = self.of(b)
