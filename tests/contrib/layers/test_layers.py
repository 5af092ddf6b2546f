"""tf.contrib.layers' layers: variables, collections, scopes, values against numpy."""

import numpy as np
import pytest

import flowgraph as tf

layers = tf.contrib.layers
IMAGES = np.random.RandomState(0).rand(4, 6, 6, 3).astype(np.float32)


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def run(*tensors):
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        return session.run(list(tensors))


def names():
    return [v.op.name for v in tf.global_variables()]


def test_fully_connected_and_its_kin():
    x = tf.constant(IMAGES.reshape(4, -1))
    layers.fully_connected(x, 5)
    layers.fully_connected(x, 5, scope="fc", biases_initializer=None)
    y = layers.linear(x, 2, scope="out", outputs_collections="ends")
    assert names() == [
        "fully_connected/weights", "fully_connected/biases", "fc/weights", "out/weights",
        "out/biases",
    ]  # fmt: skip
    assert tf.get_collection(tf.GraphKeys.MODEL_VARIABLES) == tf.global_variables()
    assert layers.utils.convert_collection_to_dict("ends") == {"out": y}
    weights, bias, value = run(*tf.global_variables()[-2:], y)
    np.testing.assert_allclose(value, IMAGES.reshape(4, -1) @ weights + bias, 1e-5)
    limit = (6.0 / (108 + 2)) ** 0.5
    assert np.abs(weights).max() <= limit and np.abs(weights).max() > 0.8 * limit
    assert layers.relu(x, 3).op.type == "Relu" and layers.elu(x, 3).op.type == "Elu"


def test_convolutions_name_their_variables():
    x = tf.constant(IMAGES)
    layers.conv2d(x, 4, 3, normalizer_fn=layers.batch_norm, scope="a")
    layers.conv2d(x, 4, [3, 3], stride=2, padding="VALID")
    layers.conv2d_transpose(x, 4, 3, stride=2)
    layers.separable_conv2d(x, 4, 3, scope="s")
    layers.separable_conv2d(x, None, 3, depth_multiplier=2, scope="d")
    layers.conv2d_in_plane(x, 3, scope="p")
    assert names() == [
        "a/weights", "a/BatchNorm/beta", "a/BatchNorm/moving_mean", "a/BatchNorm/moving_variance",
        "Conv/weights", "Conv/biases", "Conv2d_transpose/weights", "Conv2d_transpose/biases",
        "s/depthwise_weights", "s/pointwise_weights", "s/biases", "d/depthwise_weights",
        "d/biases", "p/weights", "p/biases",
    ]  # fmt: skip


def test_variables_go_to_the_collections_asked_for():
    collections = {"weights": ["kernels"], "biases": ["offsets"]}
    layers.conv2d(tf.constant(IMAGES), 4, 3, variables_collections=collections)
    assert [v.op.name for v in tf.get_collection("kernels")] == ["Conv/weights"]
    assert [v.op.name for v in tf.get_collection("offsets")] == ["Conv/biases"]


def test_argument_scopes_reach_the_layers():
    with tf.contrib.framework.arg_scope(
        [layers.conv2d, layers.fully_connected], activation_fn=None,
        weights_regularizer=layers.l2_regularizer(0.1),
    ):  # fmt: skip
        y = layers.conv2d(tf.constant(IMAGES), 4, 3)
        assert y.op.type == "BiasAdd"
        layers.fully_connected(layers.flatten(y), 2)
    assert len(tf.losses.get_regularization_losses()) == 2


@pytest.mark.parametrize("updates", [tf.GraphKeys.UPDATE_OPS, None, "mine"])
@pytest.mark.parametrize("shape", [(4, 6, 6, 3), (4, 108)])
@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("fed", [True, False])
def test_batch_norm_moves_its_averages(updates, shape, fused, fed):
    data = IMAGES.reshape(shape)
    training = tf.placeholder_with_default(True, []) if fed else True
    y = layers.batch_norm(
        tf.constant(data), decay=0.5, scale=True, is_training=training, fused=fused,
        updates_collections=updates, scope="bn",
    )  # fmt: skip
    axes = tuple(range(len(shape) - 1))
    mean, variance = data.mean(axes), data.var(axes)
    count = data.size // shape[-1]
    if fused:  # TensorFlow's fused op gives the unbiased variance
        variance_kept = variance * count / (count - 1)
    else:
        variance_kept = variance
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        value = session.run(y)
        np.testing.assert_allclose(value, (data - mean) / np.sqrt(variance + 1e-3), 1e-3, 1e-4)
        if updates is not None:
            assert len(tf.get_collection(updates)) == 2
            session.run(tf.get_collection(updates))
        by_name = {v.op.name: session.run(v) for v in tf.global_variables()}
    np.testing.assert_allclose(by_name["bn/moving_mean"], mean * 0.5, 1e-4, 1e-5)
    np.testing.assert_allclose(by_name["bn/moving_variance"], 0.5 + variance_kept * 0.5, 1e-3)
    assert {v.op.name for v in tf.trainable_variables()} == {"bn/beta", "bn/gamma"}


