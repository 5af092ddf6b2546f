"""The notebooks run from top to bottom, and are kept with their outputs."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
MOST_BYTES = 600_000


def read(path):
    return nbformat.read(path, as_version=4)


def test_the_course_has_three_notebooks():
    assert [p.stem for p in NOTEBOOKS] == ["1_first_graph", "2_gradients", "3_lenet"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_it_runs(path, tmp_path):
    notebook = read(path)
    kept = [cell.get("outputs", []) for cell in notebook.cells]
    client = NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": str(tmp_path)}},
    )
    client.execute()
    for cell, outputs in zip(notebook.cells, kept, strict=True):
        # What a cell shows now is of the same kinds as what is kept.
        assert [o.output_type for o in cell.get("outputs", [])] == [o.output_type for o in outputs]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_its_outputs_are_kept_clean(path):
    notebook = read(path)
    nbformat.validate(notebook)
    text = path.read_text()
    assert len(text) < MOST_BYTES
    assert "Traceback" not in text
    assert not re.search(r"/(home|root|tmp|work)/", text), "a path of somebody's machine"
    shown = [c for c in notebook.cells if c.cell_type == "code" and c.outputs]
    assert len(shown) >= 8
    kinds = {kind for c in shown for o in c.outputs for kind in o.get("data", {})}
    assert {"image/png", "image/svg+xml"} <= kinds


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_it_ends_with_three_exercises_and_hidden_solutions(path):
    last = read(path).cells[-1].source
    assert re.findall(r"^\*\*(\d)\.\*\*", last, flags=re.M) == ["1", "2", "3"]
    assert last.count("<details><summary>Solution</summary>") == last.count("</details>") == 3
