"""Finds out what an elementwise kernel computes, by calling it with symbols instead of arrays.

A reference kernel is written with numpy's functions. A `Symbol` takes part in them through numpy's
own protocols and records what is done with it as an expression, so that an op needs no second
declaration. A kernel that looks at values or shapes, or uses what is not known here, cannot be
traced (`Untraceable`) and stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

FLOATS = (np.dtype(np.float32), np.dtype(np.float64))
INTEGERS = (np.dtype(np.int32), np.dtype(np.int64))
BOOL = np.dtype(np.bool_)
KNOWN = (*FLOATS, *INTEGERS, BOOL)


class Untraceable(Exception):
    """A kernel does with its inputs what no expression can say."""


@dataclass(frozen=True, slots=True, eq=False)
class Expr:
    """`op` of `args` gives a value of `dtype`; "input" has its place, "const" its number."""

    op: str
    args: tuple[Any, ...]
    dtype: np.dtype[Any]


def parts(exprs: Sequence[Expr]) -> list[Expr]:
    """All that some expressions are made of, themselves included, each object once."""
    found = dict.fromkeys(exprs)
    stack = list(found)
    while stack:
        expr = stack.pop()
        if expr.op not in ("input", "const"):
            fresh = [arg for arg in expr.args if arg not in found]
            found.update(dict.fromkeys(fresh))
            stack += fresh
    return list(found)


def inputs_of(exprs: Sequence[Expr]) -> list[Expr]:
    """The inputs among the parts of some expressions."""
    return [expr for expr in parts(exprs) if expr.op == "input"]


def constant(value: Any, dtype: np.dtype[Any]) -> Expr:
    """A number, the same for all elements."""
    return Expr("const", (dtype.type(value).item(),), dtype)


def cast(x: Expr, dtype: np.dtype[Any]) -> Expr:
    """`x` in another dtype."""
    if x.dtype == dtype:
        return x
    if x.op == "const":
        return constant(x.args[0], dtype)
    return Expr("cast", (x,), dtype)


# --- what numpy's functions become ----------------------------------------------------------------
def _same(op: str) -> Callable[..., Expr]:
    return lambda *args: Expr(op, args, args[0].dtype)


def _test(op: str) -> Callable[..., Expr]:
    return lambda *args: Expr(op, args, BOOL)


def _of_single(op: str) -> Callable[..., Expr]:
    """A function that is approximated in float32; of float64 numpy's is as fast."""

    def make(x: Expr) -> Expr:
        if x.dtype != np.float32:
            raise Untraceable(f"{op} of {x.dtype}")
        return Expr(op, (x,), x.dtype)

    return make


def _rounding(op: str) -> Callable[..., Expr]:
    return lambda x: Expr(op, (x,), x.dtype) if x.dtype.kind == "f" else x


def _absolute(x: Expr) -> Expr:
    if x.dtype.kind == "f":
        return Expr("abs", (x,), x.dtype)
    return _choose(Expr("lt", (x, constant(0, x.dtype)), BOOL), Expr("neg", (x,), x.dtype), x)


def _choose(condition: Expr, x: Expr, y: Expr) -> Expr:
    return Expr("select", (condition, x, y), x.dtype)


def _sign(x: Expr) -> Expr:
    zero, one = constant(0, x.dtype), constant(1, x.dtype)
    below = _choose(Expr("lt", (x, zero), BOOL), constant(-1, x.dtype), x)  # 0 and NaN stay
    sign = _choose(Expr("gt", (x, zero), BOOL), one, below)
    return Expr("add", (sign, zero), x.dtype) if x.dtype.kind == "f" else sign  # 0.0 for -0.0


def _is_nan(x: Expr) -> Expr:
    return Expr("ne", (x, x), BOOL)


def _is_infinite(x: Expr) -> Expr:
    return Expr("eq", (_absolute(x), constant(np.inf, x.dtype)), BOOL)


