"""Optimizers, decays and moving averages do what TensorFlow does: values over steps, and names."""

import json
import runpy
from pathlib import Path

import numpy as np
import pytest

import flowgraph as tf

GOLDEN = Path(__file__).parents[1] / "golden"
MODEL = runpy.run_path(str(GOLDEN / "train_model.py"))
RECORDED = json.loads((GOLDEN / "train.json").read_text())
TOLERANCE = {"float16": 3e-3, "float32": 2e-5, "float64": 1e-8}


def same_values(ours, recorded, rtol):
    for mine, theirs in zip(ours, recorded, strict=True):
        for value, expected in zip(mine, theirs, strict=True):
            np.testing.assert_allclose(value, expected, rtol=rtol, atol=rtol)


@pytest.mark.parametrize(("name", "dtype"), MODEL["CASES"])
def test_an_optimizers_steps_slots_and_names(name, dtype):
    recorded = RECORDED["optimizers"][f"{name} {dtype}"]

    ours = MODEL["optimizer"](tf, name, dtype)

    same_values(ours.pop("values"), recorded.pop("values"), TOLERANCE[dtype])
    assert ours == recorded


@pytest.mark.parametrize("name", MODEL["DECAYS"])
def test_a_decay(name):
    recorded = RECORDED["decays"][name]

    ours = MODEL["decay"](tf, name)

    np.testing.assert_allclose(ours.pop("values"), recorded.pop("values"), rtol=1e-5)
    assert ours == recorded


@pytest.mark.parametrize(("zero_debias", "num_updates"), MODEL["AVERAGES"])
def test_moving_averages(zero_debias, num_updates):
    recorded = RECORDED["averages"][f"{zero_debias} {num_updates}"]

    ours = MODEL["averages"](tf, zero_debias, num_updates)

    same_values(ours.pop("values"), recorded.pop("values"), 2e-5)
    assert ours == recorded
