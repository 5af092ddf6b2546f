"""`tf.quantization`: numbers of few bits."""

from flowgraph.ops.quantize import requantize as _requantize
from flowgraph.ops.quantize.fake import (
    fake_quant_with_min_max_args,
    fake_quant_with_min_max_args_gradient,
    fake_quant_with_min_max_vars,
    fake_quant_with_min_max_vars_gradient,
    fake_quant_with_min_max_vars_per_channel,
    fake_quant_with_min_max_vars_per_channel_gradient,
)
from flowgraph.ops.quantize.quantize import dequantize, quantize, quantize_and_dequantize
from flowgraph.ops.quantize.shaping import quantized_concat
