"""Cases of rarer mathematics: decompositions, sparse segments, special functions, and raw ops."""

from __future__ import annotations

from typing import Any

import numpy as np
from golden.case import Draw, Family, apart, given, ints, plane, real

family = Family("rest")
case = family.add

# --- matrices -------------------------------------------------------------------------------------
SQUARE = given([[3.0, 0.5, -0.4], [0.3, 2.0, 0.2], [-0.6, 0.1, 1.5]])
PAIR = given([[[3.0, 0.5], [0.3, 2.0]], [[-1.0, 0.2], [0.4, 2.5]]])
case("slogdet", lambda tf, x: tf.linalg.slogdet(x), SQUARE, also=("float32",), nodes=False)
case("logdet", lambda tf, x: tf.linalg.logdet(tf.matmul(x, x, transpose_b=True)), SQUARE,
     nodes=False)  # fmt: skip
case("matrix_determinant of two", lambda tf, x: tf.matrix_determinant(x), PAIR)
case("matrix_inverse of two", lambda tf, x: tf.matrix_inverse(x), PAIR, also=("float32",))
case("matrix_inverse, adjoint", lambda tf, x: tf.matrix_inverse(x, adjoint=True), SQUARE)
for adjoint in (False, True):
    case(f"matrix_solve, adjoint={adjoint}", lambda tf, x, y, a=adjoint: tf.matrix_solve(x, y, a),
         SQUARE, real(3, 2), also=("float32",), nodes=False)  # fmt: skip
    case(f"matrix_triangular_solve, adjoint={adjoint}", lambda tf, x, y, a=adjoint:
         tf.matrix_triangular_solve(x, y, adjoint=a), SQUARE, real(3, 2), nodes=False)  # fmt: skip
case("matrix_triangular_solve, upper", lambda tf, x, y: tf.matrix_triangular_solve(
     x, y, lower=False), SQUARE, real(3, 1), nodes=False)  # fmt: skip
case("matrix_solve_ls", lambda tf, x, y: tf.matrix_solve_ls(x, y, l2_regularizer=0.1),
     real(4, 2), real(4, 1), nodes=False, variants=("known",))  # fmt: skip
case("cholesky of a product", lambda tf, x: tf.cholesky(tf.matmul(x, x, transpose_b=True)), SQUARE,
     nodes=False)  # fmt: skip
case("cholesky_solve", lambda tf, x, y: tf.cholesky_solve(tf.cholesky(
     tf.matmul(x, x, transpose_b=True)), y), SQUARE, real(3, 1), nodes=False)  # fmt: skip


# Vectors are unique but for their signs: compared is what they make up.
def symmetric(tf: Any, x: Any) -> Any:
    return x + tf.matrix_transpose(x)


def eigen(tf: Any, x: Any) -> Any:
    values, vectors = tf.self_adjoint_eig(symmetric(tf, x))
    cubed = tf.matmul(vectors * values**3, vectors, transpose_b=True)
    return [values, cubed]


def singular(tf: Any, x: Any) -> Any:
    s, u, v = tf.svd(x)
    return [s, tf.matmul(u * s**2, v, transpose_b=True)]


def factors(tf: Any, x: Any) -> Any:
    q, r = tf.qr(x)
    return [tf.abs(r), tf.matmul(q, r)]


case("self_adjoint_eig", eigen, SQUARE, nodes=False)
case("self_adjoint_eigvals", lambda tf, x: tf.self_adjoint_eigvals(symmetric(tf, x)), SQUARE,
     nodes=False)  # fmt: skip
case("svd", singular, SQUARE, nodes=False, variants=("known",))
case("singular values", lambda tf, x: tf.svd(x, compute_uv=False), SQUARE, nodes=False)
case("qr", factors, SQUARE, nodes=False, variants=("known",))

