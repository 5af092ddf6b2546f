"""The matrices that stretch vectors: diagonal, triangular, and diagonal with something of low rank.

Each has the few products that an affine bijector and the normal distributions need.
"""

from __future__ import annotations

from typing import Any

from flowgraph.distributions import _ops as tf


class DiagScale:
    """A diagonal matrix, kept as its diagonal [..., k]."""

    def __init__(self, diag: Any) -> None:
        self._diag = diag
        self.dtype = diag.dtype

    @property
    def graph_parents(self) -> list[Any]:
        """The tensor it is made of."""
        return [self._diag]

    def parts(self) -> Any:
        """A tensor of the batch's shape and one dimension more."""
        return self._diag

    def matvec(self, x: Any) -> Any:
        """The matrix times vectors [..., k]."""
        return self._diag * x

    def solvevec(self, y: Any) -> Any:
        """The vectors that `matvec` makes `y` of."""
        return y / self._diag

    def log_abs_determinant(self, x: Any = None) -> Any:
        """log |det|: [...]."""
        del x
        return tf.reduce_sum(tf.log(tf.abs(self._diag)), axis=-1)

    def diag_part(self) -> Any:
        """The diagonal."""
        return self._diag

    def to_dense(self) -> Any:
        """The matrix."""
        return tf.matrix_diag(self._diag)

    def solve(self, matrix: Any) -> Any:
        """The inverse times a matrix."""
        return matrix / self._diag[..., None]

    def variance(self) -> Any:
        """The diagonal of the matrix times its transpose."""
        return tf.square(self._diag)

    def covariance(self) -> Any:
        """The matrix times its transpose."""
        return tf.matrix_diag(self.variance())


class DenseScale:
    """A matrix [..., k, k], lower triangular or not."""

    def __init__(self, matrix: Any, triangular: bool = True) -> None:
        self._triangular = triangular
        self._matrix = tf.matrix_band_part(matrix, -1, 0) if triangular else matrix
        self.dtype = matrix.dtype

    @property
    def graph_parents(self) -> list[Any]:
        """The tensor it is made of."""
        return [self._matrix]

    def parts(self) -> Any:
        """A tensor of the batch's shape and one dimension more."""
        return self._matrix[..., 0]

    def matvec(self, x: Any) -> Any:
        """The matrix times vectors [..., k]."""
        return tf.reduce_sum(self._matrix * x[..., None, :], axis=-1)

    def solvevec(self, y: Any) -> Any:
        """The vectors that `matvec` makes `y` of."""
        if y.shape.ndims is not None and y.shape.ndims == self._matrix.shape.ndims - 1:
            return tf.squeeze(self.solve(y[..., None]), [-1])
        # Samples stand before the batch: they become columns of one system.
        shape = tf.shape(y)
        matrix = tf.broadcast_to(
            self._matrix, tf.concat([shape[:-1], tf.shape(self._matrix)[-2:]], 0)
        )
        return tf.squeeze(_solve(matrix, y[..., None], self._triangular), [-1])

    def log_abs_determinant(self, x: Any = None) -> Any:
        """log |det|: [...]."""
        del x
        if self._triangular:
            return tf.reduce_sum(tf.log(tf.abs(tf.matrix_diag_part(self._matrix))), axis=-1)
        return tf.log(tf.abs(tf.matrix_determinant(self._matrix)))

    def diag_part(self) -> Any:
        """The diagonal."""
        return tf.matrix_diag_part(self._matrix)

    def to_dense(self) -> Any:
        """The matrix."""
        return self._matrix

    def solve(self, matrix: Any) -> Any:
        """The inverse times a matrix."""
        return _solve(self._matrix, matrix, self._triangular)

    def variance(self) -> Any:
        """The diagonal of the matrix times its transpose."""
        return tf.reduce_sum(tf.square(self._matrix), axis=-1)

    def covariance(self) -> Any:
        """The matrix times its transpose."""
        return tf.matmul(self._matrix, self._matrix, transpose_b=True)


def _solve(matrix: Any, right: Any, triangular: bool) -> Any:
    matrix, right = _same_batch(matrix, right)
    if triangular:
        return tf.matrix_triangular_solve(matrix, right)
    return tf.matmul(tf.matrix_inverse(matrix), right)


