"""Functions of single strings: case, blanks, length, parts, hashes, encodings."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import OpDef, Trait, define, like
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.math.broadcast import broadcast_shape
from flowgraph.ops.strings import _hashes

Function = Callable[[bytes], Any]


def each(function: Function, dtype: Any = object) -> Callable[[Any], Any]:
    """A function of a byte string as one of arrays of them."""

    def apply(x: Any) -> Any:
        x = np.asarray(x, object)
        out = np.empty(x.shape, dtype)
        flat = out.reshape(-1)
        for i, value in enumerate(x.reshape(-1)):
            flat[i] = function(value)
        return out

    return apply


def _unary(op_type: str, output: str = "string", **more: Any) -> OpDef:
    return define(
        op_type, inputs="input: string", outputs=f"output: {output}", attrs=more,
        shape=like("input"), traits=Trait.ELEMENTWISE,
    ).no_gradient()  # fmt: skip


# --- case and blanks ------------------------------------------------------------------------------
lower_op = _unary("StringLower", encoding=attrs.string(""))
upper_op = _unary("StringUpper", encoding=attrs.string(""))
strip_op = _unary("StringStrip")


def _cased(ctx: Any, method: str) -> Any:
    if ctx.attrs["encoding"].lower() in ("utf-8", "utf8"):
        return each(lambda s: getattr(s.decode("utf-8", "replace"), method)().encode())
    if ctx.attrs["encoding"]:
        raise InvalidArgumentError(
            f"only utf-8 or '' (no encoding) is supported, received {ctx.attrs['encoding']}"
        )
    return each(lambda s: getattr(s, method)())


lower_op.kernel(lambda ctx: _cased(ctx, "lower"))
upper_op.kernel(lambda ctx: _cased(ctx, "upper"))
strip_op.kernel(lambda ctx: each(bytes.strip))


def lower(input: Any, encoding: str = "", name: str | None = None) -> Tensor:
    """Lower-case letters; only ASCII's unless `encoding` is "utf-8" (tf.strings.lower)."""
    return lower_op(input, encoding=encoding, name=name)  # type: ignore[no-any-return]


def upper(input: Any, encoding: str = "", name: str | None = None) -> Tensor:
    """Upper-case letters; only ASCII's unless `encoding` is "utf-8" (tf.strings.upper)."""
    return upper_op(input, encoding=encoding, name=name)  # type: ignore[no-any-return]


def string_strip(input: Any, name: str | None = None) -> Tensor:
    """Without blanks at both ends (tf.strings.strip)."""
    return strip_op(input, name=name)  # type: ignore[no-any-return]


# --- length and parts -----------------------------------------------------------------------------
_UNIT = {"unit": attrs.choice("BYTE", "UTF8_CHAR", default="BYTE")}
length_op = _unary("StringLength", "int32", **_UNIT)


@length_op.kernel
def _(ctx: Any) -> Any:
    if ctx.attrs["unit"] == "BYTE":
        return each(len, np.int32)
    return each(lambda s: len(_starts(s)), np.int32)


def _starts(s: bytes) -> Any:
    """Where characters begin: at each byte that does not continue a UTF-8 sequence."""
    return np.flatnonzero((np.frombuffer(s, np.uint8) & 0xC0) != 0x80)


def string_length(input: Any, name: str | None = None, unit: str = "BYTE") -> Tensor:
    """How many bytes, or characters for unit "UTF8_CHAR" (tf.strings.length)."""
    return length_op(input, unit=unit, name=name)  # type: ignore[no-any-return]


substr_op = define(
    "Substr",
    inputs="input: string, pos: T, len: T",
    outputs="output: string",
    attrs={"T": attrs.types(*dtypes.INDEX), **_UNIT},
    traits=Trait.ELEMENTWISE,
).no_gradient()


@substr_op.shape
def _(op: Any) -> TensorShape:
    pos, length = op.inputs[1].shape, op.inputs[2].shape
    if not pos.is_compatible_with(length):
        raise ValueError(f"pos and len must have the same shape, got {pos} and {length}")
    return broadcast_shape(op)


@substr_op.kernel
def _(ctx: Any) -> Any:
    characters = ctx.attrs["unit"] == "UTF8_CHAR"

    def part(s: bytes, pos: int, length: int, at: int) -> bytes:
        places = _starts(s).tolist() if characters else range(len(s))
        size = len(places)
        if not -size <= pos <= size:
            raise InvalidArgumentError(f"pos {pos} out of range for string {s!r} at index {at}")
        first = pos if pos >= 0 else size + pos
        last = min(first + max(0, length), size)
        ends = [*places, len(s)]
        return s[ends[first] : ends[last]] if characters else s[first:last]

    def run(s: Any, pos: Any, length: Any) -> Any:
        if pos.shape != length.shape:
            raise InvalidArgumentError(
                f"pos and len should have the same shape, got {list(pos.shape)} and "
                f"{list(length.shape)}"
            )
        texts, starts, lengths = np.broadcast_arrays(np.asarray(s, object), pos, length)
        out = np.empty(texts.shape, object)
        flat = out.reshape(-1)
        columns = zip(texts.reshape(-1), starts.reshape(-1), lengths.reshape(-1), strict=True)
        for i, (text, start, size) in enumerate(columns):
            flat[i] = part(text, int(start), int(size), i)
        return out

    return run


