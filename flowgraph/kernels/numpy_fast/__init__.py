"""Fast kernels in plain numpy: views, buffers and matrix products instead of loops."""
