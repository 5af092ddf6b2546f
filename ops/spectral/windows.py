"""Windows: weights that fade a frame in and out, so that its spectrum does not smear."""

from __future__ import annotations

import math
from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.tensor import Tensor
from flowgraph.ops.spectral._sizes import counted, larger, scalar


def hann_window(
    window_length: Any, periodic: Any = True, dtype: Any = dtypes.float32, name: str | None = None
) -> Tensor:
    """0.5 - 0.5 cos(2 pi k / n) for k = 0, 1 ... window_length - 1 (tf.signal.hann_window).

    Args:
      window_length: an integer or scalar tensor.
      periodic: whether the window goes on from its start after its last sample, for spectra, or is
        symmetric, for filters: n is then window_length - 1. TensorFlow makes windows of odd length
        symmetric always. A bool or scalar tensor.
      dtype: a floating dtype.
      name: a name scope.

    Returns:
      A tensor of shape [window_length].

    Raises:
      ValueError: `dtype` is not floating, or another argument is not a scalar.
    """
    return _raised_cosine(window_length, periodic, dtype, 0.5, 0.5, name, "hann_window")


def hamming_window(
    window_length: Any, periodic: Any = True, dtype: Any = dtypes.float32, name: str | None = None
) -> Tensor:
    """0.54 - 0.46 cos(2 pi k / n); arguments as `hann_window`'s (tf.signal.hamming_window)."""
    return _raised_cosine(window_length, periodic, dtype, 0.54, 0.46, name, "hamming_window")


def _raised_cosine(
    window_length: Any, periodic: Any, dtype: Any, middle: float, swing: float, name: str | None,
    default: str,
) -> Tensor:  # fmt: skip
    kind = dtypes.as_dtype(dtype)
    if not kind.is_floating:
        raise ValueError(f"dtype must be a floating point type. Found {kind}")
    with name_scope(name, default, [window_length, periodic]):
        length = scalar(window_length, "window_length", None, ValueError)
        is_periodic = convert_to_tensor(periodic, dtype=dtypes.bool_, name="periodic")
        is_periodic.shape.assert_has_rank(0)
        more = raw.Cast(is_periodic, DstT=dtypes.int32) * (1 - length % 2)
        # Of a window of one sample nothing would be left: it is 1.
        period = raw.Cast(larger(1, length - 1 + more), DstT=kind)
        angle = raw.Cast(counted(length), DstT=kind) * (2 * math.pi) / period
        window = middle - swing * raw.Cos(angle)
        if isinstance(length, int):
            return raw.OnesLike(window) if length == 1 else window  # type: ignore[no-any-return]
        return raw.Select(raw.Equal(length, 1), raw.OnesLike(window), window)  # type: ignore[no-any-return]
