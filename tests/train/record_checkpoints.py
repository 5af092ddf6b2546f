"""Writes the checkpoints of TensorFlow that `test_checkpoint_files.py` reads; run with TensorFlow.

Each tensor's value follows from its name: see `VALUES`.
"""

import os
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent / "checkpoints"
VALUES = {
    "dense/kernel": np.arange(12, dtype=np.float32).reshape(3, 4) / 8,
    "dense/bias": np.array([-1.5, 0.0, 2.0, 1e30], np.float32),
    "step": np.int64(-7),
    "flags": np.array([True, False, True]),
    "half": np.array([0.5, -2.0], np.float16),
    "bytes": np.array([1, 255], np.uint8),
    "parts": np.arange(10, dtype=np.float32).reshape(5, 2),
    "empty": np.zeros((0, 3), np.float32),
}
WORDS = [b"hello", b"", b"w" * 300]


def main() -> None:
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import tensorflow.compat.v1 as tf

    HERE.mkdir(exist_ok=True)
    for version, name in ((2, "second"), (1, "first")):
        with tf.Graph().as_default(), tf.Session() as session:
            for key, value in VALUES.items():
                partitioner = tf.fixed_size_partitioner(3) if key == "parts" else None
                initializer = tf.constant(value)
                tf.get_variable(key, initializer=initializer, partitioner=partitioner)
            if version == 2:  # TensorFlow cannot restore strings from the first format
                tf.get_variable("words", initializer=tf.constant(WORDS))
            session.run(tf.global_variables_initializer())
            saver = tf.train.Saver(write_version=version)
            saver.save(session, str(HERE / name), write_meta_graph=False, write_state=False)


if __name__ == "__main__":
    sys.exit(main())
