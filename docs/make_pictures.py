"""Draws the pictures of README and site: first graph, timeline, plans, floors, a trained net's.

`python docs/make_pictures.py` writes them into docs/. The timeline is of a real run, on arrays so
large that two threads are worth it; a net's pictures are those that the page on nets draws.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import flowgraph as tf
from flowgraph import viz
from flowgraph.examples import lenet_model
from flowgraph.viz import palette, render

HERE = Path(__file__).parent
PICTURES = HERE / "pictures"
FILLS = {
    "scripts": palette.PURPLE_FILL, "viz": palette.PURPLE_FILL, "ops": palette.ORANGE_FILL,
    "kernels": palette.YELLOW_FILL, "runtime": palette.GREEN_FILL, "compiler": palette.GREEN_FILL,
    "platform": palette.LANE, "core": palette.GREEN_FILL,
}  # fmt: skip
"""The colours of floors; TensorFlow 1's Python layers have another."""
NET = ("loss.png", "confusion.png", "maps.png", "saliency.png")
SIDE = 3000
RUNS = 30
ABREAST = 0.7  # the part of their time in which d and e have to run both


def textbook(shape: list[int]) -> Any:
    """The tensor a = (b + c) * (c + 2) in a graph of its own."""
    with tf.Graph().as_default():
        b = tf.placeholder(tf.float32, shape, name="b")
        c = tf.placeholder(tf.float32, shape, name="c")
        d = tf.add(b, c, name="d")
        e = tf.add(c, tf.constant(2.0), name="e")
        return tf.multiply(d, e, name="a")


def traced() -> Any:
    """The trace of the quickest of some runs in which d and e ran at the same time."""
    a = textbook([SIDE, SIDE])
    value = np.ones((SIDE, SIDE), np.float32)
    options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=2)
    traces = []
    with tf.Session(graph=a.graph, config=config) as session:
        for _ in range(RUNS):
            metadata = tf.RunMetadata()
            session.run(a, {"b:0": value, "c:0": value}, options, metadata)
            traces.append(metadata)
    return min(traces, key=lambda metadata: (_overlap(metadata) < ABREAST, _seconds(metadata)))


def _nodes(metadata: Any) -> dict[str, Any]:
    return {node.node_name: node for node in metadata.step_stats.dev_stats[0].node_stats}


def _overlap(metadata: Any) -> float:
    nodes = _nodes(metadata)
    d, e = nodes["d"], nodes["e"]
    common = min(d.end, e.end) - max(d.start, e.start)
    return float(common / max(d.end - d.start, e.end - e.start))


def _seconds(metadata: Any) -> float:
    nodes = _nodes(metadata).values()
    return float(max(node.end for node in nodes) - min(node.start for node in nodes))


def floors() -> str:
    """The house's floors, as import-linter is told them in pyproject.toml."""
    settings = (HERE.parent / "pyproject.toml").read_text(encoding="utf-8")
    (listed,) = re.findall(r"^layers = \[\n(.*?)^\]", settings, re.MULTILINE | re.DOTALL)
    rows = []
    for line in re.findall(r'"(.*)"', listed):
        rooms = re.findall(r"flowgraph\.(\w+)", line)
        fill = next((FILLS[room] for room in rooms if room in FILLS), palette.BLUE_FILL)
        cells = "".join(f'<TD BGCOLOR="{fill}">{room}</TD>' for room in rooms)
        rows.append(
            f'<TR><TD BORDER="0" CELLPADDING="0"><TABLE BORDER="0" CELLBORDER="1" CELLSPACING="0" '
            f'CELLPADDING="4"><TR>{cells}</TR></TABLE></TD></TR>'
        )
    table = f'<TABLE BORDER="0" CELLSPACING="2">{"".join(rows)}</TABLE>'
    source = (
        f"digraph {{ node [shape=plain fontname=Helvetica fontsize=11] house [label=<{table}>] }}"
    )
    return palette.themed(render.render(source, "svg").decode("utf-8"), "auto")


def of_a_net() -> None:
    """The pictures that the page on nets tells of, drawn by the code on it."""
    sys.path.insert(0, str(HERE / "site"))
    import running

    with tempfile.TemporaryDirectory() as folder:
        running.run(HERE / "howto" / "see-inside-a-net.md", Path(folder))
        for name in NET:
            shutil.copy(Path(folder, name), PICTURES / name)


def main() -> None:
    """Writes the pictures."""
    PICTURES.mkdir(exist_ok=True)
    (PICTURES / "floors.svg").write_text(floors(), encoding="utf-8")
    viz.explain(textbook([]), path=PICTURES / "first-plan.svg")
    net = lenet_model.build(seed=1, steps_per_epoch=938)
    viz.draw([net.loss, net.train], PICTURES / "lenet-step.svg")
    of_a_net()
    viz.draw(textbook([]), HERE / "first-graph.svg")
    viz.timeline(traced(), HERE / "first-timeline.svg", title="a = (b + c) * (c + 2)")
    net = lenet_model.build(seed=1, steps_per_epoch=938)
    viz.explain([net.loss, net.train], path=HERE / "lenet-plan.svg", hot=True)


if __name__ == "__main__":
    main()
