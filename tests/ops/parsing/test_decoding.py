"""Bytes that are not what they should be: compressed, padded, serialised, JSON."""

import gzip
import zlib

import numpy as np
import pytest

import flowgraph as tf


def test_compressed_strings_that_are_broken(session):
    for kind, text in (("ZLIB", gzip.compress(b"a")), ("GZIP", zlib.compress(b"a"))):
        with pytest.raises(tf.errors.DataLossError, match="inflate"):
            session.run(tf.io.decode_compressed([text], kind))
    with pytest.raises(tf.errors.InvalidArgumentError, match="Only ZLIB, GZIP or NONE"):
        session.run(tf.decode_compressed([b""], "LZMA"))


def test_padded_numbers(session):
    def decode(length, dtype=tf.int32):
        return tf.raw_ops.DecodePaddedRaw(input_bytes=["a"], fixed_length=length, out_type=dtype)

    with pytest.raises(ValueError, match="multiple of 4"):
        decode(6)
    for length in (6, 0, -4):
        fed = tf.placeholder_with_default(np.int32(length), [])
        with pytest.raises(tf.errors.InvalidArgumentError, match="multiple of the size"):
            session.run(decode(fed))


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16", "int64", "bool", "complex64",
                                   "uint16"])  # fmt: skip
def test_tensors_there_and_back(session, dtype):
    kind = tf.as_dtype(dtype)
    x = np.arange(6).reshape(2, 3).astype(kind.as_numpy_dtype)
    fed = tf.placeholder(kind)
    found = session.run(tf.io.parse_tensor(tf.io.serialize_tensor(fed), kind), {fed: x})
    assert found.dtype == x.dtype
    np.testing.assert_array_equal(found, x)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x08", "Could not parse `serialized`"),
        (b"\x08\x03", "Type mismatch between parsed tensor \\(int32\\) and dtype \\(float32\\)"),
        (b"\x08\x63", "unknown data type: 99"),
        (bytes.fromhex("080112080206"), "Could not parse"),
        (bytes.fromhex("08011204120208032203000000"), "not a multiple of 4"),
        (bytes.fromhex("080112041202080122080000000000000000"), "2 values for a tensor"),
        (bytes.fromhex("0801120d120b08ffffffffffffffffff01"), "negative size"),
    ],
)
def test_bytes_that_are_no_tensor(session, data, said):
    with pytest.raises(tf.errors.InvalidArgumentError, match=said):
        session.run(tf.parse_tensor(data, tf.float32))


def test_a_value_stands_for_those_that_are_left_out(session):
    data = bytes.fromhex("0801120812020802120208032a080000803f00000040")
    assert session.run(tf.parse_tensor(data, tf.float32)).tolist() == [[1, 2, 2], [2, 2, 2]]
    empty = bytes.fromhex("0807120412020802")
    assert session.run(tf.parse_tensor(empty, tf.string)).tolist() == [b"", b""]


def test_json_that_is_no_example(session):
    for text in (b"{", b'{"features": 3}', b'{"nope": {}}', b"\xff"):
        with pytest.raises(tf.errors.InvalidArgumentError, match="Error while parsing JSON"):
            session.run(tf.io.decode_json_example([text]))


def test_fingerprints_of_what_has_none(session):
    with pytest.raises(ValueError, match="Unsupported method"):
        tf.fingerprint([1], method="md5")
    with pytest.raises(ValueError, match="rank at least 1"):
        tf.fingerprint(1)
    fed = tf.placeholder_with_default("md5", [])
    with pytest.raises(tf.errors.InvalidArgumentError, match="Unsupported fingerprint method"):
        session.run(tf.fingerprint([1], method=fed))
    with pytest.raises(tf.errors.InvalidArgumentError, match="at least one dimension"):
        session.run(tf.fingerprint(tf.placeholder_with_default(1, None)))
    assert session.run(tf.fingerprint(tf.zeros([0, 3]))).shape == (0, 8)
