# Made by docs/make_stubs.py: do not edit.
from flowgraph.ops.spectral.audio import decode_wav as decode_wav
from flowgraph.ops.spectral.audio import encode_wav as encode_wav
