"""The scripts in examples/tf1, each run as a user would, and held to the README's threshold."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "tf1"
ROW = re.compile(r"^\| `(\w+\.py)` \|[^|]*\| (≥|≤) (\S+) \|", re.MULTILINE)
LIMITS = {
    script: (relation, float(limit))
    for script, relation, limit in ROW.findall((FOLDER / "README.md").read_text("utf-8"))
}
# One core a script: a worker of pytest-xdist on the other core would keep teams of threads waiting.
ON_ONE_CORE = """
import os, sys
if hasattr(os, "sched_setaffinity"):
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[int(sys.argv.pop(1)) % len(cores)]})
from flowgraph.__main__ import main
sys.exit(main(["run", *sys.argv[1:]]))
"""


def run(script, folder, *arguments):
    """The script's output, of a process of its own that works and writes in `folder`."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    own = {name: str(folder) for name in ("HOME", "TMPDIR", "FLOWGRAPH_CACHE")}
    done = subprocess.run(
        [sys.executable, "-c", ON_ONE_CORE, worker, str(FOLDER / script), *arguments],
        capture_output=True, text=True, cwd=folder, env={**os.environ, **own}, check=False,
        timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def last_number(output):
    return float(output.split()[-1])  # "nan" is a number, too, that meets no threshold


def test_readme_has_a_row_for_each_script_and_no_other():
    assert sorted(LIMITS) == sorted(path.name for path in FOLDER.glob("*.py"))
    assert len(LIMITS) >= 40


@pytest.mark.parametrize("script", sorted(LIMITS))
def test_script_learns(script, tmp_path):
    output = run(script, tmp_path)
    relation, limit = LIMITS[script]
    reached = last_number(output)
    assert reached >= limit if relation == "≥" else reached <= limit, output[-2000:]


@pytest.mark.parametrize("script", ["logistic_regression.py", "mnist_mlp.py"])
def test_threshold_is_not_reached_in_one_step(script, tmp_path):
    """A threshold that an untrained model meets would hold nothing."""
    relation, limit = LIMITS[script]
    assert relation == "≥"
    assert last_number(run(script, tmp_path, "--steps=1")) < limit
