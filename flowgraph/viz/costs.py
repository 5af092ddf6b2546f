"""How many bytes an operation moves and how many sums it does, as far as static shapes tell.

Sizes that are unknown before a run (a batch, as a rule) are called n: a `Count` is so much times
a power of n.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flowgraph.core.op_def import Trait
from flowgraph.viz.boilerplate import SHAPE_QUESTIONS

_UNITS = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


@dataclass(frozen=True, slots=True)
class Count:
    """`number` times n to the `power`."""

    number: float
    power: int = 0

    def text(self, unit: str = "") -> str:
        """For people: "1.5 MB", "240 k·n"."""
        for size, letter in _UNITS:
            if self.number >= size:
                shown, prefix = f"{self.number / size:.3g}", letter
                break
        else:
            shown, prefix = f"{self.number:.3g}", ""
        text = f"{shown} {prefix}{unit}".rstrip()
        if self.power:
            text += "·n" + ("" if self.power == 1 else f"^{self.power}")
        return text

    def times(self, other: float) -> Count:
        """So many times as much."""
        return Count(self.number * other, self.power)


def size_of(tensor: Any) -> Count | None:
    """How many elements a tensor has; None when its rank is unknown."""
    try:
        sizes = tensor.shape.as_list()
    except ValueError:
        return None
    return Count(math.prod(s for s in sizes if s is not None), sizes.count(None))


def bytes_of(tensor: Any) -> Count | None:
    """How many bytes a tensor takes; None when nobody can tell before a run."""
    size = size_of(tensor)
    try:
        width = tensor.dtype.base_dtype.np_dtype.itemsize
    except (AttributeError, TypeError, ValueError):
        return None
    return None if size is None else size.times(width)


def total(counts: Sequence[Count | None]) -> list[Count]:
    """The sum by powers of n, the highest first; what is unknown is left out."""
    sums: dict[int, float] = {}
    for count in counts:
        if count is not None and count.number:
            sums[count.power] = sums.get(count.power, 0.0) + count.number
    return [Count(sums[power], power) for power in sorted(sums, reverse=True)]


def total_text(counts: Sequence[Count | None], unit: str = "") -> str:
    """The sum for people: "1.2 M·n + 30 k"."""
    return " + ".join(count.text(unit) for count in total(counts)) or f"0 {unit}".rstrip()


def moved_bytes(operations: Sequence[Any]) -> list[Count]:
    """The bytes that a step reads and writes: what goes on within it stays in registers.

    A view and a question for a shape read nothing.
    """
    first = operations[0]
    if len(operations) == 1 and first.op_def.traits & Trait.VIEW:
        return []
    if len(operations) == 1 and first.type in SHAPE_QUESTIONS:
        return total([bytes_of(t) for t in first.outputs])
    inside = {t for op in operations for t in op.outputs}
    read = dict.fromkeys(t for op in operations for t in op.inputs if t not in inside)
    last = operations[-1]
    used = {t for op in operations for t in op.inputs}
    written = [t for t in inside if t in last.outputs or t not in used]
    return total([bytes_of(t) for t in (*read, *written)])


def operations_of(operations: Sequence[Any]) -> list[Count]:
    """The sums, products and other scalar operations that a step does."""
    return total([_arithmetic(op) for op in operations])


def multiply_adds(op: Any) -> Count | None:
    """The products with a sum each of an operation; None where it has none, or shapes do not tell.

    What a loop or branch does within is its graph's to tell.
    """
    rule = _RULES.get(op.type)
    if rule is not None and op.type in PRODUCTS:
        count = _arithmetic(op)
        return None if count is None else count.times(0.5)
    return None


def _arithmetic(op: Any) -> Count | None:
    rule = _RULES.get(op.type)
    if rule is not None:
        try:
            return rule(op)
        except (IndexError, TypeError, ValueError, AttributeError):
            return None  # a shape of another rank, which the op will complain of
    traits = op.op_def.traits
    if traits & (Trait.VIEW | Trait.CALLS) or not op.outputs:
        return Count(0)
    if op.type in MOVES:
        return Count(0)
    if traits & Trait.ELEMENTWISE:
        return size_of(op.outputs[0])
    return max((s for t in op.inputs if (s := size_of(t))), key=_rank, default=None)


def _rank(count: Count) -> tuple[int, float]:
    return count.power, count.number


def _known(size: int | None) -> tuple[float, int]:
    return (1.0, 1) if size is None else (float(size), 0)


def _product(op: Any) -> Count | None:
    """Two operations, a product and a sum, for each term of each output."""
    a = op.inputs[0].shape.as_list()
    turned = op.attrs.get("transpose_a") or op.attrs.get("adj_x")
    terms, power = _known(a[-2] if turned else a[-1])
    out = size_of(op.outputs[0])
    return None if out is None else Count(2 * terms * out.number, out.power + power)


def _windows(filter_place: int | None, maps_place: int) -> Callable[[Any], Count | None]:
    """A rule for convolutions: each of the maps' values has a term for each weight of its filter.

    `filter_place` None: the filter is the output.
    """

    def rule(op: Any) -> Count | None:
        weights = op.outputs[0] if filter_place is None else op.inputs[filter_place]
        maps = op.outputs[0] if maps_place < 0 else op.inputs[maps_place]
        *window, inputs, _ = weights.shape.as_list()
        terms = math.prod(window) * (1 if "Depthwise" in op.type else inputs)
        size = size_of(maps)
        return None if size is None else size.times(2 * terms)

    return rule


def _cell(*weights: int, rows: int) -> Callable[[Any], Count | None]:
    """A rule for recurrent block cells: each row of an input meets every weight once."""

    def rule(op: Any) -> Count | None:
        *many, _ = op.inputs[rows].shape.as_list()
        sizes = [size_of(op.inputs[i]) for i in weights]
        if None in sizes:
            return None
        number = math.prod(m for m in many if m is not None) * sum(s.number for s in sizes)
        return Count(2 * number, many.count(None))

    return rule


def _pooling(op: Any) -> Count | None:
    window = math.prod(op.attrs["ksize"])
    size = size_of(op.outputs[0] if not op.type.endswith("Grad") else op.inputs[-1])
    return None if size is None else size.times(window)


def _first(op: Any) -> Count | None:
    return size_of(op.inputs[0])


MOVES = frozenset({
    "Assign", "AssignVariableOp", "BroadcastGradientArgs", "BroadcastTo", "Cast", "Concat",
    "ConcatOffset", "ConcatV2", "DynamicStitch", "Fill", "Gather", "GatherNd", "GatherV2",
    "MirrorPad", "NoOp", "OneHot", "OnesLike", "Pack", "Pad", "PadV2", "PlaceholderWithDefault",
    "Range", "Rank", "ReadVariableOp", "ScatterNd", "Shape", "ShapeN", "Size", "Slice", "Split",
    "SplitV", "StridedSlice", "StridedSliceGrad", "Tile", "Transpose", "Unpack", "ZerosLike",
})  # fmt: skip
"""Op types that bring data to another place and compute nothing."""
_RULES: dict[str, Callable[[Any], Count | None]] = {
    "MatMul": _product, "BatchMatMul": _product, "BatchMatMulV2": _product,
    "Conv2D": _windows(1, -1), "Conv3D": _windows(1, -1), "DepthwiseConv2dNative": _windows(1, -1),
    "Conv2DBackpropInput": _windows(1, 2), "Conv3DBackpropInputV2": _windows(1, 2),
    "DepthwiseConv2dNativeBackpropInput": _windows(1, 2),
    "Conv2DBackpropFilter": _windows(None, 2), "Conv3DBackpropFilterV2": _windows(None, 2),
    "DepthwiseConv2dNativeBackpropFilter": _windows(None, 2),
    "BlockLSTM": _cell(4, rows=1), "BlockLSTMV2": _cell(4, rows=1),
    "LSTMBlockCell": _cell(3, rows=0), "GRUBlockCell": _cell(2, 3, rows=0),
    "MaxPool": _pooling, "AvgPool": _pooling, "MaxPoolGrad": _pooling, "AvgPoolGrad": _pooling,
    "Sum": _first, "Mean": _first, "Max": _first, "Min": _first, "Prod": _first,
    "ArgMax": _first, "ArgMin": _first, "BiasAddGrad": _first, "L2Loss": _first,
}  # fmt: skip
"""Op type -> what counts, where neither the output's size nor the inputs' tell."""
PRODUCTS = frozenset(name for name, rule in _RULES.items() if rule not in (_pooling, _first))
"""Op types whose arithmetic is products, summed: convolutions, matrix products, block cells."""
