"""Layers: shapes told beforehand and configurations that make the same layer again."""

import numpy as np
import pytest

import flowgraph as tf

keras = tf.keras
L, K = keras.layers, keras.backend
CASES = [
    (lambda: L.Dense(3, activation="relu", kernel_regularizer="l2"), (4, 5)),
    (lambda: L.Activation("tanh"), (4, 5)),
    (lambda: L.Flatten(), (4, 5, 2)),
    (lambda: L.Reshape((5, -1)), (4, 10)),
    (lambda: L.Permute((2, 1)), (4, 5, 2)),
    (lambda: L.RepeatVector(3), (4, 5)),
    (lambda: L.Masking(), (4, 5, 2)),
    (lambda: L.ActivityRegularization(0.1, 0.1), (4, 5)),
    (lambda: L.Conv1D(3, 2, padding="causal"), (4, 6, 2)),
    (lambda: L.Conv2D(3, (2, 3), strides=2, padding="same"), (4, 6, 6, 2)),
    (lambda: L.Conv3D(3, 2), (2, 4, 4, 4, 2)),
    (lambda: L.Conv2DTranspose(3, 2, strides=2), (4, 3, 3, 2)),
    (lambda: L.Conv3DTranspose(2, 2), (2, 3, 3, 3, 2)),
    (lambda: L.SeparableConv1D(3, 2), (4, 6, 2)),
    (lambda: L.SeparableConv2D(3, 2, depth_multiplier=2), (4, 6, 6, 2)),
    (lambda: L.DepthwiseConv2D(2), (4, 6, 6, 2)),
    (lambda: L.LocallyConnected1D(3, 2), (4, 6, 2)),
    (lambda: L.LocallyConnected2D(3, 2), (4, 5, 5, 2)),
    (lambda: L.UpSampling1D(2), (4, 6, 2)),
    (lambda: L.UpSampling2D((2, 3), interpolation="bilinear"), (4, 3, 3, 2)),
    (lambda: L.UpSampling3D(2), (2, 2, 2, 2, 2)),
    (lambda: L.ZeroPadding1D((1, 2)), (4, 6, 2)),
    (lambda: L.ZeroPadding2D(((1, 0), (2, 1))), (4, 3, 3, 2)),
    (lambda: L.ZeroPadding3D(1), (2, 2, 2, 2, 2)),
    (lambda: L.Cropping1D((1, 2)), (4, 6, 2)),
    (lambda: L.Cropping2D(((1, 0), (2, 1))), (4, 5, 5, 2)),
    (lambda: L.Cropping3D(1), (2, 4, 4, 4, 2)),
    (lambda: L.MaxPooling1D(), (4, 6, 2)),
    (lambda: L.MaxPooling2D(padding="same"), (4, 5, 5, 2)),
    (lambda: L.MaxPooling3D(), (2, 4, 4, 4, 2)),
    (lambda: L.AveragePooling1D(3, strides=1), (4, 6, 2)),
    (lambda: L.AveragePooling2D(), (4, 6, 6, 2)),
    (lambda: L.GlobalMaxPooling1D(), (4, 6, 2)),
    (lambda: L.GlobalAveragePooling2D(), (4, 6, 6, 2)),
    (lambda: L.GlobalMaxPooling3D(), (2, 4, 4, 4, 2)),
    (lambda: L.BatchNormalization(scale=False), (4, 5)),
    (lambda: L.LayerNormalization(axis=[1, 2]), (4, 5, 2)),
    (lambda: L.Embedding(10, 3), (4, 5)),
    (lambda: L.SimpleRNN(3, return_sequences=True), (4, 5, 2)),
    (lambda: L.GRU(3, reset_after=True), (4, 5, 2)),
    (lambda: L.LSTM(3, dropout=0.1, recurrent_dropout=0.1), (4, 5, 2)),
    (lambda: L.LSTM(3, unroll=True, go_backwards=True), (4, 5, 2)),
    (lambda: L.CuDNNGRU(3), (4, 5, 2)),
    (lambda: L.CuDNNLSTM(3), (4, 5, 2)),
    (lambda: L.RNN([L.GRUCell(3), L.LSTMCell(2)]), (4, 5, 2)),
    (lambda: L.ConvLSTM2D(2, 2, padding="same"), (2, 3, 4, 4, 2)),
    (lambda: L.Bidirectional(L.GRU(3, return_sequences=True), merge_mode="sum"), (4, 5, 2)),
    (lambda: L.TimeDistributed(L.Dense(3)), (4, 5, 2)),
    (lambda: L.LeakyReLU(), (4, 5)),
    (lambda: L.PReLU(shared_axes=[1]), (4, 5, 2)),
    (lambda: L.ELU(), (4, 5)),
    (lambda: L.ThresholdedReLU(), (4, 5)),
    (lambda: L.Softmax(), (4, 5)),
    (lambda: L.ReLU(max_value=1.0, negative_slope=0.1, threshold=0.2), (4, 5)),
    (lambda: L.GaussianNoise(0.1), (4, 5)),
    (lambda: L.GaussianDropout(0.1), (4, 5)),
    (lambda: L.AlphaDropout(0.1), (4, 5)),
    (lambda: L.Dropout(0.1), (4, 5)),
    (lambda: L.SpatialDropout2D(0.1), (4, 5, 5, 2)),
    (lambda: L.Lambda(lambda t: t[:, :2]), (4, 5)),
]


