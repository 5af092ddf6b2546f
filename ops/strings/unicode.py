"""Strings as sequences of characters: decode, encode, transcode, scripts (tf.strings.unicode_*).

A code point is an int32. The raw ops give and take sequences of different lengths as flat values
with row splits: row i is `values[splits[i]:splits[i + 1]]`.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import OpDef, define, like, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.shape import shape_of
from flowgraph.ops.sparse._parts import vector
from flowgraph.ops.strings import _scripts
from flowgraph.ops.strings.composing import even_splits
from flowgraph.ops.strings.elementwise import each

__all__ = [
    "unicode_decode", "unicode_decode_with_offsets", "unicode_encode", "unicode_script",
    "unicode_split", "unicode_split_with_offsets", "unicode_transcode",
]  # fmt: skip

_LAST = 0x10FFFF
_ERRORS = attrs.choice("strict", "replace", "ignore", default="replace")
_OUTPUT = attrs.choice("UTF-8", "UTF-16-BE", "UTF-32-BE")
_REPLACEMENT = attrs.integer(0xFFFD)
_READING = {
    "input_encoding": attrs.string(),
    "errors": _ERRORS,
    "replacement_char": _REPLACEMENT,
    "replace_control_characters": attrs.boolean(False),
}
_SPLITS = attrs.types(*dtypes.INDEX, default=dtypes.int64)

Character = tuple[int, int]  # code point, offset of its first byte
Read = Callable[[bytes], "list[Character]"]


# --- reading --------------------------------------------------------------------------------------
def _checked_replacement(a: Any) -> int:
    if not 0 <= a["replacement_char"] <= _LAST:
        raise InvalidArgumentError("replacement_char out of unicode codepoint range")
    return int(a["replacement_char"])


def _reader(a: Any) -> Read:
    """A function that gives a string's characters, with errors treated as the attributes say."""
    encoding, errors, controls = (
        a[k] for k in ("input_encoding", "errors", "replace_control_characters")
    )
    replacement = _checked_replacement(a)
    try:
        "a".encode(encoding)
    except LookupError:
        raise InvalidArgumentError(
            f"Could not create converter for input encoding: {encoding}"
        ) from None

    def read(s: bytes) -> list[Character]:
        found = []
        for code, offset in _characters(s, encoding):
            if code is None and errors == "strict":
                raise InvalidArgumentError(f"Invalid formatting on input string {s!r}")
            if code is None or (controls and code <= 0x1F):
                if errors == "ignore":
                    continue
                code = replacement
            found.append((code, offset))
        return found

    return read


def _characters(s: bytes, encoding: str) -> list[tuple[int | None, int]]:
    """(code point, offset) of each character; None for bytes that are none."""
    found: list[tuple[int | None, int]] = []
    start = 0
    while start < len(s):
        try:
            good, bad = s[start:].decode(encoding), 0
        except UnicodeDecodeError as error:
            good = s[start : start + error.start].decode(encoding)
            bad = max(error.end - error.start, 1)
        for character in good:
            found.append((ord(character), start))
            start += len(character.encode(encoding))
        if bad:
            found.append((None, start))
            start += bad
        elif good == "" or start < len(s):
            break  # an encoding with marks of its own: its offsets are those of plain characters
    return found


# --- UnicodeDecode, UnicodeDecodeWithOffsets ------------------------------------------------------
def _decode(op_type: str, more: str = "") -> OpDef:
    op_def = define(
        op_type,
        inputs="input: string",
        outputs=f"row_splits: Tsplits, char_values: int32{more}",
        attrs={**_READING, "Tsplits": _SPLITS},
        shape=_decoded_shapes,
    ).no_gradient()

    @op_def.kernel
    def _(ctx: Any) -> Any:
        read, dtype = _reader(ctx.attrs), ctx.output_dtypes[0].np_dtype

        def run(x: Any) -> Any:
            rows = [read(s) for s in np.asarray(x, object).reshape(-1)]
            splits = np.cumsum([0, *map(len, rows)]).astype(dtype)
            flat = np.array([pair for row in rows for pair in row], np.int64).reshape(-1, 2)
            codes = flat[:, 0].astype(np.int32)
            return (splits, codes, flat[:, 1].copy()) if more else (splits, codes)

        return run

    return op_def


def _decoded_shapes(op: Operation) -> Any:
    size = op.inputs[0].shape.num_elements()
    splits = vector(None if size is None else size + 1)
    return [splits, *[vector(None)] * (len(op.outputs) - 1)]