def test_batch_norm_uses_its_averages_otherwise_and_weights_of_examples():
    x = tf.constant(IMAGES)
    off = layers.batch_norm(x, is_training=False, scope="off")
    weighted = layers.batch_norm(x, batch_weights=[1.0, 0.0, 0.0, 0.0], scope="w")
    value, of_first = run(off, weighted)
    np.testing.assert_allclose(value, IMAGES / np.sqrt(1.001), 1e-4)
    first = IMAGES[0]
    wanted = (IMAGES - first.mean((0, 1))) / np.sqrt(first.var((0, 1)) + 1e-3)
    np.testing.assert_allclose(of_first, wanted, 1e-3, 1e-4)


def test_other_normalisations_against_numpy():
    x = tf.constant(IMAGES)
    by_layer, by_instance = layers.layer_norm(x), layers.instance_norm(x)
    by_group = layers.group_norm(x, groups=3)
    moved = layers.instance_norm(tf.transpose(x, [0, 3, 1, 2]), data_format="NCHW")

    def normalized(axes, epsilon):
        mean, variance = IMAGES.mean(axes, keepdims=True), IMAGES.var(axes, keepdims=True)
        return (IMAGES - mean) / np.sqrt(variance + epsilon)

    found = run(by_layer, by_instance, by_group, tf.transpose(moved, [0, 2, 3, 1]))
    wanted = [normalized((1, 2, 3), 1e-12)] + [normalized((1, 2), 1e-6)] * 3
    for value, want in zip(found, wanted, strict=True):
        np.testing.assert_allclose(value, want, 1e-3, 1e-4)
    assert {n.split("/")[0] for n in names()} == {
        "LayerNorm", "InstanceNorm", "GroupNorm", "InstanceNorm_1"
    }  # fmt: skip


def test_shaping_layers_against_numpy():
    x = tf.constant(IMAGES)
    pooled = layers.max_pool2d(x, 2)
    found = run(
        pooled, layers.avg_pool2d(x, 2, 2), layers.pool(x, 2, "MAX", stride=2),
        layers.unit_norm(x, 3, epsilon=0.0), layers.maxout(x, 1), layers.flatten(x),
        layers.one_hot_encoding([1, 0], 3), layers.softmax(x),
        layers.sequence_to_images(layers.images_to_sequence(x), 6),
    )  # fmt: skip
    blocks = IMAGES.reshape(4, 3, 2, 3, 2, 3)
    powers = np.exp(IMAGES)
    wanted = [
        blocks.max((2, 4)), blocks.mean((2, 4)), blocks.max((2, 4)),
        IMAGES / np.linalg.norm(IMAGES, axis=3, keepdims=True), IMAGES.max(3, keepdims=True),
        IMAGES.reshape(4, -1), [[0, 1, 0], [1, 0, 0]], powers / powers.sum(3, keepdims=True),
        IMAGES,
    ]  # fmt: skip
    for value, want in zip(found, wanted, strict=True):
        np.testing.assert_allclose(value, want, 1e-4, 1e-6)
    assert pooled.op.name == "MaxPool2D/MaxPool"


def test_stacks_and_repeats_number_their_scopes():
    x = tf.constant(IMAGES.reshape(4, -1))
    layers.stack(x, layers.fully_connected, [8, 4], scope="net")
    layers.repeat(tf.constant(IMAGES), 2, layers.conv2d, 3, 3, scope="conv")
    scopes = [n.rsplit("/", 1)[0] for n in names()[::2]]
    assert scopes == ["net/net_1", "net/net_2", "conv/conv_1", "conv/conv_2"]


def test_embeddings():
    ids = tf.constant([[1, 2, 1], [0, 0, 3]])
    start = tf.constant_initializer(np.arange(8).reshape(4, 2))
    plain = layers.embed_sequence(ids, 4, 2, initializer=start, scope="e")
    unique = layers.embed_sequence(ids, unique=True, scope="e", reuse=True)
    bag = layers.bow_encoder(ids, 4, 2, initializer=start, scope="b")
    first, second, mean = run(plain, unique, bag)
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(first[1], [[0, 1], [0, 1], [6, 7]])
    np.testing.assert_allclose(mean, [[8 / 3, 11 / 3], [6, 7]], 1e-6)


