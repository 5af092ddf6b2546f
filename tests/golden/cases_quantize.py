"""Cases of quantised numbers: fake quantisation, there and back, arithmetic on them."""

from __future__ import annotations

from typing import Any

import numpy as np
from golden.case import Build, Draw, Family, given, ints, real

family = Family("quantize")


def case(name: str, build: Build, *draws: Draw, **flags: Any) -> None:
    family.add(name, build, *draws, **{"numeric": False, "second": False, **flags})


def floats(*shape: int, low: float = -7.0, high: float = 7.0) -> Draw:
    return real(*shape, low=low, high=high, dtype="float32")


def number(value: float) -> Draw:
    return given(value, "float32")


def plain(tf: Any, results: Any) -> list[Any]:
    """Quantised tensors as the integers that they are; the others as they come."""
    kinds = {tf.qint8: tf.int8, tf.quint8: tf.uint8, tf.qint16: tf.int16, tf.quint16: tf.uint16,
             tf.qint32: tf.int32}  # fmt: skip
    return [tf.bitcast(y, kinds[y.dtype]) if y.dtype in kinds else y for y in results]


# --- fake quantisation ----------------------------------------------------------------------------
FAKE = ({}, {"num_bits": 4}, {"num_bits": 16}, {"narrow_range": True, "num_bits": 2})
RANGES = ((-6.0, 6.0), (-0.1, 5.9), (1.0, 4.0), (-5.0, -2.0), (-3.0, 0.0))
for options in FAKE:
    text = " ".join(f"{k}={v}" for k, v in options.items())
    case(f"fake args {text}", lambda tf, x, o=options: [
         tf.fake_quant_with_min_max_args(x, low, high, **o) for low, high in RANGES],
         floats(3, 7))  # fmt: skip
    case(f"fake vars {text}", lambda tf, x, low, high, o=options:
         tf.fake_quant_with_min_max_vars(x, low, high, **o),
         floats(3, 7), number(-3.3), number(4.1))  # fmt: skip
    case(f"fake channels {text}", lambda tf, x, low, high, o=options:
         tf.fake_quant_with_min_max_vars_per_channel(x, low, high, **o), floats(2, 3, 4),
         given([-3.3, 0.0, 1.0, -5.0], "float32"),
         given([4.1, 0.0, 2.5, -1.0], "float32"))  # fmt: skip
case("fake vars of an empty range", lambda tf, x, low, high: tf.fake_quant_with_min_max_vars(
     x, low, high), floats(5), number(0.0), number(0.0))  # fmt: skip
case("fake, by default", lambda tf, x: tf.quantization.fake_quant_with_min_max_args(x),
     given([-np.inf, -6.0, -0.0, 0.01, 6.01, np.inf], "float32"))  # fmt: skip
case("fake of an empty", lambda tf, x, low, high: [tf.fake_quant_with_min_max_args(x),
     tf.fake_quant_with_min_max_vars(x, low, high)], floats(0, 3), number(-1.0),
     number(2.0))  # fmt: skip
case("fake channels of a vector", lambda tf, x, low, high:
     tf.fake_quant_with_min_max_vars_per_channel(x, low, high), floats(3),
     given([-3.3, 0.0, 1.0], "float32"), given([4.1, 0.5, 2.5], "float32"))  # fmt: skip
case("fake gradients", lambda tf, g, x, low, high: [
     tf.fake_quant_with_min_max_args_gradient(g, x, -1.0, 2.0, 5),
     tf.fake_quant_with_min_max_vars_gradient(g, x, low, high),
     tf.fake_quant_with_min_max_vars_per_channel_gradient(g, x, [-1.0, 0.0], [1.0, 2.0])],
     floats(4, 2), floats(4, 2), number(-2.0), number(3.0), gradient=False)  # fmt: skip

# --- QuantizeV2, Dequantize -----------------------------------------------------------------------
KINDS = ("qint8", "quint8", "qint16", "quint16", "qint32")
MODES = (("MIN_COMBINED", {}), ("MIN_FIRST", {}), ("SCALED", {}),
         ("SCALED", {"round_mode": "HALF_TO_EVEN"}))  # fmt: skip
