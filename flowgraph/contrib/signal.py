"""`tf.contrib.signal`: `tf.signal` under its older name."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.signal": (
        "frame frames=frame hamming_window hann_window inverse_stft inverse_stft_window_fn "
        "linear_to_mel_weight_matrix mfccs_from_log_mel_spectrograms overlap_and_add stft"
    ),
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
