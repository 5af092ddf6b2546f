"""The stubs show editors what the faces show Python."""

import importlib.util
import re
from pathlib import Path

import pytest

import flowgraph as tf

SCRIPT = Path(__file__).parents[2] / "docs" / "make_stubs.py"
spec = importlib.util.spec_from_file_location("make_stubs", SCRIPT)
make_stubs = importlib.util.module_from_spec(spec)
spec.loader.exec_module(make_stubs)
STUBS = make_stubs.stubs()


@pytest.mark.parametrize("path", sorted(STUBS), ids=lambda path: path.stem)
def test_a_stub_is_what_its_face_gives(path):
    assert path.read_text() == STUBS[path], "run docs/make_all.py"


@pytest.mark.parametrize("path", sorted(STUBS), ids=lambda path: path.stem)
def test_a_stub_has_all_public_names(path):
    face = tf if path.stem == "__init__" else getattr(tf, path.stem)
    shown = re.findall(r"(?: as |^)(\w+)(?:$|:|\()", STUBS[path], flags=re.M)
    assert {n for n in face.__all__ if not n.startswith("_")} <= set(shown)
