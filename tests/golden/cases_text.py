"""Cases of text: cut strings, patterns, templates, n-grams, segments joined, Unicode."""

from __future__ import annotations

from typing import Any

from golden.case import Family, given, ints, real

family = Family("text")
case = family.add
LINES = given([b"a b  c", b"", b" x ", b"lone", b"\tp\nq"])
FIELDS = given([b"1,2;3", b",,", b"", b"a;b,", b"xyz"])
WORDS = given([[b"Hello", b" world "], [b"", "Grüße".encode()]])
NO_WORDS = given([], "S1")


def parts(sparse: Any) -> list[Any]:
    return [sparse.indices, sparse.values, sparse.dense_shape]


# --- cut ------------------------------------------------------------------------------------------
case("string_split", lambda tf, x: parts(tf.string_split(x)), LINES)
case("string_split at many", lambda tf, x: parts(tf.string_split(x, ",;")), FIELDS)
case("string_split keeps empties",
     lambda tf, x: parts(tf.string_split(x, sep=",", skip_empty=False)), FIELDS)  # fmt: skip
case("string_split to bytes", lambda tf, x: parts(tf.string_split(x, delimiter="")), FIELDS)
case("string_split at a tensor", lambda tf, x, d: parts(tf.string_split(x, d)), FIELDS, given(b";"))
case("string_split of none", lambda tf, x: parts(tf.string_split(x)), NO_WORDS)
case("split", lambda tf, x: parts(tf.strings.split(x)), LINES, variants=("known", "unknown dims"))
for most in (0, 1, 2):
    case(f"split at most {most}",
         lambda tf, x, most=most: parts(tf.strings.split(x, maxsplit=most)), LINES,
         variants=("known", "unknown dims"))  # fmt: skip
    case(f"split at commas at most {most}",
         lambda tf, x, most=most: parts(tf.strings.split(x, ",", maxsplit=most)), FIELDS,
         variants=("known",))  # fmt: skip
case("split at words", lambda tf, x: parts(tf.strings.split(x, sep="<>")),
     given([b"1<>2<><>3", b"<>", b"<"]), variants=("known",))  # fmt: skip
case("split of rank 2", lambda tf, x: parts(tf.strings.split(x)), WORDS, nodes=False,
     variants=("known",), exact_static=False)  # fmt: skip
case("split of unknown rank", lambda tf, x: parts(tf.strings.split(x)), LINES, nodes=False,
     variants=("unknown rank",), exact_static=False)  # fmt: skip

case("bytes_split", lambda tf, x: tf.strings.bytes_split(x), given("grü".encode()), nodes=False,
     variants=("known",))  # fmt: skip

# --- patterns -------------------------------------------------------------------------------------
case("static replace", lambda tf, x: tf.strings.regex_replace(x, "([a-z])l", r"<\1\0>"), WORDS)
case("static replace once", lambda tf, x: tf.strings.regex_replace(x, ".", "-",
     replace_global=False), WORDS)  # fmt: skip
case("static replace of characters", lambda tf, x: tf.strings.regex_replace(x, "[^a-zA-Z]$", "_"),
     given(["Gruß".encode(), b"ab\n"]))  # fmt: skip
case("replace by tensors", lambda tf, x, p, r: tf.strings.regex_replace(x, p, r), WORDS,
     given(b"(l+)o"), given(rb"[\1]"))  # fmt: skip
case("static full match", lambda tf, x: tf.strings.regex_full_match(x, "[a-zA-Z]*|Gr.*"), WORDS)
case("full match by a tensor", lambda tf, x, p: tf.strings.regex_full_match(x, p), WORDS,
     given(b".{5}"))  # fmt: skip
case("patterns of nothing", lambda tf, x: [tf.strings.regex_replace(x, "a", "b"),
     tf.strings.regex_full_match(x, "a")], NO_WORDS)  # fmt: skip

# --- characters -----------------------------------------------------------------------------------
BROKEN = given([b"ab\xffc", "grüße😀".encode(), b"\xe2\x82x", b"\xf0\x9f\x98", b"", b"a\x01\tb"])
case("length in characters", lambda tf, x: tf.strings.length(x, unit="UTF8_CHAR"), BROKEN)
case("substr in characters", lambda tf, x: [tf.strings.substr(x, 1, 3, unit="UTF8_CHAR"),
     tf.strings.substr(x, -2, 5, unit="UTF8_CHAR")],
     given(["grüße😀".encode(), b"\xe2\x82xy", b"abc"]))  # fmt: skip
ENCODING = {"input_encoding": "UTF-8"}
for errors in ("replace", "ignore"):
    case(f"UnicodeDecode, {errors}", lambda tf, x, errors=errors: list(tf.raw_ops.UnicodeDecode(
         input=x, errors=errors, Tsplits=tf.int32, **ENCODING)), BROKEN)  # fmt: skip
    case(f"UnicodeDecodeWithOffsets, {errors}",
         lambda tf, x, errors=errors: list(tf.raw_ops.UnicodeDecodeWithOffsets(
             input=x, errors=errors, replacement_char=63, replace_control_characters=True,
             **ENCODING)), BROKEN)  # fmt: skip
    case(f"unicode_transcode, {errors}", lambda tf, x, errors=errors: tf.strings.unicode_transcode(
         x, "UTF-8", "UTF-8", errors=errors, replace_control_characters=True), BROKEN)  # fmt: skip
