"""What a log directory holds, as panes: the graph, curves of scalars, images, traced runs."""

from __future__ import annotations

import base64
import math
import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flowgraph.core import errors
from flowgraph.graph_io import protos
from flowgraph.graph_io.tensors import make_ndarray
from flowgraph.summary.event_file import summary_iterator
from flowgraph.viz.interactive import scene
from flowgraph.viz.interactive.views import View

Json = dict[str, Any]
MOST_POINTS = 2000
MOST_IMAGES = 12
"""The latest images of a tag that are shown."""
_MOST_BYTES = 24_000_000
_MOST_PANES = 4
_IMAGES = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpeg", b"GIF8": "gif"}


@dataclass(slots=True)
class Logs:
    """The events of a directory, by run and tag."""

    scalars: dict[str, dict[str, list[tuple[int, float]]]] = field(default_factory=dict)
    images: dict[tuple[str, str], list[tuple[int, bytes]]] = field(default_factory=dict)
    graphs: dict[str, Any] = field(default_factory=dict)
    traces: dict[str, Any] = field(default_factory=dict)
    damaged: list[str] = field(default_factory=list)


def event_files(folder: Path) -> list[Path]:
    """The files of events in a directory and below, oldest first."""
    found = [path for path in folder.rglob("*tfevents*") if path.is_file()]
    return sorted(found, key=lambda path: (path.parent, path.name))


def logs_view(folder: Path) -> View:
    """The view of a log directory.

    Raises:
      ValueError: there are no files of events in it, or nothing in them that is shown.
    """
    files = event_files(folder)
    if not files:
        raise ValueError("the directory holds no files of events (*tfevents*)")
    logs = Logs()
    for path in files:
        run = os.path.relpath(path.parent, folder)
        _read(path, "" if run == "." else run, logs)
    panes = [*_graphs(logs), *_scalars(logs), *_images(logs), *_traces(logs)]
    if not panes:
        raise ValueError("its files of events hold no graph, no scalar and no image")
    return View(folder.name, panes, lambda: "")


# --- reading --------------------------------------------------------------------------------------
def _read(path: Path, run: str, logs: Logs) -> None:
    try:
        for event in summary_iterator(str(path)):
            _take(event, run, logs)
    except errors.DataLossError:  # somebody writes it now, or was stopped while writing
        logs.damaged.append(path.name)


def _take(event: Any, run: str, logs: Logs) -> None:
    kind = event.WhichOneof("what")
    if kind == "summary":
        for value in event.summary.value:
            _take_value(value, event.step, run, logs)
    elif kind == "graph_def":
        logs.graphs[run] = protos.GraphDef.FromString(event.graph_def)
    elif kind == "meta_graph_def":
        graph_def = protos.MetaGraphDef.FromString(event.meta_graph_def).graph_def
        if run not in logs.graphs:
            logs.graphs[run] = graph_def
    elif kind == "tagged_run_metadata":
        tagged = event.tagged_run_metadata
        name = f"{run}: {tagged.tag}" if run else tagged.tag
        logs.traces[name] = protos.RunMetadata.FromString(tagged.run_metadata)


def _take_value(value: Any, step: int, run: str, logs: Logs) -> None:
    kind = value.WhichOneof("value")
    plugin = value.metadata.plugin_data.plugin_name
    if kind == "simple_value":
        _add(logs, value.tag, run, step, value.simple_value)
    elif kind == "image":
        logs.images.setdefault((value.tag, run), []).append(
            (step, value.image.encoded_image_string)
        )
    elif kind == "tensor" and plugin == "scalars":  # as TensorFlow 2 writes them
        _add(logs, value.tag, run, step, float(make_ndarray(value.tensor)))
    elif kind == "tensor" and plugin == "images":
        pictures = list(value.tensor.string_val[2:])  # after the width and the height
        logs.images.setdefault((value.tag, run), []).extend((step, p) for p in pictures)


def _add(logs: Logs, tag: str, run: str, step: int, value: float) -> None:
    logs.scalars.setdefault(tag, defaultdict(list))[run].append((step, value))


# --- panes ----------------------------------------------------------------------------------------
def _graphs(logs: Logs) -> Iterator[Json]:
    """Each different graph once: runs of one script have the same."""
    different = {}
    for run, graph_def in logs.graphs.items():
        if graph_def.node:
            different.setdefault(tuple((n.name, n.op) for n in graph_def.node), (run, graph_def))
    for run, graph_def in list(different.values())[:_MOST_PANES]:
        name = f"Graph of {run}" if run and len(different) > 1 else "Graph"
        yield scene.graph_pane(graph_def, name)


def _scalars(logs: Logs) -> Iterator[Json]:
    if not logs.scalars:
        return
    tags = [
        {"tag": tag, "runs": [{"run": run, "points": _points(p)} for run, p in runs.items()]}
        for tag, runs in logs.scalars.items()
    ]
    yield {"kind": "scalars", "title": "Scalars", "tags": tags}


def _points(points: list[tuple[int, float]]) -> list[list[float | None]]:
    """At most so many points as a curve can show; a number that is not finite is None."""
    stride = -(-len(points) // MOST_POINTS)
    kept = points[::stride]
    if kept[-1] != points[-1]:
        kept.append(points[-1])
    return [[step, float(f"{value:.7g}") if math.isfinite(value) else None] for step, value in kept]


def _images(logs: Logs) -> Iterator[Json]:
    tags, size, left_out = [], 0, 0
    for (tag, run), images in logs.images.items():
        shown = []
        for step, data in images[-MOST_IMAGES:]:
            kind = next((k for start, k in _IMAGES.items() if data.startswith(start)), None)
            if kind is None or size + len(data) > _MOST_BYTES:
                left_out += 1
                continue
            size += len(data)
            coded = base64.b64encode(data).decode("ascii")
            shown.append({"step": step, "src": f"data:image/{kind};base64,{coded}"})
        if shown:
            tags.append({"tag": tag, "run": run, "images": shown})
    if tags:
        note = f"{left_out} images are too large or of an unknown kind." if left_out else ""
        yield {"kind": "images", "title": "Images", "tags": tags, "note": note}


def _traces(logs: Logs) -> Iterator[Json]:
    from flowgraph.viz import lanes

    for name, trace in list(logs.traces.items())[-_MOST_PANES:]:
        if any(device.node_stats for device in trace.step_stats.dev_stats):
            svg = lanes.timeline(trace, title=name, theme="light")
            yield {"kind": "picture", "title": f"Run {name}", "svg": svg}
