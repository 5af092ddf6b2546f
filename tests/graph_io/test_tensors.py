"""tf.make_tensor_proto and tf.make_ndarray."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

import flowgraph as tf

KINDS = ["float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32",
         "uint64", "bool", "float16", "complex64", "complex128"]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(), (1,), (2, 3), (0, 2)])
def test_there_and_back(kind, shape):
    array = np.arange(int(np.prod(shape))).reshape(shape).astype(kind)
    proto = tf.make_tensor_proto(array)
    assert proto.dtype == tf.as_dtype(kind).as_datatype_enum
    assert [d.size for d in proto.tensor_shape.dim] == list(shape)
    back = tf.make_ndarray(proto)
    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back, array)


def test_bfloat16_and_quantized():
    array = np.array([1.5, -2.0], ml_dtypes.bfloat16)
    np.testing.assert_array_equal(tf.make_ndarray(tf.make_tensor_proto(array)), array)
    proto = tf.make_tensor_proto([(21,), (22,)], dtype=tf.quint8)
    assert proto.dtype == tf.quint8.as_datatype_enum
    assert tf.make_ndarray(proto).tolist() == [(21,), (22,)]


def test_fields_are_tensorflows():
    assert list(tf.make_tensor_proto(10.0).float_val) == [10.0]
    assert tf.make_tensor_proto([10.0, 20.0]).tensor_content == np.float32([10, 20]).tobytes()
    assert list(tf.make_tensor_proto([True, False]).bool_val) == [True, False]
    assert list(tf.make_tensor_proto(["a", b"\0\xff"]).string_val) == [b"a", b"\0\xff"]
    assert list(tf.make_tensor_proto(1 + 2j).dcomplex_val) == [1, 2]


def test_dtypes_are_inferred_as_by_constant():
    assert tf.make_tensor_proto(3).dtype == tf.int32.as_datatype_enum
    assert tf.make_tensor_proto(3 << 40).dtype == tf.int64.as_datatype_enum
    assert tf.make_tensor_proto([1, 2.5]).dtype == tf.float32.as_datatype_enum
    assert tf.make_tensor_proto(np.float64(1)).dtype == tf.float64.as_datatype_enum
    assert tf.make_tensor_proto([1, 2], tf.float64).dtype == tf.float64.as_datatype_enum


def test_fewer_values_than_the_shape_takes():
    proto = tf.make_tensor_proto([1, 2], shape=[2, 3])
    assert tf.make_ndarray(proto).tolist() == [[1, 2, 2], [2, 2, 2]]
    assert tf.make_ndarray(tf.make_tensor_proto("a", shape=[2])).tolist() == [b"a", b"a"]
    assert tf.make_tensor_proto(proto) is proto


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"values": [1, 2, 3], "shape": [2]}, ValueError, "Too many elements provided"),
        ({"values": [1, 2], "shape": [4], "verify_shape": True}, TypeError, "Expected Tensor's sh"),
        ({"values": [1, 2], "shape": [4], "allow_broadcast": True}, TypeError, "Expected Tensor's"),
        (
            {"values": 1, "verify_shape": True, "allow_broadcast": True},
            ValueError,
            "not both allow",
        ),
        ({"values": None}, ValueError, "None values not supported"),
        ({"values": [[1, 2], [3]]}, ValueError, "non-rectangular"),
        ({"values": "text", "dtype": tf.float32}, TypeError, "Expected float32, got 'text'"),
        ({"values": [object()]}, TypeError, "Consider casting elements to a supported type"),
    ],
)
def test_bad_values(given, error, said):
    with pytest.raises(error, match=said):
        tf.make_tensor_proto(**given)


def test_tensors_are_no_values():
    with tf.Graph().as_default(), pytest.raises(TypeError, match="List of Tensors when single"):
        tf.make_tensor_proto([tf.constant(1.0)])


def test_protos_that_contradict_themselves():
    proto = tf.make_tensor_proto([1.0, 2.0])
    proto.tensor_content += b"x"
    with pytest.raises(ValueError, match="9 bytes of content, which should be 8"):
        tf.make_ndarray(proto)
    proto = tf.make_tensor_proto(1.0)
    proto.float_val.append(2.0)
    with pytest.raises(ValueError, match="has 2 values"):
        tf.make_ndarray(proto)
    proto.dtype = tf.resource.as_datatype_enum
    with pytest.raises(TypeError, match="Unsupported tensor type: resource"):
        tf.make_ndarray(proto)
