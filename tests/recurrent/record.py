"""Writes values.json: `TF_USE_LEGACY_KERAS=1 python tests/recurrent/record.py`, with TensorFlow."""

import json
from pathlib import Path

import tensorflow.compat.v1 as tf
from cases import CASES, evaluate


def rounded(value):
    if isinstance(value, list):
        return [rounded(part) for part in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


if __name__ == "__main__":
    tf.disable_v2_behavior()
    found = {}
    for name in CASES:
        case = evaluate(tf, name)
        found[name] = {key: rounded(v) if key != "variables" else v for key, v in case.items()}
    lines = [f"{json.dumps(name)}: {json.dumps(case)}" for name, case in found.items()]
    (Path(__file__).parent / "values.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