unicode_decode_op = _decode("UnicodeDecode")
unicode_decode_with_offsets_op = _decode("UnicodeDecodeWithOffsets", ", char_to_byte_starts: int64")


# --- UnicodeEncode --------------------------------------------------------------------------------
unicode_encode_op = define(
    "UnicodeEncode",
    inputs="input_values: int32, input_splits: Tsplits",
    outputs="output: string",
    attrs={
        "errors": _ERRORS,
        "output_encoding": _OUTPUT,
        "replacement_char": _REPLACEMENT,
        "Tsplits": _SPLITS,
    },
).no_gradient()


@unicode_encode_op.shape
def _(op: Operation) -> TensorShape:
    _, splits = (t.shape.with_rank(1).known for t in op.inputs)
    return vector(None if splits[0] is None else splits[0] - 1)  # type: ignore[index]


@unicode_encode_op.kernel
def _(ctx: Any) -> Any:
    write = _writer(ctx.attrs["output_encoding"])
    errors, replacement = ctx.attrs["errors"], _checked_replacement(ctx.attrs)

    def run(codes: Any, splits: Any) -> Any:
        bad = (codes < 0) | (codes > _LAST)
        if errors == "strict" and bad.any():
            raise InvalidArgumentError(
                f"Code point value out of valid Unicode range: {codes[bad][0]}"
            )
        ends = splits.tolist()
        if not ends or ends[0] != 0 or ends[-1] > len(codes) or np.any(np.diff(splits) < 0):
            raise InvalidArgumentError(
                f"input_splits must ascend from 0 to {len(codes)} and are {ends}"
            )
        codes = np.where(bad, np.int32(-1 if errors == "ignore" else replacement), codes)
        out = np.empty(len(ends) - 1, object)
        for i, (first, last) in enumerate(pairwise(ends)):
            out[i] = write([code for code in codes[first:last].tolist() if code >= 0])
        return out

    return run


def _writer(encoding: str) -> Callable[[list[int]], bytes]:
    """A function of code points; a surrogate without its other half is U+FFFD in UTF-8."""

    def write(codes: list[int]) -> bytes:
        units = "".join(map(chr, codes)).encode("utf-16-be", "surrogatepass")
        if encoding == "UTF-16-BE":
            return units
        if encoding == "UTF-8":
            return units.decode("utf-16-be", "replace").encode()
        return units.decode("utf-16-be", "surrogatepass").encode("utf-32-be", "surrogatepass")

    return write


# --- UnicodeTranscode, UnicodeScript --------------------------------------------------------------
unicode_transcode_op = define(
    "UnicodeTranscode",
    inputs="input: string",
    outputs="output: string",
    attrs={**_READING, "output_encoding": _OUTPUT},
    shape=like("input"),
).no_gradient()


@unicode_transcode_op.kernel
def _(ctx: Any) -> Any:
    read, write = _reader(ctx.attrs), _writer(ctx.attrs["output_encoding"])
    return each(lambda s: write([code for code, _ in read(s)]))


unicode_script_op = define(
    "UnicodeScript", inputs="input: int32", outputs="output: int32", shape=like("input")
).no_gradient()


@unicode_script_op.kernel
def _(_ctx: Any) -> Any:
    return _scripts.of


# --- functions ------------------------------------------------------------------------------------
def unicode_script(input: Any, name: str | None = None) -> Tensor:
    """ICU's number of each code point's script; -1 where it is none (tf.strings.unicode_script)."""
    return unicode_script_op(input, name=name)  # type: ignore[no-any-return]


def unicode_transcode(
    input: Any,
    input_encoding: str,
    output_encoding: str,
    errors: str = "replace",
    replacement_char: int = 0xFFFD,
    replace_control_characters: bool = False,
    name: str | None = None,
) -> Tensor:
    """Strings in another encoding (tf.strings.unicode_transcode).

    Args:
      input: strings of any shape.
      input_encoding: the name of their encoding.
      output_encoding: "UTF-8", "UTF-16-BE" or "UTF-32-BE".
      errors: "strict", "replace" or "ignore", for bytes that are no character.
      replacement_char: the code point that replaces them.
      replace_control_characters: whether those below U+0020 are treated likewise.
      name: the operation's name.
    """
    return unicode_transcode_op(  # type: ignore[no-any-return]
        input, input_encoding=input_encoding, output_encoding=output_encoding, errors=errors,
        replacement_char=replacement_char, replace_control_characters=replace_control_characters,
        name=name,
    )  # fmt: skip


