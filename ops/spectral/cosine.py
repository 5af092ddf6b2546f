"""Cosine transforms, and the cepstra that speech recognition makes with them."""

from __future__ import annotations

import math
from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.tensor import Tensor
from flowgraph.ops.spectral._sizes import Size, as_shape, counted, fit_last, size
from flowgraph.ops.spectral.fourier import irfft, rfft

_COMPLEX = {dtypes.float32: dtypes.complex64, dtypes.float64: dtypes.complex128}
_INVERSE = {1: 1, 2: 3, 3: 2}


def dct(
    input: Any,
    type: int = 2,
    n: int | None = None,
    axis: int = -1,
    norm: str | None = None,
    name: str | None = None,
) -> Tensor:
    """The discrete cosine transform over the last axis (tf.signal.dct).

    Args:
      input: float32 or float64, [..., samples].
      type: 1, 2 or 3.
      n: the length to which the signal is cut, or filled up with zeros; its own when None.
      axis: -1.
      norm: "ortho" to keep lengths of vectors, which type 1 cannot; None for bare sums.
      name: a name scope.

    Returns:
      A tensor of the input's dtype, [..., n].

    Raises:
      ValueError: an argument is another than the ones named, or type 1 has fewer than two samples.
      TypeError: another dtype.
    """
    with name_scope(name, "dct", [input]):
        x = convert_to_tensor(input, preferred_dtype=dtypes.float32)
        _check(x, type, n, axis, norm)
        if n is not None:
            x = fit_last(x, n)
        length = size(x, -1)
        if type == 1:
            # The signal and its mirror image, whose spectrum is real.
            mirrored = raw.ConcatV2([x, x[..., -2:0:-1]], -1)  # type: ignore[index]
            return raw.Real(rfft(mirrored), Tout=x.dtype.base_dtype)  # type: ignore[no-any-return]
        return _second(x, length, norm) if type == 2 else _third(x, length, norm)


def _check(x: Tensor, type: int, n: int | None, axis: int, norm: str | None) -> None:
    if x.dtype.base_dtype not in _COMPLEX:
        raise TypeError(f"dct takes float32 or float64, got {x.dtype.name}")
    if axis != -1:
        raise ValueError(f"axis must be -1. Got: {axis}")
    if n is not None and n < 1:
        raise ValueError(f"n should be a positive integer or None, got {n}")
    if type not in _INVERSE:
        raise ValueError(f"Only Types I, II and III (I)DCT are supported, got {type}")
    if norm not in (None, "ortho"):
        raise ValueError(f"Unknown normalization. Expected None or 'ortho', got: {norm}")
    if type == 1 and norm == "ortho":
        raise ValueError("Normalization is not supported for the Type-I DCT.")
    last = (x.shape.with_rank_at_least(1).known or (None,))[-1]
    if type == 1 and last is not None and last < 2:
        raise ValueError(f"Type-I DCT requires the dimension to be greater than one, got {last}")


def _turns(length: Size, dtype: dtypes.DType, sign: float) -> Tensor:
    """2 exp(sign i pi k / 2 length) for k = 0, 1 ... length - 1."""
    step = (sign * math.pi / 2) / raw.Cast(length, DstT=dtype)
    angle = raw.Cast(counted(length), DstT=dtype) * step
    return raw.Complex(2 * raw.Cos(angle), 2 * raw.Sin(angle), Tout=_COMPLEX[dtype])  # type: ignore[no-any-return]


def _weights(length: Size, first: Tensor, others: Tensor) -> Tensor:
    """[first, others, others ...]."""
    return raw.ConcatV2([raw.Fill([1], first), raw.Fill(as_shape([length - 1]), others)], 0)  # type: ignore[no-any-return]


def _second(x: Tensor, length: Size, norm: str | None) -> Tensor:
    """2 sum x[j] cos(pi k (2 j + 1) / 2 n), of a transform of twice the length (Makhoul 1980)."""
    dtype = x.dtype.base_dtype
    spectrum: Any = rfft(x, as_shape([2 * length]))
    turned = spectrum[..., :length] * _turns(length, dtype, -1.0)
    result: Any = raw.Real(turned, Tout=dtype)
    if norm is not None:
        root = raw.Rsqrt(raw.Cast(length, DstT=dtype))
        result = result * _weights(length, 0.5 * root, math.sqrt(0.5) * root)
    return result  # type: ignore[no-any-return]


def _third(x: Any, length: Size, norm: str | None) -> Tensor:
    """x[0] + 2 sum x[j] cos(pi (2 k + 1) j / 2 n): the second type, the other way round."""
    dtype = x.dtype.base_dtype
    count = raw.Cast(length, DstT=dtype)
    if norm is None:
        x = x * count
    else:
        x = x * _weights(length, raw.Sqrt(count), math.sqrt(0.5) * raw.Sqrt(count))
    turned = _turns(length, dtype, 1.0) * raw.Complex(x, raw.ZerosLike(x), Tout=_COMPLEX[dtype])
    return irfft(turned, as_shape([2 * length]))[..., :length]  # type: ignore[index, no-any-return]


def idct(
    input: Any,
    type: int = 2,
    n: int | None = None,
    axis: int = -1,
    norm: str | None = None,
    name: str | None = None,
) -> Tensor:
    """The inverse of `dct`, with its arguments (tf.signal.idct).

    Without normalisation it gives 2 n times the signal: idct(dct(x)) / (2 n) is x.
    """
    return dct(input, _INVERSE.get(type, type), n, axis, norm, name)


def mfccs_from_log_mel_spectrograms(log_mel_spectrograms: Any, name: str | None = None) -> Tensor:
    """Cepstra of mel spectra, scaled as HTK does (tf.signal.mfccs_from_log_mel_spectrograms).

    Args:
      log_mel_spectrograms: logarithms of mel spectra, float32 or float64, [..., num_mel_bins].
      name: a name scope.

    Returns:
      All num_mel_bins coefficients; often the first few are enough.

    Raises:
      ValueError: there are no bins.
    """
    with name_scope(name, "mfccs_from_log_mel_spectrograms", [log_mel_spectrograms]):
        x = convert_to_tensor(log_mel_spectrograms, preferred_dtype=dtypes.float32)
        x.shape.with_rank_at_least(1)
        bins = size(x, -1)
        if isinstance(bins, int) and not bins:
            raise ValueError(f"num_mel_bins must be positive. Got: {x}")
        double = raw.Cast(bins, DstT=x.dtype.base_dtype) * 2.0
        return dct(x, type=2) * raw.Rsqrt(double)  # type: ignore[operator, no-any-return]
