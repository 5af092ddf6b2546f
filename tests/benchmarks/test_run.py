"""The benchmarks end to end, in processes as a user starts them."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*words):
    return subprocess.run([sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True)


def test_a_workload_end_to_end(tmp_path):
    file = tmp_path / "result.json"
    words = ("scalars", "--rounds", "1", "--seconds", "0.02", "--json", str(file))
    done = run("benchmarks", *words)
    assert done.returncode == 0, done.stderr
    assert "| scalars | " in done.stdout
    row = json.loads(file.read_text())["rows"][0]
    assert 0 < row["sides"]["flowgraph"]["least"] < 0.1
    assert row["sides"]["flowgraph"]["resident"] > 10


def test_worker_tells_of_the_build_and_the_first_run():
    done = run("benchmarks.worker", "flowgraph", "graph of 100 ops", "0.01")
    told = json.loads(done.stdout)
    assert told["rows"] == ["build", "first", "seconds"]
    assert told["build"] > 0 and told["first"] > 0
    assert len(told["values"]) == 3 and len(told["values"][0]) == 64
    assert told["values"][0] == told["values"][2]


@pytest.mark.parametrize(("kind", "steps"), [("soak", 100), ("threads", 3)])
def test_endurance(kind, steps):
    done = run("benchmarks.endurance", kind, "scalars", str(steps))
    told = json.loads(done.stdout)
    if kind == "soak":
        assert len(told["marks"]) == 10 and told["growth"] < 5
    else:
        assert told["wrong"] == [] and told["at once"] > 0


@pytest.mark.parametrize("module", ["torch", "jax"])
def test_a_peer_has_the_workloads_named(module):
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not here")
    code = (
        "from benchmarks.worker import workloads; from benchmarks.peers import NAMES; "
        f"print(set(workloads({module!r})) == set(NAMES))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "True", done.stderr
