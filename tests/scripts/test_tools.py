import numpy as np
import pytest

import flowgraph as tf
from flowgraph.scripts import tools, views


@pytest.fixture
def model(tmp_path):
    """A graph with a checkpoint, its GraphDef as text, and its meta graph."""
    with tf.Graph().as_default() as graph, tf.Session() as session:
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        w = tf.get_variable("w", initializer=np.array([[2.0], [3.0]], np.float32))
        tf.matmul(x, w, name="y")
        session.run(tf.global_variables_initializer())
        path = tf.train.Saver().save(session, str(tmp_path / "model"))
        tf.train.write_graph(graph, str(tmp_path), "graph.pbtxt")
    return tmp_path, path


def run(graph_def):
    with tf.Graph().as_default(), tf.Session() as session:
        (y,) = tf.import_graph_def(graph_def, return_elements=["y:0"], name="")
        return session.run(y, {"x:0": [[1.0, 1.0]]}).tolist()


def freeze(folder, path, **more):
    given = {
        "input_graph": str(folder / "graph.pbtxt"), "input_saver": "", "input_binary": False,
        "input_checkpoint": path, "output_node_names": "y", "restore_op_name": None,
        "filename_tensor_name": None, "output_graph": str(folder / "frozen.pb"),
        "clear_devices": True, "initializer_nodes": "",
    }  # fmt: skip
    return tools.freeze_graph(**{**given, **more})


def test_variables_become_constants(model):
    folder, path = model
    frozen = freeze(folder, path)
    assert not any("Variable" in node.op for node in frozen.node)
    assert run(frozen) == [[5.0]]
    read = tf.GraphDef()
    read.ParseFromString((folder / "frozen.pb").read_bytes())
    assert run(read) == [[5.0]]


def test_a_meta_graph_has_its_own_saver(model):
    folder, path = model
    frozen = freeze(
        folder, path, input_graph="", input_meta_graph=f"{path}.meta", input_binary=True
    )
    assert run(frozen) == [[5.0]]


def test_files_that_are_not_there(model):
    folder, path = model
    with pytest.raises(OSError, match=r"nothing\.pb"):
        freeze(folder, path, input_graph=str(folder / "nothing.pb"))
    with pytest.raises(ValueError, match="doesn't exist"):
        freeze(folder, str(folder / "nothing"))
    with pytest.raises(ValueError, match="output_node_names"):
        freeze(folder, path, output_node_names="")


def test_what_a_checkpoint_holds(model, capsys):
    _, path = model
    module = views.find("python.tools.inspect_checkpoint")
    module.print_tensors_in_checkpoint_file(path, tensor_name="", all_tensors=True)
    out = capsys.readouterr().out
    assert "tensor_name:  w" in out
    assert "[3.]" in out
    assert "# Total number of params: 2" in out
    module.print_tensors_in_checkpoint_file(path, "w", False)
    assert "[2.]" in capsys.readouterr().out
    module.print_tensors_in_checkpoint_file(path, None, False, count_exclude_pattern="^w$")
    assert "# Total number of params: 0" in capsys.readouterr().out
