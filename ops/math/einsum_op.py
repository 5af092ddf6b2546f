"""The op Einsum, of one or two tensors. tf.einsum of TensorFlow 1.15 is made of other ops."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np

from flowgraph.core import attrs
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import Trait, define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape, broadcast

einsum_op = define(
    "Einsum",
    inputs="inputs: N * T",
    outputs="output: T",
    attrs={"equation": attrs.string(), "N": attrs.count(), "T": attrs.types()},
    traits=Trait.HEAVY,
)


def _parts(equation: str, count: int) -> tuple[list[str], str]:
    """The labels of the inputs and of the output; ValueError when they are none."""
    sides = equation.replace(" ", "").split("->")
    if len(sides) != 2:
        raise ValueError(f"Expected exactly one '->' in einsum equation: {equation}")
    inputs, output = sides[0].split(","), sides[1]
    if len(inputs) != count or count > 2:
        raise ValueError(
            f"Expected {len(inputs)} inputs, at most 2, for equation {equation} but got: {count}"
        )
    for labels in (*inputs, output):
        letters = labels.replace("...", "", 1)
        if letters and not (letters.isalpha() and letters.isascii()):
            raise ValueError(f"Subscripts must be letters, and '...' once, in {labels!r}")
    unknown = set(output.replace(".", "")) - set("".join(inputs))
    if unknown:
        raise ValueError(f"Output subscripts {sorted(unknown)} are in no input: {equation}")
    return inputs, output


@einsum_op.shape
def _(op: Operation) -> TensorShape:
    inputs, output = _parts(op.attrs["equation"], len(op.inputs))
    sizes: dict[str, int | None] = {}
    middle: TensorShape = TensorShape.of(())
    for labels, tensor in zip(inputs, op.inputs, strict=True):
        dims = tensor.shape.known
        if dims is None:
            middle = UNKNOWN if "..." in labels else middle
            continue
        front, dots, back = labels.partition("...")
        named = len(front) + len(back)
        if len(dims) < named or (not dots and len(dims) > named):
            raise ValueError(f"Subscripts {labels!r} do not fit a tensor of shape {tensor.shape}")
        middle = broadcast(middle, TensorShape.of(dims[len(front) : len(dims) - len(back)]))
        ends = (*dims[: len(front)], *dims[len(dims) - len(back) :])
        for label, size in zip(front + back, ends):
            _note(sizes, label, size)
    front, dots, back = output.partition("...")
    if dots and middle.known is None:
        return UNKNOWN
    inner = (middle.known or ()) if dots else ()
    return TensorShape.of((*[sizes.get(c) for c in front], *inner, *[sizes.get(c) for c in back]))


def _note(sizes: dict[str, int | None], label: str, size: int | None) -> None:
    known = sizes.get(label)
    if known is not None and size is not None and known != size:
        raise ValueError(f"Expected dimension {known} for label {label!r} but got {size}")
    sizes[label] = size if known is None else known


def _check_sizes(inputs: list[str], arrays: Any) -> None:
    """ValueError where a label has two sizes: numpy takes a 1 for any."""
    sizes: dict[str, int | None] = {}
    for labels, array in zip(inputs, arrays, strict=True):
        front, _, back = labels.partition("...")
        ends = (*array.shape[: len(front)], *array.shape[array.ndim - len(back) :])
        for label, size in zip(front + back, ends, strict=False):
            _note(sizes, label, size)


@einsum_op.kernel
def _(ctx: Any) -> Any:
    dtype, equation = ctx.dtype, ctx.attrs["equation"]
    inputs, output = _parts(equation, len(ctx.input_dtypes))
    once = "".join(dict.fromkeys(output.replace("...", "."))).replace(".", "...")
    narrow = dtype in (np.dtype(np.float16), np.dtype(ml_dtypes.bfloat16))
    text = f"{','.join(inputs)}->{once}"

    def run(*arrays: Any) -> Any:
        if narrow:
            arrays = tuple(a.astype(np.float32) for a in arrays)
        _check_sizes(inputs, arrays)
        if dtype.kind == "O":
            raise InvalidArgumentError("Einsum takes numbers, got strings")
        try:
            result = np.einsum(text, *arrays, optimize=len(arrays) == 2)
        except ValueError as error:
            raise InvalidArgumentError(f"{equation}: {error}") from None
        result = np.array(result, dtype)
        return result if once == output else _on_diagonal(result, once, output)

    return run


def _on_diagonal(values: Any, once: str, output: str) -> Any:
    """Zeros but where equal labels have equal indices."""
    front, _, back = once.partition("...")
    dims = {c: values.shape[i] for i, c in enumerate(front)}
    dims |= {c: values.shape[values.ndim - len(back) + i] for i, c in enumerate(back)}
    inner = values.shape[len(front) : values.ndim - len(back)]
    left, dots, right = output.partition("...")
    shape = (*[dims[c] for c in left], *(inner if dots else ()), *[dims[c] for c in right])
    result = np.zeros(shape, values.dtype)
    np.einsum(f"{output}->{once}", result)[...] = values
    return result
