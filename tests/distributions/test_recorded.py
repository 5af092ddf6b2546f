"""tf.distributions against values recorded from TensorFlow 2.21's compat.v1 (record.py)."""

import json
from pathlib import Path

import numpy as np
import pytest

import flowgraph as tf

from . import cases

VALUES = json.loads(Path(__file__).with_name("values.json").read_text())


@pytest.mark.parametrize("name", cases.CASES)
def test_tells_what_tensorflow_tells(name):
    found, wanted = cases.measure(tf, name), VALUES["cases"][name]
    assert sorted(found) == sorted(wanted)
    for what, value in wanted.items():
        if what.endswith("shape"):
            assert found[what] == value, what
        else:
            np.testing.assert_allclose(found[what], value, 2e-5, 1e-6, err_msg=what)


@pytest.mark.parametrize("name", cases.PAIRS)
def test_divergence_is_tensorflows(name):
    np.testing.assert_allclose(cases.divergence(tf, name), VALUES["kl"][name], 2e-5, 1e-6)
