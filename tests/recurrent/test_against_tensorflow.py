"""Outputs, last states, gradients and variables' names are TensorFlow's (recorded by record.py)."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

import flowgraph as tf

HERE = Path(__file__).parent
spec = importlib.util.spec_from_file_location("recurrent_cases", HERE / "cases.py")
cases = importlib.util.module_from_spec(spec)
spec.loader.exec_module(cases)
RECORDED = json.loads((HERE / "values.json").read_text())


@pytest.mark.parametrize("name", cases.CASES)
def test_case(name):
    found, expected = cases.evaluate(tf, name), RECORDED[name]
    assert found["variables"] == expected["variables"]
    for key in ("values", "gradients"):
        assert len(found[key]) == len(expected[key])
        for value, wanted in zip(found[key], expected[key], strict=True):
            np.testing.assert_allclose(value, wanted, rtol=2e-4, atol=2e-5, err_msg=key)
