"""Learning curves from the same weights, data and order, beside those that TensorFlow recorded."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

import flowgraph as tf

_HERE = Path(__file__).parent
_spec = importlib.util.spec_from_file_location("keras_record", _HERE / "record.py")
record = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(record)
EXPECTED = json.loads(record.PLACE.read_text())
CASES = record.cases(tf.keras)


def test_each_case_was_recorded():
    assert set(CASES) == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(CASES))
def test_curve(name):
    got = record.curve(tf.keras, CASES[name])
    assert set(got) == set(EXPECTED[name])
    for key, values in EXPECTED[name].items():
        np.testing.assert_allclose(got[key], values, rtol=2e-4, atol=2e-5, err_msg=key)
