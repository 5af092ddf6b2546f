"""Summaries, the events that files of them hold, and the projector's configuration."""

from flowgraph.core.messages import Schema
from flowgraph.graph_io.protos import graph

_TABLE = """
file core/framework/summary
SummaryDescription
  1 string type_hint
HistogramProto
  1 double min
  2 double max
  3 double num
  4 double sum
  5 double sum_squares
  6 *double bucket_limit
  7 *double bucket
SummaryMetadata
  1 SummaryMetadata.PluginData plugin_data
  2 string display_name
  3 string summary_description
SummaryMetadata.PluginData
  1 string plugin_name
  2 bytes content
Summary
  1 *Summary.Value value
Summary.Image
  1 int32 height
  2 int32 width
  3 int32 colorspace
  4 bytes encoded_image_string
Summary.Audio
  1 float sample_rate
  2 int64 num_channels
  3 int64 length_frames
  4 bytes encoded_audio_string
  5 string content_type
Summary.Value
  7 string node_name
  1 string tag
  9 SummaryMetadata metadata
  2 float simple_value value
  3 bytes obsolete_old_style_histogram value
  4 Summary.Image image value
  5 HistogramProto histo value
  6 Summary.Audio audio value
  8 TensorProto tensor value
file core/util/event
Event
  1 double wall_time
  2 int64 step
  3 string file_version what
  4 bytes graph_def what
  5 Summary summary what
  6 LogMessage log_message what
  7 SessionLog session_log what
  8 TaggedRunMetadata tagged_run_metadata what
  9 bytes meta_graph_def what
LogMessage
  1 LogMessage.Level level
  2 string message
enum LogMessage.Level
   UNKNOWN=0 DEBUGGING=10 INFO=20 WARN=30 ERROR=40 FATAL=50
SessionLog
  1 SessionLog.SessionStatus status
  2 string checkpoint_path
  3 string msg
enum SessionLog.SessionStatus
   STATUS_UNSPECIFIED=0 START=1 STOP=2 CHECKPOINT=3
TaggedRunMetadata
  1 string tag
  2 bytes run_metadata
file contrib/tensorboard/plugins/projector/projector_config
SpriteMetadata
  1 string image_path
  2 *uint32 single_image_dim
EmbeddingInfo
  1 string tensor_name
  2 string metadata_path
  3 string bookmarks_path
  4 *uint32 tensor_shape
  5 SpriteMetadata sprite
  6 string tensor_path
ProjectorConfig
  1 string model_checkpoint_path
  2 *EmbeddingInfo embeddings
  3 string model_checkpoint_dir
"""
SCHEMA = Schema("summary", _TABLE, uses=(graph.SCHEMA,))
