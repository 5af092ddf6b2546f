"""`tf.compat`: bytes and text, kinds of numbers, and TensorFlow 1 under its name `v1`."""

from flowgraph.core.lazy import missing as _missing
from flowgraph.core.shapes import dimension_at_index, dimension_value
from flowgraph.platform.compat import (
    as_bytes,
    as_str,
    as_str_any,
    as_text,
    bytes_or_text_types,
    complex_types,
    forward_compatibility_horizon,
    forward_compatible,
    integral_types,
    path_to_str,
    real_types,
)

__all__ = [
    "as_bytes", "as_str", "as_str_any", "as_text", "bytes_or_text_types", "complex_types",
    "dimension_at_index", "dimension_value",
    "forward_compatibility_horizon", "forward_compatible", "integral_types", "path_to_str",
    "real_types",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name == "v1":
        import flowgraph

        return flowgraph
    if name == "v2":
        raise AttributeError("tf.compat.v2 is not there: flowgraph has TensorFlow 1's model alone")
    raise _missing(__name__, name)
