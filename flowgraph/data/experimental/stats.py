"""Statistics of pipelines: accepted, so that scripts run; nothing is counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.tensor import Tensor


class StatsAggregator:
    """Takes part in options; its summary is empty (tf.data.experimental.StatsAggregator)."""

    def get_summary(self) -> Tensor:
        """An empty serialized summary, a string scalar."""
        return convert_to_tensor(b"")


def latency_stats(tag: Any) -> Callable[[Any], Any]:
    """The dataset as it is (tf.data.experimental.latency_stats)."""
    del tag
    return lambda dataset: dataset


def bytes_produced_stats(tag: Any) -> Callable[[Any], Any]:
    """The dataset as it is (tf.data.experimental.bytes_produced_stats)."""
    del tag
    return lambda dataset: dataset


def set_stats_aggregator(
    stats_aggregator: Any, prefix: str = "", counter_prefix: str = ""
) -> Callable[[Any], Any]:
    """The dataset as it is (tf.contrib.data.set_stats_aggregator)."""
    del stats_aggregator, prefix, counter_prefix
    return lambda dataset: dataset
