"""tf.summary's functions: tags, collections, merging, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

import flowgraph as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def values(summary, feed=None):
    with tf.Session() as session:
        return tf.Summary.FromString(session.run(summary, feed)).value


def test_tags_have_the_scopes_and_are_unique():
    with tf.name_scope("outer"):
        first = tf.summary.scalar("loss", 1.0)
        second = tf.summary.scalar("loss", 2.0)
    third = tf.summary.scalar("a b", 3.0, family="f")
    assert [values(s)[0].tag for s in (first, second, third)] == [
        "outer/loss", "outer/loss_1", "f/f/a_b",
    ]  # fmt: skip


def test_merge_all_takes_what_the_graph_collected():
    assert tf.summary.merge_all() is None
    tf.summary.scalar("a", 1.5)
    tf.summary.histogram("b", tf.constant([1.0, 2.0]))
    tf.summary.scalar("c", 2.5, collections=["others"])
    merged = values(tf.summary.merge_all())
    assert [v.tag for v in merged] == ["a", "b"]
    assert merged[0].simple_value == 1.5
    assert merged[1].histo.num == 2
    assert [v.tag for v in values(tf.summary.merge_all(key="others"))] == ["c"]


def test_merge_refuses_a_tag_that_comes_twice():
    one = tf.summary.scalar("a", 1.0)
    with pytest.raises(tf.errors.InvalidArgumentError, match="Duplicate tag a found"):
        values(tf.summary.merge([one, one]))


def test_merge_refuses_what_is_no_summary():
    with pytest.raises(tf.errors.InvalidArgumentError, match="Could not parse"):
        values(tf.summary.merge([tf.constant(b"\xff\xff")]))


def test_histogram_has_every_number_in_a_bucket():
    numbers = np.random.RandomState(0).normal(size=1000).astype(np.float32)
    (value,) = values(tf.summary.histogram("h", tf.constant(numbers)))
    told = value.histo
    assert sum(told.bucket) == told.num == 1000
    assert (told.min, told.max) == (numbers.min(), numbers.max())
    edges = np.array([-np.inf, *told.bucket_limit])
    expected, _ = np.histogram(numbers.astype(np.float64), edges)
    np.testing.assert_array_equal(expected, told.bucket)


@pytest.mark.parametrize(("bad", "said"), [(np.nan, "Nan"), (np.inf, "Infinity")])
def test_histogram_names_the_node_with_a_bad_number(bad, said):
    summary = tf.summary.histogram("weights", tf.constant([1.0, bad]))
    with pytest.raises(tf.errors.InvalidArgumentError, match=f"{said} in summary histogram for: w"):
        values(summary)


def test_scalar_refuses_a_vector():
    summary = tf.summary.scalar("loss", tf.constant([1.0, 2.0]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="not the same shape.*tag 'loss'"):
        values(summary)


def test_image_is_a_png_of_the_picture():
    pictures = np.random.RandomState(0).randint(0, 256, (5, 4, 6, 3)).astype(np.uint8)
    told = values(tf.summary.image("i", tf.constant(pictures), max_outputs=2))
    assert [v.tag for v in told] == ["i/image/0", "i/image/1"]
    assert (told[0].image.height, told[0].image.width, told[0].image.colorspace) == (4, 6, 3)
    with tf.Session() as session:
        decoded = session.run(tf.image.decode_png(told[1].image.encoded_image_string))
    np.testing.assert_array_equal(decoded, pictures[1])


def test_image_refuses_other_shapes():
    summary = tf.summary.image("i", tf.placeholder(tf.float32))
    with pytest.raises(tf.errors.InvalidArgumentError, match="Tensor must be 4-D"):
        values(summary, {"Placeholder:0": np.zeros((2, 3))})


def test_text_refuses_numbers():
    with pytest.raises(ValueError, match="dtype string"):
        tf.summary.text("t", tf.constant(1.0))


def test_text_tells_tensorboard_its_plugin():
    (value,) = values(tf.summary.text("t", tf.constant(["a", "b"])))
    assert value.metadata.plugin_data.plugin_name == "text"
    assert tf.make_ndarray(value.tensor).tolist() == [b"a", b"b"]


def test_description_of_a_tensor_summary():
    op = tf.raw_ops.TensorSummary(tensor=1.0, description='{"typeHint": "number"}').op
    assert tf.summary.get_summary_description(op.node_def).type_hint == "number"
    with pytest.raises(ValueError, match="Can't get_summary_description on Const"):
        tf.summary.get_summary_description(tf.constant(1.0).op.node_def)


def test_names_of_before_1_0():
    tf.scalar_summary("my tag", 1.0)
    tf.scalar_summary(["a", "b"], [1.0, 2.0])
    tf.histogram_summary("h", [1.0])
    assert [v.tag for v in values(tf.merge_all_summaries())] == ["my tag", "a", "b", "h"]
