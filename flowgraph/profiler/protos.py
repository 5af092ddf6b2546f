"""The messages in which a profile is told (core/profiler/tfprof_output.proto)."""

from __future__ import annotations

from typing import Any

from flowgraph.core.messages import Schema
from flowgraph.graph_io.protos import graph

_TABLE = """
file core/profiler/tfprof_output
GraphNodeProto
  1 string name
  21 int64 run_count
  2 int64 exec_micros
  17 int64 accelerator_exec_micros
  18 int64 cpu_exec_micros
  3 int64 requested_bytes
  24 int64 peak_bytes
  25 int64 residual_bytes
  26 int64 output_bytes
  4 int64 parameters
  13 int64 float_ops
  10 *string devices
  23 int64 total_definition_count
  22 int64 total_run_count
  6 int64 total_exec_micros
  19 int64 total_accelerator_exec_micros
  20 int64 total_cpu_exec_micros
  7 int64 total_requested_bytes
  27 int64 total_peak_bytes
  28 int64 total_residual_bytes
  29 int64 total_output_bytes
  8 int64 total_parameters
  14 int64 total_float_ops
  11 *TensorShapeProto shapes
  12 *GraphNodeProto children
MultiGraphNodeProto
  1 string name
  2 int64 exec_micros
  12 int64 accelerator_exec_micros
  13 int64 cpu_exec_micros
  3 int64 requested_bytes
  16 int64 peak_bytes
  17 int64 residual_bytes
  18 int64 output_bytes
  4 int64 parameters
  5 int64 float_ops
  6 int64 total_exec_micros
  14 int64 total_accelerator_exec_micros
  15 int64 total_cpu_exec_micros
  7 int64 total_requested_bytes
  19 int64 total_peak_bytes
  20 int64 total_residual_bytes
  21 int64 total_output_bytes
  8 int64 total_parameters
  9 int64 total_float_ops
  10 *GraphNodeProto graph_nodes
  11 *MultiGraphNodeProto children
"""

_SCHEMA = Schema("profile", _TABLE, uses=(graph.SCHEMA,))


def __getattr__(name: str) -> Any:
    return _SCHEMA.get(name)
