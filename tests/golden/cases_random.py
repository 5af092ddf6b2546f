"""Cases of random numbers: with the same seeds, TensorFlow's very numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
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


def cut_normal(tf: Any, shape: list[int], mean: Any, stddev: Any, low: Any, high: Any) -> Any:
    return tf.raw_ops.ParameterizedTruncatedNormal(
        shape=shape, means=mean, stdevs=stddev, minvals=low, maxvals=high, seed=7, seed2=8
    )


FLOATS = ("float32", "float64", "float16")
BOUNDS = ((-2.0, 1.0), (-4.0, 5.0), (0.4, 2.0), (3.0, 5.0), (6.0, np.inf), (-np.inf, -6.0))
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
case("multinomial", lambda tf, x: tf.multinomial(x, 6, seed=7), real(2, 3),
     also=("float32", "float16", "bfloat16"))  # fmt: skip
case("categorical as int32", lambda tf, x: tf.random.categorical(x, 5, tf.int32, seed=7),
     given([[0.0, -np.inf, 2.0], [1.0, 1.0, np.nan]]))  # fmt: skip
for dtype in FLOATS:
    case(f"RandomGamma of {dtype}", lambda tf, a, d=dtype: tf.raw_ops.RandomGamma(
         shape=[6, 2], alpha=tf.cast(a, d), seed=7, seed2=8),
         given([[0.1, 0.5, 0.9], [1.0, 1.5, 30.0]]))  # fmt: skip
    case(f"ParameterizedTruncatedNormal of {dtype}", lambda tf, d=dtype: [
         cut_normal(tf, [9], *[tf.constant(v, d) for v in (0.5, 2.0, low, high)])
         for low, high in BOUNDS])  # fmt: skip
case("ParameterizedTruncatedNormal by row", lambda tf, low: cut_normal(
     tf, [3, 5], [0.0, 1.0, 5.0], [1.0, 2.0, 3.0], low, 2.0),
     given([-1.0, 0.0, 1.0], "float32"))  # fmt: skip
case("random_gamma", lambda tf, a: tf.random_gamma([3], a, beta=[2.0, 0.5], seed=7),
     given([1.5, 0.5], "float32"), gradient=True, nodes=False)  # fmt: skip
case("RandomGammaGrad", lambda tf, a, z: tf.raw_ops.RandomGammaGrad(alpha=a, sample=z),
     given([[0.01], [0.8], [7.0]]), given([0.02, 0.7, 9.0]))  # fmt: skip
case("RandomGammaGrad of many", lambda tf, a, z: tf.raw_ops.RandomGammaGrad(alpha=a, sample=z),
     given([300.0, 300.0, 2000.0]), given([290.0, 310.0, 2100.0]))  # fmt: skip
for rate in FLOATS:
    for dtype in ("int32", "float32", "float16"):
        case(f"random_poisson of {rate} in {dtype}", lambda tf, x, r=rate, d=dtype:
             tf.random_poisson(tf.cast(x, r), [5], dtype=tf.as_dtype(d), seed=7),
             given([0.0, 0.3, 9.9, 10.0, 31.0, 400.0]))  # fmt: skip
for dtype in FLOATS:  # TensorFlow 2 no longer builds it: its successor tells what it gave
    case(f"RandomPoisson of {dtype}", lambda tf, x, d=dtype: tf.raw_ops.RandomPoisson(
         shape=[5], rate=tf.cast(x, d), seed=7, seed2=8), given([0.3, 9.9, 31.0]), nodes=False,
         golden_build=lambda tf, x, d=dtype: tf.raw_ops.RandomPoissonV2(
             shape=[5], rate=tf.cast(x, d), seed=7, seed2=8, dtype=tf.as_dtype(d)))  # fmt: skip


def stateful(tf: Any, op: str, state: list[int], **inputs: Any) -> Any:
    """A draw of a generator in a variable: (the numbers, the state behind them)."""
    variable = tf.Variable(np.array(state, np.int64), use_resource=True)
    numbers = getattr(tf.raw_ops, op)(resource=variable.handle, algorithm=1, **inputs)
    with tf.control_dependencies([numbers]):
        return [numbers, variable.read_value()]


STATES = ([5, -1, 77], [2**62, 3, -(2**60)], [0, 0, 0])
for op in ("StatefulUniform", "StatefulStandardNormalV2", "StatefulTruncatedNormal"):
    for dtype in (*FLOATS, "bfloat16"):
        case(f"{op} of {dtype}", lambda tf, s, o=op, d=dtype: stateful(tf, o, STATES[0], shape=s,
             dtype=tf.as_dtype(d)), given([2, 3], "int64"), nodes=False)  # fmt: skip
    case(f"{op} of other states", lambda tf, o=op: [stateful(tf, o, s, shape=[3])
         for s in STATES], nodes=False)  # fmt: skip
for dtype in ("int32", "int64", "uint32", "uint64"):
    case(f"StatefulUniformFullInt of {dtype}", lambda tf, d=dtype: stateful(
         tf, "StatefulUniformFullInt", STATES[1], shape=[2, 3], dtype=tf.as_dtype(d)),
         nodes=False)  # fmt: skip
for dtype in ("int32", "int64"):
    case(f"StatefulUniformInt of {dtype}", lambda tf, low, high: stateful(
         tf, "StatefulUniformInt", STATES[0], shape=[7], minval=low, maxval=high),
         given(-5, dtype), given(99, dtype), nodes=False)  # fmt: skip


def tagged(tf: Any, shape: Any) -> Any:
    """Normals of a state that begins with the algorithm's number."""
    variable = tf.Variable(np.array([1, *STATES[0]], np.int64), use_resource=True)
    numbers = tf.raw_ops.StatefulStandardNormal(resource=variable.handle, shape=shape)
    with tf.control_dependencies([numbers]):
        return [numbers, variable.read_value()[1:]]


