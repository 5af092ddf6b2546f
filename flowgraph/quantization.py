"""`tf.quantization`: numbers of few bits."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.ops.quantize.fake": (
        "fake_quant_with_min_max_args fake_quant_with_min_max_args_gradient "
        "fake_quant_with_min_max_vars fake_quant_with_min_max_vars_gradient "
        "fake_quant_with_min_max_vars_per_channel "
        "fake_quant_with_min_max_vars_per_channel_gradient"
    ),
    "flowgraph.ops.quantize.quantize": "dequantize quantize quantize_and_dequantize",
    "flowgraph.ops.quantize.shaping": "quantized_concat",
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
