"""The messages: TensorFlow's bytes, in a pool of their own."""

from __future__ import annotations

import copy
import subprocess
import sys

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool

import flowgraph as tf
from flowgraph.core.messages import Schema
from flowgraph.graph_io import protos


def test_bytes_are_tensorflows():
    node = tf.NodeDef(name="a", op="Const", input=["b", "^c"])
    node.attr["dtype"].type = 3
    # Recorded from tensorflow.core.framework.node_def_pb2 of TensorFlow 2.21.
    data = b"\n\x01a\x12\x05Const\x1a\x01b\x1a\x02^c*\x0b\n\x05dtype\x12\x020\x03"
    assert node.SerializeToString(deterministic=True) == data
    assert tf.NodeDef.FromString(data) == copy.deepcopy(node) == node


def test_every_message_can_be_made():
    for schema in protos.SCHEMAS:
        for name in schema.names:
            made = getattr(protos, name)
            if not schema.declared[name].is_enum:
                assert made() == made.FromString(b"")
    assert (protos.SaverDef.V2, protos.DT_HALF) == (2, 19)
    assert protos.modules()["core/framework/types"].DT_HALF == 19
    assert "GraphDef" in dir(protos)


def test_unknown_names():
    with pytest.raises(AttributeError, match="'GraphDev'"):
        protos.GraphDev  # noqa: B018
    with pytest.raises(AttributeError, match="'Odd'"):
        Schema("odd_table", "file odd\nEven\n  1 int32 value\n").get("Odd")


def test_a_table_that_cannot_be_read():
    with pytest.raises(ValueError, match="Cannot read the field '  one int32 value' of Even"):
        Schema("bad_table", "file bad\nEven\n  one int32 value\n").get("Even")


def test_kinds_of_fields():
    table = (
        "file all\nenum Kind\n   NONE=0 SOME=7\nAll\n  1 *int64 numbers\n"
        "  2 {string}All.Inner map\n"
        "  3 bytes data choice\n  4 Kind kind choice\n  5 {uint32}string names\nAll.Inner\n"
        "  1 double value\n"
    )
    message = Schema("all_table", table).get("All")(numbers=[1, -1], data=b"x", names={3: "c"})
    message.map["k"].value = 0.5
    message.kind = 7
    assert message.WhichOneof("choice") == "kind" and not message.data
    assert type(message).FromString(message.SerializeToString()) == message


def test_another_tensorflow_in_the_same_process():
    """Whoever declares the same names in protobuf's default pool has no clash with ours."""
    file = descriptor_pb2.FileDescriptorProto(name="tensorflow/x.proto", package="tensorflow")
    field = file.message_type.add(name="GraphDef").field.add(name="other", number=9)
    field.label, field.type = field.LABEL_OPTIONAL, field.TYPE_STRING
    descriptor_pool.Default().Add(file)
    found = descriptor_pool.Default().FindMessageTypeByName("tensorflow.GraphDef")
    assert [f.name for f in found.fields] == ["other"]
    assert "node" in tf.GraphDef.DESCRIPTOR.fields_by_name


def test_protobuf_is_not_imported_with_flowgraph():
    code = (
        "import sys, flowgraph, flowgraph.graph_io.protos; print('google.protobuf' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"
