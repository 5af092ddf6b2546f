"""`tf.audio`: WAV files."""

from flowgraph.ops.spectral.audio import decode_wav, encode_wav
