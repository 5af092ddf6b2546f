"""Operators that are made of a tensor: full, triangular, diagonal, multiples of the identity."""

from __future__ import annotations

from typing import Any

import flowgraph as tf
from flowgraph.linear_operators.base import LinearOperator, with_one_batch


class LinearOperatorFullMatrix(LinearOperator):
    """The matrix that it is given, [..., M, N]; ValueError for less than two dimensions."""

    def __init__(
        self,
        matrix: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str = "LinearOperatorFullMatrix",
    ) -> None:
        matrix = _at_least(2, matrix, "matrix")
        super().__init__(
            matrix.dtype, [matrix], is_non_singular, is_self_adjoint, is_positive_definite,
            is_square, name,
        )  # fmt: skip
        self._matrix = matrix

    def _to_dense(self) -> Any:
        return self._matrix


class LinearOperatorLowerTriangular(LinearOperator):
    """The lower triangle of a square matrix [..., N, N]; what is above its diagonal is not read."""

    def __init__(
        self,
        tril: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str = "LinearOperatorLowerTriangular",
    ) -> None:
        if is_square is False:
            raise ValueError("Only square lower triangular operators supported at this time.")
        tril = _at_least(2, tril, "tril")
        super().__init__(
            tril.dtype, [tril], is_non_singular, is_self_adjoint, is_positive_definite, True, name
        )
        self._tril = tril

    def _shape(self) -> Any:
        return self._tril.shape

    def _to_dense(self) -> Any:
        return tf.matrix_band_part(self._tril, -1, 0)

    def _diag_part(self) -> Any:
        return tf.matrix_diag_part(self._tril)

    def _solve(self, rhs: Any, adjoint: bool) -> Any:
        tril, rhs = with_one_batch(self._tril, rhs)
        return tf.matrix_triangular_solve(tril, rhs, lower=True, adjoint=adjoint)

    def _determinant(self) -> Any:
        return tf.reduce_prod(self._diag_part(), axis=-1)

    def _log_abs_determinant(self) -> Any:
        return tf.reduce_sum(tf.log(tf.abs(self._diag_part())), axis=-1)


class LinearOperatorDiag(LinearOperator):
    """A diagonal matrix, given by its diagonal [..., N]; ValueError for a scalar."""

    def __init__(
        self,
        diag: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str = "LinearOperatorDiag",
    ) -> None:
        if is_square is False:
            raise ValueError("Only square diagonal operators currently supported.")
        diag = _at_least(1, diag, "diag")
        if not diag.dtype.is_complex:
            if is_self_adjoint is False:
                raise ValueError("A real diagonal operator is always self adjoint.")
            is_self_adjoint = True
        super().__init__(
            diag.dtype, [diag], is_non_singular, is_self_adjoint, is_positive_definite, True, name
        )
        self._diag = diag

    @property
    def diag(self) -> Any:
        """The diagonal."""
        return self._diag

    def _shape(self) -> Any:
        return self._diag.shape.concatenate(self._diag.shape[-1:])

    def _to_dense(self) -> Any:
        return tf.matrix_diag(self._diag)

    def _diag_part(self) -> Any:
        return self._diag

    def _matmul(self, x: Any, adjoint: bool) -> Any:
        return self._column(adjoint) * x

    def _solve(self, rhs: Any, adjoint: bool) -> Any:
        return rhs / self._column(adjoint)

    def _column(self, adjoint: bool) -> Any:
        return tf.expand_dims(tf.conj(self._diag) if adjoint else self._diag, -1)

    def _determinant(self) -> Any:
        return tf.reduce_prod(self._diag, axis=-1)

    def _log_abs_determinant(self) -> Any:
        return tf.reduce_sum(tf.log(tf.abs(self._diag)), axis=-1)


class LinearOperatorScaledIdentity(LinearOperatorDiag):
    """`multiplier` [...] times the identity of `num_rows` rows."""

    def __init__(
        self,
        num_rows: Any,
        multiplier: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = True,
        assert_proper_shapes: bool = False,
        name: str = "LinearOperatorScaledIdentity",
    ) -> None:
        del assert_proper_shapes  # ops check the shapes of what they are given
        multiplier = tf.convert_to_tensor(multiplier, name="multiplier")
        ones = tf.ones(tf.reshape(num_rows, [1]), multiplier.dtype)
        self._multiplier = multiplier
        super().__init__(
            tf.expand_dims(multiplier, -1) * ones, is_non_singular, is_self_adjoint,
            is_positive_definite, is_square, name,
        )  # fmt: skip

    @property
    def multiplier(self) -> Any:
        """What the identity is multiplied by."""
        return self._multiplier


class LinearOperatorIdentity(LinearOperatorDiag):
    """The identity of `num_rows` rows, for each of a batch of shape `batch_shape`."""

    def __init__(
        self,
        num_rows: Any,
        batch_shape: Any = None,
        dtype: Any = None,
        is_non_singular: bool | None = True,
        is_self_adjoint: bool | None = True,
        is_positive_definite: bool | None = True,
        is_square: bool | None = True,
        assert_proper_shapes: bool = False,
        name: str = "LinearOperatorIdentity",
    ) -> None:
        del assert_proper_shapes
        if not (is_non_singular and is_self_adjoint and is_positive_definite):
            raise ValueError("An identity operator is always non-singular, self-adjoint, positive.")
        shape = tf.concat([[] if batch_shape is None else batch_shape, [num_rows]], 0)
        super().__init__(
            tf.ones(tf.cast(shape, tf.int32), dtype or tf.float32), True, True, True, is_square,
            name,
        )  # fmt: skip


def _at_least(rank: int, value: Any, name: str) -> Any:
    tensor = tf.convert_to_tensor(value, name=name)
    if tensor.shape.ndims is not None and tensor.shape.ndims < rank:
        raise ValueError(f"Argument {name} must have at least {rank} dimensions.  Found: {tensor}")
    return tensor
