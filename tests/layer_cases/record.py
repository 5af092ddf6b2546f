"""Records what TensorFlow makes of every case, into tests/layer_cases/<family>.json.

Run with a Python that has TensorFlow 2 and tf_keras: `python tests/layer_cases/record.py`.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["TF_USE_LEGACY_KERAS"] = "1"  # brings tf.layers back

import tensorflow.compat.v1 as tf

from layer_cases.cases import FAMILIES
from layer_cases.running import outcome

if __name__ == "__main__":
    tf.disable_v2_behavior()
    for family, cases in FAMILIES.items():
        found = {name: outcome(tf, case) for name, case in cases.items()}
        text = json.dumps(found, separators=(",", ":")).replace('},"', '},\n"')
        (Path(__file__).parent / f"{family}.json").write_text(text + "\n")
