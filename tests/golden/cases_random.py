"""Cases of random numbers: with seeds, TensorFlow's very numbers where its generator is Philox."""

from __future__ import annotations

from typing import Any

from golden.case import Build, Draw, Family, given, ints, real

family = Family("random")


def case(name: str, build: Build, *draws: Draw, **flags: Any) -> None:
    given_flags = {"gradient": False, "numeric": False, "second": False}
    family.add(name, build, *draws, **{**given_flags, **flags})


def seeded(build: Build, seed: int = 87654321) -> Build:
    """The build in a graph with a seed."""

    def with_seed(tf: Any, *inputs: Any) -> Any:
        tf.set_random_seed(seed)
        return build(tf, *inputs)

    return with_seed


FLOATS = ("float32", "float64", "float16")
for op in ("random_uniform", "random_normal", "truncated_normal"):
    for dtype in FLOATS:
        case(f"{op} of {dtype}", lambda tf, o=op, d=dtype: getattr(tf, o)(
             [3, 5], dtype=tf.as_dtype(d), seed=7))  # fmt: skip
    case(f"{op} of the graph's seed", seeded(lambda tf, o=op: [
         getattr(tf, o)([4]), getattr(tf, o)([4])]))  # fmt: skip
    case(f"{op} of both seeds", seeded(lambda tf, o=op: getattr(tf, o)([4], seed=3)))
    case(f"{op} by a tensor", lambda tf, s, o=op: getattr(tf, o)(s, seed=7), given([2, 3], "int32"))
    case(f"{op} of many", lambda tf, o=op: getattr(tf, o)([300], seed=1), rtol=1e-4)
    case(f"{op} of a scalar and an empty", lambda tf, o=op: [
         getattr(tf, o)([], seed=1), getattr(tf, o)([0, 2], seed=1)])  # fmt: skip
case("random_uniform in bounds", lambda tf: tf.random_uniform([5], -2.0, 3.0, seed=7))
case("random_normal, shifted", lambda tf: tf.random_normal([5], 10.0, 0.5, seed=7))
case("truncated_normal, shifted", lambda tf: tf.truncated_normal([5], 10.0, 0.5, seed=7))
for dtype in ("int32", "int64"):
    case(f"random_uniform of {dtype}", lambda tf, d=dtype: tf.random_uniform(
         [8], -5, 100, tf.as_dtype(d), seed=7))  # fmt: skip
case("random_shuffle", lambda tf, x: tf.random_shuffle(x, seed=7), ints(9))
case("random_shuffle of rows", lambda tf, x: tf.random_shuffle(x, seed=7), real(5, 2))
case("random_crop", lambda tf, x: tf.random_crop(x, [2, 2], seed=7), real(4, 5), nodes=False)
case("multinomial", lambda tf, x: tf.multinomial(x, 6, seed=7), real(2, 3), nodes=False)
case("dropout", lambda tf, x: tf.nn.dropout(x, 0.6, seed=7), real(4, 5, dtype="float32"),
     nodes=False, gradient=True)  # fmt: skip
case("dropout at a rate", lambda tf, x: tf.nn.dropout(x, rate=0.3, seed=7),
     real(4, 5, dtype="float32"), nodes=False, gradient=True)  # fmt: skip
case("dropout of shared noise", lambda tf, x: tf.nn.dropout(x, 0.5, [4, 1], seed=7),
     real(4, 5, dtype="float32"), nodes=False, gradient=True)  # fmt: skip
INITIALIZERS: dict[str, Any] = {
    "random_uniform": lambda tf: tf.random_uniform_initializer(-1.0, 1.0, seed=3),
    "random_normal": lambda tf: tf.random_normal_initializer(0.0, 0.5, seed=3),
    "truncated_normal": lambda tf: tf.truncated_normal_initializer(0.0, 0.5, seed=3),
    "uniform_unit_scaling": lambda tf: tf.uniform_unit_scaling_initializer(seed=3),
    "variance_scaling": lambda tf: tf.variance_scaling_initializer(2.0, "fan_out", seed=3),
    "variance_scaling, uniform": lambda tf: tf.variance_scaling_initializer(
        distribution="uniform", seed=3
    ),
    "glorot_uniform": lambda tf: tf.glorot_uniform_initializer(seed=3),
    "glorot_normal": lambda tf: tf.glorot_normal_initializer(seed=3),
    "he_uniform": lambda tf: tf.initializers.he_uniform(seed=3),
    "he_normal": lambda tf: tf.initializers.he_normal(seed=3),
    "lecun_normal": lambda tf: tf.initializers.lecun_normal(seed=3),
    "zeros": lambda tf: tf.zeros_initializer(),
    "ones": lambda tf: tf.ones_initializer(),
    "constant": lambda tf: tf.constant_initializer(2.5),
    "identity": lambda tf: tf.initializers.identity(),
}
for text, make in INITIALIZERS.items():
    case(f"initializer {text}", lambda tf, make=make: make(tf)([4, 3]), nodes=False)
case("initializer of an image's filter", lambda tf: tf.glorot_uniform_initializer(seed=3)(
     [3, 3, 2, 4]), nodes=False)  # fmt: skip