def _same_batch(a: Any, b: Any) -> tuple[Any, Any]:
    """Matrices in batches of the same shape, which their batches broadcast to."""
    if a.shape.is_fully_defined() and b.shape.is_fully_defined() and a.shape[:-2] == b.shape[:-2]:
        return a, b
    shape_a, shape_b = tf.shape(a), tf.shape(b)
    batch = tf.broadcast_dynamic_shape(shape_a[:-2], shape_b[:-2])
    return (
        tf.broadcast_to(a, tf.concat([batch, shape_a[-2:]], 0)),
        tf.broadcast_to(b, tf.concat([batch, shape_b[-2:]], 0)),
    )


class NumberScale:
    """A multiple of the identity, of any size; the identity itself when there is no number."""

    def __init__(self, number: Any = None) -> None:
        self._number = number
        self.dtype = None if number is None else number.dtype

    @property
    def graph_parents(self) -> list[Any]:
        """The tensor it is made of, if any."""
        return [] if self._number is None else [self._number]

    def matvec(self, x: Any) -> Any:
        """The matrix times vectors [..., k]."""
        return x if self._number is None else x * self._number[..., None]

    def solvevec(self, y: Any) -> Any:
        """The vectors that `matvec` makes `y` of."""
        return y if self._number is None else y / self._number[..., None]

    def log_abs_determinant(self, x: Any) -> Any:
        """log |det|: [...], for vectors of the size of `x`."""
        if self._number is None:
            return tf.constant(0.0, dtype=x.dtype)
        return tf.log(tf.abs(self._number)) * tf.cast(tf.shape(x)[-1], x.dtype)


def make_scale(
    loc: Any,
    identity_multiplier: Any = None,
    diag: Any = None,
    tril: Any = None,
    perturb_factor: Any = None,
    perturb_diag: Any = None,
    validate_args: bool = False,
) -> Any:
    """The sum of what is given: a multiple of the identity, a diagonal, a triangle, u d u'."""
    given = [None if t is None else tf.convert_to_tensor(t, name=n) for t, n in (
        (identity_multiplier, "scale_identity_multiplier"), (diag, "scale_diag"),
        (tril, "scale_tril"), (perturb_factor, "scale_perturb_factor"),
        (perturb_diag, "scale_perturb_diag"),
    )]  # fmt: skip
    multiplier, diag, tril, factor, factor_diag = given
    if diag is None and tril is None and factor is None:
        if loc is None:
            return NumberScale(_checked(multiplier, validate_args))
        diag = tf.ones([tf.shape(loc)[-1]], dtype=loc.dtype)
        if loc.shape.ndims and loc.shape.as_list()[-1] is not None:
            diag.set_shape(loc.shape[-1:])
        diag = diag if multiplier is None else diag * multiplier[..., None]
        multiplier = None
    if multiplier is not None and diag is not None:
        diag = diag + multiplier[..., None]
    elif multiplier is not None:
        like = tril[..., 0] if tril is not None else factor[..., 0]
        diag = tf.ones_like(like) * multiplier[..., None]
    if tril is None and factor is None:
        diag = _checked(diag, validate_args)
    return _assembled(diag, tril, factor, factor_diag)


def _checked(numbers: Any, validate_args: bool) -> Any:
    if numbers is None or not validate_args:
        return numbers
    check = tf.assert_none_equal(numbers, tf.zeros([], numbers.dtype))
    return tf.with_dependencies([check], numbers)


def _assembled(diag: Any, tril: Any, factor: Any, factor_diag: Any) -> Any:
    if tril is None and factor is None:
        return DiagScale(diag)
    matrix = None if tril is None else tf.matrix_band_part(tril, -1, 0)
    if diag is not None:
        dense = tf.matrix_diag(diag)
        matrix = dense if matrix is None else matrix + dense
    if factor is None:
        return DenseScale(matrix)
    scaled = factor if factor_diag is None else factor * factor_diag[..., None, :]
    update = tf.matmul(scaled, factor, transpose_b=True)
    if matrix is None:
        matrix = tf.eye(tf.shape(factor)[-2], dtype=factor.dtype)
    return DenseScale(matrix + update, triangular=False)
