"""tf.saved_model: what is saved can be loaded, and what is no SavedModel is refused."""

from __future__ import annotations

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.saved_model import signature_def_utils as signatures

X = np.float32([[1, 2], [3, 4]])
SERVE = tf.saved_model.tag_constants.SERVING


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def network():
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    return x, tf.nn.softmax(tf.matmul(x, tf.get_variable("w", [2, 3])), name="y")


def initialized(session):
    session.run(tf.global_variables_initializer())
    return session


def test_simple_save(tmp_path):
    path = str(tmp_path / "model")
    x, y = network()
    with tf.Session() as session:
        initialized(session)
        tf.saved_model.simple_save(session, path, inputs={"x": x}, outputs={"y": y})
        expected = session.run(y, {x: X})
    assert tf.saved_model.loader.maybe_saved_model_directory(path)
    with tf.Graph().as_default(), tf.Session() as session:
        meta = tf.saved_model.loader.load(session, [SERVE], path)
        key = tf.saved_model.signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY
        signature = meta.signature_def[key]
        assert tf.saved_model.signature_def_utils.is_valid_signature(signature)
        x, y = [
            tf.saved_model.utils.get_tensor_from_tensor_info(info)
            for info in (signature.inputs["x"], signature.outputs["y"])
        ]
        np.testing.assert_array_equal(session.run(y, {x: X}), expected)
    with tf.Graph().as_default(), tf.Session() as session:
        tf.saved_model.loader.load(session, {SERVE}, path, import_scope="s")
        np.testing.assert_array_equal(session.run("s/y:0", {"s/x:0": X}), expected)


@pytest.mark.parametrize("as_text", [False, True])
def test_two_graphs_share_their_values(tmp_path, as_text):
    builder = tf.saved_model.builder.SavedModelBuilder(str(tmp_path))
    with pytest.raises(AssertionError, match="has not been saved yet"):
        builder.add_meta_graph(["none"])
    network()
    with tf.Session() as session:
        builder.add_meta_graph_and_variables(initialized(session), ["train", "gpu"])
        expected = session.run("w:0")
        with pytest.raises(AssertionError, match="already been saved"):
            builder.add_meta_graph_and_variables(session, ["again"])
    with tf.Graph().as_default():
        tf.identity(tf.get_variable("w", [2, 3]) * 2.0, name="twice")
        builder.add_meta_graph([SERVE])
    assert (
        builder.save(as_text)
        == str(tmp_path / ("saved_model.pbtxt" if as_text else "saved_model.pb")).encode()
    )
    with tf.Graph().as_default(), tf.Session() as session:
        tf.saved_model.loader.load(session, [SERVE], str(tmp_path))
        np.testing.assert_array_equal(session.run("twice:0"), expected * 2)
    with tf.Session(graph=tf.Graph()) as session:
        tf.saved_model.loader.load(session, ["gpu", "train"], str(tmp_path))
        np.testing.assert_array_equal(session.run("w:0"), expected)


