"""The gated recurrent unit as one op (Cho et al. 2014, arXiv:1406.1078)."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.op_def import Trait, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor

_T = {"T": attrs.types(dtypes.float32)}
_NAMES = ("h_prev", "w_ru", "w_c", "b_ru", "b_c")
_INPUTS = "x: T, h_prev: T, w_ru: T, w_c: T, b_ru: T, b_c: T"


def _check(*arrays: Any) -> TensorShape:
    """The state's shape; ValueError unless those of the inputs (arrays or tensors) fit it."""
    x, h_prev, *rest = (TensorShape(array.shape) for array in arrays)
    (rows, inputs), cells = x.with_rank(2), h_prev.with_rank(2)[1]
    state, height = [rows, cells], inputs + cells
    expected = [state, [height, cells * 2], [height, cells], [cells * 2], [cells]]
    for name, shape, wanted in zip(_NAMES, (h_prev, *rest), expected, strict=True):
        if not shape.is_compatible_with(wanted):
            raise ValueError(
                f"{name} must have shape {TensorShape(wanted)} for inputs {x} and {cells} cells, "
                f"got {shape}"
            )
    return TensorShape(state)


gru_block_cell_op = define(
    "GRUBlockCell", inputs=_INPUTS, outputs="r: T, u: T, c: T, h: T", attrs=_T,
    shape=lambda op: [_check(*op.inputs)] * 4, traits=Trait.HEAVY,
)  # fmt: skip
gru_block_cell_grad_op = define(
    "GRUBlockCellGrad", inputs=f"{_INPUTS}, r: T, u: T, c: T, d_h: T",
    outputs="d_x: T, d_h_prev: T, d_c_bar: T, d_r_bar_u_bar: T", attrs=_T, traits=Trait.HEAVY,
)  # fmt: skip


@gru_block_cell_grad_op.shape
def _(op: Operation) -> list[TensorShape]:
    x, state, twice = op.inputs[0].shape.with_rank(2), _check(*op.inputs[:6]), op.inputs[2].shape
    return [x, state, state, TensorShape([x[0], twice.with_rank(2)[1]])]


@gru_block_cell_op.kernel
def _(ctx: Any) -> Any:
    def step(x: Any, h_prev: Any, w_ru: Any, w_c: Any, b_ru: Any, b_c: Any) -> Any:
        _check(x, h_prev, w_ru, w_c, b_ru, b_c)
        gates = 0.5 * (np.tanh(0.5 * (np.concatenate([x, h_prev], 1) @ w_ru + b_ru)) + 1)
        r, u = (part.copy() for part in np.split(gates, 2, axis=1))
        c = np.tanh(np.concatenate([x, h_prev * r], 1) @ w_c + b_c)
        return r, u, c, u * h_prev + (1 - u) * c

    return step


@gru_block_cell_grad_op.kernel
def _(ctx: Any) -> Any:
    def back(x: Any, h_prev: Any, w_ru: Any, w_c: Any, b_ru: Any, b_c: Any, *rest: Any) -> Any:
        _check(x, h_prev, w_ru, w_c, b_ru, b_c)
        (r, u, c, d_h), inputs = rest, x.shape[1]
        d_c_bar = d_h * (1 - u) * (1 - c * c)
        through_c = d_c_bar @ w_c.T
        d_hr = through_c[:, inputs:]
        d_r_bar, d_u_bar = d_hr * h_prev * r * (1 - r), d_h * (h_prev - c) * u * (1 - u)
        d_bars = np.concatenate([d_r_bar, d_u_bar], 1)
        through_ru = d_bars @ w_ru.T
        d_x = through_ru[:, :inputs] + through_c[:, :inputs]
        return d_x, through_ru[:, inputs:] + d_hr * r + d_h * u, d_c_bar, d_bars

    return back


@gru_block_cell_op.gradient
def _(op: Operation, *grads: Tensor) -> Any:
    """As TensorFlow's: of the outputs, h alone leads back."""
    x, h_prev = op.inputs[:2]
    r, u, c, _ = op.outputs
    d_x, d_h_prev, d_c_bar, d_bars = gru_block_cell_grad_op(*op.inputs, r, u, c, grads[3])
    by_w_ru = raw.MatMul(raw.ConcatV2([x, h_prev], 1), d_bars, transpose_a=True)
    by_w_c = raw.MatMul(raw.ConcatV2([x, h_prev * r], 1), d_c_bar, transpose_a=True)  # type: ignore[operator]
    by_b_ru, by_b_c = raw.BiasAddGrad(d_bars), raw.BiasAddGrad(d_c_bar)
    return [d_x, d_h_prev, by_w_ru, by_w_c, by_b_ru, by_b_c]
