"""Cases of the elementwise ops of two inputs: arithmetic, comparison, logic, and operators."""

from __future__ import annotations

from typing import Any

from golden.case import FLOATS, Draw, Family, apart, bools, given, ints, nonzero, plane, real

family = Family("binary")
case = family.add

SHAPES: list[tuple[tuple[int, ...], tuple[int, ...]]] = [
    ((2, 3), (2, 3)),
    ((2, 3), (3,)),
    ((2, 1), (1, 3)),
    ((), (2, 2)),
    ((), ()),
    ((3, 1, 2), (4, 1)),
    ((0, 3), (1, 3)),
    ((1,), (2, 0)),
]


def call(op: str) -> Any:
    """A build that calls `tf.<op>`."""
    return lambda tf, x, y: getattr(tf, op)(x, y)


def positive(*shape: int) -> Draw:
    return real(*shape, low=0.5, high=2)


def over_shapes(op: str, x: Any, y: Any, **flags: Any) -> None:
    for left, right in SHAPES:
        twins = FLOATS if left == right == (2, 3) else ()
        case(f"{op} {left} {right}", call(op), x(*left), y(*right), also=twins, **flags)


# --- arithmetic -----------------------------------------------------------------------------------
over_shapes("add", real, real)
over_shapes("subtract", real, real)
over_shapes("multiply", real, real)
over_shapes("divide", real, positive)
over_shapes("truediv", real, positive)
over_shapes("div", real, positive)
over_shapes("realdiv", real, positive)
over_shapes("pow", positive, real)
over_shapes("squared_difference", real, real)
over_shapes("atan2", apart, positive)
over_shapes("floordiv", apart, positive, second=False)
over_shapes("mod", apart, positive)
over_shapes("div_no_nan", real, positive)

for shapes in SHAPES:  # no two numbers of one input and the other are equal
    for op in ("maximum", "minimum"):
        case(
            f"{op} {shapes[0]} {shapes[1]}",
            call(op),
            apart(*shapes[0]),
            apart(*shapes[1], low=-1.97, high=2.07),
            also=FLOATS if shapes[0] == (2, 3) else (),
        )

INTEGERS = ("int32", "int64", "uint8", "int8", "int16")
INTEGER_OPS = {
    "add": INTEGERS,
    "subtract": ("int32", "int64", "uint8", "int8", "int16"),
    "multiply": INTEGERS,
    "truediv": INTEGERS,
    "divide": ("int32", "int64"),
    "div": INTEGERS,
    "floordiv": INTEGERS,
    "mod": ("int32", "int64"),
    "floormod": ("int32", "int64"),
    "truncatediv": INTEGERS,
    "truncatemod": ("int32", "int64"),
    "maximum": INTEGERS,
    "minimum": INTEGERS,
    "squared_difference": ("int32", "int64"),
}
for op, dtypes in INTEGER_OPS.items():
    for dtype in dtypes:
        low = 0 if dtype == "uint8" else -9
        numbers = ints(2, 5, low=low, high=9, dtype=dtype)
        case(f"{op} of {dtype}", call(op), numbers, nonzero(5, dtype=dtype))
        case(f"{op} of {dtype}, scalar", call(op), numbers, nonzero(dtype=dtype))

for dtype in ("int32", "int64"):
    case(
        f"pow of {dtype}", call("pow"), ints(2, 3, dtype=dtype), ints(3, low=0, high=5, dtype=dtype)
    )

case("pow of powers told", lambda tf, x: [x**2, x**0.5, x**-1, tf.pow(x, 3.0)], positive(3))
case("pow at zero", call("pow"), given([0.0, 0.0, 2.0]), given([2.0, 3.0, 0.0]), numeric=False,
     second=False)  # fmt: skip
case("pow of a negative", call("pow"), given([-2.0, -1.5]), given([2.0, 3.0]), numeric=False,
     second=False)  # fmt: skip
case("pow by a tensor of one base", lambda tf, y: tf.pow(2.0, tf.cast(y, "float32")), real(3),
     numeric=False, second=False, nodes=False)  # fmt: skip
case("floormod of floats", call("floormod"), given([-7.5, 7.5, -7.5, 7.5, 6.0]),
     given([2.0, -2.0, -2.0, 2.0, 3.0]), numeric=False, second=False)  # fmt: skip
case("floordiv of negatives", call("floordiv"), given([-7.5, 7.5, -7.5, 7.5, 6.0]),
     given([2.0, -2.0, -2.0, 2.0, 3.0]), second=False, numeric=False)  # fmt: skip
case("truncatemod of negatives", call("truncatemod"), given([-7.5, 7.5, -7.5]),
     given([2.0, -2.0, -2.0]), gradient=False, second=False, numeric=False)  # fmt: skip
case("div_no_nan by zero", call("div_no_nan"), given([1.0, -2.0, 0.0, 4.0]),
     given([0.0, 2.0, 0.0, -3.0]), also=("float32",), numeric=False, second=False)  # fmt: skip
case("divide by zero", call("divide"), given([1.0, -2.0, 0.0]), given([0.0, 0.0, 0.0]),
     gradient=False, numeric=False, second=False)  # fmt: skip
case("atan2 in all quadrants", call("atan2"), given([1.0, 1.0, -1.0, -1.0, 2.0]),
     given([1.0, -1.0, 1.0, -1.0, 0.5]), also=("float32",))  # fmt: skip
for op in ("maximum", "minimum"):
    case(f"{op} at ties", call(op), given([1.0, 2.0, 3.0, 2.0]), given([1.0, 1.0, 3.0, 4.0]),
         also=("float32",), numeric=False, second=False)  # fmt: skip
    case(f"{op} at ties, broadcast", call(op), given([[1.0, 2.0], [0.0, 1.0]]), given(1.0),
         numeric=False, second=False)  # fmt: skip

