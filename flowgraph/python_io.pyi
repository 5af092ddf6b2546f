# Made by docs/make_stubs.py: do not edit.
from flowgraph.ops.parsing.tfrecord import TFRecordCompressionType as TFRecordCompressionType
from flowgraph.ops.parsing.tfrecord import TFRecordOptions as TFRecordOptions
from flowgraph.ops.parsing.tfrecord import TFRecordWriter as TFRecordWriter
from flowgraph.ops.parsing.tfrecord import tf_record_iterator as tf_record_iterator
