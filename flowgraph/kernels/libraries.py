"""All kernel libraries, in the order in which they are asked for a kernel."""

from flowgraph.kernels.jit import register as jit  # isort: skip
from flowgraph.kernels.onednn import register as onednn  # isort: skip
from flowgraph.kernels.onednn import register_nn as onednn_nn  # isort: skip
from flowgraph.kernels.numpy_fast import register as numpy_fast  # isort: skip
from flowgraph.kernels.numpy_fast import register_reduction as reduction  # isort: skip

__all__ = ["jit", "numpy_fast", "onednn", "onednn_nn", "reduction"]