ENDS = ((-3.0, 5.0), (1.0, 6.0), (0.0, 0.0), (-6.0, -2.0), (2.0, 2.001))
for kind in KINDS:
    for mode, options in MODES:
        case(f"quantize {kind} {mode} {' '.join(options.values())}".strip(),
             lambda tf, x, k=kind, m=mode, o=options: [plain(tf, tf.quantize(
                 x, low, high, getattr(tf, k), m, **o)) for low, high in ENDS],
             given([-8.0, -3.0, -1.5, -0.01, 0.0, 0.01, 0.5, 2.5, 4.99, 5.0, 6.0, 9.0], "float32"),
             gradient=False, nodes=mode == "SCALED")  # fmt: skip
for kind, dtype in zip(KINDS, ("int8", "uint8", "int16", "uint16", "int32"), strict=True):
    info, top = np.iinfo(dtype), 2**31 - 1000  # TensorFlow's SCALED overflows above, in int32
    for mode, _ in MODES[:3]:
        case(f"dequantize {kind} {mode}", lambda tf, x, low, high, k=kind, m=mode: [
             tf.dequantize(tf.bitcast(x, getattr(tf, k)), low, high, m),
             tf.dequantize(tf.bitcast(x, getattr(tf, k)), 0.0, high, m)],
             given([info.min, info.min + 1, 0, 1, 77, min(info.max, top)], dtype),
             number(-2.5), number(3.7), gradient=False)  # fmt: skip
case("quantize by tensors", lambda tf, x, low, high: plain(tf, tf.quantization.quantize(
     x, low, high, tf.quint8)), floats(2, 3), number(-6.0), number(3.0),
     gradient=False)  # fmt: skip
case("quantize of an empty", lambda tf, x: plain(tf, tf.quantize_v2(x, 0.0, 1.0, tf.qint8)),
     floats(0, 2), gradient=False)  # fmt: skip

# --- QuantizeAndDequantize ------------------------------------------------------------------------
THERE = ({}, {"signed_input": False}, {"num_bits": 3}, {"range_given": True},
         {"range_given": True, "narrow_range": True, "num_bits": 4},
         {"range_given": True, "signed_input": False, "round_mode": "HALF_UP"},
         {"round_mode": "HALF_UP", "num_bits": 40})  # fmt: skip
for dtype in ("float32", "float64"):
    for options in THERE:
        text = " ".join(f"{k}={v}" for k, v in options.items())
        case(f"there and back {dtype} {text}", lambda tf, x, low, high, o=options:
             tf.quantization.quantize_and_dequantize(x, low, high, **o),
             real(3, 5, low=-3.0, high=2.0, dtype=dtype), given(-2.3, dtype),
             given(1.1, dtype))  # fmt: skip
    for options in ({}, {"range_given": False, "signed_input": False}, {"narrow_range": True}):
        text = " ".join(f"{k}={v}" for k, v in options.items())
        case(f"there and back V3 {dtype} {text}", lambda tf, x, low, high, n, o=options:
             tf.raw_ops.QuantizeAndDequantizeV3(
                 input=x, input_min=low, input_max=high, num_bits=n, **o),
             real(3, 5, low=-3.0, high=2.0, dtype=dtype), given(-2.3, dtype), given(1.1, dtype),
             given(5, "int32"))  # fmt: skip
case("there and back of an empty", lambda tf, x: tf.quantization.quantize_and_dequantize(
     x, 0.0, 1.0), floats(0, 2))  # fmt: skip
case("there and back of positive numbers", lambda tf, x: tf.quantization.quantize_and_dequantize(
     x, 0.0, 1.0, num_bits=5), floats(6, low=0.5))  # fmt: skip
