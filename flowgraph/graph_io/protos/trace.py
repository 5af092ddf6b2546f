"""What a traced run records."""

from flowgraph.core.messages import Schema
from flowgraph.graph_io.protos import graph

_TABLE = """
file core/framework/allocation_description
AllocationDescription
  1 int64 requested_bytes
  2 int64 allocated_bytes
  3 string allocator_name
  4 int64 allocation_id
  5 bool has_single_reference
  6 uint64 ptr
file core/framework/tensor_description
TensorDescription
  1 DataType dtype
  2 TensorShapeProto shape
  4 AllocationDescription allocation_description
file core/framework/step_stats
AllocationRecord
  1 int64 alloc_micros
  2 int64 alloc_bytes
AllocatorMemoryUsed
  1 string allocator_name
  2 int64 total_bytes
  3 int64 peak_bytes
  4 int64 live_bytes
  6 *AllocationRecord allocation_records
  5 int64 allocator_bytes_in_use
NodeOutput
  1 int32 slot
  3 TensorDescription tensor_description
MemoryStats
  1 int64 temp_memory_size
  3 int64 persistent_memory_size
  5 *int64 persistent_tensor_alloc_ids
  2 int64 device_temp_memory_size
  4 int64 device_persistent_memory_size
  6 *int64 device_persistent_tensor_alloc_ids
NodeExecStats
  1 string node_name
  2 int64 all_start_micros
  3 int64 op_start_rel_micros
  4 int64 op_end_rel_micros
  5 int64 all_end_rel_micros
  6 *AllocatorMemoryUsed memory
  7 *NodeOutput output
  8 string timeline_label
  9 int64 scheduled_micros
  10 uint32 thread_id
  11 *AllocationDescription referenced_tensor
  12 MemoryStats memory_stats
  13 int64 all_start_nanos
  14 int64 op_start_rel_nanos
  15 int64 op_end_rel_nanos
  16 int64 all_end_rel_nanos
  17 int64 scheduled_nanos
DeviceStepStats
  1 string device
  2 *NodeExecStats node_stats
  3 {uint32}string thread_names
StepStats
  1 *DeviceStepStats dev_stats
file core/protobuf/config
RunMetadata
  1 StepStats step_stats
  3 *GraphDef partition_graphs
"""
SCHEMA = Schema("trace", _TABLE, uses=(graph.SCHEMA,))
