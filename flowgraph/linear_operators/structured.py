"""Operators of a structure that one sees in their arguments: zeros, blocks, reflections, sums."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import flowgraph as tf
from flowgraph.linear_operators.base import LinearOperator, if_all, parents_of


class LinearOperatorHouseholder(LinearOperator):
    """The reflection I - 2 v v^H / |v|^2 at the plane that `reflection_axis`, v, is normal to."""

    def __init__(
        self,
        reflection_axis: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str = "LinearOperatorHouseholder",
    ) -> None:
        if is_self_adjoint is False or is_non_singular is False or is_square is False:
            raise ValueError("A Householder operator is always self adjoint and non-singular.")
        if is_positive_definite:
            raise ValueError("A Householder operator is always non-positive definite.")
        axis = tf.convert_to_tensor(reflection_axis, name="reflection_axis")
        super().__init__(axis.dtype, [axis], True, True, False, True, name)
        self._reflection_axis = axis

    @property
    def reflection_axis(self) -> Any:
        """The normal vector."""
        return self._reflection_axis

    def _shape(self) -> Any:
        shape = self._reflection_axis.shape
        return shape.concatenate(shape[-1:])

    def _to_dense(self) -> Any:
        return self._matmul(tf.eye(tf.shape(self._reflection_axis)[-1], dtype=self.dtype), False)

    def _matmul(self, x: Any, adjoint: bool) -> Any:
        normal = tf.expand_dims(tf.nn.l2_normalize(self._reflection_axis, axis=-1), -1)
        return x - 2 * normal * tf.reduce_sum(tf.conj(normal) * x, axis=-2, keepdims=True)

    def _solve(self, rhs: Any, adjoint: bool) -> Any:
        return self._matmul(rhs, adjoint)  # it is its own inverse

    def _determinant(self) -> Any:
        return -tf.ones(tf.shape(self._reflection_axis)[:-1], self.dtype)

    def _log_abs_determinant(self) -> Any:
        return tf.zeros(tf.shape(self._reflection_axis)[:-1], self.dtype)


class LinearOperatorBlockDiag(LinearOperator):
    """Operators along the diagonal, zeros elsewhere; ValueError for none of them."""

    def __init__(
        self,
        operators: Sequence[LinearOperator],
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = True,
        name: str | None = None,
    ) -> None:
        if not operators:
            raise ValueError(f"Expected a non-empty list of operators. Found: {operators}")
        super().__init__(
            operators[0].dtype, parents_of(operators),
            if_all(operators, "is_non_singular", is_non_singular), is_self_adjoint,
            is_positive_definite, is_square,
            name or "_ds_".join(op.name for op in operators),
        )  # fmt: skip
        self.operators = list(operators)

    def _shape(self) -> Any:
        rows, columns = tf.Dimension(0), tf.Dimension(0)
        batch = self.operators[0].batch_shape
        for operator in self.operators:
            batch = tf.broadcast_static_shape(batch, operator.batch_shape)
            rows, columns = rows + operator.range_dimension, columns + operator.domain_dimension
        return batch.concatenate([rows, columns])

    def _matmul(self, x: Any, adjoint: bool) -> Any:
        return self._blockwise(x, adjoint, "matmul")

    def _solve(self, rhs: Any, adjoint: bool) -> Any:
        return self._blockwise(rhs, adjoint, "solve")

    def _blockwise(self, x: Any, adjoint: bool, method: str) -> Any:
        sizes = [
            op.range_dimension_tensor() if adjoint else op.domain_dimension_tensor()
            for op in self.operators
        ]
        parts = tf.split(x, tf.stack(sizes), axis=-2, num=len(sizes))
        done = [
            getattr(op, method)(part, adjoint=adjoint)
            for op, part in zip(self.operators, parts, strict=True)
        ]
        batch = tf.shape(done[0])[:-2]
        for part in done[1:]:
            batch = tf.broadcast_dynamic_shape(batch, tf.shape(part)[:-2])
        whole = [tf.broadcast_to(p, tf.concat([batch, tf.shape(p)[-2:]], 0)) for p in done]
        return tf.concat(whole, axis=-2)

    def _to_dense(self) -> Any:
        return self._matmul(tf.eye(self._columns(), dtype=self.dtype), False)

    def _columns(self) -> Any:
        return sum(op.domain_dimension_tensor() for op in self.operators)

    def _determinant(self) -> Any:
        result = self.operators[0].determinant()
        for operator in self.operators[1:]:
            result *= operator.determinant()
        return result

    def _log_abs_determinant(self) -> Any:
        return sum(operator.log_abs_determinant() for operator in self.operators)


class LinearOperatorLowRankUpdate(LinearOperator):
    """`base_operator` + u diag(d) v^H, with v = u and d of ones where they are not given."""

    def __init__(
        self,
        base_operator: LinearOperator,
        u: Any,
        diag_update: Any = None,
        v: Any = None,
        is_diag_update_positive: bool | None = None,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str = "LinearOperatorLowRankUpdate",
    ) -> None:
        u = tf.convert_to_tensor(u, dtype=base_operator.dtype, name="u")
        self.u, self.base_operator = u, base_operator
        self.v = u if v is None else tf.convert_to_tensor(v, dtype=u.dtype, name="v")
        self.diag_update = diag_update
        if diag_update is not None:
            self.diag_update = tf.convert_to_tensor(diag_update, dtype=u.dtype, name="diag_update")
        self.is_diag_update_positive = diag_update is None or is_diag_update_positive
        super().__init__(
            u.dtype, [*base_operator.graph_parents, u], is_non_singular, is_self_adjoint,
            is_positive_definite, is_square, name,
        )  # fmt: skip

    def _shape(self) -> Any:
        batch = tf.broadcast_static_shape(self.base_operator.batch_shape, self.u.shape[:-2])
        return batch.concatenate(self.base_operator.shape[-2:])

    def _matmul(self, x: Any, adjoint: bool) -> Any:
        left, right = (self.v, self.u) if adjoint else (self.u, self.v)
        inner = tf.matmul(right, x, adjoint_a=True)
        if self.diag_update is not None:
            inner *= tf.expand_dims(
                tf.conj(self.diag_update) if adjoint else self.diag_update, axis=-1
            )
        return self.base_operator.matmul(x, adjoint=adjoint) + tf.matmul(left, inner)

    def _to_dense(self) -> Any:
        return self._matmul(tf.eye(tf.shape(self.v)[-2], dtype=self.dtype), False)
