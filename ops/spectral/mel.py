"""The mel scale of pitch, and the matrix that brings spectra to it."""

from __future__ import annotations

from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.static import constant_value
from flowgraph.core.tensor import Tensor

_BREAK_HERTZ, _MELS = 700.0, 1127.0  # mel = 1127 log(1 + hertz / 700)


def _mels(hertz: Tensor) -> Any:
    return raw.Log(hertz / _BREAK_HERTZ + 1.0) * _MELS  # type: ignore[operator]


def linear_to_mel_weight_matrix(
    num_mel_bins: int = 20,
    num_spectrogram_bins: Any = 129,
    sample_rate: Any = 8000,
    lower_edge_hertz: float = 125.0,
    upper_edge_hertz: float = 3800.0,
    dtype: Any = dtypes.float32,
    name: str | None = None,
) -> Tensor:
    """Weights by which spectra become mel spectra (tf.signal.linear_to_mel_weight_matrix).

    Each column is a band: a triangle on the mel scale, from the centre of the band below to that of
    the band above.

    Args:
      num_mel_bins: how many bands, an int.
      num_spectrogram_bins: how many frequencies a spectrum has, from 0 to sample_rate / 2; an
        integer or scalar tensor.
      sample_rate: samples in a second; a number or constant tensor.
      lower_edge_hertz: where the lowest band starts.
      upper_edge_hertz: where the highest band ends.
      dtype: a floating dtype.
      name: the operation's name.

    Returns:
      A tensor of shape [num_spectrogram_bins, num_mel_bins].

    Raises:
      ValueError: numbers that are not positive or not in order, edges beyond sample_rate / 2,
        another dtype, or a sample rate that is not constant.
    """
    kind = dtypes.as_dtype(dtype)
    with name_scope(name, "linear_to_mel_weight_matrix") as scope:
        rate = _constant_rate(sample_rate)
        _check(num_mel_bins, rate, lower_edge_hertz, upper_edge_hertz, kind)
        zero = convert_to_tensor(0.0, kind)
        # The frequency zero belongs to no band.
        hertz: Any = raw.LinSpace(zero, convert_to_tensor(rate / 2, kind), num_spectrogram_bins)
        places = raw.ExpandDims(_mels(hertz[1:]), 1)
        ends = [convert_to_tensor(edge, kind) for edge in (lower_edge_hertz, upper_edge_hertz)]
        edges: Any = raw.LinSpace(_mels(ends[0]), _mels(ends[1]), num_mel_bins + 2)
        lower, centre, upper = edges[:-2], edges[1:-1], edges[2:]
        rising = (places - lower) / (centre - lower)
        falling = (upper - places) / (upper - centre)
        weights = raw.Maximum(zero, raw.Minimum(rising, falling))
        return raw.Pad(weights, [[1, 0], [0, 0]], name=scope)  # type: ignore[no-any-return]


def _constant_rate(sample_rate: Any) -> float:
    value = constant_value(sample_rate) if isinstance(sample_rate, Tensor) else sample_rate
    if value is None:
        raise ValueError(
            "`sample_rate` was a non-constant Tensor. Must be a Python float or a constant Tensor."
        )
    return float(value)


def _check(bins: int, rate: float, lower: float, upper: float, dtype: dtypes.DType) -> None:
    if bins <= 0:
        raise ValueError(f"num_mel_bins must be positive. Got: {bins}")
    if rate <= 0.0:
        raise ValueError(f"sample_rate must be positive. Got: {rate}")
    if lower < 0.0:
        raise ValueError(f"lower_edge_hertz must be non-negative. Got: {lower}")
    if lower >= upper:
        raise ValueError(f"lower_edge_hertz {lower:.1f} >= upper_edge_hertz {upper:.1f}")
    if upper > rate / 2:
        raise ValueError(
            "upper_edge_hertz must not be larger than the Nyquist frequency (sample_rate / 2). "
            f"Got: {upper} for sample_rate: {rate}"
        )
    if not dtype.is_floating:
        raise ValueError(f"dtype must be a floating point type. Got: {dtype}")