# TensorFlow 2 no longer builds the first version: its successor tells what it gave.
case("there and back V1", lambda tf, x: tf.raw_ops.QuantizeAndDequantize(
     input=x, range_given=True, input_min=-2.0, input_max=1.5, num_bits=6), floats(3, 4),
     nodes=False, golden_build=lambda tf, x: tf.raw_ops.QuantizeAndDequantizeV2(
         input=x, range_given=True, input_min=-2.0, input_max=1.5, num_bits=6))  # fmt: skip


# --- from many bits to few ------------------------------------------------------------------------
def as_type(tf: Any, x: Any, kind: str) -> Any:
    """Integers as a quantised tensor."""
    return tf.bitcast(x, getattr(tf, kind))


def raw(op: str, kinds: str, **attrs: Any) -> Build:
    """The op of these inputs, the first ones of which are made quantised: "a:qint8 b:qint8 min"."""
    names = kinds.split()

    def build(tf: Any, *inputs: Any) -> list[Any]:
        given_inputs = {}
        for text, x in zip(names, inputs, strict=True):
            name, _, kind = text.partition(":")
            given_inputs[name] = as_type(tf, x, kind) if kind else x
        told = {k: getattr(tf, v) if str(v).startswith(("qi", "qu")) else v
                for k, v in attrs.items()}  # fmt: skip
        return plain(tf, getattr(tf.raw_ops, op)(**given_inputs, **told))

    return build


def bytes_(*shape: int) -> Draw:
    return ints(*shape, low=0, high=256, dtype="uint8")


FLAT = {"gradient": False}
INTS = given([-(2**31), -(2**20), -300, 0, 5, 2**19, 2**24 + 1, 2**31 - 1], "int32")
SMALL = given([-(2**20), -300, 0, 5, 2**19], "int32")
for name, numbers in (("all", INTS), ("some", SMALL)):
    for low, high in ((-1.0, 1.0), (-256.0, 255.0), (0.0, 8.0)):
        ends = (number(low), number(high))
        case(f"shrink {name} of {low} {high}", raw("QuantizeDownAndShrinkRange",
             "input:qint32 input_min input_max", out_type="quint8"), numbers, *ends,
             **FLAT)  # fmt: skip
        case(f"used range of {name} of {low} {high}", raw("RequantizationRange",
             "input:qint32 input_min input_max"), numbers, *ends, **FLAT)  # fmt: skip
for kind in ("quint8", "qint8"):
    for low, high in ((-1.0, 1.0), (-0.25, 0.0), (0.0, 3.0)):
        case(f"requantize {kind} to {low} {high}", raw("Requantize",
             "input:qint32 input_min input_max requested_output_min requested_output_max",
             out_type=kind), INTS, number(-2.0), number(2.0), number(low), number(high),
             **FLAT)  # fmt: skip
case("shrink of an empty", raw("QuantizeDownAndShrinkRange", "input:qint32 input_min input_max",
     out_type="quint8"), given(np.zeros((0, 2)), "int32"), number(-1.0), number(1.0),
     **FLAT)  # fmt: skip
CHANNELS = ints(2, 3, 3, 4, low=-(2**31), high=2**31 - 1, dtype="int64")
LOWS, HIGHS = given([-1.0, -2.0, -0.5, 0.0], "float32"), given([1.0, 1.5, 0.7, 2.0], "float32")
INT32S = lambda rng: CHANNELS(rng).astype("int32")  # noqa: E731
for clip in (6.0, 0.5):
    case(f"range by channel below {clip}", raw("RequantizationRangePerChannel",
         "input:qint32 input_min input_max", clip_value_max=clip), INT32S, LOWS, HIGHS,
         **FLAT)  # fmt: skip
case("range by channel of positives", raw("RequantizationRangePerChannel",
     "input:qint32 input_min input_max", clip_value_max=9.0),
     given([[[[1, 2], [3, 2**30]]]], "int32"), given([-1.0, -2.0], "float32"),
     given([1.0, 1.5], "float32"), **FLAT)  # fmt: skip
