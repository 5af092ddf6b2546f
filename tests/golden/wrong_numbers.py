"""Wrong arguments of arithmetic, reductions and linear algebra; see wrong_arguments.py."""

from __future__ import annotations

import numpy as np
from golden.wrong_arguments import fed, wrong

# --- arithmetic -----------------------------------------------------------------------------------
wrong("add: shapes", lambda tf: tf.zeros([2]) + tf.zeros([3]), "3")
wrong("add: dtypes", lambda tf: tf.add(tf.zeros([2]), tf.zeros([2], tf.int32)), "int32")
wrong("add: when run", lambda tf: fed(tf, [1, 2]) + fed(tf, [1, 2, 3]), "3")
wrong("add: text", lambda tf: tf.zeros([1]) + "a", "a")
wrong("add_n: nothing", lambda tf: tf.add_n([]), "[]")
wrong("add_n: shapes", lambda tf: tf.add_n([tf.zeros([2]), tf.zeros([3])]), "3")
wrong(
    "floordiv: by 0", lambda tf: tf.floordiv(fed(tf, [1], "int32"), fed(tf, [0], "int32")), "zero"
)
wrong("mod: by 0", lambda tf: tf.floormod(fed(tf, [1], "int32"), fed(tf, [0], "int32")), "zero")
wrong("pow: negative", lambda tf: tf.pow(fed(tf, [2], "int32"), fed(tf, [-1], "int32")), "egative")
wrong("sqrt: integers", lambda tf: tf.sqrt(tf.constant([4])), "int32")
wrong("logical_and: numbers", lambda tf: tf.logical_and([1], [0]), "1")
wrong("bitwise: floats", lambda tf: tf.bitwise.bitwise_and(1.0, 2.0), "float32")
wrong("complex: integers", lambda tf: tf.complex(tf.constant(1), tf.constant(2)), "int32")
wrong("matmul: sizes", lambda tf: tf.matmul(tf.zeros([2, 3]), tf.zeros([2, 3])), "3")
wrong("matmul: a vector", lambda tf: tf.matmul(tf.zeros([2]), tf.zeros([2, 3])), "1")
wrong("matmul: when run", lambda tf: tf.matmul(fed(tf, [[1, 2]]), fed(tf, [[1, 2]])), "2")
wrong("matmul: both ways", lambda tf: tf.matmul(
    tf.zeros([2, 2]), tf.zeros([2, 2]), transpose_a=True, adjoint_a=True),
    "transpose_a")  # fmt: skip
wrong("matmul: batches", lambda tf: tf.matmul(tf.zeros([2, 1, 1]), tf.zeros([3, 1, 1])), "3")
wrong("tensordot: axes", lambda tf: tf.tensordot(tf.zeros([2]), tf.zeros([3]), 1), "3")
wrong("tensordot: too many axes", lambda tf: tf.tensordot(tf.zeros([2]), tf.zeros([2]), 2), "2")
wrong("einsum: no arrow", lambda tf: tf.einsum("ij->k", tf.zeros([2, 2])), "k")
wrong("einsum: ranks", lambda tf: tf.einsum("ijk,k->ij", tf.zeros([2, 2]), tf.zeros([2])), "rank 2")
wrong("einsum: number", lambda tf: tf.einsum("ij,jk->ik", tf.zeros([2, 2])), "1")
wrong("clip_by_value: shapes", lambda tf: tf.clip_by_value(
    tf.zeros([2]), tf.zeros([3]), 1.0), "3")  # fmt: skip
wrong("cumsum: axis", lambda tf: tf.cumsum(tf.zeros([3]), 1), "1")
wrong("cumsum: axes", lambda tf: tf.cumsum(tf.zeros([3]), [0, 1]), "[2]")
wrong("cumprod: when run", lambda tf: tf.cumprod(fed(tf, [1]), 2), "2")
wrong("betainc: shapes", lambda tf: tf.betainc(
    tf.ones([2]), tf.ones([3]), tf.ones([2])), "3")  # fmt: skip

# --- reductions, segments -------------------------------------------------------------------------
for _name in ("sum", "prod", "max", "min", "mean", "logsumexp"):
    wrong(f"reduce_{_name}: axis too far", lambda tf, f=f"reduce_{_name}": getattr(tf, f)(
        tf.zeros([3]), 1), "1")  # fmt: skip
wrong("reduce_sum: negative axis", lambda tf: tf.reduce_sum(tf.zeros([3]), -2), "-2")
wrong("reduce_sum: when run", lambda tf: tf.reduce_sum(fed(tf, [1]), 2), "2")
wrong("reduce_sum: twice", lambda tf: tf.reduce_sum(fed(tf, [1]), [0, 0]), "0")
wrong("reduce_sum: strings", lambda tf: tf.reduce_sum(tf.constant(["a"])), "string")
wrong("reduce_any: numbers", lambda tf: tf.reduce_any(tf.zeros([2])), "float32")
wrong("argmax: axis too far", lambda tf: tf.argmax(tf.zeros([3]), 1), "1")
wrong("argmax: of nothing", lambda tf: tf.argmax(fed(tf, np.zeros([0])), 0), "0")
wrong("argmax: when run", lambda tf: tf.argmax(fed(tf, [1]), 2), "2")
wrong("argmax: output_type", lambda tf: tf.argmax(tf.zeros([3]), 0, output_type=tf.float32),
      "float32")  # fmt: skip
