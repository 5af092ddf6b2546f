"""What a layer does, in the words of books: "convolution 5×5", "full connection", "tanh"."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flowgraph.viz.network.layers import Layer

ACTIVATIONS = {
    "Relu": "ReLU", "Relu6": "ReLU6", "LeakyRelu": "leaky ReLU", "Elu": "ELU", "Selu": "SELU",
    "Sigmoid": "sigmoid", "Tanh": "tanh", "Softplus": "softplus", "Softsign": "softsign",
    "Softmax": "softmax", "LogSoftmax": "log softmax",
}  # fmt: skip
LOOPS = ("While", "StatelessWhile")
BRANCHES = ("If", "StatelessIf")
JOINS = {
    "Add": "addition", "AddV2": "addition", "AddN": "addition", "Mul": "product",
    "ConcatV2": "concatenation", "Concat": "concatenation", "Maximum": "maximum",
}  # fmt: skip


def what(layer: Layer) -> str:
    """What a layer does: "convolution 3×3, stride 2", "max pooling 2×2", "dropout"."""
    if layer.is_input:
        return "input"
    norm = ", batch normalisation" if _normalises(layer) else ""
    for types, words in _RULES:
        for op in _deep(layer.operations):
            if op.type in types:
                text = words(op, layer)
                return text + (norm if "convolution" in text or "connection" in text else "")
    if norm:
        return norm[2:]
    if layer.kind in _KERAS or layer.kind == "Activation":
        return _KERAS.get(layer.kind) or activation(layer) or "identity"
    if layer.kind:
        return layer.kind
    if _is_dropout(layer):
        return "dropout"
    return _by_type(layer)


def activation(layer: Layer) -> str:
    """The nonlinearity with which a layer ends: "tanh"; "" when there is none."""
    found = [op.type for op in layer.operations if op.type in ACTIVATIONS]
    if any(op.type in LOOPS for op in layer.operations) or _recurrent_name(layer):
        return ""
    return ACTIVATIONS[found[-1]] if found else ""


def phrase(layer: Layer) -> str:
    """Both in a line: "convolution 5×5, tanh"."""
    first, second = what(layer), activation(layer)
    return f"{first}, {second}" if second and second != first else first


def main_op(layer: Layer) -> Any:
    """The operation that a layer is about; None when none stands out."""
    for types, _ in _RULES:
        for op in _deep(layer.operations):
            if op.type in types:
                return op
    return None


def spatial(values: Sequence[int] | None, format_name: str = "NHWC") -> list[int]:
    """The sizes of a window or stride along the picture's axes."""
    sizes = list(values or [])
    if len(sizes) > 3:
        return sizes[2:] if format_name.startswith("NC") else sizes[1:-1]
    return sizes


def window(op: Any) -> list[int]:
    """How many places a filter or pool covers, along each axis of a picture; [] for others."""
    if "Conv" in op.type:
        return [s or 0 for s in op.inputs[1].shape.as_list()[:-2]]
    return spatial(op.attrs.get("ksize"), str(op.attrs.get("data_format", "NHWC")))


def _deep(operations: Sequence[Any]) -> list[Any]:
    """Operations, and those within branches (a layer that behaves differently in training)."""
    found = []
    for op in operations:
        found.append(op)
        if op.type in BRANCHES:
            found += op.attrs["then_branch"].get_operations()
    return found


def _sizes(sizes: Sequence[int]) -> str:
    return "×".join(str(s) for s in sizes)


def _convolution(name: str) -> Callable[[Any, Layer], str]:
    def words(op: Any, layer: Layer) -> str:
        pair = "Depthwise" in op.type and any(o.type == "Conv2D" for o in layer.operations)
        text = f"{'separable convolution' if pair else name} {_sizes(window(op))}"
        format_name = str(op.attrs.get("data_format", "NHWC"))
        for attribute, word in (("strides", "stride"), ("dilations", "dilation")):
            sizes = spatial(op.attrs.get(attribute), format_name)
            if any(s != 1 for s in sizes):
                text += f", {word} {_sizes(sizes) if len(set(sizes)) > 1 else sizes[0]}"
        if any(o.type == "SpaceToBatchND" for o in layer.operations):
            text += ", dilated"
        return text

    return words


def _pool(name: str) -> Callable[[Any, Layer], str]:
    def words(op: Any, _: Layer) -> str:
        sizes = window(op)
        steps = spatial(op.attrs.get("strides"), str(op.attrs.get("data_format", "NHWC")))
        more = f", stride {steps[0]}" if steps and steps != sizes else ""
        return f"{name} {_sizes(sizes)}{more}"

    return words


