"""What the machine is and can do: its name, its peak of multiplications, its bandwidth.

`python -m benchmarks.machine` prints both figures, measured with numpy, as JSON.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

from benchmarks.sides import ROOT, Side

SIDE = 1536  # of the matrices whose product measures the peak
BUFFERS = (1 << 20, 1 << 24, 1 << 27)  # bytes: in a core's cache, in the shared one, in memory


def name() -> str:
    """Processor, cores and system in a line."""
    processor = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        models = [row.split(":")[1] for row in info.read_text().splitlines() if "model name" in row]
        processor = models[0].strip() if models else processor
    memory = ""
    if hasattr(os, "sysconf"):
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
        memory = f", {size:.0f} GiB"
    family = _cpuinfo("cpu family"), _cpuinfo("model")
    detail = f" (family {family[0]}, model {family[1]})" if all(family) else ""
    cores = f"{os.cpu_count()} cores"
    return f"{processor}{detail}, {cores}{memory}, {platform.system()} {platform.machine()}"


def _cpuinfo(field: str) -> str:
    info = Path("/proc/cpuinfo")
    rows = info.read_text().splitlines() if info.exists() else []
    return next((r.split(":")[1].strip() for r in rows if r.split("\t")[0] == field), "")


def limits(side: Side) -> dict[str, Any]:
    """numpy's figures, measured in a fresh process of the side's interpreter."""
    words = [side.python, "-m", "benchmarks.machine"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def better(a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
    """The best of two measurements, since whatever else runs can only slow one down."""
    bandwidth = {size: max(a["bandwidth"][size], b["bandwidth"][size]) for size in a["bandwidth"]}
    return {"peak": max(a["peak"], b["peak"]), "bandwidth": bandwidth}


def floor(told: dict[str, Any], peak: float, bandwidth: dict[str, float]) -> float:
    """Seconds below which no implementation can be: operations over the peak, bytes over bandwidth.

    The bandwidth is that of the smallest buffer measured that holds as many bytes.
    """
    sizes = sorted(int(size) for size in bandwidth)
    size = next((s for s in sizes if s >= told["bytes"]), sizes[-1])
    return max(told["flops"] / peak, told["bytes"] / bandwidth[str(size)])


def measured_peak() -> float:
    """Operations per second of a large float32 product in numpy."""
    import numpy as np

    a = np.ones((SIDE, SIDE), np.float32)
    return 2 * SIDE**3 / _least(lambda: a @ a, 5)


def measured_bandwidth(size: int) -> float:
    """Bytes per second, read and written, of two threads that copy a buffer between them."""
    import numpy as np

    threads, times = 2, max(2, (1 << 27) // size)
    pairs = [np.ones((2, size // 8 // threads // 2), np.float64) for _ in range(threads)]

    def copy(pair: Any) -> None:
        for _ in range(times):
            np.copyto(pair[0], pair[1])

    def all_copy() -> None:
        workers = [threading.Thread(target=copy, args=(pair,)) for pair in pairs]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    return sum(pair.nbytes for pair in pairs) * times / _least(all_copy, 3)


def _least(function: Any, rounds: int) -> float:
    function()
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        function()
        taken.append(time.perf_counter() - start)
    return min(taken)


if __name__ == "__main__":
    bandwidth = {str(size): measured_bandwidth(size) for size in BUFFERS}
    print(json.dumps({"peak": measured_peak(), "bandwidth": bandwidth}))
