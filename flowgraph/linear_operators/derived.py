"""Operators that are made of others: the adjoint, the inverse, the product."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import flowgraph as tf
from flowgraph.linear_operators.base import LinearOperator, if_all, parents_of


class LinearOperatorAdjoint(LinearOperator):
    """The conjugate transpose of an operator."""

    def __init__(
        self,
        operator: LinearOperator,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(
            operator.dtype, operator.graph_parents,
            operator.is_non_singular if is_non_singular is None else is_non_singular,
            operator.is_self_adjoint if is_self_adjoint is None else is_self_adjoint,
            operator.is_positive_definite if is_positive_definite is None else is_positive_definite,
            operator.is_square if is_square is None else is_square,
            name or f"{operator.name}_adjoint",
        )  # fmt: skip
        self.operator = operator

    def adjoint(self, name: str = "adjoint") -> LinearOperator:
        """The operator itself."""
        return self.operator

    def _shape(self) -> Any:
        shape = self.operator.shape
        return shape if shape.ndims is None else shape[:-2].concatenate([shape[-1], shape[-2]])

    def _to_dense(self) -> Any:
        return tf.linalg.adjoint(self.operator.to_dense())

    def _matmul(self, x: Any, adjoint: bool) -> Any:
        return self.operator.matmul(x, adjoint=not adjoint)

    def _solve(self, rhs: Any, adjoint: bool) -> Any:
        return self.operator.solve(rhs, adjoint=not adjoint)

    def _determinant(self) -> Any:
        return tf.conj(self.operator.determinant())

    def _log_abs_determinant(self) -> Any:
        return self.operator.log_abs_determinant()


class LinearOperatorInversion(LinearOperator):
    """The inverse of an operator; ValueError for one that is singular or not square."""

    def __init__(
        self,
        operator: LinearOperator,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = None,
    ) -> None:
        operator._need_inverse()
        if is_non_singular is False:
            raise ValueError(f"The inverse of {operator.name} cannot be singular.")
        super().__init__(
            operator.dtype, operator.graph_parents, True,
            operator.is_self_adjoint if is_self_adjoint is None else is_self_adjoint,
            operator.is_positive_definite if is_positive_definite is None else is_positive_definite,
            is_square, name or f"{operator.name}_inverse",
        )  # fmt: skip
        self.operator = operator

    def inverse(self, name: str = "inverse") -> LinearOperator:
        """The operator itself."""
        return self.operator

    def _shape(self) -> Any:
        return self.operator.shape

    def _shape_tensor(self) -> Any:
        return self.operator.shape_tensor()

    def _to_dense(self) -> Any:
        return tf.matrix_inverse(self.operator.to_dense())

    def _matmul(self, x: Any, adjoint: bool) -> Any:
        return self.operator.solve(x, adjoint=adjoint)

    def _solve(self, rhs: Any, adjoint: bool) -> Any:
        return self.operator.matmul(rhs, adjoint=adjoint)

    def _determinant(self) -> Any:
        return 1 / self.operator.determinant()

    def _log_abs_determinant(self) -> Any:
        return -self.operator.log_abs_determinant()


class LinearOperatorComposition(LinearOperator):
    """The product of operators, the last of which is applied first.

    Raises:
      ValueError: there are none.
      TypeError: they have different dtypes.
    """

    def __init__(
        self,
        operators: Sequence[LinearOperator],
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = None,
    ) -> None:
        if not operators:
            raise ValueError(f"Expected a non-empty list of operators. Found: {operators}")
        if any(op.dtype != operators[0].dtype for op in operators):
            told = ", ".join(f"{op.name} {op.dtype.name}" for op in operators)
            raise TypeError(f"Expected all operators to have the same dtype.  Found {told}")
        super().__init__(
            operators[0].dtype, parents_of(operators),
            if_all(operators, "is_non_singular", is_non_singular), is_self_adjoint,
            is_positive_definite, is_square,
            name or "_o_".join(op.name for op in operators),
        )  # fmt: skip
        self.operators = list(operators)

    def _shape(self) -> Any:
        batch = self.operators[0].batch_shape
        for operator in self.operators[1:]:
            batch = tf.broadcast_static_shape(batch, operator.batch_shape)
        ends = [self.operators[0].range_dimension, self.operators[-1].domain_dimension]
        return batch.concatenate(ends)

    def _to_dense(self) -> Any:
        return self._apply(self.operators[-1].to_dense(), reversed(self.operators[:-1]), False)

    def _matmul(self, x: Any, adjoint: bool) -> Any:
        return self._apply(x, self.operators if adjoint else reversed(self.operators), adjoint)

    def _apply(self, x: Any, operators: Any, adjoint: bool) -> Any:
        for operator in operators:
            x = operator.matmul(x, adjoint=adjoint)
        return x

    def _solve(self, rhs: Any, adjoint: bool) -> Any:
        for operator in reversed(self.operators) if adjoint else self.operators:
            rhs = operator.solve(rhs, adjoint=adjoint)
        return rhs

    def _determinant(self) -> Any:
        result = self.operators[0].determinant()
        for operator in self.operators[1:]:
            result *= operator.determinant()
        return result

    def _log_abs_determinant(self) -> Any:
        return sum(operator.log_abs_determinant() for operator in self.operators)
