"""Records what TensorFlow does with every case, into tests/golden/values.

Run with a Python that has TensorFlow 2 (its compat.v1 is TensorFlow 1.15's behaviour):
`python tests/golden/record.py [family ...]`. Of each case are kept: the outputs' values and
dtypes; their static shapes with inputs of known shape, unknown dimensions and unknown rank (null
where TensorFlow cannot build the graph); the gradients, with those that are None or IndexedSlices
told apart; and the names and types of the nodes that the case added.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

from golden.case import KNOWN, Case
from golden.cases import FAMILIES
from golden.recorded import FOLDER, Writer, digest
from golden.running import (
    Backward,
    Built,
    backward,
    forward,
    nodes_of,
    output_weights,
    shape_of,
    start,
)


def fact(tf: Any, case: Case, writer: Writer) -> dict[str, Any]:
    """Runs one case; returns its line of the json."""
    build = case.golden_build or case.build
    built = forward(tf, case, KNOWN, build)
    nodes = [[node.name, node.type] for node in nodes_of(built)]
    feeds = dict(zip(built.inputs, case.inputs, strict=True))
    values = run(tf, built, built.outputs, feeds)
    told = {
        "inputs": digest(case),
        "nodes": nodes if case.nodes else None,
        "outputs": [tensor.name for tensor in built.outputs],
        "shapes": {variant: static_shapes(tf, case, variant) for variant in case.variants},
        "values": [writer.keep(value) for value in values],
    }
    if case.gradient:
        weights = output_weights(case, values)
        back = backward(tf, built, weights, KNOWN)
        feeds |= dict(zip(back.weights, [w for w in weights if w is not None], strict=True))
        told["gradients"] = gradient_facts(tf, built, back, feeds, writer)
    return told


def run(tf: Any, built: Built, fetches: list[Any], feeds: dict[Any, Any]) -> list[Any]:
    """The fetches' values, in a session of their own (so that random numbers start anew)."""
    with start(tf, built, feeds) as session:
        return [np.asarray(value) for value in session.run(fetches, feeds)]


def static_shapes(tf: Any, case: Case, variant: str) -> Any:
    """The outputs' static shapes, or None when the graph cannot be built so."""
    try:
        built = forward(tf, case, variant, case.golden_build or case.build)
    except (ValueError, TypeError, IndexError) as error:
        print(f"  {case.name} with {variant}: {str(error).splitlines()[0]}")
        return None
    return [shape_of(tensor) for tensor in built.outputs]


def gradient_facts(
    tf: Any, built: Built, back: Backward, feeds: dict[Any, Any], writer: Writer
) -> list[Any]:
    """For each inexact input: its gradient's kind (none, dense, slices) and place."""
    with built.graph.as_default():
        dense = [None if g is None else tf.convert_to_tensor(g) for g in back.gradients]
    values = iter(run(tf, built, [g for g in dense if g is not None], feeds))
    facts: list[Any] = []
    for gradient in back.gradients:
        if gradient is None:
            facts.append(["none", None])
        else:
            kind = "slices" if isinstance(gradient, tf.IndexedSlices) else "dense"
            facts.append([kind, writer.keep(next(values))])
    return facts


def record(tf: Any, family: str, cases: list[Case]) -> int:
    """Records a family; returns the number of cases that TensorFlow could not run."""
    writer, failed = Writer(), 0
    for case in cases:
        tf.reset_default_graph()
        try:
            writer.facts[case.name] = fact(tf, case, writer)
        except Exception as error:
            failed += 1
            print(f"FAILED {case.name}: {type(error).__name__}: {str(error)[:300]}")
    if not failed:
        writer.write(family)
    return failed


def as_in_1_15(tf: Any) -> None:
    """Undoes what TensorFlow 2 changed in the nodes of compat.v1's functions: add writes Add."""
    from tensorflow.python.ops import gen_math_ops, math_ops

    tf.add = tf.math.add = math_ops.add = gen_math_ops.add


def main() -> None:
    """Records the families named on the command line, or all."""
    import tensorflow.compat.v1 as tf

    tf.disable_v2_behavior()
    tf.logging.set_verbosity("ERROR")
    as_in_1_15(tf)
    names = sys.argv[1:] or list(FAMILIES)
    failed = sum(record(tf, name, FAMILIES[name]) for name in names)
    size = sum(path.stat().st_size for path in FOLDER.iterdir())
    print(f"{sum(map(len, FAMILIES.values()))} cases, {failed} failed, {size / 1e6:.2f} MB")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
