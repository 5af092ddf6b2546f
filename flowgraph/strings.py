"""`tf.strings`: functions of strings."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.ops.math.reduce_join": "reduce_join",
    "flowgraph.ops.strings.composing": "ngrams unsorted_segment_join format=string_format",
    "flowgraph.ops.strings.elementwise": (
        "lower substr upper length=string_length strip=string_strip "
        "to_hash_bucket=string_to_hash_bucket to_hash_bucket_fast=string_to_hash_bucket_fast "
        "to_hash_bucket_strong=string_to_hash_bucket_strong"
    ),
    "flowgraph.ops.strings.numbers": "as_string join=string_join to_number=string_to_number",
    "flowgraph.ops.strings.patterns": "regex_full_match regex_replace",
    "flowgraph.ops.strings.splitting": "bytes_split split=split_v1",
    "flowgraph.ops.strings.unicode": (
        "unicode_decode unicode_decode_with_offsets unicode_encode unicode_script unicode_split "
        "unicode_split_with_offsets unicode_transcode"
    ),
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
