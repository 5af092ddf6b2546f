"""tf.contrib.slim.nets: shapes, end points and names of variables of the networks."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.contrib import slim

nets = slim.nets


def _images(side, batch=2):
    return tf.placeholder(tf.float32, [batch, side, side, 3])


def _names():
    return [variable.op.name for variable in slim.get_model_variables()]


# Of each network: the images' side, the first and last variable in TensorFlow 1.15, and some end
# points with their shapes.
NETWORKS = {
    "alexnet.alexnet_v2": (
        224, "alexnet_v2/conv1/weights", "alexnet_v2/fc8/biases",
        {"alexnet_v2/conv5": [2, 12, 12, 256], "alexnet_v2/fc8": [2, 10]},
    ),
    "overfeat.overfeat": (
        231, "overfeat/conv1/weights", "overfeat/fc8/biases",
        {"overfeat/conv5": [2, 12, 12, 1024], "overfeat/fc8": [2, 10]},
    ),
    "vgg.vgg_16": (
        224, "vgg_16/conv1/conv1_1/weights", "vgg_16/fc8/biases",
        {"vgg_16/pool5": [2, 7, 7, 512], "vgg_16/fc8": [2, 10]},
    ),
    "inception.inception_v1": (
        224, "InceptionV1/Conv2d_1a_7x7/weights", "InceptionV1/Logits/Conv2d_0c_1x1/biases",
        {"Mixed_5c": [2, 7, 7, 1024], "Predictions": [2, 10]},
    ),
    "inception.inception_v2": (
        224, "InceptionV2/Conv2d_1a_7x7/depthwise_weights",
        "InceptionV2/Logits/Conv2d_1c_1x1/biases",
        {"Mixed_5c": [2, 7, 7, 1024], "Predictions": [2, 10]},
    ),
    "inception.inception_v3": (
        299, "InceptionV3/Conv2d_1a_3x3/weights", "InceptionV3/Logits/Conv2d_1c_1x1/biases",
        {"Mixed_7c": [2, 8, 8, 2048], "AuxLogits": [2, 10], "Predictions": [2, 10]},
    ),
    "resnet_v1.resnet_v1_50": (
        224, "resnet_v1_50/conv1/weights", "resnet_v1_50/logits/biases",
        {"resnet_v1_50/block4": [2, 7, 7, 2048], "predictions": [2, 1, 1, 10]},
    ),
    "resnet_v2.resnet_v2_50": (
        224, "resnet_v2_50/conv1/weights", "resnet_v2_50/logits/biases",
        {"resnet_v2_50/block4": [2, 7, 7, 2048], "predictions": [2, 1, 1, 10]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_has_its_variables_and_end_points(name):
    side, first, last, shapes = NETWORKS[name]
    module, function = name.split(".")
    with tf.Graph().as_default():
        _, end_points = getattr(getattr(nets, module), function)(_images(side), 10)
        assert (_names()[0], _names()[-1]) == (first, last)
        for end_point, shape in shapes.items():
            assert end_points[end_point].shape.as_list() == shape


@pytest.mark.parametrize("version", ["2", "3"])
def test_a_base_stops_at_an_end_point(version):
    module = getattr(nets, f"inception_v{version}")
    base = getattr(module, f"inception_v{version}_base")
    with tf.Graph().as_default():
        last = "Conv2d_2c_3x3" if version == "2" else "Conv2d_2b_3x3"
        net, end_points = base(_images(96), last, depth_multiplier=0.5)
        assert list(end_points)[-1] == last
        assert net is end_points[last]
        assert net.shape.as_list()[3] == (96 if version == "2" else 32)
        with pytest.raises(ValueError, match="Unknown final endpoint nowhere"):
            base(_images(96), "nowhere")
        with pytest.raises(ValueError, match="depth_multiplier is not greater than zero"):
            base(_images(96), depth_multiplier=0)


def test_an_arg_scope_gives_batch_normalisation_and_weight_decay():
    with tf.Graph().as_default():
        with slim.arg_scope(nets.inception.inception_v2_arg_scope()):
            nets.inception.inception_v2_base(_images(64), "Conv2d_2b_1x1")
        assert "InceptionV2/Conv2d_2b_1x1/BatchNorm/beta" in _names()
        averages = [v.op.name for v in tf.get_collection("moving_vars")]
        assert "InceptionV2/Conv2d_2b_1x1/BatchNorm/moving_mean" in averages
        assert tf.get_collection(tf.GraphKeys.UPDATE_OPS)
        assert [loss.op.name for loss in tf.losses.get_regularization_losses()]


def test_a_small_residual_network_learns():
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(1)
        blocks = [
            nets.resnet_v2.resnet_v2_block("block1", base_depth=2, num_units=2, stride=2),
            nets.resnet_v2.resnet_v2_block("block2", base_depth=4, num_units=1, stride=1),
        ]
        images = np.random.RandomState(0).rand(8, 16, 16, 3).astype(np.float32)
        labels = np.arange(8) % 2
        with slim.arg_scope(nets.resnet_utils.resnet_arg_scope(batch_norm_decay=0.5)):
            logits, _ = nets.resnet_v2.resnet_v2(images, blocks, 2, is_training=True)
        logits = tf.squeeze(logits, [1, 2])
        loss = tf.losses.sparse_softmax_cross_entropy(labels, logits)
        train = slim.learning.create_train_op(loss, tf.train.AdamOptimizer(0.01))
        session.run(tf.global_variables_initializer())
        losses = [float(session.run(train)) for _ in range(25)]
        assert losses[-1] < losses[0] / 2
