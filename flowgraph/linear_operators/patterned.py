"""Operators whose entries follow a pattern: zeros, Kronecker's product, Toeplitz, circulants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import flowgraph as tf
from flowgraph.linear_operators.base import LinearOperator, if_all, parents_of


class LinearOperatorZeros(LinearOperator):
    """The matrix of zeros, `num_rows` times `num_columns` (square when None).

    Raises:
      ValueError: a hint says that it has an inverse or is positive definite.
    """

    def __init__(
        self,
        num_rows: Any,
        num_columns: Any = None,
        batch_shape: Any = None,
        dtype: Any = None,
        is_non_singular: bool | None = False,
        is_self_adjoint: bool | None = True,
        is_positive_definite: bool | None = False,
        is_square: bool | None = True,
        assert_proper_shapes: bool = False,
        name: str = "LinearOperatorZeros",
    ) -> None:
        del assert_proper_shapes  # shapes are always checked
        if is_non_singular:
            raise ValueError("A zero operator is always singular.")
        if is_positive_definite:
            raise ValueError("A zero operator is always not positive-definite.")
        if is_self_adjoint is False and num_columns in (None, num_rows):
            raise ValueError("A zero operator is always self adjoint.")
        square = num_columns is None or num_columns is num_rows or num_columns == num_rows
        super().__init__(
            dtype or tf.float32, (), False, bool(square) or None, False, bool(square), name
        )
        columns = num_rows if num_columns is None else num_columns
        batch = [] if batch_shape is None else batch_shape
        sizes = [tf.convert_to_tensor(size, tf.int32) for size in (num_rows, columns)]
        self._sizes = tf.concat([tf.reshape(tf.cast(batch, tf.int32), [-1]), tf.stack(sizes)], 0)
        self._batch = self._sizes[:-2]

    def _to_dense(self) -> Any:
        return tf.zeros(self._sizes, self.dtype)

    def _matmul(self, x: Any, adjoint: bool) -> Any:
        rows = self._sizes[-1 if adjoint else -2]
        batch = tf.broadcast_dynamic_shape(self._batch, tf.shape(x)[:-2])
        return tf.zeros(tf.concat([batch, [rows, tf.shape(x)[-1]]], 0), self.dtype)


class LinearOperatorKronecker(LinearOperator):
    """Kronecker's product of operators: each entry of one times the whole next one."""

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
            raise ValueError(f"Expected a list of >=1 operators. Found: {operators}")
        if len({op.dtype for op in operators}) > 1:
            kinds = [(op.name, op.dtype.name) for op in operators]
            raise TypeError(f"Expected all operators to have the same dtype. Found {kinds}")
        super().__init__(
            operators[0].dtype,
            parents_of(operators),
            if_all(operators, "is_non_singular", is_non_singular),
            if_all(operators, "is_self_adjoint", is_self_adjoint),
            if_all(operators, "is_positive_definite", is_positive_definite),
            if_all(operators, "is_square", is_square),
            name or "_x_".join(op.name for op in operators),
        )
        self.operators = list(operators)

    def _to_dense(self) -> Any:
        product = self.operators[0].to_dense()
        for operator in self.operators[1:]:
            matrix = operator.to_dense()
            entries = product[..., :, tf.newaxis, :, tf.newaxis]
            blocks = entries * matrix[..., tf.newaxis, :, tf.newaxis, :]
            rows, columns = (tf.shape(product)[i] * tf.shape(matrix)[i] for i in (-2, -1))
            joined = tf.reshape(blocks, tf.concat([tf.shape(blocks)[:-4], [rows, columns]], 0))
            joined.set_shape(_products(product.shape, matrix.shape))
            product = joined
        return product

    def _log_abs_determinant(self) -> Any:
        whole = tf.cast(self.domain_dimension_tensor(), self.dtype)
        return tf.add_n(
            [
                op.log_abs_determinant() * whole / tf.cast(op.domain_dimension_tensor(), self.dtype)
                for op in self.operators
            ]
        )


def _products(first: Any, second: Any) -> Any:
    """The static shape of a product, as far as those of its factors tell."""
    if first.ndims is None or second.ndims is None:
        return tf.TensorShape(None)
    batch = tf.broadcast_static_shape(first[:-2], second[:-2])
    return batch.concatenate([a * b for a, b in zip(first[-2:], second[-2:], strict=True)])


class LinearOperatorToeplitz(LinearOperator):
    """The square matrix of which each diagonal is one number: `col` is its first column.

    Args:
      col: [..., N].
      row: the first row, [..., N]; its first entry does not count.
    """

    def __init__(
        self,
        col: Any,
        row: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str = "LinearOperatorToeplitz",
    ) -> None:
        if is_square is False:
            raise ValueError("Only square Toeplitz operators currently supported.")
        self.col = tf.convert_to_tensor(col, name="col")
        self.row = tf.convert_to_tensor(row, name="row")
        super().__init__(
            self.col.dtype, [self.col, self.row], is_non_singular, is_self_adjoint,
            is_positive_definite, True, name,
        )  # fmt: skip

    def _to_dense(self) -> Any:
        size = tf.shape(self.col)[-1]
        diagonals = tf.concat([tf.reverse(self.row[..., 1:], [-1]), self.col], -1)
        places = tf.range(size)
        return tf.gather(diagonals, places[:, tf.newaxis] - places + size - 1, axis=-1)

    def _diag_part(self) -> Any:
        return tf.broadcast_to(self.col[..., :1], tf.shape(self.col))


