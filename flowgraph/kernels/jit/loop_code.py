"""Writes a loop of scalars as one function of LLVM IR, the loops within it included.

The function takes a table of 64-bit numbers: the addresses of numpy array objects, which hold the
scalars and what is popped and pushed, and behind them the address of a function that is called
after every so many iterations and tells, by a number other than 0, that the run has to end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.kernels.jit.emit import DATA_OFFSET, Body, stored_type, type_of
from flowgraph.kernels.jit.loop_graph import INT64, Program, Repeat, limited
from flowgraph.kernels.jit.trace import BOOL, Expr

PARTS = 3  # arrays that tell of the parts in which a loop with lists is done
_OPERATIONS = 1 << 22  # about so many between two looks at whether the run has to end


class _Function(Body):
    """The instructions, in blocks: of nested loops, too.

    `popped` are the arrays that hold what is popped from lists, `pushed` those for what is pushed;
    `count` is the variable that tells the place in them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.label = "entry"
        self.loops = 0
        self.results: dict[Repeat, list[str]] = {}
        self.popped: Sequence[str] = ()
        self.pushed: Sequence[str] = ()
        self.count: Expr | None = None

    def block(self, label: str) -> None:
        """Begins a block."""
        self.lines.append(f"{label}:")
        self.label = label

    def _needs(self, expr: Expr) -> tuple[Expr, ...]:
        if expr.op == "result":  # what a loop takes from outside stands in front of it
            return (*expr.args[0].first, *expr.args[0].outer)
        return () if expr.op == "popped" else super()._needs(expr)

    def _name(self, expr: Expr, needs: tuple[Expr, ...]) -> str:
        if expr.op == "result":
            loop, k = expr.args
            if loop not in self.results:
                self.results[loop] = self.repeat(loop)
            return self.results[loop][k]
        if expr.op == "popped":
            return self.load(self.popped[expr.args[0]], self._place(), expr.dtype)
        return super()._name(expr, needs)

    def _place(self) -> str:
        assert self.count is not None
        return self.names[self.count]

    def load(self, array: str, at: str, dtype: np.dtype[Any]) -> str:
        """An array's element."""
        kind = stored_type(dtype)
        place = self.put(f"getelementptr {kind}, ptr {array}, i64 {at}")
        value = self.put(f"load {kind}, ptr {place}")
        return self.put(f"icmp ne i8 {value}, 0") if dtype == BOOL else value

    def store(self, value: str, array: str, at: str, dtype: np.dtype[Any]) -> None:
        """Writes an array's element."""
        kind = stored_type(dtype)
        place = self.put(f"getelementptr {kind}, ptr {array}, i64 {at}")
        if dtype == BOOL:
            value = self.put(f"zext i1 {value} to i8")
        self.lines.append(f"  store {kind} {value}, ptr {place}")

    def repeat(self, loop: Repeat) -> list[str]:
        """A loop; gives the names of its variables' last values."""
        number = self.loops
        self.loops += 1
        first = [self.value(e) for e in loop.first]
        before = self.label
        self.lines.append(f"  br label %head{number}")
        self.block(f"head{number}")
        phis = len(self.lines)
        names = [f"%c{number}.{j}" for j in range(len(first))]
        self.lines += [""] * len(names)  # written when what follows has its names
        self.names.update(zip(loop.variables, names, strict=True))
        holds = self.value(loop.condition)
        self.lines.append(f"  br i1 {holds}, label %body{number}, label %end{number}")
        self.block(f"body{number}")
        self._count_down(number)
        following = [self.value(e) for e in loop.following]
        for expr, array in zip(loop.pushed, self.pushed, strict=False):
            self.store(self.value(expr), array, self._place(), expr.dtype)
        for j, (variable, a, b) in enumerate(zip(loop.variables, first, following, strict=True)):
            kind = type_of(variable.dtype)
            ways = f"[ {a}, %{before} ], [ {b}, %{self.label} ]"
            self.lines[phis + j] = f"  {names[j]} = phi {kind} {ways}"
        self.lines.append(f"  br label %head{number}")
        self.block(f"end{number}")
        return names

    def _count_down(self, number: int) -> None:
        """Asks, now and then, whether to go on."""
        left = self.put("load i64, ptr %left")
        fewer = self.put(f"sub i64 {left}, 1")
        self.lines.append(f"  store i64 {fewer}, ptr %left")
        over = self.put(f"icmp slt i64 {fewer}, 0")
        self.lines.append(f"  br i1 {over}, label %ask{number}, label %go{number}")
        self.block(f"ask{number}")
        self.lines.append("  store i64 %budget, ptr %left")
        answer = self.put("call i32 %check()")
        stop = self.put(f"icmp ne i32 {answer}, 0")
        self.lines.append(f"  br i1 {stop}, label %stopped, label %go{number}")
        self.block(f"go{number}")


