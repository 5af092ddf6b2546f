"""Records learning curves of small models with TensorFlow's legacy Keras in curves.json.

Run as: TF_USE_LEGACY_KERAS=1 python tests/keras/record.py (needs tensorflow and tf_keras).
"""

import json
import sys
from pathlib import Path

import numpy as np

PLACE = Path(__file__).with_name("curves.json")


def _seeded(model):
    """Sets weights that do not depend on initializers."""
    random = np.random.RandomState(1)
    model.set_weights(
        [
            np.ones(v.shape, "f") if "variance" in w.name else random.randn(*v.shape) * 0.3
            for w, v in zip(model.weights, model.get_weights(), strict=True)
        ]
    )


def _data():
    random = np.random.RandomState(0)
    x = random.rand(48, 12).astype("f")
    images = random.rand(24, 8, 8, 2).astype("f")
    series = random.rand(24, 6, 4).astype("f")
    words = random.randint(1, 20, (24, 6))
    words[:, 4:] = 0
    classes = x[:, :3].argmax(1)
    return {
        "classes": (x, classes), "one_hot": (x, np.eye(3)[classes]),
        "images": (images, images.mean((1, 2, 3))), "series": (series, series[:, :, 0].sum(1)),
        "words": (words, series[:, :, 0].sum(1)),
    }  # fmt: skip


def cases(keras):
    """{name: (layers, data, optimizer, loss)}."""
    L, O = keras.layers, keras.optimizers

    def mlp():
        return [L.Dense(8, activation="relu", input_shape=(12,)), L.Dense(3, activation="softmax")]

    optimizers = {
        "sgd": lambda: O.SGD(0.1, momentum=0.9, nesterov=True), "adam": lambda: O.Adam(0.01),
        "rmsprop": lambda: O.RMSprop(0.01), "adagrad": lambda: O.Adagrad(0.05),
        "centered": lambda: O.RMSprop(0.01, momentum=0.5, centered=True),
        "adadelta": lambda: O.Adadelta(1.0), "adamax": lambda: O.Adamax(0.01),
        "nadam": lambda: O.Nadam(0.01), "amsgrad": lambda: O.Adam(0.01, amsgrad=True),
        "ftrl": lambda: O.Ftrl(0.05), "clipnorm": lambda: O.SGD(0.1, clipnorm=0.05),
    }  # fmt: skip
    found = {
        f"optimizer_{name}": (mlp, "classes", make, "sparse_categorical_crossentropy")
        for name, make in optimizers.items()
    }
    for loss in (
        "mse", "mae", "mape", "msle", "hinge", "squared_hinge", "categorical_hinge", "logcosh",
        "categorical_crossentropy", "kld", "poisson", "cosine_similarity",
    ):  # fmt: skip
        found[f"loss_{loss}"] = (mlp, "one_hot", lambda: O.SGD(0.1), loss)
    hard = {"recurrent_activation": "hard_sigmoid"}
    models = {
        "conv": ("images", lambda: [
            L.Conv2D(3, 3, activation="relu", input_shape=(8, 8, 2)), L.BatchNormalization(),
            L.MaxPooling2D(), L.Flatten(), L.Dense(1)]),
        "separable": ("images", lambda: [
            L.SeparableConv2D(3, 3, padding="same", input_shape=(8, 8, 2)),
            L.DepthwiseConv2D(2), L.GlobalAveragePooling2D(), L.Dense(1)]),
        "transpose": ("images", lambda: [
            L.Conv2DTranspose(3, 3, strides=2, padding="same", input_shape=(8, 8, 2)),
            L.AveragePooling2D(), L.UpSampling2D(), L.ZeroPadding2D(), L.Cropping2D(1),
            L.Flatten(), L.Dense(1)]),
        "causal": ("series", lambda: [
            L.Conv1D(3, 2, padding="causal", input_shape=(6, 4)), L.LeakyReLU(),
            L.GlobalMaxPooling1D(), L.Dense(1)]),
        "local": ("series", lambda: [
            L.LocallyConnected1D(3, 2, input_shape=(6, 4)), L.PReLU(), L.Flatten(), L.Dense(1)]),
        "rnn": ("series", lambda: [L.SimpleRNN(5, input_shape=(6, 4)), L.Dense(1)]),
        "gru": ("series", lambda: [
            L.GRU(5, reset_after=False, input_shape=(6, 4), **hard), L.Dense(1)]),
        "gru_after": ("series", lambda: [
            L.GRU(5, reset_after=True, input_shape=(6, 4), **hard), L.Dense(1)]),
        "lstm": ("series", lambda: [L.LSTM(5, input_shape=(6, 4), **hard), L.Dense(1)]),
        "bidirectional": ("series", lambda: [
            L.Bidirectional(L.LSTM(5, return_sequences=True, **hard), input_shape=(6, 4)),
            L.TimeDistributed(L.Dense(2)), L.Flatten(), L.Dense(1)]),
        "masked": ("words", lambda: [
            L.Embedding(20, 4, mask_zero=True, input_length=6), L.LSTM(5, **hard), L.Dense(1)]),
        "stacked": ("series", lambda: [
            L.RNN([L.LSTMCell(4, **hard), L.GRUCell(3, reset_after=False, **hard)],
                  input_shape=(6, 4)), L.Dense(1)]),
        "regularized": ("series", lambda: [
            L.LayerNormalization(input_shape=(6, 4)), L.Reshape((4, 6)), L.Permute((2, 1)),
            L.Flatten(), L.Dense(3, kernel_regularizer="l2",
                                 activity_regularizer=keras.regularizers.l1(0.01)),
            L.Dense(1, kernel_constraint=keras.constraints.MaxNorm(0.1))]),
        "conv_lstm": ("images", lambda: [
            L.Reshape((4, 4, 4, 2), input_shape=(8, 8, 2)), L.ConvLSTM2D(2, 2, **hard),
            L.Flatten(), L.Dense(1)]),
    }  # fmt: skip
    for name, (data, layers) in models.items():
        found[f"model_{name}"] = (layers, data, lambda: O.SGD(0.01), "mse")
    return found


def curve(keras, case):
    """What a case logs in two epochs, and the first predictions."""
    layers, data, optimizer, loss = case
    keras.backend.clear_session()
    model = keras.Sequential(layers())
    model.compile(optimizer(), loss, metrics=["mae" if data != "classes" else "acc"])
    _seeded(model)
    np.random.seed(3)
    x, y = _data()[data]
    history = model.fit(x, y, epochs=2, batch_size=8, verbose=0, validation_split=0.25).history
    logged = {k: [round(float(v), 6) for v in values] for k, values in history.items()}
    first = np.ravel(model.predict(x[:4]))[:8]
    return {**logged, "first": [round(float(v), 6) for v in first]}


if __name__ == "__main__":
    import tensorflow

    tensorflow.compat.v1.disable_v2_behavior()
    keras = tensorflow.compat.v1.keras
    recorded = {name: curve(keras, case) for name, case in cases(keras).items()}
    text = ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in recorded.items())
    PLACE.write_text("{\n" + text + "\n}\n")
    sys.stdout.write(f"{len(recorded)} curves in {PLACE}\n")
