"""Random numbers, dropout and initializers: with the same seeds, TensorFlow's very numbers."""

import sys
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

import flowgraph as tf

_GOLDEN = Path(__file__).parents[2] / "golden"
sys.path.insert(0, str(_GOLDEN))

import random_cases  # noqa: E402

# Functions of the C library differ from TensorFlow's in the last bits (see _philox.normal).
_TOLERANCE = {"float16": 1e-3, "bfloat16": 8e-3, "float32": 3e-6, "float64": 1e-12}


@pytest.fixture(scope="module")
def recorded():
    with np.load(_GOLDEN / "random.npz") as arrays:
        return dict(arrays)


@pytest.mark.parametrize("name", random_cases.CASES)
def test_the_numbers_are_tensorflows(name, recorded):
    with tf.Graph().as_default(), tf.Session() as session:
        tensors = random_cases.CASES[name](tf)
        for run in range(2):
            for i, value in enumerate(session.run(tensors)):
                expected = recorded[f"{name} {i} {run}"]
                if value.dtype.name == "bfloat16":
                    expected = expected.view(ml_dtypes.bfloat16)
                assert value.dtype == expected.dtype, (i, value.dtype)
                assert tensors[i].shape.as_list() == list(expected.shape)
                kind = value.dtype.name
                if kind in _TOLERANCE:
                    np.testing.assert_allclose(
                        value.astype(np.float64), expected.astype(np.float64),
                        rtol=_TOLERANCE[kind], atol=_TOLERANCE[kind], err_msg=f"{name} {i}",
                    )  # fmt: skip
                else:
                    np.testing.assert_array_equal(value, expected)
