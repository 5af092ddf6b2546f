"""einsum: sums of products written with indices, made of transposes, sums and matrix products."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.tensor import Tensor
from flowgraph.ops.math.matmul import matmul

__all__ = ["einsum"]


@dataclass(frozen=True, slots=True)
class _Term:
    """A tensor and the label of each of its dimensions."""

    tensor: Tensor
    labels: str


def einsum(equation: str, *inputs: Any, name: str | None = None) -> Tensor:
    """Sums of products by Einstein's notation (tf.einsum).

    Each input's dimensions get labels; a label that the output lacks is summed over. "ij,jk->ik" is
    the product of matrices, "bij,bjk->bik" that of batches, "ii->i" a diagonal, "ij->j" a sum.
    Without "->" the output has the labels that come once, sorted; "..." stands for dimensions that
    are broadcast.

    Args:
      equation: labels of each input, "->", labels of the output; spaces do not count.
      *inputs: tensors of known rank and of one dtype.
      name: the scope of the operations.

    Raises:
      ValueError: the equation cannot be read, or does not fit the inputs.

    >>> einsum("ij,jk->ik", [[1.0, 2.0]], [[3.0], [4.0]]).shape.as_list()
    [1, 1]
    """
    with name_scope(name, "einsum", list(inputs)):
        if len(inputs) == 1 and isinstance(inputs[0], (list, tuple)):
            inputs = tuple(inputs[0])
        tensors = [convert_to_tensor(x) for x in inputs]
        labels, output = _parse(equation.replace(" ", ""), tensors)
        terms = [_Term(*pair) for pair in zip(tensors, labels, strict=True)]
        _check_sizes(equation, terms)
        terms = [_without_repeats(term) for term in terms]
        result = terms[0]
        for i, term in enumerate(terms[1:], start=1):
            later = set(output).union(*(t.labels for t in terms[i + 1 :]))
            result = _multiplied(result, term, later)
        return _ordered(_summed(result, set(output)), output).tensor


# --- the equation ---------------------------------------------------------------------------------
def _parse(equation: str, tensors: Sequence[Tensor]) -> tuple[list[str], str]:
    """(labels of each input, labels of the output), with letters in the place of "..."."""
    sides = equation.split("->")
    if len(sides) > 2 or not all(_is_readable(part) for side in sides for part in side.split(",")):
        raise ValueError(f"Subscripts have incorrect format: {equation}")
    parts = sides[0].split(",")
    if len(parts) != len(tensors):
        raise ValueError(
            f'Got {len(tensors)} inputs for equation "{equation}", expecting {len(parts)}'
        )
    spare = [c for c in string.ascii_letters if c not in equation]
    full = [_filled(part, tensor, spare) for part, tensor in zip(parts, tensors, strict=True)]
    # The dimensions of "..." are counted from the last, as they are broadcast.
    widest = max((f.replace_count for f in full), default=0)
    dots = "".join(spare[:widest][::-1])
    labels = [f.labels for f in full]
    if len(sides) == 1:
        letters = [c for part in parts for c in part if c != "."]
        output = dots + "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    else:
        output = sides[1].replace("...", dots)
    for label in output:
        if not any(label in part for part in labels):
            raise ValueError(
                f"Output subscripts contain the label {label} not present in the input subscripts."
            )
    if len(set(output)) != len(output):
        raise ValueError(f"Output subscripts contain a label twice: {equation}")
    return labels, output


@dataclass(frozen=True, slots=True)
class _Filled:
    labels: str
    replace_count: int


def _is_readable(part: str) -> bool:
    letters = part.replace("...", "", 1)
    return not letters or (letters.isascii() and letters.isalpha())


def _filled(part: str, tensor: Tensor, spare: list[str]) -> _Filled:
    """A part of the equation with letters for "...": the same letter is the same from the last."""
    rank = tensor.shape.rank
    if rank is None:
        raise ValueError(f"einsum needs the rank of each input, which is not known of {tensor}")
    named = len(part.replace("...", ""))
    count = rank - named if "..." in part else 0
    if count < 0 or named + count != rank:
        least = "at least " if "..." in part else ""
        raise ValueError(f"Shape must be {least}rank {named} but is rank {rank}")
    return _Filled(part.replace("...", "".join(spare[:count][::-1])), count)


def _check_sizes(equation: str, terms: Sequence[_Term]) -> None:
    sizes: dict[str, set[int]] = {}
    for term in terms:
        for label, size in zip(term.labels, term.tensor.shape.known or (), strict=True):
            if size is not None:
                sizes.setdefault(label, set()).add(size)
    for label, found in sizes.items():
        if label not in equation:  # it is of "...", which is broadcast
            found.discard(1)
        if len(found) > 1:
            first, second = sorted(found)[:2]
            raise ValueError(
                f"Dimensions must be equal, but are {first} and {second}: the sizes of "
                f"'{label}' in '{equation}'"
            )


# --- terms ----------------------------------------------------------------------------------------
def _without_repeats(term: _Term) -> _Term:
    """Takes the diagonal of dimensions with the same label."""
    for label in dict.fromkeys(term.labels):
        while term.labels.count(label) > 1:
            first = term.labels.index(label)
            second = term.labels.index(label, first + 1)
            rest = [i for i in range(len(term.labels)) if i not in (first, second)]
            order = np.array([*rest, first, second], np.int32)
            diagonal = raw.MatrixDiagPart(raw.Transpose(term.tensor, order))
            term = _Term(diagonal, "".join(term.labels[i] for i in rest) + label)
    return term


def _summed(term: _Term, needed: set[str]) -> _Term:
    """Sums over the labels that nothing later needs."""
    axes = [i for i, label in enumerate(term.labels) if label not in needed]
    if not axes:
        return term
    total = raw.Sum(term.tensor, np.array(axes, np.int32), keep_dims=False)
    return _Term(total, "".join(c for c in term.labels if c in needed))


def _ordered(term: _Term, labels: str) -> _Term:
    if term.labels == labels:
        return term
    order = np.array([term.labels.index(c) for c in labels], np.int32)
    return _Term(raw.Transpose(term.tensor, order), labels)


def _multiplied(left: _Term, right: _Term, needed: set[str]) -> _Term:
    """The product of two terms, summed over what nothing later needs."""
    left = _summed(left, needed | set(right.labels))
    right = _summed(right, needed | set(left.labels))
    shared = [c for c in left.labels if c in right.labels]
    batch = "".join(c for c in shared if c in needed)
    inner = "".join(c for c in shared if c not in needed)
    rows = "".join(c for c in left.labels if c not in shared)
    columns = "".join(c for c in right.labels if c not in shared)
    labels = batch + rows + columns
    if not inner:
        return _Term(raw.Mul(_aligned(left, labels), _aligned(right, labels)), labels)
    a = _ordered(left, batch + rows + inner)
    b = _ordered(right, batch + inner + columns)
    product = matmul(_grouped(a, len(batch), len(rows)), _grouped(b, len(batch), len(inner)))
    return _Term(_ungrouped(product, a, b, len(batch), len(rows), len(inner)), labels)


def _aligned(term: _Term, labels: str) -> Tensor:
    """The tensor with a dimension for each label, of size 1 where it lacks it: to broadcast."""
    present = "".join(c for c in labels if c in term.labels)
    tensor = _ordered(term, present).tensor
    for i, label in enumerate(labels):
        if label not in present:
            tensor = raw.ExpandDims(tensor, i)
    return tensor


def _grouped(term: _Term, batch: int, first: int) -> Tensor:
    """[*batch, first..., second...] with each group after the batch made one dimension."""
    tensor = term.tensor
    if len(term.labels) == batch + 2 and first == 1:
        return tensor
    dims = tensor.shape.known
    assert dims is not None
    groups = [dims[i : i + 1] for i in range(batch)]
    groups += [dims[batch : batch + first], dims[batch + first :]]
    return raw.Reshape(tensor, _shape(tensor, groups))  # type: ignore[no-any-return]


def _shape(tensor: Tensor, groups: Sequence[Any]) -> Any:
    """The shape with each group of dimensions as one: a constant where the sizes are known."""
    if all(None not in group for group in groups):
        return np.array([np.prod(group, dtype=np.int64) for group in groups], np.int32)
    shape, sizes, start = raw.Shape(tensor), [], 0
    for group in groups:
        part = shape[start : start + len(group)]
        sizes.append(raw.Prod(part, 0, keep_dims=False))
        start += len(group)
    return raw.Pack(sizes)


def _ungrouped(product: Tensor, a: _Term, b: _Term, batch: int, rows: int, inner: int) -> Tensor:
    """The product [*batch, rows, columns] with the dimensions that were made one again."""
    columns = len(b.labels) - batch - inner
    if rows == columns == 1:
        return product
    batch_dims = (product.shape.known or ())[:batch]
    row_dims = (a.tensor.shape.known or ())[batch : batch + rows]
    column_dims = (b.tensor.shape.known or ())[batch + inner :]
    known = (*batch_dims, *row_dims, *column_dims)
    if None not in known:
        return raw.Reshape(product, np.array(known, np.int32))  # type: ignore[no-any-return]
    parts = [
        raw.Shape(product)[:batch],
        raw.Shape(a.tensor)[batch : batch + rows],
        raw.Shape(b.tensor)[batch + inner :],
    ]
    result: Tensor = raw.Reshape(product, raw.ConcatV2(parts, 0))
    result.set_shape(known)
    return result
