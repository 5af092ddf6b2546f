"""tf.profiler: the numbers are those of TensorFlow 2.21's compat.v1.profiler."""

import numpy as np
import pytest

import flowgraph as tf

Builder = tf.profiler.ProfileOptionBuilder


@pytest.fixture(autouse=True)
def fresh_graph():
    with tf.Graph().as_default():
        yield


def network():
    x = tf.placeholder(tf.float32, [32, 28, 28, 3], name="x")
    with tf.variable_scope("net"):
        w = tf.get_variable("w", [5, 5, 3, 8])
        h = tf.nn.bias_add(tf.nn.conv2d(x, w, [1, 2, 2, 1], "SAME"), tf.get_variable("b", [8]))
        h = tf.nn.max_pool(h, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
        h = tf.nn.depthwise_conv2d(h, tf.get_variable("d", [3, 3, 8, 2]), [1, 1, 1, 1], "SAME")
        w2 = tf.get_variable("w2", [784, 10])
        loss = tf.nn.l2_loss(w2) + tf.reduce_mean(
            tf.nn.softmax(tf.matmul(tf.reshape(h, [32, 784]), w2))
        )
    tf.get_variable("frozen", [7], trainable=False)
    return x, w, loss


def quiet(options):
    return Builder(options).with_empty_output().build()


def test_parameters_by_scope():
    network()
    told = tf.profiler.profile(options=quiet(Builder.trainable_variables_parameter()))
    assert told.total_parameters == 600 + 8 + 144 + 7840
    (net,) = told.children
    found = {child.name: child.parameters for child in net.children}
    assert found == {"net/b": 8, "net/d": 144, "net/w": 600, "net/w2": 7840}


def test_float_operations_by_type():
    _, w, loss = network()
    tf.gradients(loss, w)
    options = quiet(Builder.float_operation())
    told = tf.profiler.profile(tf.get_default_graph(), cmd="op", options=options)
    found = {child.name: child.float_ops for child in told.children}
    expected = {
        "Conv2D": 7_526_400, "Conv2DBackpropFilter": 7_526_400, "DepthwiseConv2dNative": 451_584,
        "L2Loss": 23_519, "MaxPool": 50_176, "MaxPoolGrad": 62_720, "BiasAdd": 50_176,
        "Softmax": 1_600, "Mean": 320,
    }  # fmt: skip
    assert {name: found[name] for name in expected} == expected
    assert told.total_float_ops == sum(found.values())
    assert told.children[0].float_ops == max(found.values())


def test_the_report_is_printed(capsys):
    network()
    tf.profiler.profile(options=Builder.trainable_variables_parameter())
    printed = capsys.readouterr().out
    assert "_TFProfRoot (--/8.59k params)" in printed
    assert "net/w2 (784x10, 7.84k/7.84k params)" in printed


def test_what_is_hidden_and_where_it_is_written(tmp_path):
    network()
    path = tmp_path / "report.txt"
    options = Builder(Builder.trainable_variables_parameter())
    options.with_node_names(hide_name_regexes=["net/w.*"]).with_min_parameters(10)
    told = tf.profiler.profile(options=options.with_file_output(str(path)).build())
    assert [child.name for child in told.children[0].children] == ["net/d"]
    assert "net/d" in path.read_text() and "net/w2" not in path.read_text()
    assert told.total_parameters == 8592


def test_times_of_a_run():
    x, _, loss = network()
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        metadata, full = tf.RunMetadata(), tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
        session.run(loss, {x: np.zeros((32, 28, 28, 3))}, full, metadata)
    told = tf.profiler.profile(
        run_meta=metadata, cmd="code", options=quiet(Builder.time_and_memory())
    )
    assert told.total_exec_micros > 0 and "test_profile.py" in told.children[0].name
    profiler = tf.profiler.Profiler(tf.get_default_graph())
    profiler.add_step(3, metadata)
    again = profiler.profile_operations(quiet(Builder.time_and_memory()))
    assert again.total_exec_micros == told.total_exec_micros


def test_another_command():
    with pytest.raises(ValueError, match="unknown cmd: scopes"):
        tf.profiler.profile(cmd="scopes")
