"""tf.train.Example and its parts: TensorFlow's bytes, beside TensorFlow's own definitions."""

import subprocess
import sys

import pytest

import flowgraph as tf
from flowgraph.train import example

# Written by TensorFlow 2.21's tf.train.Example and SequenceExample.
EXAMPLE = (
    b"\nA\n\x16\n\x01a\x12\x11\x1a\x0f\n\r\x01\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01\xac\x02\n\r\n"
    b"\x01b\x12\x08\n\x06\n\x01x\n\x01\x00\n\x11\n\x01c\x12\x0c\x12\n\n\x08\x00\x00\xc0?\x00\x00\x00"
    b"\xc0\n\x05\n\x01d\x12\x00"
)
SEQUENCE = (
    b"\n\x0c\n\n\n\x01k\x12\x05\x1a\x03\n\x01\x07\x12\x18\n\x16\n\x01l\x12\x11\n\x08\x12\x06\n\x04"
    b"\x00\x00\x80?\n\x05\n\x03\n\x01q"
)


def ints(*values):
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))


def floats(*values):
    return tf.train.Feature(float_list=tf.train.FloatList(value=values))


def texts(*values):
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))


def test_the_bytes_of_an_example():
    by_name = {"a": ints(1, -2, 300), "b": texts(b"x", b"\0"), "c": floats(1.5, -2.0),
               "d": tf.train.Feature()}  # fmt: skip
    example = tf.train.Example(features=tf.train.Features(feature=by_name))
    assert example.SerializeToString(deterministic=True) == EXAMPLE
    assert tf.train.Example.FromString(EXAMPLE) == example
    assert example.features.feature["b"].WhichOneof("kind") == "bytes_list"


def test_the_bytes_of_a_sequence_example():
    steps = tf.train.FeatureList(feature=[floats(1.0), texts(b"q")])
    example = tf.train.SequenceExample(
        context=tf.train.Features(feature={"k": ints(7)}),
        feature_lists=tf.train.FeatureLists(feature_list={"l": steps}),
    )
    assert example.SerializeToString(deterministic=True) == SEQUENCE
    assert tf.train.SequenceExample.FromString(SEQUENCE) == example


def test_there_are_no_other_messages():
    with pytest.raises(AttributeError, match="no attribute 'Exemple'"):
        _ = tf.train.Exemple
    with pytest.raises(AttributeError, match="no attribute 'Exemple'"):
        _ = example.Exemple
    assert tf.train.Example is example.Example


def test_protobuf_is_imported_late_and_apart_from_others():
    program = """
import sys
import flowgraph as tf
assert not any(name.startswith("google.protobuf") for name in sys.modules)
from google.protobuf import descriptor_pb2, descriptor_pool
file = descriptor_pb2.FileDescriptorProto(name="tensorflow/core/example/example.proto",
                                          package="tensorflow")
file.message_type.add(name="Example").field.add(name="x", number=1, type=5, label=1)
descriptor_pool.Default().Add(file)
example = tf.train.Example()
example.features.feature["a"].int64_list.value.append(3)
print(example.SerializeToString())
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stdout == repr(bytes.fromhex("0a0c0a0a0a016112051a030a0103")) + "\n", run.stderr