def _is_finite(x: Expr) -> Expr:
    return Expr("lt", (_absolute(x), constant(np.inf, x.dtype)), BOOL)


_UFUNCS: dict[np.ufunc, Callable[..., Expr]] = {
    np.add: _same("add"), np.subtract: _same("sub"), np.multiply: _same("mul"),
    np.true_divide: _same("div"), np.negative: _same("neg"), np.positive: lambda x: x,
    np.absolute: _absolute, np.fabs: _absolute, np.sign: _sign,
    np.maximum: _same("max"), np.minimum: _same("min"),
    np.square: lambda x: Expr("mul", (x, x), x.dtype),
    np.reciprocal: lambda x: Expr("div", (constant(1, x.dtype), x), x.dtype),
    np.sqrt: _same("sqrt"), np.floor: _rounding("floor"), np.ceil: _rounding("ceil"),
    np.rint: _rounding("rint"), np.trunc: _rounding("trunc"),
    np.exp: _of_single("exp"), np.log: _of_single("log"), np.tanh: _of_single("tanh"),
    np.log1p: _of_single("log1p"), np.expm1: _of_single("expm1"),
    np.less: _test("lt"), np.less_equal: _test("le"), np.greater: _test("gt"),
    np.greater_equal: _test("ge"), np.equal: _test("eq"), np.not_equal: _test("ne"),
    np.logical_and: _test("and"), np.logical_or: _test("or"), np.logical_xor: _test("xor"),
    np.logical_not: _test("not"), np.bitwise_and: _test("and"), np.bitwise_or: _test("or"),
    np.bitwise_xor: _test("xor"), np.invert: _test("not"),
    np.isnan: _is_nan, np.isinf: _is_infinite, np.isfinite: _is_finite,
}  # fmt: skip
_OF_BOOLS = (
    np.logical_and, np.logical_or, np.logical_xor, np.logical_not, np.bitwise_and, np.bitwise_or,
    np.bitwise_xor, np.invert,
)  # fmt: skip
_OF_FLOATS = (np.isnan, np.isinf, np.isfinite, np.reciprocal, np.true_divide, np.sqrt)


class Symbol(NDArrayOperatorsMixin):
    """Stands for an array of known dtype and unknown shape and values."""

    __slots__ = ("expr",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, expr: Expr) -> None:
        self.expr = expr

    @property
    def dtype(self) -> np.dtype[Any]:
        """The elements' dtype."""
        return self.expr.dtype

    def astype(self, dtype: Any, copy: bool = True) -> Symbol:
        """The same numbers in another dtype."""
        del copy
        wanted = np.dtype(dtype)
        if wanted not in KNOWN or (wanted.kind in "iu" and self.dtype.kind == "f"):
            raise Untraceable(f"{self.dtype} as {wanted}")
        return type(self)(cast(self.expr, wanted))

    def copy(self) -> Symbol:
        """The same value, to be changed by itself."""
        return type(self)(self.expr)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **more: Any) -> Any:
        make = _UFUNCS.get(ufunc)
        into = more.pop("out", None)
        if make is None or method != "__call__" or more:
            raise Untraceable(f"{ufunc.__name__} {method} {sorted(more)}")
        result = make(*_operands(ufunc, inputs))
        return type(self)(result) if into is None else _changed(into, result)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        del types
        if function is np.where and len(args) == 3 and not kwargs:
            return type(self)(_where(*args))
        if function in (np.copy, np.ascontiguousarray) and len(args) == 1:
            return args[0].copy()
        raise Untraceable(getattr(function, "__name__", str(function)))

    def __bool__(self) -> bool:
        raise Untraceable("the kernel asks for a value")

    def __getattr__(self, name: str) -> Any:
        raise Untraceable(f"the kernel asks for .{name}")


