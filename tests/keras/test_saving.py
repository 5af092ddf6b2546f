"""Weights and models in files."""

import os

import numpy as np
import pytest

import flowgraph as tf

keras = tf.keras
layers = keras.layers
x = np.random.RandomState(0).rand(10, 3).astype("f")


def model_of(units=4):
    return keras.Sequential(
        [layers.Dense(units, input_shape=(3,)), layers.BatchNormalization(), layers.Dense(1)]
    )


def trained():
    model = model_of()
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(x, x.sum(1), epochs=2, verbose=0)
    return model


def test_checkpoint_by_place(tmp_path):
    model = trained()
    path = str(tmp_path / "folder" / "weights")
    model.save_weights(path)
    assert tf.train.latest_checkpoint(str(tmp_path / "folder")) == path
    other = model_of()
    other.load_weights(path)
    np.testing.assert_array_equal(other.predict(x), model.predict(x))


def test_checkpoint_of_a_saver(tmp_path):
    model = trained()
    path = tf.train.Saver(model.weights).save(keras.backend.get_session(), str(tmp_path / "m"))
    before = model.predict(x)
    model.set_weights([np.zeros_like(w) for w in model.get_weights()])
    model.load_weights(path)
    np.testing.assert_array_equal(model.predict(x), before)


def test_subclass_loads_when_it_is_built(tmp_path):
    class Small(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(2)

        def call(self, inputs):
            return self.dense(inputs)

    model, other = Small(), Small()
    expected = model.predict(x)
    model.save_weights(str(tmp_path / "w"))
    other.load_weights(str(tmp_path / "w"))
    np.testing.assert_array_equal(other.predict(x), expected)


def test_hdf5(tmp_path):
    pytest.importorskip("h5py")
    model = trained()
    path = str(tmp_path / "model.h5")
    model.save(path)
    loaded = keras.models.load_model(path)
    np.testing.assert_array_equal(loaded.predict(x), model.predict(x))
    for a, b in zip(loaded.optimizer.get_weights(), model.optimizer.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert loaded.metrics_names == model.metrics_names
    loaded.fit(x, x.sum(1), verbose=0)
    model.save_weights(str(tmp_path / "w.h5"))
    other = model_of()
    other.load_weights(str(tmp_path / "w.h5"))
    np.testing.assert_array_equal(other.predict(x), model.predict(x))
    with pytest.raises(ValueError, match="has shape"):
        model_of(5).load_weights(str(tmp_path / "w.h5"))


def test_hdf5_by_name_and_custom_objects(tmp_path):
    pytest.importorskip("h5py")

    class Twice(layers.Layer):
        def call(self, inputs):
            return inputs * 2

    model = keras.Sequential([layers.Dense(2, input_shape=(3,), name="first"), Twice()])
    path = str(tmp_path / "model.h5")
    model.save(path)
    with pytest.raises(ValueError, match="Unknown layer: Twice"):
        keras.models.load_model(path)
    loaded = keras.models.load_model(path, custom_objects={"Twice": Twice})
    np.testing.assert_array_equal(loaded.predict(x), model.predict(x))
    other = keras.Sequential([layers.Dense(2, input_shape=(3,), name="first"), layers.Dense(1)])
    other.load_weights(path, by_name=True)
    np.testing.assert_array_equal(other.get_weights()[0], model.get_weights()[0])


def test_lambdas_of_files_are_not_run(tmp_path):
    pytest.importorskip("h5py")
    from flowgraph.keras.layers import core

    model = keras.Sequential([layers.Lambda(lambda t: t * 2, input_shape=(3,))])
    path = str(tmp_path / "model.h5")
    model.save(path)
    core._lambdas.clear()
    with pytest.raises(ValueError, match="byte code"):
        keras.models.load_model(path)
    loaded = keras.models.load_model(path, custom_objects={"<lambda>": lambda t: t * 2})
    np.testing.assert_array_equal(loaded.predict(x), x * 2)


def test_mistakes(tmp_path):
    model = trained()
    with pytest.raises(tf.errors.NotFoundError):
        model.load_weights(str(tmp_path / "nothing"))
    with pytest.raises(OSError, match="does not exist"):
        keras.models.load_model(str(tmp_path / "nothing.h5"))
    with pytest.raises(ValueError, match="Unknown format"):
        model.save_weights(str(tmp_path / "w"), save_format="nonsense")
    with pytest.raises(ValueError, match="looks like an HDF5"):
        model.save_weights(str(tmp_path / "w.h5"), save_format="tf")
    model.save_weights(str(tmp_path / "w"))
    with pytest.raises(FileExistsError):
        model.save_weights(str(tmp_path / "w"), overwrite=False)
    with pytest.raises(NotImplementedError, match="subclassed"):
        _subclass().save(str(tmp_path / "m.h5"))
    assert not os.path.exists(tmp_path / "m.h5")


def _subclass():
    class Small(keras.Model):
        def call(self, inputs):
            return inputs

    return Small()
