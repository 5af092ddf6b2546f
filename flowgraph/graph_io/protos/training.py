"""Variables, savers, queue runners, collections, meta graphs, clusters."""

from flowgraph.core.messages import Schema
from flowgraph.graph_io.protos import graph

_TABLE = """
file core/framework/variable
enum VariableSynchronization
   VARIABLE_SYNCHRONIZATION_AUTO=0 VARIABLE_SYNCHRONIZATION_NONE=1
   VARIABLE_SYNCHRONIZATION_ON_WRITE=2 VARIABLE_SYNCHRONIZATION_ON_READ=3
enum VariableAggregation
   VARIABLE_AGGREGATION_NONE=0 VARIABLE_AGGREGATION_SUM=1 VARIABLE_AGGREGATION_MEAN=2
   VARIABLE_AGGREGATION_ONLY_FIRST_REPLICA=3
VariableDef
  1 string variable_name
  6 string initial_value_name
  2 string initializer_name
  3 string snapshot_name
  4 SaveSliceInfoDef save_slice_info_def
  5 bool is_resource
  7 bool trainable
  8 VariableSynchronization synchronization
  9 VariableAggregation aggregation
SaveSliceInfoDef
  1 string full_name
  2 *int64 full_shape
  3 *int64 var_offset
  4 *int64 var_shape
file core/protobuf/control_flow
ValuesDef
  1 *string values
  2 {string}string external_values
ControlFlowContextDef
  1 CondContextDef cond_ctxt ctxt
  2 WhileContextDef while_ctxt ctxt
CondContextDef
  1 string context_name
  2 string pred_name
  3 string pivot_name
  4 int32 branch
  5 ValuesDef values_def
  6 *ControlFlowContextDef nested_contexts
WhileContextDef
  1 string context_name
  2 int32 parallel_iterations
  3 bool back_prop
  4 bool swap_memory
  5 string pivot_name
  6 string pivot_for_pred_name
  7 string pivot_for_body_name
  8 *string loop_exit_names
  10 *string loop_enter_names
  9 ValuesDef values_def
  11 string maximum_iterations_name
  12 *ControlFlowContextDef nested_contexts
file core/lib/core/error_codes
enum Code
   OK=0 CANCELLED=1 UNKNOWN=2 INVALID_ARGUMENT=3 DEADLINE_EXCEEDED=4 NOT_FOUND=5
   ALREADY_EXISTS=6 PERMISSION_DENIED=7 UNAUTHENTICATED=16 RESOURCE_EXHAUSTED=8
   FAILED_PRECONDITION=9 ABORTED=10 OUT_OF_RANGE=11 UNIMPLEMENTED=12 INTERNAL=13 UNAVAILABLE=14
   DATA_LOSS=15 DO_NOT_USE_RESERVED_FOR_FUTURE_EXPANSION_USE_DEFAULT_IN_SWITCH_INSTEAD_=20
file core/protobuf/queue_runner
QueueRunnerDef
  1 string queue_name
  2 *string enqueue_op_name
  3 string close_op_name
  4 string cancel_op_name
  5 *Code queue_closed_exception_types
file core/protobuf/cluster
JobDef
  1 string name
  2 {int32}string tasks
ClusterDef
  1 *JobDef job
file core/protobuf/tensorflow_server
ServerDef
  1 ClusterDef cluster
  2 string job_name
  3 int32 task_index
  5 string protocol
file core/protobuf/saver
SaverDef
  1 string filename_tensor_name
  2 string save_tensor_name
  3 string restore_op_name
  4 int32 max_to_keep
  5 bool sharded
  6 float keep_checkpoint_every_n_hours
  7 SaverDef.CheckpointFormatVersion version
enum SaverDef.CheckpointFormatVersion
   LEGACY=0 V1=1 V2=2
file core/protobuf/meta_graph
MetaGraphDef
  1 MetaGraphDef.MetaInfoDef meta_info_def
  2 GraphDef graph_def
  3 SaverDef saver_def
  4 {string}CollectionDef collection_def
  5 {string}SignatureDef signature_def
  6 *AssetFileDef asset_file_def
MetaGraphDef.MetaInfoDef
  1 string meta_graph_version
  2 OpList stripped_op_list
  3 .google.protobuf.Any any_info
  4 *string tags
  5 string tensorflow_version
  6 string tensorflow_git_version
  7 bool stripped_default_attrs
CollectionDef
  1 CollectionDef.NodeList node_list kind
  2 CollectionDef.BytesList bytes_list kind
  3 CollectionDef.Int64List int64_list kind
  4 CollectionDef.FloatList float_list kind
  5 CollectionDef.AnyList any_list kind
CollectionDef.NodeList
  1 *string value
CollectionDef.BytesList
  1 *bytes value
CollectionDef.Int64List
  1 *int64 value
CollectionDef.FloatList
  1 *float value
CollectionDef.AnyList
  1 *.google.protobuf.Any value
TensorInfo
  1 string name encoding
  4 TensorInfo.CooSparse coo_sparse encoding
  2 DataType dtype
  3 TensorShapeProto tensor_shape
TensorInfo.CooSparse
  1 string values_tensor_name
  2 string indices_tensor_name
  3 string dense_shape_tensor_name
SignatureDef
  1 {string}TensorInfo inputs
  2 {string}TensorInfo outputs
  3 string method_name
AssetFileDef
  1 TensorInfo tensor_info
  2 string filename
file core/protobuf/saved_model
SavedModel
  1 int64 saved_model_schema_version
  2 *MetaGraphDef meta_graphs
file core/protobuf/named_tensor
NamedTensorProto
  1 string name
  2 TensorProto tensor
"""
SCHEMA = Schema("training", _TABLE, uses=(graph.SCHEMA,))
