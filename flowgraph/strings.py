"""`tf.strings`: functions of strings."""

from flowgraph.ops.math.reduce_join import reduce_join
from flowgraph.ops.strings.elementwise import (
    lower,
    regex_full_match,
    regex_replace,
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
