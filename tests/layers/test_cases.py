"""tf.layers against what TensorFlow recorded: values, shapes, dtypes, variables, collections."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import flowgraph as tf

sys.path.insert(0, str(Path(__file__).parents[1]))

from layer_cases.cases import FAMILIES
from layer_cases.running import outcome

FOLDER = Path(__file__).parents[1] / "layer_cases"
RECORDED = json.loads((FOLDER / "layers.json").read_text())


@pytest.mark.parametrize("name", FAMILIES["layers"])
def test_as_tensorflow(name):
    found, recorded = outcome(tf, FAMILIES["layers"][name]), RECORDED[name]
    for key in ("shapes", "dtypes", "collections"):
        assert found[key] == recorded[key]
    assert list(found["variables"]) == list(recorded["variables"])
    for variable, value in recorded["variables"].items():
        np.testing.assert_allclose(found["variables"][variable], value, 1e-4, 2e-5, True, variable)
    for run, (ours, theirs) in enumerate(zip(found["values"], recorded["values"], strict=True)):
        for value, wanted in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(value, wanted, 1e-4, 2e-5, True, f"run {run}")
