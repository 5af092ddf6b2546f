"""The frameworks that run: flowgraph here, and what a peer's interpreter can import."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.peers import NAMES

ROOT = Path(__file__).resolve().parent.parent
TITLES = {
    "flowgraph": "flowgraph", "tensorflow": "TensorFlow", "torch": "PyTorch", "jax": "JAX",
}  # fmt: skip
LIMIT = 900  # seconds that a process may take
_FIND = """
import importlib.util, importlib.metadata, json, sys
found = {}
for name in sys.argv[1:]:
    if importlib.util.find_spec(name):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "?"
print(json.dumps(found))
"""


@dataclass(frozen=True)
class Side:
    """A framework in an interpreter."""

    module: str
    python: str
    version: str

    @property
    def title(self) -> str:
        """The framework's name."""
        return TITLES[self.module]

    def can(self, workload: str) -> bool:
        """Whether the framework has the workload."""
        return self.module in ("flowgraph", "tensorflow") or workload in NAMES

    def run(self, workload: str, seconds: float) -> dict[str, Any]:
        """What benchmarks.worker tells of a workload in a fresh process; {"failed": why} else."""
        words = [self.python, "-m", "benchmarks.worker", self.module, workload, str(seconds)]
        try:
            done = subprocess.run(
                words, cwd=ROOT, env=_environment(), capture_output=True, text=True, timeout=LIMIT
            )
        except subprocess.TimeoutExpired:
            return {"failed": f"not done after {LIMIT} s"}
        if done.returncode:
            lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
            return {"failed": lines[-1]}
        told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return told


def ours() -> Side:
    """flowgraph, in the interpreter that runs this."""
    return Side("flowgraph", sys.executable, _found(sys.executable, "flowgraph")["flowgraph"])


def peers(python: str) -> list[Side]:
    """Which of TensorFlow, PyTorch and JAX an interpreter can import."""
    found = _found(python, "tensorflow", "torch", "jax")
    return [Side(module, python, version) for module, version in found.items()]


def _found(python: str, *modules: str) -> dict[str, str]:
    done = subprocess.run(
        [python, "-c", _FIND, *modules], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found


def _environment() -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"}
