"""What is made of a result: the table, the picture, the floor, the comparison, the exit code."""

import math
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # the benchmarks are run from the root, not installed

from benchmarks import __main__ as command  # noqa: E402
from benchmarks import endurance, machine, picture, rounds, sides, table  # noqa: E402
from benchmarks.compare import difference  # noqa: E402
from benchmarks.peers import NAMES  # noqa: E402
from benchmarks.workloads import WORKLOADS  # noqa: E402


def time(least, median=None, resident=100.0):
    return {"least": least, "median": median or least, "resident": resident}


def canned():
    """Two groups; TensorFlow runs all of it, PyTorch one row."""
    return {
        "machine": "a machine <of tests>",
        "peak": 4e11,
        "bandwidth": {"1048576": 5e10, "268435456": 2e10},
        "rounds": 3,
        "sides": [
            {"module": "flowgraph", "title": "flowgraph", "version": "0.1.0"},
            {"module": "tensorflow", "title": "TensorFlow", "version": "2.21"},
            {"module": "torch", "title": "PyTorch", "version": "2.13"},
        ],
        "rows": [
            {"name": "lenet", "group": "Workloads", "floor": 0.0222, "sides": {
                "flowgraph": time(0.030, 0.031, 218.4),
                "tensorflow": time(0.040, resident=822.0), "torch": time(0.060)},
             "kind": "run", "size": None},
            {"name": "scalars", "group": "Workloads", "floor": 1e-12, "sides": {
                "flowgraph": time(5e-6), "tensorflow": time(2e-4)}, "kind": "run", "size": None},
            {"name": "graph: build", "group": "Graph", "floor": None, "sides": {
                "flowgraph": time(1.0), "tensorflow": time(4.0)}, "kind": "build", "size": 1000},
            {"name": "graph: first", "group": "Graph", "floor": None, "sides": {
                "flowgraph": time(1.0), "tensorflow": time(0.5)}, "kind": "first", "size": 10},
        ],
        "wrong": [],
    }  # fmt: skip


def test_table():
    text = table.tables(canned())
    assert (
        "| lenet | 30.0 (31.0) | 40.0 (40.0) | 0.75 | 60.0 (60.0) | 0.50 | 22.2 |\n"
        "| scalars | 0.00500 (0.00500) | 0.200 (0.200) | 0.03 | – | – | < 0.001 |\n"
        "| geometric mean |  |  | **0.14** |  | **0.50** |  |" in text
    )
    assert "| graph: build | 1,000 (1,000) | 4,000 (4,000) | 0.25 | – | – | – |" in text
    assert "0.31 against TensorFlow (ahead in 3 of 4 rows), 0.50 against PyTorch" in text
    assert "| lenet | 218 | 822 | 100 |" in text
    assert (
        "| µs for each, by size | 10 | 1,000 |\n| --- | ---: | ---: |\n"
        "| flowgraph, build | – | 1,000 |\n| TensorFlow, build | – | 4,000 |\n"
        "| flowgraph, first | 100,000 | – |" in text
    )
    assert text.count("| graph |") == 1  # one process, one line of memory
    assert "a machine <of tests>; flowgraph 0.1.0, TensorFlow 2.21, PyTorch 2.13" in text


def test_table_without_a_peer():
    result = canned()
    result["sides"] = result["sides"][:1]
    for row in result["rows"]:
        row["sides"] = {"flowgraph": row["sides"]["flowgraph"]}
    text = table.tables(result)
    assert "| lenet | 30.0 (31.0) | 22.2 |" in text
    assert "mean" not in text


def test_picture():
    root = ElementTree.fromstring(picture.svg(canned()))
    space = "{http://www.w3.org/2000/svg}"
    boxes = [box.attrib for box in root.iter(f"{space}rect")]
    words = [text.text for text in root.iter(f"{space}text")]
    assert {"lenet", "scalars", "30.0 ms", "a machine <of tests>", "Graph"} <= set(words)
    bars = [float(b["width"]) for b in boxes if b["fill"] == picture.COLOURS["flowgraph"]][1:]
    assert bars == [picture.BAR * share for share in (0.5, 0.025, 0.25, 1.0)]
    floors = [box for box in boxes if box["fill"] == "black"][1:]
    assert len(floors) == 2
    place = picture.LEFT + picture.BAR * 0.0222 / 0.060 - 1
    assert float(floors[0]["x"]) == pytest.approx(place, abs=0.1)


def test_the_better_of_two_measurements():
    one = {"peak": 1.0, "bandwidth": {"8": 5.0, "9": 1.0}}
    two = {"peak": 2.0, "bandwidth": {"8": 4.0, "9": 3.0}}
    best = {"peak": 2.0, "bandwidth": {"8": 5.0, "9": 3.0}}
    assert machine.better(one, two) == best


def test_floor_is_the_dearer_of_operations_and_bytes():
    bandwidth = {"1048576": 5e10, "268435456": 2e10}
    assert machine.floor({"flops": 4e9, "bytes": 1e3}, 4e11, bandwidth) == 0.01
    assert machine.floor({"flops": 1, "bytes": 1e6}, 4e11, bandwidth) == 1e6 / 5e10
    assert machine.floor({"flops": 1, "bytes": 1e9}, 4e11, bandwidth) == 0.05  # beyond the largest


