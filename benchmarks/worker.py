"""Times one workload in a process of its own: `python -m benchmarks.worker MODULE NAME [SECONDS]`.

MODULE is flowgraph, tensorflow, torch or jax. Prints one line of JSON: seconds per step (the median
of several rounds and the least), the values of the first steps, the seconds of the import, of the
build and of the first step, and the peak of resident memory in MB. Every side gets two cores.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
import time
from typing import Any

COMPARED = 3  # steps whose values are compared
KEPT = 64  # values of each
CORES = 2


def load(module: str) -> Any:
    """flowgraph, TensorFlow in the manner of 1.x, PyTorch or JAX."""
    if module != "tensorflow":
        return importlib.import_module(module)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow.compat.v1 as tf

    tf.disable_v2_behavior()
    tf.logging.set_verbosity("ERROR")
    return tf


def workloads(module: str) -> Any:
    """Those that a framework can run, by name."""
    if module in ("torch", "jax"):
        return importlib.import_module(f"benchmarks.peers.{module}_workloads").WORKLOADS
    return importlib.import_module("benchmarks.workloads").WORKLOADS


def measure(module: str, name: str, seconds: float) -> dict[str, Any]:
    """Runs a workload."""
    start = time.perf_counter()
    tf = load(module)
    imported = time.perf_counter()
    builder = workloads(module)[name]
    begun = time.perf_counter()
    workload = builder(tf)
    built = time.perf_counter()
    outputs = [workload.step()]
    first = time.perf_counter()
    outputs += [workload.step() for _ in range(COMPARED - 1)]
    values = [sample(output) for output in outputs]
    for _ in range(workload.warm):
        workload.step()
    rounds = timed(workload.step, seconds)
    return {
        "seconds": sorted(rounds)[len(rounds) // 2],
        "least": min(rounds),
        "values": values,
        "import": imported - start,
        "build": built - begun,
        "first": first - built,
        "resident": resident("VmHWM"),
        "flops": workload.flops,
        "bytes": workload.bytes,
        "rtol": workload.rtol,
        "rows": workload.rows,
        "size": workload.size,
    }


def sample(output: Any) -> list[float]:
    """Up to KEPT numbers, spread over all there are."""
    import numpy as np

    flat = np.asarray(output, np.float64).ravel()
    return flat[np.linspace(0, flat.size - 1, min(KEPT, flat.size)).astype(int)].tolist()


def timed(step: Any, seconds: float) -> list[float]:
    """Seconds per step, of rounds of steps that take about a tenth of `seconds` each."""
    start = time.perf_counter()
    step()
    once = max(time.perf_counter() - start, 1e-7)
    count = max(1, int(seconds / 10 / once))
    rounds = []
    while sum(rounds) * count < seconds or len(rounds) < 5:
        start = time.perf_counter()
        for _ in range(count):
            step()
        rounds.append((time.perf_counter() - start) / count)
    return rounds


def resident(line: str) -> float:
    """MB resident: now ("VmRSS") or at most so far ("VmHWM").

    Linux's own figure of this program; getrusage's would count what the parent had at the fork.
    """
    try:
        with open("/proc/self/status") as file:
            return next(int(row.split()[1]) for row in file if row.startswith(line)) / 1024
    except OSError:
        unit = 1024**2 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def two_cores() -> None:
    """Holds this process to CORES cores, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])


if __name__ == "__main__":
    two_cores()
    arguments = sys.argv[1:]
    told = measure(arguments[0], arguments[1], float(arguments[2]) if len(arguments) > 2 else 2.0)
    print(json.dumps(told))
