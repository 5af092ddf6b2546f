"""Cases of convolution and pooling: strides, dilations, paddings, both data formats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from golden.case import Draw, Family, apart, given, real

family = Family("image")
case = family.add
FLOATS = ("float32", "float16")  # TensorFlow's CPU has no convolution in bfloat16 everywhere

# TensorFlow's CPU kernels know only NHWC: for NCHW it runs the same on transposed images.
TO_LAST, TO_FIRST = [0, 2, 3, 1], [0, 3, 1, 2]


def through_last(op: Callable[..., Any]) -> Any:
    """`op` of NHWC images, applied to NCHW images."""
    return lambda tf, x, *rest: tf.transpose(op(tf, tf.transpose(x, TO_LAST), *rest), TO_FIRST)


# --- conv2d ---------------------------------------------------------------------------------------
def conv(strides: Any = 1, padding: Any = "SAME", **more: Any) -> Any:
    return lambda tf, x, w: tf.nn.conv2d(x, w, strides=strides, padding=padding, **more)


def spread(tf: Any, w: Any, by: tuple[int, int]) -> Any:
    """The filter with its elements `by` apart, zeros between them: what dilation does."""
    height, width, *channels = w.shape.as_list()
    cells = tf.reshape(w, [height, 1, width, 1, *channels])
    table = [[0, 0], [0, by[0] - 1], [0, 0], [0, by[1] - 1], [0, 0], [0, 0]]
    wide = tf.reshape(tf.pad(cells, table), [height * by[0], width * by[1], *channels])
    return wide[: (height - 1) * by[0] + 1, : (width - 1) * by[1] + 1]


def dilated_case(
    name: str, image: Draw, by: tuple[int, int], padding: Any, data_format: str = "NHWC"
) -> None:
    """A dilated convolution. TensorFlow runs one with a spread filter, as its CPU kernels have no
    gradient of a dilated one."""  # fmt: skip
    rates = [1, *by, 1] if data_format == "NHWC" else [1, 1, *by]

    def golden(tf: Any, x: Any, w: Any) -> Any:
        return tf.nn.conv2d(x, spread(tf, w, by), 1, padding)

    case(name, conv(1, padding, dilations=rates, data_format=data_format), image,
         real(2, 2, 2, 1), nodes=False, variants=("known",),
         golden_build=golden if data_format == "NHWC" else through_last(golden))  # fmt: skip


def conv_case(name: str, image: Any, kernel: Any, *args: Any, **more: Any) -> None:
    flags = {key: more.pop(key) for key in ("also", "gradient") if key in more}
    case(f"conv2d {name}", conv(*args, **more), real(*image), real(*kernel), **flags)


for padding in ("SAME", "VALID"):
    conv_case(padding, (2, 4, 4, 2), (3, 3, 2, 2), [1, 1, 1, 1], padding, also=FLOATS)
    conv_case(f"{padding}, strides 2", (1, 5, 4, 1), (3, 2, 1, 2), [1, 2, 2, 1], padding,
              also=("float32",))  # fmt: skip
    conv_case(f"{padding}, strides 2 and 1", (1, 5, 5, 1), (3, 3, 1, 1), [1, 2, 1, 1], padding)
    conv_case(f"{padding}, strides 3", (1, 6, 7, 1), (2, 2, 1, 1), [1, 3, 3, 1], padding)
    conv_case(f"{padding}, 1x1", (2, 3, 2, 2), (1, 1, 2, 3), [1, 1, 1, 1], padding)
    conv_case(f"{padding}, 1x1, strides 2", (1, 4, 5, 2), (1, 1, 2, 2), [1, 2, 2, 1], padding)
    conv_case(f"{padding}, 2x2", (1, 3, 3, 1), (2, 2, 1, 1), [1, 1, 1, 1], padding)
    conv_case(f"{padding}, 1x3", (1, 3, 4, 1), (1, 3, 1, 2), [1, 1, 1, 1], padding)
    conv_case(f"{padding}, dilated", (1, 6, 6, 1), (2, 3, 1, 2), [1, 1, 1, 1], padding,
              dilations=[1, 2, 2, 1], gradient=False)  # fmt: skip
    for by in ((2, 2), (3, 1), (1, 2)):
        dilated_case(f"conv2d {padding}, dilated by {by}", real(1, 7, 5, 2), by, padding)
    conv_case(f"{padding}, an empty batch", (0, 4, 4, 1), (2, 2, 1, 1), [1, 1, 1, 1], padding)
conv_case("SAME, larger than the image", (1, 2, 2, 1), (5, 5, 1, 1), [1, 1, 1, 1], "SAME")
conv_case("SAME, strides over the filter", (1, 5, 5, 1), (2, 2, 1, 1), [1, 4, 4, 1], "SAME")
conv_case("VALID, all of the image", (2, 3, 3, 2), (3, 3, 2, 3), [1, 1, 1, 1], "VALID")
EXPLICIT = [[0, 0], [1, 2], [0, 1], [0, 0]]
conv_case("EXPLICIT", (1, 3, 4, 2), (3, 2, 2, 1), [1, 1, 1, 1], EXPLICIT, also=("float32",))
conv_case("EXPLICIT, strides 2", (1, 4, 4, 1), (3, 3, 1, 1), [1, 2, 2, 1], EXPLICIT)
dilated_case("conv2d EXPLICIT, dilated", real(1, 4, 5, 2), (2, 2), EXPLICIT)
conv_case("strides as a number", (1, 4, 4, 1), (2, 2, 1, 1), 2, "SAME")
conv_case("strides as a pair", (1, 4, 4, 1), (2, 2, 1, 1), [2, 1], "VALID")
case("conv2d with filters", lambda tf, x, w: tf.nn.conv2d(x, filters=w, strides=1, padding="SAME"),
     real(1, 3, 3, 1), real(2, 2, 1, 1))  # fmt: skip
case("conv2d of conv2d", lambda tf, x, w: tf.nn.conv2d(tf.nn.conv2d(x, w, 1, "SAME"), w, 1,
     "VALID"), real(1, 4, 4, 1), real(2, 2, 1, 1))  # fmt: skip
case("conv2d with bias and relu", lambda tf, x, w, b: tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(
     x, w, [1, 1, 1, 1], "SAME"), b)), apart(1, 3, 3, 1), real(2, 2, 1, 2), real(2),
     also=("float32",))  # fmt: skip
for padding, strides in (("SAME", 1), ("VALID", 2)):
    case(f"conv2d NCHW {padding} {strides}", conv(strides, padding, data_format="NCHW"),
         real(2, 2, 4, 5), real(3, 2, 2, 2), nodes=False,
         golden_build=through_last(conv(strides, padding)))  # fmt: skip
dilated_case("conv2d NCHW dilated", real(1, 2, 5, 5), (2, 2), "SAME", "NCHW")
case("conv2d NCHW EXPLICIT", conv(1, [[0, 0], [0, 0], [1, 2], [0, 1]], data_format="NCHW"),
     real(1, 2, 3, 3), real(2, 2, 2, 1), nodes=False,
     golden_build=through_last(conv(1, EXPLICIT)))  # fmt: skip


# --- conv2d_transpose and the gradients as functions ----------------------------------------------
def transposed(shape: Any, strides: Any = 2, padding: str = "SAME", **more: Any) -> Any:
    return lambda tf, x, w: tf.nn.conv2d_transpose(x, w, shape, strides, padding, **more)


case("conv2d_transpose SAME", transposed([2, 4, 6, 2], [1, 2, 2, 1]), real(2, 2, 3, 1),
     real(3, 3, 2, 1), also=("float32",))  # fmt: skip
case("conv2d_transpose VALID", transposed([1, 5, 7, 1], [1, 2, 2, 1], "VALID"), real(1, 2, 3, 2),
     real(3, 3, 1, 2))  # fmt: skip
case("conv2d_transpose of strides 1", transposed([1, 3, 3, 2], 1), real(1, 3, 3, 1),
     real(2, 2, 2, 1))  # fmt: skip
case("conv2d_transpose by a tensor", lambda tf, x, w, s: tf.nn.conv2d_transpose(x, w, s, 2, "SAME"),
     real(1, 2, 2, 1), real(2, 2, 1, 1), given([1, 4, 4, 1], "int32"))  # fmt: skip
case("conv2d_transpose of the batch's size", lambda tf, x, w: tf.nn.conv2d_transpose(
     x, w, [tf.shape(x)[0], 4, 4, 1], 2, "SAME"), real(2, 2, 2, 1), real(2, 2, 1, 1))  # fmt: skip
case("conv2d_transpose NCHW", transposed([1, 2, 4, 4], 2, data_format="NCHW"), real(1, 1, 2, 2),
     real(3, 3, 2, 1), nodes=False,
     golden_build=through_last(transposed([1, 4, 4, 2], 2)))  # fmt: skip
case("conv2d_backprop_input", lambda tf, w, y: tf.nn.conv2d_backprop_input(
     [1, 4, 4, 1], w, y, [1, 2, 2, 1], "SAME"), real(3, 3, 1, 2), real(1, 2, 2, 2))  # fmt: skip
case("conv2d_backprop_filter", lambda tf, x, y: tf.nn.conv2d_backprop_filter(
     x, [2, 2, 1, 2], y, [1, 1, 1, 1], "VALID"), real(1, 4, 4, 1), real(1, 3, 3, 2))  # fmt: skip


# --- pooling --------------------------------------------------------------------------------------
def pool(op: str, ksize: Any, strides: Any, padding: str, **more: Any) -> Any:
    return lambda tf, x: getattr(tf.nn, op)(x, ksize, strides, padding, **more)


WINDOWS: list[tuple[str, tuple[int, ...], Any, Any]] = [
    ("2x2", (2, 4, 4, 2), [1, 2, 2, 1], [1, 2, 2, 1]),
    ("2x2 of odd sizes", (1, 5, 3, 2), [1, 2, 2, 1], [1, 2, 2, 1]),
    ("3x3, strides 2", (1, 5, 6, 1), [1, 3, 3, 1], [1, 2, 2, 1]),
    ("3x2, strides 1", (1, 4, 4, 1), [1, 3, 2, 1], [1, 1, 1, 1]),
    ("1x1, strides 2", (1, 4, 5, 1), [1, 1, 1, 1], [1, 2, 2, 1]),
    ("2x2, strides 3", (1, 6, 7, 1), [1, 2, 2, 1], [1, 3, 3, 1]),
    ("all", (2, 3, 3, 2), [1, 3, 3, 1], [1, 1, 1, 1]),
    ("an empty batch", (0, 4, 4, 1), [1, 2, 2, 1], [1, 2, 2, 1]),
    ("by numbers", (1, 4, 4, 1), 2, 2),
]
for op in ("max_pool", "avg_pool"):
    for text, shape, ksize, strides in WINDOWS:
        for padding in ("SAME", "VALID"):
            case(f"{op} {padding}, {text}", pool(op, ksize, strides, padding), apart(*shape),
                 also=(("float32", "float16", "bfloat16") if text == "2x2" else ()))  # fmt: skip
    for padding in ("SAME", "VALID"):
        case(f"{op} {padding}, NCHW", pool(op, [1, 1, 2, 2], [1, 1, 2, 1], padding,
             data_format="NCHW"), apart(1, 2, 4, 5), nodes=False,
             golden_build=through_last(pool(op, [1, 2, 2, 1], [1, 2, 1, 1], padding)))  # fmt: skip
    case(f"{op} of negatives", pool(op, 3, 1, "SAME"), apart(1, 3, 3, 1, low=-4, high=-1))
    case(f"{op} with value", lambda tf, x, op=op: getattr(tf.nn, op)(
         value=x, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="SAME"),
         apart(1, 2, 2, 1))  # fmt: skip
case("max_pool at ties", pool("max_pool", 2, 1, "VALID"),
     given([[[[1.0], [1.0], [0.0]], [[1.0], [1.0], [2.0]]]]), also=("float32",), numeric=False,
     second=False)  # fmt: skip
for dtype in ("int32", "int64", "uint8"):
    case(f"max_pool of {dtype}", pool("max_pool", 2, 2, "VALID"),
         given([[[[1], [7]], [[3], [2]]]], dtype))  # fmt: skip
case("a small network", lambda tf, x, w, v: tf.matmul(tf.reshape(tf.nn.max_pool(tf.nn.relu(
     tf.nn.conv2d(x, w, 1, "SAME")), 2, 2, "VALID"), [-1, 8]), v), apart(1, 4, 4, 1),
     apart(3, 3, 1, 2), real(8, 2))  # fmt: skip