def _changed(into: Any, result: Expr) -> Symbol:
    """What `x += y` leaves: x, which stands for something else now."""
    (symbol,) = into
    if not isinstance(symbol, Symbol) or symbol.expr.op == "input" or symbol.dtype != result.dtype:
        raise Untraceable("a result that is written to some array")
    symbol.expr = result
    return symbol


class ScalarSymbol(Symbol):
    """Stands for an array of shape ()."""

    __slots__ = ()
    shape, ndim, size = (), 0, 1


def _operands(ufunc: Any, inputs: Any) -> list[Expr]:
    """The inputs in the dtypes that numpy's own rules give them."""
    kinds = [_kind(x) for x in inputs]
    try:
        loop = ufunc.resolve_dtypes((*kinds, *[None] * ufunc.nout))
    except TypeError as error:
        raise Untraceable(str(error)) from None
    wanted = loop[: len(inputs)]
    if any(dtype not in KNOWN for dtype in wanted):
        raise Untraceable(f"{ufunc.__name__} of {wanted}")
    if ufunc in _OF_BOOLS and any(dtype != BOOL for dtype in wanted):
        raise Untraceable(f"{ufunc.__name__} of integers")
    if ufunc in _OF_FLOATS and any(dtype not in FLOATS for dtype in wanted):
        raise Untraceable(f"{ufunc.__name__} of {wanted}")
    if BOOL in wanted and ufunc in (np.add, np.multiply, np.maximum, np.minimum):
        raise Untraceable(f"{ufunc.__name__} of truth values")
    return [_operand(x, dtype) for x, dtype in zip(inputs, wanted, strict=True)]


def _kind(x: Any) -> Any:
    """What `resolve_dtypes` asks of an operand: its dtype, or the type of a Python number."""
    if isinstance(x, Symbol | np.generic | np.ndarray):
        return x.dtype
    if type(x) in (int, float, bool):
        return np.dtype(bool) if type(x) is bool else type(x)
    raise Untraceable(f"an operand of type {type(x).__name__}")


def _operand(x: Any, dtype: np.dtype[Any]) -> Expr:
    if isinstance(x, Symbol):
        return cast(x.expr, dtype)
    if isinstance(x, np.ndarray) and x.ndim:
        raise Untraceable("an array that the kernel keeps")
    return constant(x, dtype)


def _where(condition: Any, x: Any, y: Any) -> Expr:
    kinds = [_kind(v) for v in (x, y)]
    typed = [k for k in kinds if isinstance(k, np.dtype)]
    if not typed or not isinstance(condition, Symbol) or condition.dtype != BOOL:
        raise Untraceable("where")
    dtype = np.result_type(*typed)
    if dtype not in KNOWN:
        raise Untraceable(f"where of {dtype}")
    return _choose(condition.expr, _operand(x, dtype), _operand(y, dtype))


class _Namespace:
    """numpy for a traced kernel; what numpy does not pass on to a Symbol is done here."""

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    @staticmethod
    def astype(x: Any, dtype: Any, copy: bool = True) -> Any:
        """np.astype."""
        return x.astype(dtype, copy=copy)


NAMESPACE = _Namespace()


def trace(
    kernel: Callable[..., Any], dtypes: list[np.dtype[Any]], symbol: type[Symbol] = Symbol
) -> Expr:
    """The expression of a kernel of arrays of these dtypes; Untraceable where there is none."""
    if any(dtype not in KNOWN for dtype in dtypes):
        raise Untraceable(f"inputs of {dtypes}")
    symbols = [symbol(Expr("input", (i,), dtype)) for i, dtype in enumerate(dtypes)]
    try:
        result = kernel(*symbols)
    except Untraceable:
        raise
    except Exception as error:  # whatever a kernel does when it gets no array
        raise Untraceable(f"{type(error).__name__}: {error}") from None
    if not isinstance(result, Symbol) or result.dtype not in KNOWN:
        raise Untraceable("the kernel gives no expression")
    return result.expr