def substr(input: Any, pos: Any, len: Any, name: str | None = None, unit: str = "BYTE") -> Tensor:
    """The `len` bytes (or characters) from `pos` on; a negative one counts from the end.

    (tf.strings.substr) InvalidArgumentError at run time when `pos` lies outside the string.
    """
    return substr_op(input, pos, len, unit=unit, name=name)  # type: ignore[no-any-return]


# --- hash buckets ---------------------------------------------------------------------------------
_BUCKETS = {"num_buckets": attrs.integer(minimum=1)}
hash_fast_op = _unary("StringToHashBucketFast", "int64", **_BUCKETS)
hash_strong_op = _unary("StringToHashBucketStrong", "int64", key=attrs.ints(), **_BUCKETS)
hash_op = define(
    "StringToHashBucket", inputs="string_tensor: string", outputs="output: int64", attrs=_BUCKETS,
    shape=like("string_tensor"),
).no_gradient()  # fmt: skip


def _bucket(ctx: Any, fingerprint: Callable[[bytes], int]) -> Any:
    count = ctx.attrs["num_buckets"]
    return each(lambda s: fingerprint(s) % count, np.int64)


hash_fast_op.kernel(lambda ctx: _bucket(ctx, _hashes.farm))
hash_op.kernel(lambda ctx: _bucket(ctx, _hashes.murmur))


@hash_strong_op.kernel
def _(ctx: Any) -> Any:
    key = tuple(k & (1 << 64) - 1 for k in ctx.attrs["key"])
    if len(key) != 2:
        raise InvalidArgumentError(f"Key must have 2 elements, got {len(key)}")
    return _bucket(ctx, lambda s: _hashes.sip(s, key))  # type: ignore[arg-type]


def string_to_hash_bucket_fast(input: Any, num_buckets: int, name: str | None = None) -> Tensor:
    """FarmHash's Fingerprint64 modulo `num_buckets` (tf.strings.to_hash_bucket_fast)."""
    return hash_fast_op(input, num_buckets=num_buckets, name=name)  # type: ignore[no-any-return]


def string_to_hash_bucket_strong(
    input: Any, num_buckets: int, key: Any, name: str | None = None
) -> Tensor:
    """SipHash under a key of two ints, modulo `num_buckets` (tf.strings.to_hash_bucket_strong)."""
    return hash_strong_op(input, num_buckets=num_buckets, key=key, name=name)  # type: ignore[no-any-return]


def string_to_hash_bucket(
    string_tensor: Any = None, num_buckets: int | None = None, name: str | None = None,
    input: Any = None,
) -> Tensor:  # fmt: skip
    """The older hash, modulo `num_buckets` (tf.string_to_hash_bucket)."""
    value = string_tensor if input is None else input
    return hash_op(value, num_buckets=num_buckets, name=name)  # type: ignore[no-any-return]


# --- base64 ---------------------------------------------------------------------------------------
encode_base64_op = _unary("EncodeBase64", pad=attrs.boolean(False))
decode_base64_op = _unary("DecodeBase64")


@encode_base64_op.kernel
def _(ctx: Any) -> Any:
    if ctx.attrs["pad"]:
        return each(base64.urlsafe_b64encode)
    return each(lambda s: base64.urlsafe_b64encode(s).rstrip(b"="))


@decode_base64_op.kernel
def _(ctx: Any) -> Any:
    def decode(s: bytes) -> bytes:
        if not re.fullmatch(rb"[A-Za-z0-9_-]*={0,2}", s) or len(s.rstrip(b"=")) % 4 == 1:
            raise InvalidArgumentError(f"Invalid character found in base64: {s!r}")
        return base64.urlsafe_b64decode(s + b"=" * (-len(s) % 4))

    return each(decode)


def encode_base64(input: Any, pad: bool = False, name: str | None = None) -> Tensor:
    """Web-safe base64, padded with "=" when `pad` (tf.io.encode_base64)."""
    return encode_base64_op(input, pad=pad, name=name)  # type: ignore[no-any-return]


def decode_base64(input: Any, name: str | None = None) -> Tensor:
    """What web-safe base64 stands for (tf.io.decode_base64)."""
    return decode_base64_op(input, name=name)  # type: ignore[no-any-return]
