"""Cases of the recurrent cells that are one op, for a step or a sequence."""

from __future__ import annotations

from typing import Any

from golden.case import Draw, Family, given, real

family = Family("recurrent")
case = family.add
BATCH, INPUTS, CELLS = 3, 2, 4
# TensorFlow's kernels know float32 and float16, and only BlockLSTM has a gradient outside contrib.
SINGLE: dict[str, Any] = {"numeric": False, "second": False, "rtol": 1e-4}


def single(*shape: int) -> Draw:
    return real(*shape, low=-1.0, high=1.0, dtype="float32")


def state(count: int) -> list[Draw]:
    return [single(BATCH, CELLS) for _ in range(count)]


LSTM = (
    *state(2), single(INPUTS + CELLS, 4 * CELLS), single(CELLS), single(CELLS), single(CELLS),
    single(4 * CELLS),
)  # fmt: skip
NAMES = ("cs_prev", "h_prev", "w", "wci", "wcf", "wco", "b")


def lstm(op: str, **more: Any) -> Any:
    """A build of an LSTM's op on (x, *LSTM), for a sequence with its length first."""

    def build(tf: Any, *xs: Any) -> Any:
        first = ("seq_len_max", "x") if "Block" in op[:5] else ("x",)
        named = dict(zip((*first, *NAMES), xs, strict=True))
        return list(getattr(tf.raw_ops, op)(**named, **more))

    return build


def lstm_grad(op: str, **more: Any) -> Any:
    """The gradient op on the outputs of the op, and gradients of the state and of h."""

    def build(tf: Any, *xs: Any) -> Any:
        *inputs, cs_grad, h_grad = xs
        i, cs, f, o, ci, co, h = lstm(op, use_peephole=more["use_peephole"])(tf, *inputs)
        if op == "LSTMBlockCell":
            first, gates = ("x",), {}
        else:
            first, gates = ("seq_len_max", "x"), {"h": h}
        gates |= {"i": i, "cs": cs, "f": f, "o": o, "ci": ci, "co": co}
        grad_op = {"BlockLSTMV2": "BlockLSTMGradV2"}.get(op, op + "Grad")
        return list(getattr(tf.raw_ops, grad_op)(
            **dict(zip((*first, *NAMES), inputs, strict=True)), **gates, cs_grad=cs_grad,
            h_grad=h_grad, **more))  # fmt: skip

    return build


X, LENGTH, SEQUENCE = single(BATCH, INPUTS), given(4, "int64"), single(5, BATCH, INPUTS)
GRADS = single(5, BATCH, CELLS), single(5, BATCH, CELLS)
for peephole in (False, True):
    case(f"LSTMBlockCell, peephole {peephole}", lstm("LSTMBlockCell", use_peephole=peephole), X,
         *LSTM, gradient=False, also=("float16",), **SINGLE)  # fmt: skip
    case(f"LSTMBlockCellGrad, peephole {peephole}", lstm_grad("LSTMBlockCell",
         use_peephole=peephole), X, *LSTM, *state(2), gradient=False, **SINGLE)  # fmt: skip
    for op in ("BlockLSTM", "BlockLSTMV2"):
        # Past its length TensorFlow clears the state and h alone. It takes the gradient of the
        # second version for the first one's, in which the gates stand in another order.
        case(f"{op}, peephole {peephole}", lstm(op, use_peephole=peephole), given(5, "int64"),
             SEQUENCE, *LSTM, gradient=False, **SINGLE)  # fmt: skip
        case(f"{op}, its gradients, peephole {peephole}", lambda tf, *xs, op=op, p=peephole: [
             lstm(op, use_peephole=p)(tf, *xs)[n] for n in (1, 6)], LENGTH, SEQUENCE, *LSTM,
             nodes=False, gradient=op == "BlockLSTM", **SINGLE)  # fmt: skip
        case(f"{op}'s gradient op, peephole {peephole}", lstm_grad(op, use_peephole=peephole),
             LENGTH, SEQUENCE, *LSTM, *GRADS, gradient=False, **SINGLE)  # fmt: skip
case("LSTMBlockCell clipped", lstm("LSTMBlockCell", cell_clip=0.3, forget_bias=0.5), X, *LSTM,
     gradient=False, **SINGLE)  # fmt: skip
case("BlockLSTM, not clipped", lstm("BlockLSTM", cell_clip=-1.0, forget_bias=2.0),
     given(5, "int64"), SEQUENCE, *LSTM, gradient=False, **SINGLE)  # fmt: skip

GRU = (
    X, single(BATCH, CELLS), single(INPUTS + CELLS, 2 * CELLS), single(INPUTS + CELLS, CELLS),
    single(2 * CELLS), single(CELLS),
)  # fmt: skip
GRU_NAMES = ("x", "h_prev", "w_ru", "w_c", "b_ru", "b_c")


def gru(tf: Any, *xs: Any) -> Any:
    return list(tf.raw_ops.GRUBlockCell(**dict(zip(GRU_NAMES, xs, strict=True))))


def gru_grad(tf: Any, *xs: Any) -> Any:
    *inputs, d_h = xs
    r, u, c, _ = gru(tf, *inputs)
    named = dict(zip(GRU_NAMES, inputs, strict=True))
    return list(tf.raw_ops.GRUBlockCellGrad(**named, r=r, u=u, c=c, d_h=d_h))


def gru_of_ops(tf: Any, x: Any, h: Any, w_ru: Any, w_c: Any, b_ru: Any, b_c: Any) -> Any:
    gates = tf.sigmoid(tf.matmul(tf.concat([x, h], 1), w_ru) + b_ru)
    r, u = tf.split(gates, 2, 1)
    c = tf.tanh(tf.matmul(tf.concat([x, h * r], 1), w_c) + b_c)
    return u * h + (1 - u) * c


def lstm_of_ops(tf: Any, x: Any, cs: Any, h: Any, w: Any, wci: Any, wcf: Any, wco: Any, b: Any):
    i, c, f, o = tf.split(tf.matmul(tf.concat([x, h], 1), w) + b, 4, 1)
    cs = tf.tanh(c) * tf.sigmoid(i + wci * cs) + tf.sigmoid(f + wcf * cs + 1.0) * cs
    return [cs, tf.sigmoid(o + wco * cs) * tf.tanh(cs)]


case("GRUBlockCell", gru, *GRU, gradient=False, **SINGLE)
case("GRUBlockCellGrad", gru_grad, *GRU, single(BATCH, CELLS), gradient=False, **SINGLE)
case("GRUBlockCell, its gradients", lambda tf, *xs: gru(tf, *xs)[3], *GRU,
     golden_build=gru_of_ops, nodes=False, **SINGLE)  # fmt: skip
case("LSTMBlockCell, its gradients", lambda tf, *xs: [lstm("LSTMBlockCell", use_peephole=True)(
     tf, *xs)[n] for n in (1, 6)], X, *LSTM, golden_build=lstm_of_ops, nodes=False,
     **SINGLE)  # fmt: skip
