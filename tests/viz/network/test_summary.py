"""`tf.viz.summary`: which layers there are, their parameters (Keras's and the collections' counts)
and multiply-adds (by hand, or from the nets' papers)."""

from __future__ import annotations

import re

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.examples import lenet_model
from flowgraph.viz import summary

slim = tf.contrib.slim


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as fresh:
        yield fresh


def names(table):
    return [row.name for row in table.rows]


def trained():
    return sum(v.shape.num_elements() for v in tf.trainable_variables())


class TestLayers:
    def test_lenet_up_to_its_last_weights(self):
        table = summary(lenet_model.build(seed=1, steps_per_epoch=10).graph)

        assert names(table) == ["digits", "input", "C1", "S2", "C3", "S4", "C5", "F6", "output"]
        assert [row.output for row in table.rows[2:5]] == ["?×28×28×6", "?×14×14×6", "?×10×10×16"]
        assert [row.what for row in table.rows[2:5]] == [
            "convolution 5×5, tanh", "average pooling 2×2", "convolution 5×5, tanh",
        ]  # fmt: skip
        # LeCun and others (1998) count the same way, but for C3's sparse table of maps.
        assert [row.parameters for row in table.rows[2:]] == [156, 0, 2416, 0, 48120, 10164, 850]
        by_hand = [28 * 28 * 25 * 6, 0, 10 * 10 * 25 * 6 * 16, 0, 25 * 16 * 120, 120 * 84, 840]
        assert [row.multiply_adds for row in table.rows[2:]] == by_hand
        assert (table.parameters, table.trainable, table.elsewhere) == (61706, 61706, 0)
        assert table.multiply_adds == sum(by_hand) and table.per_example

    def test_raw_ops_without_scopes(self):
        x = tf.placeholder(tf.float32, [None, 20])
        hidden = tf.nn.relu(
            tf.matmul(x, tf.Variable(tf.zeros([20, 30]))) + tf.Variable(tf.zeros([30]))
        )
        scores = tf.matmul(hidden, tf.Variable(tf.zeros([30, 10]))) + tf.Variable(tf.zeros([10]))
        loss = tf.reduce_mean(tf.square(scores))
        tf.train.AdamOptimizer().minimize(loss)

        table = summary()

        assert [(r.what, r.parameters) for r in table.rows] == [
            ("input", 0), ("full connection, ReLU", 630), ("full connection", 310),
        ]  # fmt: skip
        assert table.parameters == trained() == 940

    def test_a_loss_without_a_scope_is_no_part_of_the_last_layer(self):
        x = tf.placeholder(tf.float32, [None, 4], name="x")
        scores = tf.matmul(x, tf.Variable(tf.zeros([4, 4])), name="scores")
        tf.reduce_mean(tf.square(scores - x) * 2.0)

        from flowgraph.viz.network.layers import find_layers

        assert [op.name for op in find_layers(scores.graph).layers[-1].operations] == ["scores"]

    def test_nested_name_scopes_as_in_tensorflow_s_tutorial(self):
        def layer(values, inputs, outputs, name):
            with tf.name_scope(name):
                with tf.name_scope("weights"):
                    weights = tf.Variable(tf.zeros([inputs, outputs]))
                    tf.summary.scalar("mean", tf.reduce_mean(weights))
                with tf.name_scope("biases"):
                    biases = tf.Variable(tf.zeros([outputs]))
                with tf.name_scope("Wx_plus_b"):
                    sums = tf.matmul(values, weights) + biases
                    tf.summary.histogram("sums", sums)
                return tf.nn.relu(sums)

        with tf.name_scope("input"):
            x = tf.placeholder(tf.float32, [None, 784])
        hidden = layer(x, 784, 500, "layer1")
        with tf.name_scope("dropout"):
            hidden = tf.nn.dropout(hidden, tf.placeholder(tf.float32))
        layer(hidden, 500, 10, "layer2")

        table = summary()

        assert names(table) == ["input", "layer1", "dropout", "layer2"]
        assert [row.parameters for row in table.rows] == [0, 392500, 0, 5010]

    def test_tf_layers_with_everything(self):
        x = tf.placeholder(tf.float32, [None, 8, 8, 3], name="x")
        values = tf.layers.conv2d(x, 4, 3, activation=tf.nn.relu)
        values = tf.layers.batch_normalization(values, training=tf.placeholder(tf.bool))
        values = tf.layers.separable_conv2d(values, 6, 3)
        values = tf.layers.dropout(tf.layers.flatten(values), training=True)
        tf.layers.dense(values, 5)

        table = summary()

        assert names(table) == [
            "x", "conv2d", "batch_normalization", "separable_conv2d", "flatten", "dropout", "dense",
        ]  # fmt: skip
        assert table.row("batch_normalization").parameters == 16
        assert table.row("batch_normalization").trainable == 8
        assert table.row("separable_conv2d").what == "separable convolution 3×3"
        assert table.row("separable_conv2d").multiply_adds == 16 * (9 * 4 + 4 * 6)
        assert table.trainable == trained()
        assert table.parameters == trained() + 8

    def test_slim_s_batch_normalisation_is_part_of_its_convolution(self):
        x = tf.placeholder(tf.float32, [None, 8, 8, 3], name="x")
        with tf.variable_scope("net"):
            values = slim.conv2d(x, 4, 3, normalizer_fn=slim.batch_norm, scope="conv1")
            values = slim.max_pool2d(values, 2, scope="pool1")
            slim.fully_connected(slim.flatten(values), 3, scope="fc")

        table = summary()

        assert names(table) == ["x", "net/conv1", "net/pool1", "net/Flatten", "net/fc"]
        assert table.row("net/conv1").parameters == 3 * 3 * 3 * 4 + 3 * 4
        assert table.row("net/conv1").what == "convolution 3×3, batch normalisation, ReLU"

    @pytest.mark.parametrize("cell, gates", [("BasicLSTMCell", 4), ("GRUCell", 3)])
    @pytest.mark.parametrize("unrolled", [False, True])
    def test_recurrent_cells(self, cell, gates, unrolled):
        x = tf.placeholder(tf.float32, [None, 5, 3], name="x")
        make = getattr(tf.nn.rnn_cell, cell)
        if unrolled:
            tf.nn.static_rnn(make(7), tf.unstack(x, axis=1), dtype=tf.float32)
        else:
            tf.nn.dynamic_rnn(make(7), x, dtype=tf.float32)

        row = summary().rows[-1]

        assert row.parameters == trained() == gates * 7 * (3 + 7 + 1)
        assert row.multiply_adds == 5 * gates * 7 * (3 + 7)
        assert cell[-7:-4] in row.what or "LSTM" in row.what

    def test_a_loop_of_unknown_length_counts_a_step(self):
        x = tf.placeholder(tf.float32, [None, None, 3], name="x")
        tf.nn.dynamic_rnn(tf.nn.rnn_cell.GRUCell(7), x, dtype=tf.float32)

        table = summary()

        assert table.rows[-1].multiply_adds is None and table.multiply_adds is None
        assert table.rows[-1].adds_text == f"{3 * 7 * 10} a step"

    def test_block_cells_count_their_one_product(self):
        x = tf.placeholder(tf.float32, [6, 2, 3], name="x")
        tf.contrib.rnn.LSTMBlockFusedCell(5)(x, dtype=tf.float32)

        assert summary().multiply_adds == 6 * 2 * (3 + 5) * 4 * 5

    def test_a_loop_over_lengths_counts_the_longest(self):
        x = tf.placeholder(tf.float32, [None, 9, 3], name="x")
        lengths = tf.placeholder(tf.int32, [None], name="lengths")
        cell = tf.nn.rnn_cell.GRUCell(7)
        tf.nn.dynamic_rnn(cell, x, sequence_length=lengths, dtype=tf.float32)

        assert summary().multiply_adds == 9 * 3 * 7 * 10

    def test_what_a_data_set_gives_is_an_input(self):
        data = tf.data.Dataset.from_tensors({"x": np.ones([4], np.float32)}).repeat().batch(8)
        values = data.make_one_shot_iterator().get_next()["x"]
        tf.layers.dense(values, 3, name="scores")

        table = summary()
        assert [(r.what, r.shape) for r in table.rows] == [
            ("input", (None, 4)), ("full connection", (None, 3)),
        ]  # fmt: skip

    @pytest.mark.parametrize("optimizer", ["Adam", "Momentum", "Adagrad"])
    def test_slots_of_sparse_updates_are_no_layers(self, optimizer):
        ids = tf.placeholder(tf.int32, [None], name="ids")
        with tf.variable_scope("net"):
            table = tf.get_variable("table", [20, 4])
            loss = tf.reduce_sum(tf.nn.embedding_lookup(table, ids))
            more = {"momentum": 0.9} if optimizer == "Momentum" else {}
            getattr(tf.train, optimizer + "Optimizer")(0.1, **more).minimize(loss)

        found = summary()

        assert [r.parameters for r in found.rows] == [0, 80]
        assert (found.parameters, found.trainable, found.elsewhere) == (80, 80, 0)

    def test_shared_weights_are_counted_once(self):
        first, second = (tf.placeholder(tf.float32, [None, 4], name=n) for n in "ab")
        for k, values in enumerate((first, second)):
            with tf.variable_scope("twin", reuse=k > 0):
                tf.layers.dense(tf.layers.dense(values, 5, name="one"), 6, name="two")

        table = summary()

        assert table.parameters == trained() == 25 + 36
        assert sorted(row.shared for row in table.rows) == ["", "", "", "", "twin/one", "twin/two"]

    def test_a_scope_a_variable_scope_and_a_tensor(self):
        x = tf.placeholder(tf.float32, [None, 4], name="x")
        with tf.variable_scope("body") as scope:
            hidden = tf.layers.dense(tf.layers.dense(x, 5, name="one"), 6, name="two")
        tf.layers.dense(hidden, 7, name="head")

        assert names(summary("body")) == names(summary(scope)) == ["body/one", "body/two"]
        assert summary("body").parameters == 25 + 36
        assert names(summary(hidden)) == ["x", "body/one", "body/two"]
        assert names(summary("head")) == ["head"]

    def test_a_batch_of_known_size_counts_the_batch(self):
        tf.layers.dense(tf.placeholder(tf.float32, [32, 4]), 5)

        table = summary()

        assert (table.multiply_adds, table.per_example) == (32 * 20, False)
        assert "640 multiply-adds for the batch" in str(table)

    def test_a_graph_that_computes_without_weights(self):
        b, c = (tf.placeholder(tf.float32, [2], name=n) for n in "bc")
        tf.multiply(b + c, c + 2.0, name="a")

        assert names(summary()) == ["b", "c", "add", "add_1", "a"]


