"""Products of matrices and of batches of them by oneDNN, where it is faster than numpy's BLAS."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from flowgraph.kernels.onednn.library import OneDnnError
from flowgraph.kernels.onednn.memory import Layout
from flowgraph.kernels.onednn.primitive import (
    BIAS,
    DST,
    SRC,
    WEIGHTS,
    Array,
    Attributes,
    Call,
    Descriptor,
    Eltwise,
    fallback,
    kernel_threads,
    shape_cache,
    using_threads,
)
from flowgraph.kernels.onednn.weights import Packing, Weights

Shape = tuple[int, ...]
WORTH = 1 << 18  # multiply-adds below which numpy's call is over sooner
_WORTH_THREADS = 1 << 20  # and those below which a second thread comes too late


class Product:
    """The kernel of a product: `product(a, b)`; `turns` are the attributes that transpose them."""

    def __init__(self, ctx: Any, turns: tuple[str, str], source: Any = None) -> None:
        self._made_of = ctx, turns
        self._slow, self._weights = fallback(ctx), Weights(source)
        self._call_for = product_calls(ctx, turns)

    def watching(self, sources: Mapping[int, Any]) -> Product:
        """The kernel that may keep what it makes of `b` (compiler/watch_inputs.py)."""
        return Product(*self._made_of, sources.get(1))

    def __call__(self, a: Array, b: Array) -> Array:
        """Multiplies."""
        call = self._call_for(a.shape, b.shape, kernel_threads())
        return self._slow(a, b) if call is None else self._weights.run(call, a, b)


def is_small(ctx: Any, turn_a: str) -> bool:
    """Whether the static shapes tell that a product is over sooner in numpy."""
    a, product = ctx.input_shapes[0], ctx.output_shapes[0]
    if not (a.is_fully_defined() and product.is_fully_defined() and a.rank >= 2):
        return False
    return product.num_elements() * a.known[-2 if ctx.attrs[turn_a] else -1] < WORTH


def product_calls(
    ctx: Any, turns: tuple[str, str], bias: bool = False, eltwise: Eltwise = ()
) -> Any:
    """(a's shape, b's shape, threads) -> the call of (a, b[, bias]), or None."""
    turn_a, turn_b = (ctx.attrs[name] for name in turns)
    broadcasts = ctx.type != "BatchMatMul"

    @shape_cache
    def call_for(a_shape: Shape, b_shape: Shape, threads: int) -> Call | None:
        sizes = _sizes(a_shape, b_shape, turn_a, turn_b)
        if sizes is None or not (broadcasts or a_shape[:-2] == b_shape[:-2]):
            return None
        if math.prod(sizes[2]) * a_shape[-2 if turn_a else -1] < _WORTH_THREADS:
            threads = 1
        try:
            with using_threads(threads):
                a, b = _layout(sizes[0], turn_a), _layout(sizes[1], turn_b)
                return _product(a, b, sizes, bias, eltwise, threads)
        except OneDnnError:
            return None

    return call_for


def _product(
    a: Layout, b: Layout, sizes: tuple[Shape, Shape, Shape], bias: bool, eltwise: Eltwise,
    threads: int,
) -> Call | None:  # fmt: skip
    columns = sizes[2][-1]
    added = Layout.dense((*[1] * (len(sizes[2]) - 1), columns)) if bias else None
    product = Layout.dense(sizes[2])

    def descriptor(weights: Layout) -> Descriptor:
        return Descriptor("matmul", a, weights, added, product, attributes=Attributes(eltwise))

    def packing() -> Packing:
        with using_threads(threads):
            made = descriptor(Layout.any(sizes[1]))
        return Packing(made, inputs, outputs, threads)

    made = descriptor(b)
    if made.implementation.startswith("ref"):
        return None
    inputs = [(SRC, a), (WEIGHTS, b)] + ([(BIAS, added)] if added is not None else [])
    outputs = [(DST, product, sizes[2])]
    call = Call(made, inputs, outputs, threads)
    call.bias_shape, call.packing = (columns,), packing
    return call


def _sizes(a: Shape, b: Shape, turn_a: bool, turn_b: bool) -> tuple[Shape, Shape, Shape] | None:
    """The shapes of the factors, not transposed, and of the product; None: leave it to numpy."""
    rank = max(len(a), len(b))
    if min(len(a), len(b)) < 2 or rank > 12:
        return None
    a, b = ((1,) * (rank - len(shape)) + shape for shape in (a, b))
    rows, inner = (a[-1], a[-2]) if turn_a else a[-2:]
    other, columns = (b[-1], b[-2]) if turn_b else b[-2:]
    pairs = list(zip(a[:-2], b[:-2], strict=True))
    if inner != other or any(p != q and 1 not in (p, q) for p, q in pairs):
        return None
    batch = tuple(p if q == 1 else q for p, q in pairs)
    if min(rows, columns) == 1 or math.prod(batch) * rows * inner * columns < WORTH:
        return None  # BLAS has code of its own for a vector
    return (*a[:-2], rows, inner), (*b[:-2], inner, columns), (*batch, rows, columns)


def _layout(shape: Shape, turned: bool) -> Layout:
    """Of matrices that lie in memory as they are, or transposed."""
    if not turned:
        return Layout.dense(shape)
    rank = len(shape)
    return Layout.dense(shape, (*range(rank - 2), rank - 1, rank - 2))
