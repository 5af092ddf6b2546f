"""Models: made, called, trained on every kind of data, saved."""

import json

import numpy as np
import pytest

import flowgraph as tf

keras = tf.keras
layers, K = keras.layers, keras.backend


def data(n=20):
    x = np.random.RandomState(0).rand(n, 3).astype("f")
    return x, x.sum(1, keepdims=True)


def small():
    return keras.Sequential([layers.Dense(4, activation="relu", input_shape=(3,)), layers.Dense(1)])


def compiled(**kwargs):
    model = small()
    model.compile("adam", "mse", metrics=["mae"], **kwargs)
    return model


def test_names_of_layers_and_variables():
    model = keras.Sequential([layers.Dense(2, input_shape=(3,)), layers.BatchNormalization()])
    assert [w.name for w in model.weights] == [
        "dense/kernel:0", "dense/bias:0", "batch_normalization/gamma:0",
        "batch_normalization/beta:0", "batch_normalization/moving_mean:0",
        "batch_normalization/moving_variance:0",
    ]  # fmt: skip
    assert model.name == "sequential"
    assert [layer.name for layer in small().layers] == ["dense_1", "dense_2"]
    assert len(tf.trainable_variables()) == 2 + 2 + 4


def test_optimizer_variables_are_named_below_training():
    model = compiled()
    model.fit(*data(), verbose=0)
    names = [w.name for w in model.optimizer.weights]
    assert names[:2] == ["training/Adam/iter:0", "training/Adam/dense/kernel/m:0"]


def test_history_and_metric_names():
    model = compiled()
    x, y = data()
    history = model.fit(x, y, epochs=2, validation_split=0.2, verbose=0)
    assert model.metrics_names == ["loss", "mean_absolute_error"]
    assert set(history.history) == {
        "loss", "mean_absolute_error", "val_loss", "val_mean_absolute_error",
    }  # fmt: skip
    assert history.epoch == [0, 1]
    loss, mae = model.evaluate(x, y, verbose=0)
    predicted = model.predict(x)
    np.testing.assert_allclose(loss, np.mean((predicted - y) ** 2), rtol=1e-5)
    np.testing.assert_allclose(mae, np.mean(np.abs(predicted - y)), rtol=1e-5)


def test_accuracy_goes_by_loss_and_shape():
    x = np.random.rand(8, 3)
    for loss, last, y in (
        ("binary_crossentropy", 1, np.random.randint(0, 2, 8)),
        ("sparse_categorical_crossentropy", 4, np.random.randint(0, 4, 8)),
        ("categorical_crossentropy", 4, np.eye(4)[np.random.randint(0, 4, 8)]),
    ):
        model = keras.Sequential(
            [layers.Dense(last, activation="softmax" if last > 1 else "sigmoid", input_shape=(3,))]
        )
        model.compile("sgd", loss, metrics=["accuracy"])
        accuracy = model.evaluate(x, y, verbose=0)[1]
        predicted = model.predict(x)
        if last == 1:
            expected = np.mean((predicted[:, 0] > 0.5) == y)
        else:
            expected = np.mean(predicted.argmax(1) == (y if y.ndim == 1 else y.argmax(1)))
        assert accuracy == pytest.approx(expected)
        assert model.metrics_names[1] == "acc"


def test_fit_adds_no_operations_once_compiled():
    model = compiled()
    x, y = data()
    model.fit(x, y, epochs=1, verbose=0)
    model.predict(x)
    model.evaluate(x, y, verbose=0)
    before = len(tf.get_default_graph().get_operations())
    model.fit(x, y, epochs=3, verbose=0)
    model.predict(x)
    model.evaluate(x, y, verbose=0)
    model.train_on_batch(x, y)
    assert len(tf.get_default_graph().get_operations()) == before


