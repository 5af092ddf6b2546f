"""The notebooks run from top to bottom, their exercises' solutions too, and are kept with outputs.

`python tests/notebooks/test_notebooks.py` runs them and keeps the new outputs.
"""

import re
from pathlib import Path

import nbformat
import pytest
from ipykernel.kernelspec import get_kernel_dict
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
MOST_BYTES = 420_000
SOLUTION = re.compile(r"<details><summary>Solution</summary>\n(.*?)\n</details>", re.DOTALL)
CODE = re.compile(r"```python\n(.*?)```", re.DOTALL)
VARYING = re.compile(r"0x[0-9a-f]+|[-+]?\d+(\.\d+)?(e[-+]?\d+)?")
PROGRESS = re.compile(r".*%\|.*\n?")

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)


class ThisInterpreter(KernelSpecManager):
    """Knows one kernel, that of the Python that runs the tests, whatever a user has installed."""

    def get_kernel_spec(self, kernel_name):
        return KernelSpec(**get_kernel_dict())


def read(path):
    return nbformat.read(path, as_version=4)


def execute(notebook, folder):
    """Runs all cells in a new kernel; an error in a cell is an exception here."""
    kernels = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=ThisInterpreter())
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(
        notebook, km=kernels, timeout=120, coalesce_streams=True, resources=resources
    ).execute()


def outputs(notebook):
    return [cell.get("outputs", []) for cell in notebook.cells]


def shown(found):
    """What a cell shows, as far as every run shows the same: kinds, and words without numbers."""
    words = [o.text if o.output_type == "stream" else o.data.get("text/plain", "") for o in found]
    kinds = [sorted(o.get("data", {o.get("name"): ""})) for o in found]
    return kinds, [VARYING.sub("#", PROGRESS.sub("", text)) for text in words]


def test_the_course_has_three_notebooks():
    assert [p.stem for p in NOTEBOOKS] == ["1_first_graph", "2_gradients", "3_lenet"]


@each_notebook
def test_it_runs_and_so_do_its_solutions(path, tmp_path):
    notebook = read(path)
    kept = outputs(notebook)
    solutions = CODE.findall("\n".join(SOLUTION.findall(notebook.cells[-1].source)))
    assert len(solutions) >= 2
    notebook.cells += [nbformat.v4.new_code_cell(code) for code in solutions]

    execute(notebook, tmp_path)

    for cell, before in zip(notebook.cells, kept):
        assert shown(cell.get("outputs", [])) == shown(before), cell.source


@each_notebook
def test_its_outputs_are_kept_clean(path):
    notebook = read(path)
    nbformat.validate(notebook)
    text = path.read_text(encoding="utf-8")
    assert len(text) < MOST_BYTES
    assert not [o for found in outputs(notebook) for o in found if o.output_type == "error"]
    assert "Traceback" not in text
    assert not re.search(r"/(home|root|tmp|work|Users)/", text), "a path of somebody's machine"
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert all(not cell.metadata for cell in notebook.cells)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    kinds = [kind for found in outputs(notebook) for o in found for kind in o.get("data", {})]
    assert kinds.count("image/png") >= 2
    assert kinds.count("image/svg+xml") >= 1


@each_notebook
def test_it_ends_with_three_exercises_and_hidden_solutions(path):
    last = read(path).cells[-1].source
    assert re.findall(r"^\*\*(\d)\.\*\*", last, flags=re.M) == ["1", "2", "3"]
    assert len(SOLUTION.findall(last)) == last.count("<details>") == 3


def refresh(path):
    """Runs a notebook and keeps its outputs, and nothing of this machine."""
    notebook = read(path)
    execute(notebook, path.parent)
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        cell.metadata = {}
    nbformat.write(notebook, path)


if __name__ == "__main__":
    for place in NOTEBOOKS:
        refresh(place)
