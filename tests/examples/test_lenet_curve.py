"""LeNet-5's loss over 20 steps from fixed weights is TensorFlow's."""

import json
import runpy
from pathlib import Path

import numpy as np

import flowgraph as tf
from flowgraph.examples import mnist

GOLDEN = Path(__file__).parents[1] / "golden"


def test_the_loss_curve_of_lenet_is_tensorflows():
    recorded = json.loads((GOLDEN / "lenet_curve.json").read_text())["losses"]
    model = runpy.run_path(str(GOLDEN / "lenet_curve_model.py"))
    digits = mnist.load()

    ours = model["losses"](tf, digits.train_images, digits.train_labels)

    np.testing.assert_allclose(ours, recorded, rtol=1e-4)
