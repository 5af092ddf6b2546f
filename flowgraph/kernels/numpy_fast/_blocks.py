"""A convolution as matrix products: blocks of outputs, their columns, and the banded filter.

The classic im2col copies a window per output pixel, which for few channels costs more than the
product. Here a matrix row covers a *block* of B neighbouring outputs: it holds the inputs that
any of them sees, and the filter becomes a banded (block Toeplitz) matrix with a column for each
output of the block. Larger blocks copy less, in longer runs, and multiply more zeros; B = 1 is
im2col. `forward_blocks` and `input_gradient_plan` choose B by a model of the time.

It imports numpy and the geometry in `flowgraph/kernels/window.py`; the kernels are in `conv.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import Any, NamedTuple

import numpy as np

from flowgraph.kernels.window import Span

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]

# Columns made at a time: few enough for the caches, enough for a product to be worth its threads.
_CHUNK_BYTES = 1 << 22
# A model of the time in ns, fitted to measurements (float32, OpenBLAS, 2 cores with AVX-512): a
# strided copy or addition pays for each contiguous run and each number (the copy's number includes
# BLAS's own packing of it), a product for each multiply-add.
_COPY_RUN, _COPY_NUMBER = 3.0, 0.25
_ADD_RUN, _ADD_NUMBER = 10.0, 0.6
_MULTIPLY_ADD = 2 / 190
_GEMM_WIDTH = 16  # narrower products leave vector registers empty


class Sizes(NamedTuple):
    """The sizes of one convolution, as (N, H, W, C) and (KH, KW, C, O) determine them."""

    batch: int
    down: Span
    across: Span
    channels: int
    outputs: int

    @property
    def padded_shape(self) -> Shape:
        return self.batch, self.down.padded, self.across.padded, self.channels

    @property
    def output_shape(self) -> Shape:
        return self.batch, self.down.output, self.across.output, self.outputs

    @property
    def filter_shape(self) -> Shape:
        return self.down.kernel, self.across.kernel, self.channels, self.outputs

    @property
    def is_empty(self) -> bool:
        return 0 in self.output_shape or 0 in self.filter_shape or 0 in self.padded_shape


@dataclass(frozen=True, slots=True)
class Blocks:
    """A convolution as matrix products: one row per block of outputs, `chunk` images at a time."""

    sizes: Sizes
    block: int  # outputs per matrix row
    taps: int  # inputs across that a matrix row holds, for each row of the filter
    step: int  # columns between those inputs
    chunk: int

    @property
    def per_row(self) -> int:
        """Blocks in a row of outputs."""
        return self.sizes.across.output // self.block

    @property
    def rows(self) -> int:
        """Matrix rows per image."""
        return self.sizes.down.output * self.per_row

    @property
    def depth(self) -> int:
        """Length of a matrix row."""
        return self.sizes.down.kernel * self.taps * self.sizes.channels

    @property
    def width(self) -> int:
        """Numbers that a matrix row gives."""
        return self.block * self.sizes.outputs

    @property
    def shift(self) -> int:
        """Columns of the image between blocks."""
        return self.block * self.sizes.across.stride


class Plan(NamedTuple):
    """What a kernel remembers of a shape: its blocks, and the fallback for infinities."""

    groups: int
    sizes: Sizes  # of one group
    blocks: Blocks
    plain: Blocks
    flipped: bool = False  # a gradient to the input that is computed as a forward convolution


def column_chunks(blocks: Blocks, padded: Array) -> Iterator[tuple[slice, Array]]:
    """The matrix rows of a chunk of images at a time. Each matrix is overwritten by the next."""
    patches = _patches(blocks, padded)
    if _is_matrix(patches):
        yield slice(None), patches.reshape(-1, blocks.depth)  # such as 1x1, stride 1: no copy
        return
    buffer = np.empty(_patch_shape(blocks, min(blocks.chunk, len(padded))), padded.dtype)
    for start in range(0, len(padded), blocks.chunk):
        images = slice(start, start + blocks.chunk)
        part = patches[images]
        columns = buffer[: len(part)]
        np.copyto(columns, part)
        yield images, columns.reshape(-1, blocks.depth)


def add_columns(blocks: Blocks, columns: Array, dx: Array) -> None:
    """Add each matrix row to the inputs it came from (the transpose of `_patches`)."""
    shape = _patch_shape(blocks, len(dx))
    patches, targets = columns.reshape(shape), _patches(blocks, dx)
    # Inputs that a block does not share with the next one can be added at once.
    apart = blocks.shift if blocks.step == 1 else 1
    width = blocks.taps if blocks.per_row == 1 else apart
    for i in range(shape[3]):
        for j in range(0, blocks.taps, width):
            taps = slice(j, j + width)
            targets[:, :, :, i, taps] += patches[:, :, :, i, taps]


def _patch_shape(blocks: Blocks, images: int) -> Shape:
    sizes = blocks.sizes
    return (
        images, sizes.down.output, blocks.per_row,
        sizes.down.kernel, blocks.taps, sizes.channels,
    )  # fmt: skip


def _patches(blocks: Blocks, padded: Array) -> Array:
    """A view [N, OH, blocks per row, KH, taps, C] of what each block of outputs sees."""
    image, row, column, channel = padded.strides
    down = blocks.sizes.down
    strides = (
        image, row * down.stride, column * blocks.shift,
        row * down.dilation, column * blocks.step, channel,
    )  # fmt: skip
    return np.ndarray(_patch_shape(blocks, len(padded)), padded.dtype, padded, 0, strides)


def _is_matrix(patches: Array) -> bool:
    """Whether BLAS can read the patches in place: two axes of three merge without a copy."""
    sides = [
        [(n, s) for n, s in zip(patches.shape[part], patches.strides[part], strict=True) if n > 1]
        for part in (slice(0, 3), slice(3, 6))
    ]
    mergeable = all(
        outer[1] == inner[0] * inner[1] for side in sides for outer, inner in pairwise(side)
    )
    rows, columns = sides
    depth = patches.itemsize * prod(patches.shape[3:])
    dense = not columns or columns[-1][1] == patches.itemsize
    return mergeable and dense and (not rows or rows[-1][1] >= depth)


def filter_band(blocks: Blocks, w: Array) -> Array:
    """The filter as a matrix [depth, width]: for each output of a block, where it looks."""
    if blocks.block == 1:
        return np.ascontiguousarray(w).reshape(blocks.depth, blocks.width)
    band = np.zeros((blocks.depth, blocks.width), w.dtype)
    band_diagonals(blocks, band)[...] = w[:, np.newaxis]
    return band


def band_diagonals(blocks: Blocks, band: Array) -> Array:
    """A view [KH, B, KW, C, O] of a band: output b of a block looks b strides further on."""
    sizes = blocks.sizes
    down, across = sizes.down, sizes.across
    shape = (down.kernel, blocks.taps, sizes.channels, blocks.block, sizes.outputs)
    row, tap, channel, output, number = band.reshape(shape).strides
    return np.ndarray(
        (down.kernel, blocks.block, across.kernel, sizes.channels, sizes.outputs),
        band.dtype, band, 0,
        (row, output + across.stride * tap, across.dilation * tap, channel, number),
    )  # fmt: skip


def forward_plan(groups: int, sizes: Sizes, itemsize: int) -> Plan:
    """The fastest blocks where columns are copied from the image."""
    return _with_fallback(groups, sizes, _best(sizes, itemsize, _copy_cost)[0], itemsize)


def input_gradient_plan(groups: int, sizes: Sizes, itemsize: int) -> Plan:
    """Scatter the columns, or convolve dy with the turned filter, whichever should be faster."""
    scattered, cost = _best(sizes, itemsize, _add_cost)
    turned = _turned(sizes)
    if turned is not None:
        blocks, flipped_cost = _best(turned, itemsize, _copy_cost)
        if flipped_cost < cost:
            return _with_fallback(groups, turned, blocks, itemsize, flipped=True)
    return _with_fallback(groups, sizes, scattered, itemsize)


def _with_fallback(
    groups: int, sizes: Sizes, blocks: Blocks, itemsize: int, flipped: bool = False
) -> Plan:
    plain = blocks if blocks.block == 1 else _blocks_of(sizes, 1, itemsize)
    return Plan(groups, sizes, blocks, plain, flipped)


def _turned(sizes: Sizes) -> Sizes | None:
    """The convolution from dy to dx, where it is one: stride 1, padding within the window."""
    down, across = _turned_span(sizes.down), _turned_span(sizes.across)
    if sizes.is_empty or down is None or across is None:
        return None
    return Sizes(sizes.batch, down, across, sizes.outputs, sizes.channels)


def _turned_span(span: Span) -> Span | None:
    before = span.reach - 1 - span.before
    after = span.size - span.output + span.reach - 1 - before
    if span.stride != 1 or before < 0 or after < 0:
        return None
    return Span(span.output, span.kernel, 1, span.dilation, before, after, span.size)


def _best(sizes: Sizes, itemsize: int, cost: Callable[[Blocks], float]) -> tuple[Blocks, float]:
    width = max(sizes.across.output, 1)
    candidates = [_blocks_of(sizes, b, itemsize) for b in range(1, width + 1) if width % b == 0]
    best = min(candidates, key=cost)
    return best, cost(best)


def _blocks_of(sizes: Sizes, block: int, itemsize: int) -> Blocks:
    across = sizes.across
    if block == 1:
        taps, step = across.kernel, across.dilation
    else:
        taps, step = (block - 1) * across.stride + across.reach, 1
    numbers = sizes.down.output * (across.output // block) * sizes.down.kernel * taps
    image_bytes = numbers * sizes.channels * itemsize
    chunk = max(_CHUNK_BYTES // max(image_bytes, 1), 1)
    return Blocks(sizes, block, taps, step, chunk)


def _copy_cost(blocks: Blocks) -> float:
    """Estimated ns of copying columns and multiplying them with the band."""
    rows, runs = blocks.sizes.batch * blocks.rows, _runs(blocks)
    copy = rows * (runs * _COPY_RUN + blocks.depth * _COPY_NUMBER)
    return copy + _product_cost(blocks, rows)


def _add_cost(blocks: Blocks) -> float:
    """Estimated ns of multiplying with the band's transpose and adding the columns."""
    rows, runs = blocks.sizes.batch * blocks.rows, _runs(blocks)
    if blocks.per_row > 1 and blocks.step == 1:
        runs *= -(-blocks.taps // blocks.shift)
    add = rows * (runs * _ADD_RUN + blocks.depth * _ADD_NUMBER)
    return add + _product_cost(blocks, rows)


def _runs(blocks: Blocks) -> int:
    """Contiguous runs in a matrix row."""
    return blocks.sizes.down.kernel * (1 if blocks.step == 1 else blocks.taps)


def _product_cost(blocks: Blocks, rows: int) -> float:
    width = -(-blocks.width // _GEMM_WIDTH) * _GEMM_WIDTH
    band = 0 if blocks.block == 1 else blocks.depth * blocks.width * _COPY_NUMBER
    return band + rows * blocks.depth * width * _MULTIPLY_ADD
