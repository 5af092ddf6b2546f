"""Cases of reductions, cumulative ops, argmax, segments, and the largest k."""

from __future__ import annotations

from typing import Any

import numpy as np
from golden.case import FLOATS, Draw, Family, apart, bools, given, ints, plane, real

family = Family("reduce")
case = family.add

AXES: list[Any] = [None, 0, -1, [0, 2], [1, -3], [], [0, 1, 2]]
REDUCTIONS: dict[str, Any] = {  # op: how its inputs are drawn
    "reduce_sum": real,
    "reduce_mean": real,
    "reduce_prod": real,
    "reduce_max": apart,
    "reduce_min": apart,
    "reduce_logsumexp": real,
}


def reduce(op: str, axis: Any, keepdims: bool = False) -> Any:
    return lambda tf, x: getattr(tf, op)(x, axis=axis, keepdims=keepdims)


for op, draw in REDUCTIONS.items():
    same = op != "reduce_logsumexp"  # of which 1.15 names the last node otherwise than TensorFlow 2
    for axis in AXES:
        twins = FLOATS if axis in (None, -1) else ()
        named = same and axis != []  # TensorFlow makes two constants of [], one for nothing
        case(f"{op} over {axis}", reduce(op, axis), draw(2, 3, 2), also=twins, nodes=named)
        case(f"{op} over {axis}, kept", reduce(op, axis, True), draw(2, 3, 2), nodes=named)
    case(f"{op} of a scalar", reduce(op, None), draw(), nodes=same)
    case(f"{op} of an empty along it", reduce(op, 0), real(0, 2), nodes=same, numeric=same,
         second=same)  # fmt: skip
    case(f"{op} of an empty along the other", reduce(op, 1), real(0, 2), nodes=same)
    case(f"{op} with keep_dims", lambda tf, x, op=op: getattr(tf, op)(x, 1, True), draw(2, 2),
         nodes=same)  # fmt: skip
    case(f"{op} with reduction_indices", lambda tf, x, op=op: getattr(tf, op)(
         x, reduction_indices=[1]), draw(2, 2), nodes=same)  # fmt: skip
    case(f"{op} over a tensor of axes", lambda tf, x, a, op=op: getattr(tf, op)(x, a),
         draw(2, 3, 2), given([0, 2], "int32"), nodes=same)  # fmt: skip
for op in ("reduce_sum", "reduce_prod", "reduce_max", "reduce_min", "reduce_mean"):
    for dtype in ("int32", "int64", "uint8"):
        low = 0 if dtype == "uint8" else -6
        case(f"{op} of {dtype}", reduce(op, 1), ints(2, 3, low=low, dtype=dtype))
    case(f"{op} of int32, all", reduce(op, None), ints(2, 3))
for op in ("reduce_sum", "reduce_mean", "reduce_prod"):
    for dtype in ("complex64", "complex128"):
        case(f"{op} of {dtype}", reduce(op, 1), plane(2, 3, dtype=dtype))
for op in ("reduce_max", "reduce_min"):
    case(f"{op} at ties", reduce(op, 1), given([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]]), numeric=False,
         second=False, also=("float32",))  # fmt: skip
case("reduce_prod with a zero", reduce("reduce_prod", 1), given([[1.0, 0.0, 3.0], [2.0, 4.0, 5.0]]))
case("reduce_prod with two zeros", reduce("reduce_prod", None), given([0.0, 2.0, 0.0]))
case("reduce_logsumexp of large ones", reduce("reduce_logsumexp", 0), given([1000.0, 1000.5]),
     numeric=False, second=False, nodes=False)  # fmt: skip
for op in ("reduce_all", "reduce_any"):
    for axis in AXES[:4]:
        case(f"{op} over {axis}", reduce(op, axis), bools(2, 3, 2))
    case(f"{op} over 1, kept", reduce(op, 1, True), bools(2, 3, 2))
    case(f"{op} of an empty", reduce(op, 0), bools(0, 2))
case("reduce_join", lambda tf, x: tf.reduce_join(x, 1, separator="-"),
     given([[b"a", b"b"], [b"c", b"d"]]), variants=("known",))  # fmt: skip
case("count_nonzero", lambda tf, x: [tf.count_nonzero(x), tf.count_nonzero(x, 1)],
     given([[0.0, 2.0, 1.0], [0.0, 0.0, 3.0]]), gradient=False)  # fmt: skip
case("reduce_euclidean_norm", lambda tf, x: tf.norm(x), real(2, 3))
case("norm over an axis", lambda tf, x: tf.norm(x, axis=1, keepdims=True), real(2, 3))
case("norm of order 1", lambda tf, x: tf.norm(x, ord=1), apart(2, 3))
case("norm of infinite order", lambda tf, x: tf.norm(x, ord=np.inf, axis=0), apart(2, 3))

# --- moments (for second=False see cases_nn.py) ---------------------------------------------------
case("moments over 0", lambda tf, x: tf.nn.moments(x, [0]), real(3, 2), also=FLOATS,
     second=False)  # fmt: skip
case("moments over images", lambda tf, x: tf.nn.moments(x, [0, 1, 2]), real(2, 2, 2, 2),
     second=False)  # fmt: skip
case("moments, kept", lambda tf, x: tf.nn.moments(x, [0, 1], keep_dims=True), real(3, 2),
     second=False)  # fmt: skip
