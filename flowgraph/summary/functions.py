"""Functions that add summaries to the graph (tf.summary.scalar and its like)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.collections import GraphKeys
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import get_default_graph, name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.tensor import Tensor
from flowgraph.graph_io import protos
from flowgraph.platform import logging

__all__ = [
    "audio", "get_summary_description", "histogram", "image", "merge", "merge_all", "scalar",
    "tensor_summary", "text",
]  # fmt: skip

_NOT_IN_TAGS = re.compile(r"[^-/\w\.]")


# --- tags -----------------------------------------------------------------------------------------
def clean_tag(name: Any) -> Any:
    """The name with what no tag may have replaced by underscores, and no slash in front."""
    if name is None:
        return None
    cleaned = _NOT_IN_TAGS.sub("_", name).lstrip("/")
    if cleaned != name:
        logging.info("Summary name %s is illegal; using %s instead.", name, cleaned)
    return cleaned


@contextmanager
def summary_scope(
    name: Any, family: Any = None, default_name: str | None = None, values: Any = None
) -> Iterator[tuple[str, str]]:
    """A name scope for one summary; gives its tag and the scope.

    The tag is the scope's whole name, so that no two are alike; with `family` that is before it.
    """
    name, family = clean_tag(name), clean_tag(family)
    base = name if family is None else f"{family}/{name}"
    with name_scope(base, default_name, values) as scope:
        tag = scope.rstrip("/")
        yield (tag if family is None else f"{family}/{tag}"), scope


def collect(summary: Tensor, collections: Any, default: Any) -> Tensor:
    """Adds a summary to collections; gives it."""
    graph = get_default_graph()
    for key in default if collections is None else collections:
        graph.add_to_collection(key, summary)
    return summary


_SUMMARIES = (GraphKeys.SUMMARIES,)


# --- summaries ------------------------------------------------------------------------------------
def scalar(name: Any, tensor: Any, collections: Any = None, family: Any = None) -> Tensor:
    """A summary of one number (tf.summary.scalar).

    Args:
      name: the node's name, and with the scopes before it the tag in TensorBoard.
      tensor: a scalar of real numbers.
      collections: the keys to which the summary is added; [GraphKeys.SUMMARIES] when None.
      family: what stands before the tag, and groups summaries in TensorBoard.

    Returns:
      A scalar string: a serialised Summary.
    """
    with summary_scope(name, family, values=[tensor]) as (tag, scope):
        return collect(raw.ScalarSummary(tag, tensor, name=scope), collections, _SUMMARIES)


def histogram(name: Any, values: Any, collections: Any = None, family: Any = None) -> Tensor:
    """A summary of how numbers are distributed (tf.summary.histogram).

    Args:
      name: as in `scalar`.
      values: real numbers of any shape; a run with one that is not finite ends in
        InvalidArgumentError.
      collections: as in `scalar`.
      family: as in `scalar`.
    """
    with summary_scope(name, family, "HistogramSummary", [values]) as (tag, scope):
        summary = raw.HistogramSummary(tag, values, name=scope)
        return collect(summary, collections, _SUMMARIES)


def image(
    name: Any, tensor: Any, max_outputs: int = 3, collections: Any = None, family: Any = None,
    max_images: int | None = None,
) -> Tensor:  # fmt: skip
    """A summary of the first pictures of a batch (tf.summary.image).

    Args:
      name: as in `scalar`; tags are "name/image", or "name/image/0" and so on where `max_outputs`
        is more than 1.
      tensor: [batch, height, width, channels] with 1, 3 or 4 channels. Numbers other than uint8
        are scaled picture by picture: the greatest is 255, and 0 is in the middle when there are
        negative ones.
      max_outputs: of how many pictures at most.
      collections: as in `scalar`.
      family: as in `scalar`.
      max_images: the name of `max_outputs` before 1.0.
    """
    most = max_outputs if max_images is None else max_images
    with summary_scope(name, family, values=[tensor]) as (tag, scope):
        summary = raw.ImageSummary(tag, tensor, max_images=most, name=scope)
        return collect(summary, collections, _SUMMARIES)


def audio(
    name: Any,
    tensor: Any,
    sample_rate: Any,
    max_outputs: int = 3,
    collections: Any = None,
    family: Any = None,
) -> Tensor:
    """A summary of the first sounds of a batch, as WAV files (tf.summary.audio).

    Args:
      name: as in `image`, with "audio" for "image".
      tensor: float32 of [-1, 1], [batch, frames] or [batch, frames, channels].
      sample_rate: samples a second, a float32 scalar.
      max_outputs: of how many sounds at most.
      collections: as in `scalar`.
      family: as in `scalar`.
    """
    with summary_scope(name, family, values=[tensor]) as (tag, scope):
        rate = convert_to_tensor(sample_rate, dtype=dtypes.float32, name="sample_rate")
        summary = raw.AudioSummaryV2(tag, tensor, rate, max_outputs=max_outputs, name=scope)
        return collect(summary, collections, _SUMMARIES)


def text(name: Any, tensor: Any, collections: Any = None) -> Tensor:
    """A summary of text, which TensorBoard reads as Markdown (tf.summary.text).

    Args:
      name: as in `scalar`.
      tensor: a string tensor; TensorBoard shows vectors and matrices as tables.
      collections: as in `scalar`.

    Raises:
      ValueError: the tensor has another dtype.
    """
    if tensor.dtype.base_dtype is not dtypes.string:
        raise ValueError(f"Expected tensor {tensor.name} to have dtype string, got {tensor.dtype}")
    plugin = protos.SummaryMetadata.PluginData(plugin_name="text")
    metadata = protos.SummaryMetadata(plugin_data=plugin)
    return tensor_summary(name, tensor, collections=collections, summary_metadata=metadata)


def tensor_summary(
    name: Any,
    tensor: Any,
    summary_description: str | None = None,
    collections: Any = None,
    summary_metadata: Any = None,
    family: Any = None,
    display_name: str | None = None,
) -> Tensor:
    """A summary of a tensor as it is (tf.summary.tensor_summary).

    Args:
      name: as in `scalar`.
      tensor: of any dtype and shape.
      summary_description: a long description, in Markdown.
      collections: as in `scalar`.
      summary_metadata: a SummaryMetadata, which tells what reads the summary.
      family: as in `scalar`.
      display_name: the name in TensorBoard.
    """
    metadata = protos.SummaryMetadata() if summary_metadata is None else summary_metadata
    if summary_description is not None:
        metadata.summary_description = summary_description
    if display_name is not None:
        metadata.display_name = display_name
    with summary_scope(name, family, values=[tensor]) as (tag, scope):
        told = metadata.SerializeToString()
        summary = raw.TensorSummaryV2(tag, tensor, told, name=scope)
        return collect(summary, collections, _SUMMARIES)


# --- joining --------------------------------------------------------------------------------------
def merge(inputs: Any, collections: Any = None, name: Any = None) -> Tensor:
    """One summary of several (tf.summary.merge).

    Args:
      inputs: a list of string tensors, each with serialised Summary messages. A run in which a tag
        comes twice ends in InvalidArgumentError.
      collections: keys to which the result is added; none when None.
      name: the operation's name.
    """
    name = clean_tag(name)
    with name_scope(name, "Merge", inputs):
        summary = raw.MergeSummary(list(inputs), name=name)
        return collect(summary, collections, ())


def merge_all(
    key: Any = GraphKeys.SUMMARIES, scope: str | None = None, name: Any = None
) -> Tensor | None:
    """One summary of all that the default graph has collected (tf.summary.merge_all).

    Args:
      key: the collection.
      scope: only summaries whose names begin with what this regular expression matches.
      name: the operation's name.

    Returns:
      A scalar string; None when there are no summaries.
    """
    summaries = get_default_graph().get_collection(key, scope)
    return merge(summaries, name=name) if summaries else None


def get_summary_description(node_def: Any) -> Any:
    """The SummaryDescription of a TensorSummary's NodeDef (tf.summary.get_summary_description).

    Raises:
      ValueError: the node is of another type.
    """
    from google.protobuf import json_format

    if node_def.op != "TensorSummary":
        raise ValueError(f"Can't get_summary_description on {node_def.op}")
    description = protos.SummaryDescription()
    json_format.Parse(node_def.attr["description"].s, description)
    return description
