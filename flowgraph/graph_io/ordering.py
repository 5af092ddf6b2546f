"""Nodes in an order in which each comes after those that it needs."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from typing import Any


def in_order(nodes: Mapping[str, Any], source: Callable[[str], str]) -> list[Any]:
    """The nodes, each after its inputs, and else in the order in which they are given.

    Args:
      nodes: by name.
      source: from a node's input to the name of the node that it comes from; others are ignored.

    Raises:
      ValueError: some nodes wait for each other.
    """
    numbers = {name: i for i, name in enumerate(nodes)}
    all_nodes = list(nodes.values())
    users: list[list[int]] = [[] for _ in all_nodes]
    missing = [0] * len(all_nodes)
    for i, node in enumerate(all_nodes):
        for name in dict.fromkeys([source(ref) for ref in node.input]):
            if name in numbers:
                users[numbers[name]].append(i)
                missing[i] += 1
    ready = [i for i, count in enumerate(missing) if count == 0]
    ordered = []
    while ready:
        i = heapq.heappop(ready)
        ordered.append(all_nodes[i])
        for user in users[i]:
            missing[user] -= 1
            if missing[user] == 0:
                heapq.heappush(ready, user)
    if len(ordered) < len(all_nodes):
        raise ValueError(
            f"{len(all_nodes) - len(ordered)} nodes in a cycle: node "
            f"'{_in_cycle(nodes, missing, source)}' needs its own output"
        )
    return ordered


def _in_cycle(nodes: Mapping[str, Any], missing: list[int], source: Callable[[str], str]) -> str:
    """The name of a node that needs itself, by way of others or not."""
    waiting = {name for name, count in zip(nodes, missing, strict=True) if count}
    name = next(iter(waiting))
    seen: set[str] = set()
    while name not in seen:
        seen.add(name)
        name = next(n for n in map(source, nodes[name].input) if n in waiting)
    return name
