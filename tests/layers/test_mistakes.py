"""What layers are given wrongly ends in an error of TensorFlow's class that tells what came."""

import pytest

import flowgraph as tf

CASES = {
    "dense: unknown size": lambda: tf.layers.dense(tf.placeholder(tf.float32, [2, None]), 3),
    "dense: vector": lambda: tf.layers.dense(tf.zeros([3]), 3),
    "conv: channels unknown": lambda: tf.layers.conv2d(
        tf.placeholder(tf.float32, [2, 5, 5, None]), 3, 2
    ),
    "conv: rank": lambda: tf.layers.conv2d(tf.zeros([2, 5, 5]), 3, 2),
    "conv: data format": lambda: tf.layers.conv2d(tf.zeros([2, 5, 5, 1]), 3, 2, data_format="last"),
    "conv: padding": lambda: tf.layers.conv2d(tf.zeros([2, 5, 5, 1]), 3, 2, padding="full"),
    "conv: causal": lambda: tf.layers.conv2d(tf.zeros([2, 5, 5, 1]), 3, 2, padding="causal"),
    "conv: kernel size": lambda: tf.layers.conv2d(tf.zeros([2, 5, 5, 1]), 3, (1, 2, 3)),
    "conv: strides": lambda: tf.layers.conv2d(tf.zeros([2, 5, 5, 1]), 3, 2, strides=None),
    "conv: stride and dilation": lambda: tf.layers.conv1d(tf.zeros([2, 5, 1]), 3, 2, strides="ab"),
    "pool: rank": lambda: tf.layers.max_pooling2d(tf.zeros([2, 5, 5]), 2, 2),
    "pool: size": lambda: tf.layers.max_pooling2d(tf.zeros([2, 5, 5, 1]), (1, 2, 3), 2),
    "pool: strides": lambda: tf.layers.average_pooling1d(tf.zeros([2, 5, 5]), 2, None),
    "norm: unknown rank": lambda: tf.layers.batch_normalization(tf.placeholder(tf.float32)),
    "norm: unknown size": lambda: tf.layers.batch_normalization(
        tf.placeholder(tf.float32, [2, None])
    ),
    "norm: axis": lambda: tf.layers.batch_normalization(tf.zeros([2, 3]), axis=5),
    "norm: axes twice": lambda: tf.layers.batch_normalization(tf.zeros([2, 3]), axis=[1, -1]),
    "norm: clipping": lambda: tf.layers.batch_normalization(
        tf.zeros([2, 3]), renorm=True, renorm_clipping={"most": 1}
    ),
    "norm: virtual": lambda: tf.layers.batch_normalization(tf.zeros([2, 3]), virtual_batch_size=-1),
    "dropout: rate": lambda: tf.layers.dropout(tf.zeros([2, 3]), 1.5, training=True),
}


@pytest.mark.parametrize("name", CASES)
def test_value_errors(name):
    with tf.Graph().as_default(), pytest.raises(ValueError) as caught:
        CASES[name]()
    assert len(str(caught.value)) > 10


def test_type_errors():
    with tf.Graph().as_default():
        with pytest.raises(TypeError, match="non-floating point"):
            tf.layers.dense(tf.zeros([2, 3], tf.int32), 2)
        with pytest.raises(TypeError, match="axis must be int or list"):
            tf.layers.BatchNormalization(axis="last")
        with pytest.raises(TypeError, match="`pred` must be a Tensor"):
            tf.layers.dropout(tf.zeros([2]), training="yes")


@pytest.mark.parametrize("form", ["channels_first", "channels_last"])
def test_output_shapes_are_those_of_the_outputs(form):
    layers = [
        tf.layers.Conv2D(4, 3, 2, data_format=form), tf.layers.Conv2D(4, 3, padding="same"),
        tf.layers.Conv2DTranspose(4, 3, 2, data_format=form), tf.layers.MaxPooling2D(2, 2),
        tf.layers.SeparableConv2D(4, 2, data_format=form), tf.layers.Flatten(),
        tf.layers.AveragePooling2D(3, 2, "same", form), tf.layers.BatchNormalization(),
        tf.layers.Dense(7), tf.layers.Dropout(0.1),
    ]  # fmt: skip
    with tf.Graph().as_default():
        x = tf.zeros([2, 6, 6, 6])
        for layer in layers:
            assert layer(x).shape == layer.compute_output_shape(x.shape)
            made = type(layer).from_config(layer.get_config())
            assert made.get_config() == layer.get_config()


def test_channels_first_is_channels_last_moved():
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.random_uniform([2, 5, 6, 3], seed=1)
        last = tf.layers.conv2d(x, 4, 3, name="c")
        moved = tf.transpose(x, [0, 3, 1, 2])
        first = tf.layers.conv2d(moved, 4, 3, data_format="channels_first", name="c", reuse=True)
        difference = tf.reduce_max(tf.abs(tf.transpose(first, [0, 2, 3, 1]) - last))
        session.run(tf.global_variables_initializer())
        assert session.run(difference) < 1e-5


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda x: tf.layers.dense(x, 3, activaton=None), r"dense\(\) got .* 'activaton'"),
        (lambda x: tf.layers.dense(x), r"dense\(\) missing a required argument: 'units'"),
    ],
)
def test_a_wrong_argument_is_told_with_the_functions_name(call, words):
    with tf.Graph().as_default(), pytest.raises(TypeError, match=words):
        call(tf.zeros([2, 3]))