# --- circulants -----------------------------------------------------------------------------------
class _Circulant(LinearOperator):
    """A matrix that the Fourier transform makes diagonal: `spectrum` is that diagonal.

    Args:
      spectrum: [..., N], or [..., N1, N2] and so on for blocks within blocks.
      input_output_dtype: the matrix's, complex64 by default; the imaginary part is left out where
        it is real.
    """

    _depth = 1

    def __init__(
        self,
        spectrum: Any,
        input_output_dtype: Any = None,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = True,
        name: str | None = None,
    ) -> None:
        spectrum = tf.convert_to_tensor(spectrum, name="spectrum")
        if spectrum.shape.ndims is not None and spectrum.shape.ndims < self._depth:
            raise ValueError(
                f"Argument spectrum must have at least {self._depth} dimensions. Found: {spectrum}"
            )
        if not spectrum.dtype.is_complex:
            if is_self_adjoint is False:
                raise ValueError("A real spectrum always corresponds to a self-adjoint operator.")
            is_self_adjoint = True
            wide = tf.complex128 if spectrum.dtype == tf.float64 else tf.complex64
            spectrum = tf.cast(spectrum, wide)
        super().__init__(
            input_output_dtype or tf.complex64, [spectrum], is_non_singular, is_self_adjoint,
            is_positive_definite, is_square, name,
        )  # fmt: skip
        self.spectrum = spectrum

    @property
    def block_depth(self) -> int:
        """How many dimensions the transform has."""
        return self._depth

    @property
    def block_shape(self) -> Any:
        """The sizes of the blocks."""
        return self.spectrum.shape[-self._depth :]

    def convolution_kernel(self, name: str = "convolution_kernel") -> Any:
        """What the operator convolves with: the spectrum's inverse transform."""
        with self._scope(name):
            return self._cast(_transforms(self._depth)[1](self.spectrum))

    def _cast(self, values: Any) -> Any:
        return tf.cast(values if self.dtype.is_complex else tf.real(values), self.dtype)

    def _shape(self) -> Any:
        if self.spectrum.shape.ndims is None:
            return tf.TensorShape(None)
        size = self.block_shape.num_elements()
        return self.spectrum.shape[: -self._depth].concatenate([size, size])

    def _shape_tensor(self) -> Any:
        shape = tf.shape(self.spectrum)
        size = tf.reduce_prod(shape[-self._depth :])
        return tf.concat([shape[: -self._depth], [size, size]], 0)

    def _scaled(self, x: Any, scale: Any) -> Any:
        """The columns of x, scaled in the frequencies: scale(transforms of the columns)."""
        blocks = tf.shape(self.spectrum)[-self._depth :]
        columns = tf.matrix_transpose(tf.cast(x, self.spectrum.dtype))
        columns = tf.reshape(columns, tf.concat([tf.shape(columns)[:-1], blocks], 0))
        forward, backward = _transforms(self._depth)
        found = backward(scale(forward(columns)))
        outer = tf.shape(found)[: -self._depth]
        found = tf.reshape(found, tf.concat([outer, [tf.reduce_prod(blocks)]], 0))
        return self._cast(tf.matrix_transpose(found))

    def _frequencies(self, adjoint: bool) -> Any:
        values = tf.conj(self.spectrum) if adjoint else self.spectrum
        return tf.expand_dims(values, -self._depth - 1)

    def _matmul(self, x: Any, adjoint: bool) -> Any:
        return self._scaled(x, lambda columns: self._frequencies(adjoint) * columns)

    def _solve(self, rhs: Any, adjoint: bool) -> Any:
        return self._scaled(rhs, lambda columns: columns / self._frequencies(adjoint))

    def _determinant(self) -> Any:
        return self._cast(tf.reduce_prod(self.spectrum, list(range(-self._depth, 0))))

    def _log_abs_determinant(self) -> Any:
        logs = tf.log(tf.abs(self.spectrum))
        return tf.cast(tf.reduce_sum(logs, list(range(-self._depth, 0))), self.dtype)


def _transforms(depth: int) -> Any:
    """The Fourier transform of as many dimensions, and its inverse."""
    names = {1: ("fft", "ifft"), 2: ("fft2d", "ifft2d"), 3: ("fft3d", "ifft3d")}[depth]
    return tuple(getattr(tf, name) for name in names)


class LinearOperatorCirculant(_Circulant):
    """A circulant matrix: each column is the one before, moved down by one."""


class LinearOperatorCirculant2D(_Circulant):
    """A matrix of circulant blocks, which are arranged as a circulant."""

    _depth = 2


class LinearOperatorCirculant3D(_Circulant):
    """A circulant of such matrices."""

    _depth = 3
