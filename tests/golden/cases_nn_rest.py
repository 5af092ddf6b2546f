"""Cases of the rest of nn: pooling and convolution of any rank, gradients as ops, samplers."""

from __future__ import annotations

from typing import Any

import numpy as np
from golden.case import Draw, Family, apart, dtype_of, given, ints, real

family = Family("nn_rest")
case = family.add
SINGLE_ONLY: dict[str, Any] = {"numeric": False, "second": False}


def nn(op: str, *args: Any, **more: Any) -> Any:
    return lambda tf, *xs: getattr(tf.nn, op)(*xs, *args, **more)


def as_dtype(draw: Draw, dtype: str) -> Draw:
    """The drawn numbers in this dtype."""
    return lambda rng: draw(rng).astype(dtype_of(dtype))


def to_last(tf: Any, x: Any) -> Any:
    rank = len(x.shape)
    return tf.transpose(x, [0, *range(2, rank), 1])


def to_first(tf: Any, x: Any) -> Any:
    rank = len(x.shape)
    return tf.transpose(x, [0, rank - 1, *range(1, rank - 1)])


def through_last(build: Any) -> Any:
    """The build on inputs with channels second, by way of channels last."""
    return lambda tf, x, *rest: to_first(tf, build(tf, to_last(tf, x), *rest))


FIRST: dict[str, Any] = {"nodes": False, "exact_static": False, "variants": ("known",)}