# --- sums of segments of rows that are looked up --------------------------------------------------
for op in ("sparse_segment_sum", "sparse_segment_mean", "sparse_segment_sqrt_n"):
    case(op, lambda tf, x, i, s, op=op: getattr(tf, op)(x, i, s), real(4, 2),
         given([3, 0, 3, 1], "int32"), given([0, 0, 1, 2], "int32"), nodes=False)  # fmt: skip
    case(f"{op} of so many", lambda tf, x, i, s, op=op: getattr(tf, op)(x, i, s, num_segments=4),
         real(4, 2), given([3, 0, 3], "int32"), given([0, 0, 2], "int32"), nodes=False)  # fmt: skip
case("segment_prod", lambda tf, x, i: tf.segment_prod(x, i), real(4, 2, low=0.5),
     given([0, 0, 1, 2], "int32"), nodes=False)  # fmt: skip
case("unsorted_segment_sqrt_n", lambda tf, x, i: tf.unsorted_segment_sqrt_n(x, i, 2), real(4),
     given([1, 1, 0, 1], "int32"), nodes=False)  # fmt: skip

# --- functions of numbers -------------------------------------------------------------------------
case("reduce_euclidean_norm", lambda tf, x: tf.math.reduce_euclidean_norm(x, 1), real(2, 3))
case("reduce_std and reduce_variance", lambda tf, x: [tf.math.reduce_std(x, 1),
     tf.math.reduce_variance(x)], real(2, 3), nodes=False)  # fmt: skip
for op in ("xlogy", "xdivy"):
    named = op == "xlogy"  # TensorFlow 2 puts Xdivy into a scope
    case(op, lambda tf, x, y, op=op: getattr(tf.math, op)(x, y), real(2, 3), real(3, low=0.5),
         also=("float32",), nodes=named)  # fmt: skip
    case(f"{op} at zero", lambda tf, x, y, op=op: getattr(tf.math, op)(x, y), given([0.0, 2.0]),
         given([0.0, 3.0]), numeric=False, second=False, nodes=named)  # fmt: skip
case("multiply_no_nan", lambda tf, x, y: tf.math.multiply_no_nan(x, y), real(3), real(3))
case("multiply_no_nan of infinity", lambda tf, x, y: tf.math.multiply_no_nan(x, y),
     given([np.inf, 2.0]), given([0.0, 3.0]), gradient=False, numeric=False,
     second=False)  # fmt: skip
for op in ("bessel_i0e", "bessel_i1e", "bessel_i0", "bessel_i1"):
    case(op, lambda tf, x, op=op: getattr(tf.math, op)(x), real(4, low=-4, high=30),
         nodes=op.endswith("e"))  # fmt: skip
case("zeta", lambda tf, x, q: tf.zeta(x, q), real(3, low=2, high=4), real(3, low=1, high=3),
     gradient=False, numeric=False, second=False, rtol=1e-9)  # fmt: skip
case("polygamma", lambda tf, x: tf.polygamma(tf.cast(2, x.dtype), x), real(3, low=1, high=3),
     nodes=False, numeric=False, second=False, rtol=1e-9)  # fmt: skip
case("digamma of digamma", lambda tf, x: tf.digamma(tf.digamma(x)), real(3, low=3, high=5),
     rtol=1e-9)  # fmt: skip
case("linspace", lambda tf, a, b: tf.linspace(a, b, 5), given(0.5), given(2.0), also=("float32",),
     gradient=False, numeric=False, second=False, nodes=False)  # fmt: skip
case("ranges", lambda tf: [tf.range(4), tf.range(2, 9, 3), tf.range(1.0, 2.0, 0.25),
     tf.range(5, 0, -2), tf.range(3, dtype=tf.int64)])  # fmt: skip
case("range by tensors", lambda tf, a, b: tf.range(a, b), given(1, "int32"), given(4, "int32"))
case("histogram_fixed_width", lambda tf, x: tf.histogram_fixed_width(x, [0.0, 5.0], nbins=5),
     given([-1.0, 0.0, 1.5, 2.0, 5.0, 15.0], "float32"), gradient=False, nodes=False)  # fmt: skip