def test_difference():
    same = [[1.0, 2.0], [math.nan, math.inf]]
    assert difference(same, same, 1e-6) is None
    assert difference([[1.0, 2.0]], [[1.0005, 2.0]], 1e-3) is None
    assert "step 1" in difference([[1.0, 2.0]], [[1.0, 2.1]], 1e-3)
    assert "step 2" in difference([[1.0], [2.0]], [[1.0], [math.nan]], 1e-3)
    assert difference([[math.inf]], [[-math.inf]], 1e-3)
    assert difference([[1.0]], [[1.0], [1.0]], 1e-3)
    assert difference([[1.0]], [[1.0, 1.0]], 1e-3)
    assert difference([[1e-9]], [[0.0]], 1e-3)


class Canned:
    """A side whose processes are canned."""

    def __init__(self, module, values, seconds, fails=False):
        self.module, self.title, self.version, self.python = module, module, "1", sys.executable
        self.values, self.seconds, self.fails, self.runs = values, seconds, fails, 0

    def can(self, name):
        return True

    def run(self, name, seconds):
        self.runs += 1
        if self.fails:
            return {"failed": "ValueError: no"}
        return {
            "seconds": self.seconds, "least": self.seconds / self.runs, "values": [self.values],
            "import": 0.1, "build": 0.2, "first": 0.3, "resident": 50.0, "flops": 1e9,
            "bytes": 0.0, "rtol": 1e-3, "rows": ["seconds"], "size": None,
        }  # fmt: skip


@pytest.fixture
def limits(monkeypatch):
    found = {"peak": 1e11, "bandwidth": {"1048576": 1e10}}
    monkeypatch.setattr(machine, "limits", lambda side: found)


def test_rounds(limits):
    both = [Canned("flowgraph", [1.0], 0.1), Canned("tensorflow", [1.0001], 0.2)]
    doing = []
    result = rounds.run(["mlp"], both, 2, 0.1, doing.append)
    assert doing == [f"mlp: {s}, round {n}" for n in (1, 2) for s in ("flowgraph", "tensorflow")]
    row = result["rows"][0]
    assert row["sides"]["flowgraph"] == time(0.05, 0.1, 50.0)
    assert row["floor"] == 0.01
    assert result["wrong"] == []


def test_an_interrupt_keeps_what_was_measured(limits):
    def told(doing):
        if doing == "mlp: flowgraph, round 2":
            raise KeyboardInterrupt

    both = [Canned("flowgraph", [1.0], 0.1), Canned("tensorflow", [1.0], 0.2)]
    result = rounds.run(["lenet", "mlp"], both, 3, 0.1, told)
    assert [row["name"] for row in result["rows"]] == ["lenet", "mlp"]
    assert both[1].runs == 4  # both workloads, lenet again, and the product for the peak


def test_the_peak_is_no_lower_than_what_a_side_reached(limits):
    both = [Canned("flowgraph", [1.0], 0.1), Canned("torch", [1.0], 0.002)]
    assert rounds.run(["mlp"], both, 1, 0.1)["peak"] == pytest.approx(1e9 / 0.001)


@pytest.mark.parametrize(
    ("peer", "told"),
    [
        (Canned("tensorflow", [1.01], 0.2), "mlp: flowgraph and tensorflow differ: step 1"),
        (Canned("tensorflow", [1.0], 0.2, fails=True), "mlp: tensorflow failed: ValueError: no"),
    ],
)
def test_a_wrong_answer_fails(limits, monkeypatch, capsys, tmp_path, peer, told):
    monkeypatch.setattr(sides, "ours", lambda: Canned("flowgraph", [1.0], 0.001))
    monkeypatch.setattr(sides, "peers", lambda python: [peer])
    file, bars = tmp_path / "r.json", tmp_path / "r.svg"
    words = ["x", "mlp", "--peer", "p", "--rounds", "1", "--json", str(file)]
    monkeypatch.setattr(sys, "argv", [*words, "--picture", str(bars)])
    assert command.main() == 1
    assert told in capsys.readouterr().out
    ElementTree.parse(bars)
    monkeypatch.setattr(sys, "argv", ["x", "--show", str(file)])
    assert command.main() == 1


def test_our_own_failure_is_told(limits):
    result = rounds.run(["mlp"], [Canned("flowgraph", [1.0], 0.1, fails=True)], 1, 0.1)
    assert result["rows"] == []
    assert result["wrong"] == ["mlp: flowgraph failed: ValueError: no"]


def test_chosen():
    assert command.chosen(["lenet"]) == ["lenet"]
    assert command.chosen(["cost against graph size"])[0] == "graph of 10 ops"
    assert set(command.chosen(["lenet*"])) == {n for n in WORKLOADS if n.startswith("lenet")}
    assert command.chosen([]) == list(WORKLOADS)
    with pytest.raises(SystemExit):
        command.options(["no such workload"])
    with pytest.raises(SystemExit):
        command.options(["--picture", "a.png"])


def test_growth_and_slow_threads_fail(monkeypatch):
    def fresh(kind, name, count):
        if kind == "soak":
            return {"resident": 50.0, "growth": 6.0 if name == "lenet-5" else 0.5}
        return {"in turn": 1.0, "at once": 1.0, "wrong": ["step 1"] if name == "branches" else []}

    monkeypatch.setattr(endurance, "_fresh", fresh)
    text, fine = endurance.run_soaks(lambda doing: None)
    assert not fine
    assert "| lenet-5 | 10,000 | 50.0 | 6.0 |" in text
    text, fine = endurance.run_threads(lambda doing: None)
    assert not fine
    assert "WRONG" in text


def test_peers_have_workloads_of_ours():
    assert set(NAMES) <= set(WORKLOADS)
    assert len(NAMES) == len(set(NAMES))
