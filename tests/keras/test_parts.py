"""Callbacks, metrics, the backend, preprocessing and utilities."""

import os

import numpy as np
import pytest

import flowgraph as tf

keras = tf.keras
layers, K, callbacks = keras.layers, keras.backend, keras.callbacks
x = np.random.RandomState(0).rand(12, 3).astype("f")
y = x.sum(1)


def model(metrics=()):
    made = keras.Sequential([layers.Dense(1, input_shape=(3,))])
    made.compile(keras.optimizers.SGD(0.1), "mse", metrics=list(metrics))
    return made


# --- callbacks ------------------------------------------------------------------------------------
def test_learning_rate_schedule_and_csv(tmp_path, capsys):
    log = tmp_path / "log.csv"
    model().fit(
        x, y, epochs=2, verbose=0,
        callbacks=[
            callbacks.LearningRateScheduler(lambda epoch: 0.1 / (epoch + 1), verbose=1),
            callbacks.CSVLogger(log),
        ],
    )  # fmt: skip
    assert "LearningRateScheduler reducing learning rate to 0.05." in capsys.readouterr().out
    lines = log.read_text().splitlines()
    assert lines[0] == "epoch,loss,lr" and lines[2].endswith(",0.05")


def test_early_stopping_restores_the_best():
    class Worse(callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["loss"] = float(epoch)
            self.seen = [*getattr(self, "seen", []), self.model.get_weights()[0]]

    worse = Worse()
    made = model()
    stop = callbacks.EarlyStopping("loss", patience=2, restore_best_weights=True)
    history = made.fit(x, y, epochs=9, verbose=0, callbacks=[worse, stop])
    assert history.epoch == [0, 1, 2] and stop.stopped_epoch == 2
    np.testing.assert_array_equal(made.get_weights()[0], worse.seen[0])


def test_checkpoints_and_plateau(tmp_path):
    path = str(tmp_path / "at-{epoch:02d}")
    made = model()
    made.fit(
        x, y, epochs=3, verbose=0, validation_data=(x, y),
        callbacks=[
            callbacks.ModelCheckpoint(path, save_weights_only=True, save_best_only=True),
            callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=100.0),
        ],
    )  # fmt: skip
    assert {"at-01.index", "at-03.index"} <= set(os.listdir(tmp_path))
    assert K.get_value(made.optimizer.lr) == pytest.approx(0.025)


def test_order_of_calls():
    calls = []
    names = [n for n in dir(callbacks.Callback) if n.startswith("on_")]
    own = {n: lambda self, *a, n=n, **k: calls.append(n) for n in names}
    note = type("Note", (callbacks.Callback,), own)()
    model().fit(x, y, batch_size=6, verbose=0, validation_data=(x, y), callbacks=[note])
    assert [c for c in calls if "batch" not in c] == [
        "on_train_begin", "on_epoch_begin", "on_test_begin", "on_test_end", "on_epoch_end",
        "on_train_end",
    ]  # fmt: skip
    assert calls.count("on_train_batch_end") == 2 and calls.count("on_test_batch_begin") == 2


def test_nan_ends_training():
    history = model().fit(
        x * np.nan, y, epochs=3, batch_size=6, verbose=0, callbacks=[callbacks.TerminateOnNaN()]
    )
    assert len(history.epoch) == 1


def test_tensorboard_writes_losses_and_histograms(tmp_path):
    model().fit(
        x, y, epochs=2, verbose=0, validation_data=(x, y),
        callbacks=[callbacks.TensorBoard(tmp_path, histogram_freq=1, write_graph=False)],
    )  # fmt: skip
    found = list(tmp_path.iterdir())
    assert len(found) == 1
    tags = [
        (event.step, value.tag)
        for event in tf.train.summary_iterator(str(found[0])) for value in event.summary.value
    ]  # fmt: skip
    assert (0, "epoch_loss") in tags and (1, "epoch_val_loss") in tags
    assert any("kernel" in tag for _, tag in tags)