for exclusive in (False, True):
    for reverse in (False, True):
        case(f"cumulative_logsumexp exclusive={exclusive} reverse={reverse}",
             lambda tf, x, e=exclusive, r=reverse: tf.math.cumulative_logsumexp(
                 x, axis=1, exclusive=e, reverse=r), real(2, 3), numeric=not exclusive,
             second=not exclusive)  # fmt: skip
case("scalar_mul", lambda tf, x: tf.scalar_mul(2.5, x), real(3))
case("accumulate_n of three", lambda tf, *xs: tf.accumulate_n(list(xs)), real(2, 2), real(2, 2),
     real(2, 2), nodes=False, variants=("known",))  # fmt: skip
case("squared_difference of complex", lambda tf, x, y: tf.squared_difference(x, y), plane(3),
     plane(3), nodes=False)  # fmt: skip


# --- ops by their type ----------------------------------------------------------------------------
def raw_case(
    op_type: str, names: str, *draws: Draw, attrs: dict[str, Any] | None = None, **flags: Any
) -> None:
    """An op of tf.raw_ops: TensorFlow's takes all arguments by name."""

    def grouped(inputs: Any) -> list[Any]:
        """An input for each name; what is left over makes the last one a list."""
        last = len(names.split()) - 1
        return [*inputs[:last], list(inputs[last:]) if len(inputs) > last + 1 else inputs[last]]

    def ours(tf: Any, *inputs: Any) -> Any:
        return getattr(tf.raw_ops, op_type)(*grouped(inputs), **(attrs or {}))

    def golden(tf: Any, *inputs: Any) -> Any:
        named = dict(zip(names.split(), grouped(inputs), strict=True))
        return getattr(tf.raw_ops, op_type)(**named, **(attrs or {}))

    case(op_type, ours, *draws, golden_build=golden, **flags)


raw_case("Concat", "concat_dim values", given(1, "int32"), real(2, 2), real(2, 1))
raw_case("Gather", "params indices", real(3, 2), given([2, 0], "int32"))
raw_case("InTopK", "predictions targets", real(3, 4, dtype="float32"),
         given([0, 3, 1], "int32"), gradient=False, attrs={"k": 2})  # fmt: skip
raw_case("Inv", "x", real(3, low=0.5))
raw_case("InvGrad", "y dy", real(3, low=0.5), real(3), nodes=False)
raw_case("Div", "x y", real(2, 3), real(3, low=0.5))
raw_case("Mod", "x y", given([7, -7], "int32"), given([3, 3], "int32"))
raw_case("ClipByValue", "t clip_value_min clip_value_max", apart(6), given(-1.01),
         given(1.02))  # fmt: skip
raw_case("BatchMatMul", "x y", real(2, 2, 3), real(2, 3, 2))
raw_case("Snapshot", "input", real(3), gradient=False, numeric=False, second=False)
raw_case("PreventGradient", "input", real(2), gradient=False, numeric=False,
         second=False, attrs={"message": "none"})  # fmt: skip
raw_case("OnesLike", "x", ints(3))
raw_case("ZerosLike", "x", real(2, 3))


def list_read_twice(tf: Any, x: Any, **named: Any) -> Any:
    """The rows of a tensor as a list, of which two readers give gradients."""
    shape, raw_ops = tf.constant([2]), tf.raw_ops
    if named:
        rows = raw_ops.TensorListFromTensor(tensor=x, element_shape=shape)
        reads = [raw_ops.TensorListStack(input_handle=rows, element_shape=shape,
                                         element_dtype=x.dtype) for _ in range(2)]  # fmt: skip
    else:
        rows = raw_ops.TensorListFromTensor(x, shape)
        reads = [raw_ops.TensorListStack(rows, shape, element_dtype=x.dtype) for _ in range(2)]
    return reads[0] * reads[1]


case("a list read twice", list_read_twice, real(3, 2), nodes=False,
     golden_build=lambda tf, x: list_read_twice(tf, x, by_name=True))  # fmt: skip
for op_type in ("BesselI0e", "BesselI1e"):
    raw_case(op_type, "x", real(6, low=0.3, high=12.0))
