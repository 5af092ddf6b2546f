"""What a session and a run can be told: ConfigProto, GPUOptions, RunOptions and their like.

They take TensorFlow's fields. Those that mean something to one CPU are obeyed, others are kept.
"""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any

from flowgraph.compiler import options
from flowgraph.compiler.options import Optimizations


class _Options:
    """Fields with defaults; an unknown one is a ValueError, as with a protocol buffer."""

    _defaults: dict[str, Any] = {}

    def __init__(self, **fields: Any) -> None:
        for name in fields:
            if name not in self._defaults:
                raise ValueError(f'Protocol message {type(self).__name__} has no "{name}" field.')
        for name, default in self._defaults.items():
            value = default() if isinstance(default, type) else default
            object.__setattr__(self, name, fields.get(name, value))

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._defaults:
            raise AttributeError(f"{type(self).__name__} has no field {name!r}")
        object.__setattr__(self, name, value)

    def CopyFrom(self, other: _Options) -> None:
        """Takes over all fields of `other`."""
        for name in self._defaults:
            setattr(self, name, getattr(other, name))

    def __eq__(self, other: Any) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        changed = {n: getattr(self, n) for n in self._defaults if getattr(self, n)}
        return f"{type(self).__name__}({', '.join(f'{n}={v!r}' for n, v in changed.items())})"


class GPUOptions(_Options):
    """Accepted and kept; there is no GPU (tf.GPUOptions)."""

    _defaults = {
        "per_process_gpu_memory_fraction": 0.0, "allow_growth": False, "allocator_type": "",
        "deferred_deletion_bytes": 0, "visible_device_list": "", "polling_active_delay_usecs": 0,
        "polling_inactive_delay_msecs": 0, "force_gpu_compatible": False,
        "experimental": SimpleNamespace,
    }  # fmt: skip


class OptimizerOptions(_Options):
    """Which passes of the compiler are on (tf.OptimizerOptions): see `optimizations`.

    `global_jit_level=OFF` leaves the JIT out; `do_function_inlining` is accepted and kept.
    """

    L1, L0 = 0, -1
    DEFAULT, OFF, ON_1, ON_2 = 0, -1, 1, 2
    _defaults = {
        "do_common_subexpression_elimination": False, "do_constant_folding": False,
        "max_folded_constant_in_bytes": 0, "do_function_inlining": False, "opt_level": 0,
        "global_jit_level": 0,
    }  # fmt: skip


class GraphOptions(_Options):
    """Accepted and kept (tf.GraphOptions)."""

    _defaults = {
        "enable_recv_scheduling": False, "optimizer_options": OptimizerOptions,
        "build_cost_model": 0, "build_cost_model_after": 0, "infer_shapes": False,
        "place_pruned_graph": False, "enable_bfloat16_sendrecv": False, "timeline_step": 0,
        "rewrite_options": SimpleNamespace,
    }  # fmt: skip


class ConfigProto(_Options):
    """Settings of a session (tf.ConfigProto).

    `intra_op_parallelism_threads` are the threads inside one kernel, `inter_op_parallelism_threads`
    those between kernels; 0 means one for each core.
    """

    _defaults = {
        "device_count": dict, "intra_op_parallelism_threads": 0,
        "inter_op_parallelism_threads": 0, "use_per_session_threads": False,
        "session_inter_op_thread_pool": list, "placement_period": 0, "device_filters": list,
        "gpu_options": GPUOptions, "allow_soft_placement": False, "log_device_placement": False,
        "graph_options": GraphOptions, "operation_timeout_in_ms": 0, "rpc_options": SimpleNamespace,
        "cluster_def": SimpleNamespace, "isolate_session_state": False,
        "share_cluster_devices_in_session": False, "experimental": SimpleNamespace,
    }  # fmt: skip


class RunOptions(_Options):
    """Settings of one run (tf.RunOptions): `trace_level` and `timeout_in_ms`."""

    NO_TRACE, SOFTWARE_TRACE, HARDWARE_TRACE, FULL_TRACE = 0, 1, 2, 3
    _defaults = {
        "trace_level": 0, "timeout_in_ms": 0, "inter_op_thread_pool": 0,
        "output_partition_graphs": False, "debug_options": SimpleNamespace,
        "report_tensor_allocations_upon_oom": False, "experimental": SimpleNamespace,
    }  # fmt: skip


def optimizations(config: ConfigProto | None) -> Optimizations:
    """The passes that a session's plans go through.

    As in TensorFlow, level L1 (the default) has them all, and at L0 a switch turns one on.
    """
    if config is None:
        return options.ALL
    told: Any = config.graph_options.optimizer_options  # type: ignore[attr-defined]
    on = told.opt_level >= OptimizerOptions.L1
    return Optimizations(
        fold=on or told.do_constant_folding,
        merge=on or told.do_common_subexpression_elimination,
        simplify=on,
        most_folded_bytes=told.max_folded_constant_in_bytes or options.MOST_BYTES,
    )


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def allowed(config: ConfigProto | None, libraries: tuple[str, ...]) -> tuple[str, ...]:
    """The kernel libraries that a session may use.

    `global_jit_level` OFF (-1) turns the compilers off, as it does TensorFlow's XLA; the
    environment variable FLOWGRAPH_WITHOUT names libraries, with commas between, that none uses. A
    part of a library ("jit.loops") goes with it.
    """
    without = set(os.environ.get("FLOWGRAPH_WITHOUT", "").split(","))
    options = (config or ConfigProto()).graph_options.optimizer_options  # type: ignore[attr-defined]
    if options.global_jit_level < 0:
        without.add("jit")
    return tuple([n for n in libraries if n not in without and n.split(".")[0] not in without])


def thread_counts(config: ConfigProto | None) -> tuple[int, int]:
    """(threads inside a kernel, threads between kernels) that a session may use."""
    config = config or ConfigProto()
    pools = config.session_inter_op_thread_pool  # type: ignore[attr-defined]
    between = config.inter_op_parallelism_threads  # type: ignore[attr-defined]
    if pools and not between:
        between = getattr(pools[0], "num_threads", 0)
    inside = config.intra_op_parallelism_threads  # type: ignore[attr-defined]
    for name, value in (("intra", inside), ("inter", between)):
        if value < 0 and not (name == "inter" and value == -1):
            raise ValueError(f"{name}_op_parallelism_threads must be >= 0, got {value}")
    return inside or cores(), 1 if between == -1 else between or cores()
