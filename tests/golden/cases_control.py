"""Cases of control flow: what orders, conditionals and loops, with their gradients.

TensorFlow 1 writes conditionals and loops as Switch, Merge, Enter and Exit; here they are If and
While ops that hold subgraphs. So values, shapes and gradients are compared, and no nodes.
"""

from __future__ import annotations

from typing import Any

from golden.case import FLOATS, Build, Draw, Family, given, ints, plane, real

family = Family("control")


def case(name: str, build: Build, *draws: Draw, **flags: Any) -> None:
    family.add(name, build, *draws, **{"nodes": False, **flags})


def plain(name: str, build: Build, *draws: Draw, **flags: Any) -> None:
    family.add(name, build, *draws, **flags)


# --- what hands on and orders ---------------------------------------------------------------------
for dtype in ("float32", "bfloat16", "int32", "bool", "complex64"):
    values = given([0, 1, 1], dtype)
    plain(f"identity of {dtype}", lambda tf, x: tf.identity(x), values)
    plain(f"stop_gradient of {dtype}", lambda tf, x: tf.stop_gradient(x), values, gradient=False)
plain("identity of strings", lambda tf, x: tf.identity(x), given([b"a", b"bc"]))
plain("stop_gradient of a part", lambda tf, x: x * x + tf.stop_gradient(x * x), real(3),
      numeric=False, second=False)  # fmt: skip
plain("check_numerics in the middle", lambda tf, x: tf.exp(tf.check_numerics(x * 2.0, "bad")),
      real(3), also=FLOATS)  # fmt: skip
plain("guarantee_const", lambda tf, x: tf.guarantee_const(x), real(2), gradient=False)
plain("group and no_op", lambda tf, x: with_controls(tf, tf.group(x.op, tf.no_op()), x), real(2))
plain("tuple", lambda tf, x, y: tf.tuple([x * 2.0, y + 1.0]), real(2), real(3), nodes=False)
plain("identity behind a control", lambda tf, x, y: with_controls(tf, y.op, x), real(2), real(1),
      numeric=False, second=False)  # fmt: skip
plain("Print", lambda tf, x: tf.Print(x * 2.0, [x], "x is "), real(2))
case("print", lambda tf, x: with_controls(tf, tf.print("x is", x), x), real(2))
for stateful in (True, False):
    case(f"py_func stateful={stateful}", lambda tf, x, s=stateful: tf.py_func(
         lambda a: [a * 2.0, a.sum()], [x], [tf.float64, tf.float64], stateful=s), real(3),
         gradient=False, numeric=False, second=False)  # fmt: skip


def with_controls(tf: Any, op: Any, x: Any) -> Any:
    with tf.control_dependencies([op]):
        return tf.identity(x)


# --- cond -----------------------------------------------------------------------------------------
def cond(predicate: Any, yes: Any, no: Any) -> Build:
    return lambda tf, *xs: tf.cond(predicate(*xs), lambda: yes(tf, *xs), lambda: no(tf, *xs))


def switch(*xs: Any) -> Any:
    """The predicate is the last input."""
    return xs[-1]


for value in (True, False):
    which = given(value)
    case(f"cond {value}", cond(switch, lambda tf, x, p: tf.square(x), lambda tf, x, p: tf.exp(x)),
         real(3), which, also=FLOATS)  # fmt: skip
    case(f"cond of two inputs {value}", cond(switch, lambda tf, x, y, p: x * y,
         lambda tf, x, y, p: tf.sin(x) + y), real(2), real(2), which)  # fmt: skip
    case(f"cond in which one is not used {value}", cond(switch, lambda tf, x, y, p: x * 2.0,
         lambda tf, x, y, p: y * 3.0), real(2), real(2), which)  # fmt: skip
    case(f"cond of a constant {value}", cond(switch, lambda tf, x, p: x * x,
         lambda tf, x, p: tf.ones_like(x)), real(2), which)  # fmt: skip
    case(f"cond of several {value}", cond(switch, lambda tf, x, p: [x + 1.0, x * x],
         lambda tf, x, p: [x, tf.sin(x)]), real(2), which)  # fmt: skip
    case(f"cond of different shapes {value}", cond(switch, lambda tf, x, p: x[:1],
         lambda tf, x, p: x), real(3), which, gradient=False)  # fmt: skip
    case(f"cond within cond {value}", lambda tf, x, p: tf.cond(
         p, lambda: tf.cond(tf.reduce_sum(x) > 0, lambda: x * x, lambda: tf.exp(x)),
         lambda: tf.cond(tf.reduce_sum(x) > 0, lambda: tf.sin(x), lambda: -x)), real(2),
         which)  # fmt: skip
    case(f"cond of an intermediate {value}", lambda tf, x, p: tf.cond(
         p, lambda y=tf.exp(x): y * x, lambda: x) + 1.0, real(2), which)  # fmt: skip
    case(f"cond of integers {value}", cond(switch, lambda tf, n, p: n + 1, lambda tf, n, p: n * 2),
         ints(3), which)  # fmt: skip
    case(f"cond of complex {value}", cond(switch, lambda tf, z, p: z * z,
         lambda tf, z, p: tf.conj(z)), plane(2), which)  # fmt: skip
    case(f"cond with an effect {value}", cond(switch, lambda tf, x, p: tf.check_numerics(x, "") * x,
         lambda tf, x, p: tf.exp(x)), real(2), which)  # fmt: skip
    case(f"cond of a gather {value}", cond(switch, lambda tf, x, p: tf.gather(x, [1, 1]),
         lambda tf, x, p: x[:2]), real(3, 2), which)  # fmt: skip
