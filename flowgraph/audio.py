"""`tf.audio`: WAV files."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.ops.spectral.audio": "decode_wav encode_wav",
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
