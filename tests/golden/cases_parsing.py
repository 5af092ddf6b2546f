"""Cases of parsing: CSV, Example and SequenceExample, serialised tensors, decoding, hashes."""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Iterable
from typing import Any

import numpy as np
from golden.case import Draw, Family, given, ints, real

family = Family("parsing")
case = family.add
PLAIN = {"gradient": False, "numeric": False, "second": False}


def parts(sparse: Any) -> list[Any]:
    return [sparse.indices, sparse.values, sparse.dense_shape]


def flat(parsed: Any) -> list[Any]:
    """The tensors of a dict, of a tuple of dicts, of sparse tensors."""
    if isinstance(parsed, dict):
        return [tensor for key in sorted(parsed) for tensor in flat(parsed[key])]
    if isinstance(parsed, tuple):
        return [tensor for part in parsed for tensor in flat(part)]
    return parts(parsed) if hasattr(parsed, "dense_shape") else [parsed]


# --- CSV ------------------------------------------------------------------------------------------
ROWS = given([b"1,2.5,word", b",-1e3,", b'7,,"a ""b"", c"'])
case("decode_csv", lambda tf, x: tf.decode_csv(x, [[0], [1.5], ["none"]]), ROWS)
case("decode_csv wide", lambda tf, x: tf.decode_csv(x, [
     tf.constant([9], tf.int64), tf.constant(0.5, tf.float64), tf.constant([""])]),
     ROWS)  # fmt: skip
case("decode_csv tabs", lambda tf, x: tf.io.decode_csv(x, [tf.constant([], tf.int32), ["NA"]],
     field_delim="\t", na_value="?"), given([[b"1\ta"], [b"-3\t?"]]))  # fmt: skip
case("decode_csv with quotes as text", lambda tf, x: tf.decode_csv(x, [[""], [""]],
     use_quote_delim=False), given([b'"a,b"', b'c"",']))  # fmt: skip
case("decode_csv of some columns", lambda tf, x: tf.decode_csv(x, [[""], [0.0]],
     select_cols=[0, 2]), given([b'a,b,1,"bad', b"c,,2.5"]))  # fmt: skip
case("decode_csv with breaks", lambda tf, x: tf.decode_csv(x, [["a"], ["b"]]),
     given([b'\r\n"x\ny",z', b",", b'"",""']))  # fmt: skip
case("decode_csv of a scalar", lambda tf, x: tf.decode_csv(x, [[1], [2]]), given(b"5,"))
case("decode_csv of nothing", lambda tf, x: tf.decode_csv(x, [[1], [""]]), given([], "S1"))


