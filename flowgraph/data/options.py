"""Options of datasets. They tell TensorFlow how to run one; here they change nothing but threads.

Each is an attribute; an unknown one is an error, so that a misspelt name does not go unnoticed.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "DistributeOptions", "MapVectorizationOptions", "OptimizationOptions", "Options",
    "StatsOptions", "ThreadingOptions",
]  # fmt: skip


class _Options:
    """Named values, None where nothing was said."""

    _names: dict[str, Any] = {}  # name -> type, or a class of options

    def __init__(self) -> None:
        for name, kind in self._names.items():
            nested = isinstance(kind, type) and issubclass(kind, _Options)
            object.__setattr__(self, name, kind() if nested else None)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._names:
            raise AttributeError(
                f"Cannot set the property {name} on {type(self).__name__}. Known: "
                f"{', '.join(sorted(self._names))}."
            )
        kind = self._names[name]
        if kind is not None and value is not None and not isinstance(value, kind):
            raise TypeError(f"Property \"{name}\" must be of type {kind}, got: {value} (type: "
                            f"{type(value)})")  # fmt: skip
        object.__setattr__(self, name, value)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None  # type: ignore[assignment]

    def merge(self, options: Any) -> Any:
        """These, with what the others say in the places where they say something."""
        merged = type(self)()
        for name in self._names:
            mine, theirs = getattr(self, name), getattr(options, name)
            if isinstance(mine, _Options) and isinstance(theirs, _Options):
                value = mine.merge(theirs)
            elif mine is not None and theirs is not None and mine != theirs:
                raise ValueError(
                    f"Cannot merge incompatible values ({mine!r} and {theirs!r}) of option: {name}"
                )
            else:
                value = mine if theirs is None else theirs
            object.__setattr__(merged, name, value)
        return merged

    def __repr__(self) -> str:
        said = ", ".join(f"{k}={v!r}" for k, v in vars(self).items() if v is not None)
        return f"{type(self).__name__}({said})"


class MapVectorizationOptions(_Options):
    """How functions are made to work on batches (tf.data.experimental.MapVectorizationOptions)."""

    _names = {"enabled": bool, "use_choose_fastest": bool}


class OptimizationOptions(_Options):
    """How pipelines are rewritten (tf.data.experimental.OptimizationOptions)."""

    _names = {
        **dict.fromkeys(
            (
                "apply_default_optimizations", "autotune", "autotune_buffers",
                "filter_fusion", "filter_with_random_uniform_fusion", "hoist_random_uniform",
                "map_and_batch_fusion", "map_and_filter_fusion", "map_fusion",
                "map_parallelization", "noop_elimination", "parallel_batch",
                "shuffle_and_repeat_fusion",
            ),
            bool,
        ),
        "autotune_algorithm": None,
        "autotune_cpu_budget": int,
        "map_vectorization": MapVectorizationOptions,
    }  # fmt: skip


class ThreadingOptions(_Options):
    """How many threads there may be (tf.data.experimental.ThreadingOptions)."""

    _names = {"max_intra_op_parallelism": int, "private_threadpool_size": int}


class StatsOptions(_Options):
    """What is counted (tf.data.experimental.StatsOptions)."""

    _names = {"aggregator": None, "prefix": str, "counter_prefix": str, "latency_all_edges": bool}


class DistributeOptions(_Options):
    """How elements are spread (tf.data.experimental.DistributeOptions)."""

    _names = {
        "auto_shard": bool, "auto_shard_policy": None, "num_devices": int, "_make_stateless": bool,
    }  # fmt: skip


class Options(_Options):
    """The options of a dataset (tf.data.Options)."""

    _names = {
        "experimental_deterministic": bool,
        "experimental_distribute": DistributeOptions,
        "experimental_optimization": OptimizationOptions,
        "experimental_slack": bool,
        "experimental_stats": StatsOptions,
        "experimental_threading": ThreadingOptions,
        **dict.fromkeys(
            (
                "experimental_autotune", "experimental_filter_fusion",
                "experimental_hoist_random_uniform", "experimental_latency_all_edges",
                "experimental_map_and_batch_fusion", "experimental_map_and_filter_fusion",
                "experimental_map_fusion", "experimental_map_parallelization",
                "experimental_map_vectorization", "experimental_noop_elimination",
                "experimental_numa_aware", "experimental_shuffle_and_repeat_fusion",
            ),
            bool,
        ),
    }  # fmt: skip
