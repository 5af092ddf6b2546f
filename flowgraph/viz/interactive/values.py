"""The values that flow along the edges of a graph: one run that fetches them all, summarised."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from flowgraph.core import errors
from flowgraph.viz import notes, reading

Json = dict[str, Any]
MOST_PICTURES = 1500
"""With more values than this, they are told in words only."""
_SHOWN_WHOLE = 36
_BARS = 24
_THUMB = 96
_TILES = 16
_DEAD_ENDS = frozenset({"Switch", "RefSwitch", "Merge", "RefMerge", "Enter", "Exit"})
"""Of a tensor on a branch that was not taken there is no value to fetch."""


def of_run(session: Any, wanted: Sequence[Any], feed_dict: Any) -> dict[str, np.ndarray]:
    """Runs fetches once, and gives the value of each tensor on the way: {its name: array}.

    Args:
      session: where to run.
      wanted: tensors and operations.
      feed_dict: as for `Session.run`.
    """
    from flowgraph.runtime.feeds import feed_tensor
    from flowgraph.runtime.fetches import expand_feed

    graph = session.graph
    pairs = [pair for k, v in (feed_dict or {}).items() for pair in expand_feed(k, v)]
    fed = {feed_tensor(graph, key).name for key, _ in pairs}
    needed = _needed(wanted, fed)
    tensors = list(_fetchable(graph, needed, fed))
    names = {t.name for t in tensors}
    rest = [f for f in wanted if getattr(f, "name", None) not in names]
    found = session.run([tensors, rest], feed_dict)[0]
    return {t.name: np.asarray(v) for t, v in zip(tensors, found, strict=True)}


def _needed(wanted: Iterable[Any], fed: set[str]) -> list[Any]:
    """The operations that a run needs: the way up from the fetches, cut at what is fed."""
    order: dict[str, Any] = {}
    stack = [getattr(f, "op", f) for f in wanted]
    while stack:
        op = stack.pop()
        if op.name in order:
            continue
        order[op.name] = op
        if op.outputs and all(t.name in fed for t in op.outputs):
            continue
        stack += [t.op for t in op.inputs if t.name not in fed]
        stack += op.control_inputs
        # A tensor that is fed is shown, too.
        order.update({t.op.name: t.op for t in op.inputs if t.name in fed})
    return list(order.values())


def _fetchable(graph: Any, needed: Sequence[Any], fed: set[str]) -> Iterable[Any]:
    if any(op.type in _DEAD_ENDS for op in needed):
        return
    for op in needed:
        for tensor in op.outputs:
            has_value = op.type not in reading.PLACEHOLDERS or tensor.name in fed
            has_value = has_value or op.type == "PlaceholderWithDefault"
            if has_value and _is_array(tensor) and graph.is_fetchable(tensor):
                yield tensor


def _is_array(tensor: Any) -> bool:
    return tensor.dtype.base_dtype.name not in ("resource", "variant")


def of_variables(session: Any, operations: Iterable[Any]) -> dict[str, np.ndarray | None]:
    """What a session's variables hold now: {tensor's name: array}; None before there is a value."""
    read = {op.name: tensor for op in operations if (tensor := _reading(op)) is not None}
    if not read:
        return {}
    try:
        found = session.run(list(read.values()))
        return {f"{name}:0": np.asarray(v) for name, v in zip(read, found, strict=True)}
    except errors.OpError:
        return {f"{name}:0": _value(session, tensor) for name, tensor in read.items()}
    except RuntimeError:  # a closed session has none
        return {}


def _reading(op: Any) -> Any:
    """The tensor that gives a variable's value."""
    if op.type not in reading.VARIABLES:
        return None
    if _is_array(op.outputs[0]):
        return op.outputs[0]
    readers = (user.outputs[0] for user in op.outputs[0].consumers()
               if user.type == "ReadVariableOp" and not user.control_inputs)  # fmt: skip
    return next(readers, None)


def _value(session: Any, tensor: Any) -> np.ndarray | None:
    try:
        return np.asarray(session.run(tensor))
    except errors.OpError:
        return None


# --- summaries ------------------------------------------------------------------------------------
def summaries(values: Mapping[str, np.ndarray | None], when: str) -> dict[str, Json]:
    """What is told of each value; `when` says when it was there."""
    rich = len(values) <= MOST_PICTURES
    return {name: summary(value, when, rich) for name, value in values.items()}


