"""Pictures of traced runs: the timeline's lanes and bars, and heat over a graph."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from types import SimpleNamespace

import pytest

import flowgraph as tf
from flowgraph.runtime.trace import DeviceStepStats, NodeExecStats, RunMetadata, StepStats
from flowgraph.viz import draw, heat, lanes, timeline
from flowgraph.viz.model import build_picture
from flowgraph.viz.notes import Heat, measured
from flowgraph.viz.palette import HEAT

SVG = "{http://www.w3.org/2000/svg}"


def run_of(*steps):
    """RunMetadata of (name, op type, thread, start, end, bytes)."""
    stats = [
        NodeExecStats(name, int(start * 1e6), 0, int((end - start) * 1e6),
                      int((end - start) * 1e6), f"{name} = {op}()", thread, 0, op, size,
                      start, end, f"t{thread}")
        for name, op, thread, start, end, size in steps
    ]  # fmt: skip
    metadata = RunMetadata()
    threads = {0: "MainThread", 1: "flowgraph-worker-0"}
    metadata.step_stats = StepStats([DeviceStepStats("cpu", stats, threads)])
    return metadata


@pytest.fixture
def textbook_run():
    """d and e side by side, then a."""
    return run_of(
        ("d", "Add", 0, 5.0, 5.3, 4),
        ("e", "Add", 1, 5.1, 5.4, 4),
        ("a", "Mul", 0, 5.6, 6.0, 8),
    )


def graph_of_textbook():
    with tf.Graph().as_default() as graph:
        b, c = tf.placeholder(tf.float32, [], name="b"), tf.placeholder(tf.float32, [], name="c")
        tf.multiply(tf.add(b, c, name="d"), tf.add(c, 2.0, name="e"), name="a")
    return graph


def bars(svg: str) -> dict[str, tuple[float, float, float]]:
    """Name -> (x, y, width) of the bars, which their tooltips name."""
    found = {}
    for box in ElementTree.fromstring(svg).iter(f"{SVG}rect"):
        title = box.find(f"{SVG}title")
        if title is not None:
            name = title.text.partition(" (")[0]
            found[name] = (float(box.get("x")), float(box.get("y")), float(box.get("width")))
    return found


def texts(svg: str) -> list[str]:
    return [item.text or "" for item in ElementTree.fromstring(svg).iter(f"{SVG}text")]


class TestTimeline:
    def test_steps_of_two_threads_stand_side_by_side(self, textbook_run):
        found = bars(timeline(textbook_run))
        (dx, dy, dw), (ex, ey, _), (ax, ay, aw) = (found[name] for name in "dea")
        assert dy == ay < ey  # a lane each
        assert dx < ex < dx + dw < ax  # they overlap in time, and a comes later
        assert aw / dw == pytest.approx(4 / 3, rel=0.01)

    def test_gaps_and_threads_are_told(self, textbook_run):
        shown = texts(timeline(textbook_run, title="Two at once"))
        assert {"Two at once", "MainThread", "worker-0", "300 ms", "busy 70%", "busy 30%"} <= {
            *shown
        }
        assert "1 s: 3 steps on 2 threads" in shown

    def test_kinds_have_their_colours(self):
        types = ["MatMul", "Exp", "Reshape", "AssignAdd", "Sum", "Alien"]
        found = lanes.read(run_of(*((op, op, 0, k, k + 1, 4) for k, op in enumerate(types))))
        assert [bar.kind for bar in found] == [
            "product, convolution", "elementwise", "moves data", "variables, state",
            "reductions and others", "reductions and others",
        ]  # fmt: skip

    def test_a_fused_step_tells_all_its_types(self):
        with tf.Graph().as_default(), tf.Session() as session:
            x = tf.placeholder(tf.float32, [4, 8, 8, 3], name="x")
            conv = tf.nn.conv2d(x, tf.ones([3, 3, 3, 5]), [1, 1, 1, 1], "SAME", name="conv")
            y = tf.nn.bias_add(conv, tf.ones([5]), name="bias")
            metadata, full = tf.RunMetadata(), tf.RunOptions(trace_level=3)
            session.run(y, {x: [[[[1.0] * 3] * 8] * 8] * 4}, full, metadata)
        last = lanes.read(metadata)[-1]
        assert last.kind == "product, convolution" or last.what == "BiasAdd"
        if last.fused:
            assert last.what == "Conv2D + BiasAdd"

    def test_what_runs_within_another_gets_a_row(self):
        found = bars(timeline(run_of(("w", "While", 0, 0, 9, 0), ("i", "Add", 0, 2, 3, 0))))
        assert found["i"][1] > found["w"][1]

    def test_a_run_is_drawn(self):
        with tf.Graph().as_default(), tf.Session() as session:
            metadata, full = tf.RunMetadata(), tf.RunOptions(trace_level=3)
            x = tf.placeholder(tf.float32, [3], name="x")
            session.run(tf.add(tf.exp(x, name="e"), 1.0, name="a"), {x: [1, 2, 3]}, full, metadata)
        assert set(bars(timeline(metadata))) == {"a", "e"}

    def test_a_notebook_shows_it(self, textbook_run):
        assert set(bars(textbook_run._repr_svg_())) == {"a", "d", "e"}
        assert "no picture: run_metadata holds no trace" in tf.RunMetadata()._repr_svg_()

    def test_a_run_of_no_step_is_told(self):
        with tf.Graph().as_default(), tf.Session() as session:
            metadata, full = tf.RunMetadata(), tf.RunOptions(trace_level=3)
            session.run(tf.exp(1.0), None, full, metadata)
        with pytest.raises(ValueError, match="known before"):
            timeline(metadata)

    def test_a_protos_times_are_read(self):
        described = SimpleNamespace(allocation_description=SimpleNamespace(requested_bytes=8))
        node = SimpleNamespace(
            node_name="x", all_start_micros=5, all_end_rel_micros=3, op_end_rel_micros=2,
            timeline_label="x = Sin(y)", thread_id=7,
            output=[SimpleNamespace(tensor_description=described)],
        )  # fmt: skip
        stats = SimpleNamespace(dev_stats=[SimpleNamespace(node_stats=[node])])
        (bar,) = lanes.read(SimpleNamespace(step_stats=stats))
        assert (bar.type, bar.lane, bar.bytes) == ("Sin", "thread 7", 8)
        assert bar.end == pytest.approx(3e-6)

    @pytest.mark.parametrize("kind", ["svg", "png", "pdf"])
    def test_each_format_is_written(self, textbook_run, tmp_path, kind):
        path = tmp_path / f"t.{kind}"
        assert timeline(textbook_run, path) == str(path)
        assert path.read_bytes()[:4] in (b"<svg", b"\x89PNG", b"%PDF")

    def test_json_is_chromes(self, textbook_run, tmp_path):
        path = timeline(textbook_run, tmp_path / "t.json")
        events = json.loads(Path(path).read_text(encoding="utf-8"))
        names = {e["args"]["name"] for e in events["traceEvents"] if e["ph"] == "X"}
        assert names == {"a", "d", "e"}

    def test_many_steps_stay_a_small_picture(self):
        steps = [(f"s{k}", "Add", 0, k, k + 0.9, 4) for k in range(20_000)]
        assert len(timeline(run_of(*steps))) < 1_000_000

    def test_markup_in_a_name_stays_text(self):
        svg = timeline(run_of(("<script>", "Add", 0, 0, 1, 4)))
        assert "<script" not in svg and "<script>" in texts(svg)

    def test_a_run_without_trace_says_what_to_do(self):
        with pytest.raises(ValueError, match="trace_level=tf.RunOptions.FULL_TRACE"):
            timeline(tf.RunMetadata())

    def test_something_else_is_refused(self):
        with pytest.raises(TypeError, match="takes a RunMetadata, got int"):
            timeline(3)

    def test_an_unknown_suffix_names_those_that_are_known(self, textbook_run):
        with pytest.raises(ValueError, match=r"\.svg, \.png, \.pdf, \.json"):
            timeline(textbook_run, "t.txt")

    @pytest.mark.parametrize(
        "value, text", [(2.5, "2.5 s"), (0.0123, "12.3 ms"), (4e-6, "4 µs"), (0.0, "0 µs")]
    )
    def test_times_are_for_people(self, value, text):
        assert lanes.seconds(value) == text


class TestHeat:
    def test_time_and_its_share_stand_in_the_nodes(self, textbook_run):
        picture = build_picture(graph_of_textbook(), heat=measured(textbook_run, "time"))
        assert picture.node("a").heat == len(HEAT) - 1
        assert picture.node("a").detail.endswith("400 ms, 40%")
        assert picture.node("d").detail.endswith("300 ms, 30%")
        assert picture.node("b").heat is None
        assert picture.heat == "time: 0 to 400 ms"

    def test_memory_is_that_of_the_outputs(self, textbook_run):
        picture = build_picture(graph_of_textbook(), heat=measured(textbook_run, "memory"))
        assert picture.node("a").detail.endswith("8 B, 50%")

    def test_a_folded_scope_is_as_hot_as_all_in_it(self):
        with tf.Graph().as_default() as graph:
            with tf.name_scope("s"):
                tf.sin(tf.cos(tf.placeholder(tf.float32, [], name="x")), name="y")
        picture = build_picture(graph, depth=0, heat=Heat({"s/Cos": 1.0, "s/y": 2.0, "z": 1.0}))
        assert picture.node("s").detail.endswith("3 s, 75%")

    def test_the_svg_has_colours_and_their_legend(self, textbook_run):
        svg = heat(textbook_run, graph_of_textbook())
        assert svg.lower().count(HEAT[-1].lower()) >= 2  # the hottest node, and the legend's box
        assert "time: 0" in texts(svg) and "400 ms" in texts(svg)
        assert HEAT[-1].lower() not in re.sub("<style>.*?</style>", "", draw(graph_of_textbook()))

    def test_a_wrong_measure_is_refused(self, textbook_run):
        with pytest.raises(ValueError, match="by must be 'time' or 'memory', got 'size'"):
            heat(textbook_run, graph_of_textbook(), by="size")
