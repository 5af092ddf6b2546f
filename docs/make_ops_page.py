"""Writes docs/ops.md: each op type of TensorFlow 1.x with what flowgraph has of it, or why not.

`python docs/make_ops_page.py`. The yardstick is docs/tf1_ops.txt, the op types of the 1.x line.
"""

from __future__ import annotations

import argparse
import inspect
import sys
from pathlib import Path

import numpy as np
from why_not import why_not

HERE = Path(__file__).parent
PAGE, YARDSTICK = HERE / "ops.md", HERE / "tf1_ops.txt"
sys.path.insert(0, str(HERE.parent / "tests"))

HEAD = """# Ops

Made by `docs/make_ops_page.py` from the declarations: do not edit. flowgraph has {ours} op types;
{have} of them are among the {known} of TensorFlow 1.x. {golden} are built by golden cases, which
hold values, static shapes and gradients to TensorFlow's ([tests/golden](../tests/golden)).

*kernel*: where the op is declared, with its reference kernel. *shape*: has a static shape rule.
*gradient*: **yes**, **stops** (declared without one, as in TensorFlow) or **none** (asking for it
is a LookupError). *golden*: the families of its cases, or where it is tested instead.

| op | kernel | shape | gradient | golden |
| --- | --- | --- | --- | --- |
"""
MISSING = """

## Not there

{count} op types of TensorFlow 1.x, and why not:

| op | why not |
| --- | --- |
"""


def families() -> dict[str, set[str]]:
    """op type -> the families of golden cases that build it, gradients included."""
    from golden.case import KNOWN
    from golden.cases import FAMILIES
    from golden.running import backward, forward, output_weights, start

    import flowgraph as tf

    found: dict[str, set[str]] = {}
    for family, cases in FAMILIES.items():
        for case in cases:
            built = forward(tf, case, KNOWN)
            if case.gradient or case.numeric:
                feeds = dict(zip(built.inputs, case.inputs, strict=True))
                with start(tf, built, feeds) as session:
                    values = [np.asarray(v) for v in session.run(built.outputs, feeds)]
                backward(tf, built, output_weights(case, values), KNOWN)
            for op in built.graph.get_operations():
                found.setdefault(op.type, set()).add(family)
    return found


def where(op_def) -> str:
    """The file of an op's declaration: that of the first function that hangs on it."""
    for function in (op_def.bind, op_def.preset_value, op_def.shape_rule):
        if function is not None:
            path = Path(inspect.getsourcefile(function) or "")
            if "ops" in path.parts:
                place = path.parts[len(path.parts) - 1 - path.parts[::-1].index("ops") :]
                return "/".join(place)
    return ""


def gradient(op_def) -> str:
    """What a gradient of the op gives."""
    if op_def.gradient_rule is not None:
        return "yes"
    return "none" if op_def.differentiable else "stops"


def tested_elsewhere() -> dict[str, str]:
    """op type -> the test file of those that no golden case can hold."""
    from ops.test_cases import ELSEWHERE

    return {op_type: file for op_type, (_, file) in ELSEWHERE.items()}


def main() -> None:
    """Writes the page."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    import flowgraph  # noqa: F401 - declares the ops
    from flowgraph.core import op_def

    known = YARDSTICK.read_text().split()
    ours, golden, elsewhere = op_def.registered(), families(), tested_elsewhere()
    text = HEAD.format(
        have=len(set(known) & set(ours)), ours=len(ours), golden=len(set(golden) & set(ours)),
        known=len(known),
    )  # fmt: skip
    text += "\n".join(
        f"| {name} | {where(d)} | {'yes' if d.shape_rule or d.preset_value else 'no'} | "
        f"{gradient(d)} | {', '.join(sorted(golden.get(name, ()))) or elsewhere.get(name, '')} |"
        for name, d in sorted(ours.items())
    )
    missing = sorted(set(known) - set(ours))
    text += MISSING.format(count=len(missing))
    text += "\n".join(f"| {name} | {why_not(name)} |" for name in missing) + "\n"
    PAGE.write_text(text)
    print(f"{PAGE}: {len(ours)} ops, {len(missing)} missing")


if __name__ == "__main__":
    main()
