"""Cases of functions of matrices: LU, exponentials, roots, diagonals, the old names of batches."""

from __future__ import annotations

from typing import Any

import numpy as np
from golden.case import Build, Draw, Family, given, ints, plane, real

family = Family("matrices")
case = family.add
NONE: dict[str, Any] = {"gradient": False, "numeric": False, "second": False}

# --- functions of matrices ------------------------------------------------------------------------
WIDE = ("float32",)


def definite(*shape: int, dtype: str = "float64") -> Draw:
    """Positive definite matrices."""

    def draw(rng: np.random.RandomState) -> Any:
        x = rng.normal(size=shape)
        return (x @ np.swapaxes(x, -1, -2) + np.eye(shape[-1])).astype(dtype)

    return draw


case("lu", lambda tf, x: list(tf.linalg.lu(x)), real(2, 4, 4), gradient=False, numeric=False,
     second=False, also=WIDE)  # fmt: skip
case("lu with int64", lambda tf, x: list(tf.linalg.lu(x, tf.int64)), real(3, 3), **NONE)
case("lu of complex", lambda tf, x: list(tf.linalg.lu(x)), plane(3, 3), **NONE)
case("lu of nothing", lambda tf, x: list(tf.linalg.lu(x)), real(2, 0, 0), **NONE)
case("expm", lambda tf, x: tf.linalg.expm(x), real(2, 3, 3), also=WIDE, nodes=False)
case("expm of large and small", lambda tf, x: tf.linalg.expm(x), given(np.array(
     [[[1.0, 2.0], [0.5, 1.0]]]) * np.array([1e-3, 1.0, 30.0])[:, None, None]),
     nodes=False)  # fmt: skip
case("expm of complex", lambda tf, x: tf.linalg.expm(x), plane(3, 3), gradient=False, nodes=False)
case("expm of one", lambda tf, x: tf.linalg.expm(x), real(1, 1), nodes=False)
case("MatrixExponential", lambda tf, x: tf.raw_ops.MatrixExponential(input=x), real(2, 3, 3),
     golden_build=lambda tf, x: tf.linalg.expm(x), nodes=False, **NONE)  # fmt: skip
case("logm", lambda tf, x: tf.linalg.logm(x), plane(2, 3, 3), **NONE)
case("logm of one block", lambda tf, x: tf.linalg.logm(x), given(
     [[2, 1, 0], [0, 2, 1], [0, 0, 2]], "complex128"), **NONE)  # fmt: skip
case("logm of complex64", lambda tf, x: tf.linalg.logm(x), plane(2, 2, dtype="complex64"), **NONE)
case("sqrtm", lambda tf, x: tf.linalg.sqrtm(x), definite(2, 3, 3), also=WIDE)
case("sqrtm of one block", lambda tf, x: tf.linalg.sqrtm(x), given(
     [[2.0, 1, 0], [0, 2, 1], [0, 0, 2]]), **NONE)  # fmt: skip
case("sqrtm of a rotation", lambda tf, x: tf.linalg.sqrtm(x), given([[0.0, -1.0], [1.0, 0.0]]),
     nodes=False)  # fmt: skip
case("sqrtm of complex", lambda tf, x: tf.linalg.sqrtm(x), plane(3, 3), **NONE)
case("CholeskyGrad", lambda tf, x, g: tf.raw_ops.CholeskyGrad(l=tf.cholesky(x), grad=g),
     definite(2, 3, 3), real(2, 3, 3), **NONE, also=WIDE)  # fmt: skip

# --- three diagonals ------------------------------------------------------------------------------
DIAGONALS = real(2, 3, 4, low=1, high=3)
for pivoting in (True, False):
    case(f"tridiagonal_solve {'with' if pivoting else 'without'} pivoting", lambda tf, d, x,
         pivoting=pivoting: tf.linalg.tridiagonal_solve(d + np.array([[0], [6], [0]]), x,
         partial_pivoting=pivoting), DIAGONALS, real(2, 4, 3), variants=("known", "unknown dims"),
         nodes=False, also=WIDE if pivoting else ())  # fmt: skip
case("tridiagonal_solve exchanging rows", lambda tf, d, x: tf.linalg.tridiagonal_solve(d, x),
     given([[2.0, 1, 3, 0], [0.1, 0.3, 0.2, 2], [0, 5, 2, 4]]), real(4), nodes=False,
     variants=("known", "unknown dims"))  # fmt: skip
