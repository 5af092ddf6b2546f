"""Summaries by the names that TensorFlow had before 1.0 (tf.scalar_summary and its like).

A tag is given as it is, without the scopes around it.
"""

from __future__ import annotations

from typing import Any

from flowgraph.core.collections import GraphKeys
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.tensor import Tensor
from flowgraph.summary.functions import collect, merge, merge_all

_SUMMARIES = (GraphKeys.SUMMARIES,)


def scalar_summary(
    tags: Any, values: Any, collections: Any = None, name: str | None = None
) -> Tensor:
    """A summary of numbers with tags of the same shape (tf.scalar_summary of 0.x)."""
    with name_scope(name, "ScalarSummary", [tags, values]) as scope:
        return collect(raw.ScalarSummary(tags, values, name=scope), collections, _SUMMARIES)


def histogram_summary(
    tag: Any, values: Any, collections: Any = None, name: str | None = None
) -> Tensor:
    """A summary of how numbers are distributed (tf.histogram_summary of 0.x)."""
    with name_scope(name, "HistogramSummary", [tag, values]) as scope:
        return collect(raw.HistogramSummary(tag, values, name=scope), collections, _SUMMARIES)


def image_summary(
    tag: Any,
    tensor: Any,
    max_images: int = 3,
    collections: Any = None,
    name: str | None = None,
) -> Tensor:
    """A summary of the first pictures of a batch (tf.image_summary of 0.x)."""
    with name_scope(name, "ImageSummary", [tag, tensor]) as scope:
        summary = raw.ImageSummary(tag, tensor, max_images=max_images, name=scope)
        return collect(summary, collections, _SUMMARIES)


def audio_summary(
    tag: Any,
    tensor: Any,
    sample_rate: Any,
    max_outputs: int = 3,
    collections: Any = None,
    name: str | None = None,
) -> Tensor:
    """A summary of the first sounds of a batch (tf.audio_summary of 0.x)."""
    with name_scope(name, "AudioSummary", [tag, tensor]) as scope:
        summary = raw.AudioSummaryV2(tag, tensor, sample_rate, max_outputs=max_outputs, name=scope)
        return collect(summary, collections, _SUMMARIES)


def merge_summary(inputs: Any, collections: Any = None, name: str | None = None) -> Tensor:
    """One summary of several (tf.merge_summary of 0.x)."""
    return merge(inputs, collections, name)


def merge_all_summaries(key: Any = GraphKeys.SUMMARIES) -> Tensor | None:
    """One summary of all that the default graph has collected (tf.merge_all_summaries of 0.x)."""
    return merge_all(key)
