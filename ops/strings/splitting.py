"""Strings cut into parts, one row of a sparse matrix for each string (tf.strings.split)."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import chain
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import OpDef, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.sparse_tensor import SparseTensor
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.joining import concat
from flowgraph.ops.array.shape import shape_of
from flowgraph.ops.sparse._parts import first_given, matrix, vector
from flowgraph.ops.sparse.shaping import sparse_reshape

__all__ = ["bytes_split", "split_v1", "string_split"]

Cut = Callable[[bytes, bytes], "list[bytes]"]


def _split(op_type: str, separator: str, **more: Any) -> OpDef:
    return define(
        op_type,
        inputs=f"input: string, {separator}: string",
        outputs="indices: int64, values: string, shape: int64",
        attrs=more,
        shape=_parts_shapes,
    ).no_gradient()


def _parts_shapes(op: Operation) -> Any:
    op.inputs[0].shape.with_rank(1)
    op.inputs[1].shape.with_rank(0)
    return [matrix(None, 2), vector(None), vector(2)]


def _rows(x: Any, separator: Any, what: str, cut: Cut) -> Any:
    """(indices, values, shape) of the parts of a vector of strings."""
    x, separator = np.asarray(x, object), np.asarray(separator, object)
    if x.ndim != 1:
        raise InvalidArgumentError(f"input must be a vector, got shape: {list(x.shape)}")
    if separator.ndim:
        raise InvalidArgumentError(f"{what} must be a scalar, got shape: {list(separator.shape)}")
    rows = [cut(s, separator[()]) for s in x.tolist()]
    counts = np.array([len(row) for row in rows], np.int64)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    column = np.arange(counts.sum()) - first
    indices = np.stack([np.repeat(np.arange(len(rows)), counts), column], axis=1)
    values = np.empty(len(indices), object)
    values[:] = list(chain.from_iterable(rows))
    return indices.astype(np.int64), values, np.array([len(rows), counts.max(initial=0)], np.int64)


# --- StringSplit ----------------------------------------------------------------------------------
string_split_op = _split("StringSplit", "delimiter", skip_empty=attrs.boolean(True))


@string_split_op.kernel
def _(ctx: Any) -> Any:
    skip = ctx.attrs["skip_empty"]

    def cut(s: bytes, delimiters: bytes) -> list[bytes]:
        if not s:
            return []
        if not delimiters:
            return [s[i : i + 1] for i in range(len(s))]
        found = re.split(b"[" + re.escape(delimiters) + b"]", s)
        return [part for part in found if part] if skip else found

    return lambda x, delimiter: _rows(x, delimiter, "delimiter", cut)


# --- StringSplitV2 --------------------------------------------------------------------------------
string_split_v2_op = _split("StringSplitV2", "sep", maxsplit=attrs.integer(-1))


@string_split_v2_op.kernel
def _(ctx: Any) -> Any:
    most = ctx.attrs["maxsplit"]

    def cut(s: bytes, separator: bytes) -> list[bytes]:
        if not most:
            return [s]
        if separator:
            return s.split(separator, max(most, -1))
        found = s.split(None, max(most, -1))
        # After the last of `most` cuts TensorFlow gives the rest even when it is empty.
        return [*found, b""] if 0 < most == len(found) else found

    return lambda x, separator: _rows(x, separator, "sep", cut)


# --- functions ------------------------------------------------------------------------------------
def _only_sparse(result_type: str) -> None:
    if result_type == "SparseTensor":
        return
    if result_type == "RaggedTensor":
        raise ValueError("flowgraph has no RaggedTensor: ask for result_type='SparseTensor'.")
    raise ValueError("result_type must be 'RaggedTensor' or 'SparseTensor'.")


def string_split(
    source: Any,
    sep: Any = None,
    skip_empty: bool = True,
    delimiter: Any = None,
    result_type: str = "SparseTensor",
    name: str | None = None,
) -> SparseTensor:
    """Cuts each string at any one of some bytes (tf.string_split).

    Args:
      source: a vector of strings.
      sep: a scalar string, each byte of which is a delimiter; " " when None, and when it is empty
        each byte is a part. `delimiter` is its older name.
      skip_empty: whether empty parts are left out.
      delimiter: see `sep`.
      result_type: "SparseTensor".
      name: a name scope.

    Returns:
      a `SparseTensor` of shape [strings, most parts].
    """
    _only_sparse(result_type)
    separator = first_given(" ", sep=sep, delimiter=delimiter)
    with name_scope(name, "StringSplit", [source]):
        separator = convert_to_tensor(separator, dtype=dtypes.string)
        texts = convert_to_tensor(source, dtype=dtypes.string)
        return SparseTensor(*string_split_op(texts, separator, skip_empty=skip_empty))


def split_v1(
    input: Any = None,
    sep: Any = None,
    maxsplit: int = -1,
    result_type: str = "SparseTensor",
    source: Any = None,
    name: str | None = None,
) -> SparseTensor:
    """Cuts each string as Python's str.split does (tf.strings.split).

    Args:
      input: strings of any shape; `source` is its older name.
      sep: a scalar string; runs of blanks when it is None or empty.
      maxsplit: how often to cut at most, without limit when negative.
      result_type: "SparseTensor".
      source: see `input`.
      name: a name scope.

    Returns:
      a `SparseTensor` with one more dimension than the input.
    """
    _only_sparse(result_type)
    texts = first_given(None, input=input, source=source)
    with name_scope(name, "StringSplit", [texts]):
        texts = convert_to_tensor(texts, dtype=dtypes.string, name="input")
        if texts.shape.rank in (1, None):
            return _split_vector(texts, sep, maxsplit)
        flat = _split_vector(raw.Reshape(texts, [-1]), sep, maxsplit)
        sizes = concat([shape_of(texts, out_type=dtypes.int64), flat.dense_shape[1:]], 0)
        return sparse_reshape(flat, sizes)


def bytes_split(input: Any, name: str | None = None) -> Tensor:
    """The bytes of a scalar string, each a string (tf.strings.bytes_split).

    ValueError when the input is no scalar: that gives a ragged tensor in TensorFlow;
    `tf.string_split(input, "")` gives it as a `SparseTensor`.
    """
    with name_scope(name, "StringsByteSplit", [input]):
        text = convert_to_tensor(input, dtype=dtypes.string, name="input")
        if text.shape.rank is None:
            raise ValueError("input must have a statically-known rank.")
        if text.shape.rank:
            raise ValueError(
                f"bytes_split takes a scalar here, not {text.shape}: the result for more strings "
                'is ragged in TensorFlow. tf.string_split(input, "") gives it as a SparseTensor.'
            )
        vector = raw.Reshape(text, [-1])
        return string_split_op(vector, "", skip_empty=False)[1]  # type: ignore[no-any-return]


def _split_vector(texts: Tensor, sep: Any, maxsplit: int) -> SparseTensor:
    separator = convert_to_tensor("" if sep is None else sep, dtype=dtypes.string)
    return SparseTensor(*string_split_v2_op(texts, separator, maxsplit=maxsplit))
