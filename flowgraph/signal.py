"""`tf.signal` and `tf.spectral`: Fourier and cosine transforms, frames, windows."""

from flowgraph.ops.spectral.cosine import dct, idct, mfccs_from_log_mel_spectrograms
from flowgraph.ops.spectral.fourier import (
    fft,
    fft2d,
    fft3d,
    ifft,
    ifft2d,
    ifft3d,
    irfft,
    irfft2d,
    irfft3d,
    rfft,
    rfft2d,
    rfft3d,
)
from flowgraph.ops.spectral.framing import frame, overlap_and_add
from flowgraph.ops.spectral.mel import linear_to_mel_weight_matrix
from flowgraph.ops.spectral.shifting import fftshift, ifftshift
from flowgraph.ops.spectral.short_time import inverse_stft, inverse_stft_window_fn, stft
from flowgraph.ops.spectral.windows import hamming_window, hann_window
