"""Writes a loop over expressions as LLVM IR.

The loop's function takes a table of 64-bit numbers. `TABLE` says what stands in front; behind it
come, for each array (inputs, then outputs), the address of the numpy array object and its strides
in bytes: of the outer, the middle and the inner dimension. The iteration space has these three;
the outer two are counted together, so that a range of them is one thread's part.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np

from flowgraph.kernels.jit.approximations import EXPANSIONS
from flowgraph.kernels.jit.trace import BOOL, Expr, inputs_of

INNER, MIDDLE, LIMIT, ROWS, HEADER = range(5)  # places in the table; HEADER is their number
PER_ARRAY = 4
DATA_OFFSET = 16  # of the data pointer in a PyArrayObject: behind ob_refcnt and ob_type

_TYPES = {"float32": "float", "float64": "double", "int32": "i32", "int64": "i64", "bool": "i1"}
_COMPARE_F = {"lt": "olt", "le": "ole", "gt": "ogt", "ge": "oge", "eq": "oeq", "ne": "une"}
_COMPARE_I = {"lt": "slt", "le": "sle", "gt": "sgt", "ge": "sge", "eq": "eq", "ne": "ne"}
_INTRINSICS = {"abs": "fabs", "sqrt": "sqrt", "floor": "floor", "ceil": "ceil", "rint": "rint",
               "trunc": "trunc", "fma": "fma"}  # fmt: skip
_BITWISE = {"shl": "shl", "lshr": "lshr", "ashr": "ashr", "and bits": "and", "or bits": "or",
            "and": "and", "or": "or", "xor": "xor"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Loop:
    """What is computed for each element, and how each input is walked in the inner dimension.

    `steps[i]` is 0 where input i stays, 1 where it goes on by one element, 2 where by its stride.
    Each output has an array of its own, behind those of the inputs, unless `into` names the input
    whose memory it replaces. `sums[i]` is not None where output i is not kept for each element but
    added up, in float64: 0 where to one number in the inner dimension, 1 where to as many as there
    are elements. In the table stands, for the inner stride of such an array, how many bytes further
    on the next one lies: each thread has `lanes` of them, which its rows take in turn, so that the
    addition to a short row need not wait for that of the row before.
    Input `rows`, if there is one, holds numbers: of the arrays in `named` not the rows 0, 1, 2, ...
    of the outer dimensions are taken but those. In its place in the table stands, for the outer
    stride, how many rows there are; a number that names none of them is found before anything is
    written. No memory that is written may belong to two arrays.
    """

    inputs: tuple[np.dtype[Any], ...]
    steps: tuple[int, ...]
    outputs: tuple[Expr, ...]
    narrow: bool = False  # the inner dimension is short: no unrolling
    into: tuple[int | None, ...] = ()
    sums: tuple[int | None, ...] = ()
    rows: int | None = None
    named: tuple[int, ...] = ()

    @property
    def lanes(self) -> int:
        """How many arrays of sums a thread has: a power of two."""
        return 4 if self.narrow else 1

    @property
    def arrays(self) -> int:
        """How many arrays the table holds."""
        return len(self.inputs) + len(self.outputs) - len([k for k in self.into if k is not None])

    @property
    def places(self) -> list[int]:
        """The arrays that the outputs are written to."""
        behind = count(len(self.inputs))
        into = self.into or (None,) * len(self.outputs)
        return [next(behind) if k is None else k for k in into]

    @property
    def added(self) -> dict[int, int]:
        """The arrays that sums are added to, and how they go on in the inner dimension."""
        sums = self.sums or (None,) * len(self.outputs)
        return {k: step for k, step in zip(self.places, sums, strict=True) if step is not None}


def type_of(dtype: np.dtype[Any]) -> str:
    """The LLVM type of a value."""
    return _TYPES[dtype.name]


def stored_type(dtype: np.dtype[Any]) -> str:
    """The LLVM type that a value has in memory."""
    return "i8" if dtype == BOOL else type_of(dtype)


def literal(value: Any, dtype: np.dtype[Any]) -> str:
    """A constant as LLVM writes it."""
    if dtype == BOOL:
        return "true" if value else "false"
    if dtype.kind == "f":
        return f"0x{struct.unpack('<Q', struct.pack('<d', float(dtype.type(value))))[0]:016X}"
    return str(int(value))


class Body:
    """The instructions of one element, in order; each expression's value has one name."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.names: dict[Expr, str] = {}
        self.meanings: dict[Expr, Expr] = {}  # exp, log, ...: what they are made of
        self.intrinsics: set[str] = set()

    def put(self, text: str) -> str:
        """Adds an instruction and gives its result's name."""
        name = f"%v{len(self.lines)}"
        self.lines.append(f"  {name} = {text}")
        return name

    def value(self, wanted: Expr) -> str:
        """The name of a value; the instructions that it needs are added where they are not there.

        Without recursion: a cluster may be a chain of a thousand ops.
        """
        stack = [wanted]
        while stack:
            expr = stack[-1]
            if expr in self.names:
                stack.pop()
                continue
            needs = self._needs(expr)
            missing = [a for a in needs if a not in self.names]
            if missing:
                stack += missing
            else:
                self.names[expr] = self._name(expr, needs)
        return self.names[wanted]

    def _needs(self, expr: Expr) -> tuple[Expr, ...]:
        if expr.op in ("const", "input"):
            return ()
        if expr.op in EXPANSIONS:
            if expr not in self.meanings:
                self.meanings[expr] = EXPANSIONS[expr.op](*expr.args)
            return (self.meanings[expr],)
        return expr.args

    def _name(self, expr: Expr, needs: tuple[Expr, ...]) -> str:
        if expr.op == "const":
            return literal(expr.args[0], expr.dtype)
        args = [self.names[a] for a in needs]
        if expr.op in EXPANSIONS:
            return args[0]
        return self._instruction(expr, args)

    def _instruction(self, expr: Expr, args: list[str]) -> str:
        op, of = expr.op, expr.args[0].dtype
        t, floating = type_of(of), of.kind == "f"
        listed = ", ".join(args)
        if op in ("add", "sub", "mul", "div"):
            return self.put(f"{'f' if floating else ''}{op} {t} {listed}")
        if op in _COMPARE_F:
            kind = f"fcmp {_COMPARE_F[op]}" if floating else f"icmp {_COMPARE_I[op]}"
            return self.put(f"{kind} {t} {listed}")
        if op in _INTRINSICS:
            name = f"llvm.{_INTRINSICS[op]}.{'f32' if t == 'float' else 'f64'}"
            self.intrinsics.add(f"declare {t} @{name}({', '.join([t] * len(args))})")
            return self.put(f"call {t} @{name}({', '.join(f'{t} {a}' for a in args)})")
        if op in _BITWISE:
            return self.put(f"{_BITWISE[op]} {t} {listed}")
        return self._other(expr, args, t, floating)

    def _other(self, expr: Expr, args: list[str], t: str, floating: bool) -> str:
        if expr.op == "select":
            kind = type_of(expr.dtype)
            return self.put(f"select i1 {args[0]}, {kind} {args[1]}, {kind} {args[2]}")
        if expr.op == "neg":
            return self.put(f"fneg {t} {args[0]}" if floating else f"sub {t} 0, {args[0]}")
        if expr.op == "not":
            return self.put(f"xor i1 {args[0]}, true")
        if expr.op in ("max", "min"):
            return self._extreme(expr.op, args, t, floating)
        if expr.op == "cast":
            return self._cast(args[0], expr.args[0].dtype, expr.dtype)
        if expr.op in ("bits", "float of bits"):
            return self.put(f"bitcast {t} {args[0]} to {type_of(expr.dtype)}")
        raise ValueError(f"No instruction for {expr.op!r}")

    def _extreme(self, op: str, args: list[str], t: str, floating: bool) -> str:
        """numpy's maximum and minimum: the first where it is NaN, else the second where that is."""
        a, b = args
        sign = "g" if op == "max" else "l"
        if not floating:
            keep = self.put(f"icmp s{sign}e {t} {a}, {b}")
        else:
            beats = self.put(f"fcmp o{sign}e {t} {a}, {b}")
            nan = self.put(f"fcmp uno {t} {a}, {a}")
            keep = self.put(f"or i1 {beats}, {nan}")
        return self.put(f"select i1 {keep}, {t} {a}, {t} {b}")

    def _cast(self, arg: str, a: np.dtype[Any], b: np.dtype[Any]) -> str:
        s, t = type_of(a), type_of(b)
        if b == BOOL:
            return self.put(
                f"fcmp une {s} {arg}, 0.0" if a.kind == "f" else f"icmp ne {s} {arg}, 0"
            )
        if a == BOOL:
            how = "uitofp" if b.kind == "f" else "zext"
        elif a.kind == "f":
            how = "fpext" if b.itemsize > a.itemsize else "fptrunc"
        elif b.kind == "f":
            how = "sitofp"
        else:
            how = "sext" if b.itemsize > a.itemsize else "trunc"
        return self.put(f"{how} {s} {arg} to {t}")


