"""`tf.python_io`: files of records, written and read in Python."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.ops.parsing.tfrecord": (
        "TFRecordCompressionType TFRecordOptions TFRecordWriter tf_record_iterator"
    ),
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