def test_several_inputs_and_outputs_by_name():
    a, b = keras.Input((3,), name="a"), keras.Input((2,), name="b")
    joined = layers.concatenate([a, b])
    one, two = layers.Dense(1, name="one")(joined), layers.Dense(2, name="two")(joined)
    model = keras.Model([a, b], [one, two])
    model.compile(
        "sgd", {"one": "mse", "two": "mae"}, metrics={"two": "mse"}, loss_weights={"two": 0.5}
    )
    x = {"a": np.ones((6, 3)), "b": np.ones((6, 2))}
    y = {"one": np.ones((6, 1)), "two": np.ones((6, 2))}
    results = model.evaluate(x, y, verbose=0)
    assert model.metrics_names == ["loss", "one_loss", "two_loss", "two_mean_squared_error"]
    assert results[0] == pytest.approx(results[1] + 0.5 * results[2], rel=1e-5)
    first, second = model.predict(x)
    assert first.shape == (6, 1) and second.shape == (6, 2)
    again = keras.Model.from_config(json.loads(model.to_json())["config"])
    again.set_weights(model.get_weights())
    np.testing.assert_allclose(again.predict(x)[1], second, rtol=1e-6)


def test_weights_of_examples_and_classes():
    x = np.random.rand(6, 3)
    y = np.array([0, 1, 0, 1, 1, 0])
    weights = np.array([1.0, 2.0, 0.0, 3.0, 1.0, 0.5])
    model = keras.Sequential([layers.Dense(1, activation="sigmoid", input_shape=(3,))])
    model.compile("sgd", "mse", weighted_metrics=["mse"])
    errors = (model.predict(x)[:, 0] - y) ** 2
    loss, metric = model.evaluate(x, y, sample_weight=weights, verbose=0)
    assert loss == pytest.approx(np.mean(errors * weights), rel=1e-5)
    assert metric == pytest.approx(np.sum(errors * weights) / weights.sum(), rel=1e-5)
    trained = model.train_on_batch(x, y, class_weight={0: 1.0, 1: 4.0})[0]
    assert trained == pytest.approx(np.mean(errors * np.where(y, 4.0, 1.0)), rel=1e-5)


def test_batch_norm_learns_its_averages_in_fit_and_dropout_rests_in_predict():
    model = keras.Sequential([layers.BatchNormalization(input_shape=(3,)), layers.Dropout(0.5)])
    model.compile("sgd", "mse")
    x = np.random.rand(32, 3).astype("f") + 5
    model.fit(x, x, epochs=2, verbose=0)
    mean = model.layers[0].get_weights()[2]
    assert np.all(mean > 0.05)
    first, second = model.predict(x), model.predict(x)
    np.testing.assert_array_equal(first, second)
    assert not np.any(first == 0)


def test_frozen_layers_stay_as_they_are():
    model = small()
    model.layers[0].trainable = False
    model.compile("sgd", "mse")
    before = model.get_weights()
    model.fit(*data(), verbose=0)
    after = model.get_weights()
    np.testing.assert_array_equal(before[0], after[0])
    assert np.any(before[2] != after[2])


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(4, activation="relu")
        self.blocks = [layers.Dense(4), layers.Dense(1)]

    def call(self, inputs):
        x = self.hidden(inputs)
        for block in self.blocks:
            x = block(x)
        return x


def test_subclassed_model():
    model = Subclassed()
    model.compile("adam", "mse")
    x, y = data()
    first = model.fit(x, y, epochs=1, verbose=0).history["loss"][0]
    last = model.fit(x, y, epochs=30, verbose=0).history["loss"][-1]
    assert last < first
    assert [w.name for w in model.weights][:2] == [
        "subclassed/dense/kernel:0", "subclassed/dense/bias:0",
    ]  # fmt: skip
    assert len(model.layers) == 3 and len(model.weights) == 6


def test_forgotten_constructor_is_named():
    class Forgetful(keras.Model):
        def __init__(self):
            self.dense = layers.Dense(1)

    with pytest.raises(RuntimeError, match="forgot to call"):
        Forgetful()


def test_model_in_a_plain_session():
    x, y = data()
    inputs, labels = tf.placeholder(tf.float32, [None, 3]), tf.placeholder(tf.float32, [None, 1])
    loss = tf.reduce_mean(tf.square(small()(inputs) - labels))
    train = tf.train.AdamOptimizer(0.05).minimize(loss)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        first = session.run(loss, {inputs: x, labels: y})
        for _ in range(60):
            session.run(train, {inputs: x, labels: y})
        assert session.run(loss, {inputs: x, labels: y}) < first / 4


