"""Writes values.json: what TensorFlow's distributions tell of `cases.py`.

TF_CPP_MIN_LOG_LEVEL=3 python tests/distributions/record.py, with tensorflow-cpu 2.21.
"""

import json
from pathlib import Path

import cases
import tensorflow.compat.v1 as tf


def rounded(value):
    if isinstance(value, list):
        return [rounded(v) for v in value]
    return float(f"{value:.7g}") if isinstance(value, float) else value


def main():
    values = {
        "cases": {name: cases.measure(tf, name) for name in cases.CASES},
        "kl": {name: cases.divergence(tf, name) for name in cases.PAIRS},
    }
    text = json.dumps(
        {
            k: {
                n: {w: rounded(x) for w, x in v.items()} if isinstance(v, dict) else rounded(v)
                for n, v in d.items()
            }
            for k, d in values.items()
        }
    )
    Path(__file__).with_name("values.json").write_text(text + "\n")


main()
