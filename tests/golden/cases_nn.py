"""Cases of the neural network ops: activations, softmax and losses, normalisation, embeddings."""

from __future__ import annotations

from typing import Any

import numpy as np
from golden.case import FLOATS, Draw, Family, apart, bools, given, ints, real

family = Family("nn")
case = family.add


def nn(op: str, *args: Any, **kwargs: Any) -> Any:
    """A build that calls `tf.nn.<op>`."""
    return lambda tf, *xs: getattr(tf.nn, op)(*xs, *args, **kwargs)


# --- activations ----------------------------------------------------------------------------------
ACTIVATIONS: dict[str, bool] = {  # op: whether it has a kink
    "relu": True, "relu6": True, "elu": False, "selu": True, "leaky_relu": True, "softplus": False,
    "softsign": False, "sigmoid": False, "tanh": False,
}  # fmt: skip
for op in ACTIVATIONS:
    case(op, nn(op), apart(3, 4, low=-3.1, high=3), also=FLOATS)
    case(f"{op} of a scalar", nn(op), given(-0.7))
    case(f"{op} of an empty", nn(op), real(0, 2))
    case(f"{op} far from zero", nn(op), given([-90.0, -20.0, 20.0, 90.0]), also=("float32",),
         numeric=False, second=False, rtol=1e-6)  # fmt: skip
for op in ("relu", "relu6"):
    for dtype in ("int32", "int64", "uint8", "int8"):
        values = given([0, 3, 9] if dtype == "uint8" else [-3, 0, 9], dtype)
        case(f"{op} of {dtype}", nn(op), values)
case("relu6 above six", nn("relu6"), given([5.5, 6.5, -1.0, 7.0]))
for op in ("relu", "relu6", "elu", "selu", "leaky_relu", "softsign"):
    case(f"{op} at zero", nn(op), given([0.0, -1.0, 6.0]), also=("float32",), numeric=False,
         second=False)  # fmt: skip
case("elu near zero", nn("elu"), apart(6, low=-0.8, high=0.9), second=False)
case("leaky_relu of alpha 0.01", nn("leaky_relu", alpha=0.01), apart(2, 3), also=FLOATS)
case("leaky_relu of integers", nn("leaky_relu"), given([-4, 3], "int32"), nodes=False)
case("crelu", nn("crelu"), apart(2, 3), also=("float32",))
case("crelu along 0", nn("crelu", axis=0), apart(2, 3))
# TensorFlow 2 wraps swish in a custom gradient, of other nodes.
case("swish", nn("swish"), real(2, 3), nodes=False, rtol=1e-12)
case("relu of relu", lambda tf, x: tf.nn.relu(tf.nn.relu(x) - 0.5), apart(3, 3))
case("a named relu", nn("relu", name="activation"), apart(3))
case("softplus of both signs", nn("softplus"), given([-33.0, -3.0, 0.0, 3.0, 33.0]))

# --- bias_add -------------------------------------------------------------------------------------
case("bias_add", nn("bias_add"), real(3, 2), real(2), also=FLOATS)
case("bias_add of 4-D", nn("bias_add"), real(2, 2, 1, 3), real(3), also=("float32",))
case("bias_add of 3-D", nn("bias_add"), real(2, 2, 2), real(2))
case("bias_add of int32", nn("bias_add"), ints(2, 3), ints(3))
case("bias_add of an empty", nn("bias_add"), real(0, 2), real(2))
case("bias_add, NHWC told", nn("bias_add", data_format="NHWC"), real(1, 2, 2, 2), real(2))
case("bias_add, NCHW", nn("bias_add", data_format="NCHW"), real(2, 3, 2, 2), real(3),
     also=("float32",))  # fmt: skip
case(
    "bias_add by numbers", lambda tf, x: tf.nn.bias_add(x, [1.0, 2.0]), real(2, 2, dtype="float32")
)
case("relu_layer", lambda tf, x, w, b: tf.nn.relu_layer(x, w, b), real(3, 2), real(2, 2), real(2))

