import types

import numpy as np
import pytest

import flowgraph as tf


def _batches(input_fn):
    found = []
    with tf.Graph().as_default():
        fetches = input_fn()
        with tf.train.MonitoredSession() as session:
            while not session.should_stop():
                found.append(session.run(fetches))
    return found


def test_batches_of_arrays_in_order():
    x, y = np.arange(5) * 10, np.arange(5)
    input_fn = tf.estimator.inputs.numpy_input_fn(
        {"a": x, "b": x[:, None]}, y, batch_size=2, num_epochs=2, shuffle=False
    )
    found = _batches(input_fn)
    np.testing.assert_array_equal(np.concatenate([f["a"] for f, _ in found]), np.tile(x, 2))
    np.testing.assert_array_equal(np.concatenate([t for _, t in found]), np.tile(y, 2))
    assert found[0][0]["b"].shape == (2, 1)


def test_shuffled_epochs_have_every_row():
    x = np.arange(50)
    (found,) = _batches(tf.estimator.inputs.numpy_input_fn(x, batch_size=50, shuffle=True))
    assert sorted(found) == list(range(50)) and list(found) != list(range(50))


def test_without_end_batches_are_whole():
    x = np.arange(3, dtype=np.float32)
    input_fn = tf.estimator.inputs.numpy_input_fn(x, x, 4, num_epochs=None, shuffle=False)
    with tf.Graph().as_default():
        features, labels = input_fn()
        with tf.train.MonitoredSession() as session:
            for _ in range(10):
                a, b = session.run([features, labels])
                assert a.shape == (4,) and a.dtype == np.float32
                np.testing.assert_array_equal(a, b)


def test_dicts_of_labels():
    x = {"a": np.arange(2)}
    y = {"z": np.arange(2), "y": np.arange(2) + 5}
    ((_, labels),) = _batches(tf.estimator.inputs.numpy_input_fn(x, y, shuffle=False))
    assert list(labels) == ["y", "z"]
    np.testing.assert_array_equal(labels["y"], [5, 6])


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ({}, None, "empty dict"), (np.array([]), None, "empty array"),
        (np.arange(3), np.arange(2), "mismatched"),
        ({"a": np.arange(2)}, {"a": np.arange(2)}, "duplicate keys"),
        ({"a": np.arange(2)}, {}, "y cannot be empty dict"),
    ],
)  # fmt: skip
def test_mistakes(x, y, message):
    input_fn = tf.estimator.inputs.numpy_input_fn(x, y, shuffle=False)
    with tf.Graph().as_default(), pytest.raises(ValueError, match=message):
        input_fn()


def test_shuffle_has_to_be_said():
    with pytest.raises(ValueError, match="explicitly set as boolean"):
        tf.estimator.inputs.numpy_input_fn(np.arange(3))
    with tf.Graph().as_default(), pytest.raises(TypeError, match="must be a dict or array"):
        tf.estimator.inputs.numpy_input_fn([1, 2], shuffle=False)()


class _Column:
    """As much of a `pandas.Series` as is looked at."""

    def __init__(self, values):
        self.values, self.index = np.asarray(values), np.arange(len(values))

    def to_numpy(self):
        return self.values


class _Frame(types.SimpleNamespace):
    """As much of a `pandas.DataFrame` as is looked at."""

    def __init__(self, **columns):
        super().__init__(columns=list(columns), _columns=columns)
        self.index = next(iter(columns.values())).index

    def __getitem__(self, name):
        return self._columns[name]

    def __contains__(self, name):
        return name in self._columns

    def __len__(self):
        return len(self.index)


def test_data_frames():
    x = _Frame(a=_Column([1, 2, 3]), b=_Column([1.5, 2.5, 3.5]))
    input_fn = tf.estimator.inputs.pandas_input_fn(x, _Column([7, 8, 9]), 2, shuffle=False)
    found = _batches(input_fn)
    np.testing.assert_array_equal(np.concatenate([f["b"] for f, _ in found]), [1.5, 2.5, 3.5])
    np.testing.assert_array_equal(np.concatenate([t for _, t in found]), [7, 8, 9])
    with pytest.raises(ValueError, match="already has a column"):
        tf.estimator.inputs.pandas_input_fn(x, x["a"], shuffle=False, target_column="a")