# Unlike 1.15, TensorFlow 2 gives the result as it gave it to the op; it conjugates no gradients.
case("tridiagonal_solve of complex", lambda tf, d, x: tf.linalg.tridiagonal_solve(
     d, x, transpose_rhs=True, conjugate_rhs=True), plane(3, 4), plane(2, 4), nodes=False,
     golden_build=lambda tf, d, x: tf.transpose(tf.linalg.tridiagonal_solve(
         d, x, transpose_rhs=True, conjugate_rhs=True)), gradient=False,
     variants=("known", "unknown dims"))  # fmt: skip
case("tridiagonal_solve of complex parts", lambda tf, a, b, x: tf.real(
     tf.linalg.tridiagonal_solve(tf.complex(a, b), tf.complex(x, 2 * x))), real(3, 4, low=1),
     real(3, 4), real(4, 2), nodes=False, gradient=False,
     variants=("known", "unknown dims"))  # fmt: skip
case("sqrtm of complex parts", lambda tf, a, b: tf.real(tf.linalg.sqrtm(tf.complex(a, b))),
     definite(3, 3), real(3, 3, low=0, high=0.3), gradient=False, nodes=False)  # fmt: skip
case("tridiagonal_solve of one row", lambda tf, d, x: tf.linalg.tridiagonal_solve(d, x),
     given([[2.0], [0.5], [3.0]]), real(1, 2), nodes=False,
     variants=("known", "unknown dims"))  # fmt: skip
case("tridiagonal_solve of a sequence", lambda tf, a, b, c, x: tf.linalg.tridiagonal_solve(
     (a, b, c), x, diagonals_format="sequence"), real(3), real(4, low=4, high=5), real(3), real(4),
     nodes=False, variants=("known",))  # fmt: skip
case("tridiagonal_solve of a matrix", lambda tf, m, x: tf.linalg.tridiagonal_solve(
     m + 5 * np.eye(4), x, diagonals_format="matrix"), real(4, 4), real(4, 2), nodes=False,
     variants=("known",))  # fmt: skip
case("tridiagonal_matmul", lambda tf, d, x: tf.linalg.tridiagonal_matmul(d, x), real(2, 3, 4),
     real(2, 4, 3), nodes=False, also=WIDE, variants=("known", "unknown dims"))  # fmt: skip
case("tridiagonal_matmul of complex", lambda tf, d, x: tf.linalg.tridiagonal_matmul(d, x),
     plane(3, 4), plane(4, 2), nodes=False, variants=("known", "unknown dims"))  # fmt: skip
case("tridiagonal_matmul of a matrix", lambda tf, m, x: tf.linalg.tridiagonal_matmul(
     m, x, diagonals_format="matrix"), real(4, 4), real(4, 2), nodes=False,
     variants=("known",))  # fmt: skip

# --- the old names of ops on batches --------------------------------------------------------------
SQUARE, RIGHT = real(2, 3, 3), real(2, 3, 2)
OLD: dict[str, tuple[tuple[str, ...], tuple[Draw, ...]]] = {
    "MatrixInverse": (("input",), (SQUARE,)),
    "MatrixDeterminant": (("input",), (SQUARE,)),
    "Cholesky": (("input",), (definite(2, 3, 3),)),
    "CholeskyGrad": (("l", "grad"), (real(2, 3, 3, low=1), SQUARE)),
    "MatrixSolve": (("matrix", "rhs"), (SQUARE, RIGHT)),
    "MatrixSolveLs": (("matrix", "rhs", "l2_regularizer"), (real(2, 4, 3), real(2, 4, 2),
                      given(0.1))),
    "MatrixTriangularSolve": (("matrix", "rhs"), (definite(2, 3, 3), RIGHT)),
    "MatrixDiag": (("diagonal",), (real(2, 3),)),
    "MatrixDiagPart": (("input",), (SQUARE,)),
    "MatrixSetDiag": (("input", "diagonal"), (SQUARE, real(2, 3))),
    "MatrixBandPart": (("input", "num_lower", "num_upper"), (SQUARE, given(1, "int64"),
                       given(0, "int64"))),
    **{name: (("input",), (plane(2, 3, 4, dtype="complex64"),))
       for name in ("FFT", "FFT2D", "FFT3D", "IFFT", "IFFT2D", "IFFT3D")},
}  # fmt: skip


def by_name(prefix: str, name: str, parts: tuple[str, ...]) -> Build:
    return lambda tf, *xs: getattr(tf.raw_ops, prefix + name)(**dict(zip(parts, xs)))


for name, (parts, draws) in OLD.items():
    case(f"Batch{name}", by_name("Batch", name, parts), *draws, nodes=False,
         golden_build=by_name("", name, parts), **NONE)  # fmt: skip