def test_spatial_softmax_finds_the_greatest_place():
    features = np.zeros([1, 5, 5, 2], np.float32)
    features[0, 0, 4, 0] = features[0, 4, 2, 1] = 100.0
    (points,) = run(layers.spatial_softmax(tf.constant(features)))
    np.testing.assert_allclose(points, [[-1, 1, 1, 0]], atol=1e-4)


def test_gradients_are_scaled_and_gdn_divides():
    x = tf.constant([[1.0, 2.0]])
    scaled = tf.gradients(layers.scale_gradient(x, 3.0), x)[0]
    y = layers.gdn(tf.constant(IMAGES), name="g")
    gradient, value = run(scaled, y)
    np.testing.assert_array_equal(gradient, [[3.0, 3.0]])
    np.testing.assert_allclose(value, IMAGES / np.sqrt(1 + 0.1 * IMAGES**2), 1e-4)


def test_regularizers():
    w = tf.constant([[1.0, -2.0]])
    both = layers.l1_l2_regularizer(0.5, 0.1)
    total = layers.apply_regularization(layers.l2_regularizer(1.0), [w, w])
    values = run(layers.l1_regularizer(0.5)(w), layers.l2_regularizer(0.1)(w), both(w), total)
    np.testing.assert_allclose(values, [1.5, 0.25, 1.75, 5.0])
    assert layers.l2_regularizer(0.0)(w) is None and layers.sum_regularizer([None]) is None
    assert tf.losses.get_regularization_losses() == [total]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: layers.fully_connected(tf.zeros([2, 3]), 2.5), "num_outputs type should be"),
        (lambda: layers.conv2d(tf.zeros([2, 3]), 2, 3), "expects input with rank 4, got 2"),
        (lambda: layers.conv2d(tf.zeros([2, 3, 3, 1]), 2, 3, data_format="x"), "Invalid data_for"),
        (lambda: layers.max_pool2d(tf.zeros([2, 3, 3, 1]), 2, data_format="x"), "either NCHW or"),
        (lambda: layers.batch_norm(tf.placeholder(tf.float32)), "undefined rank"),
        (lambda: layers.layer_norm(tf.zeros([2, 3]), begin_norm_axis=2), "must be < rank"),
        (lambda: layers.group_norm(tf.zeros([2, 3, 3, 4]), groups=3), "not commensurate"),
        (lambda: layers.l2_regularizer(1), "scale cannot be an integer"),
        (lambda: layers.l1_regularizer(-1.0), "less than 0"),
        (lambda: layers.apply_regularization(layers.l1_regularizer(1.0), []), "No weights"),
        (lambda: layers.embed_sequence([[1]]), "Must specify vocab size"),
        (lambda: layers.unit_norm(tf.zeros([2, 3]), 2), "dim must be positive"),
        (lambda: layers.maxout(tf.zeros([2, 3]), 2), "is not a multiple"),
        (lambda: layers.stack(tf.zeros([2, 3]), layers.relu, 3), "stack_args need to be a list"),
        (lambda: layers.pool(tf.zeros([2, 3]), 2, "MAX"), "Rank of inputs must be >= 3"),
    ],
)
def test_mistakes(call, message):
    with pytest.raises(ValueError, match=message):
        call()
    with pytest.raises(TypeError, match="Unknown mode"):
        layers.variance_scaling_initializer(mode="FAN")


def test_safe_embedding_lookup_takes_arrays_variables_and_parts():
    table = np.arange(12, dtype=np.float32).reshape(6, 2)
    with tf.Graph().as_default(), tf.Session() as session:
        ids = tf.SparseTensor([[0, 0], [0, 1], [2, 0]], tf.constant([1, 3, 5], tf.int64), [3, 2])
        split = tf.fixed_size_partitioner(2)
        parts = tf.get_variable("parts", initializer=tf.constant(table), partitioner=split)
        whole = tf.get_variable("whole", initializer=table)
        session.run(tf.global_variables_initializer())
        for weights in (table, [table], whole, [whole], parts, list(parts)):
            found = tf.contrib.layers.safe_embedding_lookup_sparse(weights, ids)
            np.testing.assert_array_equal(session.run(found), [[4, 5], [0, 0], [10, 11]])
        other = tf.get_variable("other", initializer=table.astype(np.float64))
        with pytest.raises(ValueError, match="must be of the same type"):
            tf.contrib.layers.safe_embedding_lookup_sparse([whole, other], ids)
