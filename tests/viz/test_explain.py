"""`explain`: what each pass's picture shows, what is told of each step, which files it writes."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.core import kernel_registry
from flowgraph.viz import RenderError, explain, render
from flowgraph.viz.sites import CHANGED, GONE, VALUE, views

SVG = "{http://www.w3.org/2000/svg}"
HAS_JIT = kernel_registry.cluster_compiler(kernel_registry.libraries()) is not None
HAS_ONEDNN = bool(kernel_registry.accelerated("onednn"))


@pytest.fixture(autouse=True)
def graph():
    """A graph of its own for each test."""
    with tf.Graph().as_default() as graph:
        yield graph


def scalar(name):
    return tf.placeholder(tf.float32, [], name=name)


def picture(explanation, name):
    """(before, after) of a pass."""
    found = views(explanation.change(name))
    return found.before, found.after


def words(svg: str) -> str:
    return " ".join(item.text or "" for item in ElementTree.fromstring(svg).iter(f"{SVG}text"))


class TestPasses:
    def test_pruning_shows_what_is_left_out(self):
        a = tf.add(scalar("b"), scalar("c"), name="a")
        tf.negative(a, name="unused")
        before, after = picture(explain(a), "lower")
        assert before.names(GONE) == {"unused"}
        assert after.names() == {"a", "b:0", "c:0"}
        assert after.names(VALUE) == {"b:0", "c:0"}

    def test_a_folded_step_becomes_its_value(self):
        two = tf.add(tf.constant(1.0, name="one"), 1.0, name="two")
        before, after = picture(explain(tf.multiply(scalar("x"), two, name="y")), "fold_constants")
        assert before.names(GONE) == {"two"}
        assert "two" not in after.names()
        (value,) = (node for node in after.nodes if node.key == "two:0")
        assert (value.state, value.detail) == (VALUE, "2")

    def test_a_merged_step_leaves_its_users_to_its_twin(self):
        x = scalar("x")
        y = tf.multiply(tf.exp(x, name="first"), tf.exp(x, name="second"), name="y")
        before, after = picture(explain(y), "merge_common")
        assert before.names(GONE) == {"second"}
        assert {(e.source, e.target) for e in before.edges} >= {("second", "y"), ("first", "y")}
        assert {(e.source, e.target) for e in after.edges} == {("x:0", "first"), ("first", "y")}

    def test_simplifying_takes_the_shorter_way(self):
        y = tf.exp(tf.identity(scalar("x"), name="same"), name="y")
        change = explain(y).change("simplify")
        assert change.gone == ("same",) and change.stands_in == {"same:0": "x:0"}

    def test_dead_steps_are_dropped(self):
        x = tf.placeholder(tf.float32, [2, 3], name="x")
        shape = tf.raw_ops.Shape(tf.exp(x, name="dead"), name="shape")
        change = explain(tf.reshape(x, shape, name="y")).change("drop_dead")
        assert change.gone == ("dead",)

    @pytest.mark.skipif(not HAS_ONEDNN, reason="needs oneDNN")
    def test_a_chain_becomes_one_step_with_its_library(self):
        x = tf.placeholder(tf.float32, [4, 8, 8, 3], name="x")
        conv = tf.nn.conv2d(x, tf.ones([3, 3, 3, 5]), [1, 1, 1, 1], "SAME", name="conv")
        y = tf.nn.relu(tf.nn.bias_add(conv, tf.ones([5]), name="bias"), name="relu")
        explanation = explain(y)
        before, after = picture(explanation, "fuse_patterns")
        assert before.names(GONE) == {"conv", "bias", "relu"}
        assert after.names(CHANGED) == {"relu"}
        (node,) = (n for n in after.nodes if n.key == "relu")
        assert node.detail == "Conv2D + BiasAdd + Relu\nonednn"
        (step,) = explanation.steps
        assert "one kernel for this chain" in step.why
        assert step.operations[0].number >= 2 * 4 * 8 * 8 * 5 * 3 * 3 * 3

    @pytest.mark.skipif(not HAS_JIT, reason="needs the JIT")
    def test_the_hot_plan_shows_clusters(self):
        x = tf.placeholder(tf.float32, [1000], name="x")
        y = tf.add(tf.exp(tf.multiply(x, x, name="square"), name="exp"), x, name="y")
        cold, hot = explain(y), explain(y, hot=True)
        assert [s.library for s in cold.steps] == ["reference"] * 3
        before, after = picture(hot, "fuse_elementwise")
        assert before.names(GONE) == {"square", "exp", "y"}
        assert after.names(CHANGED) == {"y"}
        (step,) = hot.steps
        assert (step.library, step.kind) == ("jit", "Mul + Exp + Add")
        assert step.why.startswith("one loop for")
        assert step.bytes[0].number == 8000  # what is between the members stays in registers

    @pytest.mark.skipif(not HAS_JIT, reason="needs the JIT")
    def test_reused_memory_is_a_thick_edge(self):
        x = tf.placeholder(tf.float32, [200, 200], name="x")
        y = tf.exp(tf.matmul(x, x, name="product"), name="exp")
        explanation = explain(y, hot=True)
        (step,) = (s for s in explanation.steps if s.reuses)
        assert step.reuses == ("product:0",)
        _, after = picture(explanation, "reuse_buffers")
        assert [(e.source, e.target) for e in after.edges if e.strong] == [("product", step.name)]
        assert "writes where product:0 lies" in str(explanation)

    def test_order_of_state_is_a_dashed_edge(self):
        v = tf.Variable(1.0, name="v")
        read = tf.exp(v._ref(), name="read")
        write = tf.assign_add(v, 1.0, name="write")
        before, after = picture(explain([read, write]), "order_state")
        assert not any(e.waits for e in before.edges)
        assert [(e.source, e.target) for e in after.edges if e.waits and e.strong] == [
            ("read", "write")
        ]

    def test_kernels_are_told_by_library(self):
        y = tf.exp(scalar("x"), name="y")
        _, after = picture(explain(y), "choose_kernels")
        (node,) = (n for n in after.nodes if n.key == "y")
        assert node.detail == "Exp\nreference"

    def test_a_pass_that_did_nothing_has_no_picture(self):
        y = tf.exp(scalar("x"), name="y")
        explanation = explain(y)
        assert explanation.change("merge_common").is_none
        assert "merge common" not in words(explanation._repr_svg_())

    def test_an_unknown_pass_names_those_that_ran(self):
        with pytest.raises(KeyError, match="fold_constants"):
            explain(tf.exp(scalar("x"))).change("vectorize")


class TestLargePlans:
    def test_like_places_are_shown_once_with_a_count(self):
        x = scalar("x")
        total = x
        for k in range(20):
            total = total + tf.identity(tf.exp(x * (k + 2.0)), name=f"same{k}")
        found = views(explain(total).change("simplify"))
        shown = found.before.names(GONE)
        assert len(shown) == 1
        (node,) = (n for n in found.before.nodes if n.key in shown)
        assert node.detail == "Identity  × 20"

    def test_the_table_shows_the_dearest(self):
        x = tf.placeholder(tf.float32, [50], name="x")
        y = x
        for k in range(60):
            y = tf.exp(y, name=f"e{k}")
        dear = tf.matmul(tf.ones([90, 90]) * x[0], tf.ones([90, 90]), name="dear")
        svg = explain([y, dear])._repr_svg_()
        assert "dear" in words(svg).split()
        assert "cheaper steps" in words(svg)


class TestWords:
    def test_costs_come_from_static_shapes(self):
        a = tf.placeholder(tf.float32, [3, 4], name="a")
        b = tf.placeholder(tf.float32, [4, 5], name="b")
        (step,) = explain(tf.matmul(a, b)).steps
        assert step.operations[0].number == 2 * 3 * 4 * 5
        assert step.bytes[0].number == 4 * (12 + 20 + 15)

    def test_an_unknown_size_is_called_n(self):
        x = tf.placeholder(tf.float32, [None, 4], name="x")
        text = str(explain(tf.exp(x)))
        assert "32 B·n" in text and "a size that is unknown before a run" in text

    def test_an_unknown_rank_is_left_open(self):
        (step,) = explain(tf.exp(tf.placeholder(tf.float32, name="x"))).steps
        assert step.bytes == () and step.operations == ()

    def test_what_cannot_be_counted_is_told(self):
        known, open_ = scalar("x"), tf.placeholder(tf.float32, name="z")
        assert "what has any shape is not counted" in str(explain(known * open_))
        assert "not counted" not in str(explain(tf.exp(known)))

    def test_why_names_who_refused(self):
        if not HAS_ONEDNN:
            pytest.skip("needs oneDNN")
        a = tf.placeholder(tf.int32, [300, 300], name="a")
        (step,) = explain(tf.matmul(a, a)).steps
        assert "onednn refused it: it wants that values are float32" in step.why
        assert "MatMul of int32" in step.why

    def test_why_tells_the_rule(self):
        x = tf.placeholder(tf.float32, [100, 8], name="x")
        (step,) = explain(tf.reduce_sum(x, 0)).steps
        assert step.why.startswith("numpy_fast takes Sum: values are float32")

    def test_a_loop_names_its_parts(self):
        x = tf.placeholder(tf.float32, [4], name="x")
        end = tf.while_loop(lambda v: tf.reduce_sum(v) < 9.0, lambda v: v * 2.0, [x])
        (step,) = explain(end).steps
        assert step.why.startswith("runs plans of their own: ")
        assert "body (" in step.why

    def test_a_loop_that_is_compiled_whole_says_why(self):
        if not HAS_JIT:
            pytest.skip("needs the JIT")
        end = tf.while_loop(lambda x: x < 9.0, lambda x: x * 2.0, [scalar("x")])
        explanation = explain(end)
        assert "condition and body compute nothing but scalars" in explanation.steps[0].why
        assert explanation.bodies == ()

    def test_a_loops_bodies_are_explained_too(self):
        x = tf.placeholder(tf.float32, [4], name="x")
        end = tf.while_loop(
            lambda i, v: i < 3, lambda i, v: (i + 1, tf.exp(v) + tf.exp(v)), [0, x], name="loop"
        )
        found = explain(end)
        titles = [body.title for body in found.bodies]
        assert [t.rpartition("its ")[2] for t in titles] == ["cond", "body"]
        assert found.bodies[1].change("merge_common").gone  # the second exp
        assert titles[1] in str(found)
        words = re.sub("<[^>]*>", " ", found._repr_svg_())
        assert f"Inside {titles[1]}" in words

    def test_a_conditionals_branches_are_explained_too(self):
        x = tf.placeholder(tf.float32, [4], name="x")
        y = tf.cond(tf.reduce_sum(x) > 0, lambda: tf.exp(x), lambda: tf.sin(x))
        kinds = [step.kind for body in explain(y).bodies for step in body.steps]
        assert "Exp" in kinds and "Sin" in kinds

    def test_feeds_cut_the_graph(self):
        y = tf.exp(scalar("x"), name="y")
        z = tf.sin(y, name="z")
        assert [s.name for s in explain(z, feeds=[y]).steps] == ["z"]
        assert [s.name for s in explain(z, feeds={y: 1.0}).steps] == ["z"]
        assert [s.name for s in explain(z, feeds=y.name).steps] == ["z"]

    def test_a_missing_feed_is_an_error(self):
        with pytest.raises(tf.errors.InvalidArgumentError, match="placeholder tensor 'x'"):
            explain(tf.exp(scalar("x")), feeds=[])

    def test_the_sessions_options_count(self):
        two = tf.add(1.0, 1.0, name="two")
        y = tf.multiply(scalar("x"), two, name="y")
        off = tf.OptimizerOptions(opt_level=-1)
        config = tf.ConfigProto(graph_options=tf.GraphOptions(optimizer_options=off))
        with tf.Session(config=config) as session:
            assert [s.name for s in explain(y, session=session).steps] == ["two", "y"]
            assert [s.name for s in explain(y).steps] == ["two", "y"]  # the default session
        assert [s.name for s in explain(y).steps] == ["y"]

    def test_nothing_is_run(self):
        v = tf.Variable(1.0, name="v")
        write = tf.assign_add(v, 1.0)
        with tf.Session() as session:
            session.run(v.initializer)
            explain(write, session=session, hot=True)
            assert session.run(v) == 1.0


class TestFiles:
    @pytest.mark.parametrize("kind", ["svg", "png", "pdf", "txt"])
    def test_each_format_is_written(self, tmp_path, kind):
        path = tmp_path / f"e.{kind}"
        explain(tf.exp(scalar("x"), name="y"), path=path)
        start = {"svg": b"<svg", "png": b"\x89PNG", "pdf": b"%PDF", "txt": b"y:0: a graph"}[kind]
        assert path.read_bytes().startswith(start)

    def test_the_path_is_the_second_argument_as_of_draw(self, tmp_path):
        explain(tf.exp(scalar("x"), name="y"), tmp_path / "e.svg")
        assert (tmp_path / "e.svg").read_bytes().startswith(b"<svg")

    def test_an_unknown_suffix_is_told_first(self):
        with pytest.raises(ValueError, match=r"\.svg, \.png, \.pdf, \.txt"):
            explain(tf.exp(scalar("x")), path="plan.bmp")

    def test_a_folder_that_is_not_there_is_an_oserror(self, tmp_path):
        with pytest.raises(OSError, match="missing"):
            explain(tf.exp(scalar("x")), path=tmp_path / "missing" / "e.svg")

    def test_a_notebook_shows_picture_and_words(self):
        html = explain(tf.exp(scalar("x"), name="y"))._repr_html_()
        assert "<svg" in html and "no library speeds up Exp" in html

    def test_a_missing_layout_program_leaves_the_words(self, monkeypatch):
        def missing():
            raise RenderError("no layout program found")

        explanation = explain(tf.exp(scalar("x"), name="y"))
        monkeypatch.setattr(render, "layout_program", missing)
        html = explanation._repr_html_()
        assert "no picture: no layout program" in html and "no library speeds up Exp" in html

    def test_markup_in_a_name_stays_text(self):
        title = "<script>alert(1)</script>"
        explanation = explain(tf.exp(scalar("x"), name="y"))
        object.__setattr__(explanation, "title", title)
        assert "<script" not in explanation._repr_html_()
        ElementTree.fromstring(explanation._repr_svg_())


def test_lenets_step_is_explained_whole(tmp_path):
    from flowgraph.examples import lenet_model

    net = lenet_model.build(1, 938)
    path = Path(tmp_path / "lenet.svg")
    explanation = explain([net.loss, net.train], path=path, hot=True)
    assert len(explanation.steps) > 50
    svg = path.read_text(encoding="utf-8")
    assert len(svg) < 200_000
    shown = words(svg)
    for title in ("prune", "fuse chains", "order state", "choose kernels", "The plan"):
        assert title in shown


def test_a_hot_plan_for_the_shapes_that_are_fed():
    with tf.Graph().as_default():
        x, y = (tf.placeholder(tf.float32, [None, 3]) for _ in range(2))
        fetch = tf.gradients(tf.sigmoid(x * y) * x, [x, y])
        values = {x: np.ones([5, 3]), y: np.ones([5, 3])}
        kinds = [
            " ".join(step.kind for step in explain(fetch, feeds=feeds, hot=True).steps)
            for feeds in (values, list(values))
        ]
    assert "BroadcastGradientArgs" in kinds[1]
    assert "BroadcastGradientArgs" not in kinds[0]