class TestKeras:
    def models(self):
        keras, layers = tf.keras, tf.keras.layers
        yield keras.Sequential([
            layers.Conv2D(8, 3, activation="relu", input_shape=(28, 28, 1)), layers.MaxPooling2D(),
            layers.BatchNormalization(), layers.Flatten(), layers.Dropout(0.5), layers.Dense(10),
        ])  # fmt: skip
        yield keras.Sequential([
            layers.Embedding(50, 8, input_length=6), layers.LSTM(4, return_sequences=True),
            layers.GRU(3, return_sequences=True), layers.SimpleRNN(2), layers.Dense(1),
        ])  # fmt: skip
        one, two = layers.Input((4,)), layers.Input((4,))
        shared = layers.Dense(3)
        yield keras.Model([one, two], layers.Add()([shared(one), shared(two)]))
        frozen = keras.Sequential([layers.Dense(5, input_shape=(3,)), layers.Dense(2)])
        frozen.layers[0].trainable = False
        yield frozen

    def test_counts_are_those_of_count_params(self):
        for model in self.models():
            table = summary(model)
            expected = {layer.name: layer.count_params() for layer in model.layers}
            found = {row.name: row.parameters for row in table.rows}
            assert {n: found.get(n, 0) for n in expected} == expected
            assert table.parameters == model.count_params()
            weights = model.trainable_weights
            assert table.trainable == sum(w.shape.num_elements() for w in weights)

    @pytest.mark.parametrize(
        "net, parameters, multiply_adds",
        [("VGG16", 138_357_544, 15_470_264_320), ("MobileNet", 4_253_864, 568_740_352)],
    )
    def test_known_nets(self, net, parameters, multiply_adds):
        """TensorFlow's counts; the papers tell 15.5 thousand millions and 569 millions."""
        table = summary(getattr(tf.keras.applications, net)(weights=None))

        assert (table.parameters, table.multiply_adds) == (parameters, multiply_adds)

    def test_recurrent_layers_count_every_step(self):
        layers = tf.keras.layers
        model = tf.keras.Sequential([
            layers.LSTM(4, input_shape=(6, 3), return_sequences=True), layers.SimpleRNN(2),
        ])  # fmt: skip

        table = summary(model)

        assert [r.multiply_adds for r in table.rows[1:]] == [6 * 7 * 16, 6 * (4 * 2 + 2 * 2)]

    def test_a_subclass_knows_its_weights_and_no_sizes(self):
        class Own(tf.keras.Model):
            def __init__(self):
                super().__init__()
                self.one = tf.keras.layers.Dense(3)

            def call(self, values):
                return self.one(values)

        model = Own()
        model.build((None, 4))
        table = summary(model)

        assert [(r.name, r.parameters, r.shape) for r in table.rows] == [("dense", 15, None)]
        assert table.multiply_adds is None

    def test_a_model_that_was_not_built(self):
        with pytest.raises(ValueError, match="'sequential.*' has not been built yet"):
            summary(tf.keras.Sequential([tf.keras.layers.Dense(3)]))


