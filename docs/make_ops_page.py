"""Writes docs/ops.md: every op of TensorFlow 1.x's registry that flowgraph has, and what it lacks.

`python docs/make_ops_page.py --tensorflow PYTHON`, where PYTHON has TensorFlow installed: its list
of op types is the yardstick. Without it the list of the last page is kept.
"""

from __future__ import annotations

import argparse
import inspect
import re
import subprocess
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
PAGE = HERE / "ops.md"
sys.path.insert(0, str(HERE.parent / "tests"))

LIST = (
    "from tensorflow.core.framework import op_def_pb2\n"
    "from tensorflow.python.client import pywrap_tf_session as c\n"
    "ops = op_def_pb2.OpList(); ops.ParseFromString(c.TF_GetBuffer(c.TF_GetAllOpList()))\n"
    "print(' '.join(sorted(o.name for o in ops.op)))"
)
HEAD = """# Ops

Made by `docs/make_ops_page.py` from the declarations: do not edit. {have} of flowgraph's {ours} op
types are TensorFlow's own; {golden} are built by golden cases, which hold values, static shapes and
gradients to TensorFlow's ([tests/golden](../tests/golden)).

*shape*: has a static shape rule. *gradient*: **yes**, **stops** (declared without one, as in
TensorFlow) or **none** (asking for it is a LookupError). *golden*: the families of its cases.

| op | declared in | shape | gradient | golden |
| --- | --- | --- | --- | --- |
"""


def theirs(python: str | None) -> list[str]:
    """TensorFlow's op types."""
    if python is None:
        kept = re.search(r"<!-- (.*) -->", PAGE.read_text()) if PAGE.exists() else None
        return kept.group(1).split() if kept else []
    done = subprocess.run([python, "-c", LIST], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1].split()


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


def main() -> None:
    """Writes the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tensorflow", metavar="PYTHON", help="a Python that has TensorFlow")
    known = theirs(parser.parse_args().tensorflow)
    import flowgraph  # noqa: F401 - declares the ops
    from flowgraph.core import op_def

    ours, golden = op_def.registered(), families()
    rows = [
        f"| {name} | {where(d)} | {'yes' if d.shape_rule or d.preset_value else 'no'} | "
        f"{gradient(d)} | {', '.join(sorted(golden.get(name, ())))} |"
        for name, d in sorted(ours.items())
    ]
    text = HEAD.format(
        have=len(set(known) & set(ours)), ours=len(ours), golden=len(set(golden) & set(ours))
    )
    missing = sorted(set(known) - set(ours))
    text += "\n".join(rows)
    text += (
        f"\n\n## Not there yet\n\n{len(missing)} of the {len(known)} op types of the TensorFlow "
    )
    text += "that was asked, many of them of other devices, data sets or later versions:\n\n"
    text += ", ".join(missing) + f"\n\n<!-- {' '.join(known)} -->\n"
    PAGE.write_text(text)
    print(f"{PAGE}: {len(ours)} ops, {len(missing)} missing")


if __name__ == "__main__":
    main()
