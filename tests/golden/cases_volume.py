"""Cases of convolution and pooling in three dimensions."""

from __future__ import annotations

from typing import Any

from golden.case import Draw, Family, apart, dtype_of, given, real

family = Family("volume")
case = family.add
ONES = [1, 1, 1, 1, 1]
NARROW = ("float16", "bfloat16")


def conv3d(strides: Any, padding: str, **more: Any) -> Any:
    return lambda tf, x, w: tf.nn.conv3d(x, w, strides, padding, **more)


def spread(tf: Any, w: Any, rates: tuple[int, int, int]) -> Any:
    """The filter with zeros between its elements: TensorFlow's CPU knows no dilation."""
    for axis, rate in enumerate(rates):
        sizes = w.shape.as_list()
        w = tf.expand_dims(w, axis + 1)
        w = tf.pad(w, [[0, rate - 1 if i == axis + 1 else 0] for i in range(6)])
        merged = [*sizes[:axis], sizes[axis] * rate, *sizes[axis + 1 :]]
        keep = [-1 if i != axis else sizes[axis] * rate - rate + 1 for i in range(5)]
        w = tf.slice(tf.reshape(w, merged), [0] * 5, keep)
    return w


def through_last(build: Any) -> Any:
    """The build on volumes with channels first, by way of channels last."""

    def around(tf: Any, x: Any, *rest: Any) -> Any:
        y = build(tf, tf.transpose(x, [0, 2, 3, 4, 1]), *rest)
        return tf.transpose(y, [0, 4, 1, 2, 3])

    return around


def in_float32(build: Any) -> Any:
    """The build by way of float32: TensorFlow's CPU pools volumes of no other dtype, and sums
    products of 16-bit floats as such."""  # fmt: skip
    return lambda tf, *xs: tf.cast(build(tf, *(tf.cast(x, tf.float32) for x in xs)), xs[0].dtype)


def as_dtype(draw: Draw, dtype: str) -> Draw:
    """The drawn numbers in this dtype."""
    return lambda rng: draw(rng).astype(dtype_of(dtype))


def narrow_cases(name: str, build: Any, *draws: Any) -> None:
    """Cases of the 16-bit floats."""
    for dtype in NARROW:
        narrow = [as_dtype(draw, dtype) for draw in draws]
        case(f"{name}, {dtype}", build, *narrow, nodes=False, golden_build=in_float32(build),
             exact_static=False)  # fmt: skip


# --- Conv3D ---------------------------------------------------------------------------------------
for padding in ("SAME", "VALID"):
    case(f"conv3d {padding}", conv3d(ONES, padding), real(2, 3, 4, 3, 2), real(2, 3, 2, 2, 3),
         also=("float32",))  # fmt: skip
    narrow_cases(f"conv3d {padding}", conv3d(ONES, padding), real(1, 3, 3, 2, 2),
         real(2, 2, 1, 2, 3))  # fmt: skip
    case(f"conv3d {padding}, strides", conv3d([1, 2, 1, 3, 1], padding), real(1, 5, 3, 6, 1),
         real(2, 2, 3, 1, 2), also=("float32",))  # fmt: skip
    case(f"conv3d {padding}, NCDHW", conv3d([1, 1, 1, 2, 1], padding, data_format="NCDHW"),
         real(1, 2, 3, 4, 2), real(2, 3, 2, 2, 1), nodes=False, exact_static=False,
         golden_build=through_last(conv3d([1, 1, 2, 1, 1], padding)))  # fmt: skip
    case(f"conv3d {padding}, dilated", conv3d(ONES, padding, dilations=[1, 2, 1, 3, 1]),
         real(1, 5, 3, 7, 1), real(2, 2, 3, 1, 2), nodes=False, variants=("known",),
         golden_build=lambda tf, x, w, padding=padding: tf.nn.conv3d(
         x, spread(tf, w, (2, 1, 3)), ONES, padding))  # fmt: skip
case("conv3d of a point", conv3d(ONES, "VALID"), real(2, 2, 1, 2, 3), real(1, 1, 1, 3, 2))
case("conv3d, strides wider than the window", conv3d([1, 3, 2, 2, 1], "VALID"),
     real(1, 6, 4, 4, 2), real(1, 1, 1, 2, 1))  # fmt: skip