for op in ("add", "subtract", "multiply", "divide", "pow", "squared_difference"):
    for dtype in ("complex64", "complex128"):
        second = plane(3, dtype=dtype)
        case(f"{op} of {dtype}", call(op), plane(2, 3, dtype=dtype), second)

case("add of strings", call("add"), given([b"a", b"bc"]), given(b"d"))
case("accumulate_n", lambda tf, *xs: tf.accumulate_n(list(xs)), real(2), real(2), real(2),
     nodes=False, variants=("known",))  # fmt: skip
case("add_n", lambda tf, *xs: tf.add_n(list(xs)), real(2, 2), real(2, 2), real(2, 2), also=FLOATS)
case("add_n of one", lambda tf, x: tf.add_n([x]), real(2))
case("add_n of integers", lambda tf, x, y: tf.add_n([x, y]), ints(3), ints(3))
case("add_n of empties", lambda tf, x, y: tf.add_n([x, y]), real(0, 2), real(0, 2))
case("bias of a constant", lambda tf, x: tf.add(x, [1.0, 2.0]), real(2, 2, dtype="float32"))
case("a name", lambda tf, x, y: tf.add(x, y, name="total"), real(2), real(2))
case("names made unique", lambda tf, x, y: [tf.add(x, y), tf.add(x, y), x + y], real(2), real(2))

# --- Python's operators ---------------------------------------------------------------------------
OPERATORS = {
    "x + y": lambda tf, x, y: x + y,
    "x - y": lambda tf, x, y: x - y,
    "x * y": lambda tf, x, y: x * y,
    "x / y": lambda tf, x, y: x / y,
    "x // y": lambda tf, x, y: x // y,
    "x % y": lambda tf, x, y: x % y,
    "x ** y": lambda tf, x, y: x**y,
    "-x": lambda tf, x, y: -x,
    "abs(x)": lambda tf, x, y: abs(x),
    "1 + x": lambda tf, x, y: 1 + x,
    "1 - x": lambda tf, x, y: 1 - x,
    "2 * x": lambda tf, x, y: 2 * x,
    "2 / y": lambda tf, x, y: 2 / y,
    "7 // y": lambda tf, x, y: 7 // y,
    "7 % y": lambda tf, x, y: 7 % y,
    "2 ** y": lambda tf, x, y: 2**y,
    "x + list": lambda tf, x, y: x + [1, 2, 3],
    "list * x": lambda tf, x, y: [1, 2, 3] * x,
    "x < y": lambda tf, x, y: x < y,
    "x <= y": lambda tf, x, y: x <= y,
    "x > y": lambda tf, x, y: x > y,
    "x >= y": lambda tf, x, y: x >= y,
}
for text, build in OPERATORS.items():
    kinked = "//" in text or "%" in text
    case(text, build, apart(2, 3, low=0.7, high=2), apart(2, 3, low=0.4, high=1.9), also=FLOATS,
         second=not kinked)  # fmt: skip
    if "**" not in text:
        case(f"{text} of int32", build, ints(2, 3), nonzero(2, 3))
case("x @ y", lambda tf, x, y: x @ y, real(2, 3), real(3, 2))
case("2.5 * float32", lambda tf, x: 2.5 * x, real(2, dtype="float32"))
case("a chain", lambda tf, a, b, c: (a + b) * (c + 2.0), real(), real(), real())
case("one tensor twice", lambda tf, x: x * x + x, real(3))

# --- comparison and logic -------------------------------------------------------------------------
COMPARISONS = ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal")
for op in COMPARISONS:
    case(f"{op} of float32", call(op), given([1.0, 2.0, 3.0, float("nan")], "float32"),
         given([1.0, 3.0, 2.0, float("nan")], "float32"))  # fmt: skip
    case(f"{op} of int32, broadcast", call(op), ints(2, 1, high=0), ints(3, high=0))
    case(f"{op} of empties", call(op), real(0, 2), real(1, 2))
    for dtype in ("int64", "uint8", "float16", "float64", "bfloat16"):
        values = given([[1, 2, 3]], dtype)
        case(f"{op} of {dtype}", call(op), values, given([[2], [3]], dtype))
    case(f"{op} to a number", lambda tf, x, op=op: getattr(tf, op)(x, 0.5), real(4))
for op in COMPARISONS[:2]:
    case(f"{op} of strings", call(op), given([b"a", b"b"]), given([b"a", b"c"]))
    case(f"{op} of bools", call(op), bools(5), bools(5))
    case(f"{op} of complex64", call(op), plane(3, dtype="complex64"), plane(3, dtype="complex64"))
for op in ("logical_and", "logical_or", "logical_xor"):
    case(op, call(op), given([True, True, False, False]), given([True, False, True, False]))
    case(f"{op}, broadcast", call(op), bools(2, 1), bools(3))
    case(f"{op} of empties", call(op), bools(0), bools(1))
case("operators of logic", lambda tf, x, y: [x & y, x | y, x ^ y, ~x], bools(6), bools(6))
case("logical_not", lambda tf, x: tf.logical_not(x), bools(2, 3))
case("logical_not of an empty", lambda tf, x: tf.logical_not(x), bools(0))
case("equal is by identity", lambda tf, x: tf.constant(x == x), real(2), nodes=False)
# TensorFlow 2 has the op and not its function.
case("approximate_equal", lambda tf, x, y: tf.approximate_equal(x, y, 0.1), given([1.0, 2.0]),
     given([1.05, 2.2]), golden_build=lambda tf, x, y: tf.raw_ops.ApproximateEqual(
         x=x, y=y, tolerance=0.1))  # fmt: skip