def test_operations_between_layers_become_layers():
    inputs = keras.Input((3,))
    hidden = tf.nn.relu(layers.Dense(4)(inputs)) * 2.0
    model = keras.Model(inputs, layers.Dense(1)(hidden))
    x, _ = data()
    weights = model.get_weights()
    expected = np.maximum(x @ weights[0] + weights[1], 0) * 2 @ weights[2] + weights[3]
    np.testing.assert_allclose(model.predict(x), expected, rtol=1e-4, atol=1e-6)
    other = keras.Input((3,))
    np.testing.assert_allclose(
        keras.Model(other, model(other)).predict(x), expected, rtol=1e-4, atol=1e-6
    )


def test_layers_of_tf_layers_in_a_model():
    model = keras.Sequential([tf.layers.Dense(4, input_shape=(3,)), tf.layers.Dense(1)])
    model.compile("adam", "mse")
    x, y = data()
    before = model.get_weights()
    model.fit(x, y, verbose=0)
    assert len(before) == 4 and np.any(before[0] != model.get_weights()[0])


def test_data_sets_generators_and_sequences():
    x, y = data()
    model = compiled()
    numbers = tf.data.Dataset.from_tensor_slices((x, y)).batch(5)
    assert len(model.fit(numbers, epochs=2, verbose=0).epoch) == 2
    repeated = numbers.repeat()
    model.fit(repeated, steps_per_epoch=4, epochs=2, verbose=0, validation_data=(x, y))
    assert model.evaluate(repeated, steps=4, verbose=0)[0] == pytest.approx(
        model.evaluate(x, y, verbose=0)[0], rel=1e-5
    )
    assert model.predict(repeated, steps=4).shape == (20, 1)

    def batches():
        while True:
            yield x[:5], y[:5]

    model.fit_generator(batches(), steps_per_epoch=3, epochs=2, verbose=0)

    class Pairs(keras.utils.Sequence):
        def __len__(self):
            return 4

        def __getitem__(self, index):
            return x[index * 5 : index * 5 + 5], y[index * 5 : index * 5 + 5], np.full(5, 2.0)

    weighted = model.evaluate_generator(Pairs())[0]
    assert weighted == pytest.approx(2 * model.evaluate(x, y, verbose=0)[0], rel=1e-5)


def test_validation_data_sets_start_again():
    x = np.repeat([[0.0], [2.0], [4.0], [6.0]], 2, axis=0).astype("f")
    numbers = tf.data.Dataset.from_tensor_slices((x, x * 0)).batch(2)
    model = keras.Sequential([layers.Activation("linear", input_shape=(1,))])
    model.compile("sgd", "mae")
    history = model.fit(
        numbers, steps_per_epoch=2, epochs=2, verbose=0, validation_data=numbers, validation_steps=2
    ).history
    np.testing.assert_allclose(history["loss"], [1.0, 5.0])
    np.testing.assert_allclose(history["val_loss"], [1.0, 1.0])


def test_python_conditions_on_training_in_a_subclass():
    class Doubling(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1, kernel_initializer="ones")

        def call(self, inputs, training=None):
            if training:
                inputs = inputs * 2
            return self.dense(inputs)

    model = Doubling()
    model.compile(keras.optimizers.SGD(0.0), "mae")
    x = np.ones((4, 1))
    assert model.train_on_batch(x, x * 0) == pytest.approx(2.0)
    assert model.predict(x)[0, 0] == 1.0


def test_progress_bar(capsys):
    model = compiled()
    x, y = data()
    model.fit(x, y, epochs=2, batch_size=10, validation_data=(x, y), verbose=1)
    text = capsys.readouterr().out
    assert text.startswith("Train on 20 samples, validate on 20 samples\nEpoch 1/2\n")
    last = text.rstrip("\n").replace("\r", "\n").replace("\b", "").split("\n")[-1]
    assert last.startswith("20/20 [==============================] - ")
    assert "/sample - loss: " in last and " - val_mean_absolute_error: " in last
    model.fit(x, y, verbose=2)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Train on 20 samples" and lines[1].startswith("20/20 - 0s - loss: ")


