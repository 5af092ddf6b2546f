"""Examples that are not what was asked for, features that contradict each other, odd messages."""

import numpy as np
import pytest

import flowgraph as tf

F, VAR, SEQ = tf.FixedLenFeature, tf.VarLenFeature, tf.FixedLenSequenceFeature


def feature(values):
    train = tf.train
    if values is None:
        return train.Feature()
    if isinstance(values[0], bytes):
        return train.Feature(bytes_list=train.BytesList(value=values))
    if isinstance(values[0], float):
        return train.Feature(float_list=train.FloatList(value=values))
    return train.Feature(int64_list=train.Int64List(value=values))


def features(**values):
    return tf.train.Features(feature={k: feature(v) for k, v in values.items()})


def example(**values):
    return tf.train.Example(features=features(**values)).SerializeToString()


def sequence(lists, **context):
    lists = {k: tf.train.FeatureList(feature=map(feature, v)) for k, v in lists.items()}
    return tf.train.SequenceExample(
        context=features(**context), feature_lists=tf.train.FeatureLists(feature_list=lists)
    ).SerializeToString()


def run_error(session, parsed):
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        session.run(parsed)
    return str(error.value)


@pytest.mark.parametrize(
    ("first", "wanted", "said"),
    [
        ({"a": [3]}, F([1], tf.int64), "Number of int64 values != expected.  Values size: 2"),
        ({}, F([2], tf.float32, [1, 2]), "Data type: int64 but expected type: float"),
        ({}, VAR(tf.string), "Data types don't match."),
        ({}, SEQ([3], tf.int64, True), "not a multiple of stride length. Saw 2 values"),
    ],
)
def test_features_that_do_not_fit(session, first, wanted, said):
    batch = [example(**first), example(a=[1, 2])]
    told = run_error(session, tf.parse_example(batch, {"a": wanted}))
    assert "Name: <unknown>, Key: a, Index: 1.  " in told and said in told


def test_a_feature_that_is_missing(session):
    told = run_error(session, tf.parse_example([example(a=[1])], {"b": F([1], tf.float32)}))
    assert (
        "Name: <unknown>, Feature: b (data type: float) is required but could not be found." in told
    )


def test_examples_can_have_names(session):
    batch = [example(), example(a=[1.0])]
    parsed = tf.parse_example(batch, {"a": VAR(tf.int64)}, example_names=["first", "second"])
    assert "Name: second, Key: a, Index: 1." in run_error(session, parsed)
    single = tf.parse_single_example(
        batch[1], {"a": VAR(tf.int64)}, example_names=tf.constant("it")
    )
    assert "Name: it, Key: a" in run_error(session, single)
    names = tf.placeholder_with_default(["one"], [None])
    parsed = tf.parse_example(batch, {"a": VAR(tf.float32)}, example_names=names)
    assert "len(names) == len(serialized), but got: 1 vs. 2" in run_error(session, parsed)


@pytest.mark.parametrize("data", [b"garbage", b"\x0a\xff", b"\x0a\x05\x0a\x09abc", b"\x80"])
def test_bytes_that_are_no_example(session, data):
    for parsed in (
        tf.parse_example([data], {"a": VAR(tf.int64)}),
        tf.parse_single_example(data, {"a": VAR(tf.int64)}),
        tf.parse_single_sequence_example(data, {"a": VAR(tf.int64)}),
        tf.io.parse_sequence_example([data], {"a": VAR(tf.int64)}),
    ):
        assert "Could not parse example input" in run_error(session, parsed)


def test_a_feature_that_is_broken(session):
    # a: a feature whose list of floats has 3 bytes
    data = bytes.fromhex("0a0e0a0c0a0161120712050a03000000")
    assert "Can't parse serialized Example" in run_error(
        session, tf.parse_example([data], {"a": VAR(tf.float32)})
    )


def test_single_examples_that_do_not_fit(session):
    data = example(a=[1, 2])
    for wanted, said in (
        ({"b": F([1], tf.float32)}, "Feature: b (data type: float) is required but could not"),
        ({"a": F([1], tf.float32)}, "Key: a.  Data types don't match."),
        ({"a": F([3], tf.int64)}, "Key: a.  Number of int64 values != expected."),
    ):
        assert said in run_error(session, tf.parse_single_example(data, wanted))


def test_the_last_feature_of_one_name_counts(session):
    data = example(a=[1]) + example(a=[2, 3])
    assert session.run(tf.parse_example([data], {"a": VAR(tf.int64)}))["a"].values.tolist() == [
        2,
        3,
    ]


