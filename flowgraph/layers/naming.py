"""Names of layers: snake case of the class, numbered in each graph."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from flowgraph.core.graph import get_default_graph

_KEY = ("__layer_name_counts",)


def to_snake_case(name: str) -> str:
    """The name of a class as a layer's name: "Conv2DTranspose" -> "conv2d_transpose"."""
    spaced = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    snake = re.sub(r"([a-z])([A-Z])", r"\1_\2", spaced).lower()
    # A scope's name must not start with an underscore.
    return snake if not snake.startswith("_") else "private" + snake


def name_counts() -> dict[Any, int]:
    """How often each name was given in the default graph; (namespace, name) -> count."""
    kept = get_default_graph().get_collection_ref(_KEY)
    if not kept:
        kept.append(defaultdict(int))
    return kept[0]  # type: ignore[no-any-return]


def reset_name_counts() -> None:
    """Lets names of the default graph be numbered from the start again."""
    get_default_graph().clear_collection(_KEY)


def unique_object_name(
    name: str,
    name_uid_map: dict[Any, int] | None = None,
    avoid_names: Any = None,
    namespace: str = "",
    zero_based: bool = False,
) -> str:
    """The name with a number that was not given before in this graph.

    With `zero_based` the first one has no number (keras), otherwise the first is `name_1`.
    """
    counts = name_counts() if name_uid_map is None else name_uid_map
    avoided, key = set(avoid_names or ()), (namespace, name)
    while True:
        number = counts[key]
        counts[key] += 1
        if zero_based:
            proposed = f"{name}_{number}" if number else name
        else:
            proposed = f"{name}_{number + 1}"
        if proposed not in avoided:
            return proposed