def test_summary(capsys):
    small().summary()
    assert capsys.readouterr().out.splitlines() == [
        'Model: "sequential"',
        "_" * 65,
        "Layer (type)                 Output Shape              Param #   ",
        "=" * 65,
        "dense (Dense)                (None, 4)                 16        ",
        "_" * 65,
        "dense_1 (Dense)              (None, 1)                 5         ",
        "=" * 65,
        "Total params: 21",
        "Trainable params: 21",
        "Non-trainable params: 0",
        "_" * 65,
    ]


def test_stateful_layers_remember():
    model = keras.Sequential([layers.GRU(4, stateful=True, batch_input_shape=(2, 5, 3))])
    x = np.random.rand(2, 5, 3)
    first, second = model.predict(x, batch_size=2), model.predict(x, batch_size=2)
    model.reset_states()
    again = model.predict(x, batch_size=2)
    assert np.any(np.abs(first - second) > 1e-4)
    np.testing.assert_allclose(first, again, rtol=1e-6)


def test_encoder_and_decoder_pass_states():
    source, target = keras.Input((None,)), keras.Input((None,))
    _, h, c = layers.LSTM(4, return_state=True)(layers.Embedding(9, 4)(source))
    decoder = layers.LSTM(4, return_sequences=True, return_state=True)
    outputs, _, _ = decoder(layers.Embedding(9, 4)(target), initial_state=[h, c])
    model = keras.Model([source, target], layers.Dense(9, activation="softmax")(outputs))
    model.compile("rmsprop", "sparse_categorical_crossentropy")
    model.fit([np.ones((4, 5)), np.ones((4, 3))], np.ones((4, 3, 1)), verbose=0)
    again = keras.Model.from_config(model.get_config())
    again.set_weights(model.get_weights())
    inputs = [np.ones((2, 5)), np.ones((2, 3))]
    np.testing.assert_allclose(again.predict(inputs), model.predict(inputs), rtol=1e-5)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda m, x, y: m.fit(x[:, :2], y), ValueError, r"expected dense_input to have"),
        (lambda m, x, y: m.fit(x, y[:5]), ValueError, "same number of samples"),
        (lambda m, x, y: m.fit(x, y, validation_split=0.999), ValueError, "not sufficient"),
        (lambda m, x, y: m.fit(x, y, nonsense=1), TypeError, "nonsense"),
        (lambda m, x, y: m.compile("nonsense", "mse"), ValueError, "Unknown optimizer"),
        (lambda m, x, y: m.compile("sgd", "nonsense"), ValueError, "Unknown loss"),
        (lambda m, x, y: m.compile("sgd", {"other": "mse"}), ValueError, "other"),
        (lambda m, x, y: m.get_layer("nonsense"), ValueError, "No such layer"),
        (lambda m, x, y: m.set_weights([x]), ValueError, "weight list of"),
        (lambda m, x, y: small().fit(x, y), RuntimeError, "must compile"),
        (lambda m, x, y: keras.Model(tf.zeros([1]), tf.zeros([1])), ValueError, "must"),
    ],
)  # fmt: skip
def test_mistakes(make, error, words):
    x, y = data()
    model = compiled()
    model._name = "m"
    with pytest.raises(error, match=words):
        make(model, x, y)


def test_disconnected_graph_is_named():
    a, b = keras.Input((3,)), keras.Input((3,))
    with pytest.raises(ValueError, match="Graph disconnected"):
        keras.Model(a, layers.add([a, b]))


def test_losses_of_shared_layers_count_once():
    shared = layers.Dense(2, kernel_regularizer="l2", input_shape=(3,))
    inner = keras.Sequential([shared])
    a, b = keras.Input((3,)), keras.Input((3,))
    model = keras.Model([a, b], layers.add([inner(a), inner(b)]))
    model.compile("sgd", "mse")
    assert len(model.losses) == 1 and len(model.weights) == 2
    model.train_on_batch([np.ones((2, 3)), np.ones((2, 3))], np.ones((2, 2)))
    assert len(model.losses) == 1
