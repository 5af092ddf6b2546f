"""Spectra: Fourier transforms of one to three dimensions, short-time spectra (tf.signal)."""