def emit(loop: Loop, threads: bool) -> str:
    """The module: @kernel(table, first row, last row, number of the thread) and @launch.

    @launch(table, threads), made with `threads`, lets a team do it. @kernel gives how many of the
    numbers of rows name none; it has done nothing then.
    """
    body = Body()
    loads = _loads(loop, body)
    stores = _stores(loop, body, [body.value(e) for e in loop.outputs])
    sums = _sums_in_registers(loop)
    arrays = loop.arrays
    names = [f"%p{k}" for k in range(arrays)]
    steps = [f"%s{k}" for k in range(arrays)]
    typed = ", ".join([f"ptr noalias {p}, i64 {s}" for p, s in zip(names, steps, strict=True)])
    unroll = ", !2" if loop.narrow else ""
    text = [
        f"define internal void @row({typed}, i64 %n) alwaysinline {{",
        "entry:",
        *loads["once"],
        "  br label %loop",
        "loop:",
        "  %j = phi i64 [ 0, %entry ], [ %next, %loop ]",
        *sums["begin"],
        *loads["each"],
        *body.lines,
        *stores,
        "  %next = add nuw nsw i64 %j, 1",
        "  %done = icmp eq i64 %next, %n",
        "  br i1 %done, label %end, label %loop, !llvm.loop !0",
        "end:",
        *sums["end"],
        "  ret void",
        "}",
        *_rows(loop),
        *(_LAUNCH if threads else ()),
        *sorted(body.intrinsics),
        f"!0 = distinct !{{!0, !1{unroll}}}",
        '!1 = !{!"llvm.loop.vectorize.enable", i1 true}',
        '!2 = !{!"llvm.loop.interleave.count", i32 1}',
    ]
    return "\n".join(text) + "\n"