case("cond by a comparison", lambda tf, x: tf.cond(tf.reduce_sum(x) > 100.0, lambda: x,
     lambda: x * x * x), real(3))  # fmt: skip
case("cond by a Python bool", lambda tf, x: tf.cond(tf.constant(True), lambda: x + 1.0,
     lambda: x), real(2))  # fmt: skip
case("case", lambda tf, x: tf.case([(tf.reduce_sum(x) > 100.0, lambda: x),
     (tf.reduce_sum(x) > -100.0, lambda: x * x)], default=lambda: -x), real(3))  # fmt: skip
case("case by default", lambda tf, x: tf.case([(tf.reduce_sum(x) > 100.0, lambda: x)],
     default=lambda: tf.exp(x)), real(3))  # fmt: skip
for number in (0, 1, 2, 5):
    case(f"switch_case {number}", lambda tf, x, i: tf.switch_case(i, {
         0: lambda: x * x, 1: lambda: tf.exp(x), 2: lambda: tf.check_numerics(x, "") * 3.0},
         default=lambda: -x), real(2), given(number, "int32"))  # fmt: skip
    case(f"switch_case {number} without effects", lambda tf, x, i: tf.switch_case(i, [
         lambda: x * x, lambda: tf.exp(x)]), real(2), given(number, "int32"))  # fmt: skip


# --- while_loop -----------------------------------------------------------------------------------
def repeat(step: Any, times: Any = 3, **more: Any) -> Build:
    """x -> step(step(step(x))), with the other inputs of the case at hand."""

    def build(tf: Any, x: Any, *rest: Any) -> Any:
        return tf.while_loop(
            lambda i, y: i < times, lambda i, y: [i + 1, step(tf, i, y, *rest)],
            [tf.constant(0), x], **more)[1]  # fmt: skip

    return build


STEPS: dict[str, Any] = {
    "doubled": lambda tf, i, y: y * 2.0,
    "squared": lambda tf, i, y: y * y,
    "sin": lambda tf, i, y: tf.sin(y),
    "times the number": lambda tf, i, y: y * tf.cast(i + 1, y.dtype),
    "exp of minus": lambda tf, i, y: tf.exp(-y),
    "a sum": lambda tf, i, y: y + tf.reduce_sum(y),
    "a cond": lambda tf, i, y: tf.cond(i > 0, lambda: y * y, lambda: tf.sin(y)),
}
for text, step in STEPS.items():
    case(f"while_loop of {text}", repeat(step), real(3), variants=("known", "unknown dims"),
         also=FLOATS if text == "squared" else ())  # fmt: skip
case("while_loop of unknown rank", repeat(STEPS["squared"]), real(2))
case("while_loop that does not run", repeat(STEPS["squared"], times=0), real(3))
case("while_loop of one iteration", repeat(STEPS["sin"], times=1), real(3))
case("while_loop by a captured tensor", repeat(lambda tf, i, y, w: tf.tanh(y * w)), real(3),
     real(3))  # fmt: skip
case("while_loop of a matmul", repeat(lambda tf, i, y, w: tf.tanh(tf.matmul(y, w))), real(2, 2),
     real(2, 2))  # fmt: skip
case("while_loop, one at a time", repeat(STEPS["squared"], parallel_iterations=1), real(2))
case("while_loop without back_prop", repeat(STEPS["squared"], back_prop=False), real(2),
     gradient=False, numeric=False, second=False)  # fmt: skip