# --- metrics --------------------------------------------------------------------------------------
def value(metric, *batches):
    tensors = [metric.update_state(*batch) for batch in batches]
    result = metric.result()
    session = K.get_session()
    metric.reset_states()
    for tensor in tensors:
        session.run(tensor)
    return session.run(result)


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("Mean", ([1.0, 2.0, 6.0], [1.0, 1.0, 2.0]), 15 / 4),
        ("Sum", ([1.0, 2.0],), 3.0),
        ("Accuracy", ([1, 2, 3, 4], [0, 2, 3, 4]), 0.75),
        ("BinaryAccuracy", ([1.0, 1.0, 0.0, 0.0], [0.98, 1.0, 0.0, 0.6]), 0.75),
        ("CategoricalAccuracy", ([[0, 0, 1], [0, 1, 0]], [[0.1, 0.9, 0.8], [0.05, 0.95, 0]]), 0.5),
        ("SparseCategoricalAccuracy", ([2, 1], [[0.1, 0.9, 0.8], [0.05, 0.95, 0]]), 0.5),
        ("TopKCategoricalAccuracy", ([[0, 0, 1]], [[0.1, 0.9, 0.8]]), 1.0),
        ("Precision", ([0, 1, 1, 1], [1.0, 0.0, 1.0, 1.0]), 2 / 3),
        ("Recall", ([0, 1, 1, 1], [1.0, 0.0, 1.0, 1.0]), 2 / 3),
        ("TruePositives", ([0, 1, 1, 1], [1.0, 0.0, 1.0, 1.0]), 2.0),
        ("FalseNegatives", ([0, 1, 1, 1], [0.0, 1.0, 0.0, 0.0]), 2.0),
        ("AUC", ([0, 0, 1, 1], [0.0, 0.5, 0.3, 0.9]), 0.75),
        ("MeanSquaredError", ([0.0, 0.0, 1.0, 1.0], [1.0, 1.0, 1.0, 0.0]), 0.75),
        ("RootMeanSquaredError", ([2.0, 4.0, 6.0], [1.0, 3.0, 2.0]), np.sqrt(6.0)),
    ],
)
def test_metric(name, arguments, expected):
    metric = getattr(keras.metrics, name)(**({"num_thresholds": 3} if name == "AUC" else {}))
    assert value(metric, arguments) == pytest.approx(expected, rel=1e-4)
    assert type(metric).from_config(metric.get_config()).get_config() == metric.get_config()


def test_metrics_gather_over_batches():
    metric = keras.metrics.MeanIoU(num_classes=2)
    first, second = ([0, 1], [0, 0]), ([1, 1], [1, 1])
    assert value(metric, first, second) == pytest.approx((0.5 + 2 / 3) / 2, rel=1e-5)


# --- the backend ----------------------------------------------------------------------------------
def test_functions_run_updates():
    variable, fed = K.variable(1.0), K.placeholder(())
    function = K.function([fed], [variable * fed], updates=[K.update_add(variable, 1.0)])
    assert function([2.0]) == [2.0]
    assert function([2.0]) == [4.0]
    assert K.get_value(variable) == 3.0
    K.set_value(variable, 5.0)
    assert K.eval(variable + 1) == 6.0


def test_learning_phase():
    tensor = K.in_train_phase(K.constant(1.0), K.constant(2.0))
    function = K.function([K.learning_phase()], [tensor])
    assert function([1]) == [1.0] and function([0]) == [2.0]
    assert K.learning_phase().name == "keras_learning_phase:0"
    K.set_learning_phase(1)
    assert K.learning_phase() == 1
    with pytest.raises(ValueError, match="0 or 1"):
        K.set_learning_phase(2)


def test_batch_dot_as_numpy():
    a, b = np.random.rand(2, 3, 4), np.random.rand(2, 5, 4)
    found = K.eval(K.batch_dot(K.constant(a), K.constant(b), axes=[2, 2]))
    np.testing.assert_allclose(found, np.einsum("bij,bkj->bik", a, b), rtol=1e-5)
    one = K.eval(K.batch_dot(K.constant(a[:, 0]), K.constant(b[:, 0]), axes=1))
    np.testing.assert_allclose(one, (a[:, 0] * b[:, 0]).sum(1, keepdims=True), rtol=1e-5)


def test_session_is_the_default_one_or_its_own():
    variable = K.variable(3.0)
    with tf.Session() as session:
        assert K.get_session() is session and session.run(variable) == 3.0
    assert K.get_session() is not session
    other = tf.Session()
    K.set_session(other)
    assert K.get_session() is other
    K.clear_session()
    assert K.get_session() is not other


def test_rnn_masks_and_directions():
    steps = K.constant(np.arange(6.0).reshape(1, 3, 2))
    mask = K.constant([[True, False, True]], dtype="bool")

    def step(inputs, states):
        return inputs + states[0], [inputs + states[0]]

    last, outputs, _ = K.rnn(step, steps, [K.constant(np.zeros((1, 2)))], mask=mask)
    np.testing.assert_array_equal(K.eval(outputs)[0], [[0, 1], [0, 1], [4, 6]])
    unrolled = K.rnn(step, steps, [K.constant(np.zeros((1, 2)))], mask=mask, unroll=True)[1]
    np.testing.assert_array_equal(K.eval(unrolled), K.eval(outputs))
    back = K.rnn(step, steps, [K.constant(np.zeros((1, 2)))], go_backwards=True)[0]
    np.testing.assert_array_equal(K.eval(back), [[6, 9]])
    np.testing.assert_array_equal(K.eval(last), [[4, 6]])


# --- preprocessing and utilities ------------------------------------------------------------------
def test_pad_sequences():
    pad = keras.preprocessing.sequence.pad_sequences
    rows = [[1], [1, 2], [1, 2, 3]]
    np.testing.assert_array_equal(pad(rows), [[0, 0, 1], [0, 1, 2], [1, 2, 3]])
    np.testing.assert_array_equal(
        pad(rows, maxlen=2, padding="post", truncating="post", value=9), [[1, 9], [1, 2], [1, 2]]
    )
    with pytest.raises(ValueError, match="not understood"):
        pad(rows, padding="middle")


