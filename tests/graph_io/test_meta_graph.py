"""MetaGraphDef: collections, variables, scopes; files that are none."""

from __future__ import annotations

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.graph_io import meta_graph


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def test_training_goes_on_after_reading(tmp_path):
    path = str(tmp_path / "model")
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    y = tf.matmul(x, tf.get_variable("out/kernel", [2, 1])) + tf.get_variable("out/bias", [1])
    loss = tf.reduce_mean(tf.square(y - 1.0), name="loss")
    train = tf.train.MomentumOptimizer(0.01, 0.9).minimize(loss)
    tf.add_to_collection("mine", train)
    fed = {"x:0": np.ones((3, 2))}
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(train, fed)
        saved = tf.train.Saver().save(session, path)
        losses = [session.run([loss, train], fed)[0] for _ in range(3)]
    with tf.Graph().as_default() as again, tf.Session() as session:
        saver = tf.train.import_meta_graph(saved + ".meta")
        saver.restore(session, saved)
        (op,) = tf.get_collection("mine")
        assert losses == [session.run(["loss:0", op], fed)[0] for _ in range(3)]
        names = [v.name for v in tf.trainable_variables()]
        assert names and all(n.startswith("out/") for n in names)
        assert len(tf.global_variables()) == 2 * len(names)
        assert again.get_tensor_by_name("x:0").shape.as_list() == [None, 2]


@pytest.mark.parametrize("resource", [False, True])
def test_variables_are_what_they_were(resource):
    v = tf.get_variable("v", [2], trainable=False, use_resource=resource)
    parts = tf.get_variable(
        "p", [4, 2], partitioner=tf.fixed_size_partitioner(2), use_resource=resource
    )
    meta, names = meta_graph.export_scoped_meta_graph()
    assert set(names) == {"v:0", "p/part_0:0", "p/part_1:0"}
    with tf.Graph().as_default(), tf.Session() as session:
        found = meta_graph.import_scoped_meta_graph(meta, import_scope="s")
        assert set(found) == set(names)
        again = found["v:0"]
        assert (again.name, again.trainable, again.shape.as_list()) == ("s/v:0", False, [2])
        assert type(again) is type(v) and again.dtype == v.dtype
        spec = found["p/part_1:0"]._get_save_slice_info().spec
        assert spec == list(parts)[1]._get_save_slice_info().spec
        assert tf.trainable_variables() == [found["p/part_0:0"], found["p/part_1:0"]]
        session.run(tf.global_variables_initializer())
        assert session.run(again.assign([3.0, 4.0])).tolist() == [3, 4]
        assert session.run(again.initialized_value() + again).tolist() == [6, 8]


def test_variable_defs():
    v = tf.Variable(1.5, name="v")
    told = v.to_proto()
    assert (told.variable_name, told.initializer_name) == ("v:0", "v/Assign")
    assert (told.snapshot_name, told.initial_value_name) == ("v/read:0", "v/initial_value:0")
    assert v.to_proto(export_scope="other") is None
    again = tf.Variable(variable_def=told)
    assert again.op is v.op and again.value() is v.value()
    with tf.Graph().as_default(), pytest.raises(KeyError, match="v:0"):
        tf.Variable.from_proto(told)


def test_collections():
    graph = tf.get_default_graph()
    x = tf.constant(1.0, name="x")
    kept = {"numbers": [1, 2], "reals": [0.5], "texts": ["a"], "nodes": [x, x.op]}
    for key, values in kept.items():
        for value in values:
            graph.add_to_collection(key, value)
    graph.add_to_collection("odd", object())
    graph.add_to_collection(3, 4)
    meta = tf.train.export_meta_graph()
    assert set(meta.collection_def) == set(kept)
    assert meta.meta_info_def.tensorflow_version == "1.15.0"
    assert [op.name for op in meta.meta_info_def.stripped_op_list.op] == ["Const"]
    assert set(tf.train.export_meta_graph(collection_list=["reals"]).collection_def) == {"reals"}
    with tf.Graph().as_default():
        tf.train.import_meta_graph(meta, import_scope="s")
        assert tf.get_collection("numbers") == [1, 2]
        assert tf.get_collection("reals") == [0.5]
        assert [n.name for n in tf.get_collection("nodes")] == ["s/x:0", "s/x"]