case("while_loop of at most two", repeat(STEPS["doubled"], maximum_iterations=2), real(2))
case("while_loop times a tensor", lambda tf, x, n: tf.while_loop(
     lambda i, y: i < n, lambda i, y: (i + 1, y * x), [0, tf.ones_like(x)])[1], real(2),
     given(4, "int32"))  # fmt: skip
case("while_loop with an effect", repeat(lambda tf, i, y: tf.check_numerics(y, "") * y), real(2))
case("while_loop by the value", lambda tf, x: tf.while_loop(
     lambda y: tf.reduce_sum(y) < 40.0, lambda y: y * 2.0, [x]), real(2, low=0.5))  # fmt: skip
case("while_loop of two values", lambda tf, x, y: tf.while_loop(
     lambda i, a, b: i < 3, lambda i, a, b: (i + 1, a * b, a + b), (0, x, y))[1:], real(2),
     real(2))  # fmt: skip
case("while_loop of integers", lambda tf, n: tf.while_loop(
     lambda i, a: i < 5, lambda i, a: (i + 1, a + i), (0, n)), ints(2))  # fmt: skip
# TensorFlow refuses the gradients of loops and branches whose shapes change.
case("while_loop that grows", lambda tf, x: tf.while_loop(
     lambda i, y: i < 2, lambda i, y: (i + 1, tf.concat([y, y * x], 0)), [tf.constant(0), x],
     shape_invariants=[tf.TensorShape([]), tf.TensorShape([None])])[1], real(1),
     variants=("known", "unknown dims"), gradient=False, second=False)  # fmt: skip
case("while_loop within while_loop", lambda tf, x: tf.while_loop(
     lambda i, y: i < 2, lambda i, y: (i + 1, tf.while_loop(
         lambda j, z: j < 2, lambda j, z: (j + 1, z * tf.sin(y)), [tf.constant(0), y])[1]),
     [tf.constant(0), x])[1], real(2), variants=("known",))  # fmt: skip
case("while_loop within cond", lambda tf, x: tf.cond(
     tf.reduce_sum(x) > -100.0, lambda: tf.while_loop(
         lambda i, y: i < 3, lambda i, y: (i + 1, y * x), [tf.constant(0), x])[1], lambda: x),
     real(2), variants=("known",))  # fmt: skip
# The gradient of what a loop captures is summed up dense; TensorFlow keeps IndexedSlices.
case("while_loop of a gather", lambda tf, x: tf.while_loop(
     lambda i, y: i < 3, lambda i, y: (i + 1, y + tf.gather(x, i)), [tf.constant(0),
     tf.zeros([2], tf.float64)])[1], real(3, 2), variants=("known",), kinds=False)  # fmt: skip

# --- loops over the rows of a tensor --------------------------------------------------------------
case("map_fn", lambda tf, x: tf.map_fn(lambda row: tf.sin(row) * row, x), real(3, 2),
     also=("float32",))  # fmt: skip
case("map_fn by a captured tensor", lambda tf, x, w: tf.map_fn(lambda row: row * w, x), real(3, 2),
     real(2))  # fmt: skip
case("map_fn of two", lambda tf, x, y: tf.map_fn(lambda xy: xy[0] * xy[1], (x, y),
     dtype=tf.float64), real(3), real(3))  # fmt: skip
case("map_fn to another dtype", lambda tf, n: tf.map_fn(lambda i: tf.cast(i, tf.float32) / 2.0, n,
     dtype=tf.float32), ints(4))  # fmt: skip
case("foldl", lambda tf, x: tf.foldl(lambda a, row: a * 0.5 + tf.sin(row), x), real(3, 2))
case("foldr from a start", lambda tf, x, a: tf.foldr(lambda a, row: a * row + row, x, a),
     real(3, 2), real(2))  # fmt: skip
case("scan", lambda tf, x: tf.scan(lambda a, row: a * 0.5 + tf.sin(row), x), real(3, 2))
case("scan from a start", lambda tf, x, a: tf.scan(lambda a, row: tf.tanh(a + row), x, a),
     real(3, 2), real(2))  # fmt: skip
case("scan, reversed", lambda tf, x: tf.scan(lambda a, row: a + row * row, x, reverse=True),
     real(4))  # fmt: skip
case("sum of map_fn", lambda tf, x: tf.reduce_sum(tf.map_fn(lambda row: tf.reduce_prod(row), x)),
     real(3, 2))  # fmt: skip
