"""`tf.linalg.LinearOperator` and its kinds: matrices known by what they do."""

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
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