case("BatchSelfAdjointEigV2, BatchSvd", lambda tf, x: [tf.raw_ops.BatchSelfAdjointEigV2(
     input=x)[0], tf.raw_ops.BatchSvd(input=x)[0]], definite(2, 3, 3), nodes=False,
     golden_build=lambda tf, x: [tf.self_adjoint_eig(x)[0], tf.svd(x)[0]], **NONE)  # fmt: skip
for name in ("SelfAdjointEig", "BatchSelfAdjointEig"):
    # An eigenvector is known up to its sign.
    case(name, lambda tf, x, name=name: tf.abs(getattr(tf.raw_ops, name)(input=x)),
         definite(2, 3, 3), nodes=False, golden_build=lambda tf, x: tf.abs(tf.concat(
         [tf.expand_dims(tf.self_adjoint_eig(x)[0], -2), tf.self_adjoint_eig(x)[1]], -2)),
         **NONE)  # fmt: skip

# --- diagonals, any and several -------------------------------------------------------------------
DIAGS: dict[str, tuple[Any, tuple[int, ...]]] = {
    "above": (1, (2, 3)), "below": (-2, (3,)), "three": ([-1, 1], (2, 3, 4)),
    "two above": ([1, 2], (2, 3)), "two below": ([-2, -1], (2, 2, 3)),
}  # fmt: skip
ALIGNS = ("LEFT_RIGHT", "RIGHT_LEFT", "LEFT_LEFT", "RIGHT_RIGHT")


def diagonal_op(name: str, align: str, **about: Any) -> Build:
    more = {"align": align} if name.endswith("V3") else {}
    return lambda tf, *xs: getattr(tf.raw_ops, name)(
        **{**about, **more, "input" if "DiagV" not in name or "Set" in name else "diagonal": xs[0]},
        **({"diagonal": xs[1]} if "Set" in name else {}),
    )


# TensorFlow 2 takes V3's alignment in the gradients of V2, and a size that is not known for -1.
for version, aligns in (("V2", ("",)), ("V3", ALIGNS)):
    for align in aligns:
        for name, (k, shape) in DIAGS.items():
            where = f"{version} {name} {align}".strip()
            case(f"diag {where}", diagonal_op(f"MatrixDiag{version}", align, k=k, num_rows=-1,
                 num_cols=-1, padding_value=np.float64(7)), real(*shape), exact_static=False,
                 gradient=version == "V3" or isinstance(k, int))  # fmt: skip
            for rows, columns in ((4, 5), (5, 3)):
                case(f"diag part {where} of {rows}x{columns}", diagonal_op(
                     f"MatrixDiagPart{version}", align, k=k, padding_value=np.float64(7)),
                     real(2, rows, columns), variants=("known",), nodes=False,
                     second=False, gradient=version == "V3" or isinstance(k, int))  # fmt: skip
case("diag part V2 of what shape", diagonal_op("MatrixDiagPartV2", "", k=[-1, 0],
     padding_value=np.float64(0)), real(2, 3, 4))  # fmt: skip
case("diag in a given size", diagonal_op("MatrixDiagV2", "", k=1, num_rows=3, num_cols=-1,
     padding_value=np.float64(0)), real(2, 3), exact_static=False)  # fmt: skip
case("diag in a wide matrix", diagonal_op("MatrixDiagV2", "", k=[0, 1], num_rows=3, num_cols=6,
     padding_value=np.float64(0)), real(2, 2, 3))  # fmt: skip
for name, k, shape in (("above", 1, (2, 3)), ("three", [-1, 1], (2, 3, 3)), ("main", 0, (2, 3))):
    case(f"set diag V2 {name}", diagonal_op("MatrixSetDiagV2", "", k=k), real(2, 3, 4),
         real(*shape))  # fmt: skip
for align in ALIGNS:
    case(f"set diag V3 {align}", diagonal_op("MatrixSetDiagV3", align, k=[-2, 1]), real(2, 4, 3),
         real(2, 4, 3))  # fmt: skip
case("diag of int32", diagonal_op("MatrixDiagV2", "", k=-1, num_rows=-1, num_cols=-1,
     padding_value=np.int32(9)), ints(3), exact_static=False)  # fmt: skip
# Of several diagonals, TensorFlow 2 aligns those above to the right.
case("matrix_diag, matrix_diag_part, matrix_set_diag", lambda tf, x, m: [
     tf.matrix_diag(x, k=1, padding_value=2.0), tf.matrix_diag_part(m, k=-1),
     tf.matrix_set_diag(m, x, k=1)], real(2, 3), real(2, 4, 4), nodes=False,
     exact_static=False)  # fmt: skip