def test_tokenizer():
    texts = ["The cat sat on the mat.", "The dog sat"]
    tokens = keras.preprocessing.text.Tokenizer(num_words=4, oov_token="?")
    tokens.fit_on_texts(texts)
    assert tokens.word_index == {"?": 1, "the": 2, "sat": 3, "cat": 4, "on": 5, "mat": 6, "dog": 7}
    assert tokens.texts_to_sequences(texts) == [[2, 1, 3, 1, 2, 1], [2, 1, 3]]
    again = keras.preprocessing.text.tokenizer_from_json(tokens.to_json())
    assert again.texts_to_sequences(texts) == tokens.texts_to_sequences(texts)
    counts = tokens.texts_to_matrix(texts, mode="count")
    np.testing.assert_array_equal(counts, [[0, 3, 2, 1], [0, 1, 1, 1]])


def test_image_generator_turns_and_normalizes():
    images = np.random.RandomState(0).rand(8, 6, 6, 3)
    maker = keras.preprocessing.image.ImageDataGenerator
    plain = maker(rescale=0.5).flow(images, np.arange(8), batch_size=4, shuffle=False)
    batch, labels = next(plain)
    np.testing.assert_allclose(batch, images[:4] * 0.5, rtol=1e-6)
    assert labels.tolist() == [0, 1, 2, 3] and len(plain) == 2
    turned = maker(rotation_range=0).apply_transform(images[0], {"theta": 180})
    np.testing.assert_allclose(turned, images[0, ::-1, ::-1], atol=1e-6)
    moved = maker(fill_mode="constant", cval=7.0).apply_transform(images[0], {"tx": 1})
    np.testing.assert_allclose(moved[:-1], images[0, 1:], atol=1e-6)
    np.testing.assert_allclose(moved[-1], 7.0)
    with pytest.raises(ValueError, match="rank 4"):
        maker().flow(images[0])


def test_files(tmp_path):
    source = tmp_path / "words.txt"
    source.write_text("a b")
    path = keras.utils.get_file("kept.txt", str(source), cache_dir=str(tmp_path / "cache"))
    with open(path) as f:
        assert f.read() == "a b"
    with pytest.raises(ValueError, match="digest"):
        keras.utils.get_file(
            "other.txt", str(source), file_hash="0" * 64, cache_dir=str(tmp_path / "cache")
        )
    with pytest.raises(FileNotFoundError, match="Put the file"):
        keras.utils.get_file("x", str(tmp_path / "no"), cache_dir=str(tmp_path / "cache"))


def test_small_utilities():
    np.testing.assert_array_equal(keras.utils.to_categorical([0, 2]), [[1, 0, 0], [0, 0, 1]])
    assert keras.__version__ == "2.2.4-tf"
    (images, labels), _ = keras.datasets.mnist.load_data()
    assert images.shape[1:] == (28, 28) and len(images) == len(labels)
    with keras.utils.custom_object_scope({"twice": lambda t: 2 * t}):
        assert layers.Dense(1, activation="twice").activation(2) == 4
    dot = keras.utils.model_to_dot(model())
    assert "Dense" in dot.source


def test_optimizer_configurations():
    for name in ("SGD", "RMSprop", "Adagrad", "Adadelta", "Adam", "Adamax", "Nadam", "Ftrl"):
        made = getattr(keras.optimizers, name)(learning_rate=0.5)
        again = keras.optimizers.deserialize(keras.optimizers.serialize(made))
        assert again.get_config() == made.get_config()
    assert keras.optimizers.Adam(lr=0.2).get_config()["learning_rate"] == 0.2
    with pytest.raises(TypeError, match="nonsense"):
        keras.optimizers.SGD(nonsense=1)


def test_decay_and_schedules():
    for optimizer, rates in (
        (keras.optimizers.SGD(1.0, decay=1.0), [1.0, 0.5]),
        (
            keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(1.0, 1, 0.5)),
            [1.0, 0.5],
        ),
    ):
        variable = K.variable(0.0)
        train = optimizer.get_updates(variable * 1.0, [variable])
        session, before = K.get_session(), 0.0
        for rate in rates:
            session.run(train)
            now = K.get_value(variable)
            assert before - now == pytest.approx(rate)
            before = now


@pytest.mark.parametrize(
    "name", ["SGD", "RMSprop", "Adagrad", "Adadelta", "Adam", "Adamax", "Nadam"]
)
def test_variables_that_are_no_resources_get_the_same_steps(name):
    arguments = {"momentum": 0.9, "nesterov": True} if name == "SGD" else {}
    values = []
    for use_resource in (True, False):
        variable = tf.Variable([1.0, 2.0], use_resource=use_resource)
        K.track_variable(variable)
        optimizer = getattr(keras.optimizers, name)(learning_rate=0.1, **arguments)
        train = optimizer.get_updates(tf.reduce_sum(tf.square(variable)), [variable])
        for _ in range(3):
            K.get_session().run(train)
        values.append(K.get_session().run(variable))
    np.testing.assert_allclose(*values, rtol=1e-5)