def _address(k: int, step: int, stored: str, name: str) -> str:
    if step == 1:
        return f"  {name} = getelementptr {stored}, ptr %p{k}, i64 %j"
    return f"  %o{k} = mul i64 %j, %s{k}\n  {name} = getelementptr i8, ptr %p{k}, i64 %o{k}"


def _loads(loop: Loop, body: Body) -> dict[str, list[str]]:
    """The loads of the inputs: once in front of the loop where they stay, or for each element.

    Registers the inputs' names with the expressions that stand for them.
    """
    text: dict[str, list[str]] = {"once": [], "each": []}
    for k, (dtype, step) in enumerate(zip(loop.inputs, loop.steps, strict=True)):
        if k == loop.rows:
            continue
        stored, place = stored_type(dtype), "each" if step else "once"
        if step:
            text[place].append(_address(k, step, stored, f"%a{k}"))
        source = f"%a{k}" if step else f"%p{k}"
        text[place].append(f"  %x{k} = load {stored}, ptr {source}, align 1")
        if dtype == BOOL:
            text[place].append(f"  %b{k} = icmp ne i8 %x{k}, 0")
    for expr in inputs_of(loop.outputs):
        k = expr.args[0]
        body.names[expr] = f"%b{k}" if expr.dtype == BOOL else f"%x{k}"
    return text