# --- softmax, log_softmax -------------------------------------------------------------------------
for op in ("softmax", "log_softmax"):
    case(op, nn(op), real(2, 4), also=FLOATS)
    case(f"{op} of a vector", nn(op), real(3))
    case(f"{op} of 3-D", nn(op), real(2, 2, 3), also=("float32",))
    case(f"{op} of an empty", nn(op), real(0, 3))
    case(f"{op} of one class", nn(op), real(2, 1))
    case(f"{op} of large ones", nn(op), given([[1000.0, 1001.0], [-1000.0, -999.0]]),
         also=("float32",), numeric=False, second=False)  # fmt: skip
    for axis in (0, 1, -2):
        # TensorFlow 2 makes the permutation in other nodes than 1.15.
        case(f"{op} along {axis}", nn(op, axis=axis), real(2, 3, 2), nodes=False)
    case(f"{op} along the last", nn(op, axis=1), real(2, 3), nodes=False)
    case(f"{op} with dim", lambda tf, x, op=op: getattr(tf.nn, op)(x, dim=-1), real(2, 3))
    case(f"{op} named", nn(op, name="prediction"), real(2, 3))
case("log of softmax", lambda tf, x: tf.log(tf.nn.softmax(x)), real(2, 3))


# --- cross-entropies ------------------------------------------------------------------------------
def distribution(*shape: int) -> Draw:
    def draw(rng: np.random.RandomState) -> Any:
        values = rng.uniform(0.1, 1, shape)
        return values / values.sum(-1, keepdims=True)

    return draw


def softmax_loss(function: str, **more: Any) -> Any:
    return lambda tf, x, y: getattr(tf.nn, function)(labels=y, logits=x, **more)


# TensorFlow reshapes logits and labels to matrices and the losses back, with 25 nodes, even where
# they are matrices; here it is done where it must be.
V2 = "softmax_cross_entropy_with_logits_v2"


def v2_case(name: str, build: Any, *draws: Draw, **flags: Any) -> None:
    case(name, build, *draws, nodes=False, **flags)


v2_case(V2, softmax_loss(V2), real(3, 4), distribution(3, 4), also=FLOATS)
v2_case(f"{V2} of a vector", softmax_loss(V2), real(4), distribution(4))
v2_case(f"{V2} of 3-D", softmax_loss(V2), real(2, 2, 3), distribution(2, 2, 3))
v2_case(f"{V2} of an empty", softmax_loss(V2), real(0, 3), real(0, 3))
v2_case(
    f"{V2} along 0", softmax_loss(V2, axis=0), real(3, 2), given([[0.2, 1], [0.3, 0], [0.5, 0]])
)
v2_case(f"{V2} of labels that do not sum to 1", softmax_loss(V2), real(2, 3), real(2, 3, low=0),
     numeric=False, second=False)  # fmt: skip
v2_case(f"{V2} of one-hot labels", softmax_loss(V2), real(2, 3), given([[0.0, 1, 0], [1, 0, 0]]),
     also=("float32",))  # fmt: skip
v2_case(f"{V2} of large logits", softmax_loss(V2), given([[1000.0, -1000.0, 0.0]]),
     given([[0.0, 1.0, 0.0]]), numeric=False, second=False)  # fmt: skip
v2_case("softmax_cross_entropy_with_logits", softmax_loss("softmax_cross_entropy_with_logits"),
     real(3, 4), distribution(3, 4), also=("float32",), numeric=False, second=False)  # fmt: skip
v2_case("mean of softmax_cross_entropy", lambda tf, x, y: tf.reduce_mean(
     tf.nn.softmax_cross_entropy_with_logits_v2(labels=y, logits=x)), real(3, 4),
     distribution(3, 4))  # fmt: skip