# --- max pooling over channels: TensorFlow's CPU has no gradient of it ----------------------------
def over_depth(size: int) -> Any:
    """What the gradient is compared with: the maximum of a reshaped input."""

    def build(tf: Any, x: Any) -> Any:
        n, h, w, c = x.shape.as_list()
        return tf.reduce_max(tf.reshape(x, [n, h, w, c // size, size]), 4)

    return build


for padding in ("SAME", "VALID"):
    case(f"max_pool over depth {padding}", nn("max_pool", [1, 1, 1, 2], [1, 1, 1, 2], padding),
         apart(2, 2, 3, 4), also=("float32",), golden_build=over_depth(2), **FIRST)  # fmt: skip
case("max_pool over depth, its nodes", nn("max_pool", [1, 1, 1, 3], [1, 1, 1, 3], "SAME"),
     apart(1, 2, 2, 3), gradient=False, also=("float32",))  # fmt: skip
case("max_pool over depth, NCHW", nn("max_pool", [1, 3, 1, 1], [1, 3, 1, 1], "VALID",
     data_format="NCHW"), apart(1, 6, 2, 2), golden_build=through_last(over_depth(3)),
     **FIRST)  # fmt: skip

# --- pooling of any rank --------------------------------------------------------------------------
for op in ("max_pool", "avg_pool"):
    for padding in ("SAME", "VALID"):
        case(f"{op}1d {padding}", nn(f"{op}1d", 3, 2, padding), apart(2, 7, 2),
             also=("float32",))  # fmt: skip
        case(f"{op}1d {padding}, NCW", nn(f"{op}1d", [1, 1, 2], [2], padding, data_format="NCW"),
             apart(1, 2, 5), golden_build=through_last(nn(f"{op}1d", [1, 2, 1], [2], padding)),
             **FIRST)  # fmt: skip
    case(f"{op}2d by numbers", nn(f"{op}2d", 2, [2, 1], "SAME"), apart(1, 4, 5, 2))
    case(f"{op} named, by a number", nn(op, [2], 2, "VALID", name="pooled"), apart(1, 4, 5, 2))
    case(f"{op}_v2 of sequences", nn(f"{op}_v2", 2, 2, "SAME"), apart(1, 5, 2),
         variants=("known", "unknown dims"))  # fmt: skip
    case(f"{op}_v2 of images", nn(f"{op}_v2", [2, 3], 1, "SAME", name="pooled"),
         apart(1, 3, 4, 2), variants=("known", "unknown dims"))  # fmt: skip
    case(f"{op}_v2 of images of unknown rank", nn(f"{op}_v2", [2, 3], 1, "SAME",
         data_format="NHWC"), apart(1, 3, 4, 2), nodes=False)  # fmt: skip
    case(f"{op}_v2 of volumes", nn(f"{op}_v2", 2, 1, "VALID"),
         as_dtype(apart(1, 3, 2, 3, 1), "float32"), variants=("known", "unknown dims"))  # fmt: skip
for kind in ("MAX", "AVG"):
    for padding in ("SAME", "VALID"):
        case(f"pool {kind} {padding} of sequences", nn("pool", [3], kind, padding, strides=[2]),
             apart(2, 6, 2), nodes=False, variants=("known", "unknown dims"))  # fmt: skip
        case(f"pool {kind} {padding} of images", nn("pool", [2, 3], kind, padding, strides=[1, 2]),
             apart(1, 4, 5, 2), also=("float32",), variants=("known", "unknown dims"))  # fmt: skip
        case(f"pool {kind} {padding} of volumes", nn("pool", [2, 1, 2], kind, padding),
             as_dtype(apart(1, 3, 2, 3, 1), "float32"),
             variants=("known", "unknown dims"))  # fmt: skip
    case(f"pool {kind} dilated", nn("pool", [2, 2], kind, "VALID", dilation_rate=[2, 3]),
         apart(1, 5, 7, 1), nodes=False, variants=("known", "unknown dims"))  # fmt: skip
    case(f"pool {kind} of dilated sequences", nn("pool", [3], kind, "VALID", dilations=[2]),
         apart(2, 8, 2), nodes=False, variants=("known", "unknown dims"))  # fmt: skip
case("pool NCHW", nn("pool", [2, 2], "AVG", "SAME", data_format="NCHW", strides=[2, 1]),
     apart(1, 2, 4, 3), golden_build=through_last(nn("pool", [2, 2], "AVG", "SAME",
     strides=[2, 1])), **FIRST)  # fmt: skip


# --- MaxPoolV2 and its gradients ------------------------------------------------------------------
def fed_pool(padding: str) -> Any:
    return lambda tf, x, k, s: tf.raw_ops.MaxPoolV2(input=x, ksize=k, strides=s, padding=padding)


WINDOW = given([1, 2, 3, 1], "int32"), given([1, 2, 1, 1], "int32")
for padding in ("SAME", "VALID"):
    case(f"MaxPoolV2 {padding}", fed_pool(padding), apart(2, 5, 4, 2), *WINDOW,
         also=("float32", "float16"))  # fmt: skip
    case(f"MaxPoolV2 {padding}, known", lambda tf, x, padding=padding: tf.raw_ops.MaxPoolV2(
         input=x, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding=padding),
         apart(1, 5, 4, 2))  # fmt: skip
case("MaxPoolV2 of int32", fed_pool("SAME"), ints(1, 3, 3, 2), *WINDOW)
case("MaxPoolV2, NCHW", lambda tf, x: tf.raw_ops.MaxPoolV2(input=x, ksize=[1, 1, 2, 3],
     strides=[1, 1, 2, 1], padding="SAME", data_format="NCHW"), apart(1, 2, 5, 4),
     golden_build=through_last(nn("max_pool", [2, 3], [2, 1], "SAME")), **FIRST)  # fmt: skip


def second_max(op: str) -> Any:
    """A second derivative's op, on the maxima of the first input."""

    def build(tf: Any, x: Any, ddx: Any) -> Any:
        window = {"ksize": [1, 2, 2, 1], "strides": [1, 1, 2, 1], "padding": "SAME"}
        y = tf.nn.max_pool(x, **window)
        return getattr(tf.raw_ops, op)(orig_input=x, orig_output=y, grad=ddx, **window)

    return build


for op in ("MaxPoolGradGrad", "MaxPoolGradGradV2"):
    case(op, second_max(op), apart(1, 3, 4, 2), real(1, 3, 4, 2), nodes=False,
         gradient=op == "MaxPoolGradGrad")  # fmt: skip


# --- argmax pooling -------------------------------------------------------------------------------
def argmax_grad(tf: Any, x: Any, dy: Any, batch: bool = False) -> Any:
    window = {"ksize": [1, 2, 2, 1], "strides": [1, 2, 1, 1], "padding": "SAME"}
    _, places = tf.nn.max_pool_with_argmax(x, include_batch_in_index=batch, **window)
    return tf.raw_ops.MaxPoolGradWithArgmax(
        input=x, grad=dy, argmax=places, include_batch_in_index=batch, **window
    )


def argmax_grad_grad(tf: Any, x: Any, ddx: Any) -> Any:
    window = {"ksize": [1, 2, 2, 1], "strides": [1, 2, 1, 1], "padding": "SAME"}
    _, places = tf.nn.max_pool_with_argmax(x, **window)
    return tf.raw_ops.MaxPoolGradGradWithArgmax(input=x, grad=ddx, argmax=places, **window)


def by_gather(tf: Any, x: Any, ddx: Any) -> Any:
    _, places = tf.nn.max_pool_with_argmax(
        x, [1, 2, 2, 1], [1, 2, 1, 1], "SAME", include_batch_in_index=True
    )
    return tf.gather(tf.reshape(ddx, [-1]), places)


case("MaxPoolGradWithArgmax", argmax_grad, apart(2, 3, 3, 2), real(2, 2, 3, 2), nodes=False,
     gradient=False, also=("float32",))  # fmt: skip
case("MaxPoolGradWithArgmax over the batch", lambda tf, x, dy: argmax_grad(tf, x, dy, True),
     apart(2, 3, 3, 2), real(2, 2, 3, 2), nodes=False, gradient=False)  # fmt: skip
# TensorFlow has this on GPUs alone.
case("MaxPoolGradGradWithArgmax", argmax_grad_grad, apart(2, 3, 3, 2), real(2, 3, 3, 2),
     golden_build=by_gather, gradient=False, **FIRST)  # fmt: skip
case("the gradient of argmax pooling", lambda tf, x: tf.nn.max_pool_with_argmax(
     x, [1, 2, 2, 1], [1, 1, 2, 1], "VALID")[0] ** 2, apart(2, 3, 4, 1), nodes=False)  # fmt: skip

# --- batch normalisation --------------------------------------------------------------------------
IMAGE, CHANNELS = real(2, 3, 2, 2, dtype="float32"), real(2, dtype="float32", low=0.5)


def norm_grad(op: str, training: bool, data_format: str = "NHWC") -> Any:
    """A gradient op, on statistics that belong to its input."""

    def build(tf: Any, dy: Any, x: Any, scale: Any) -> Any:
        axes = [0, 1, 2] if data_format == "NHWC" else [0, 2, 3]
        mean, variance = tf.nn.moments(x, axes)
        third = {"reserve_space_3": tf.zeros([0])} if op.endswith("V3") else {}
        return list(getattr(tf.raw_ops, op)(
            y_backprop=dy, x=x, scale=scale, reserve_space_1=mean, reserve_space_2=variance,
            is_training=training, epsilon=0.01, data_format=data_format, **third))  # fmt: skip

    return build


def turned(build: Any) -> Any:
    def around(tf: Any, dy: Any, x: Any, scale: Any) -> Any:
        dx, *rest = build(tf, to_last(tf, dy), to_last(tf, x), scale)
        return [to_first(tf, dx), *rest]

    return around


for op in ("FusedBatchNormGrad", "FusedBatchNormGradV2", "FusedBatchNormGradV3"):
    for training in (True, False):
        case(f"{op}, training {training}", norm_grad(op, training), IMAGE, IMAGE, CHANNELS,
             gradient=False, nodes=False, rtol=1e-4, variants=("known", "unknown dims"),
             **SINGLE_ONLY)  # fmt: skip
        case(f"{op}, training {training}, NCHW", norm_grad(op, training, "NCHW"), IMAGE, IMAGE,
             real(3, dtype="float32", low=0.5), golden_build=turned(norm_grad(op, training)),
             gradient=False, rtol=1e-4, **FIRST, **SINGLE_ONLY)  # fmt: skip
case("the gradient of FusedBatchNormGradV3", lambda tf, x, s: tf.gradients(
     tf.nn.fused_batch_norm(x, s, [0.5, 1.5], epsilon=0.1)[0], [x, s], tf.sin(tf.reshape(
     tf.range(24.0), [2, 3, 2, 2]))), IMAGE, CHANNELS, nodes=False, rtol=2e-4,
     variants=("known",), **SINGLE_ONLY)  # fmt: skip


def old_norm(scaled: bool) -> Any:
    return lambda tf, *xs: tf.raw_ops.BatchNormWithGlobalNormalization(
        *xs, variance_epsilon=0.1, scale_after_normalization=scaled
    )


def as_now(scaled: bool) -> Any:
    return lambda tf, t, m, v, beta, gamma: tf.nn.batch_normalization(
        t, m, v, beta, gamma if scaled else None, 0.1
    ) + 0 * gamma  # fmt: skip


for scaled in (True, False):
    case(f"BatchNormWithGlobalNormalization, scaled {scaled}", old_norm(scaled), real(2, 2, 1, 3),
         real(3), real(3, low=0.5), real(3), real(3), golden_build=as_now(scaled), nodes=False,
         variants=("known", "unknown dims"), also=("float32",))  # fmt: skip
    case(f"batch_norm_with_global_normalization, scaled {scaled}", nn(
         "batch_norm_with_global_normalization", 0.1, scaled), real(2, 2, 1, 3), real(3),
         real(3, low=0.5), real(3), real(3), nodes=False)  # fmt: skip


# --- LRNGrad, BiasAddV1, the Poisson loss ---------------------------------------------------------
def lrn_grad(tf: Any, dy: Any, x: Any) -> Any:
    numbers = {"depth_radius": 2, "bias": 1.5, "alpha": 0.3, "beta": 0.7}
    return tf.raw_ops.LRNGrad(
        input_grads=dy, input_image=x, output_image=tf.nn.lrn(x, *numbers.values()), **numbers
    )


case("LRNGrad", lrn_grad, real(1, 2, 2, 6, dtype="float32"), real(1, 2, 2, 6, dtype="float32"),
     gradient=False, nodes=False, rtol=1e-4, **SINGLE_ONLY)  # fmt: skip
for size in ((3, 2), (2, 1, 3, 2)):
    case(f"BiasAddV1 of {len(size)}-D", lambda tf, x, b: tf.raw_ops.BiasAddV1(value=x, bias=b),
         real(*size), real(2), also=("float32", "float16"))  # fmt: skip
case("BiasAddV1 of int32", lambda tf, x, b: tf.raw_ops.BiasAddV1(value=x, bias=b), ints(2, 3),
     ints(3))  # fmt: skip
case("log_poisson_loss", nn("log_poisson_loss"), real(2, 3, low=0, high=4), real(2, 3),
     also=("float32",))  # fmt: skip
case("the full log_poisson_loss", nn("log_poisson_loss", compute_full_loss=True),
     given([0.3, 0.9, 1.2, 3.5]), real(4), also=("float32",), nodes=False)  # fmt: skip

# --- convolutions of any rank ---------------------------------------------------------------------
for padding in ("SAME", "VALID"):
    case(f"conv1d {padding}, its nodes", nn("conv1d", 2, padding), real(1, 6, 2), real(3, 2, 2))
    case(f"convolution of volumes {padding}", nn("convolution", padding), real(1, 3, 2, 4, 2),
         real(2, 1, 2, 2, 1), variants=("known", "unknown dims"))  # fmt: skip
    size = [2, 6, 2] if padding == "SAME" else [2, 7, 2]
    case(f"conv1d_transpose {padding}", nn("conv1d_transpose", size, 2, padding), real(2, 3, 3),
         real(3, 2, 3), also=("float32",), nodes=False, exact_static=False)  # fmt: skip
    case(f"conv2d_transpose {padding}, a stride", nn("conv2d_transpose", [1, 4, 4, 2]
         if padding == "SAME" else [1, 5, 5, 2], 2, padding), real(1, 2, 2, 3),
         real(3, 3, 2, 3), exact_static=False)  # fmt: skip
case("convolution of strided volumes", nn("convolution", "SAME", strides=2),
     real(1, 3, 4, 2, 1), real(2, 2, 2, 1, 2), variants=("known", "unknown dims"))  # fmt: skip
case("convolution of volumes, NCDHW", nn("convolution", "VALID", data_format="NCDHW"),
     real(1, 2, 3, 2, 3), real(2, 1, 2, 2, 1), golden_build=through_last(nn("convolution",
     "VALID")), **FIRST)  # fmt: skip
case("convolution of dilated volumes", nn("convolution", "SAME", dilation_rate=[2, 1, 2]),
     real(1, 4, 2, 5, 1), real(2, 2, 2, 1, 2), nodes=False, exact_static=False,
     variants=("known",))  # fmt: skip
case("convolution of dilated sequences", nn("convolution", "SAME", dilations=3),
     real(1, 8, 2), real(3, 2, 1), nodes=False, exact_static=False,
     variants=("known",))  # fmt: skip
case("conv1d_transpose, NCW", nn("conv1d_transpose", [1, 2, 4], 2, data_format="NCW"),
     real(1, 3, 2), real(2, 2, 3), golden_build=through_last(nn("conv1d_transpose", [1, 4, 2],
     2)), **FIRST)  # fmt: skip
case("conv2d_transpose, NCHW", nn("conv2d_transpose", [1, 2, 4, 3], [2, 1], data_format="NCHW"),
     real(1, 3, 2, 3), real(2, 2, 2, 3), golden_build=through_last(nn("conv2d_transpose",
     [1, 4, 3, 2], [2, 1])), **FIRST)  # fmt: skip
for shape, x, w in (([1, 4, 2], (1, 2, 3), (2, 2, 3)), ([1, 4, 4, 1], (1, 2, 2, 2), (2, 2, 1, 2)),
                    ([1, 2, 4, 2, 1], (1, 1, 2, 1, 2), (1, 2, 2, 1, 2))):  # fmt: skip
    case(f"conv_transpose of {len(x)}-D", nn("conv_transpose", shape, 2), real(*x), real(*w),
         nodes=False, exact_static=False)  # fmt: skip
case("atrous_conv2d_transpose", nn("atrous_conv2d_transpose", [1, 6, 5, 1], 2, "SAME"),
     real(1, 6, 5, 2), real(2, 3, 1, 2), nodes=False, exact_static=False,
     variants=("known",))  # fmt: skip
for prefix in ("depthwise_conv2d", "depthwise_conv2d_native"):
    case(f"{prefix}_backprop_input", lambda tf, w, dy, prefix=prefix: getattr(
         tf.nn, f"{prefix}_backprop_input")([1, 4, 3, 2], w, dy, [1, 2, 2, 1], "SAME"),
         real(2, 2, 2, 1), real(1, 2, 2, 2), exact_static=False)  # fmt: skip
    case(f"{prefix}_backprop_filter", lambda tf, x, dy, prefix=prefix: getattr(
         tf.nn, f"{prefix}_backprop_filter")(x, [2, 2, 2, 2], dy, [1, 1, 1, 1], "VALID"),
         real(1, 3, 3, 2), real(1, 2, 2, 4), exact_static=False)  # fmt: skip


def summed_rows(tf: Any, x: Any, padding: str, rate: Any, filter_shape: Any = None) -> Any:
    return tf.nn.with_space_to_batch(
        x, rate, padding, lambda y, rank, pad: tf.nn.avg_pool(y, [1, 2, 2, 1], 1, pad) * rank,
        filter_shape=filter_shape,
    )  # fmt: skip


case("with_space_to_batch VALID", lambda tf, x: summed_rows(tf, x, "VALID", [2, 3]),
     real(1, 5, 7, 2), nodes=False, variants=("known", "unknown dims"))  # fmt: skip
case("with_space_to_batch SAME", lambda tf, x: summed_rows(tf, x, "SAME", [2, 1], [2, 2]),
     real(1, 5, 4, 1), nodes=False, variants=("known", "unknown dims"))  # fmt: skip
case("with_space_to_batch of rates 1", lambda tf, x: summed_rows(tf, x, "SAME", [1, 1]),
     real(1, 5, 4, 1), nodes=False)  # fmt: skip
case("with_space_to_batch by a fed rate", lambda tf, x, r: summed_rows(tf, x, "VALID", r),
     real(1, 5, 7, 2), given([2, 2], "int32"), nodes=False, exact_static=False,
     variants=("known",))  # fmt: skip
case("with_space_to_batch of the second dimension", lambda tf, x: tf.nn.with_space_to_batch(
     x, [2], "VALID", lambda y, rank, pad: tf.nn.avg_pool(y, [1, 1, 2, 1], 1, pad),
     spatial_dims=[2]), real(1, 3, 6, 1), nodes=False)  # fmt: skip

# --- candidate samplers ---------------------------------------------------------------------------
LABELS = given([[1], [7], [3]], "int64")


def unigram(op: str, unique: bool, size: int = 20) -> Any:
    return lambda tf, labels: list(getattr(tf.raw_ops, op)(
        true_classes=labels, num_true=1, num_sampled=6, unique=unique, range_max=size, seed=3,
        seed2=5))  # fmt: skip


for unique in (True, False):
    case(f"learned unigrams, unique {unique}", lambda tf, labels, unique=unique: list(
         tf.nn.learned_unigram_candidate_sampler(labels, 1, 6, unique, 20, seed=3)),
         LABELS)  # fmt: skip
    case(f"thread unsafe unigrams, unique {unique}", unigram(
         "ThreadUnsafeUnigramCandidateSampler", unique, 16), LABELS)  # fmt: skip
case("all candidates", lambda tf, labels: list(tf.nn.all_candidate_sampler(labels, 1, 9, True)),
     LABELS)  # fmt: skip
case("all candidates of no example", lambda tf, labels: list(tf.nn.all_candidate_sampler(
     labels, 2, 3, False, seed=1, name="every")), given(np.zeros((0, 2)), "int64"))  # fmt: skip