for encoding in ("UTF-16-BE", "UTF-32-BE"):
    case(f"to and from {encoding}", lambda tf, x, e=encoding: [
         tf.strings.length(tf.strings.unicode_transcode(x, "UTF-8", e)),
         tf.strings.unicode_transcode(tf.strings.unicode_transcode(x, "UTF-8", e), e, "UTF-8")],
         BROKEN)  # fmt: skip
case("transcode of others", lambda tf, x: [tf.strings.unicode_transcode(x, e, "UTF-8")
     for e in ("latin1", "windows-1252", "US-ASCII", "UTF-16-LE")],
     given([b"Gr\xfc\xdfe!", b"abcdef"]))  # fmt: skip
case("unicode_decode", lambda tf, x: [tf.strings.unicode_decode(x, "UTF-8"),
     *tf.strings.unicode_decode_with_offsets(x, "UTF-8")], given("grüße😀".encode()), nodes=False,
     variants=("known",))  # fmt: skip
case("unicode_split", lambda tf, x: [tf.strings.unicode_split(x, "UTF-8"),
     *tf.strings.unicode_split_with_offsets(x, "UTF-8")], given("grüße😀".encode()), nodes=False,
     variants=("known",))  # fmt: skip
CODES = given([[71, 252, 0x1F600], [0x110000, -1, 65], [0xFFFF, 0x7FF, 0x800]], "int32")
for encoding in ("UTF-8", "UTF-16-BE", "UTF-32-BE"):
    case(f"unicode_encode {encoding}", lambda tf, x, e=encoding: [
         tf.strings.unicode_encode(x, e), tf.strings.unicode_encode(x, e, replacement_char=63),
         tf.strings.unicode_encode(x[0], e)], CODES, nodes=False,
         variants=("known", "unknown dims"))  # fmt: skip
case("UnicodeEncode", lambda tf, x, s: tf.raw_ops.UnicodeEncode(
     input_values=x, input_splits=s, output_encoding="UTF-8"),
     given([97, 98, 0x20AC, 99], "int32"), given([0, 2, 2, 4], "int32"))  # fmt: skip
case("unicode_script", lambda tf, x: tf.strings.unicode_script(x),
     given([[65, 1041, -1, 0x3042], [48, 0x110000, 0x10FFFF, 0x5D0]], "int32"))  # fmt: skip
case("unicode_script of many", lambda tf: tf.strings.unicode_script(
     tf.range(0, 0x20000, 97)), nodes=False)  # fmt: skip

# --- templates ------------------------------------------------------------------------------------
case("format", lambda tf, x: tf.strings.format("x: {}!", x), ints(9, 8), variants=("known",))
case("format of many", lambda tf, x, y, s: tf.strings.format("%t and %t, %t", (x, y, s),
     placeholder="%t", summarize=2), real(2, 3, dtype="float32"), ints(5, dtype="int64"),
     given([b"p", b"q\"'\\\n\t\x01\x7f"]), gradient=False)  # fmt: skip
case("format all", lambda tf, x: tf.strings.format("{}", [x], summarize=-1), ints(2, 3, 2))

# --- segments -------------------------------------------------------------------------------------
case("unsorted_segment_join", lambda tf, x, s: tf.strings.unsorted_segment_join(
     x, s, 4, separator=":"), given([b"a", b"b", b"c", b"", b"d"]),
     given([2, 0, 2, 0, 0], "int32"))  # fmt: skip
case("unsorted_segment_join of rows", lambda tf, x, s: tf.raw_ops.UnsortedSegmentJoin(
     inputs=x, segment_ids=s, num_segments=tf.constant(2, tf.int64), separator=","),
     given([[b"a", b"b"], [b"c", b"d"], [b"e", b""]]), given([1, 1, 0], "int64"))  # fmt: skip
case("unsorted_segment_join of a matrix of ids", lambda tf, x, s:
     tf.strings.unsorted_segment_join(x, s, 3), given([[b"a", b"b"], [b"c", b"d"]]),
     given([[0, 2], [2, 0]], "int32"))  # fmt: skip
case("unsorted_segment_join of none", lambda tf, x, s: tf.strings.unsorted_segment_join(x, s, 2),
     NO_WORDS, given([], "int32"))  # fmt: skip

# --- n-grams --------------------------------------------------------------------------------------
TOKENS, ENDS = given([b"a", b"b", b"c", b"d", b"e"]), given([0, 3, 3, 4, 5], "int64")


def ngrams(**more: Any) -> Any:
    attrs = {"separator": "|", "ngram_widths": [2], "left_pad": "<", "right_pad": ">",
             "pad_width": 0, "preserve_short_sequences": False, **more}  # fmt: skip
    return lambda tf, x, s: list(tf.raw_ops.StringNGrams(data=x, data_splits=s, **attrs))


for name, more in {
    "plain": {}, "padded": {"pad_width": -1}, "of two widths": {"ngram_widths": [1, 3],
    "pad_width": 1}, "short kept": {"ngram_widths": [3], "preserve_short_sequences": True},
    "short kept, padded": {"ngram_widths": [6], "pad_width": 1, "preserve_short_sequences": True},
}.items():  # fmt: skip
    case(f"StringNGrams {name}", ngrams(**more), TOKENS, ENDS)
case("StringNGrams int32", ngrams(), TOKENS, given([0, 5], "int32"))
case("ngrams", lambda tf, x: [tf.strings.ngrams(x, 2), tf.strings.ngrams(x, [1, 2], separator="-",
     pad_values=("<", ">"), padding_width=1), tf.strings.ngrams(x, 9, pad_values="_")], TOKENS,
     nodes=False, variants=("known", "unknown dims"))  # fmt: skip
