"""The names that ops on batches of matrices had before the plain ones took batches: BatchCholesky.

Graphs that were saved long ago have them. Each is the op of today under another name; TensorFlow
1.15 has no gradients of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes, op_def
from flowgraph.core.op_args import Arg
from flowgraph.core.op_def import OpDef, define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape
from flowgraph.ops.array import matrix as _matrix_ops
from flowgraph.ops.math import decompositions, linalg, matrix_functions
from flowgraph.ops.spectral import fourier

# The ops of these files must be declared before they are derived from.
_SOURCES = (_matrix_ops, decompositions, linalg, matrix_functions, fourier)
_REAL = (dtypes.float32, dtypes.float64)
_LINEAR = (*_REAL, *dtypes.COMPLEX)


def alias(op_type: str, today: str, types: Any = None, **fixed: str) -> OpDef:
    """Declares `op_type` as the op `today`, for some dtypes T; `fixed` attributes are dtypes."""
    source = op_def.get(today)
    kept = {name: attr for name, attr in source.attrs.items() if name not in fixed}
    if types is not None:
        kept["T"] = attrs.types(*types)

    def text(args: tuple[Arg, ...]) -> str:
        return ", ".join(
            f"{arg.name}: {fixed.get(arg.type_attr or '', arg.type_attr) or arg.dtype.name}"  # type: ignore[union-attr]
            for arg in args
        )

    derived = define(
        op_type,
        inputs=text(source.inputs),
        outputs=text(source.outputs),
        attrs=kept,
        shape=source.shape_rule,
        traits=source.traits,
    )
    derived.bind = source.bind
    return derived


for _today, _types in {
    "MatrixInverse": _REAL,
    "MatrixDeterminant": _LINEAR,
    "Cholesky": _REAL,
    "CholeskyGrad": _REAL,
    "MatrixSolve": _REAL,
    "MatrixSolveLs": _REAL,
    "MatrixTriangularSolve": _REAL,
    "SelfAdjointEigV2": _REAL,
    "Svd": _LINEAR,
    "MatrixDiag": None,
    "MatrixDiagPart": None,
    "MatrixSetDiag": None,
}.items():
    alias(f"Batch{_today}", _today, _types)
alias("BatchMatrixBandPart", "MatrixBandPart", Tindex="int64")
for _today in ("FFT", "FFT2D", "FFT3D", "IFFT", "IFFT2D", "IFFT3D"):
    alias(f"Batch{_today}", _today, Tcomplex="complex64")


# --- SelfAdjointEig, BatchSelfAdjointEig: eigenvalues in the first row, vectors below -------------
def _eigen(op_type: str) -> OpDef:
    op = define(
        op_type, inputs="input: T", outputs="output: T", attrs={"T": _REAL}, shape=_eigen_shape
    )

    @op.kernel
    def _(ctx: Any) -> Any:
        def run(x: Any) -> Any:
            linalg.check_matrix(x)
            values, vectors = np.linalg.eigh(x)
            return np.concatenate([values[..., None, :], vectors], axis=-2)

        return run

    return op


def _eigen_shape(op: Operation) -> TensorShape:
    dims = linalg.square(op.inputs[0].shape)
    if dims is None:
        return UNKNOWN
    size = dims[-1]
    return TensorShape.of((*dims[:-2], None if size is None else size + 1, size))


self_adjoint_eig_op = _eigen("SelfAdjointEig")
batch_self_adjoint_eig_op = _eigen("BatchSelfAdjointEig")
