"""`tf.viz.architecture`: the volumes, what leads from one to the next, folding, other ways."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import pytest
from matplotlib.image import imread

import flowgraph as tf
from flowgraph.examples import lenet_model
from flowgraph.viz import architecture
from flowgraph.viz.network.diagram import WIDEST_ROW
from flowgraph.viz.network.layers import find_layers
from flowgraph.viz.network.stages import Arc, Repeat, find_stages

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as fresh:
        yield fresh


def texts(svg: str) -> list[str]:
    return [item.text or "" for item in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def stages(source):
    return find_stages(find_layers(source))


def volumes(diagram):
    return [stage.volume.text for stage in diagram.stages]


def residual_net(blocks):
    values = tf.placeholder(tf.float32, [None, 32, 32, 3], name="picture")
    values = tf.layers.conv2d(values, 16, 3, padding="same", name="stem")
    for k in range(blocks):
        with tf.variable_scope(f"block{k}"):
            inner = tf.layers.conv2d(values, 8, 1, activation=tf.nn.relu, name="narrow")
            inner = tf.layers.conv2d(inner, 16, 3, padding="same", name="wide")
            values = tf.nn.relu(values + inner)
    return tf.layers.dense(tf.reduce_mean(values, [1, 2], name="mean"), 10, name="scores")


class TestStages:
    def test_lenet_reads_as_its_paper_s_figure(self):
        svg = architecture(lenet_model.build(seed=1, steps_per_epoch=10).graph)

        shown = texts(svg)
        for name, size in [
            ("digits", "32×32"), ("C1", "6@28×28"), ("S2", "6@14×14"), ("C3", "16@10×10"),
            ("S4", "16@5×5"), ("C5", "120"), ("F6", "84"), ("output", "10"),
        ]:  # fmt: skip
            assert shown[shown.index(name) + 1] == size
        assert shown.count("convolution") == 3 and shown.count("full connection") == 2
        assert float(ElementTree.fromstring(svg).get("width")) < WIDEST_ROW

    def test_vgg_folds_its_convolutions(self):
        diagram = stages(tf.keras.applications.VGG16(weights=None))

        assert [s.times for s in diagram.stages if s.kind == "convolution"] == [2, 2, 3, 3, 3]
        assert [s.times for s in diagram.stages if s.kind == "dense"] == [2, 1]
        assert volumes(diagram)[:3] == ["3@224×224", "64@224×224", "64@112×112"]

    def test_what_keeps_sizes_and_has_no_weights_is_no_stage(self):
        x = tf.placeholder(tf.float32, [None, 8, 8, 3], name="x")
        values = tf.layers.conv2d(x, 4, 3, name="conv")
        values = tf.nn.relu(tf.layers.batch_normalization(values))
        values = tf.layers.dropout(tf.layers.flatten(values), training=True)
        diagram = stages(tf.nn.softmax(tf.layers.dense(values, 5, name="dense")))

        assert [s.name for s in diagram.stages] == ["x", "conv", "dense"]
        assert diagram.stages[1].does == ("convolution", "3×3, BN, ReLU, dropout")
        assert diagram.stages[2].does == ("full connection", "softmax")

    def test_channels_first(self):
        x = tf.placeholder(tf.float32, [None, 3, 10, 12], name="x")
        values = tf.layers.conv2d(x, 4, 3, data_format="channels_first", name="conv")

        assert volumes(stages(values))[1] == "4@8×10"

    def test_residual_blocks_become_one_with_a_count_and_an_arc(self):
        net = residual_net(4)
        diagram = stages(net)

        assert [s.name for s in diagram.stages] == [
            "picture", "stem", "block0/narrow", "block0/wide", "mean", "scores",
        ]  # fmt: skip
        assert diagram.repeats == (Repeat(2, 3, 4),)
        assert diagram.arcs == (Arc(1, 3, ""),)
        assert "×4" in texts(architecture(net))

    def test_branches_that_join_are_counted(self):
        x = tf.placeholder(tf.float32, [None, 8, 8, 3], name="x")
        ways = [tf.layers.conv2d(x, 4, k, padding="same", name=f"way{k}") for k in (1, 3, 5)]
        diagram = stages(tf.concat(ways, 3, name="joined"))

        assert volumes(diagram) == ["8×8".join(["3@", ""]), "4@8×8", "12@8×8"]
        assert diagram.arcs == (Arc(0, 2, "2 more ways"),)

    def test_two_heads_that_meet_at_once_are_told_in_words(self):
        x = tf.placeholder(tf.float32, [None, 8], name="x")
        mean, deviation = (tf.layers.dense(x, 2, name=n) for n in ("mean", "deviation"))
        sample = tf.add(mean, tf.exp(deviation), name="sample")
        diagram = stages(tf.layers.dense(sample, 8, name="decoder"))

        assert [s.name for s in diagram.stages] == ["x", "mean", "decoder"]
        assert diagram.stages[1].does == ("full connection", "+ full connection")
        assert diagram.arcs == ()

    def test_a_second_input_is_told(self):
        one, two = (tf.placeholder(tf.float32, [None, 4], name=n) for n in ("one", "two"))
        joined = tf.concat([tf.layers.dense(one, 5, name="body"), two], 1, name="joined")

        assert "+ two" in texts(architecture(tf.layers.dense(joined, 3, name="scores")))

    def test_sequences_hand_their_state_on(self):
        x = tf.placeholder(tf.float32, [None, 12, 3], name="x")
        values, _ = tf.nn.dynamic_rnn(tf.nn.rnn_cell.GRUCell(7), x, dtype=tf.float32)
        svg = architecture(tf.layers.dense(values[:, -1], 2, name="scores"))

        assert {"12×3", "12×7", "GRU", "…"} <= set(texts(svg))
        assert svg.count("<path") >= 4  # arrows between the steps that are drawn

    def test_long_nets_go_on_in_another_row(self):
        values = tf.placeholder(tf.float32, [None, 64, 64, 3], name="picture")
        for k in range(16):
            values = tf.layers.conv2d(values, 4 + k, 3, padding="same", name=f"conv{k}")
        svg = architecture(values)

        assert float(ElementTree.fromstring(svg).get("width")) < 1.3 * WIDEST_ROW
        assert {f"conv{k}" for k in range(16)} <= set(texts(svg))

    def test_headings_and_words_do_not_overlap(self):
        svg = architecture(lenet_model.build(seed=1, steps_per_epoch=10).graph, theme="light")
        spots = [
            (float(t.get("y")), float(t.get("x")), len(t.text or "") * 6.0)
            for t in ElementTree.fromstring(svg).iter(f"{SVG}text")
        ]  # fmt: skip
        for y, x, width in spots:
            for other_y, other_x, other in spots:
                if (y, x) != (other_y, other_x) and abs(y - other_y) < 8:
                    assert abs(x - other_x) > (width + other) / 2


class TestWritten:
    def test_formats_themes_and_title(self, tmp_path):
        net = tf.layers.dense(tf.placeholder(tf.float32, [None, 4], name="x"), 5, name="y")
        for ending in ("svg", "png", "pdf"):
            path = tmp_path / f"net.{ending}"
            assert architecture(net, path, title="A net") == str(path)
            assert path.stat().st_size > 1000
        assert imread(tmp_path / "net.png").std() > 0.02
        assert "A net" in texts((tmp_path / "net.svg").read_text())
        assert "prefers-color-scheme" in architecture(net)
        assert "prefers-color-scheme" not in architecture(net, theme="dark")

    def test_names_are_escaped(self):
        keras = tf.keras
        model = keras.Sequential([keras.layers.Dense(3, input_shape=(2,))])
        model.layers[0]._name = "<script>alert(1)</script>"

        svg = architecture(model)

        assert "<script" not in svg
        ElementTree.fromstring(svg)

    def test_mistakes(self, tmp_path):
        net = tf.layers.dense(tf.placeholder(tf.float32, [None, 4], name="x"), 5, name="y")
        with pytest.raises(ValueError, match=re.escape("must be one of .svg, .png, .pdf")):
            architecture(net, tmp_path / "net.bmp")
        with pytest.raises(FileNotFoundError, match="nowhere"):
            architecture(net, tmp_path / "nowhere" / "net.svg")
        with pytest.raises(ValueError, match="theme must be one of"):
            architecture(net, theme="blue")
        with pytest.raises(TypeError, match="got 3"):
            architecture(3)

    def test_a_keras_subclass_has_no_outputs(self):
        class Own(tf.keras.Model):
            def __init__(self):
                super().__init__()
                self.one = tf.keras.layers.Dense(3)

            def call(self, values):
                return self.one(values)

        model = Own()
        model.build((None, 4))
        with pytest.raises(ValueError, match="layer 'dense' of model 'own' has no outputs to draw"):
            architecture(model)
        values = model(tf.placeholder(tf.float32, [None, 4], name="x"))
        assert volumes(stages(values)) == ["4", "3"]
