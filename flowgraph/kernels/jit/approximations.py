"""exp, log, tanh and their like of float32, as expressions that the loop vectoriser can take.

Range reduction and polynomials after Cephes (S. L. Moshier, Methods and Programs for Mathematical
Functions, 1989): a few units in the last place from the exact value, NaN, infinities, zeros and
denormal numbers included.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from flowgraph.kernels.jit.trace import BOOL, Expr, constant, parts

SINGLE, INT = np.dtype(np.float32), np.dtype(np.int32)
_MAGIC = 12582912.0  # 1.5 * 2**23: adding it rounds to an integer, which then is in the low bits
_MAGIC_BITS = int(np.float32(_MAGIC).view(np.int32))
_LN2_HIGH, _LN2_LOW = 0.693359375, -2.12194440e-4


def f(value: float) -> Expr:
    """A float32 constant."""
    return constant(value, SINGLE)


def i(value: int) -> Expr:
    """An int32 constant."""
    return constant(value, INT)


def _op(name: str, *args: Expr) -> Expr:
    return Expr(name, args, args[0].dtype)


def _fma(a: Expr, b: Expr, c: Expr) -> Expr:
    return _op("fma", a, b, c)


def _test(name: str, a: Expr, b: Expr) -> Expr:
    return Expr(name, (a, b), BOOL)


def _choose(condition: Expr, a: Expr, b: Expr) -> Expr:
    return Expr("select", (condition, a, b), a.dtype)


def _polynomial(x: Expr, *coefficients: float) -> Expr:
    """Horner's rule, the highest power first."""
    result = f(coefficients[0])
    for c in coefficients[1:]:
        result = _fma(result, x, f(c))
    return result


def _power_of_two(n: Expr) -> Expr:
    """2 ** n of an integer in [-126, 127], out of its bits."""
    return Expr("float of bits", (_op("shl", _op("add", n, i(127)), i(23)),), SINGLE)


def exp(x: Expr) -> Expr:
    """e ** x."""
    high, low = f(89.0), f(-104.0)  # beyond them the result is infinite or zero
    x = _choose(_test("gt", x, high), high, _choose(_test("lt", x, low), low, x))
    shifted = _fma(x, f(1.44269504088896341), f(_MAGIC))
    n = _op("sub", shifted, f(_MAGIC))
    whole = _op("sub", Expr("bits", (shifted,), INT), i(_MAGIC_BITS))
    r = _fma(n, f(-_LN2_LOW), _fma(n, f(-_LN2_HIGH), x))
    p = _polynomial(
        r, 1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1,
        5.0000001201e-1,
    )  # fmt: skip
    y = _op("add", _fma(p, _op("mul", r, r), r), f(1.0))
    # Two factors, as 2 ** n itself may be no normal number where the result is one.
    half = _op("ashr", whole, i(1))
    rest = _op("sub", whole, half)
    return _op("mul", _op("mul", y, _power_of_two(half)), _power_of_two(rest))


def log(x: Expr) -> Expr:
    """The natural logarithm."""
    tiny = _test("lt", x, f(1.17549435e-38))
    y = _choose(tiny, _op("mul", x, f(8388608.0)), x)
    bits = Expr("bits", (y,), INT)
    exponent = _op("sub", _op("and bits", _op("lshr", bits, i(23)), i(0xFF)), i(126))
    exponent = _op("sub", exponent, _choose(tiny, i(23), i(0)))
    fraction = _op("or bits", _op("and bits", bits, i(0x007FFFFF)), i(0x3F000000))
    m = Expr("float of bits", (fraction,), SINGLE)
    low = _test("lt", m, f(0.707106781186547524))
    e = Expr("cast", (_op("sub", exponent, _choose(low, i(1), i(0))),), SINGLE)
    m = _op("sub", _op("add", m, _choose(low, m, f(0.0))), f(1.0))
    z = _op("mul", m, m)
    p = _polynomial(
        m, 7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
        -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
    )  # fmt: skip
    p = _op("mul", _op("mul", p, m), z)
    p = _fma(z, f(-0.5), _fma(e, f(_LN2_LOW), p))
    result = _fma(e, f(_LN2_HIGH), _op("add", m, p))
    result = _choose(_test("eq", x, f(0.0)), f(-np.inf), result)
    result = _choose(_test("lt", x, f(0.0)), f(np.nan), result)
    usual = _test("lt", x, f(np.inf))  # neither infinite nor NaN, which are their own logarithms
    return _choose(usual, result, x)


def tanh(x: Expr) -> Expr:
    """The hyperbolic tangent."""
    size, z = _op("abs", x), _op("mul", x, x)
    p = _polynomial(
        z, -5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1,
        -3.33332819422e-1,
    )  # fmt: skip
    near = _fma(_op("mul", p, z), x, x)
    grown = exp(_op("add", size, size))
    far = _op("sub", f(1.0), _op("div", f(2.0), _op("add", grown, f(1.0))))
    far = _choose(_test("lt", x, f(0.0)), _op("neg", far), far)
    return _choose(_test("lt", size, f(0.625)), near, far)


def log1p(x: Expr) -> Expr:
    """log(1 + x), also of a small x: the rounding of 1 + x is divided out (W. Kahan)."""
    y = _op("add", x, f(1.0))
    result = _op("mul", log(y), _op("div", x, _op("sub", y, f(1.0))))
    keep = Expr("or", (_test("eq", y, f(1.0)), _test("eq", x, f(np.inf))), BOOL)
    result = _choose(_test("eq", y, f(0.0)), f(-np.inf), result)
    return _choose(keep, x, result)


def expm1(x: Expr) -> Expr:
    """exp(x) - 1, also of a small x (W. Kahan)."""
    y = exp(x)
    less = _op("sub", y, f(1.0))
    result = _op("mul", less, _op("div", x, log(y)))
    result = _choose(_test("eq", less, f(-1.0)), f(-1.0), result)
    result = _choose(_test("gt", y, f(3.4e38)), y, result)
    return _choose(_test("eq", y, f(1.0)), x, result)


EXPANSIONS = {"exp": exp, "log": log, "tanh": tanh, "log1p": log1p, "expm1": expm1}
_SLOW = {**dict.fromkeys(EXPANSIONS, 12), "div": 4, "sqrt": 4}  # as so many additions


def work(outputs: Sequence[Expr]) -> int:
    """How long one element of some expressions takes, counted in additions."""
    return sum(_SLOW.get(e.op, 1) for e in parts(outputs) if e.op not in ("input", "const"))
