"""Cases of the elementwise ops of one input."""

from __future__ import annotations

from typing import Any

from golden.case import FLOATS, Family, apart, given, ints, plane, real

family = Family("unary")
case = family.add


def call(op: str) -> Any:
    """A build that calls `tf.<op>`."""
    return lambda tf, x: getattr(tf, op)(x)


SMOOTH: dict[str, tuple[float, float]] = {  # op: the interval of its inputs
    "negative": (-2, 2),
    "square": (-2, 2),
    "sqrt": (0.5, 3),
    "rsqrt": (0.5, 3),
    "exp": (-2, 2),
    "expm1": (-2, 2),
    "log": (0.5, 3),
    "log1p": (-0.5, 3),
    "sin": (-3, 3),
    "cos": (-3, 3),
    "tan": (-1, 1),
    "asin": (-0.8, 0.8),
    "acos": (-0.8, 0.8),
    "atan": (-3, 3),
    "sinh": (-2, 2),
    "cosh": (-2, 2),
    "tanh": (-2, 2),
    "asinh": (-2, 2),
    "acosh": (1.3, 3),
    "atanh": (-0.8, 0.8),
    "sigmoid": (-3, 3),
    "log_sigmoid": (-3, 3),
    "erf": (-2, 2),
    "erfc": (-2, 2),
    "lgamma": (0.5, 4),
    "digamma": (0.7, 4),
    "reciprocal": (0.5, 2),
    "identity": (-2, 2),
    "softplus": (-3, 3),
}
KINKED = ("abs", "sign", "floor", "ceil", "round", "rint")
MODULE_NN = {"softplus"}
HALVES: dict[str, Any] = {  # where TensorFlow's CPU lacks a kernel in half precision
    "lgamma": ("float32", "float16"), "digamma": ("float32",), "rint": ("float32",),
}  # fmt: skip


def unary(op: str) -> Any:
    return lambda tf, x: getattr(tf.nn if op in MODULE_NN else tf, op)(x)


for op, (low, high) in SMOOTH.items():
    twins = HALVES.get(op, FLOATS)
    case(op, unary(op), real(2, 3, low=low, high=high), also=twins)
    case(f"{op} of a scalar", unary(op), real(low=low, high=high))
    case(f"{op} of an empty", unary(op), real(2, 0))
for op in KINKED:
    twins = HALVES.get(op, FLOATS)
    case(op, call(op), apart(3, 4, low=-3, high=3), also=twins)
    case(f"{op} of an empty", call(op), real(0))
    case(f"{op} at its kinks", call(op), given([-2.5, -1.5, -1.0, -0.5, 0.0, 0.5, 1.5, 2.5]),
         also=("float32",), numeric=False, second=False)  # fmt: skip

COMPLEX = (
    "negative", "square", "sqrt", "rsqrt", "exp", "expm1", "log", "log1p", "sin", "cos", "tan",
    "sinh", "cosh", "tanh", "sigmoid", "reciprocal", "identity",
)  # fmt: skip
for op in COMPLEX:
    for dtype in ("complex64", "complex128"):
        case(f"{op} of {dtype}", unary(op), plane(4, dtype=dtype), numeric=False, second=False)
for op in ("negative", "square", "abs", "sign"):
    for dtype in ("int32", "int64"):
        case(f"{op} of {dtype}", call(op), ints(5, dtype=dtype))
for dtype in ("int8", "int16"):
    case(f"abs of {dtype}", call("abs"), ints(5, dtype=dtype))
case("round of int32", call("round"), ints(4))

case("far from zero", lambda tf, x: [tf.sigmoid(x), tf.tanh(x), tf.nn.softplus(x), tf.exp(x)],
     given([-700.0, -40.0, 40.0, 700.0]), also=("float32",), numeric=False, second=False,
     nodes=False)  # fmt: skip
case("close to zero", lambda tf, x: [tf.expm1(x), tf.log1p(x), tf.erf(x), tf.nn.softplus(x)],
     given([-1e-12, 1e-12, 1e-20]), also=("float32",), numeric=False, second=False,
     nodes=False)  # fmt: skip
case("outside the domain", lambda tf, x: [tf.sqrt(x), tf.log(x), tf.asin(x - 1.0)],
     given([-1.0, -2.0]), gradient=False, numeric=False, second=False, nodes=False)  # fmt: skip
case("log and rsqrt of zero", lambda tf, x: [tf.log(x), tf.rsqrt(x), tf.reciprocal(x)],
     given([0.0]), gradient=False, numeric=False, second=False, nodes=False)  # fmt: skip
case("is_nan, is_inf, is_finite", lambda tf, x: [tf.is_nan(x), tf.is_inf(x), tf.is_finite(x)],
     given([1.0, float("nan"), float("inf"), -float("inf")]), also=FLOATS,
     gradient=False)  # fmt: skip

# --- complex numbers ------------------------------------------------------------------------------
for op in ("real", "imag", "conj", "abs", "angle"):
    for dtype in ("complex64", "complex128"):
        case(f"{op} of {dtype}", call(op), plane(3, dtype=dtype), numeric=False, second=False)
case("conj and real of reals", lambda tf, x: [tf.conj(x), tf.real(x)], real(3))
case("complex", lambda tf, x, y: tf.complex(x, y), real(2, 3), real(3), numeric=False,
     second=False, also=("float32",))  # fmt: skip
