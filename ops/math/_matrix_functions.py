"""Functions of batches of square matrices as arrays, which numpy lacks: LU, exp, log, sqrt.

N. J. Higham, "Functions of Matrices" (2008): chapter 6 (the product form of the Denman-Beavers
iteration), 10 (scaling and squaring) and 11 (inverse scaling and squaring).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

Array = Any
_WELL_CONDITIONED = 1e3  # of eigenvectors: three digits are lost at most
_ITERATIONS = 60
_NODES = 12  # of the integral: exact to double precision for |X| < 1/4


def pade_coefficients(order: int) -> list[float]:
    """Of the numerator of the [order/order] Pade approximant to exp, the highest of which is 1."""
    whole = math.factorial
    return [whole(2 * order - k) // (whole(order - k) * whole(k)) * 1.0 for k in range(order + 1)]


# Up to which 1-norm the approximant is exact to float32 or float64: Higham (2008), table 10.2.
PADE = {True: (7, 3.925724783138660), False: (13, 5.371920351148152)}


# --- LU -------------------------------------------------------------------------------------------
def lu(x: Array) -> tuple[Array, Array]:
    """(L below and U on and above the diagonal, the order of the rows), with partial pivoting."""
    size = x.shape[-1]
    a = np.array(x).reshape(math.prod(x.shape[:-2]), size, size)
    order = np.broadcast_to(np.arange(size), (len(a), size)).copy()
    every = np.arange(len(a))
    for k in range(size):
        pivot = k + np.abs(a[:, k:, k]).argmax(axis=1)
        for rows in (a, order):
            rows[every, k], rows[every, pivot] = rows[every, pivot], rows[every, k].copy()
        top = a[:, k, k, None]
        below = np.divide(
            a[:, k + 1 :, k], top, out=np.zeros_like(a[:, k + 1 :, k]), where=top != 0
        )
        a[:, k + 1 :, k] = below
        a[:, k + 1 :, k + 1 :] -= below[:, :, None] * a[:, k, None, k + 1 :]
    return a.reshape(x.shape), order.reshape(x.shape[:-1])


# --- exp ------------------------------------------------------------------------------------------
def exp(x: Array) -> Array:
    """e to the power of matrices: a Pade approximant of x / 2^n, squared n times."""
    size = x.shape[-1]
    if not x.size:
        return np.array(x)
    order, largest = PADE[False]
    norm = np.abs(x).sum(axis=-2).max(axis=-1)
    with np.errstate(divide="ignore"):
        squarings = np.maximum(np.ceil(np.log2(norm / largest)), 0)
    scaled = x / np.exp2(squarings)[..., None, None]
    eye, square = np.eye(size), scaled @ scaled
    even, odd, power = 0.0, 0.0, eye
    coefficients = pade_coefficients(order)
    for k in range(0, order, 2):
        even = even + coefficients[k] * power
        odd = odd + coefficients[k + 1] * power
        power = power @ square
    odd = scaled @ odd
    result = np.linalg.solve(even - odd, even + odd)
    for i in range(int(squarings.max())):
        again = (squarings > i)[..., None, None]
        result = np.where(again, result @ result, result)
    return result


# --- log, sqrt ------------------------------------------------------------------------------------
def log(x: Array) -> Array:
    """The principal logarithm of complex matrices."""
    return _of_eigenvalues(x, np.log, _log_by_roots)


def sqrt(x: Array) -> Array:
    """The principal square root; NaN where that of a real matrix is complex."""
    result = _of_eigenvalues(x, np.sqrt, _root)
    if x.dtype.kind == "c":
        return result
    size = np.abs(result).max(axis=(-1, -2), keepdims=True, initial=0)
    imaginary = np.abs(result.imag).max(axis=(-1, -2), keepdims=True, initial=0)
    return np.where(imaginary > 1e-6 * size, np.nan, result.real)


def _of_eigenvalues(
    x: Array, function: Callable[[Array], Array], other: Callable[[Array], Array]
) -> Array:
    """The function of the eigenvalues; where eigenvectors are nearly dependent, by `other`."""
    size = x.shape[-1]
    flat = x.reshape(math.prod(x.shape[:-2]), size, size).astype(np.complex128)
    result = np.empty_like(flat)
    if not flat.size:
        return result.reshape(x.shape)
    values, vectors = np.linalg.eig(flat)
    good = np.linalg.cond(vectors) < _WELL_CONDITIONED
    scaled = vectors[good] * function(values[good])[:, None, :]
    result[good] = scaled @ np.linalg.inv(vectors[good])
    for i in np.flatnonzero(~good):
        result[i] = other(flat[i])
    return result.reshape(x.shape)


def _root(x: Array) -> Array:
    """The product form of the Denman-Beavers iteration; NaN where it finds no root."""
    eye = np.eye(len(x))
    product, root = x, x
    for _ in range(_ITERATIONS):
        try:
            inverse = np.linalg.inv(product)
        except np.linalg.LinAlgError:
            return np.full_like(x, np.nan)
        root = root @ (eye + inverse) / 2
        product = (eye + (product + inverse) / 2) / 2
        if np.abs(product - eye).max(initial=0) < 1e-15 * max(len(x), 1):
            break
    return root


def _log_by_roots(x: Array) -> Array:
    """2^k log(x^(1 / 2^k)), near the identity by the integral of X / (1 + t X) over t."""
    eye, roots = np.eye(len(x)), 0
    while np.abs(x - eye).sum(axis=0).max(initial=0) > 0.25 and roots < _ITERATIONS:
        x, roots = _root(x), roots + 1
    rest = x - eye
    total = np.zeros_like(x)
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)  # loaded when it is needed
    for node, weight in zip((nodes + 1) / 2, weights / 2):
        total += weight * np.linalg.solve(eye + node * rest, rest)
    return total * 2.0**roots