SPARSE = "sparse_softmax_cross_entropy_with_logits"
for dtype in ("int32", "int64"):
    case(f"{SPARSE} by {dtype}", softmax_loss(SPARSE), real(3, 4), given([3, 0, 1], dtype),
         also=FLOATS)  # fmt: skip
v2_case(f"{SPARSE} of a vector", softmax_loss(SPARSE), real(4), given(2, "int32"))
v2_case(f"{SPARSE} of 3-D", softmax_loss(SPARSE), real(2, 2, 3), given([[0, 2], [1, 1]], "int64"))
case(f"{SPARSE} of an empty", softmax_loss(SPARSE), real(0, 3), given(np.zeros(0), "int32"))
case(f"mean of {SPARSE}", lambda tf, x, y: tf.reduce_mean(softmax_loss(SPARSE)(tf, x, y)),
     real(3, 4), given([3, 0, 1], "int32"))  # fmt: skip
SIGMOID = "sigmoid_cross_entropy_with_logits"
case(SIGMOID, softmax_loss(SIGMOID), apart(2, 3), real(2, 3, low=0, high=1), also=FLOATS)
case(f"{SIGMOID} of large logits", softmax_loss(SIGMOID), given([-80.0, 80.0, 0.0]),
     given([1.0, 0.0, 1.0]), also=("float32",), numeric=False, second=False)  # fmt: skip
WEIGHTED = "weighted_cross_entropy_with_logits"
case(WEIGHTED, lambda tf, x, y: tf.nn.weighted_cross_entropy_with_logits(
     labels=y, logits=x, pos_weight=2.5), apart(2, 3), real(2, 3, low=0, high=1),
     also=("float32",))  # fmt: skip
case(f"{WEIGHTED}, by a tensor", lambda tf, x, y, w: tf.nn.weighted_cross_entropy_with_logits(
     labels=y, logits=x, pos_weight=w), apart(2, 3), real(2, 3, low=0, high=1),
     real(low=1))  # fmt: skip

# --- l2_loss, moments, normalisation --------------------------------------------------------------
case("l2_loss", nn("l2_loss"), real(2, 3), also=FLOATS)
case("l2_loss of a scalar", nn("l2_loss"), real())
case("l2_loss of an empty", nn("l2_loss"), real(0))
case("l2_loss of 4-D", nn("l2_loss"), real(2, 1, 2, 2))
# The variance stops the gradient of the mean, which is 0; that of the gradient is not, so that
# second derivatives are not true, in TensorFlow as here.
for axes in ([0], [1], [0, 1], [0, -1]):
    case(f"moments over {axes}", nn("moments", axes), real(2, 3, 2), second=False)
    case(f"moments over {axes}, kept", nn("moments", axes, keep_dims=True), real(2, 3, 2),
         also=("float32",), second=False)  # fmt: skip
case("moments of a batch norm", lambda tf, x: tf.nn.batch_normalization(
     x, *tf.nn.moments(x, [0]), None, None, 1e-3), real(4, 2), second=False)  # fmt: skip
BATCH = (real(3, 2), real(2), real(2, low=0.5), real(2), real(2))
case("batch_normalization", nn("batch_normalization", 1e-3), *BATCH, also=FLOATS)
case("batch_normalization without scale", lambda tf, x, m, v, b: tf.nn.batch_normalization(
     x, m, v, b, None, 1e-3), *BATCH[:4])  # fmt: skip
case("batch_normalization without offset", lambda tf, x, m, v, g: tf.nn.batch_normalization(
     x, m, v, None, g, 1e-3), *BATCH[:4])  # fmt: skip
case("batch_normalization without either", lambda tf, x, m, v: tf.nn.batch_normalization(
     x, m, v, None, None, 0.1), *BATCH[:3])  # fmt: skip
case("batch_normalization of images", nn("batch_normalization", 1e-3), real(2, 2, 2, 3), real(3),
     real(3, low=0.5), real(3), real(3), also=("float32",))  # fmt: skip