case("abs of complex at zero", call("abs"), given([0j, 3 + 4j]), gradient=False)
THROUGH_COMPLEX = {
    "real of exp": lambda tf, z: tf.real(tf.exp(z)),
    "imag of log": lambda tf, z: tf.imag(tf.log(z)),
    "abs of product": lambda tf, z: tf.abs(z * (1 + 2j)),
    "real of quotient": lambda tf, z: tf.real((2 - 1j) / z),
    "imag of square": lambda tf, z: tf.imag(tf.square(z)),
    "real of conj of sin": lambda tf, z: tf.real(tf.conj(tf.sin(z))),
    "angle": lambda tf, z: tf.angle(z),
}
for text, build in THROUGH_COMPLEX.items():  # real functions of reals: central differences hold
    case(f"{text}, of two reals", lambda tf, x, y, build=build: build(tf, tf.complex(x, y)),
         real(2, 2, low=0.5), real(2, 2, low=0.5), nodes=False,
         second=text != "angle")  # fmt: skip

# --- casts ----------------------------------------------------------------------------------------
DTYPES = ("float16", "bfloat16", "float32", "float64", "uint8", "int8", "uint16", "int16",
          "uint32", "int32", "uint64", "int64", "bool", "complex64", "complex128")  # fmt: skip
for source in DTYPES:
    values = [0, 1, 1] if source == "bool" else [0, 1, 5, 100]
    if source.startswith(("float", "bfloat", "complex")):
        values = [0, 1, 2.7, 100.5]  # to an integer: towards zero
    case(f"cast from {source}",
         lambda tf, x: [tf.cast(x, t) for t in DTYPES if t != x.dtype.base_dtype.name],
         given(values, source), numeric=False, second=False, nodes=False)  # fmt: skip
case("cast of negatives", lambda tf, x: [tf.cast(x, t) for t in ("int32", "int64", "int8", "bool")],
     given([-2.7, -0.5, 0.5, 3.5]), numeric=False, second=False, nodes=False)  # fmt: skip
case("cast to the dtype it has", lambda tf, x: tf.cast(x, tf.float64), real(2))
case("cast of an empty", lambda tf, x: tf.cast(x, tf.int32), real(0, 2))
case("cast there and back", lambda tf, x: tf.cast(tf.cast(x, tf.complex128), tf.float64), real(3))
case("to_float and friends",
     lambda tf, x: [tf.to_float(x), tf.to_double(x), tf.to_int32(x), tf.to_int64(x)],
     given([1.5, -2.5], "float32"), numeric=False, second=False)  # fmt: skip
case("saturate_cast", lambda tf, x: tf.saturate_cast(x, tf.uint8), given([-5.0, 3.7, 300.0]),
     gradient=False, nodes=False)  # fmt: skip
case("bitcast", lambda tf, x: tf.bitcast(x, tf.int32), given([1.0, -2.0], "float32"),
     gradient=False)  # fmt: skip

# --- clipping, stopping, checking -----------------------------------------------------------------
case("clip_by_value", lambda tf, x: tf.clip_by_value(x, -1.0, 1.0), apart(3, 3), also=FLOATS)
case("clip_by_value by tensors", lambda tf, x, a, b: tf.clip_by_value(x, a, b), apart(4, low=-3.1),
     given(-1.01), given(1.02), nodes=False)  # fmt: skip
case("clip_by_value of int32", lambda tf, x: tf.clip_by_value(x, -1, 2), ints(6))
# TensorFlow 2 names the shape in ones_like otherwise than 1.15.
case("clip_by_norm", lambda tf, x: tf.clip_by_norm(x, 1.0), real(2, 3), also=("float32",),
     nodes=False)  # fmt: skip
case("clip_by_norm of a short one", lambda tf, x: tf.clip_by_norm(x, 100.0), real(2, 3),
     nodes=False)  # fmt: skip
case("clip_by_norm by axes", lambda tf, x: tf.clip_by_norm(x, 1.0, axes=[1]), real(2, 3),
     nodes=False)  # fmt: skip
case(
    "clip_by_average_norm",
    lambda tf, x: tf.clip_by_average_norm(x, 0.1),
    real(2, 3, dtype="float32"),
)
case("clip_by_global_norm", lambda tf, x, y: tf.clip_by_global_norm([x, y, None], 1.5)[0][:2],
     real(2), real(3), also=("float32",), nodes=False)  # fmt: skip
case("clip_by_global_norm of short ones",
     lambda tf, x, y: [tf.clip_by_global_norm([x, y], 50.0)[0], tf.global_norm([x, y])],
     real(2), real(3), nodes=False)  # fmt: skip
case("global_norm", lambda tf, x, y: tf.global_norm([x, None, y]), real(2), real(3),
     also=("float32",))  # fmt: skip
case("stop_gradient", lambda tf, x: x * tf.stop_gradient(x), real(3), numeric=False, second=False)
case("stop_gradient alone", lambda tf, x: tf.stop_gradient(x), real(3), numeric=False, second=False)
case("check_numerics", lambda tf, x: tf.check_numerics(x, "bad"), real(3), also=FLOATS)
case("verify_tensor_all_finite", lambda tf, x: tf.verify_tensor_all_finite(x, "bad"), real(3))
case("add_check_numerics of an empty", lambda tf, x: tf.check_numerics(x, "bad"), real(0))
case("identity_n", lambda tf, x, y: tf.identity_n([x, y]), real(2), ints(2))
case("unconnected", lambda tf, x, y: tf.identity(x), real(2), real(2), numeric=False, second=False)
