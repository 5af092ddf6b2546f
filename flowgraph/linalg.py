"""`tf.linalg`: matrices."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.linear_operators.base": "LinearOperator",
    "flowgraph.linear_operators.derived": (
        "LinearOperatorAdjoint LinearOperatorComposition LinearOperatorInversion"
    ),
    "flowgraph.linear_operators.matrices": (
        "LinearOperatorDiag LinearOperatorFullMatrix LinearOperatorIdentity "
        "LinearOperatorLowerTriangular LinearOperatorScaledIdentity"
    ),
    "flowgraph.linear_operators.patterned": (
        "LinearOperatorCirculant LinearOperatorCirculant2D LinearOperatorCirculant3D "
        "LinearOperatorKronecker LinearOperatorToeplitz LinearOperatorZeros"
    ),
    "flowgraph.linear_operators.structured": (
        "LinearOperatorBlockDiag LinearOperatorHouseholder LinearOperatorLowRankUpdate"
    ),
    "flowgraph.ops.array.making": "eye",
    "flowgraph.ops.array.matrix": (
        "band_part=matrix_band_part diag=matrix_diag diag_part=matrix_diag_part "
        "set_diag=matrix_set_diag tensor_diag=diag tensor_diag_part=diag_part"
    ),
    "flowgraph.ops.array.reshape": "matrix_transpose transpose=matrix_transpose",
    "flowgraph.ops.math.clip": "global_norm",
    "flowgraph.ops.math.decompositions": (
        "cholesky cholesky_solve logdet qr svd eigh=self_adjoint_eig eigvalsh=self_adjoint_eigvals"
    ),
    "flowgraph.ops.math.einsum": "einsum",
    "flowgraph.ops.math.linalg": (
        "adjoint cross slogdet trace det=matrix_determinant inv=matrix_inverse solve=matrix_solve "
        "lstsq=matrix_solve_ls triangular_solve=matrix_triangular_solve"
    ),
    "flowgraph.ops.math.matmul": "matmul matvec",
    "flowgraph.ops.math.matrix_functions": (
        "lu expm=matrix_exponential logm=matrix_logarithm sqrtm=matrix_square_root"
    ),
    "flowgraph.ops.math.norm": "norm normalize",
    "flowgraph.ops.math.tensordot": "tensordot",
    "flowgraph.ops.math.tridiagonal": "tridiagonal_matmul tridiagonal_solve",
    "flowgraph.ops.nn.normalization": "l2_normalize",
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
