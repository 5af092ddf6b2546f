"""Seeds: how a graph's seed and an operation's own give the two that a random op has.

An op seed left open is the count of such ops in the graph so far, as in TensorFlow 2's compat.v1
(1.15 took the count of all nodes, which no script can rely on: it changes with each version).
"""

from __future__ import annotations

from flowgraph.core.function import FuncGraph
from flowgraph.core.graph import Graph, get_default_graph

DEFAULT_GRAPH_SEED = 87654321
_LARGEST = 2**31 - 1


def set_random_seed(seed: int | None) -> None:
    """Sets the seed of the default graph (tf.set_random_seed)."""
    get_default_graph().seed = seed


def get_seed(op_seed: int | None) -> tuple[int | None, int | None]:
    """The seeds of an op, (None, None) when its numbers differ in each session (tf.get_seed).

    Args:
      op_seed: the seed of the operation, or None.
    """
    graph: Graph = get_default_graph()
    while isinstance(graph, FuncGraph) and not graph.own_seeds:
        graph = graph.outer
    graph_seed = get_default_graph().seed
    if graph_seed is None:
        if op_seed is None:
            return None, None
        graph_seed = DEFAULT_GRAPH_SEED
    elif op_seed is None:
        op_seed = graph._seeded_ops
        graph._seeded_ops += 1
    seeds = graph_seed % _LARGEST, op_seed % _LARGEST
    return (0, _LARGEST) if seeds == (0, 0) else seeds  # (0, 0) means "differ in each session"


def seed_attrs(op_seed: int | None) -> dict[str, int]:
    """The attributes `seed` and `seed2` of a random op."""
    seed, seed2 = get_seed(op_seed)
    return {"seed": seed or 0, "seed2": seed2 or 0}