@pytest.mark.parametrize("number", range(len(CASES)))
def test_shape_and_configuration(number):
    make, shape = CASES[number]
    layer = make()
    x = np.random.RandomState(0).rand(*shape).astype("f") * 5
    inputs = keras.Input(shape[1:])
    outputs = layer(inputs)
    value = keras.Model(inputs, outputs).predict(x)
    told = tf.TensorShape(layer.compute_output_shape((None, *shape[1:]))).as_list()
    assert told[1:] == list(value.shape[1:])
    assert outputs.shape.as_list() == told
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    other = keras.Model(inputs, again(inputs))
    again.set_weights(layer.get_weights())
    np.testing.assert_allclose(other.predict(x), value, rtol=1e-5, atol=1e-6)


def test_merging():
    a = np.random.rand(4, 3).astype("f")
    b = np.random.rand(4, 3).astype("f")
    first, second = keras.Input((3,)), keras.Input((3,))
    expected = {
        "add": a + b, "subtract": a - b, "multiply": a * b, "average": (a + b) / 2,
        "maximum": np.maximum(a, b), "minimum": np.minimum(a, b),
        "concatenate": np.concatenate([a, b], 1),
    }  # fmt: skip
    outputs = [getattr(L, name)([first, second]) for name in expected]
    outputs.append(L.dot([first, second], 1))
    values = keras.Model([first, second], outputs).predict([a, b])
    for value, wanted in zip(values, [*expected.values(), (a * b).sum(1, keepdims=True)]):
        np.testing.assert_allclose(value, wanted, rtol=1e-5)
    with pytest.raises(ValueError, match="list of at least 2"):
        L.Add()([first])
    with pytest.raises(ValueError, match="matching shapes"):
        L.Concatenate(axis=0)([first, keras.Input((4,))])


def test_masks_pass_through():
    words = keras.Input((4,))
    embedded = L.Embedding(5, 3, mask_zero=True)(words)
    assert embedded._keras_mask is not None
    assert L.Dropout(0.1)(embedded)._keras_mask is not None
    with pytest.raises(TypeError, match="does not support masking"):
        L.Conv1D(2, 1)(embedded)
    x = np.array([[1, 2, 0, 0], [3, 0, 0, 0]])
    rnn = L.SimpleRNN(3)
    masked = keras.Model(words, rnn(embedded))
    short = keras.Input((2, 3))
    shorter = keras.Model(short, rnn(short)).predict(masked.layers[1].get_weights()[0][x[:1, :2]])
    np.testing.assert_allclose(masked.predict(x)[:1], shorter, rtol=1e-5)


def test_own_layer():
    class Linear(L.Layer):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.units = units

        def build(self, input_shape):
            self.kernel = self.add_weight("kernel", (int(input_shape[-1]), self.units))
            super().build(input_shape)

        def call(self, inputs):
            self.add_loss(tf.reduce_sum(self.kernel) * 0.0 + 2.0)
            return tf.matmul(inputs, self.kernel)

    model = keras.Sequential([Linear(2, input_shape=(3,))])
    assert model.weights[0].name == "linear/kernel:0" and len(model.losses) == 1
    model.compile("sgd", "mse")
    x = np.zeros((2, 3))
    assert model.evaluate(x, np.zeros((2, 2)), verbose=0) == pytest.approx(2.0)
    with pytest.raises(NotImplementedError, match="get_config"):
        model.get_config()


