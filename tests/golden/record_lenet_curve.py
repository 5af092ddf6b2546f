"""Records `lenet_curve.json` with TensorFlow: `python tests/golden/record_lenet_curve.py`.

Needs TensorFlow (any 1.15 or 2.x), not flowgraph: the digits' reader depends on numpy alone and
is imported from its own folder.
"""

import json
import sys
from pathlib import Path

import lenet_curve_model
import tensorflow.compat.v1 as tf

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "flowgraph" / "examples"))

import mnist  # noqa: E402

if __name__ == "__main__":
    tf.disable_v2_behavior()
    digits = mnist.load()
    curve = lenet_curve_model.losses(tf, digits.train_images, digits.train_labels)
    record = {"tensorflow": tf.__version__, "losses": curve}
    (HERE / "lenet_curve.json").write_text(json.dumps(record, indent=1) + "\n")
    print(f"{len(curve)} losses, from {curve[0]:.4f} to {curve[-1]:.4f}")