for kind in ("qint8", "quint8"):
    case(f"requantize by channel to {kind}", raw("RequantizePerChannel",
         "input:qint32 input_min input_max requested_output_min requested_output_max",
         out_type=kind), INT32S, LOWS, HIGHS, number(-1.5), number(1.0), **FLAT)  # fmt: skip

# --- arithmetic -----------------------------------------------------------------------------------
RANGE = (number(-3.0), number(5.0), number(-0.5), number(9.0))
TWO = "x:quint8 y:quint8 min_x max_x min_y max_y"
SHAPES = {"alike": ((3, 4), (3, 4)), "a scalar": ((), (5,)), "one": ((2, 3), (1,)),
          "a row": ((2, 3), (3,)), "rows": ((4,), (2, 3, 4)),
          "empties": ((0, 2), (0, 2))}  # fmt: skip
for name, (a, b) in SHAPES.items():
    if name != "empties":
        case(f"add {name}", raw("QuantizedAdd", TWO), bytes_(*a), bytes_(*b), *RANGE, **FLAT)
    case(f"mul {name}", raw("QuantizedMul", TWO), bytes_(*a), bytes_(*b), *RANGE, **FLAT)
MATRICES = "a:quint8 b:quint8 min_a max_a min_b max_b"
for turns in ((False, False), (True, False), (False, True), (True, True)):
    a, b = ((4, 3) if turns[0] else (3, 4)), ((2, 4) if turns[1] else (4, 2))
    case(f"matmul {turns}", raw("QuantizedMatMul", MATRICES, transpose_a=turns[0],
         transpose_b=turns[1]), bytes_(*a), bytes_(*b), *RANGE, **FLAT)  # fmt: skip
case("matmul of ranges beyond zero", raw("QuantizedMatMul", MATRICES), bytes_(3, 4), bytes_(4, 2),
     number(2.0), number(5.0), number(-8.0), number(-2.0), **FLAT)  # fmt: skip
BIAS = "input:{0} bias:{0} min_input max_input min_bias max_bias"
case("bias_add quint8", raw("QuantizedBiasAdd", BIAS.format("quint8"), out_type="qint32"),
     bytes_(2, 3, 4), bytes_(4), *RANGE, **FLAT)  # fmt: skip
case("bias_add qint8", raw("QuantizedBiasAdd", BIAS.format("qint8"), out_type="qint32"),
     ints(3, 4, low=-128, high=128, dtype="int8"), ints(4, low=-128, high=128, dtype="int8"),
     *RANGE, **FLAT)  # fmt: skip
for kind, numbers in (("quint8", bytes_(4, 4)), ("qint32", INTS)):
    for op in ("QuantizedRelu", "QuantizedRelu6"):
        case(f"{op} {kind}", raw(op, f"features:{kind} min_features max_features", out_type=kind),
             numbers, number(-4.0), number(9.0), **FLAT)  # fmt: skip
# TensorFlow has no kernel of QuantizedReluX; with 6 it is QuantizedRelu6.
case("quantized_relu_x", lambda tf, x: plain(tf, tf.nn.quantized_relu_x(as_type(
     tf, x, "quint8"), 6.0, -4.0, 9.0)), bytes_(4, 4), nodes=False, golden_build=lambda tf, x:
     plain(tf, tf.raw_ops.QuantizedRelu6(features=as_type(tf, x, "quint8"), min_features=-4.0,
     max_features=9.0)), **FLAT)  # fmt: skip

# --- layers ---------------------------------------------------------------------------------------
for stride in (1, 2, 3):
    for padding in ("SAME", "VALID"):
        case(f"conv2d {stride} {padding}", lambda tf, x, w, s=stride, p=padding: plain(
             tf, tf.nn.quantized_conv2d(as_type(tf, x, "quint8"), as_type(tf, w, "quint8"), -1.0,
             4.0, -2.0, 2.5, [1, s, s, 1], p)), bytes_(2, 7, 6, 3), bytes_(3, 2, 3, 4),
             **FLAT)  # fmt: skip
        for kind in ("avg", "max"):
            case(f"{kind}_pool {stride} {padding}", lambda tf, x, k=kind, s=stride, p=padding:
                 plain(tf, getattr(tf.nn, f"quantized_{k}_pool")(as_type(tf, x, "quint8"), -1.0,
                 4.0, [1, 3, 2, 1], [1, s, s, 1], p)), bytes_(2, 7, 6, 3), **FLAT)  # fmt: skip
