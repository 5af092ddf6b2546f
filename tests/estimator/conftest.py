import numpy as np
import pytest

import flowgraph as tf


@pytest.fixture(autouse=True)
def _temporary(monkeypatch, tmp_path):
    """Models without a directory get one below `tmp_path`."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


@pytest.fixture
def iris():
    data = tf.contrib.learn.datasets.load_dataset("iris")
    return data.data.astype(np.float32), data.target.astype(np.int64)


@pytest.fixture
def log(caplog):
    """The texts that are logged."""
    before = tf.logging.get_verbosity()
    tf.logging.set_verbosity(tf.logging.INFO)
    yield lambda: [record.getMessage() for record in caplog.records]
    tf.logging.set_verbosity(before)
