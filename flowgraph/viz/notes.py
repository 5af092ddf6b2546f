"""What a run adds to a picture: values on its edges, and heat (time, memory) in its nodes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from flowgraph.viz import costs, lanes, palette
from flowgraph.viz.model import Cluster, Node, Picture
from flowgraph.viz.reading import Reach

_MOST_SHOWN = 4


def values_by_tensor(reach: Reach, values: Any) -> dict[str, str]:
    """{tensor's name: its value in few words} of {tensor or name: array}.

    Raises:
      TypeError: `values` is no mapping.
      ValueError: a name is that of no tensor in the picture.
    """
    if values is None:
        return {}
    if not isinstance(values, Mapping):
        raise TypeError(f"values must be {{tensor: array}}, got {type(values).__name__}")
    known = {op.name for op in reach.operations}
    found = {}
    for key, value in values.items():
        name = str(getattr(key, "name", key))
        name = name if ":" in name else f"{name}:0"
        if name.rpartition(":")[0] not in known:
            raise ValueError(f"values has {name!r}, which is no tensor of this picture")
        found[name] = value_text(value)
    return found


def value_text(value: Any) -> str:
    """A value for an edge: itself if it is short, else its range and mean."""
    array = np.asarray(value)
    if array.size <= _MOST_SHOWN and array.ndim <= 1:
        items = [_item(item) for item in array.ravel().tolist()]
        return items[0] if array.ndim == 0 else f"[{', '.join(items)}]"
    if array.dtype.kind not in "fiub":
        return f"{array.size} {array.dtype.name}"
    numbers = array.astype(np.float64)
    finite = numbers[np.isfinite(numbers)]
    if not finite.size:
        return "no finite number"
    lost = array.size - finite.size
    low, high = finite.min(), finite.max()
    text = f"{low:.3g} … {high:.3g}, mean {finite.mean():.3g}" if low < high else f"all {low:.3g}"
    return f"{text}, {lost} not finite" if lost else text


def _item(item: Any) -> str:
    if isinstance(item, bytes):
        item = item.decode("utf-8", "replace")
    text = f"{item:.4g}" if isinstance(item, float) else str(item)
    return text if len(text) <= 18 else text[:17] + "…"


# --- heat -----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Heat:
    """What was measured: {operation: seconds or bytes}, and in words what that is."""

    measured: Mapping[str, float]
    what: str = "time"

    def text(self, amount: float) -> str:
        """An amount for people."""
        return lanes.seconds(amount) if self.what == "time" else costs.Count(amount).text("B")


def measured(run_metadata: Any, by: str) -> Heat:
    """The time that each step of a traced run took, or the memory of what it gave."""
    if by not in ("time", "memory"):
        raise ValueError(f"by must be 'time' or 'memory', got {by!r}")
    sums: dict[str, float] = defaultdict(float)
    for bar in lanes.read(run_metadata):
        sums[bar.name] += bar.end - bar.start if by == "time" else bar.bytes
    return Heat(dict(sums), by)


def heated(picture: Picture, heat: Heat | None) -> Picture:
    """The picture with the heat of each node: of a folded one, of all that is in it."""
    if heat is None:
        return picture
    amounts = {
        node.name: sum(heat.measured[name] for name in node.operations if name in heat.measured)
        for node in picture.nodes
        if any(name in heat.measured for name in node.operations)
    }
    most = max(amounts.values(), default=0.0) or 1.0
    whole = sum(heat.measured.values()) or 1.0
    notes = {
        name: (_level(amount / most), f"{heat.text(amount)}, {amount / whole:.0%}")
        for name, amount in amounts.items()
    }
    root = _warmed(picture.root, notes)
    return replace(picture, root=root, heat=f"{heat.what}: 0 to {heat.text(most)}")


def _level(share: float) -> int:
    """A place in the scale; the root makes differences among the small visible."""
    return round(share**0.5 * (len(palette.HEAT) - 1))


def _warmed(cluster: Cluster, notes: Mapping[str, tuple[int, str]]) -> Cluster:
    def warm(node: Node) -> Node:
        if node.name not in notes:
            return node
        level, words = notes[node.name]
        if node.rows:  # the note is of all of the stack: it stands in its last row
            last = replace(node.rows[-1], detail=_joined(node.rows[-1].detail, words))
            return replace(node, heat=level, rows=(*node.rows[:-1], last))
        return replace(node, heat=level, detail=_joined(node.detail, words))

    clusters = tuple(_warmed(child, notes) for child in cluster.clusters)
    return replace(cluster, nodes=tuple(map(warm, cluster.nodes)), clusters=clusters)


def _joined(detail: str, words: str) -> str:
    return f"{detail}\n{words}" if detail else words