def test_own_cell_with_constants():
    class Cell(L.Layer):
        state_size = 4

        def call(self, inputs, states, constants):
            output = inputs + states[0] + constants[0]
            return output, [output]

    sequence, constant = keras.Input((None, 4)), keras.Input((4,))
    model = keras.Model([sequence, constant], L.RNN(Cell())(sequence, constants=constant))
    result = model.predict([np.ones((2, 3, 4)), np.full((2, 4), 10.0)])
    np.testing.assert_allclose(result, np.full((2, 4), 33.0))


def test_initial_values_under_a_seed():
    """Recorded with TensorFlow 2.21's legacy Keras in graph mode."""
    tf.set_random_seed(7)
    expected = {
        "glorot_uniform": [0.62151, -1.03384, -0.1009, 0.87404],
        "he_normal": [-0.61481, 1.27558, 1.33486, -0.98225],
        "lecun_uniform": [-0.53886, 0.45773, 0.37381, 1.0638],
        "orthogonal": [0.76107, -0.64866, 0.64866, 0.76107],
        "random_normal": [-0.0219, -0.08767, -0.11036, -0.0557],
        "uniform": [0.03669, -0.04978, 0.04195, -0.00739],
    }
    first = L.Dense(2, kernel_initializer=keras.initializers.glorot_uniform(seed=3))
    first.build((None, 2))
    np.testing.assert_allclose(
        np.ravel(first.get_weights()[0]), [-0.24228, -0.30168, -0.46714, -1.009], atol=1e-5
    )
    for name, values in expected.items():
        layer = L.Dense(2, kernel_initializer=name)
        layer.build((None, 2))
        np.testing.assert_allclose(
            np.ravel(layer.get_weights()[0]), values, atol=1e-5, err_msg=name
        )


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: L.Dense(3, nonsense=1), TypeError, "not understood"),
        (lambda: L.Dense(3, activation="nonsense"), ValueError, "nonsense"),
        (lambda: L.Dense(3, kernel_initializer="nonsense"), ValueError, "nonsense"),
        (lambda: L.Permute((1, 3)), ValueError, "consecutive"),
        (lambda: L.Reshape((3, 3))(keras.Input((4,))), ValueError, "unchanged"),
        (lambda: L.Conv2D(3, 2)(keras.Input((4,))), ValueError, "ndim"),
        (lambda: L.UpSampling2D(interpolation="cubic"), ValueError, "interpolation"),
        (lambda: L.Bidirectional(L.GRU(2), merge_mode="x"), ValueError, "merge mode"),
        (lambda: L.TimeDistributed(3), ValueError, "Layer"),
        (lambda: L.RNN(object()), ValueError, "call"),
        (lambda: L.GRU(2, stateful=True)(keras.Input((3, 2))), ValueError, "batch size"),
        (lambda: keras.Input(), ValueError, "shape"),
        (lambda: L.deserialize({"class_name": "Nope", "config": {}}), ValueError, "Unknown layer"),
    ],
)
def test_mistakes(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_a_layer_that_asks_whether_it_trains_in_python():
    class Shifted(tf.keras.layers.Layer):
        def call(self, inputs, training):
            if training:
                return inputs + 100.0
            return inputs

    model = tf.keras.Sequential([Shifted()])
    model.compile("sgd", "mse")
    history = model.fit(np.zeros((1, 1)), np.zeros((1, 1)), verbose=0)
    assert history.history["loss"] == [10000.0]
    assert model.predict(np.zeros((1, 1))).tolist() == [[0.0]]


def test_images_in_folders_of_folders(tmp_path):
    image = pytest.importorskip("PIL.Image")
    for place in ("a", "a/inner", "b"):
        (tmp_path / place).mkdir()
        image.new("RGB", (4, 4)).save(tmp_path / place / "one.png")
    found = tf.keras.preprocessing.image.ImageDataGenerator().flow_from_directory(str(tmp_path))
    assert sorted(found.filenames) == ["a/inner/one.png", "a/one.png", "b/one.png"]


def test_steps_of_steps_of_unknown_number_with_masks():
    layers = tf.keras.layers
    model = tf.keras.Sequential(
        [
            layers.TimeDistributed(
                layers.Embedding(5, 6, mask_zero=True), input_shape=(None, None)
            ),
            layers.TimeDistributed(layers.SimpleRNN(7)),
            layers.SimpleRNN(1),
        ]
    )
    words = np.array([[[1, 2, 0], [3, 0, 0], [0, 0, 0]]])
    np.testing.assert_allclose(model.predict(words), model.predict(words[:, :2, :2]), rtol=1e-5)
