"""`tf.io`: files, records and serialised values."""

from flowgraph.ops.image.decoding import (
    decode_and_crop_jpeg,
    decode_bmp,
    decode_gif,
    decode_image,
    decode_jpeg,
    decode_png,
)
from flowgraph.ops.image.encoding import encode_jpeg, encode_png, extract_jpeg_shape, is_jpeg
from flowgraph.ops.parsing.decode_csv import decode_csv
from flowgraph.ops.parsing.decoding import (
    decode_compressed,
    decode_json_example,
    parse_tensor,
    serialize_tensor,
)
from flowgraph.ops.parsing.features import (
    FixedLenFeature,
    FixedLenSequenceFeature,
    SparseFeature,
    VarLenFeature,
)
from flowgraph.ops.parsing.files import matching_files, read_file, write_file
from flowgraph.ops.parsing.parse_features import (
    parse_example,
    parse_sequence_example,
    parse_single_example,
    parse_single_sequence_example,
)
from flowgraph.ops.parsing.tfrecord import (
    TFRecordCompressionType,
    TFRecordOptions,
    TFRecordWriter,
    tf_record_iterator,
)
from flowgraph.ops.sparse.serialize import (
    deserialize_many_sparse,
    serialize_many_sparse,
    serialize_sparse,
)
from flowgraph.ops.state.queues import (
    PaddingFIFOQueue,
    PriorityQueue,
    QueueBase,
    RandomShuffleQueue,
)
from flowgraph.ops.strings.elementwise import decode_base64, encode_base64
from flowgraph.ops.strings.numbers import decode_raw