def test_a_feature_that_holds_nothing_is_missing(session):
    parsed = tf.parse_example([example(a=None)], {"a": F([], tf.int64, 7)})
    assert session.run(parsed)["a"].tolist() == [7]


def test_many_numbers(session):
    values = np.random.RandomState(3).randint(-(2**62), 2**62, 1000)
    values >>= np.arange(1000) % 63
    parsed = tf.parse_single_example(
        example(a=values.tolist(), b=[0.5] * 500), {"a": F([1000], tf.int64), "b": VAR(tf.float32)}
    )
    found = session.run(parsed)
    assert found["a"].tolist() == values.tolist() and found["b"].dense_shape.tolist() == [500]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({}, "Missing"),
        ({"a": 3}, "Invalid feature a:3"),
        ({"a": VAR(None)}, "Missing type for feature a"),
        ({"a": F(None, tf.int64)}, "Missing shape for feature a"),
        ({"a": F([None], tf.int64)}, "First dimension of shape for feature a unknown"),
        ({"a": F([2, None], tf.int64)}, "All dimensions of shape for feature a need to be known"),
        ({"a": SEQ([], tf.int64)}, "requires allow_missing to be True"),
        ({"a": tf.SparseFeature("", "v", tf.int64, 3)}, "Missing index_key"),
        ({"a": tf.SparseFeature("i", "", tf.int64, 3)}, "Missing value_key"),
        ({"a": tf.SparseFeature("i", "v", tf.int64, 3), "i": VAR(tf.string)}, "Conflicting type"),
        (
            {"a": F([], tf.int64), "b": tf.SparseFeature("a", "v", tf.int64, 3)},
            "must not intersect",
        ),
    ],
)
def test_features_that_cannot_be(wanted, said):
    with tf.Graph().as_default():
        with pytest.raises(ValueError, match=said):
            tf.parse_example([b""], wanted)
        with pytest.raises(ValueError, match=said):
            tf.parse_single_example(b"", wanted)


@pytest.mark.parametrize("feature", [VAR(tf.int32), F([], tf.float64)])
def test_dtypes_that_cannot_be(feature):
    with tf.Graph().as_default():
        for parse, serialized in ((tf.parse_example, [b""]), (tf.parse_single_example, b"")):
            with pytest.raises(TypeError, match=f"{feature.dtype.name} is not in the list of al"):
                parse(serialized, {"a": feature})


def test_defaults_that_do_not_fit(session):
    default = tf.placeholder_with_default([1.0, 2.0], None)
    parsed = tf.parse_example([b""], {"a": F([1], tf.float32, default)})
    assert "is not compatible with dense_shapes_[0] == [1]" in run_error(session, parsed)


# --- SequenceExample ------------------------------------------------------------------------------
@pytest.mark.parametrize("batch", [False, True])
@pytest.mark.parametrize(
    ("context", "lists", "said"),
    [
        ({"z": F([], tf.int64)}, {}, "Context feature 'z' is required but could not be found"),
        ({"c": F([2], tf.int64)}, {}, "Context feature: c.  Number of int64 values != expected"),
        ({"c": VAR(tf.string)}, {}, "Context feature: c.  Data types don't match"),
        ({}, {"z": SEQ([], tf.int64)}, "Feature list 'z' is required but could not be found"),
        ({}, {"l": SEQ([], tf.int64)}, "Feature list: l, Index: 0.  Data types don't match"),
        ({}, {"l": SEQ([3], tf.float32)}, "Key: l.  Number of float values != expected"),
        ({}, {"l": VAR(tf.string)}, "Feature list: l, Index: 0.  Data types don't match"),
    ],
)
def test_sequences_that_do_not_fit(session, batch, context, lists, said):
    data = sequence({"l": [[1.0, 2.0]]}, c=[1])
    if batch:
        parsed = tf.io.parse_sequence_example([data], context, lists, example_names=["it"])
    else:
        parsed = tf.parse_single_sequence_example(data, context, lists, example_name="it")
    assert f"Name: it, {said}" in run_error(session, parsed)


def test_sequences_that_cannot_be():
    with tf.Graph().as_default():
        for parse in (tf.io.parse_sequence_example, tf.parse_single_sequence_example):
            with pytest.raises(ValueError, match=r"Missing features"):
                parse("")
            with pytest.raises(ValueError, match="Unsupported FixedLenFeature"):
                parse("", {}, {"a": F([], tf.int64)})
            with pytest.raises(ValueError, match="must be None"):
                parse("", {}, {"a": SEQ([], tf.int64, True, default_value=3)})
