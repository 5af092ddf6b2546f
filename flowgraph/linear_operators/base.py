"""What all linear operators have: shapes, hints, and methods that work on the whole matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import flowgraph as tf


class LinearOperator:
    """A matrix, or a batch of them, of shape [..., M, N] (tf.linalg.LinearOperator).

    A kind of operator gives `_to_dense`, and `_matmul`, `_solve`, ... where it knows a faster way
    than by the whole matrix.

    Args:
      dtype: of the matrix.
      graph_parents: the tensors that it is made of.
      is_non_singular, is_self_adjoint, is_positive_definite, is_square: what the caller promises;
        None says nothing. Nothing is checked when the graph runs.
      name: the scope of what its methods build.

    Raises:
      ValueError: the hints contradict each other.
    """

    def __init__(
        self,
        dtype: Any,
        graph_parents: Sequence[Any] | None = None,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = None,
    ) -> None:
        if is_positive_definite:
            if is_non_singular is False:
                raise ValueError("A positive definite matrix is always non-singular.")
            is_non_singular = True
        if is_non_singular and is_square is False:
            raise ValueError("A non-singular matrix is always square.")
        if is_self_adjoint and is_square is False:
            raise ValueError("A self-adjoint matrix is always square.")
        self._dtype = tf.as_dtype(dtype).base_dtype
        self._parents = list(graph_parents or ())
        self._non_singular, self._self_adjoint = is_non_singular, is_self_adjoint
        self._positive_definite = is_positive_definite
        self._square = True if is_non_singular or is_self_adjoint else is_square
        self._name = name or type(self).__name__

    @property
    def dtype(self) -> Any:
        """The dtype of the matrix."""
        return self._dtype

    @property
    def name(self) -> str:
        """The operator's name."""
        return self._name

    @property
    def graph_parents(self) -> list[Any]:
        """The tensors that it is made of."""
        return list(self._parents)

    @property
    def is_non_singular(self) -> bool | None:
        """Whether it was promised to have an inverse."""
        return self._non_singular

    @property
    def is_self_adjoint(self) -> bool | None:
        """Whether it was promised to equal its conjugate transpose."""
        return self._self_adjoint

    @property
    def is_positive_definite(self) -> bool | None:
        """Whether it was promised to be positive definite."""
        return self._positive_definite

    @property
    def is_square(self) -> bool | None:
        """Whether it is square, by its shape or by promise."""
        rows, columns = self.range_dimension, self.domain_dimension
        if rows.value is None or columns.value is None:
            return self._square
        return bool(rows.value == columns.value)

    @property
    def shape(self) -> Any:
        """The static shape, batch dimensions first."""
        return self._shape()

    @property
    def batch_shape(self) -> Any:
        """The static shape of the batch."""
        return self.shape[:-2]

    @property
    def tensor_rank(self) -> Any:
        """How many dimensions the matrix has, with those of the batch."""
        return self.shape.ndims

    @property
    def range_dimension(self) -> Any:
        """M, the number of rows."""
        return tf.Dimension(None) if self.shape.ndims is None else self.shape.dims[-2]

    @property
    def domain_dimension(self) -> Any:
        """N, the number of columns."""
        return tf.Dimension(None) if self.shape.ndims is None else self.shape.dims[-1]

    def shape_tensor(self, name: str = "shape_tensor") -> Any:
        """The shape as a tensor."""
        with self._scope(name):
            if self.shape.is_fully_defined():
                return tf.constant(self.shape.as_list(), tf.int32)
            return self._shape_tensor()

    def batch_shape_tensor(self, name: str = "batch_shape_tensor") -> Any:
        """The batch's shape as a tensor."""
        return self.shape_tensor(name)[:-2]

    def range_dimension_tensor(self, name: str = "range_dimension_tensor") -> Any:
        """M as a tensor."""
        return self.shape_tensor(name)[-2]

    def domain_dimension_tensor(self, name: str = "domain_dimension_tensor") -> Any:
        """N as a tensor."""
        return self.shape_tensor(name)[-1]

    def matmul(
        self, x: Any, adjoint: bool = False, adjoint_arg: bool = False, name: str = "matmul"
    ) -> Any:
        """The product with a matrix [..., N, R]; of the adjoint with one [..., M, R]."""
        if isinstance(x, LinearOperator):
            from flowgraph.linear_operators.derived import LinearOperatorComposition

            left = self.adjoint() if adjoint else self
            return LinearOperatorComposition([left, x.adjoint() if adjoint_arg else x])
        with self._scope(name):
            x = tf.convert_to_tensor(x, dtype=self.dtype, name="x")
            return self._matmul(tf.linalg.adjoint(x) if adjoint_arg else x, adjoint)

    def matvec(self, x: Any, adjoint: bool = False, name: str = "matvec") -> Any:
        """The product with a vector [..., N]."""
        with self._scope(name):
            x = tf.convert_to_tensor(x, dtype=self.dtype, name="x")
            return tf.squeeze(self._matmul(x[..., tf.newaxis], adjoint), axis=-1)

    def solve(
        self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False, name: str = "solve"
    ) -> Any:
        """The X of A X = rhs, a matrix [..., N, R]; ValueError for an operator not square."""
        self._need_inverse()
        with self._scope(name):
            rhs = tf.convert_to_tensor(rhs, dtype=self.dtype, name="rhs")
            return self._solve(tf.linalg.adjoint(rhs) if adjoint_arg else rhs, adjoint)

    def solvevec(self, rhs: Any, adjoint: bool = False, name: str = "solve") -> Any:
        """The x of A x = rhs, a vector [..., N]."""
        self._need_inverse()
        with self._scope(name):
            rhs = tf.convert_to_tensor(rhs, dtype=self.dtype, name="rhs")
            return tf.squeeze(self._solve(rhs[..., tf.newaxis], adjoint), axis=-1)

    def to_dense(self, name: str = "to_dense") -> Any:
        """The matrix."""
        with self._scope(name):
            return self._to_dense()

    def diag_part(self, name: str = "diag_part") -> Any:
        """The diagonal."""
        with self._scope(name):
            return self._diag_part()

    def trace(self, name: str = "trace") -> Any:
        """The sum of the diagonal."""
        with self._scope(name):
            return tf.reduce_sum(self._diag_part(), axis=-1)

    def determinant(self, name: str = "det") -> Any:
        """The determinant, of shape [...]."""
        with self._scope(name):
            return self._determinant()

    def log_abs_determinant(self, name: str = "log_abs_det") -> Any:
        """The logarithm of the determinant's magnitude."""
        with self._scope(name):
            return self._log_abs_determinant()

    def add_to_tensor(self, x: Any, name: str = "add_to_tensor") -> Any:
        """The matrix plus `x`."""
        with self._scope(name):
            return self._to_dense() + tf.convert_to_tensor(x, dtype=self.dtype, name="x")

    def adjoint(self, name: str = "adjoint") -> LinearOperator:
        """The conjugate transpose, an operator."""
        from flowgraph.linear_operators.derived import LinearOperatorAdjoint

        with self._scope(name):
            return self if self.is_self_adjoint else LinearOperatorAdjoint(self)

    H = property(adjoint, doc="The conjugate transpose, an operator.")

    def inverse(self, name: str = "inverse") -> LinearOperator:
        """The inverse, an operator; ValueError for one that is singular or not square."""
        from flowgraph.linear_operators.derived import LinearOperatorInversion

        self._need_inverse()
        with self._scope(name):
            return LinearOperatorInversion(self)

    def cholesky(self, name: str = "cholesky") -> LinearOperator:
        """The Cholesky factor, an operator; ValueError where the hints do not promise one."""
        from flowgraph.linear_operators.matrices import LinearOperatorLowerTriangular

        if not (self.is_self_adjoint and self.is_positive_definite):
            raise ValueError(
                "Cannot take the Cholesky decomposition: "
                f"{self.name} is not known to be positive definite and self adjoint."
            )
        with self._scope(name):
            factor = tf.cholesky(self._to_dense())
            return LinearOperatorLowerTriangular(factor, is_non_singular=True)

    # --- what is promised, checked when the graph runs --------------------------------------------
    def assert_self_adjoint(self, name: str = "assert_self_adjoint") -> Any:
        """An operation that fails unless the matrix is its own conjugate transpose."""
        with self._scope(name):
            dense = self._to_dense()
            apart = tf.abs(dense - tf.linalg.adjoint(dense))
            most = tf.cast(np.finfo(apart.dtype.as_numpy_dtype).eps, apart.dtype)
            allowed = 100 * most * tf.reduce_max(tf.abs(dense))
            return tf.assert_less_equal(apart, allowed, message="Operator was not self-adjoint.")

    def assert_positive_definite(self, name: str = "assert_positive_definite") -> Any:
        """An operation that fails unless x^H A x is positive for each x but zero."""
        with self._scope(name):
            dense = self._to_dense()
            values = tf.self_adjoint_eigvals((dense + tf.linalg.adjoint(dense)) / 2)
            return tf.assert_positive(
                tf.real(values), message="Operator was not positive definite."
            )

    def assert_non_singular(self, name: str = "assert_non_singular") -> Any:
        """An operation that fails where the matrix has no inverse, as far as its dtype tells."""
        with self._scope(name):
            values = tf.svd(self._to_dense(), compute_uv=False)
            least = tf.reduce_max(values, -1) * np.finfo(values.dtype.as_numpy_dtype).eps
            said = (
                "Operator was singular: its smallest singular value is nothing beside its largest."
            )
            return tf.assert_less(least, tf.reduce_min(values, -1), message=said)

    def _need_inverse(self) -> None:
        if self.is_non_singular is False:
            raise ValueError(f"{self.name} is expected to be singular: it has no inverse.")
        if self.is_square is False:
            raise ValueError(f"{self.name} is expected to be not square: it has no inverse.")

    def _scope(self, name: str) -> Any:
        return tf.name_scope(f"{self.name}/{name}/")

    def _shape(self) -> Any:
        return self._to_dense().shape

    def _shape_tensor(self) -> Any:
        return tf.shape(self._to_dense())

    def _to_dense(self) -> Any:
        rows = self.domain_dimension_tensor()
        return self._matmul(tf.eye(rows, dtype=self.dtype), False)

    def _matmul(self, x: Any, adjoint: bool) -> Any:
        return tf.matmul(self._to_dense(), x, adjoint_a=adjoint)

    def _solve(self, rhs: Any, adjoint: bool) -> Any:
        matrix, rhs = with_one_batch(self._to_dense(), rhs)
        return tf.matrix_solve(matrix, rhs, adjoint=adjoint)

    def _diag_part(self) -> Any:
        return tf.matrix_diag_part(self._to_dense())

    def _determinant(self) -> Any:
        return tf.matrix_determinant(self._to_dense())

    def _log_abs_determinant(self) -> Any:
        return tf.linalg.slogdet(self._to_dense())[1]


def with_one_batch(matrix: Any, rhs: Any) -> tuple[Any, Any]:
    """Both, repeated along the dimensions of a batch that the other one has."""
    batches = matrix.shape[:-2], rhs.shape[:-2]
    if batches[0].is_fully_defined() and batches[0] == batches[1]:
        return matrix, rhs
    shapes = tf.shape(matrix), tf.shape(rhs)
    batch = tf.broadcast_dynamic_shape(shapes[0][:-2], shapes[1][:-2])
    matrix, rhs = (
        tf.broadcast_to(value, tf.concat([batch, shape[-2:]], 0))
        for value, shape in zip((matrix, rhs), shapes, strict=True)
    )
    return matrix, rhs


# --- operators that are made of several -----------------------------------------------------------
def parents_of(operators: Sequence[LinearOperator]) -> list[Any]:
    """The tensors that all of some operators are made of."""
    return [parent for op in operators for parent in op.graph_parents]


def if_all(operators: Sequence[LinearOperator], hint: str, given: bool | None) -> bool | None:
    """A hint as it is given; else True where it holds for each of some operators."""
    return True if given is None and all(getattr(op, hint) for op in operators) else given