# --- Example --------------------------------------------------------------------------------------
def number(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def block(field: int, content: bytes) -> bytes:
    return number(field << 3 | 2) + number(len(content)) + content


def feature(values: Any, packed: bool = True) -> bytes:
    """A Feature: of bytes, of floats or of ints; of None one that holds nothing."""
    if values is None:
        return b""
    if values and isinstance(values[0], bytes):
        return block(1, b"".join(block(1, v) for v in values))
    if values and isinstance(values[0], float):
        each = [struct.pack("<f", v) for v in values]
        return block(2, block(1, b"".join(each)) if packed else b"".join(b"\x0d" + v for v in each))
    each = [number(v) for v in values]
    return block(3, block(1, b"".join(each)) if packed else b"".join(b"\x08" + v for v in each))


def features(packed: bool = True, **by_name: Any) -> bytes:
    return b"".join(
        block(1, block(1, key.encode()) + block(2, feature(values, packed)))
        for key, values in by_name.items()
    )


def example(packed: bool = True, **by_name: Any) -> bytes:
    return block(1, features(packed, **by_name))


def sequence(context: bytes, **lists: Iterable[Any]) -> bytes:
    all_lists = b"".join(
        block(1, block(1, key.encode()) + block(2, b"".join(block(1, feature(v)) for v in steps)))
        for key, steps in lists.items()
    )
    return block(1, context) + block(2, all_lists)


BATCH = given([
    example(f=[1.5, -2.0], i=[7], s=[b"a", b"bc"], other=[1], ix=[4, 1], iy=[0, 2]),
    example(i=[-1, 300, 1 << 40], f=[0.5, 3.25], s=[b"q"], packed=False),
    example(s=None, f=[2.0, 1.0], i=[9], ix=[3], iy=[1]),
])  # fmt: skip
ONE = given(example(i=[5, -6, 1], f=[1.0, 2.0, 3.0, 4.5], s=[b"x", b"yz"]))


def dense(tf: Any) -> dict[str, Any]:
    return {
        "f": tf.FixedLenFeature([2], tf.float32),
        "k": tf.FixedLenFeature([1, 2], tf.int64, default_value=[[3, 4]]),
        "t": tf.FixedLenFeature([], tf.string, default_value="none"),
    }


def ragged(tf: Any) -> dict[str, Any]:
    return {
        "i": tf.VarLenFeature(tf.int64), "s": tf.VarLenFeature(tf.string),
        "f": tf.FixedLenSequenceFeature([1], tf.float32, allow_missing=True),
        "none": tf.VarLenFeature(tf.float32),
    }  # fmt: skip


def padded(tf: Any) -> dict[str, Any]:
    sequence_of = tf.FixedLenSequenceFeature
    return {
        "i": sequence_of([], tf.int64, allow_missing=True, default_value=-7),
        "s": sequence_of([], tf.string, allow_missing=True),
        "none": sequence_of([3], tf.float32, allow_missing=True),
    }


def sparse(tf: Any) -> dict[str, Any]:
    return {
        "m": tf.SparseFeature("ix", "f", tf.float32, 10, already_sorted=False),
        "i": tf.VarLenFeature(tf.int64),
    }


MATCHED = given(
    [example(f=[1.5, -2.0], i=[7], ix=[4, 1]), example(f=[3.0], ix=[2]), example(i=[1])]
)
for name, wanted, batch in (
    ("dense", dense, BATCH), ("ragged", ragged, BATCH), ("padded", padded, BATCH),
    ("sparse", sparse, MATCHED), ("dense of none", dense, given([], "S1")),
    ("ragged of none", ragged, given([], "S1")),
):  # fmt: skip
    case(f"parse_example {name}",
         lambda tf, x, w=wanted: flat(tf.parse_example(x, w(tf))), batch, nodes=False, **PLAIN,
         variants=("known", "unknown dims"))  # fmt: skip
case("parse_example sparse of two indices", lambda tf, x: flat(tf.parse_example(x, {
     "m": tf.SparseFeature(["ix", "iy"], "f", tf.float32, [5, 3])})),
     given([example(f=[1.0, 2.0], ix=[4, 1], iy=[0, 2]), example(f=[5.0], ix=[0], iy=[1])]),
     nodes=False, **PLAIN, variants=("known",))  # fmt: skip


def raw_example(tf: Any, x: Any) -> list[Any]:
    found = tf.raw_ops.ParseExample(
        serialized=x, names=tf.constant([], tf.string), sparse_keys=["i"], dense_keys=["f", "s"],
        dense_defaults=[tf.constant([], tf.float32), tf.constant("pad")],
        sparse_types=[tf.int64], dense_shapes=[[2], [None]],
    )  # fmt: skip
    return list(found)


case("ParseExample", raw_example, BATCH, **PLAIN, variants=("known", "unknown dims"))
case("parse_single_example", lambda tf, x: flat(tf.parse_single_example(x, {
     "i": tf.VarLenFeature(tf.int64), "f": tf.FixedLenFeature([2, 2], tf.float32),
     "s": tf.FixedLenSequenceFeature([], tf.string, allow_missing=True),
     "no": tf.FixedLenFeature([1], tf.float32, default_value=[0.5])})), ONE, nodes=False,
     **PLAIN)  # fmt: skip
case("parse_single_example with a name", lambda tf, x: flat(tf.parse_single_example(x, {
     "i": tf.VarLenFeature(tf.int64), "f": tf.FixedLenFeature([2, 2], tf.float32)},
     example_names="it")), ONE, nodes=False, **PLAIN, exact_static=False,
     variants=("known",))  # fmt: skip
case("ParseSingleExample", lambda tf, x: list(tf.raw_ops.ParseSingleExample(
     serialized=x, dense_defaults=[tf.constant([], tf.float32)], num_sparse=1, sparse_keys=["s"],
     dense_keys=["f"], sparse_types=[tf.string], dense_shapes=[[4]])), ONE, **PLAIN)  # fmt: skip

# --- SequenceExample ------------------------------------------------------------------------------
STORY = sequence(features(c=[3], w=[b"x", b"y"]), d=[[1.0, 2.0], [3.0, 4.5]],
                 r=[[1, 2], [], [3]], t=[[b"p"], None, [b"q", b"r"]])  # fmt: skip
SHORT = sequence(features(c=[4]), d=[[5.0, 6.5]], r=[[9]])


def in_sequences(tf: Any) -> dict[str, Any]:
    return {
        "context_features": {
            "c": tf.FixedLenFeature([], tf.int64), "w": tf.VarLenFeature(tf.string),
            "no": tf.FixedLenFeature([2], tf.float32, default_value=[1.0, 2.0]),
        },
        "sequence_features": {
            "d": tf.FixedLenSequenceFeature([2], tf.float32), "r": tf.VarLenFeature(tf.int64),
            "t": tf.VarLenFeature(tf.string),
            "none": tf.FixedLenSequenceFeature([], tf.int64, allow_missing=True),
        },
    }  # fmt: skip


case("parse_single_sequence_example", lambda tf, x: flat(tf.parse_single_sequence_example(
     x, **in_sequences(tf))), given(STORY), nodes=False, **PLAIN)  # fmt: skip
case("parse_sequence_example", lambda tf, x: flat(tf.io.parse_sequence_example(
     x, **in_sequences(tf))), given([STORY, SHORT]), nodes=False, **PLAIN,
     variants=("known", "unknown dims"))  # fmt: skip
KINDS = ("context_sparse", "context_dense", "feature_list_sparse", "feature_list_dense")
RAW = {
    "context_sparse_types": ["string"], "context_dense_shapes": [[]],
    "feature_list_sparse_types": ["int64"], "feature_list_dense_types": ["float32"],
    "feature_list_dense_shapes": [[2]],
}  # fmt: skip


def raw_sequence(tf: Any, op: str, x: Any, **more: Any) -> list[Any]:
    attrs = {k: [tf.as_dtype(t) for t in v] if k.endswith("types") else v for k, v in RAW.items()}
    keys = dict(zip((f"{kind}_keys" for kind in KINDS), (["w"], ["c"], ["r"], ["d"]), strict=True))
    defaults = [tf.constant([], tf.int64)]
    return list(getattr(tf.raw_ops, op)(
        serialized=x, context_dense_defaults=defaults, **keys, **attrs, **more))  # fmt: skip


def tensors(found: Any) -> list[Any]:
    return [t for part in found for t in (part if isinstance(part, list | tuple) else [part])]


case("ParseSingleSequenceExample", lambda tf, x: tensors(raw_sequence(
     tf, "ParseSingleSequenceExample", x, debug_name="",
     feature_list_dense_missing_assumed_empty=tf.constant([], tf.string))), given(STORY), **PLAIN,
     variants=("known", "unknown dims", "unknown rank"))  # fmt: skip
case("ParseSequenceExample", lambda tf, x: tensors(raw_sequence(
     tf, "ParseSequenceExample", x, debug_name=tf.constant([], tf.string),
     feature_list_dense_missing_assumed_empty=[], Ncontext_sparse=1, Ncontext_dense=1,
     Nfeature_list_sparse=1, Nfeature_list_dense=1)), given([STORY, SHORT]), **PLAIN,
     variants=("known", "unknown dims"))  # fmt: skip

# --- serialised tensors ---------------------------------------------------------------------------
for dtype in ("float32", "float64", "float16", "bfloat16", "complex64", "complex128"):
    case(f"serialize and parse {dtype}", lambda tf, x, d=dtype: [
         tf.io.serialize_tensor(tf.cast(x, tf.as_dtype(d))),
         tf.io.parse_tensor(tf.io.serialize_tensor(tf.cast(x, tf.as_dtype(d))), tf.as_dtype(d))],
         given([[1.5, 2.0, -0.75]], "float32"), **PLAIN)  # fmt: skip
for dtype in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"):
    case(f"serialize and parse {dtype}", lambda tf, x, d=dtype: [tf.io.serialize_tensor(x),
         tf.io.parse_tensor(tf.io.serialize_tensor(x), tf.as_dtype(d))],
         given([[5, 1], [0, 3]], dtype))  # fmt: skip
case("serialize and parse strings", lambda tf, x: [tf.io.serialize_tensor(x),
     tf.parse_tensor(tf.io.serialize_tensor(x), tf.string)], given([b"a", b"",
     b"xyz"]))  # fmt: skip
case("serialize and parse nothing", lambda tf, x: [tf.io.serialize_tensor(x),
     tf.parse_tensor(tf.io.serialize_tensor(x), tf.int32)],
     given(np.zeros([0, 3], np.int32)))  # fmt: skip
for name, kind, hexadecimal in (
    ("float_val", "float32", "08011208120208021202080222002a080000803f00000040"),
    ("int_val repeated", "int32", "0803120412020803380738ffffffffffffffffff01"),
    ("half_val", "float16", "0813120412020802" "6a0580780180a801"[:16]),
    ("int64_val", "int64", "080912041202080252038001" "05"),
    ("bool_val", "bool", "080a1204120208025a020001"),
    ("scomplex_val", "complex64", "08081204120208014a080000803f00000040"),
):  # fmt: skip
    case(f"parse {name}", lambda tf, x, k=kind: tf.parse_tensor(x, tf.as_dtype(k)),
         given(bytes.fromhex(hexadecimal)), **PLAIN)  # fmt: skip

# --- decoding -------------------------------------------------------------------------------------
TEXTS = [b"hello " * 20, b"", b"x"]


def gzipped(text: bytes) -> bytes:
    """The same bytes from each version of Python, which name the system in different ways."""
    found = gzip.compress(text, mtime=0)
    return found[:9] + b"\x03" + found[10:]


def packed(kind: str) -> Draw:
    """The texts compressed."""
    make = {"": bytes, "ZLIB": zlib.compress, "GZIP": gzipped}[kind]
    return given([make(s) + (b"\x01" if kind else b"") for s in TEXTS])


for kind in ("", "ZLIB", "GZIP"):
    case(f"decode_compressed {kind or 'none'}",
         lambda tf, x, k=kind: tf.io.decode_compressed(x, compression_type=k),
     packed(kind))  # fmt: skip
for kind in ("uint8", "int16", "int32", "float32", "float64"):
    case(f"DecodePaddedRaw {kind}", lambda tf, x, k=kind: tf.raw_ops.DecodePaddedRaw(
         input_bytes=x, fixed_length=8, out_type=tf.as_dtype(k)),
         given([[b"\x01\x02\x03"], [b"abcdefghij"]]), **PLAIN)  # fmt: skip
case("DecodePaddedRaw big-endian", lambda tf, x, n: tf.raw_ops.DecodePaddedRaw(
     input_bytes=x, fixed_length=n, out_type=tf.int16, little_endian=False),
     given([b"\x01\x02\x03\x04", b"abcdefgh"]), given(4, "int32"))  # fmt: skip
JSON = given([
    b'{"features": {"feature": {"a": {"int64List": {"value": ["3", -4]}}}}}',
    b'{"features": {"feature": {"f": {"float_list": {"value": [1.5, "NaN"]}}}}}',
    b'{"features": {"feature": {"s": {"bytesList": {"value": ["YWI="]}}}}}', b"{}",
])  # fmt: skip
case("decode_json_example", lambda tf, x: flat(tf.parse_example(tf.decode_json_example(x), {
     "a": tf.VarLenFeature(tf.int64), "f": tf.VarLenFeature(tf.float32),
     "s": tf.VarLenFeature(tf.string)})), JSON, nodes=False, **PLAIN)  # fmt: skip

# --- hashes ---------------------------------------------------------------------------------------
case("fingerprint of strings", lambda tf, x: tf.fingerprint(x), given([b"a", b"", b"abc" * 30]))
case("fingerprint of rows of strings", lambda tf, x: tf.fingerprint(x),
     given([[b"a", b"b"], [b"c", b""]]))  # fmt: skip
case("fingerprint of numbers", lambda tf, x: tf.fingerprint(x), real(3, 2, 5, dtype="float32"),
     **PLAIN)  # fmt: skip
case("fingerprint of int16", lambda tf, x: tf.fingerprint(x), ints(4, dtype="int16"))
case("Fingerprint by a method", lambda tf, x, m: tf.raw_ops.Fingerprint(data=x, method=m),
     ints(2, 3, dtype="int64"), given(b"farmhash64"))  # fmt: skip

# --- names of files, readers ----------------------------------------------------------------------
case("ShardedFilename", lambda tf, x: [
     tf.raw_ops.ShardedFilename(basename=x, shard=3, num_shards=12),
     tf.raw_ops.ShardedFilespec(basename=x, num_shards=12)], given(b"of"))  # fmt: skip


def reading(tf: Any) -> list[Any]:
    """A reader that gives its works back: reads, counts, saves its state, goes back to it."""
    queue = tf.FIFOQueue(9, ["string"], shapes=[[]])
    reader = tf.IdentityReader()
    with tf.control_dependencies([queue.enqueue_many([["a", "b", "c"]])]):
        first = reader.read(queue)
    with tf.control_dependencies(first):
        more = reader.read_up_to(queue, 5)
    with tf.control_dependencies(more):
        state = reader.serialize_state()
    with tf.control_dependencies([state]), tf.control_dependencies([reader.reset()]):
        counts = [reader.num_records_produced(), reader.num_work_units_completed()]
    with tf.control_dependencies(counts), tf.control_dependencies([reader.restore_state(state)]):
        again = [reader.num_records_produced(), reader.num_work_units_completed()]
    return [*first, *more, state, *counts, *again]


case("IdentityReader", reading, variants=("known",))
