import pytest

import flowgraph as tf


def test_graphs_are_what_there_is():
    tf.disable_eager_execution()
    tf.disable_v2_behavior()
    tf.compat.v1.disable_v2_behavior()
    tf.enable_control_flow_v2()
    assert tf.executing_eagerly() is False
    assert tf.control_flow_v2_enabled()


@pytest.mark.parametrize("name", ["enable_eager_execution", "enable_v2_behavior"])
def test_the_other_way_is_refused(name):
    with pytest.raises(ValueError, match=rf"tf\.{name}.*tf\.Session"):
        getattr(tf, name)()


def test_libraries_of_ops(tmp_path):
    with pytest.raises(tf.errors.NotFoundError, match=r"zero_out\.so"):
        tf.load_op_library("zero_out.so")
    file = tmp_path / "ops.so"
    file.touch()
    for load in (tf.load_op_library, tf.load_library, tf.load_file_system_library):
        with pytest.raises(tf.errors.UnimplementedError, match="adding_an_op"):
            load(str(file))


def test_versions():
    assert tf.version.VERSION == tf.VERSION == tf.__version__ == "1.15.0"
    assert tf.GRAPH_DEF_VERSION == tf.version.GRAPH_DEF_VERSION == 134
