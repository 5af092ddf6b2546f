"""`tf.io`: files, records and serialised values."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.ops.image.decoding": (
        "decode_and_crop_jpeg decode_bmp decode_gif decode_image decode_jpeg decode_png"
    ),
    "flowgraph.ops.image.encoding": "encode_jpeg encode_png extract_jpeg_shape is_jpeg",
    "flowgraph.ops.parsing.decode_csv": "decode_csv",
    "flowgraph.ops.parsing.decoding": (
        "decode_compressed decode_json_example parse_tensor serialize_tensor"
    ),
    "flowgraph.ops.parsing.features": (
        "FixedLenFeature FixedLenSequenceFeature SparseFeature VarLenFeature"
    ),
    "flowgraph.ops.parsing.files": "matching_files read_file write_file",
    "flowgraph.ops.parsing.parse_features": (
        "parse_example parse_sequence_example parse_single_example parse_single_sequence_example"
    ),
    "flowgraph.ops.parsing.tfrecord": (
        "TFRecordCompressionType TFRecordOptions TFRecordWriter tf_record_iterator"
    ),
    "flowgraph.ops.sparse.serialize": (
        "deserialize_many_sparse serialize_many_sparse serialize_sparse"
    ),
    "flowgraph.ops.state.queues": "PaddingFIFOQueue PriorityQueue QueueBase RandomShuffleQueue",
    "flowgraph.ops.strings.elementwise": "decode_base64 encode_base64",
    "flowgraph.ops.strings.numbers": "decode_raw",
    "flowgraph.train": "match_filenames_once write_graph",
}
_LAZY = {"gfile": "flowgraph.platform.io_gfile"}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES, _LAZY)
