import numpy as np
import pytest

import flowgraph as tf


@pytest.fixture(autouse=True)
def fresh_session():
    """Each test has a graph and a session of its own, and the same random numbers."""
    tf.keras.backend.clear_session()
    np.random.seed(0)
    tf.set_random_seed(1)
    yield
    tf.keras.backend.clear_session()
