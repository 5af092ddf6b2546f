"""`tf.linalg`: matrices."""

from flowgraph.ops.array import diagonals as _diagonals
from flowgraph.ops.array.making import eye
from flowgraph.ops.array.matrix import matrix_band_part as band_part
from flowgraph.ops.array.matrix import matrix_diag as diag
from flowgraph.ops.array.matrix import matrix_diag_part as diag_part
from flowgraph.ops.array.matrix import matrix_set_diag as set_diag
from flowgraph.ops.array.reshape import matrix_transpose as matrix_transpose
from flowgraph.ops.math import batch_aliases as _batch_aliases
from flowgraph.ops.math import einsum_op as _einsum_op
from flowgraph.ops.math.decompositions import (
    cholesky,
    cholesky_solve,
    logdet,
    qr,
    svd,
)
from flowgraph.ops.math.decompositions import self_adjoint_eig as eigh
from flowgraph.ops.math.decompositions import self_adjoint_eigvals as eigvalsh
from flowgraph.ops.math.einsum import einsum
from flowgraph.ops.math.linalg import adjoint, cross, slogdet, trace
from flowgraph.ops.math.linalg import matrix_determinant as det
from flowgraph.ops.math.linalg import matrix_inverse as inv
from flowgraph.ops.math.linalg import matrix_solve as solve
from flowgraph.ops.math.linalg import matrix_solve_ls as lstsq
from flowgraph.ops.math.linalg import matrix_triangular_solve as triangular_solve
from flowgraph.ops.math.matmul import matmul, matvec
from flowgraph.ops.math.matrix_functions import lu
from flowgraph.ops.math.matrix_functions import matrix_exponential as expm
from flowgraph.ops.math.matrix_functions import matrix_logarithm as logm
from flowgraph.ops.math.matrix_functions import matrix_square_root as sqrtm
from flowgraph.ops.math.norm import norm
from flowgraph.ops.math.tensordot import tensordot
from flowgraph.ops.math.tridiagonal import tridiagonal_matmul, tridiagonal_solve
from flowgraph.ops.nn.normalization import l2_normalize

transpose = matrix_transpose
