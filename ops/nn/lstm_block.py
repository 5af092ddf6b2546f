"""The LSTM cell as one op, for a step or a whole sequence (Hochreiter and Schmidhuber 1997).

The columns of the weights are those of the gates: input, candidate, forget, output ("icfo"); the
second version of BlockLSTM has input, forget, candidate, output ("ifco").
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import OpDef, Trait, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor

Array = Any

_T = attrs.types(dtypes.float16, dtypes.float32)
_PREVIOUS = "cs_prev: T, h_prev: T, w: T, wci: T, wcf: T, wco: T, b: T"
_NAMES = ("cs_prev", "h_prev", "w", "wci", "wcf", "wco", "b")
_GATES = "i: T, cs: T, f: T, o: T, ci: T, co: T"


class _Cell(NamedTuple):
    """What a step needs to know besides its arrays."""

    order: str
    forget_bias: float
    clip: float
    peephole: bool

    def split(self, columns: Array) -> tuple[Array, ...]:
        """The four gates' columns as (input, candidate, forget, output)."""
        parts = dict(zip(self.order, np.split(columns, 4, axis=-1), strict=True))
        return parts["i"], parts["c"], parts["f"], parts["o"]

    def join(self, di: Array, dc: Array, df: Array, do: Array) -> Array:
        """The inverse of `split`."""
        parts = {"i": di, "c": dc, "f": df, "o": do}
        return np.concatenate([parts[name] for name in self.order], axis=-1)


def _cell(op_attrs: Any, order: str) -> _Cell:
    return _Cell(
        order,
        op_attrs.get("forget_bias", 0.0),
        op_attrs.get("cell_clip", 0.0),
        op_attrs["use_peephole"],
    )


def _sigmoid(x: Array) -> Array:
    return 0.5 * (np.tanh(0.5 * x) + 1)


def _step(cell: _Cell, columns: Array, cs_prev: Array, peepholes: Any) -> tuple[Array, ...]:
    """(i, cs, f, o, ci, co, h) of the products of inputs and weights."""
    wci, wcf, wco = peepholes
    i, ci, f, o = cell.split(columns)
    if cell.peephole:
        i, f = i + wci * cs_prev, f + wcf * cs_prev
    i, ci, f = _sigmoid(i), np.tanh(ci), _sigmoid(f + cell.forget_bias)
    cs = ci * i + f * cs_prev
    if cell.clip > 0:
        cs = np.clip(cs, -cell.clip, cell.clip)
    o = _sigmoid(o + wco * cs if cell.peephole else o)
    co = np.tanh(cs)
    return i, cs, f, o, ci, co, o * co


def _step_back(
    cell: _Cell, gates: Any, cs_prev: Array, peepholes: Any, cs_grad: Array, h_grad: Array
) -> tuple[Array, Array, tuple[Array, ...]]:
    """(gradient of the columns, of cs_prev, and of the peepholes)."""
    (i, cs, f, o, ci, co), (wci, wcf, wco) = gates, peepholes
    do = o * (1 - o) * h_grad * co
    dcs = (1 - co * co) * h_grad * o + cs_grad
    if cell.peephole:
        dcs = dcs + do * wco
    dc, df, di = (1 - ci * ci) * dcs * i, f * (1 - f) * dcs * cs_prev, i * (1 - i) * dcs * ci
    cs_prev_grad = dcs * f
    if not cell.peephole:
        return cell.join(di, dc, df, do), cs_prev_grad, tuple(np.zeros_like(w) for w in peepholes)
    holes = tuple((d * c).sum(0) for d, c in ((di, cs_prev), (df, cs_prev), (do, cs)))
    return cell.join(di, dc, df, do), cs_prev_grad + di * wci + df * wcf, holes


def _check(arrays: Any, peephole: bool = True) -> tuple[Any, Any]:
    """The batch and the cells of what a step takes; ValueError unless the shapes fit them.

    The arrays (or tensors) are x, cs_prev, h_prev, w, wci, wcf, wco, b.
    """
    x, *rest = (TensorShape(array.shape) for array in arrays)
    rows, inputs, cells = x[-2], x[-1], rest[0].with_rank(2)[1]
    peepholes = [[cells if peephole else None]] * 3
    expected = [[rows, cells], [rows, cells], [inputs + cells, cells * 4], *peepholes, [cells * 4]]
    for name, shape, wanted in zip(_NAMES, rest, expected, strict=True):
        if not shape.is_compatible_with(wanted):
            raise ValueError(
                f"{name} must have shape {TensorShape(wanted)} for inputs {x} and {cells} cells, "
                f"got {shape}"
            )
    return rows, cells


