"""Checkpoints' states and the messages inside of their files."""

from flowgraph.core.messages import Schema
from flowgraph.graph_io.protos import graph

_TABLE = """
file python/training/checkpoint_state
CheckpointState
  1 string model_checkpoint_path
  2 *string all_model_checkpoint_paths
  3 *double all_model_checkpoint_timestamps
  4 double last_preserved_timestamp
file core/protobuf/trackable_object_graph
TrackableObjectGraph
  1 *TrackableObjectGraph.TrackableObject nodes
TrackableObjectGraph.TrackableObject
  1 *TrackableObjectGraph.TrackableObject.ObjectReference children
  2 *TrackableObjectGraph.TrackableObject.SerializedTensor attributes
  3 *TrackableObjectGraph.TrackableObject.SlotVariableReference slot_variables
TrackableObjectGraph.TrackableObject.ObjectReference
  1 int32 node_id
  2 string local_name
TrackableObjectGraph.TrackableObject.SerializedTensor
  1 string name
  2 string full_name
  3 string checkpoint_key
  4 bool optional_restore
TrackableObjectGraph.TrackableObject.SlotVariableReference
  1 int32 original_variable_node_id
  2 string slot_name
  3 int32 slot_variable_node_id
file core/framework/tensor_slice
TensorSliceProto
  1 *TensorSliceProto.Extent extent
TensorSliceProto.Extent
  1 int64 start
  2 int64 length has_length
file core/protobuf/tensor_bundle
BundleHeaderProto
  1 int32 num_shards
  2 BundleHeaderProto.Endianness endianness
  3 VersionDef version
enum BundleHeaderProto.Endianness
   LITTLE=0 BIG=1
BundleEntryProto
  1 DataType dtype
  2 TensorShapeProto shape
  3 int32 shard_id
  4 int64 offset
  5 int64 size
  6 fixed32 crc32c
  7 *TensorSliceProto slices
file core/util/saved_tensor_slice
SavedSliceMeta
  1 string name
  2 TensorShapeProto shape
  3 DataType type
  4 *TensorSliceProto slice
SavedTensorSliceMeta
  1 *SavedSliceMeta tensor
  2 VersionDef versions
SavedSlice
  1 string name
  2 TensorSliceProto slice
  3 TensorProto data
SavedTensorSlices
  1 SavedTensorSliceMeta meta
  2 SavedSlice data
"""
SCHEMA = Schema("checkpoints", _TABLE, uses=(graph.SCHEMA,))