def test_assets_and_the_operation_that_runs_first(tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("red\ngreen\n")
    path = str(tmp_path / "model")
    file = tf.constant(str(words), name="file")
    tf.add_to_collection(tf.GraphKeys.ASSET_FILEPATHS, file)
    v = tf.get_variable("v", initializer=1.0)
    content = tf.Variable("", name="content", trainable=False, collections=["none"])
    ready = tf.group(tf.assign(content, tf.read_file(file)), tf.assign_add(v, 1.0))
    with tf.Session() as session:
        tf.saved_model.simple_save(initialized(session), path, {"f": file}, {"v": v}, ready)
    words.unlink()
    with tf.Graph().as_default(), tf.Session() as session:
        meta = tf.saved_model.loader.load(session, [SERVE], path)
        assert [a.filename for a in meta.asset_file_def] == ["words.txt"]
        assert session.run("content:0") == b"red\ngreen\n"
        assert session.run("v:0") == 2.0


def test_a_graph_without_variables(tmp_path):
    x = tf.placeholder(tf.float32, name="x")
    with tf.Session() as session:
        tf.saved_model.simple_save(session, str(tmp_path), {"x": x}, {"y": x + 1.0})
    with tf.Graph().as_default(), tf.Session() as session:
        tf.saved_model.loader.load(session, [SERVE], str(tmp_path))
        assert session.run("add:0", {"x:0": 1.0}) == 2.0


# --- what is refused ------------------------------------------------------------------------------
def test_directories_that_are_not_empty(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(AssertionError, match="Export directory already exists"):
        tf.saved_model.builder.SavedModelBuilder(str(tmp_path))


def test_what_is_no_saved_model(tmp_path):
    with tf.Session() as session:
        with pytest.raises(OSError, match="SavedModel file does not exist at"):
            tf.saved_model.loader.load(session, [SERVE], str(tmp_path))
        (tmp_path / "saved_model.pb").write_bytes(b"\xff\xff")
        with pytest.raises(OSError, match="Cannot parse file"):
            tf.saved_model.loader.load(session, [SERVE], str(tmp_path))
    assert not tf.saved_model.loader.maybe_saved_model_directory(str(tmp_path / "none"))


def test_other_tags(tmp_path):
    x, y = network()
    with tf.Session() as session:
        tf.saved_model.simple_save(initialized(session), str(tmp_path), {"x": x}, {"y": y})
        with pytest.raises(RuntimeError, match="associated with tags 'train' could not be found"):
            tf.saved_model.loader.load(session, ["train"], str(tmp_path))


def test_signatures_that_are_incomplete(tmp_path):
    builder = tf.saved_model.builder.SavedModelBuilder(str(tmp_path))
    x, y = network()
    info = tf.saved_model.utils.build_tensor_info(x)
    info.dtype = 0
    bad = signatures.build_signature_def({"x": info}, {}, "m")
    with tf.Session() as session:
        initialized(session)
        with pytest.raises(AssertionError, match="must have the dtype field set"):
            builder.add_meta_graph_and_variables(session, [SERVE], {"a": bad})
        good = signatures.predict_signature_def({"x": x}, {"y": y})
        with pytest.raises(KeyError, match="reserved for initialization"):
            builder.add_meta_graph_and_variables(session, [SERVE], {"__saved_model_init_op": good})
        with pytest.raises(TypeError, match="main_op needs to be an Operation"):
            builder.add_meta_graph_and_variables(session, [SERVE], main_op="text")


# --- signatures -----------------------------------------------------------------------------------
def test_kinds_of_signatures():
    text, number = tf.placeholder(tf.string), tf.placeholder(tf.float32)
    regression = signatures.regression_signature_def(text, number)
    assert regression.method_name == "tensorflow/serving/regress"
    classes = signatures.classification_signature_def(text, text, number)
    assert set(classes.outputs) == {"classes", "scores"}
    assert signatures.is_valid_signature(regression) and signatures.is_valid_signature(classes)
    classes.outputs["more"].CopyFrom(regression.outputs["outputs"])
    assert not signatures.is_valid_signature(classes)
    assert not signatures.is_valid_signature(None)
    training = signatures.supervised_train_signature_def({"x": number}, {"loss": number})
    assert set(training.outputs) == {"loss"}


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda t, n: signatures.regression_signature_def(None, n), "examples cannot be None"),
        (lambda t, n: signatures.regression_signature_def(t, None), "predictions cannot be None"),
        (lambda t, n: signatures.regression_signature_def(n, n), "examples must be a string"),
        (lambda t, n: signatures.regression_signature_def(t, t), "output must be a float"),
        (
            lambda t, n: signatures.classification_signature_def(t, None, None),
            "cannot both be None",
        ),
        (lambda t, n: signatures.classification_signature_def(t, n, n), "classes must be a string"),
        (lambda t, n: signatures.predict_signature_def({}, {"n": n}), "inputs cannot be None or"),
        (
            lambda t, n: signatures.predict_signature_def({"n": n}, None),
            "outputs cannot be None or",
        ),
        (lambda t, n: signatures.supervised_eval_signature_def({}, {"n": n}), "cannot be None or"),
    ],
)
def test_signatures_of_other_types(build, said):
    with pytest.raises(ValueError, match=said):
        build(tf.placeholder(tf.string), tf.placeholder(tf.float32))


def test_tensor_infos(graph):
    sparse = tf.sparse_placeholder(tf.int64, name="s")
    info = tf.saved_model.utils.build_tensor_info(sparse)
    again = tf.saved_model.utils.get_tensor_from_tensor_info(info)
    assert again.values is sparse.values and again.indices is sparse.indices
    with pytest.raises(ValueError, match=r"Invalid TensorInfo\.encoding"):
        tf.saved_model.utils.get_tensor_from_tensor_info(tf.TensorInfo())
    signature = signatures.op_signature_def(tf.no_op(name="n"), "key")
    assert signatures.load_op_from_signature_def(signature, "key").name == "n"
    with tf.Graph().as_default(), pytest.raises(tf.errors.NotFoundError, match="The key could not"):
        signatures.load_op_from_signature_def(signature, "key")