case("conv3d of an empty batch", conv3d(ONES, "SAME"), real(0, 2, 2, 2, 1), real(1, 2, 1, 1, 2),
     gradient=False)  # fmt: skip
case("conv3d, filters by name", lambda tf, x, w: tf.nn.conv3d(x, filters=w, strides=ONES,
     padding="SAME", name="deep"), real(1, 2, 2, 2, 1), real(2, 2, 2, 1, 1))  # fmt: skip


def transposed(shape: Any, strides: Any, padding: str, **more: Any) -> Any:
    return lambda tf, x, w: tf.nn.conv3d_transpose(x, w, shape, strides, padding, **more)


for padding in ("SAME", "VALID"):
    size = [1, 3, 4, 5, 2] if padding == "SAME" else [1, 4, 5, 5, 2]
    strides = [1, 1, 2, 2, 1]
    case(f"conv3d_transpose {padding}", transposed(size, strides, padding), real(1, 3, 2, 3, 3)
         if padding == "SAME" else real(1, 3, 2, 2, 3), real(2, 3, 2, 2, 3),
         also=("float32",), exact_static=False)  # fmt: skip
narrow_cases("conv3d_transpose", transposed([1, 4, 4, 4, 1], 2, "SAME"), real(1, 2, 2, 2, 2),
     real(2, 2, 2, 1, 2))  # fmt: skip
case("conv3d_transpose by a number", transposed([1, 4, 4, 4, 1], 2, "SAME", name="up"),
     real(1, 2, 2, 2, 2), real(2, 2, 2, 1, 2), exact_static=False)  # fmt: skip
case("conv3d_transpose NCDHW", transposed([1, 2, 2, 3, 4], [1, 1, 1, 1, 2], "SAME",
     data_format="NCDHW"), real(1, 3, 2, 3, 2), real(2, 2, 2, 2, 3), nodes=False,
     exact_static=False, golden_build=through_last(transposed([1, 2, 3, 4, 2], [1, 1, 1, 2, 1],
     "SAME")))  # fmt: skip
case("conv3d_transpose to a fed shape", lambda tf, x, w, shape: tf.nn.conv3d_transpose(
     x, w, shape, ONES), real(1, 2, 2, 2, 1), real(2, 2, 2, 1, 1),
     given([1, 2, 2, 2, 1], "int32"))  # fmt: skip
case("conv3d_backprop_filter", lambda tf, x, dy: tf.nn.conv3d_backprop_filter(
     x, [2, 1, 2, 2, 3], dy, ONES, "SAME"), real(1, 2, 3, 2, 2), real(1, 2, 3, 2, 3),
     exact_static=False)  # fmt: skip
case("conv3d_backprop_filter_v2", lambda tf, x, dy: tf.nn.conv3d_backprop_filter_v2(
     x, [2, 2, 2, 1, 1], dy, ONES, "VALID"), real(1, 3, 3, 2, 1), real(1, 2, 2, 1, 1))  # fmt: skip


def by_sizes(tf: Any, x: Any, w: Any, dy: Any) -> Any:
    return tf.raw_ops.Conv3DBackpropInputV2(
        input_sizes=x.shape.as_list(), filter=w, out_backprop=dy, strides=ONES, padding="SAME"
    )


def to_filter(tf: Any, x: Any, w: Any, dy: Any) -> Any:
    return tf.nn.conv3d_backprop_filter_v2(x, w.shape.as_list(), dy, ONES, "VALID")


# TensorFlow 2 has lost the oldest gradients, which are of no gradient themselves.
OLD = {"gradient": False, "numeric": False, "second": False, "nodes": False,
       "variants": ("known",), "also": ("float32",)}  # fmt: skip
case("Conv3DBackpropInput", lambda tf, x, w, dy: tf.raw_ops.Conv3DBackpropInput(
     input=x, filter=w, out_backprop=dy, strides=ONES, padding="SAME"), real(1, 2, 3, 2, 2),
     real(2, 2, 1, 2, 1), real(1, 2, 3, 2, 1), golden_build=by_sizes, **OLD)  # fmt: skip
