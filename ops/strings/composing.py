"""Strings made of many: templates, segments joined, n-grams."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError, OutOfRangeError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.joining import concat
from flowgraph.ops.array.known import integer
from flowgraph.ops.array.shape import shape_of
from flowgraph.ops.sparse._parts import vector

__all__ = ["ngrams", "string_format", "unsorted_segment_join"]


def string_format(
    template: str,
    inputs: Any,
    placeholder: str = "{}",
    summarize: int = 3,
    name: str | None = None,
) -> Tensor:
    """A template with tensors in the place of its placeholders (tf.strings.format).

    Args:
      template: a Python string.
      inputs: a tensor, or a list of as many as there are placeholders.
      placeholder: what stands for a tensor.
      summarize: how many entries to show at each end of a dimension; all when it is -1.
      name: the operation's name.

    Raises:
      ValueError: the number of placeholders is not that of the inputs.
    """
    values = [inputs] if isinstance(inputs, Tensor) else inputs
    count = template.count(placeholder)
    if count != len(values):
        raise ValueError(
            f"{count} placeholder(s) in template does not match {len(values)} tensor(s) provided "
            "as input"
        )
    return raw.StringFormat(  # type: ignore[no-any-return]
        values, template=template, placeholder=placeholder, summarize=summarize, name=name
    )


# --- UnsortedSegmentJoin --------------------------------------------------------------------------
unsorted_segment_join_op = define(
    "UnsortedSegmentJoin",
    inputs="inputs: string, segment_ids: Tindices, num_segments: Tnumsegments",
    outputs="output: string",
    attrs={
        "separator": attrs.string(""),
        "Tindices": attrs.types(*dtypes.INDEX),
        "Tnumsegments": attrs.types(*dtypes.INDEX, default=dtypes.int32),
    },
).no_gradient()


@unsorted_segment_join_op.shape
def _(op: Operation) -> TensorShape:
    data, ids, count = op.inputs
    count.shape.with_rank(0)
    rank = ids.shape.rank
    if rank is None:
        return UNKNOWN
    if data.shape.rank is not None:
        data.shape.with_rank_at_least(rank)[:rank].assert_is_compatible_with(ids.shape)
    if data.shape.rank is None:
        return UNKNOWN
    size = integer(count)
    if size is not None and size < 0:
        raise ValueError(f"Dimension size, given by scalar input 2, must be >= 0, got {size}")
    return vector(size).concatenate(data.shape[rank:])  # type: ignore[no-any-return]


@unsorted_segment_join_op.kernel
def _(ctx: Any) -> Any:
    separator = ctx.attrs["separator"].encode()

    def run(x: Any, ids: Any, count: Any) -> Any:
        x, ids = np.asarray(x, object), np.asarray(ids)
        _check_ids(x, ids, int(count))
        rows = x.reshape(ids.size, -1) if x.size else np.empty((0, 0), object)
        inner = x.shape[ids.ndim :]
        out = np.full((int(count), int(np.prod(inner))), b"", object)
        for row, segment in zip(rows, ids.reshape(-1).tolist(), strict=False):
            for i, part in enumerate(row):
                # What is empty so far gets no separator, as in TensorFlow.
                before = out[segment, i]
                out[segment, i] = before + separator + part if before else part
        return out.reshape(int(count), *inner)

    return run


def _check_ids(x: Any, ids: Any, count: int) -> None:
    if not ids.ndim:
        raise InvalidArgumentError("Segment_id cannot have rank 0")
    if ids.ndim > x.ndim:
        raise OutOfRangeError(
            f"Invalid segment_id rank {ids.ndim} for input with {x.ndim} dimension(s)"
        )
    for i, (size, given) in enumerate(zip(x.shape, ids.shape, strict=False)):
        if size != given:
            raise InvalidArgumentError(
                f"Segment dimension is {given} while input dimension is {size} in rank {i}"
            )
    if count < 0 or (ids.size and (ids.min() < 0 or ids.max() >= count)):
        raise InvalidArgumentError(
            "segment_ids are not allowed to exceed num_segments or to have negative values: they "
            f"must be in [0, {count})"
        )


def unsorted_segment_join(
    inputs: Any, segment_ids: Any, num_segments: Any, separator: str = "", name: str | None = None
) -> Tensor:
    """Joins the strings that have the same id, in any order (tf.strings.unsorted_segment_join).

    Args:
      inputs: strings, whose first dimensions are those of the ids.
      segment_ids: ids in [0, num_segments), of any rank but 0.
      num_segments: a scalar, the number of strings made (of each inner element).
      separator: what stands between the parts of a segment.
      name: the operation's name.
    """
    return unsorted_segment_join_op(  # type: ignore[no-any-return]
        inputs, segment_ids, num_segments, separator=separator, name=name
    )


# --- StringNGrams ---------------------------------------------------------------------------------
string_ngrams_op = define(
    "StringNGrams",
    inputs="data: string, data_splits: Tsplits",
    outputs="ngrams: string, ngrams_splits: Tsplits",
    attrs={
        "separator": attrs.string(),
        "ngram_widths": attrs.ints(),
        "left_pad": attrs.string(),
        "right_pad": attrs.string(),
        "pad_width": attrs.integer(),
        "preserve_short_sequences": attrs.boolean(),
        "Tsplits": attrs.types(*dtypes.INDEX, default=dtypes.int64),
    },
).no_gradient()


@string_ngrams_op.shape
def _(op: Operation) -> Any:
    return [vector(None), [t.shape.with_rank(1) for t in op.inputs][1]]


@string_ngrams_op.kernel
def _(ctx: Any) -> Any:
    grams_of = _grams(ctx.attrs)
    dtype = ctx.output_dtypes[1].np_dtype

    def run(data: Any, splits: Any) -> Any:
        tokens, ends = np.asarray(data, object).tolist(), splits.tolist()
        _check_splits(ends, len(tokens))
        if not tokens:
            return np.empty(0, object), np.zeros(len(ends), dtype)
        rows = [grams_of(tokens[a:b]) for a, b in pairwise(ends)]
        joined = [gram for row in rows for gram in row]
        grams = np.empty(len(joined), object)
        grams[:] = joined
        counts = np.cumsum([0, *map(len, rows)])
        return grams, counts[: len(ends)].astype(dtype)

    return run


def _grams(a: Any) -> Any:
    """A function of a list of tokens: all its n-grams, of each width in turn."""
    separator, left, right = (a[k].encode() for k in ("separator", "left_pad", "right_pad"))

    def of_width(tokens: list[bytes], width: int) -> list[bytes]:
        pad = width - 1 if a["pad_width"] < 0 else min(a["pad_width"], width - 1)
        padded = [left] * pad + tokens + [right] * pad
        return [separator.join(padded[i : i + width]) for i in range(len(padded) - width + 1)]

    def grams_of(tokens: list[bytes]) -> list[bytes]:
        found = [gram for width in a["ngram_widths"] for gram in of_width(tokens, width)]
        if not found and tokens and a["preserve_short_sequences"]:
            return of_width(tokens, len(tokens) + 2 * max(a["pad_width"], 0))
        return found

    return grams_of


def _check_splits(ends: list[int], size: int) -> None:
    if not ends:
        return
    if ends[0] != 0:
        raise InvalidArgumentError(f"First split value must be 0, got {ends[0]}")
    if any(a > b for a, b in pairwise(ends)) or ends[-1] != size:
        raise InvalidArgumentError(
            f"Splits must ascend to the number of values, {size}, and are {ends}"
        )


def ngrams(
    data: Any,
    ngram_width: Any,
    separator: str = " ",
    pad_values: Any = None,
    padding_width: int | None = None,
    preserve_short_sequences: bool = False,
    name: str | None = None,
) -> Tensor:
    """Neighbours along the last dimension joined, for each window (tf.strings.ngrams).

    Args:
      data: strings of known rank, at least 1.
      ngram_width: how many make an n-gram, or a list of such numbers.
      separator: what stands between them.
      pad_values: a string that is put before and after each sequence, or a pair of them.
      padding_width: how often; `ngram_width - 1` when None, which it is at most.
      preserve_short_sequences: whether a sequence too short for an n-gram is one itself.
      name: a name scope.

    Returns:
      a tensor of `data`'s shape but for the last dimension. (TensorFlow's is ragged when the rank
      is above 1, though rows of one length have equally many n-grams.)

    Raises:
      TypeError, ValueError: `pad_values`, `padding_width` or `ngram_width` cannot be such.
    """
    left, right, pad = _padding(pad_values, padding_width)
    widths = list(ngram_width) if isinstance(ngram_width, (list, tuple)) else [ngram_width]
    if any(width < 1 for width in widths):
        raise ValueError(f"All ngram_widths must be greater than 0. Got {ngram_width}")
    with name_scope(name, "StringNGrams", [data]):
        data = convert_to_tensor(data, dtype=dtypes.string, name="data")
        if not data.shape.rank:
            unknown = data.shape.rank is None
            raise ValueError("Rank of data must be known." if unknown else "Data must have rank>0")
        shape = shape_of(data, out_type=dtypes.int64)
        rows, splits = even_splits(shape)
        grams, _ = string_ngrams_op(
            raw.Reshape(data, [-1]), splits, separator=separator, ngram_widths=widths,
            left_pad=left, right_pad=right, pad_width=pad,
            preserve_short_sequences=preserve_short_sequences,
        )  # fmt: skip
        return grams if data.shape.rank == 1 else _as_rows(grams, rows, shape, data.shape)


def _as_rows(grams: Tensor, rows: Tensor, shape: Tensor, static: TensorShape) -> Tensor:
    """The n-grams as a tensor with the first dimensions of the data."""
    each = raw.FloorDiv(raw.Size(grams, out_type=dtypes.int64), raw.Maximum(rows, 1))
    result = raw.Reshape(grams, concat([shape[:-1], raw.Reshape(each, [1])], 0))
    result.set_shape(static[:-1].concatenate([None]))
    return result  # type: ignore[no-any-return]


def even_splits(shape: Tensor) -> tuple[Tensor, Tensor]:
    """(number of rows, row splits) of a tensor of that int64 shape whose last dimension is cut."""
    rows = raw.Prod(shape[:-1], [0], keep_dims=False)
    return rows, raw.Mul(raw.Range(0, rows + 1, 1, Tidx=dtypes.int64), shape[-1])


def _padding(values: Any, width: int | None) -> tuple[Any, Any, int]:
    """(left, right, width) as the op takes them; -1 is the greatest width that makes sense."""
    if width is not None and width < 1:
        raise ValueError("padding_width must be greater than 0.")
    if values is None:
        if width is not None:
            raise ValueError("pad_values must be provided if padding_width is set.")
        return "", "", 0
    pair = values if isinstance(values, (list, tuple)) else (values, values)
    if not all(isinstance(v, (str, bytes)) for v in pair):
        raise TypeError("pad_values must be a string, tuple of strings, or None.")
    return pair[0], pair[1], -1 if width is None else width