wrong("top_k: too many", lambda tf: list(tf.nn.top_k(tf.zeros([3]), 4)), "4")
wrong("top_k: negative", lambda tf: list(tf.nn.top_k(tf.zeros([3]), -1)), "-1")
wrong("top_k: when run", lambda tf: list(tf.nn.top_k(fed(tf, [1]), 2)), "2")
wrong("top_k: scalar", lambda tf: list(tf.nn.top_k(tf.zeros([]), 1)), "()")
wrong("in_top_k: ranks", lambda tf: tf.nn.in_top_k(tf.zeros([3]), [0], 1), "1")
wrong("sort: direction", lambda tf: tf.sort(tf.zeros([3]), direction="UP"), "UP")
wrong("sort: axis", lambda tf: tf.sort(tf.zeros([3]), axis=1), "1")
wrong("segment_sum: order", lambda tf: tf.segment_sum(tf.zeros([2]), [1, 0]), "1")
wrong("segment_sum: too few", lambda tf: tf.segment_sum(tf.zeros([3]), [0, 1]), "2")
wrong("segment_sum: negative", lambda tf: tf.segment_sum(tf.zeros([2]), [-1, 0]), "-1")
wrong("segment_max: a matrix of ids", lambda tf: tf.segment_max(tf.zeros([2]), [[0, 1]]), "2")
wrong("unsorted_segment_sum: too far", lambda tf: tf.unsorted_segment_sum(
    tf.zeros([2]), [0, 2], 2), "2")  # fmt: skip
wrong("unsorted_segment_sum: negative number", lambda tf: tf.unsorted_segment_sum(
    tf.zeros([2]), [0, 1], -1), "-1")  # fmt: skip
wrong("sparse_segment_sum: too far", lambda tf: tf.sparse_segment_sum(
    tf.zeros([2, 2]), [2], [0]), "2")  # fmt: skip
wrong("bincount: negative", lambda tf: tf.bincount([-1]), "-1")
wrong("histogram: range", lambda tf: tf.histogram_fixed_width([1.0], [1.0, 0.0], 2), "1")
wrong("confusion_matrix: too far", lambda tf: tf.confusion_matrix([3], [0], 2), "labels")

# --- linear algebra -------------------------------------------------------------------------------
wrong("cholesky: no square", lambda tf: tf.linalg.cholesky(tf.zeros([2, 3])), "3")
wrong("cholesky: not definite", lambda tf: tf.linalg.cholesky(fed(tf, [[-1]])), "Cholesky")
wrong("matrix_inverse: singular", lambda tf: tf.linalg.inv(fed(tf, [[0]])), "invertible")
wrong("matrix_inverse: no square", lambda tf: tf.linalg.inv(tf.zeros([2, 3])), "3")
wrong("matrix_solve: sizes", lambda tf: tf.linalg.solve(tf.zeros([2, 2]), tf.zeros([3, 1])), "3")
wrong("matrix_determinant: vector", lambda tf: tf.linalg.det(tf.zeros([2])), "1")
wrong("qr: vector", lambda tf: list(tf.linalg.qr(tf.zeros([2]))), "1")
wrong("svd: integers", lambda tf: list(tf.linalg.svd(tf.zeros([2, 2], tf.int32))), "int32")
wrong("trace: vector", lambda tf: tf.linalg.trace(tf.zeros([2])), "(2,)")
wrong("matrix_band_part: too far", lambda tf: tf.linalg.band_part(tf.zeros([2, 2]), 3, 0), "3")
wrong("matrix_diag_part: vector", lambda tf: tf.linalg.diag_part(tf.zeros([2])), "(2,)")
wrong("norm: ord", lambda tf: tf.norm(tf.zeros([2]), ord="cubic"), "cubic")
wrong("norm: negative ord", lambda tf: tf.norm(tf.zeros([2]), ord=-1), "-1")
wrong("norm: three axes", lambda tf: tf.norm(tf.zeros([2, 2, 2]), axis=[0, 1, 2]), "[0, 1, 2]")
wrong("norm: fro of a vector", lambda tf: tf.norm(tf.zeros([2]), ord="fro", axis=0), "fro")
wrong("cross: sizes", lambda tf: tf.linalg.cross(tf.zeros([2]), tf.zeros([2])), "2")
wrong("tridiagonal_solve: format", lambda tf: tf.linalg.tridiagonal_solve(
    tf.zeros([3, 2]), tf.zeros([2]), diagonals_format="dense"), "dense")  # fmt: skip