def summary(value: np.ndarray | None, when: str = "", rich: bool = True) -> Json:
    """A value in few words, with its statistics, its distribution, and as an image if it is one."""
    if value is None:
        return {"spec": "not initialized", "text": "not initialized", "when": ""}
    with np.errstate(over="ignore", invalid="ignore"):  # a mean of huge numbers
        return _summary(np.asarray(value), when, rich)


def _summary(array: np.ndarray, when: str, rich: bool) -> Json:
    shape = "×".join(map(str, array.shape)) or "scalar"
    dtype = "string" if array.dtype.kind in "OSU" else array.dtype.name
    told: Json = {"spec": f"{dtype} {shape}", "text": notes.value_text(array), "when": when}
    if array.size <= _SHOWN_WHOLE:
        told["items"] = _whole(array)
    if rich and array.dtype.kind in "fiub" and array.size > _SHOWN_WHOLE:
        told |= _statistics(array)
        if (image := thumbnail(array)) is not None:
            told["image"] = image
    return told


def _whole(array: np.ndarray) -> str:
    if array.dtype.kind == "O":
        items = [i.decode("utf-8", "replace") if isinstance(i, bytes) else i for i in array.flat]
        array = np.array([str(item)[:80] for item in items]).reshape(array.shape)
    return np.array2string(array, precision=4, max_line_width=42, suppress_small=True)


def _statistics(array: np.ndarray) -> Json:
    numbers = array.astype(np.float64).ravel()
    finite = numbers[np.isfinite(numbers)]
    if not finite.size:
        return {}
    low, high = float(finite.min()), float(finite.max())
    rows = [["least", f"{low:.5g}"], ["mean", f"{finite.mean():.5g}"], ["greatest", f"{high:.5g}"],
            ["deviation", f"{finite.std():.4g}"],
            ["zeros", f"{np.count_nonzero(numbers == 0) / numbers.size:.1%}"]]  # fmt: skip
    if finite.size < numbers.size:
        rows.append(["not finite", f"{numbers.size - finite.size:,}"])
    told: Json = {"statistics": rows}
    if low < high and np.isfinite(high - low):
        counts, _ = np.histogram(finite, bins=_BARS, range=(low, high))
        told |= {"bars": counts.tolist(), "range": [f"{low:.4g}", f"{high:.4g}"]}
    return told


def thumbnail(array: np.ndarray) -> str | None:
    """The first image of a batch, or its first channels side by side, as a data URL."""
    pixels = array[0] if array.ndim == 4 and len(array) else array
    if pixels.ndim != 3 or array.ndim not in (3, 4) or min(pixels.shape[:2]) < 7:
        return None
    if array.ndim == 3 and pixels.shape[2] not in (1, 3, 4):
        return None
    if pixels.shape[2] == 4 and array.dtype != np.uint8:
        pixels = pixels[:, :, :4]
    elif pixels.shape[2] not in (1, 3):
        pixels = _tiles(pixels)
    stride = max(1, -(-max(pixels.shape[:2]) // _THUMB))
    return png_url(_bytes(pixels[::stride, ::stride]))


def _tiles(pixels: np.ndarray) -> np.ndarray:
    """Channels as images of one channel in rows, each over its own range."""
    count = min(_TILES, pixels.shape[2])
    across = min(count, 4)
    down = -(-count // across)
    height, width = pixels.shape[0] + 1, pixels.shape[1] + 1
    sheet = np.full((down * height - 1, across * width - 1, 1), 128, np.uint8)
    for k in range(count):
        top, left = k // across * height, k % across * width
        tile = _bytes(pixels[:, :, k : k + 1])
        sheet[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
    return sheet


def _bytes(pixels: np.ndarray) -> np.ndarray:
    if pixels.dtype == np.uint8:
        return np.ascontiguousarray(pixels)
    numbers = np.nan_to_num(pixels.astype(np.float64))
    low, high = numbers.min(), numbers.max()
    scaled = (numbers - low) * (255.0 / (high - low)) if high > low else numbers * 0
    return scaled.astype(np.uint8)


def png_url(pixels: np.ndarray) -> str:
    """An image uint8 [height, width, 1 to 4 channels] as a data URL."""
    from flowgraph.ops.image import _png

    return "data:image/png;base64," + base64.b64encode(_png.write(pixels)).decode("ascii")
