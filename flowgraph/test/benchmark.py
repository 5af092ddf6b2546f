"""`tf.test.Benchmark`: how long an op takes."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from flowgraph.core.graph import Graph
from flowgraph.runtime.config import ConfigProto


def benchmark_config() -> ConfigProto:
    """Settings of a session for measurements: today's (tf.test.benchmark_config)."""
    return ConfigProto()


class Benchmark:
    """Base class of measurements; methods whose names begin with "benchmark" are run by hand."""

    @classmethod
    def is_abstract(cls) -> bool:
        """Whether this is the base class."""
        return cls is Benchmark

    def report_benchmark(
        self,
        iters: int | None = None,
        cpu_time: float | None = None,
        wall_time: float | None = None,
        throughput: float | None = None,
        extras: dict[str, Any] | None = None,
        name: str | None = None,
    ) -> None:
        """Prints what was measured."""
        told = {"iters": iters, "cpu_time": cpu_time, "wall_time": wall_time,
                "throughput": throughput, **(extras or {})}  # fmt: skip
        parts = [f"{key}: {value}" for key, value in told.items() if value is not None]
        print(f"{name or type(self).__name__}: {', '.join(parts)}")

    def run_op_benchmark(
        self,
        sess: Any,
        op_or_tensor: Any,
        feed_dict: Any = None,
        burn_iters: int = 2,
        min_iters: int = 10,
        store_trace: bool = False,
        store_memory_usage: bool = True,
        name: str | None = None,
        extras: dict[str, Any] | None = None,
        mbs: float = 0,
    ) -> dict[str, Any]:
        """Runs an op `burn_iters` and `min_iters` times; gives and reports the median seconds.

        With `mbs`, the megabytes that a run moves, the throughput is told, too.
        """
        del store_trace, store_memory_usage
        target = getattr(op_or_tensor, "op", op_or_tensor)
        for _ in range(burn_iters):
            sess.run(target, feed_dict=feed_dict)
        seconds = []
        for _ in range(min_iters):
            start = time.perf_counter()
            sess.run(target, feed_dict=feed_dict)
            seconds.append(time.perf_counter() - start)
        median = float(np.median(seconds)) if seconds else -1.0
        self.report_benchmark(
            iters=min_iters, wall_time=median, throughput=mbs / median if mbs else None,
            extras=extras, name=name,
        )  # fmt: skip
        return {"iters": min_iters, "wall_time": median, "extras": extras or {},
                "name": name, "throughput": mbs / median}  # fmt: skip

    def evaluate(self, tensors: Any) -> Any:
        """The tensors' values, in a session of their graph."""
        from flowgraph.core.stacks import get_default_session
        from flowgraph.runtime.session import Session

        session = get_default_session()
        if session is not None:
            return session.run(tensors)
        graph: Graph | None = getattr(tensors, "graph", None)
        with Session(graph=graph) as own:
            return own.run(tensors)
