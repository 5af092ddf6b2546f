"""What pictures ask of a session: tensors by whatever name, values, and the class in question."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def the_session(session: Any) -> Any:
    """The session given, or the default one; what wraps a session (MonitoredSession) will do.

    Raises:
      ValueError: there is none.
    """
    if session is None:
        from flowgraph.core.stacks import get_default_session

        session = get_default_session()
        if session is None:
            raise ValueError("no session: give one, or call this within `with tf.Session():`")
    if not hasattr(session, "run") or not hasattr(session, "graph"):
        raise TypeError(f"expected a session, got {session!r}")
    return session


def the_tensor(session: Any, item: Any, role: str) -> Any:
    """A tensor of the session's graph, given as a tensor, a variable or a name.

    Raises:
      ValueError: it is of another graph, or there is no such name.
      TypeError: it is nothing that a graph holds.
    """
    graph = session.graph
    if isinstance(item, str):
        try:
            return graph.get_tensor_by_name(item if ":" in item else item + ":0")
        except KeyError as error:
            raise ValueError(f"{role}: the session's graph has no tensor {item!r}") from error
    if hasattr(item, "value") and hasattr(item, "initializer"):  # a variable
        item = item.value() if _is_in(item, graph, role) else item
    if not hasattr(item, "op") or not hasattr(item, "shape"):
        raise TypeError(f"{role} must be a tensor, a variable or a name, got {item!r}")
    _is_in(item, graph, role)
    return item


def _is_in(item: Any, graph: Any, role: str) -> bool:
    if item.graph is not graph:
        raise ValueError(f"{role}: {item.name!r} is of another graph than the session's")
    return True


def run(session: Any, fetches: Any, feed_dict: Mapping[Any, Any] | None) -> Any:
    """`session.run` with what the user feeds."""
    return session.run(fetches, dict(feed_dict) if feed_dict else None)


def with_feed(feed_dict: Mapping[Any, Any] | None, tensor: Any, value: Any) -> dict[Any, Any]:
    """The user's feeds with another value of a tensor, by whichever key it was fed before."""
    kept = {k: v for k, v in (feed_dict or {}).items() if not _is_key_of(k, tensor)}
    return {**kept, tensor: value}


def _is_key_of(key: Any, tensor: Any) -> bool:
    return key is tensor or (isinstance(key, str) and key in (tensor.name, tensor.op.name))


def floating(tensor: Any, role: str) -> None:
    """Raises TypeError for a tensor without gradient, and names the floating one made of it."""
    if tensor.dtype.is_floating:
        return
    made = [op.outputs[0].name for op in tensor.consumers() if op.type == "Cast"]
    hint = f"; give {made[0]!r}, which is made of it" if made else ""
    raise TypeError(
        f"{role}: {tensor.name!r} is {tensor.dtype.base_dtype.name}, and only floating numbers "
        f"have gradients{hint}"
    )


def check_rank(values: np.ndarray, name: str, ranks: tuple[int, ...], meaning: str) -> None:
    """Raises ValueError when an array's rank is none of those."""
    if values.ndim not in ranks:
        wanted = " or ".join(map(str, ranks))
        raise ValueError(
            f"{name!r} must have rank {wanted} ({meaning}), got shape {list(values.shape)}"
        )


def chosen_classes(scores: np.ndarray, class_index: Any, name: str) -> np.ndarray:
    """For each example the class in question: the one that is given, or the best of its scores.

    Raises:
      ValueError: for an index that is no class, or as many as there are no examples.
    """
    count = scores.shape[-1]
    if class_index is None:
        return scores.argmax(-1)
    chosen = np.asarray(class_index)
    if chosen.ndim > 1 or (chosen.ndim == 1 and len(chosen) != len(scores)):
        raise ValueError(
            f"class_index must be one number or {len(scores)}, got shape {list(chosen.shape)}"
        )
    if not np.issubdtype(chosen.dtype, np.integer):
        raise TypeError(f"class_index must be whole numbers, got {chosen.dtype}")
    if chosen.size and (chosen.min() < 0 or chosen.max() >= count):
        raise ValueError(f"class_index must be in [0, {count}) for {name!r}, got {class_index}")
    return np.broadcast_to(chosen, (len(scores),))


def scores_of(values: np.ndarray, name: str) -> np.ndarray:
    """An output as scores [n, classes]; one number an example becomes one class."""
    if values.ndim == 1:
        return values[:, None]
    check_rank(values, name, (1, 2), "a score an example, or a score for each class")
    return values