def _stores(loop: Loop, body: Body, values: list[str]) -> list[str]:
    text = []
    for k, expr, value in zip(loop.places, loop.outputs, values, strict=True):
        if k in loop.added:
            text += _addition(k, loop.added[k], expr, value)
            continue
        stored = stored_type(expr.dtype)
        if k >= len(loop.inputs):  # else the load has worked out the address
            text.append(_address(k, 1, stored, f"%a{k}"))
        if expr.dtype == BOOL:
            text.append(f"  %z{k} = zext i1 {value} to i8")
            value = f"%z{k}"
        text.append(f"  store {stored} {value}, ptr %a{k}, align 1")
    return text


def _addition(k: int, step: int, expr: Expr, value: str) -> list[str]:
    """Adds a value to its sum, which the loop may take in any order: float64 is exact enough."""
    text = []
    if expr.dtype != np.float64:
        text.append(f"  %wide{k} = fpext {type_of(expr.dtype)} {value} to double")
        value = f"%wide{k}"
    if step == 0:
        return [*text, f"  %sum{k} = fadd reassoc nsz double %acc{k}, {value}"]
    return [
        *text,
        _address(k, 1, "double", f"%a{k}"),
        f"  %acc{k} = load double, ptr %a{k}, align 8",
        f"  %sum{k} = fadd double %acc{k}, {value}",
        f"  store double %sum{k}, ptr %a{k}, align 8",
    ]


def _sums_in_registers(loop: Loop) -> dict[str, list[str]]:
    """What stands at the begin and at the end of a row for sums to one number."""
    text: dict[str, list[str]] = {"begin": [], "end": []}
    for k in [k for k, step in loop.added.items() if step == 0]:
        text["begin"].append(f"  %acc{k} = phi double [ 0.0, %entry ], [ %sum{k}, %loop ]")
        text["end"] += [
            f"  %before{k} = load double, ptr %p{k}, align 8",
            f"  %after{k} = fadd double %before{k}, %sum{k}",
            f"  store double %after{k}, ptr %p{k}, align 8",
        ]
    return text


def _number(name: str, place: int) -> list[str]:
    return [
        f"  %{name}.at = getelementptr i64, ptr %table, i64 {place}",
        f"  %{name} = load i64, ptr %{name}.at",
    ]


def _rows(loop: Loop) -> list[str]:
    """@kernel: walks the outer dimensions and calls @row for each of their places."""
    arrays = loop.arrays
    text = ["define i64 @kernel(ptr %table, i64 %first, i64 %last, i64 %me) {", "entry:"]
    text += _number("inner", INNER) + _number("middle", MIDDLE) + _number("limit", LIMIT)
    for k in range(arrays):
        at = HEADER + PER_ARRAY * k
        text += _number(f"object{k}", at) + _number(f"outer{k}", at + 1)
        text += _number(f"mid{k}", at + 2) + _number(f"step{k}", at + 3)
        text += [
            f"  %field{k} = add i64 %object{k}, {DATA_OFFSET}",
            f"  %holder{k} = inttoptr i64 %field{k} to ptr",
            f"  %base{k} = load ptr, ptr %holder{k}",
        ]
    text += [
        "  %any = icmp slt i64 %first, %last",
        *_check(loop),
        "rows:",
        f"  %r = phi i64 [ %first, %{'entry' if loop.rows is None else 'checked'} ], "
        "[ %following, %after ]",
        "  %i = udiv i64 %r, %middle",
        "  %whole = mul i64 %i, %middle",
        "  %m = sub i64 %r, %whole",
        "  %start = mul i64 %r, %inner",
        "  %left = sub i64 %limit, %start",
        "  %fits = icmp slt i64 %inner, %left",
        "  %n = select i1 %fits, i64 %inner, i64 %left",
        f"  %turn = and i64 %r, {loop.lanes - 1}",
        f"  %lanes = mul i64 %me, {loop.lanes}",
        "  %lane = add i64 %lanes, %turn",
    ]
    if loop.rows is not None:
        text += _row_number(loop, "named", "%r")
    for k in range(arrays):
        text += [
            f"  %u{k} = mul i64 {'%named' if k in loop.named else '%i'}, %outer{k}",
            f"  %w{k} = mul i64 %m, %mid{k}",
            f"  %uw{k} = add i64 %u{k}, %w{k}",
            f"  %q{k} = getelementptr i8, ptr %base{k}, i64 %uw{k}",
        ]
        if k in loop.added:
            text += [
                f"  %mine{k} = mul i64 %lane, %step{k}",
                f"  %t{k} = getelementptr i8, ptr %q{k}, i64 %mine{k}",
            ]
    given = ", ".join(
        f"ptr %{'t' if k in loop.added else 'q'}{k}, i64 %step{k}" for k in range(arrays)
    )
    return [
        *text,
        "  %some = icmp sgt i64 %n, 0",
        "  br i1 %some, label %inside, label %after",
        "inside:",
        f"  call void @row({given}, i64 %n)",
        "  br label %after",
        "after:",
        "  %following = add nuw nsw i64 %r, 1",
        "  %finished = icmp eq i64 %following, %last",
        "  br i1 %finished, label %end, label %rows",
        "end:",
        "  ret i64 0",
        "}",
    ]


