"""Cases of strings: join, parts, patterns, numbers as text, hashes, encodings."""

from __future__ import annotations

from typing import Any

from golden.case import Family, bools, given, ints, plane, real

family = Family("strings")
case = family.add
WORDS = given([[b"Hello", b" world "], [b"", "Grüße".encode()]])
LONG = given([b"x" * n + b"end" for n in (0, 1, 4, 6, 13, 14, 29, 30, 61, 62, 125, 300)])

case("join", lambda tf, x, y: tf.string_join([x, y], separator="-"), WORDS, given(b"z"))
case("join of scalars", lambda tf, x, y: tf.strings.join([x, y]), given(b"a"), given(b"b"))
case("join of empties", lambda tf, x, y: tf.strings.join([x, y]), given([], "S1"), given(b"b"))
case("lower and upper", lambda tf, x: [tf.strings.lower(x), tf.strings.upper(x)], WORDS)
case("upper of utf-8", lambda tf, x: tf.strings.upper(x, encoding="utf-8"), WORDS)
case("strip", lambda tf, x: tf.strings.strip(x), WORDS)
case("length", lambda tf, x: [tf.strings.length(x), tf.strings.length(x, unit="UTF8_CHAR")], WORDS)
case("substr", lambda tf, x: tf.substr(x, 0, 3), WORDS)
case("substr from the end", lambda tf, x: tf.strings.substr(x, -3, 2), given([b"abcdef", b"xyz"]))
case("substr of its own places", lambda tf, x, p, n: tf.strings.substr(x, p, n),
     given([b"abcdef", b"xyz"]), given([1, 0], "int32"), given([9, 2], "int32"))  # fmt: skip
case("substr of characters", lambda tf, x: tf.strings.substr(x, 2, 2, unit="UTF8_CHAR"),
     given(["Grüße".encode()]))  # fmt: skip
case("regex_replace", lambda tf, x: tf.regex_replace(x, "([a-z])l", r"<\1>"), WORDS, nodes=False)
case("regex_replace once", lambda tf, x: tf.strings.regex_replace(x, "l", "L",
     replace_global=False), WORDS, nodes=False)  # fmt: skip
case("regex_full_match", lambda tf, x: tf.strings.regex_full_match(x, ".*l.*"), WORDS, nodes=False)
case("to_hash_bucket_fast", lambda tf, x: tf.string_to_hash_bucket_fast(x, 1 << 40), LONG)
case("to_hash_bucket_strong", lambda tf, x: tf.string_to_hash_bucket_strong(x, 1 << 40, [7, -3]),
     LONG)  # fmt: skip
case("to_hash_bucket", lambda tf, x: tf.string_to_hash_bucket(x, 1 << 40), LONG)
case("base64", lambda tf, x: [tf.encode_base64(x), tf.encode_base64(x, pad=True),
     tf.decode_base64(tf.encode_base64(x))], LONG)  # fmt: skip

case("as_string of float32", lambda tf, x: tf.as_string(x), real(2, 2, dtype="float32"))
case("as_string of float64", lambda tf, x: [tf.as_string(x, precision=3), tf.as_string(
     x, scientific=True), tf.as_string(x, shortest=True), tf.as_string(x, width=12, fill="0")],
     real(3), gradient=False, numeric=False, second=False)  # fmt: skip
for dtype in ("int32", "int64", "int8"):
    case(f"as_string of {dtype}", lambda tf, x: [tf.as_string(x), tf.as_string(x, width=5)],
         ints(4, dtype=dtype))  # fmt: skip
case("as_string of bool", lambda tf, x: tf.as_string(x), bools(4))
case("as_string of complex", lambda tf, x: tf.as_string(x), plane(2, dtype="complex64"),
     gradient=False)  # fmt: skip


def numbers(kind: str) -> Any:
    return lambda tf, x: tf.string_to_number(x, out_type=tf.as_dtype(kind))


REALS = given([b"1", b"-2.5", b" 3e2 ", b"inf", b"0"])
for kind in ("float32", "float64"):
    case(f"to_number {kind}", numbers(kind), REALS, gradient=False, numeric=False, second=False)
for kind in ("int32", "int64"):
    case(f"to_number {kind}", numbers(kind), given([b"1", b"-25", b" 3 "]))
BYTES = given([b"\x01\x02\x03\x04\x05\x06\x07\x08", b"\x00\xff\x00\x00\x80\x3f\x01\x02"])
for kind in ("uint8", "int16", "int32", "float32", "int64"):
    case(f"decode_raw {kind}", lambda tf, x, kind=kind: tf.decode_raw(x, tf.as_dtype(kind)), BYTES,
         gradient=False, numeric=False, second=False)  # fmt: skip
case("decode_raw big-endian", lambda tf, x: tf.decode_raw(x, tf.int32, little_endian=False), BYTES)
case("decode_raw of nothing", lambda tf, x: tf.decode_raw(x, tf.uint8), given([b"", b""]))
