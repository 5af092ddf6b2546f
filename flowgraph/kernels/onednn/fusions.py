"""A product or convolution with its bias and activation as one kernel.

oneDNN adds a bias and applies an activation while a result is still in the caches. What it
computes is what the ops compute one by one, but for NaN, which its activations lose; so an
activation is left to it only where none can come up. By Cauchy and Schwarz no output is larger than
the product of the two factors' lengths: when that is far from overflow, all numbers are finite. The
lengths cost a look at both factors, which pays where the output is larger than they are, or where
one has been looked at before (bounds.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from flowgraph.core import errors, kernel_registry
from flowgraph.core.kernel_registry import Node, register_fusion
from flowgraph.kernels.onednn import bounds, conv, library, matmul
from flowgraph.kernels.onednn.geometry import Convolution
from flowgraph.kernels.onednn.library import LIBRARY
from flowgraph.kernels.onednn.pooled import Pooled
from flowgraph.kernels.onednn.pooling import within_channels
from flowgraph.kernels.onednn.primitive import Array, Eltwise, kernel_threads
from flowgraph.kernels.onednn.weights import Weights, length

_BIAS = {"BiasAdd": (0,), "Add": (0, 1), "AddV2": (0, 1)}
_ACTIVATIONS: dict[str, tuple[int, float, float]] = {  # op type -> oneDNN's function
    "Relu": (32, 0.0, 0.0),
    "Relu6": (46, 0.0, 6.0),
    "Elu": (34, 1.0, 0.0),
    "Tanh": (33, 0.0, 0.0),
    "Sigmoid": (41, 0.0, 0.0),
}
_ACTIVATION = dict.fromkeys(_ACTIVATIONS, (0,))
# An activation of a matrix product is left alone: the factors are most often larger than it.
_OF_CONVOLUTIONS = ([_BIAS, _ACTIVATION], [_BIAS], [_ACTIVATION])
_POOLING = {"MaxPool": (0,), "AvgPool": (0,)}
_OF_PRODUCTS = ([_BIAS],)
_UNKNOWN = 64  # what a size is taken for that is not known before a run
_FAR_FROM_OVERFLOW = 1e36

CallsFor = Callable[[bool, Eltwise], Any]


def accepts(nodes: Sequence[Node]) -> bool:
    """Whether all is float32 and the bias, if there is one, is a vector along the channels."""
    if any(n.context.output_dtypes[0].np_dtype != np.float32 for n in nodes):
        return False
    root, second = nodes[0].context, nodes[1]
    if second.context.type in _BIAS and not _is_vector(root, second):
        return False
    if nodes[-1].context.type in _ACTIVATIONS and not _pays(
        *map(_size, (root.output_shapes[0], *root.input_shapes))
    ):
        return False
    if root.type == "MatMul" and not _is_large(root):
        return False
    return library.is_available()


def _pays(output: int, *factors: int) -> bool:
    """Whether to look at the factors is cheaper than to write the output once more."""
    return 2 * output > sum(factors)


def _is_large(root: Any) -> bool:
    """Whether a product is one for oneDNN: its numbers of rows, columns and terms tell."""
    x, y = _size(root.input_shapes[0]), _size(root.output_shapes[0])
    return y * x > matmul.WORTH * _rows(root)


def _rows(root: Any) -> int:
    shape = root.output_shapes[0].known
    return _UNKNOWN if shape is None or shape[0] is None else shape[0]


def _size(shape: Any) -> int:
    """How many numbers an array has, as far as that is known."""
    return math.prod(_UNKNOWN if size is None else size for size in shape.known or (None,))


def _is_vector(root: Any, node: Node) -> bool:
    """Whether the bias is a vector along the channels of what the root gives."""
    ctx = node.context
    channels_first = _channels_first(root) and root.output_shapes[0].rank != 2
    if ctx.type == "BiasAdd":
        return _channels_first(ctx) == channels_first or root.output_shapes[0].rank == 2
    bias, given = ctx.input_shapes[1 - node.place].known, root.output_shapes[0].known
    if channels_first or bias is None or given is None:
        return False
    return len(bias) == 1 and bias[0] is not None and bias[0] == given[-1]


def _channels_first(ctx: Any) -> bool:
    return str(ctx.attrs.get("data_format", "")).startswith("NC")


class Fused:
    """The kernel of a chain: `kernel(x, w[, bias])`.

    `calls_for(bias, eltwise)` gives the calls by shape with these joined to the root.
    """

    def __init__(self, nodes: Sequence[Node], calls_for: CallsFor, source: Any = None) -> None:
        self._made_of, self._weights = (nodes, calls_for), Weights(source)
        types = [node.context.type for node in nodes]
        has_bias, self._activation = types[1] in _BIAS, types[-1] in _ACTIVATIONS
        self._one_by_one = one_by_one(nodes)
        self._plain = calls_for(has_bias, ())
        self._joined: Any = None
        if self._activation:
            last = nodes[-1].context
            self._joined = calls_for(has_bias, [_ACTIVATIONS[types[-1]]])
            self._activate = kernel_registry.choose(last, ())[1](last)

    def watching(self, sources: Mapping[int, Any]) -> Fused:
        """The kernel that may keep what it makes of `w` (compiler/watch_inputs.py)."""
        return Fused(*self._made_of, sources.get(1))

    def __call__(self, x: Array, w: Array, *bias: Array) -> Any:
        """Runs the chain."""
        threads = kernel_threads()
        call = self._plain(x.shape, w.shape, threads)
        if call is None or (bias and bias[0].shape != call.bias_shape):
            return self._one_by_one(x, w, *bias)
        if not self._activation:
            return self._weights.run(call, x, w, *bias)
        known = bounds.find(x)
        if known is not None or _pays(call.output_size, x.size, w.size):
            joined = self._joined(x.shape, w.shape, threads)
            bound = self._bound(known, x, w, *bias)
            if joined is not None and bound < _FAR_FROM_OVERFLOW:  # False for NaN, too
                y = self._weights.run(joined, x, w, *bias)
                bounds.keep(y, max(bound, 1.0))
                return y
        return self._activate(self._weights.run(call, x, w, *bias))

    def _bound(self, known: float | None, x: Array, w: Array, *bias: Array) -> float:
        """What no sum of the chain exceeds; `known` is what no number in x does."""
        of_x = length(x) if known is None else known * math.sqrt(w.size)
        return of_x * self._weights.length(w) + sum(length(b) for b in bias)


def one_by_one(nodes: Sequence[Node]) -> Callable[..., Any]:
    """The chain as the kernels that its ops would get one by one; an error names its op."""
    parts: list[Any] = []

    def bind() -> None:
        order = kernel_registry.soon(kernel_registry.libraries())
        for node in nodes:
            _, make = kernel_registry.choose(node.context, order)
            parts.append((make(node.context), node.place, len(node.context.input_dtypes)))

    def run(*arrays: Any) -> Any:
        if not parts:
            bind()
        value, rest = None, list(arrays)
        for node, (kernel, place, count) in zip(nodes, parts, strict=True):
            taken = [value if i == place else rest.pop(0) for i in range(count)]
            try:
                value = kernel(*taken)
            except Exception as error:
                raise errors.of_operation(error, node.context.op) from error
        return value

    return run


def _register(root: str, chains: Any, calls_for: Callable[[Any], CallsFor]) -> None:
    for links in chains:

        @register_fusion(root, links, LIBRARY, accepts)
        def _(nodes: Sequence[Node]) -> Any:
            return Fused(nodes, calls_for(nodes[0].context))


def _convolution(space: int, depthwise: bool) -> Callable[[Any], CallsFor]:
    def calls_for(ctx: Any) -> CallsFor:
        kind = Convolution(ctx.attrs, space, depthwise)
        return lambda bias, eltwise: conv.forward_calls(kind, bias, eltwise)

    return calls_for


def _register_pooled(links: Any) -> None:
    @register_fusion("Conv2D", [*links, _POOLING], LIBRARY, _accepts_pooled)
    def _(nodes: Sequence[Node]) -> Any:
        root, head = nodes[0].context, nodes[:-1]
        kind = Convolution(root.attrs)
        kernel = Fused(head, _convolution(2, False)(root)) if links else conv.Conv(root, kind)
        return Pooled(nodes, kind, kernel, one_by_one(nodes))


def _accepts_pooled(nodes: Sequence[Node]) -> bool:
    if not within_channels(nodes[-1].context):
        return False
    return len(nodes) == 2 or accepts(nodes[:-1])


def _product(ctx: Any) -> CallsFor:
    turns = ("transpose_a", "transpose_b")
    return lambda bias, eltwise: matmul.product_calls(ctx, turns, bias, eltwise)


_register("Conv2D", _OF_CONVOLUTIONS, _convolution(2, False))
_register("Conv3D", _OF_CONVOLUTIONS, _convolution(3, False))
_register("DepthwiseConv2dNative", _OF_CONVOLUTIONS, _convolution(2, True))
_register("MatMul", _OF_PRODUCTS, _product)
for _links in (*_OF_CONVOLUTIONS, []):
    _register_pooled(_links)
