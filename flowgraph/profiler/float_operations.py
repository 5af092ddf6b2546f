"""How many float operations a node does, by the rules of TensorFlow's profiler.

They are what its documentation gives: a product of matrices counts two for each multiplication, an
elementwise op one for each element, a mean as a sum and a division (tensorflow/python/profiler).
"""

from __future__ import annotations

from math import prod
from typing import Any

# Operations for each element of the first input, and of the output.
_EACH_INPUT = {
    "AssignAdd": 1, "AssignSub": 1, "Log": 1, "Neg": 1, "Reciprocal": 1, "Rsqrt": 2, "Softmax": 5,
    "Square": 1,
}  # fmt: skip
_EACH_OUTPUT = {
    "Add": 1, "AddV2": 1, "BiasAdd": 1, "Equal": 1, "Greater": 1, "GreaterEqual": 1, "Less": 1,
    "LessEqual": 1, "Maximum": 1, "Minimum": 1, "Mul": 1, "NotEqual": 1, "Pow": 1, "RealDiv": 1,
    "RsqrtGrad": 4, "SquaredDifference": 2, "Sub": 1,
}  # fmt: skip
# For each element that is reduced, and for each that is left.
_REDUCTIONS = {
    "ArgMax": (1, 0),
    "ArgMin": (1, 0),
    "BiasAddGrad": (1, 0),
    "Mean": (1, 1),
    "Sum": (1, 0),
}
_POOLS = {
    "AvgPool": (0, 1, 0),
    "MaxPool": (0, 1, 0),
    "AvgPoolGrad": (1, 2, 0),
    "MaxPoolGrad": (1, 1, 1),
}


def float_operations(op: Any) -> int:
    """The float operations of one run of a node; 0 where its sizes or its rule are not known."""
    count = _rule(op.type)
    try:
        return int(count(op)) if count is not None else 0
    except (ValueError, TypeError, IndexError, KeyError):  # a size that is not known
        return 0


def _rule(kind: str) -> Any:
    if kind in _EACH_INPUT:
        return lambda op: _EACH_INPUT[kind] * _size(op.inputs[0])
    if kind in _EACH_OUTPUT:
        return lambda op: _EACH_OUTPUT[kind] * _size(op.outputs[0])
    if kind in _REDUCTIONS:
        return _reduced
    if kind in _POOLS:
        return _pooled
    return _RULES.get(kind)


def _sizes(tensor: Any) -> list[int]:
    if not tensor.shape.is_fully_defined():
        raise ValueError(f"the shape of {tensor.name} is not known")
    return tensor.shape.as_list()  # type: ignore[no-any-return]


def _size(tensor: Any) -> int:
    return prod(_sizes(tensor))


def _reduced(op: Any) -> int:
    each, end = _REDUCTIONS[op.type]
    return _size(op.inputs[0]) * each + _size(op.outputs[0]) * (end - each)


def _pooled(op: Any) -> int:
    which, each, more = _POOLS[op.type]
    windows = op.inputs[which] if op.type.endswith("Grad") else op.outputs[0]
    return int(prod(op.get_attr("ksize")) * each + more) * _size(windows)


def _matmul(op: Any) -> int:
    sizes = _sizes(op.inputs[0])
    inner = sizes[-2] if op.get_attr("transpose_a") else sizes[-1]
    return 2 * inner * _size(op.outputs[0])


def _batch_matmul(op: Any) -> int:
    sizes = _sizes(op.inputs[0])
    inner = sizes[-2] if op.get_attr("adj_x") else sizes[-1]
    return 2 * inner * _size(op.outputs[0])


def _convolution(op: Any) -> int:
    """Each output is a sum over the kernel's window and the channels of its group."""
    *window, depth, _ = _sizes(op.inputs[1])
    return 2 * prod(window) * depth * _size(op.outputs[0])


def _depthwise(op: Any) -> int:
    height, width, *_ = _sizes(op.inputs[1])
    return 2 * height * width * _size(op.outputs[0])


def _convolution_of_gradient(op: Any) -> int:
    """For the gradient of the input or of the filter: as many as the convolution itself."""
    to_filter = op.type.endswith("Filter")
    image = op.inputs[0] if to_filter else op.outputs[0]
    kernel = op.outputs[0] if to_filter else op.inputs[1]
    strides = op.get_attr("strides")
    pixels, depth = _size(image), _sizes(image)[-1]
    return 2 * pixels * _size(kernel) // int(depth * strides[1] * strides[2])


_RULES = {
    "AddN": lambda op: _size(op.outputs[0]) * (len(op.inputs) - 1),
    "BatchMatMul": _batch_matmul,
    "BatchMatMulV2": _batch_matmul,
    "Conv2D": _convolution,
    "Conv2DBackpropFilter": _convolution_of_gradient,
    "Conv2DBackpropInput": _convolution_of_gradient,
    "Conv3D": _convolution,
    "DepthwiseConv2dNative": _depthwise,
    "Dilation2D": lambda op: 2 * prod(_sizes(op.inputs[1])[:2]) * _size(op.outputs[0]),
    "L2Loss": lambda op: 3 * _size(op.inputs[0]) - 1,
    "MatMul": _matmul,
}
