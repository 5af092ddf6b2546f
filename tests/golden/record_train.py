"""Records `train.json` with TensorFlow: `python tests/golden/record_train.py`.

Needs TensorFlow (any 1.15 or 2.x), not flowgraph.
"""

import json
from pathlib import Path

import tensorflow.compat.v1 as tf
import train_model

if __name__ == "__main__":
    tf.disable_v2_behavior()
    facts = train_model.facts(tf)
    lines = []
    for group, cases in facts.items():
        inner = ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in cases.items())
        lines.append(f"{json.dumps(group)}: {{\n{inner}\n}}")
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    (Path(__file__).parent / "train.json").write_text(text)
    print(f"{sum(map(len, facts.values()))} cases, {len(text)} bytes")
