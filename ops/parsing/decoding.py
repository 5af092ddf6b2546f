"""Bytes that stand for something else: compressed, padded numbers, serialised tensors, JSON."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import DataLossError, InvalidArgumentError
from flowgraph.core.op_def import define, like, scalar
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape
from flowgraph.core.static import constant_value
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import integer
from flowgraph.ops.parsing import _tensor_proto, _wire, messages
from flowgraph.ops.strings import _hashes
from flowgraph.ops.strings.elementwise import each

__all__ = [
    "decode_compressed", "decode_json_example", "decode_padded_raw", "fingerprint", "parse_tensor",
    "serialize_tensor",
]  # fmt: skip

# --- DecodeCompressed -----------------------------------------------------------------------------
decode_compressed_op = define(
    "DecodeCompressed",
    inputs="bytes: string",
    outputs="output: string",
    attrs={"compression_type": attrs.string("")},
    shape=like("bytes"),
).no_gradient()

_WINDOW_BITS = {"ZLIB": zlib.MAX_WBITS, "GZIP": zlib.MAX_WBITS | 16}


@decode_compressed_op.kernel
def _(ctx: Any) -> Any:
    kind = ctx.attrs["compression_type"]
    if kind not in ("", *_WINDOW_BITS):
        raise InvalidArgumentError(
            f"Only ZLIB, GZIP or NONE are supported compressions, and not {kind!r}"
        )

    def expand(s: bytes) -> bytes:
        try:
            return zlib.decompressobj(_WINDOW_BITS[kind]).decompress(s)
        except zlib.error as error:
            raise DataLossError(f"inflate() failed: {error}") from None

    return each(expand) if kind else each(lambda s: s)


def decode_compressed(bytes: Any, compression_type: str = "", name: str | None = None) -> Tensor:
    """What compressed strings hold (tf.io.decode_compressed).

    Args:
      bytes: strings of any shape.
      compression_type: "" for none, "ZLIB" or "GZIP".
      name: the operation's name.
    """
    return decode_compressed_op(bytes, compression_type=compression_type, name=name)  # type: ignore[no-any-return]


# --- DecodePaddedRaw ------------------------------------------------------------------------------
decode_padded_raw_op = define(
    "DecodePaddedRaw",
    inputs="input_bytes: string, fixed_length: int32",
    outputs="output: out_type",
    attrs={
        "out_type": attrs.types(
            dtypes.float16, dtypes.float32, dtypes.float64, dtypes.int32, dtypes.uint16,
            dtypes.uint8, dtypes.int16, dtypes.int8, dtypes.int64, dtypes.bfloat16,
        ),
        "little_endian": attrs.boolean(True),
    },
).no_gradient()  # fmt: skip


@decode_padded_raw_op.shape
def _(op: Operation) -> TensorShape:
    op.inputs[1].shape.with_rank(0)
    length, size = integer(op.inputs[1]), op.attrs["out_type"].size
    if length is not None and (length < 0 or length % size):
        raise ValueError(f"fixed_length {length} must be a multiple of {size}, the size of an item")
    return op.inputs[0].shape.concatenate([None if length is None else length // size])


@decode_padded_raw_op.kernel
def _(ctx: Any) -> Any:
    stored = ctx.dtype if ctx.attrs["little_endian"] else ctx.dtype.newbyteorder(">")

    def decode(x: Any, length: Any) -> Any:
        x, length = np.asarray(x, object), int(length)
        if length <= 0 or length % stored.itemsize:
            raise InvalidArgumentError(
                f"fixed_length ({length}) must be greater than zero and a multiple of the size of "
                f"out_type ({stored.itemsize})"
            )
        padded = b"".join(s[:length].ljust(length, b"\0") for s in x.reshape(-1).tolist())
        flat = np.frombuffer(padded, stored).astype(ctx.dtype)
        return flat.reshape(*x.shape, length // stored.itemsize)

    return decode


def decode_padded_raw(
    input_bytes: Any,
    fixed_length: Any,
    out_type: Any,
    little_endian: bool = True,
    name: str | None = None,
) -> Tensor:
    """The numbers that the bytes of strings are, each cut or padded with zeros to a length.

    (tf.io.decode_raw with a `fixed_length`, in TensorFlow 2.)

    Args:
      input_bytes: strings of any shape.
      fixed_length: a scalar int32, a multiple of the size of a number.
      out_type: the dtype of the numbers.
      little_endian: the order of bytes in a number.
      name: the operation's name.
    """
    return decode_padded_raw_op(  # type: ignore[no-any-return]
        input_bytes, fixed_length, out_type=out_type, little_endian=little_endian, name=name
    )


# --- Fingerprint ----------------------------------------------------------------------------------
fingerprint_op = define(
    "Fingerprint",
    inputs="data: T, method: string",
    outputs="fingerprint: uint8",
    attrs={"T": attrs.types()},
).no_gradient()

_FARM_BYTES = 8


@fingerprint_op.shape
def _(op: Operation) -> TensorShape:
    data, method = op.inputs
    data.shape.with_rank_at_least(1)
    method.shape.with_rank(0)
    value = constant_value(method)
    if value is not None and np.asarray(value, object)[()] != b"farmhash64":
        raise ValueError(f"Unsupported method: {np.asarray(value, object)[()]!r}")
    rows = data.shape.known[0] if data.shape.known else None
    return TensorShape.of((rows, None if value is None else _FARM_BYTES))


@fingerprint_op.kernel
def _(ctx: Any) -> Any:
    is_text = ctx.input_dtypes[0] is dtypes.string

    def run(data: Any, method: Any) -> Any:
        name = np.asarray(method, object)
        if name.ndim or name.item() != b"farmhash64":
            raise InvalidArgumentError(f"Unsupported fingerprint method: {name.tolist()!r}")
        if not data.ndim:
            raise InvalidArgumentError("`data` should have at least one dimension: []")
        if is_text:
            rows = [_of_texts(np.asarray(row, object).reshape(-1)) for row in data]
        else:
            rows = [row.tobytes() for row in np.ascontiguousarray(data)]
        prints = b"".join(_farm(row) for row in rows)
        if is_text and data.size == len(data):  # a string alone is not hashed twice
            prints = b"".join(rows)
        return np.frombuffer(prints, np.uint8).reshape(len(data), _FARM_BYTES).copy()

    return run


def _farm(s: bytes) -> bytes:
    return _hashes.farm(s).to_bytes(_FARM_BYTES, "little")


def _of_texts(texts: Any) -> bytes:
    return b"".join(_farm(s) for s in texts)


def fingerprint(data: Any, method: Any = "farmhash64", name: str | None = None) -> Tensor:
    """The 64-bit hash of each row, as 8 bytes: uint8 of shape [rows, 8] (tf.fingerprint).

    Args:
      data: any dtype, of rank at least 1.
      method: "farmhash64", which is all there is.
      name: the operation's name.
    """
    return fingerprint_op(data, method, name=name)  # type: ignore[no-any-return]


# --- ParseTensor, SerializeTensor -----------------------------------------------------------------
parse_tensor_op = define(
    "ParseTensor",
    inputs="serialized: string",
    outputs="output: out_type",
    attrs={"out_type": attrs.types()},
    shape=lambda op: UNKNOWN,
).no_gradient()


@parse_tensor_op.kernel
def _(ctx: Any) -> Any:
    wanted = ctx.output_dtypes[0]

    def run(serialized: Any) -> Any:
        data = np.asarray(serialized, object)
        if data.ndim:
            raise InvalidArgumentError(
                f"Expected `serialized` to be a scalar, got shape: {list(data.shape)}"
            )
        try:
            value, dtype = _tensor_proto.parse(data[()])
        except _wire.Malformed as error:
            raise InvalidArgumentError(
                f"Could not parse `serialized` as TensorProto: {data[()]!r}, {error}"
            ) from None
        if dtype is not wanted:
            raise InvalidArgumentError(
                f"Type mismatch between parsed tensor ({dtype.name}) and dtype ({wanted.name})"
            )
        return value

    return run


serialize_tensor_op = define(
    "SerializeTensor",
    inputs="tensor: T",
    outputs="serialized: string",
    attrs={"T": attrs.types()},
    shape=scalar,
).no_gradient()


@serialize_tensor_op.kernel
def _(ctx: Any) -> Any:
    dtype = ctx.input_dtypes[0]
    return lambda x: np.array(_tensor_proto.serialize(np.asarray(x), dtype), object)


def parse_tensor(serialized: Any, out_type: Any, name: str | None = None) -> Tensor:
    """The tensor that a TensorProto message holds, of unknown static shape (tf.io.parse_tensor).

    InvalidArgumentError at run time when the scalar string is no such message, or one of another
    dtype than `out_type`.
    """
    return parse_tensor_op(serialized, out_type=out_type, name=name)  # type: ignore[no-any-return]


def serialize_tensor(tensor: Any, name: str | None = None) -> Tensor:
    """A tensor as a TensorProto message, a scalar string (tf.io.serialize_tensor)."""
    return serialize_tensor_op(tensor, name=name)  # type: ignore[no-any-return]


# --- DecodeJSONExample ----------------------------------------------------------------------------
decode_json_example_op = define(
    "DecodeJSONExample",
    inputs="json_examples: string",
    outputs="binary_examples: string",
    shape=like("json_examples"),
).no_gradient()


@decode_json_example_op.kernel
def _(_ctx: Any) -> Any:
    return each(messages.example_of_json)


def decode_json_example(json_examples: Any, name: str | None = None) -> Tensor:
    """`tf.train.Example`s written as JSON, as serialised messages (tf.io.decode_json_example).

    InvalidArgumentError at run time for a string that is no such JSON.
    """
    return decode_json_example_op(json_examples, name=name)  # type: ignore[no-any-return]
