"""Records what TensorFlow draws in random_cases.py: `python tests/golden/record_random.py`.

Run where TensorFlow 2 is installed. Arrays are named "case index run"; bfloat16 as its bits.
"""

from pathlib import Path

import numpy as np
import random_cases
import tensorflow.compat.v1 as tf

if __name__ == "__main__":
    tf.disable_v2_behavior()
    arrays = {}
    for name, build in random_cases.CASES.items():
        with tf.Graph().as_default(), tf.Session() as session:
            tensors = build(tf)
            for run in range(2):
                for i, value in enumerate(session.run(tensors)):
                    kept = value.view(np.uint16) if value.dtype.name == "bfloat16" else value
                    arrays[f"{name} {i} {run}"] = kept
    np.savez_compressed(Path(__file__).with_name("random.npz"), **arrays)
    print(f"{len(arrays)} arrays")