# TensorFlow 2 no longer builds it: its successor tells what it gave.
case("StatefulStandardNormal", tagged, given([2, 3], "int32"), nodes=False,
     golden_build=lambda tf, s: stateful(tf, "StatefulStandardNormalV2", STATES[0],
                                         shape=s))  # fmt: skip


def skipped(tf: Any, delta: Any) -> Any:
    variable = tf.Variable(np.array([2**63 - 1, -1, 9]), use_resource=True)
    skip = tf.raw_ops.RngSkip(resource=variable.handle, algorithm=1, delta=delta)
    with tf.control_dependencies([skip]):
        return variable.read_value()


case("RngSkip", skipped, given(3, "int64"), nodes=False)
for kind, draw in {
    "normal": lambda g, tf: g.normal([3], 1.0, 2.0),
    "truncated_normal": lambda g, tf: g.truncated_normal([2, 2], dtype=tf.float64),
    "uniform": lambda g, tf: g.uniform([3], -2.0, 5.0),
    "uniform of int32": lambda g, tf: g.uniform([3], -2, 50, tf.int32),
    "uniform_full_int": lambda g, tf: g.uniform_full_int([3]),
    "make_seeds": lambda g, tf: g.make_seeds(3),
    "key": lambda g, tf: g.key,
}.items():
    case(f"a generator's {kind}", lambda tf, draw=draw: [
         draw(tf.random.experimental.Generator.from_seed(s), tf) for s in (1, -(2**70), [3, 4])],
         nodes=False)  # fmt: skip
for dtype in FLOATS:
    case(f"stateless of {dtype}", lambda tf, s, d=dtype: [
         draw(s, [3, 2**40 + 5], dtype=tf.as_dtype(d)) for draw in (
             tf.random.stateless_uniform, tf.random.stateless_normal,
             tf.random.stateless_truncated_normal)], given([3, 5], "int32"),
         nodes=False)  # fmt: skip
case("stateless in bounds", lambda tf, seed: [
     tf.random.stateless_uniform([4], seed, -3, 1000, tf.int32),
     tf.random.stateless_uniform([4], seed, -3, 10**12, tf.int64),
     tf.random.stateless_uniform([4], seed, -3.0, 2.0),
     tf.random.stateless_normal([4], seed, 3.0, 0.1)], given([-1, 7], "int64"),
     nodes=False)  # fmt: skip
case("stateless classes", lambda tf, x: [
     tf.random.stateless_multinomial(x, 6, [1, 2], tf.int32),
     tf.random.stateless_categorical(x, 6, [1, 2])], real(2, 3))  # fmt: skip
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