case("mean of squares", lambda tf, x, y: tf.reduce_mean(tf.square(x - y)), real(4), real(4))
case("zero_fraction", lambda tf, x: tf.nn.zero_fraction(x), given([0.0, 1.0, 0.0]),
     gradient=False, nodes=False)  # fmt: skip

# --- where the largest is -------------------------------------------------------------------------
for op in ("argmax", "argmin"):
    for dtype in ("float32", "float64", "float16", "int32", "uint8", "bfloat16"):
        values = given([[1, 4, 4, 2], [3, 1, 1, 3]], dtype)
        case(f"{op} of {dtype}", lambda tf, x, op=op: getattr(tf, op)(x, 1), values)
    case(f"{op} over 0 by default", lambda tf, x, op=op: getattr(tf, op)(x), apart(2, 3))
    case(f"{op} over -2", lambda tf, x, op=op: getattr(tf, op)(x, axis=-2), apart(2, 3, 2))
    case(f"{op} as int32", lambda tf, x, op=op: getattr(tf, op)(x, 1, output_type=tf.int32),
         apart(2, 3))  # fmt: skip
    case(f"{op} of an empty", lambda tf, x, op=op: getattr(tf, op)(x, 1), real(0, 3))
    case(f"{op} with dimension", lambda tf, x, op=op: getattr(tf, op)(x, dimension=1), apart(2, 3))
case("top_k", lambda tf, x: tf.nn.top_k(x, 2), apart(2, 5), also=FLOATS)
case("top_k of a vector", lambda tf, x: tf.nn.top_k(x, k=3), apart(4))
case("top_k of one", lambda tf, x: tf.nn.top_k(x), apart(2, 2, 3))
case("top_k at ties", lambda tf, x: tf.nn.top_k(x, 3), given([1.0, 3.0, 3.0, 2.0, 3.0]),
     numeric=False, second=False)  # fmt: skip
case("top_k of int32", lambda tf, x: tf.nn.top_k(x, 2), given([[4, 9, 1], [7, 7, 8]], "int32"))
case("top_k of none", lambda tf, x: tf.nn.top_k(x, 0), apart(2, 3))
case("in_top_k", lambda tf, x, t: tf.nn.in_top_k(x, t, 2), apart_32 := real(3, 4, dtype="float32"),
     given([0, 3, 1], "int32"), gradient=False)  # fmt: skip
case("in_top_k at ties", lambda tf, x, t: tf.nn.in_top_k(x, t, 1),
     given([[1.0, 1.0, 0.0], [0.0, 2.0, 1.0]], "float32"), given([1, 0], "int64"),
     gradient=False)  # fmt: skip

# --- running sums, and sums of segments -----------------------------------------------------------
for op in ("cumsum", "cumprod"):
    for exclusive in (False, True):
        for reverse in (False, True):
            case(f"{op} exclusive={exclusive} reverse={reverse}",
                 lambda tf, x, op=op, e=exclusive, r=reverse: getattr(tf, op)(
                     x, axis=1, exclusive=e, reverse=r),
                 real(2, 3, low=0.5), also=("float32",))  # fmt: skip
    case(f"{op} over 0 by default", lambda tf, x, op=op: getattr(tf, op)(x), real(3, 2, low=0.5))
    case(f"{op} over -2", lambda tf, x, op=op: getattr(tf, op)(x, -2), real(2, 2, 2, low=0.5))
    case(f"{op} of int32", lambda tf, x, op=op: getattr(tf, op)(x), ints(4))
    case(f"{op} of an empty", lambda tf, x, op=op: getattr(tf, op)(x), real(0, 2))


def segments(op: str, draw: Draw, ids: list[int], **flags: Any) -> None:
    case(f"{op} by {ids}", lambda tf, x, i: getattr(tf, op)(x, i, 3), draw, given(ids, "int32"),
         **flags)  # fmt: skip


segments("unsorted_segment_sum", real(4, 2), [0, 2, 0, 2], also=("float32",))
segments("unsorted_segment_sum", real(3), [1, -1, 1])
segments("unsorted_segment_sum", real(0, 2), [])
segments("unsorted_segment_sum", ints(3), [2, 2, 0])
for op in ("unsorted_segment_max", "unsorted_segment_min"):
    # Nothing of a segment is the dtype's lowest or greatest: too far off for differences.
    segments(op, apart(4, 2), [0, 2, 0, 2], numeric=False)
    segments(op, apart(5), [1, 2, 0, 0, 1])
segments("unsorted_segment_prod", real(4, low=0.5), [1, 1, 0, 1])
segments("unsorted_segment_mean", real(4), [1, 1, 0, 1], nodes=False)
case("unsorted_segment_sum by a matrix of ids",
     lambda tf, x, i: tf.unsorted_segment_sum(x, i, 4), real(2, 2, 2),
     given([[0, 3], [3, 1]], "int64"))  # fmt: skip
for op in ("segment_sum", "segment_mean", "segment_max", "segment_min"):
    case(op, lambda tf, x, i, op=op: getattr(tf, op)(x, i), apart(4, 2),
         given([0, 0, 1, 2], "int32"))  # fmt: skip
case("unique", lambda tf, x: tf.unique(x), given([4, 1, 4, 2, 1], "int32"))
case("unique_with_counts", lambda tf, x: tf.unique_with_counts(x), given([4, 1, 4, 2], "int64"))
case("bincount", lambda tf, x: tf.bincount(x), given([1, 0, 1, 3], "int32"), nodes=False)
case("invert_permutation", lambda tf, x: tf.invert_permutation(x), given([2, 0, 1, 3], "int32"))
