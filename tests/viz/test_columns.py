"""A tall chain is cut into columns, where one edge alone joins the two sides."""

import re

import pytest

import flowgraph as tf
from flowgraph.viz.columns import cuts
from flowgraph.viz.dot import to_dot
from flowgraph.viz.model import build_picture
from flowgraph.viz.render import draw


def chain(length, skip=False):
    """A tensor at the end of a chain of operations; `skip` joins its ends once more."""
    with tf.Graph().as_default():
        first = last = tf.placeholder(tf.float32, [2, 3], name="x")
        for i in range(length):
            last = (tf.tanh if i % 2 else tf.exp)(last, name=f"step{i}")
        return tf.add(last, first, name="joined") if skip else last


def size(svg):
    return [float(n) for n in re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', svg).groups()]


def test_a_short_chain_stays_whole():
    assert cuts(build_picture(chain(6))) == ()


def test_a_tall_chain_becomes_columns_that_fit_a_screen():
    end = chain(20)
    width, height = size(draw(end))
    alone, tall = size(draw(end, columns=1))
    assert tall > 1.7 * height
    assert width > alone


def test_columns_are_about_as_tall_as_each_other():
    ((edge,),) = cuts(build_picture(chain(20)), columns=2)
    assert 7 <= int(edge.source.removeprefix("step")) <= 12


def test_a_cut_edge_ends_and_goes_on_at_circles_of_its_number():
    picture = build_picture(chain(20))
    text = to_dot(picture, cut=cuts(picture, 2))
    ((edge,),) = cuts(picture, 2)
    assert re.search(rf'{edge.source} -> "cut 1 out"', text)
    assert re.search(rf'"cut 1 in" -> {edge.target}', text)
    assert f"{edge.source} -> {edge.target}" not in text
    assert "goes on" in text


def test_the_column_that_begins_the_chain_is_at_the_left():
    with tf.Graph().as_default() as graph:
        tf.exp(tf.placeholder(tf.float32, [], name="step"))  # made first, joined to no column
        last = tf.placeholder(tf.float32, [2, 3], name="x")
        for i in range(20):
            last = (tf.tanh if i % 2 else tf.exp)(last)
    picture = build_picture(graph)
    text = to_dot(picture, cut=cuts(picture, 2))
    assert re.search(r'x -> "cut 1 in" \[style=invis', text)
    assert re.search(r'"legend placeholder" -> step \[style=invis', text)


def test_what_is_joined_twice_is_not_cut():
    assert cuts(build_picture(chain(20, skip=True)), 2) == ()


def test_blocks_with_a_way_round_are_cut_between_them():
    with tf.Graph().as_default():
        value = tf.placeholder(tf.float32, [2], name="x")
        for i in range(8):
            inside = tf.tanh(tf.exp(value, name=f"first{i}"), name=f"second{i}")
            value = tf.maximum(value, inside, name=f"joined{i}")
    picture = build_picture(value)
    (cut,) = cuts(picture, 2)
    assert cut[0].source.startswith("joined")
    assert {edge.target.rstrip("0123456789") for edge in cut} == {"first", "joined"}
    text = to_dot(picture, cut=(cut,))
    assert text.count('-> "cut 1 out"') == 1
    assert text.count('"cut 1 in" ->') == 2


def test_a_box_is_not_split():
    with tf.Graph().as_default():
        value = tf.placeholder(tf.float32, [2], name="x")
        with tf.name_scope("inside"):
            for i in range(12):
                value = (tf.tanh if i % 2 else tf.exp)(value, name=f"step{i}")
        for i in range(12):
            value = (tf.tanh if i % 2 else tf.exp)(value, name=f"after{i}")
    for (edge,) in cuts(build_picture(value, depth=1), 3):
        assert not (edge.source.startswith("inside") and edge.target.startswith("inside"))


def test_a_cut_that_does_not_help_is_not_made():
    with tf.Graph().as_default():
        value = tf.placeholder(tf.float32, [2], name="x")
        with tf.name_scope("tall"):
            for i in range(20):
                value = (tf.tanh if i % 2 else tf.exp)(value, name=f"step{i}")
    assert cuts(build_picture(value, depth=1)) == ()


def test_columns_that_are_none_are_refused():
    with pytest.raises(ValueError, match="columns must be 1 or more, got 0"):
        draw(chain(2), columns=0)


def test_variables_of_the_optimizer_alone_are_in_its_box():
    with tf.Graph().as_default():
        w = tf.get_variable("w", [3])
        train = tf.train.AdamOptimizer().minimize(tf.reduce_sum(tf.square(w)), name="fit")
        picture = build_picture(train, fold=["fit"], depth=3)
    assert "beta1_power" not in {node.name for node in picture.nodes}
    assert "beta1_power" in picture.node("fit").operations


def test_a_variable_that_the_net_uses_stays_outside_of_the_optimizer():
    with tf.Graph().as_default():
        rate = tf.get_variable("rate", [], trainable=False)
        w = tf.get_variable("w", [3])
        loss = tf.reduce_sum(tf.square(w) * rate)
        train = tf.train.AdamOptimizer(rate).minimize(loss, name="fit")
        picture = build_picture(train, fold=["fit"], depth=3)
    assert "rate" in {node.name for node in picture.nodes}


def blocks(count):
    """A net whose layers say in their names which block they are of, as Keras's ResNet does."""
    phase = tf.placeholder_with_default(False, [], name="is_training")
    value = tf.placeholder(tf.float32, [None, 8], name="x")
    for i in range(count):
        for name in ("conv", "bn", "conv2", "bn2"):
            with tf.name_scope(f"stage{i // 4}_block{i % 4}_1_{name}"):
                for _ in range(2 + len(name) % 3):  # so that neighbours are not alike
                    value = tf.tanh(tf.where(phase, value, value + 1.0))
    return value


def test_layers_whose_names_begin_alike_are_bunched():
    with tf.Graph().as_default() as graph:
        blocks(20)
    picture = build_picture(graph)
    node = picture.node("stage0_block0_1…")
    assert node.title == "stage0_block0_1…"
    assert "stage0_block0_1_bn/Tanh" in node.operations
    assert len(picture.nodes) == 22


def test_bunches_of_neighbours_do_not_feed_themselves():
    """Scopes and operations that take turns are bunched together, in their order."""
    with tf.Graph().as_default() as graph:
        value = tf.placeholder(tf.float32, [2], name="x")
        for i in range(50):
            with tf.name_scope(f"scope{i}"):
                value = tf.exp(tf.sin(value)) if i % 2 else tf.sin(tf.tanh(tf.exp(value)))
            value = tf.tanh(value, name=f"between{i}")
    edges = {(e.source, e.target) for e in build_picture(graph).edges}
    assert 10 < len(edges) < 30
    assert not any((target, source) in edges for source, target in edges)


def test_a_crowd_of_one_name_is_not_one_bunch():
    with tf.Graph().as_default() as graph:
        value = tf.placeholder(tf.float32, [2], name="x")
        for _ in range(200):
            value = tf.tanh(value)
    assert len(build_picture(graph).nodes) > 20


def test_a_value_that_goes_everywhere_is_told_of_in_its_node():
    with tf.Graph().as_default() as graph:
        blocks(20)
    picture = build_picture(graph)
    assert "used in 20 places" in picture.node("is_training").detail
    assert not any(e.source == "is_training" and not e.background for e in picture.edges)


def test_the_only_input_of_many_keeps_its_edges():
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [2], name="x")
        for _ in range(9):
            tf.tanh(x)
    assert sum(e.source == "x" and not e.background for e in build_picture(graph).edges) == 9


def test_nothing_is_refused():
    with pytest.raises(TypeError, match="got None"):
        draw(None)
