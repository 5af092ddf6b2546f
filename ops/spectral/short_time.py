"""Short-time Fourier transforms: the spectrum of each frame of a signal, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.tensor import Tensor
from flowgraph.ops.spectral._sizes import Size, as_shape, fit_last, scalar
from flowgraph.ops.spectral.fourier import irfft, rfft
from flowgraph.ops.spectral.framing import frame, overlap_and_add
from flowgraph.ops.spectral.windows import hann_window

Window = Callable[..., Any]
_POWERS = 2 ** np.arange(31, dtype=np.int32)


def _enclosing_power_of_two(length: Size) -> Size:
    """The least power of two that is not below `length`."""
    if isinstance(length, int):
        return 1 << (length - 1).bit_length()
    below = raw.Cast(raw.Less(_POWERS, length), DstT="int32")
    return raw.GatherV2(_POWERS, raw.Sum(below, 0, keep_dims=False), 0)


def _transform_length(fft_length: Any, frame_length: Size) -> Any:
    """The transform's length as a vector of one number."""
    if fft_length is None:
        return as_shape([_enclosing_power_of_two(frame_length)])
    return as_shape([scalar(fft_length, "fft_length", wrong=ValueError)])


def stft(
    signals: Any,
    frame_length: Any,
    frame_step: Any,
    fft_length: Any = None,
    window_fn: Window | None = hann_window,
    pad_end: bool = False,
    name: str | None = None,
) -> Tensor:
    """The spectrum of each frame of a signal (tf.signal.stft).

    Args:
      signals: float32 or float64, [..., samples].
      frame_length: how many samples a frame has, an integer or scalar tensor.
      frame_step: how far it is from one frame's start to the next one's.
      fft_length: the length of the transform; the power of two from `frame_length` on when None.
      window_fn: (length, dtype=) -> weights of a frame's samples; None for none.
      pad_end: fill up with zeros, so that a frame starts at each step.
      name: a name scope.

    Returns:
      A complex tensor [..., frames, fft_length // 2 + 1].

    Raises:
      ValueError: `signals` is a scalar, or another argument is not one.
    """
    with name_scope(name, "stft", [signals, frame_length, frame_step]):
        signals = convert_to_tensor(signals, name="signals")
        signals.shape.with_rank_at_least(1)
        length = scalar(frame_length, "frame_length")
        transformed = _transform_length(fft_length, length)
        frames: Any = frame(signals, length, frame_step, pad_end=pad_end)
        if window_fn is not None:
            frames = frames * window_fn(length, dtype=frames.dtype)
        return rfft(frames, transformed)


def inverse_stft_window_fn(
    frame_step: Any, forward_window_fn: Window = hann_window, name: str | None = None
) -> Window:
    """The window with which `inverse_stft` undoes `stft` (tf.signal.inverse_stft_window_fn).

    The forward window, divided by the sum of its squares over all frames that cover a sample
    (Griffin and Lim 1984, equation 7).

    Args:
      frame_step: that of the transform, an integer or scalar tensor.
      forward_window_fn: the window of `stft`.
      name: a name scope.

    Returns:
      A function (frame_length, dtype) -> a tensor of shape [frame_length].
    """
    with name_scope(name, "inverse_stft_window_fn", [frame_step]):
        step = scalar(frame_step, "frame_step")

    def inverse_window(frame_length: Any, dtype: Any) -> Tensor:
        with name_scope(name, "inverse_stft_window_fn", [frame_length]):
            length = scalar(frame_length, "frame_length")
            forward = convert_to_tensor(forward_window_fn(length, dtype=dtype))
            covering = -(-length // step)
            squares = fit_last(raw.Square(forward), covering * step)
            by_frame = raw.Reshape(squares, as_shape([covering, step]))
            sums = raw.Tile(raw.Sum(by_frame, 0, keep_dims=False), as_shape([covering]))
            return forward / fit_last(sums, length)  # type: ignore[operator, no-any-return]

    return inverse_window


def inverse_stft(
    stfts: Any,
    frame_length: Any,
    frame_step: Any,
    fft_length: Any = None,
    window_fn: Window | None = hann_window,
    name: str | None = None,
) -> Tensor:
    """The signal whose frames have these spectra (tf.signal.inverse_stft).

    It is the signal that `stft` was given, but for its ends, with the window that
    `inverse_stft_window_fn` makes.

    Args:
      stfts: complex, [..., frames, fft_length // 2 + 1].
      frame_length: how many samples a frame has, an integer or scalar tensor.
      frame_step: how far it is from one frame's start to the next one's.
      fft_length: the length of the transform; the power of two from `frame_length` on when None.
      window_fn: (length, dtype=) -> weights of a frame's samples; None for none.
      name: a name scope.

    Returns:
      A tensor of reals [..., (frames - 1) * frame_step + frame_length].

    Raises:
      ValueError: `stfts` is not complex or its rank is below 2, or another argument is not a
        scalar.
    """
    with name_scope(name, "inverse_stft", [stfts]):
        stfts = convert_to_tensor(stfts, name="stfts")
        stfts.shape.with_rank_at_least(2)
        if not stfts.dtype.is_complex:
            raise ValueError(f"stfts must be complex64 or complex128, got {stfts.dtype.name}")
        length = scalar(frame_length, "frame_length")
        frames: Any = fit_last(irfft(stfts, _transform_length(fft_length, length)), length)
        if window_fn is not None:
            frames = frames * window_fn(length, dtype=stfts.dtype.real_dtype)
        return overlap_and_add(frames, frame_step)