def _product(op: Any, layer: Layer) -> str:
    name = _recurrent_name(layer)
    return f"{name}, unrolled" if name else "full connection"


def _loop(_: Any, layer: Layer) -> str:
    return _recurrent_name(layer) or "loop"


_CELLS = {"lstm": "LSTM", "gru": "GRU", "rnn": "recurrent"}


def _recurrent_name(layer: Layer) -> str:
    """What cell a recurrent layer has, told by its variables' names; "" for other layers."""
    if layer.kind in ("LSTM", "GRU", "SimpleRNN"):
        return layer.kind
    names = [layer.name.lower(), *(v.name.lower() for v in layer.variables)]
    if not any("cell" in n or "rnn" in n or "recurrent" in n for n in names):
        return ""
    joined = " ".join(names)
    return next((word for key, word in _CELLS.items() if key in joined), "")


def _normalises(layer: Layer) -> bool:
    if any(op.type.startswith("FusedBatchNorm") for op in _deep(layer.operations)):
        return True
    names = {v.name.rpartition("/")[2] for v in layer.variables}
    return bool(names & {"moving_mean", "moving_variance"})


def _is_dropout(layer: Layer) -> bool:
    return any(op.type == "RandomUniform" for op in _deep(layer.operations))


def _by_type(layer: Layer) -> str:
    """What operations of several kinds do, told by those that change most."""
    types = [op.type for op in layer.operations]
    if len(layer.inputs) > 1:
        joins = [JOINS[t] for t in types if t in JOINS]
        if joins:
            return joins[0]
    if "Reshape" in types and layer.output is not None and layer.output.shape.rank == 2:
        return "flatten"
    shown = [t for t in dict.fromkeys(types) if t != "Identity" and t not in ACTIVATIONS]
    if not shown:
        return activation(layer) or "identity"
    words = [_PLAIN.get(t, t) for t in shown]
    return " + ".join(words[:3]) + (f" + {len(words) - 3} more" if len(words) > 3 else "")


_KERAS = {
    "Add": "addition", "Concatenate": "concatenation", "Multiply": "product", "Average": "mean",
    "Maximum": "maximum", "Flatten": "flatten", "Reshape": "reshape", "Dropout": "dropout",
    "SpatialDropout2D": "dropout", "ZeroPadding2D": "padding", "Permute": "transpose",
    "GlobalAveragePooling2D": "global average", "GlobalMaxPooling2D": "global maximum",
    "GlobalAveragePooling1D": "global average", "GlobalMaxPooling1D": "global maximum",
}  # fmt: skip
"""Keras's classes whose operations tell less than their name."""
_PLAIN = {
    "Add": "addition", "AddV2": "addition", "BiasAdd": "addition", "Square": "square",
    "ConcatV2": "concatenation", "Concat": "concatenation", "OneHot": "one-hot", "Fill": "fill",
    "Cast": "cast", "Mean": "mean", "Sum": "sum", "Reshape": "reshape", "Pad": "padding",
    "Transpose": "transpose", "StridedSlice": "slice", "Slice": "slice", "Unpack": "unstack",
    "Pack": "stack", "Sub": "subtraction", "Mul": "product", "RealDiv": "division",
    "ExpandDims": "new axis", "Squeeze": "squeeze", "Tile": "tiling", "Split": "split",
}  # fmt: skip


def _named(text: str) -> Callable[[Any, Layer], str]:
    return lambda _op, _layer: text


_RULES: tuple[tuple[tuple[str, ...], Callable[[Any, Layer], str]], ...] = (
    (LOOPS, _loop),
    (("LSTMBlockCell", "BlockLSTM", "BlockLSTMV2"), _named("LSTM")),
    (("GRUBlockCell",), _named("GRU")),
    (("DepthwiseConv2dNative",), _convolution("depthwise convolution")),
    (("Conv2D", "Conv3D"), _convolution("convolution")),
    (("Conv2DBackpropInput", "Conv3DBackpropInputV2"), _convolution("transposed convolution")),
    (("MatMul", "BatchMatMul", "BatchMatMulV2"), _product),
    (("MaxPool", "MaxPoolV2", "MaxPool3D", "MaxPoolWithArgmax"), _pool("max pooling")),
    (("AvgPool", "AvgPool3D"), _pool("average pooling")),
    (("GatherV2", "Gather", "ResourceGather"), _named("embedding")),
    (("ResizeBilinear", "ResizeNearestNeighbor"), _named("resizing")),
    (("LRN",), _named("local response normalisation")),
)
"""Op types -> the words for a layer that has one, the most telling first."""
