"""`tf.python_io`: files of records, written and read in Python."""

from flowgraph.ops.parsing.tfrecord import (
    TFRecordCompressionType,
    TFRecordOptions,
    TFRecordWriter,
    tf_record_iterator,
)