def _check_states(arrays: Any, shape: tuple[int, ...]) -> None:
    """ValueError unless all the gates and gradients have the shape of the states."""
    for array in arrays:
        if array.shape != shape:
            raise ValueError(
                f"Gates and gradients must have the states' shape {list(shape)}, "
                f"got {list(array.shape)}"
            )


def _in_float32(ctx: Any, compute: Any) -> Any:
    """Lets halves be computed in float32 and rounded at the end."""
    if ctx.dtype.itemsize >= 4:
        return compute

    def kernel(*args: Any) -> Any:
        wide = (a.astype(np.float32) if a.dtype == ctx.dtype else a for a in args)
        return tuple(part.astype(ctx.dtype) for part in compute(*wide))

    return kernel


# --- one step -------------------------------------------------------------------------------------
_STEP = {
    "forget_bias": attrs.real(1.0), "cell_clip": attrs.real(3.0),
    "use_peephole": attrs.boolean(False), "T": _T,
}  # fmt: skip


def _cell_shape(op: Operation) -> list[TensorShape]:
    op.inputs[0].shape.with_rank(2)
    return [TensorShape(_check(op.inputs, op.attrs["use_peephole"]))] * 7


lstm_block_cell_op = define(
    "LSTMBlockCell", inputs=f"x: T, {_PREVIOUS}", outputs=f"{_GATES}, h: T", attrs=_STEP,
    shape=_cell_shape, traits=Trait.HEAVY,
)  # fmt: skip
lstm_block_cell_grad_op = define(
    "LSTMBlockCellGrad",
    inputs=f"x: T, {_PREVIOUS}, {_GATES}, cs_grad: T, h_grad: T",
    outputs="cs_prev_grad: T, dicfo: T, wci_grad: T, wcf_grad: T, wco_grad: T",
    attrs={"use_peephole": attrs.boolean(), "T": _T},
)


@lstm_block_cell_grad_op.shape
def _(op: Operation) -> list[TensorShape]:
    op.inputs[0].shape.with_rank(2)
    batch, cells = _check(op.inputs[:8], op.attrs["use_peephole"])
    vector = TensorShape([cells])
    return [TensorShape([batch, cells]), TensorShape([batch, cells * 4]), vector, vector, vector]


@lstm_block_cell_op.kernel
def _(ctx: Any) -> Any:
    cell = _cell(ctx.attrs, "icfo")

    def step(x: Any, cs_prev: Any, h_prev: Any, w: Any, *rest: Any) -> Any:
        *peepholes, b = rest
        _check((x, cs_prev, h_prev, w, *rest), cell.peephole)
        return _step(cell, np.concatenate([x, h_prev], 1) @ w + b, cs_prev, peepholes)

    return _in_float32(ctx, step)


@lstm_block_cell_grad_op.kernel
def _(ctx: Any) -> Any:
    cell = _cell(ctx.attrs, "icfo")

    def back(x: Any, cs_prev: Any, h_prev: Any, w: Any, *rest: Any) -> Any:
        peepholes, gates, (cs_grad, h_grad) = rest[:3], rest[4:10], rest[10:]
        _check((x, cs_prev, h_prev, w, *rest[:4]), cell.peephole)
        _check_states(rest[4:], cs_prev.shape)
        columns, previous, holes = _step_back(cell, gates, cs_prev, peepholes, cs_grad, h_grad)
        return previous, columns, *holes

    return _in_float32(ctx, back)


@lstm_block_cell_op.gradient
def _(op: Operation, *grads: Tensor) -> Any:
    """As TensorFlow's: of the outputs, the state and h alone lead back."""
    x, _, h_prev, w = op.inputs[:4]
    previous, columns, *holes = lstm_block_cell_grad_op(
        *op.inputs, *op.outputs[:6], grads[1], grads[6], use_peephole=op.attrs["use_peephole"]
    )
    both = raw.MatMul(columns, w, transpose_b=True)
    inputs = raw.Shape(x)[1]
    by_w = raw.MatMul(raw.ConcatV2([x, h_prev], 1), columns, transpose_a=True)
    by_b = raw.BiasAddGrad(columns)
    return [both[:, :inputs], previous, both[:, inputs:], by_w, *holes, by_b]


