"""The index of op types, by which their modules load when they are needed."""

import subprocess
import sys
from pathlib import Path

import pytest

import flowgraph.ops
from flowgraph.core import op_def

ROOT = Path(__file__).parents[2]


def test_the_index_has_every_op():
    """`python docs/make_ops_index.py` writes it."""
    listed = set(flowgraph.ops._index())
    library = {name for name, d in op_def.registered().items() if not name.startswith("Test")}
    assert listed - library == set()
    assert sorted(library - listed) == []


@pytest.mark.parametrize("op_type", ["Dilation2D", "BatchSvd", "QuantizedRelu"])
def test_an_op_loads_its_module_alone(op_type):
    code = f"""
import sys, flowgraph as tf
before = len(sys.modules)
assert tf.raw_ops.{op_type}.name == {op_type!r}
assert "flowgraph.ops.parsing.example" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_op_that_is_not_in_the_index_is_found():
    code = """
import flowgraph.ops
flowgraph.ops._index().clear()
assert flowgraph.raw_ops.Dilation2D.name == "Dilation2D"
assert len(dir(flowgraph.raw_ops)) >= 776
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_op_that_there_is_not():
    with pytest.raises(LookupError, match="Op type not registered 'NoSuchOp'"):
        op_def.get("NoSuchOp")
    with pytest.raises(AttributeError, match="NoSuchOp"):
        op_def.raw.NoSuchOp  # noqa: B018