def unicode_encode(
    input: Any,
    output_encoding: str,
    errors: str = "replace",
    replacement_char: int = 0xFFFD,
    name: str | None = None,
) -> Tensor:
    """The strings that code points along the last dimension make (tf.strings.unicode_encode).

    Args:
      input: int32 of known rank, at least 1.
      output_encoding: "UTF-8", "UTF-16-BE" or "UTF-32-BE".
      errors: "strict", "replace" or "ignore", for numbers that are no code point.
      replacement_char: the code point that replaces them.
      name: a name scope.
    """
    with name_scope(name, "UnicodeEncode", [input]):
        codes = convert_to_tensor(input)
        if not codes.shape.rank:
            unknown = codes.shape.rank is None
            raise ValueError(
                "Rank of input_tensor must be statically known."
                if unknown else "input_tensor's rank must be at least 1."
            )  # fmt: skip
        shape = shape_of(codes, out_type=dtypes.int64)
        flat = unicode_encode_op(
            raw.Reshape(codes, [-1]), even_splits(shape)[1], output_encoding=output_encoding,
            errors=errors, replacement_char=replacement_char,
        )  # fmt: skip
        result = raw.Reshape(flat, shape[:-1])
        result.set_shape(codes.shape[:-1])
        return result  # type: ignore[no-any-return]


def _one_string(input: Any, what: str) -> Tensor:
    text = convert_to_tensor(input, dtype=dtypes.string, name="input")
    if text.shape.rank is None:
        raise ValueError("Rank of `input` must be statically known.")
    if text.shape.rank:
        raise ValueError(
            f"{what} takes a scalar here, not {text.shape}: the result for more strings is ragged "
            "in TensorFlow. tf.raw_ops.UnicodeDecode gives it as values and row splits."
        )
    return raw.Reshape(text, [-1])  # type: ignore[no-any-return]


def unicode_decode(
    input: Any,
    input_encoding: str,
    errors: str = "replace",
    replacement_char: int = 0xFFFD,
    replace_control_characters: bool = False,
    name: str | None = None,
) -> Tensor:
    """The code points of a scalar string, an int32 vector (tf.strings.unicode_decode).

    The arguments are those of `unicode_transcode`. ValueError when the input is no scalar: that
    gives a ragged tensor, which `tf.raw_ops.UnicodeDecode` gives as values and row splits.
    """
    with name_scope(name, "UnicodeDecode", [input]):
        return unicode_decode_op(  # type: ignore[no-any-return]
            _one_string(input, "unicode_decode"), input_encoding=input_encoding, errors=errors,
            replacement_char=replacement_char,
            replace_control_characters=replace_control_characters,
        )[1]  # fmt: skip


def unicode_decode_with_offsets(
    input: Any,
    input_encoding: str,
    errors: str = "replace",
    replacement_char: int = 0xFFFD,
    replace_control_characters: bool = False,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """`unicode_decode`, and the offset of each character's first byte, int64.

    (tf.strings.unicode_decode_with_offsets)
    """
    with name_scope(name, "UnicodeDecodeWithOffsets", [input]):
        _, codes, offsets = unicode_decode_with_offsets_op(
            _one_string(input, "unicode_decode_with_offsets"), input_encoding=input_encoding,
            errors=errors, replacement_char=replacement_char,
            replace_control_characters=replace_control_characters,
        )  # fmt: skip
        return codes, offsets


def unicode_split(
    input: Any,
    input_encoding: str,
    errors: str = "replace",
    replacement_char: int = 0xFFFD,
    name: str | None = None,
) -> Tensor:
    """The characters of a scalar string, each a string (tf.strings.unicode_split)."""
    with name_scope(name, "UnicodeSplit", [input]):
        codes = unicode_decode(input, input_encoding, errors, replacement_char)
        return unicode_encode(raw.ExpandDims(codes, -1), input_encoding, errors, replacement_char)


def unicode_split_with_offsets(
    input: Any,
    input_encoding: str,
    errors: str = "replace",
    replacement_char: int = 0xFFFD,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """`unicode_split`, and the offset of each character's first byte, int64.

    (tf.strings.unicode_split_with_offsets)
    """
    with name_scope(name, "UnicodeSplitWithOffsets", [input]):
        codes, offsets = unicode_decode_with_offsets(
            input, input_encoding, errors, replacement_char
        )
        characters = raw.ExpandDims(codes, -1)
        return unicode_encode(characters, input_encoding, errors, replacement_char), offsets
