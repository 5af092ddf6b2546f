"""Cases of linear algebra: products of matrices, tensordot, diagonals."""

from __future__ import annotations

from typing import Any

from golden.case import FLOATS, Family, given, ints, plane, real

family = Family("linear")
case = family.add


def product(**flags: bool) -> Any:
    return lambda tf, x, y: tf.matmul(x, y, **flags)


case("matmul", product(), real(2, 3), real(3, 4), also=FLOATS)
case("matmul, left transposed", product(transpose_a=True), real(3, 2), real(3, 4))
case("matmul, right transposed", product(transpose_b=True), real(2, 3), real(4, 3))
case("matmul, both transposed", product(transpose_a=True, transpose_b=True), real(3, 2), real(4, 3))
case("matmul of int32", product(), ints(2, 3), ints(3, 2))
case("matmul of int64", product(), ints(2, 3, dtype="int64"), ints(3, 2, dtype="int64"))
case("matmul of an empty", product(), real(0, 3), real(3, 2))
case("matmul over nothing", product(), real(2, 0), real(0, 3))
case("matmul of one number", product(), real(1, 1), real(1, 1))
for dtype in ("complex64", "complex128"):
    numbers = plane(2, 2, dtype=dtype)
    case(f"matmul of {dtype}", product(), numbers, numbers)
    case(f"matmul of {dtype}, transposed", product(transpose_a=True, transpose_b=True), numbers,
         numbers)  # fmt: skip
    case(f"matmul of {dtype}, adjoint", product(adjoint_a=True), numbers, numbers)
    case(f"batch matmul of {dtype}, adjoint", product(adjoint_b=True),
         plane(2, 2, 2, dtype=dtype), plane(2, 2, 2, dtype=dtype))  # fmt: skip
case("matmul, 3-D", product(), real(2, 2, 3), real(2, 3, 2), also=FLOATS)
case("matmul, 3-D, left transposed", product(transpose_a=True), real(2, 3, 2), real(2, 3, 2))
case("matmul, 3-D, right transposed", product(transpose_b=True), real(2, 2, 3), real(2, 2, 3))
case("matmul, 3-D, both transposed", product(transpose_a=True, transpose_b=True), real(2, 3, 1),
     real(2, 2, 3))  # fmt: skip
case("matmul, 4-D", product(), real(2, 1, 2, 2), real(2, 1, 2, 3))
case("matmul, 3-D by 2-D", product(), real(2, 2, 3), real(3, 2), variants=("known",))
case("matmul, batch broadcast", product(), real(2, 1, 2, 2), real(3, 2, 1), variants=("known",))
case("matmul, empty batch", product(), real(0, 2, 3), real(0, 3, 2))
case("matmul of int32, 3-D", product(), ints(2, 2, 2), ints(2, 2, 2))
case("matmul by a constant", lambda tf, x: tf.matmul(x, [[1.0, 2.0], [3.0, 4.0]]),
     real(3, 2, dtype="float32"))  # fmt: skip
case("matmul of itself", lambda tf, x: tf.matmul(x, x, transpose_b=True), real(2, 3))
case("xw_plus_b", lambda tf, x, w, b: tf.nn.xw_plus_b(x, w, b), real(2, 3), real(3, 2), real(2))
case("dense layer", lambda tf, x, w, b: tf.nn.relu(tf.matmul(x, w) + b), real(3, 2), real(2, 2),
     real(2))  # fmt: skip
case("matvec", lambda tf, m, v: tf.linalg.matvec(m, v), real(2, 3), real(3))

case("tensordot over 1", lambda tf, x, y: tf.tensordot(x, y, 1), real(2, 3), real(3, 2),
     also=("float32",))  # fmt: skip
case("tensordot over 2", lambda tf, x, y: tf.tensordot(x, y, 2), real(2, 2, 3), real(2, 3, 2))
case("tensordot over 0", lambda tf, x, y: tf.tensordot(x, y, 0), real(2), real(3))
case("tensordot over named axes", lambda tf, x, y: tf.tensordot(x, y, [[1, 0], [0, 2]]),
     real(2, 3, 2), real(3, 2, 2))  # fmt: skip
case("tensordot over one axis each", lambda tf, x, y: tf.tensordot(x, y, axes=[[2], [0]]),
     real(2, 2, 3), real(3, 2))  # fmt: skip
case("einsum of a product", lambda tf, x, y: tf.einsum("ij,jk->ik", x, y), real(2, 3), real(3, 2),
     nodes=False, variants=("known", "unknown dims"))  # fmt: skip

# TensorFlow 2 adds MatrixDiagV3 and its like, where 1.15 wrote MatrixDiag.
case("eye", lambda tf: [tf.eye(2), tf.eye(2, 3), tf.eye(2, batch_shape=[2], dtype=tf.int32)],
     nodes=False)  # fmt: skip
case("diag", lambda tf, x: tf.diag(x), real(3))
case("diag_part", lambda tf, x: tf.diag_part(x), real(3, 3))
case("matrix_diag", lambda tf, x: tf.matrix_diag(x), real(2, 3), nodes=False)
case("matrix_diag_part", lambda tf, x: tf.matrix_diag_part(x), real(2, 2, 3), nodes=False)
case("matrix_set_diag", lambda tf, x, d: tf.matrix_set_diag(x, d), real(2, 2, 3), real(2, 2),
     nodes=False)  # fmt: skip
case("matrix_band_part", lambda tf, x: tf.matrix_band_part(x, 1, 0), real(3, 3))
case("trace", lambda tf, x: tf.trace(x), real(2, 3, 3), nodes=False)
case("matrix_transpose", lambda tf, x: tf.matrix_transpose(x), real(2, 2, 3))
case("cross", lambda tf, x, y: tf.cross(x, y), real(2, 3), real(2, 3))
case("matrix_inverse", lambda tf, x: tf.matrix_inverse(x), given([[2.0, 0.5], [0.3, 1.0]]))
case("matrix_determinant", lambda tf, x: tf.matrix_determinant(x), given([[2.0, 0.5], [0.3, 1.0]]))
case("cholesky", lambda tf, x: tf.cholesky(tf.matmul(x, x, transpose_b=True) + tf.eye(
     2, dtype=x.dtype)), real(2, 2), nodes=False)  # fmt: skip
