"""`tf.signal` and `tf.spectral`: Fourier and cosine transforms, frames, windows."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.ops.spectral.cosine": "dct idct mfccs_from_log_mel_spectrograms",
    "flowgraph.ops.spectral.fourier": (
        "fft fft2d fft3d ifft ifft2d ifft3d irfft irfft2d irfft3d rfft rfft2d rfft3d"
    ),
    "flowgraph.ops.spectral.framing": "frame overlap_and_add",
    "flowgraph.ops.spectral.mel": "linear_to_mel_weight_matrix",
    "flowgraph.ops.spectral.shifting": "fftshift ifftshift",
    "flowgraph.ops.spectral.short_time": "inverse_stft inverse_stft_window_fn stft",
    "flowgraph.ops.spectral.windows": "hamming_window hann_window",
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