case("batch_norm_with_global_normalization", lambda tf, x, m, v, b, g:
     tf.nn.batch_norm_with_global_normalization(x, m, v, b, g, 1e-3, True), real(1, 2, 2, 2),
     *BATCH[1:])  # fmt: skip
case("batch_norm_with_global_normalization, not scaled", lambda tf, x, m, v, b, g:
     tf.nn.batch_norm_with_global_normalization(x, m, v, b, g, 1e-3, False), real(1, 2, 2, 2),
     *BATCH[1:], numeric=False, second=False)  # fmt: skip
for axis in (None, 0, 1, -1, [0, 1]):
    case(f"l2_normalize over {axis}", nn("l2_normalize", axis), real(2, 3), also=("float32",))
case("l2_normalize of zeros", nn("l2_normalize", 0, epsilon=0.5), given([0.1, -0.2]))
case("l2_normalize with dim", lambda tf, x: tf.nn.l2_normalize(x, dim=1), real(2, 3))
case("zero_fraction of integers", nn("zero_fraction"), given([[0, 3], [0, 0]], "int32"),
     nodes=False)  # fmt: skip
v2_case("a dense layer with its loss", lambda tf, x, w, b, y: tf.reduce_mean(
     tf.nn.softmax_cross_entropy_with_logits_v2(labels=y, logits=tf.nn.relu(tf.matmul(x, w) + b)))
     + 0.1 * tf.nn.l2_loss(w), real(3, 2, low=0.5), real(2, 3, low=0.5), real(3, low=0.5),
     distribution(3, 3))  # fmt: skip


# --- embeddings -----------------------------------------------------------------------------------
def lookup(**more: Any) -> Any:
    def build(tf: Any, *inputs: Any) -> Any:
        *tables, ids = inputs
        return tf.nn.embedding_lookup(tables if len(tables) > 1 else tables[0], ids, **more)

    return build


case("embedding_lookup", lookup(), real(4, 2), given([3, 0, 3], "int32"), also=FLOATS)
case("embedding_lookup by int64", lookup(), real(4, 2), given([[1, 2]], "int64"))
case("embedding_lookup by a scalar", lookup(), real(4, 2), given(2, "int32"))
case("embedding_lookup of an empty", lookup(), real(4, 2), given(np.zeros(0), "int32"))
case("embedding_lookup of 3-D", lookup(), real(3, 2, 2), given([1, 1], "int32"))
case("embedding_lookup, clipped", lookup(max_norm=1.0), real(4, 2), given([3, 0, 3], "int32"),
     nodes=False)  # fmt: skip
for strategy in ("mod", "div"):
    more = {"partition_strategy": strategy}
    case(f"embedding_lookup of two, {strategy}", lookup(**more), real(2, 2), real(2, 2),
         given([3, 0, 2, 1, 3], "int32"))  # fmt: skip
    case(f"embedding_lookup of three, {strategy}", lookup(**more), real(3, 2), real(2, 2),
         real(2, 2), given([[6, 0], [5, 4]], "int64"))  # fmt: skip
    case(f"embedding_lookup of two, {strategy}, clipped", lookup(**more, max_norm=1.0), real(2, 2),
         real(2, 2), given([3, 0, 2], "int32"), nodes=False)  # fmt: skip
    case(f"embedding_lookup of vectors, {strategy}", lookup(**more), real(2), real(2),
         given([3, 0, 2], "int32"))  # fmt: skip
case("an embedding and its mean", lambda tf, x, i: tf.reduce_mean(tf.nn.embedding_lookup(x, i), 1),
     real(4, 2), given([[1, 3], [0, 1]], "int32"))  # fmt: skip
case("an embedding, masked", lambda tf, x, i, m: tf.boolean_mask(tf.nn.embedding_lookup(x, i), m),
     real(4, 2), given([1, 3, 0], "int32"), bools(3))  # fmt: skip
