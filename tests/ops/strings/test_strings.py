"""String ops: bad input, and what hypothesis says of hashes and encodings."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import flowgraph as tf

BAD = tf.errors.InvalidArgumentError


def run(build, *values):
    with tf.Graph().as_default(), tf.Session() as session:
        return session.run(build(*[tf.constant(v) for v in values]))


@pytest.mark.parametrize(
    ("build", "value", "message"),
    [
        (lambda x: tf.substr(x, 5, 1), ["abc"], "pos 5 out of range"),
        (lambda x: tf.string_to_number(x), ["1x"], "could not correctly convert string: 1x"),
        (lambda x: tf.string_to_number(x, tf.int32), ["1.5"], "could not correctly convert"),
        (lambda x: tf.string_to_number(x, tf.int32), [str(2**31)], "could not correctly convert"),
        (lambda x: tf.string_to_number(x), ["1_000"], "could not correctly convert"),
        (lambda x: tf.decode_raw(x, tf.int32), ["abc"], "not a multiple of 4"),
        (lambda x: tf.decode_raw(x, tf.uint8), ["a", "ab"], "all be the same size"),
        (lambda x: tf.regex_replace(x, "(", ""), ["a"], "Invalid pattern"),
        (lambda x: tf.decode_base64(x), ["a+b="], "Invalid character"),
        (lambda x: tf.strings.lower(x, encoding="latin"), ["a"], "only utf-8"),
        (
            lambda x: tf.as_string(tf.strings.length(x), precision=2),
            ["a"],
            "not supported for int32",
        ),
    ],
)
def test_bad_values_are_told(build, value, message):
    with pytest.raises(BAD, match=message):
        run(build, value)


def test_what_can_be_known_is_refused_when_built():
    with tf.Graph().as_default():
        with pytest.raises(ValueError, match="must be equal"):
            tf.string_join([tf.constant(["a"]), tf.constant(["b", "c"])])
        with pytest.raises(ValueError, match="same shape"):
            tf.substr("abc", [0, 1], [1])
        with pytest.raises(ValueError, match="less than minimum 1"):
            tf.string_to_hash_bucket_fast("a", 0)
        with pytest.raises(TypeError):
            tf.strings.lower(tf.constant(1))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=100), min_size=1, max_size=5))
def test_base64_comes_back_and_hashes_stay_in_their_buckets(texts):
    array = np.empty(len(texts), object)
    array[:] = texts
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.string, [None])
        back, bucket, size = session.run(
            [
                tf.decode_base64(tf.encode_base64(x)),
                tf.string_to_hash_bucket_fast(x, 7),
                tf.strings.length(x),
            ],
            {x: array},
        )
    assert back.tolist() == texts
    assert ((bucket >= 0) & (bucket < 7)).all()
    assert size.tolist() == [len(t) for t in texts]
