"""`tf.strings`: functions of strings."""

from flowgraph.ops.math.reduce_join import reduce_join
from flowgraph.ops.strings.composing import ngrams, unsorted_segment_join
from flowgraph.ops.strings.composing import string_format as format
from flowgraph.ops.strings.elementwise import (
    lower,
    substr,
    upper,
)
from flowgraph.ops.strings.elementwise import string_length as length
from flowgraph.ops.strings.elementwise import string_strip as strip
from flowgraph.ops.strings.elementwise import string_to_hash_bucket as to_hash_bucket
from flowgraph.ops.strings.elementwise import string_to_hash_bucket_fast as to_hash_bucket_fast
from flowgraph.ops.strings.elementwise import string_to_hash_bucket_strong as to_hash_bucket_strong
from flowgraph.ops.strings.numbers import as_string
from flowgraph.ops.strings.numbers import string_join as join
from flowgraph.ops.strings.numbers import string_to_number as to_number
from flowgraph.ops.strings.patterns import regex_full_match, regex_replace
from flowgraph.ops.strings.splitting import bytes_split
from flowgraph.ops.strings.splitting import split_v1 as split
from flowgraph.ops.strings.unicode import (
    unicode_decode,
    unicode_decode_with_offsets,
    unicode_encode,
    unicode_script,
    unicode_split,
    unicode_split_with_offsets,
    unicode_transcode,
)