def _check(loop: Loop) -> list[str]:
    """Goes to %rows, or to %end when there are none; with numbers of rows, after a look at them."""
    if loop.rows is None:
        return ["  br i1 %any, label %rows, label %end"]
    return [
        "  br i1 %any, label %check, label %end",
        "check:",
        "  %c = phi i64 [ %first, %entry ], [ %c.next, %check ]",
        "  %wrong = phi i64 [ 0, %entry ], [ %wrong.next, %check ]",
        *_row_number(loop, "seen", "%c"),
        f"  %is.wrong = icmp uge i64 %seen, %outer{loop.rows}",  # seen as unsigned, -1 is large
        "  %one = zext i1 %is.wrong to i64",
        "  %wrong.next = add i64 %wrong, %one",
        "  %c.next = add nuw nsw i64 %c, 1",
        "  %c.done = icmp eq i64 %c.next, %last",
        "  br i1 %c.done, label %checked, label %check",
        "checked:",
        "  %right = icmp eq i64 %wrong.next, 0",
        "  br i1 %right, label %rows, label %refused",
        "refused:",
        "  ret i64 %wrong.next",
    ]


def _row_number(loop: Loop, name: str, place: str) -> list[str]:
    """Loads a number of a row."""
    assert loop.rows is not None
    kind = type_of(loop.inputs[loop.rows])
    widen = f"sext i32 %{name}.x to i64" if kind == "i32" else f"add i64 %{name}.x, 0"
    return [
        f"  %{name}.at = getelementptr {kind}, ptr %base{loop.rows}, i64 {place}",
        f"  %{name}.x = load {kind}, ptr %{name}.at, align 1",
        f"  %{name} = {widen}",
    ]


# Each thread of OpenMP's team takes its part of the rows.
_LAUNCH = f"""declare void @GOMP_parallel(ptr, ptr, i32, i32)
declare i32 @omp_get_thread_num()
declare i32 @omp_get_num_threads()
define void @part(ptr %table) {{
  %rows.at = getelementptr i64, ptr %table, i64 {ROWS}
  %rows = load i64, ptr %rows.at
  %me32 = call i32 @omp_get_thread_num()
  %all32 = call i32 @omp_get_num_threads()
  %me = sext i32 %me32 to i64
  %all = sext i32 %all32 to i64
  %a = mul i64 %rows, %me
  %first = sdiv i64 %a, %all
  %next = add i64 %me, 1
  %b = mul i64 %rows, %next
  %last = sdiv i64 %b, %all
  call i64 @kernel(ptr %table, i64 %first, i64 %last, i64 %me)
  ret void
}}
define void @launch(ptr %table, i32 %threads) {{
  call void @GOMP_parallel(ptr @part, ptr %table, i32 %threads, i32 0)
  ret void
}}""".splitlines()