class TestShown:
    def table(self):
        x = tf.placeholder(tf.float32, [None, 784], name="pixels")
        return summary(tf.layers.dense(x, 10, activation=tf.nn.softmax, name="scores"))

    def test_text(self):
        assert str(self.table()) == "\n".join([
            "scores/Softmax:0: 2 layers",
            "─" * 67,
            "Layer   What it does              Output  Parameters  Multiply-adds",
            "─" * 67,
            "pixels  input                     ?×784            –              –",
            "scores  full connection, softmax  ?×10         7,850          7,840",
            "─" * 67,
            "7,850 parameters (31.4 kB): all trainable",
            "7,840 multiply-adds for an example",
        ])  # fmt: skip

    def test_html_holds_every_row_and_escapes_names(self, monkeypatch):
        tf.layers.dense(tf.placeholder(tf.float32, [None, 4], name="x"), 5, name="y")
        import dataclasses

        table = summary()
        evil = dataclasses.replace(table.rows[0], name="<script>alert(1)</script>")
        html = dataclasses.replace(table, rows=(evil, *table.rows))._repr_html_()

        assert "<script" not in html and "&lt;script&gt;" in html
        assert len(re.findall("<tr>", html)) == 1 + 3 + 1

    def test_an_unknown_row_tells_which_there_are(self):
        with pytest.raises(KeyError, match="pixels.*scores"):
            self.table().row("nowhere")


class TestMistakes:
    def test_nothing_that_has_layers(self):
        with pytest.raises(TypeError, match=r"expected a Keras model, a Graph.*got 3"):
            summary(3)

    def test_an_empty_graph(self):
        with pytest.raises(ValueError, match="no layers in the graph"):
            summary()

    def test_a_scope_that_is_not_there(self):
        tf.constant(1.0)
        with pytest.raises(ValueError, match="no scope 'tower'"):
            summary("tower")

    def test_a_graph_def(self, graph):
        tf.layers.dense(tf.placeholder(tf.float32, [None, 4], name="x"), 5, name="y")

        assert names(summary(graph.as_graph_def())) == ["x", "y"]

    def test_unknown_ranks(self):
        x = tf.placeholder(tf.float32, name="x")
        table = summary(tf.nn.relu(tf.matmul(x, tf.Variable(np.zeros([3, 4], np.float32)))))

        assert table.rows[0].shape is None and table.rows[0].output == "any shape"
        assert table.rows[-1].parameters == 12
