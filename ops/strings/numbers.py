"""Strings and numbers: join, as_string, string_to_number, decode_raw."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import Trait, define, like
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import merged
from flowgraph.ops.strings.elementwise import each

# --- StringJoin -----------------------------------------------------------------------------------
join_op = define(
    "StringJoin",
    inputs="inputs: N * string",
    outputs="output: string",
    attrs={"N": attrs.count(), "separator": attrs.string("")},
    traits=Trait.ELEMENTWISE,
).no_gradient()


@join_op.shape
def _(op: Operation) -> TensorShape:
    shape = TensorShape([])
    if any(t.shape.rank is None for t in op.inputs):
        return UNKNOWN
    for tensor in op.inputs:
        if tensor.shape.rank:
            shape = tensor.shape if not shape.rank else merged(shape, tensor.shape)
    return shape


@join_op.kernel
def _(ctx: Any) -> Any:
    separator = ctx.attrs["separator"].encode()

    def join(*parts: Any) -> Any:
        arrays = [np.asarray(p, object) for p in parts]
        shapes = {a.shape for a in arrays if a.ndim}
        if len(shapes) > 1:
            raise InvalidArgumentError(
                f"Input shapes do not match: {' vs. '.join(str(list(s)) for s in sorted(shapes))}"
            )
        spread = np.broadcast_arrays(*arrays) if len(arrays) > 1 else arrays
        out = np.empty(spread[0].shape, object)
        flat = out.reshape(-1)
        for i, row in enumerate(zip(*[a.reshape(-1) for a in spread], strict=True)):
            flat[i] = separator.join(row)
        return out

    return join


def string_join(inputs: Any, separator: str = "", name: str | None = None) -> Tensor:
    """Joins strings of one shape; scalars go with any (tf.strings.join)."""
    return join_op(inputs, separator=separator, name=name)  # type: ignore[no-any-return]


# --- AsString -------------------------------------------------------------------------------------
as_string_op = define(
    "AsString",
    inputs="input: T",
    outputs="output: string",
    attrs={
        "T": attrs.types(*dtypes.NUMBERS, dtypes.bool_),
        "precision": attrs.integer(-1),
        "scientific": attrs.boolean(False),
        "shortest": attrs.boolean(False),
        "width": attrs.integer(-1),
        "fill": attrs.string(""),
    },
    shape=like("input"),
    traits=Trait.ELEMENTWISE,
).no_gradient()


@as_string_op.kernel
def _(ctx: Any) -> Any:
    dtype, pattern = ctx.input_dtypes[0], _pattern(ctx.attrs, ctx.input_dtypes[0])

    def write(value: Any) -> bytes:
        if dtype.is_bool:
            return b"true" if value else b"false"
        if dtype.is_complex:
            return f"({pattern % value.real},{pattern % value.imag})".encode()
        return (pattern % (int(value) if dtype.is_integer else float(value))).encode()

    def run(x: Any) -> Any:
        out = np.empty(np.shape(x), object)
        flat = out.reshape(-1)
        for i, value in enumerate(np.asarray(x).reshape(-1)):
            flat[i] = write(value)
        return out

    return run


def _pattern(a: Any, dtype: dtypes.DType) -> str:
    """The printf pattern, as TensorFlow composes it from the attributes."""
    formatted = a["scientific"] or a["shortest"] or a["precision"] >= 0
    if formatted and (dtype.is_integer or dtype.is_bool):
        raise InvalidArgumentError(
            f"scientific, shortest and precision not supported for {dtype.name}"
        )
    if len(a["fill"]) > 1:
        raise InvalidArgumentError(f"Fill string must be one or fewer characters: {a['fill']}")
    if a["scientific"] and a["shortest"]:
        raise InvalidArgumentError("Cannot select both scientific and shortest notation")
    width = str(a["width"]) if a["width"] >= 0 else ""
    precision = f".{a['precision']}" if a["precision"] >= 0 else ""
    kind = "d" if dtype.is_integer else "e" if a["scientific"] else "g" if a["shortest"] else "f"
    return f"%{a['fill']}{width}{precision}{kind}"


def as_string(
    input: Any,
    precision: int = -1,
    scientific: bool = False,
    shortest: bool = False,
    width: int = -1,
    fill: str = "",
    name: str | None = None,
) -> Tensor:
    """Numbers as text, formatted as by printf (tf.strings.as_string)."""
    return as_string_op(  # type: ignore[no-any-return]
        input, precision=precision, scientific=scientific, shortest=shortest, width=width,
        fill=fill, name=name,
    )  # fmt: skip


# --- StringToNumber -------------------------------------------------------------------------------
to_number_op = define(
    "StringToNumber",
    inputs="string_tensor: string",
    outputs="output: out_type",
    attrs={
        "out_type": attrs.types(
            dtypes.float32, dtypes.float64, dtypes.int32, dtypes.int64, default=dtypes.float32
        )
    },
    shape=like("string_tensor"),
    traits=Trait.ELEMENTWISE,
).no_gradient()


@to_number_op.kernel
def _(ctx: Any) -> Any:
    dtype = ctx.output_dtypes[0]
    parse = parse_integer if dtype.is_integer else parse_real

    def read(s: bytes) -> Any:
        value = parse(s)
        if value is None or (dtype.is_integer and not dtype.min <= value <= dtype.max):
            text = s.decode("utf-8", "replace")
            raise InvalidArgumentError(
                f"StringToNumberOp could not correctly convert string: {text}"
            )
        return value

    return each(read, dtype.np_dtype)


def parse_integer(s: bytes) -> int | None:
    """The integer that a string spells; None when it spells none."""
    text = s.strip()
    digits = text[1:] if text[:1] == b"-" else text
    return int(text) if digits.isdigit() else None


def parse_real(s: bytes) -> float | None:
    """The number that a string spells; None when it spells none."""
    text = s.strip().lower()
    if b"_" in text:  # Python's own way to write numbers
        return None
    try:
        return float(text)
    except ValueError:
        return None


def string_to_number(
    string_tensor: Any = None, out_type: Any = dtypes.float32, name: str | None = None,
    input: Any = None,
) -> Tensor:  # fmt: skip
    """The numbers that strings spell (tf.strings.to_number).

    InvalidArgumentError at run time for one that is none, or lies out of the dtype's range.
    """
    value = string_tensor if input is None else input
    return to_number_op(value, out_type=out_type, name=name)  # type: ignore[no-any-return]


# --- DecodeRaw ------------------------------------------------------------------------------------
decode_raw_op = define(
    "DecodeRaw",
    inputs="bytes: string",
    outputs="output: out_type",
    attrs={
        "out_type": attrs.types(*dtypes.NUMBERS, dtypes.bool_),
        "little_endian": attrs.boolean(True),
    },
    shape=lambda op: op.inputs[0].shape.concatenate([None]),
).no_gradient()


@decode_raw_op.kernel
def _(ctx: Any) -> Any:
    dtype = ctx.dtype if ctx.attrs["little_endian"] else ctx.dtype.newbyteorder(">")

    def decode(x: Any) -> Any:
        x = np.asarray(x, object)
        texts = x.reshape(-1).tolist()
        sizes = {len(s) for s in texts}
        if len(sizes) > 1:
            raise InvalidArgumentError(
                "DecodeRaw requires input strings to all be the same size, but got sizes "
                f"{sorted(sizes)}"
            )
        size = sizes.pop() if sizes else 0
        if size % dtype.itemsize:
            raise InvalidArgumentError(
                f"Input to DecodeRaw has length {size} that is not a multiple of "
                f"{dtype.itemsize}, the size of {ctx.dtype.name}"
            )
        count = size // dtype.itemsize
        flat = np.frombuffer(b"".join(texts), dtype).astype(ctx.dtype)
        return flat.reshape(*x.shape, count if math.prod(x.shape) else 0)

    return decode


def decode_raw(
    input_bytes: Any = None,
    out_type: Any = None,
    little_endian: bool = True,
    name: str | None = None,
    bytes: Any = None,
) -> Tensor:
    """The numbers that the bytes of strings are, one more dimension (tf.decode_raw).

    Args:
      input_bytes: strings of one length; `bytes` is its older name.
      out_type: the dtype of the numbers.
      little_endian: the order of bytes in a number.
      name: the operation's name.
    """
    value = input_bytes if bytes is None else bytes
    return decode_raw_op(value, out_type=out_type, little_endian=little_endian, name=name)  # type: ignore[no-any-return]