# --- a sequence -----------------------------------------------------------------------------------
def _block_shape(op: Operation) -> list[TensorShape]:
    x, b = op.inputs[1].shape.with_rank(3), op.inputs[-1].shape.with_rank(1)
    cells = b.known[0] if b.known else None
    if cells is not None and cells % 4:
        raise ValueError(f"Dimension size must be evenly divisible by 4 but is {cells}")
    _check(op.inputs[1:])
    return [x[:2].concatenate([None if cells is None else cells // 4])] * 7


def _block_grad_shape(op: Operation) -> list[TensorShape]:
    ranks = (3, 2, 2, 2, 1, 1, 1, 1)
    _check(op.inputs[1:9])
    return [t.shape.with_rank(rank) for t, rank in zip(op.inputs[1:9], ranks, strict=True)]


def _define_block(version: str, order: str, step: dict[str, Any]) -> OpDef:
    """BlockLSTM of one version, with its gradient."""
    block = define(
        f"BlockLSTM{version}", inputs=f"seq_len_max: int64, x: T, {_PREVIOUS}",
        outputs=f"{_GATES}, h: T", attrs=step, shape=_block_shape, traits=Trait.HEAVY,
    )  # fmt: skip
    block_grad = define(
        f"BlockLSTMGrad{version}",
        inputs=f"seq_len_max: int64, x: T, {_PREVIOUS}, {_GATES}, h: T, cs_grad: T, h_grad: T",
        outputs="x_grad: T, cs_prev_grad: T, h_prev_grad: T, w_grad: T, wci_grad: T, "
        "wcf_grad: T, wco_grad: T, b_grad: T",
        attrs={"use_peephole": attrs.boolean(), "T": _T}, shape=_block_grad_shape,
        traits=Trait.HEAVY,
    )  # fmt: skip
    block.kernel(lambda ctx: _in_float32(ctx, _bind_block(_cell(ctx.attrs, order))))
    block_grad.kernel(lambda ctx: _in_float32(ctx, _bind_block_grad(_cell(ctx.attrs, order))))

    @block.gradient
    def _(op: Operation, *grads: Tensor) -> Any:
        return [None, *block_grad(
            *op.inputs, *op.outputs, grads[1], grads[6], use_peephole=op.attrs["use_peephole"]
        )]  # fmt: skip

    return block


def _steps(length: Any, x: Array) -> int:
    if np.ndim(length):
        raise ValueError(f"seq_len_max must be a scalar, got shape {list(length.shape)}")
    if not 0 <= length <= len(x):
        raise InvalidArgumentError(f"seq_len_max {length} must be of [0, {len(x)}]")
    return int(length)


def _bind_block(cell: _Cell) -> Any:
    def run(length: Any, x: Any, cs: Any, h: Any, w: Any, *rest: Any) -> Any:
        *peepholes, b = rest
        _check((x, cs, h, w, *rest))
        inputs = x.shape[2]
        found = tuple(np.zeros((*x.shape[:2], cs.shape[1]), x.dtype) for _ in range(7))
        steps = _steps(length, x)
        products = x[:steps] @ w[:inputs] + b
        for t in range(steps):
            step = _step(cell, products[t] + h @ w[inputs:], cs, peepholes)
            for whole, part in zip(found, step, strict=True):
                whole[t] = part
            cs, h = step[1], step[6]
        return found

    return run


def _bind_block_grad(cell: _Cell) -> Any:
    def run(length: Any, x: Any, cs_prev: Any, h_prev: Any, w: Any, *rest: Any) -> Any:
        peepholes, gates, (h, cs_grad, h_grad) = rest[:3], rest[4:10], rest[10:]
        _check((x, cs_prev, h_prev, w, *rest[:4]))
        _check_states(rest[4:], (len(x), *cs_prev.shape))
        inputs, steps = x.shape[2], _steps(length, x)
        columns = np.zeros((*x.shape[:2], w.shape[1]), x.dtype)
        holes = [np.zeros_like(wc) for wc in peepholes]
        by_cs, by_h = np.zeros_like(cs_prev), np.zeros_like(h_prev)
        for t in reversed(range(steps)):
            before = gates[1][t - 1] if t else cs_prev
            columns[t], by_cs, parts = _step_back(
                cell, [gate[t] for gate in gates], before, peepholes, by_cs + cs_grad[t],
                by_h + h_grad[t],
            )  # fmt: skip
            by_h = columns[t] @ w[inputs:].T
            holes = [total + part for total, part in zip(holes, parts, strict=True)]
        flat = columns[:steps].reshape(-1, w.shape[1])
        hidden = np.concatenate([h_prev[np.newaxis], h])[:steps]
        rows = np.concatenate([x[:steps], hidden], 2).reshape(-1, w.shape[0])
        by_x = columns @ w[:inputs].T
        return by_x, by_cs, by_h, rows.T @ flat, *holes, flat.sum(0)

    return run


block_lstm_op = _define_block("", "icfo", _STEP)
block_lstm_v2_op = _define_block(
    "V2", "ifco",
    {"cell_clip": attrs.real(0.0), "use_peephole": attrs.boolean(False), "T": _T},
)  # fmt: skip
