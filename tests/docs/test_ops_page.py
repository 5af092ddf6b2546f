"""docs/ops.md lists every op that there is."""

import re
from pathlib import Path

import flowgraph as tf
from flowgraph.core import op_def

PAGE = Path(__file__).parents[2] / "docs" / "ops.md"


def test_the_page_lists_the_ops_that_are_registered():
    assert tf.Graph is not None  # the ops are declared
    listed = set(re.findall(r"^\| (\w+) \| ops/", PAGE.read_text(), flags=re.M))
    declared = {n for n in op_def.registered() if not n.startswith(("Test", "Example"))}
    assert listed == declared, "run docs/make_ops_page.py"
