import numpy as np
import pytest

import flowgraph as tf
from flowgraph.scripts import generated, views


@pytest.mark.parametrize(
    "op_type, name",
    [
        ("MaxPoolGrad", "max_pool_grad"), ("Conv2D", "conv2d"), ("BiasAddV1", "bias_add_v1"),
        ("Conv2DBackpropFilter", "conv2d_backprop_filter"), ("AvgPool3DGrad", "avg_pool3d_grad"),
        ("ReluGrad", "relu_grad"), ("LRN", "lrn"), ("FFT2D", "fft2d"), ("L2Loss", "l2_loss"),
        ("HSVToRGB", "hsv_to_rgb"), ("TopKV2", "top_kv2"), ("CTCLoss", "ctc_loss"),
    ],
)  # fmt: skip
def test_names_of_functions(op_type, name):
    assert generated.snake(op_type) == name


def test_inputs_and_attributes_in_order():
    nn_ops = views.find("python.ops.gen_nn_ops")
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.constant([-1.0, 2.0])
        assert session.run(nn_ops._relu_grad([3.0, 3.0], x)).tolist() == [0.0, 3.0]
        ones = np.ones([1, 2, 2, 1], np.float32)
        y = nn_ops.max_pool(ones, [1, 2, 2, 1], [1, 1, 1, 1], padding="VALID", name="pool")
        assert y.op.type == "MaxPool"
        assert y.op.name == "pool"
        assert session.run(y).shape == (1, 1, 1, 1)


def test_guided_backpropagation_as_scripts_write_it():
    gen_nn_ops = views.find("python.ops.gen_nn_ops")
    with tf.Graph().as_default() as graph, tf.Session() as session:

        @tf.RegisterGradient("GuidedReluTest")
        def _(op, grad):
            positive = tf.cast(grad > 0, tf.float32)
            return positive * gen_nn_ops._relu_grad(grad, op.outputs[0])

        x = tf.constant([1.0, 2.0, -3.0])
        with graph.gradient_override_map({"Relu": "GuidedReluTest"}):
            y = tf.nn.relu(x) * [1.0, -1.0, 1.0]
        assert session.run(tf.gradients(y, x)[0]).tolist() == [1.0, 0.0, 0.0]


def test_an_op_that_there_is_not():
    with pytest.raises(AttributeError, match="no_such_op"):
        generated.no_such_op  # noqa: B018


def test_resources_are_the_tables():
    resources = views.find("python.ops.resources")
    with tf.Graph().as_default(), tf.Session() as session:
        table = tf.contrib.lookup.HashTable(
            tf.contrib.lookup.KeyValueTensorInitializer(["a"], [1], tf.string, tf.int32), -1
        )
        session.run(resources.initialize_resources(resources.shared_resources()))
        assert session.run(table.lookup(tf.constant(["a", "b"]))).tolist() == [1, -1]