case("conv2d with pixels left over", lambda tf, x, w: plain(tf, tf.nn.quantized_conv2d(
     as_type(tf, x, "quint8"), as_type(tf, w, "quint8"), -1.0, 4.0, -2.0, 2.5, [1, 5, 5, 1],
     "VALID")), bytes_(1, 10, 9, 2), bytes_(2, 1, 2, 2), **FLAT)  # fmt: skip
for options in ({}, {"output_range_given": True, "given_y_min": -1.0, "given_y_max": 1.5},
                {"variance_epsilon": 0.5, "min_separation": 9.0}):  # fmt: skip
    case(f"instance_norm {' '.join(options)}".strip(), raw("QuantizedInstanceNorm",
         "x:quint8 x_min x_max", **options), bytes_(2, 3, 4, 2), number(-1.0), number(3.0),
         **FLAT)  # fmt: skip
NORM = " ".join(f"{p}:quint8 {p}_min {p}_max" for p in ("t", "m", "v", "beta", "gamma"))
for scaled in (False, True):
    case(f"batch_norm {scaled}", raw("QuantizedBatchNormWithGlobalNormalization", NORM,
         out_type="qint32", variance_epsilon=0.001, scale_after_normalization=scaled),
         bytes_(2, 3, 2, 4), number(-1.0), number(3.0), bytes_(4), number(-1.0), number(1.0),
         bytes_(4), number(0.0), number(4.0), bytes_(4), number(-2.0), number(2.0), bytes_(4),
         number(-1.0), number(3.0), **FLAT)  # fmt: skip

# --- shaping --------------------------------------------------------------------------------------
for kind in ("quint8", "qint32"):
    numbers = bytes_ if kind == "quint8" else lambda *shape: ints(*shape, low=-9999, high=2**30)
    for axis in (0, 1):
        case(f"concat {kind} along {axis}", lambda tf, x, y, k=kind, a=axis: plain(
             tf, tf.quantized_concat(a, [as_type(tf, x, k), as_type(tf, y, k)], [-1.0, -3.0],
             [2.0, 0.5])), numbers(2, 3), numbers(2, 3), **FLAT)  # fmt: skip
    case(f"reshape {kind}", raw("QuantizedReshape", f"tensor:{kind} shape input_min input_max"),
         numbers(2, 6), given([3, -1], "int32"), number(-1.0), number(1.0), **FLAT)  # fmt: skip
    for flags in ({}, {"align_corners": True}, {"half_pixel_centers": True}):
        case(f"resize {kind} {' '.join(flags)}".strip(), raw("QuantizedResizeBilinear",
             f"images:{kind} size min max", **flags), numbers(2, 4, 5, 3), given([7, 3], "int32"),
             number(-1.0), number(1.0), **FLAT)  # fmt: skip
case("resize floats", raw("QuantizedResizeBilinear", "images size min max"), floats(1, 3, 4, 2),
     given([5, 6], "int32"), number(-1.0), number(1.0), **FLAT)  # fmt: skip
case("resize to its own size", raw("QuantizedResizeBilinear", "images:quint8 size min max"),
     bytes_(1, 3, 4, 2), given([3, 4], "int32"), number(-1.0), number(1.0), **FLAT)  # fmt: skip
case("concat of alike ranges", lambda tf, x, y: plain(tf, tf.quantization.quantized_concat(
     1, [as_type(tf, x, "quint8"), as_type(tf, y, "quint8")], [-1.0, -1.0], [2.0, 2.0])),
     bytes_(2, 0), bytes_(2, 3), **FLAT)  # fmt: skip
