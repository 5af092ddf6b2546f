"""`tf.signal` and `tf.spectral`: Fourier transforms."""

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