def emit_loop(program: Program, dtypes: Sequence[np.dtype[Any]]) -> str:
    """The module: @kernel(table, 0, 0, 0).

    The table's arrays are the scalars, to which the variables' last values are written, and for a
    loop with lists: the most iterations, the count of those that were done, whether the loop goes
    on, one for each list that is pushed to, one for each that is popped from.
    """
    function = _Function()
    arrays = len(dtypes)
    if program.has_lists:
        arrays += PARTS + len(program.pushes) + len(program.pops)
    text = _addresses(arrays)
    last = (_with_lists if program.has_lists else _plain)(function, program, dtypes)
    for k, name in zip(program.carried, last, strict=False):
        function.store(name, f"%d{k}", "0", dtypes[k])
    budget = max(1, _OPERATIONS // len(function.lines))
    lines = [
        "define void @kernel(ptr %table, i64 %a, i64 %b, i64 %c) {",
        "entry:",
        f"  %budget = add i64 0, {budget}",
        "  %left = alloca i64",
        "  store i64 %budget, ptr %left",
        *text,
        *function.lines,
        "  ret void",
        "stopped:",
        "  ret void",
        "}",
        *sorted(function.intrinsics),
    ]
    return "\n".join(lines) + "\n"


def _plain(function: _Function, program: Program, dtypes: Sequence[np.dtype[Any]]) -> list[str]:
    assert program.repeat is not None
    _load_inputs(function, program.repeat, dtypes)
    return function.repeat(program.repeat)


def _with_lists(
    function: _Function, program: Program, dtypes: Sequence[np.dtype[Any]]
) -> list[str]:
    """A loop that is done in parts; tells how far it came."""
    loop, goes_on, function.count = limited(program)
    most = len(dtypes)
    pushed = most + PARTS
    popped = pushed + len(program.pushes)
    function.pushed = [f"%d{pushed + k}" for k in range(len(program.pushes))]
    function.popped = [f"%d{popped + k}" for k in range(len(program.pops))]
    _load_inputs(function, loop, [*dtypes, INT64])
    last = function.repeat(loop)
    function.store(last[-1], f"%d{most + 1}", "0", INT64)
    function.store(function.value(goes_on), f"%d{most + 2}", "0", BOOL)
    return last


def _load_inputs(function: _Function, loop: Repeat, dtypes: Sequence[np.dtype[Any]]) -> None:
    names = [function.load(f"%d{k}", "0", dtype) for k, dtype in enumerate(dtypes)]
    for expr in (*loop.first, *loop.outer):
        if expr.op == "input":
            function.names[expr] = names[expr.args[0]]


def _addresses(arrays: int) -> list[str]:
    """Loads where the arrays' data is, and the function to ask."""
    text = []
    for k in range(arrays + 1):
        text += [
            f"  %at{k} = getelementptr i64, ptr %table, i64 {k}",
            f"  %object{k} = load i64, ptr %at{k}",
        ]
    for k in range(arrays):
        text += [
            f"  %field{k} = add i64 %object{k}, {DATA_OFFSET}",
            f"  %holder{k} = inttoptr i64 %field{k} to ptr",
            f"  %d{k} = load ptr, ptr %holder{k}",
        ]
    return [*text, f"  %check = inttoptr i64 %object{arrays} to ptr"]