case("Conv3DBackpropFilter", lambda tf, x, w, dy: tf.raw_ops.Conv3DBackpropFilter(
     input=x, filter=w, out_backprop=dy, strides=ONES, padding="VALID"), real(1, 2, 3, 2, 2),
     real(2, 2, 1, 2, 1), real(1, 1, 2, 2, 1), golden_build=to_filter, **OLD)  # fmt: skip


# --- pooling --------------------------------------------------------------------------------------
def pool3d(op: str, *args: Any, **more: Any) -> Any:
    return lambda tf, x: getattr(tf.nn, op)(x, *args, **more)


def pooling_cases(name: str, build: Any, size: Any, golden: Any = None, **more: Any) -> None:
    """A case of float32, and those of the other dtypes by way of it."""
    maximum = "max" in name
    single = as_dtype(apart(*size) if maximum else real(*size), "float32")
    case(name, build, single, golden_build=golden, also=("bfloat16",), **more)
    for dtype in ("float16",) if maximum else ("float16", "float64"):
        case(f"{name}, {dtype}", build, as_dtype(single, dtype), nodes=False,
             golden_build=in_float32(golden or build), rtol=2e-6, exact_static=False)  # fmt: skip


for padding in ("SAME", "VALID"):
    window = ([1, 2, 3, 2, 1], [1, 1, 2, 2, 1], padding)
    for op in ("avg_pool3d", "max_pool3d"):
        pooling_cases(f"{op} {padding}", pool3d(op, *window), (2, 3, 5, 4, 2))
        pooling_cases(f"{op} {padding}, by a number", pool3d(op, 2, 1, padding, name="pooled"),
             (1, 3, 2, 4, 1))  # fmt: skip
        pooling_cases(f"{op} {padding}, NCDHW", pool3d(op, [1, 1, 2, 3, 2], [1, 1, 1, 2, 2],
             padding, data_format="NCDHW"), (1, 2, 3, 5, 4), through_last(pool3d(op, *window)),
             nodes=False, exact_static=False)  # fmt: skip
    case(f"max_pool3d {padding}, ties", pool3d("max_pool3d", *window), given(
         [[[[[1.0], [2]], [[2], [1]]], [[[2], [2]], [[0], [2]]], [[[1], [1]], [[1], [2]]],
           [[[1], [3]], [[3], [3]]]]] if padding == "SAME" else
         [[[[[1.0], [2]], [[2], [1]], [[2], [2]]], [[[0], [2]], [[2], [1]], [[1], [1]]]]],
         "float32"))  # fmt: skip
case("avg_pool3d of an empty batch", pool3d("avg_pool3d", 2, 1, "SAME"),
     real(0, 2, 2, 2, 1, dtype="float32"))  # fmt: skip


def second_max(tf: Any, x: Any, ddx: Any) -> Any:
    y = tf.nn.max_pool3d(x, 2, 1, "SAME")
    return tf.raw_ops.MaxPool3DGradGrad(
        orig_input=x, orig_output=y, grad=ddx, ksize=[1, 2, 2, 2, 1], strides=ONES, padding="SAME"
    )


case("MaxPool3DGradGrad", second_max, as_dtype(apart(1, 3, 2, 3, 2), "float32"),
     real(1, 3, 2, 3, 2, dtype="float32"))  # fmt: skip
case("MaxPool3DGradGrad of ties", second_max, given([[[[[1.0], [2]], [[2], [1]]], [[[2], [2]],
     [[0], [2]]]]], "float32"), real(1, 2, 2, 2, 1, dtype="float32"), gradient=False)  # fmt: skip
case("the gradient of max_pool3d's gradient", lambda tf, x, g: tf.gradients(tf.gradients(
     tf.nn.max_pool3d(x, 2, 1, "VALID"), x, g)[0] * x, x)[0],
     as_dtype(apart(1, 3, 3, 2, 1), "float32"), real(1, 2, 2, 1, 1, dtype="float32"),
     nodes=False)  # fmt: skip