def test_messages_of_collections():
    from flowgraph.graph_io.proto_functions import register_proto_function

    register_proto_function(
        "named", tf.NodeDef, lambda v, export_scope=None: tf.NodeDef(name=v),
        lambda m, import_scope=None: m.name,
    )  # fmt: skip
    tf.add_to_collection("named", "one")
    meta = tf.train.export_meta_graph()
    with tf.Graph().as_default():
        tf.train.import_meta_graph(meta)
        assert tf.get_collection("named") == ["one"]
    with pytest.raises(TypeError, match="must be callable"):
        register_proto_function("bad", to_proto=3)


def test_part_of_a_graph():
    outside = tf.constant(2.0, name="outside")
    with tf.name_scope("part"):
        v = tf.Variable(3.0, name="v")
        tf.multiply(v, outside, name="y")
    meta, names = meta_graph.export_scoped_meta_graph(export_scope="part")
    assert list(names) == ["v:0"]
    with tf.Graph().as_default(), tf.Session() as session:
        with pytest.raises(ValueError, match=r"unbound inputs: \$unbound_inputs_outside"):
            meta_graph.import_scoped_meta_graph(meta)
        five = tf.constant(5.0)
        meta_graph.import_scoped_meta_graph(
            meta, import_scope="new", input_map={"$unbound_inputs_outside": five}
        )
        session.run(tf.global_variables_initializer())
        assert session.run("new/y:0") == 15.0
    with pytest.raises(ValueError, match="need to be different"):
        meta_graph.copy_scoped_meta_graph("part", "part")


def test_a_loop_moves_with_its_scope():
    with tf.name_scope("old"):
        v = tf.Variable(2.0, name="v")
        loop = tf.while_loop(lambda i, _: i < 3, lambda i, x: (i + 1, x * v), [0, 1.0])
        tf.identity(loop[1], name="y")
    meta, _ = meta_graph.export_scoped_meta_graph(export_scope="old")
    with tf.Graph().as_default(), tf.Session() as session:
        meta_graph.import_scoped_meta_graph(meta, import_scope="new")
        again, _ = meta_graph.export_scoped_meta_graph(export_scope="new")
        assert again.graph_def == meta.graph_def
        session.run(tf.global_variables_initializer())
        assert session.run("new/y:0") == 8.0


def test_devices_and_defaults_are_left_out():
    with tf.device("/gpu:0"):
        tf.matmul(tf.zeros([1, 1]), tf.zeros([1, 1]), name="m")
    meta = tf.train.export_meta_graph(clear_devices=True, strip_default_attrs=True)
    node = next(n for n in meta.graph_def.node if n.name == "m")
    assert node.device == "" and set(node.attr) == {"T", "_output_shapes"}
    assert meta.meta_info_def.stripped_default_attrs
    with tf.Graph().as_default() as again:
        tf.train.import_meta_graph(meta)
        assert again.get_operation_by_name("m").get_attr("transpose_a") is False


def test_text_and_binary_files(tmp_path):
    tf.constant(1.0, name="x")
    for as_text in (False, True):
        path = str(tmp_path / f"sub{as_text}" / "m.meta")
        meta = tf.train.export_meta_graph(path, as_text=as_text)
        assert meta_graph.read_meta_graph_file(path) == meta


def test_files_that_are_none(tmp_path):
    with pytest.raises(OSError, match="does not exist"):
        tf.train.import_meta_graph(str(tmp_path / "none.meta"))
    bad = tmp_path / "bad.meta"
    bad.write_bytes(b"\xff\xfe no graph")
    with pytest.raises(OSError, match="Cannot parse file .*bad.meta"):
        tf.train.import_meta_graph(str(bad))


def test_arguments_of_other_types():
    for name in ("graph_def", "saver_def", "meta_info_def"):
        with pytest.raises(TypeError, match=f"{name} must be of type"):
            meta_graph.create_meta_graph_def(**{name: "text"})
    with pytest.raises(TypeError, match="graph must be of type Graph"):
        meta_graph.create_meta_graph_def(graph="text")
