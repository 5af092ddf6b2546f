"""Summaries of numbers: ScalarSummary, HistogramSummary, tensors as they are, and merging."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import Trait, define, scalar
from flowgraph.ops.array.known import boxed
from flowgraph.ops.parsing import _tensor_proto
from flowgraph.ops.summary import _histogram, _message

# --- ScalarSummary --------------------------------------------------------------------------------
scalar_summary_op = define(
    "ScalarSummary",
    inputs="tags: string, values: T",
    outputs="summary: string",
    attrs={"T": dtypes.REAL},
    shape=scalar,
).no_gradient()


def only(text: Any, what: str) -> Any:
    """The bytes of a scalar; InvalidArgumentError for another shape."""
    if np.ndim(text):
        raise InvalidArgumentError(f"{what} must be a scalar, got shape {list(np.shape(text))}")
    return np.asarray(text, object).reshape(-1)[0]


@scalar_summary_op.kernel
def _(ctx: Any) -> Any:
    def run(tags: Any, values: Any) -> Any:
        if tags.shape != values.shape:
            named = f" (tag '{tags.reshape(-1)[0].decode()}')" if tags.size == 1 else ""
            raise InvalidArgumentError(
                f"tags and values not the same shape: {list(tags.shape)} != "
                f"{list(values.shape)}{named}"
            )
        pairs = zip(tags.reshape(-1).tolist(), values.reshape(-1), strict=True)
        with np.errstate(over="ignore"):
            parts = [_message.scalar(tag, np.float32(value)) for tag, value in pairs]
        return boxed(b"".join(parts))

    return run


# --- HistogramSummary -----------------------------------------------------------------------------
histogram_summary_op = define(
    "HistogramSummary",
    inputs="tag: string, values: T",
    outputs="summary: string",
    attrs={"T": attrs.types(*dtypes.REAL, default=dtypes.float32)},
    shape=scalar,
).no_gradient()


@histogram_summary_op.kernel
def _(ctx: Any) -> Any:
    name = ctx.name

    def run(tag: Any, values: Any) -> Any:
        told = only(tag, "tags")
        if values.dtype.kind not in "iu" and not np.isfinite(values).all():
            what = "Nan" if np.isnan(values).any() else "Infinity"
            raise InvalidArgumentError(f"{what} in summary histogram for: {name}")
        content = (_message.HISTOGRAM, _histogram.histogram(values))
        return boxed(_message.value(told, content))

    return run


# --- TensorSummary, TensorSummaryV2 ---------------------------------------------------------------
tensor_summary_op = define(
    "TensorSummary",
    inputs="tensor: T",
    outputs="summary: string",
    attrs={
        "T": attrs.types(),
        "description": attrs.string(""),
        "labels": attrs.strings([]),
        "display_name": attrs.string(""),
    },
    shape=scalar,
).no_gradient()


@tensor_summary_op.kernel
def _(ctx: Any) -> Any:
    dtype, name = ctx.input_dtypes[0], ctx.name.encode()

    def run(tensor: Any) -> Any:
        content = (_message.TENSOR, _tensor_proto.serialize(tensor, dtype))
        return boxed(_message.value(b"", content, node_name=name))

    return run


tensor_summary_v2_op = define(
    "TensorSummaryV2",
    inputs="tag: string, tensor: T, serialized_summary_metadata: string",
    outputs="summary: string",
    attrs={"T": attrs.types()},
    shape=scalar,
).no_gradient()


@tensor_summary_v2_op.kernel
def _(ctx: Any) -> Any:
    dtype = ctx.input_dtypes[1]

    def run(tag: Any, tensor: Any, metadata: Any) -> Any:
        parts = (
            (_message.TENSOR, _tensor_proto.serialize(tensor, dtype)),
            (_message.METADATA, only(metadata, "serialized_summary_metadata")),
        )
        return boxed(_message.value(only(tag, "tag"), *parts))

    return run


# --- MergeSummary ---------------------------------------------------------------------------------
merge_summary_op = define(
    "MergeSummary",
    inputs="inputs: N * string",
    outputs="summary: string",
    attrs={"N": attrs.count()},
    shape=scalar,
    traits=Trait.CHEAP,
).no_gradient()


@merge_summary_op.kernel
def _(ctx: Any) -> Any:
    def run(*inputs: Any) -> Any:
        seen: set[bytes] = set()
        parts: list[bytes] = []
        for array in inputs:
            for summary in np.asarray(array, object).reshape(-1):
                for tag in _message.tags(summary):
                    if tag and tag in seen:
                        raise InvalidArgumentError(
                            f"Duplicate tag {tag.decode(errors='replace')} found in summary inputs"
                        )
                    seen.add(tag)
                parts.append(summary)
        return boxed(b"".join(parts))

    return run
