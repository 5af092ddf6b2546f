"""Builds a case's graph, on either module: the steps that record.py and the tests share."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from golden.case import DIMS, KNOWN, Array, Build, Case, is_inexact


@dataclass(slots=True)
class Built:
    """A case's graph: what to feed and what to fetch."""

    graph: Any
    inputs: list[Any]
    outputs: list[Any]


@dataclass(slots=True)
class Backward:
    """The gradients of the inexact outputs, weighted, by the inexact inputs."""

    weights: list[Any]
    inputs: list[Any]
    gradients: list[Any]


def forward(tf: Any, case: Case, variant: str, build: Build | None = None) -> Built:
    """Builds the case over placeholders of known shape, unknown dimensions or unknown rank."""
    graph = tf.Graph()
    with graph.as_default():
        inputs = [placeholder(tf, x, variant, f"in{i}") for i, x in enumerate(case.inputs)]
        outputs = flatten((build or case.build)(tf, *inputs))
    return Built(graph, inputs, outputs)


def start(tf: Any, built: Built, feeds: dict[Any, Any]) -> Any:
    """A session on the case's graph, with its variables initialised."""
    session = tf.Session(graph=built.graph)
    if built.graph.get_collection(tf.GraphKeys.GLOBAL_VARIABLES):
        with built.graph.as_default():
            initialize = tf.global_variables_initializer()
        session.run(initialize, feeds)
    return session


def nodes_of(built: Built) -> list[Any]:
    """The operations that the case added to its placeholders."""
    ours = {tensor.op.name for tensor in built.inputs}
    return [op for op in built.graph.get_operations() if op.name not in ours]


def placeholder(tf: Any, value: Array, variant: str, name: str) -> Any:
    """A placeholder for `value` that tells of its shape what the variant allows."""
    shape: Any = None
    if variant == KNOWN:
        shape = value.shape
    elif variant == DIMS:
        shape = [None] * value.ndim
    dtype = tf.string if value.dtype.kind == "S" else tf.as_dtype(value.dtype)
    return tf.placeholder(dtype, shape, name=name)


def flatten(value: Any) -> list[Any]:
    """The tensors of a build's result, in order."""
    if isinstance(value, list | tuple):
        return [tensor for part in value for tensor in flatten(part)]
    return [value]


def backward(tf: Any, built: Built, weights: Sequence[Array | None], variant: str) -> Backward:
    """Adds tf.gradients of the weighted outputs; an output whose weight is None has no part."""
    with built.graph.as_default(), tf.name_scope("backward"):
        fed = [
            placeholder(tf, w, variant, f"weight{i}")
            for i, w in enumerate(weights)
            if w is not None
        ]
        ys = [y for y, w in zip(built.outputs, weights, strict=True) if w is not None]
        xs = [x for x in built.inputs if is_inexact(np.dtype(x.dtype.as_numpy_dtype))]
        gradients = tf.gradients(ys, xs, grad_ys=fed) if ys and xs else [None] * len(xs)
    return Backward(fed, xs, gradients)


def output_weights(case: Case, outputs: Sequence[Array]) -> list[Array | None]:
    """For each output fixed weights of its shape and dtype, or None for integers and the like."""
    rng = np.random.RandomState(zlib.crc32(case.name.split(" ")[0].encode()) ^ 1)
    return [weights_like(rng, y) if is_inexact(y.dtype) else None for y in outputs]


def weights_like(rng: np.random.RandomState, value: Array) -> Array:
    """Random numbers of the shape and dtype of `value`."""
    drawn: Any = rng.uniform(-1, 1, value.shape)
    if value.dtype.kind == "c":
        drawn = drawn + 1j * rng.uniform(-1, 1, value.shape)
    return np.asarray(drawn).astype(value.dtype)


def shape_of(tensor: Any) -> list[int | None] | None:
    """A tensor's static shape; None when its rank is unknown."""
    shape = tensor.get_shape()
    return None if shape.ndims is None else list(shape.as_list())
