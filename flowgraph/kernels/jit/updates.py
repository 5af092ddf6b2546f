"""Updates of variables as one loop of machine code, in place over a variable and its slots.

The rule of an optimizer is written once, as a pure function of values (ops/training). Here it is
traced; the loop loads each state's element (or that of the rows that a sparse gradient names), and
stores the new one where the old one was. The first calls run the reference kernel, as does every
call that is out of the ordinary: it says what is wrong, or treats what the loop cannot.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from flowgraph.core import kernel_registry
from flowgraph.core.op_def import Kernel, KernelContext
from flowgraph.core.static import constant_value
from flowgraph.kernels.jit import engine
from flowgraph.kernels.jit.in_place import Form, InPlace, Rule, own
from flowgraph.kernels.jit.trace import FLOATS, Untraceable

LIBRARY = "jit"
_MOST_KEPT = 1024


class Update:
    """The kernel of an update: called with the cells and the other inputs, gives the variable."""

    def __init__(self, form: Form, reference: Kernel) -> None:
        self._loop, self._states, self._reference = InPlace(form), form.states, reference

    def __call__(self, *args: Any) -> Any:
        """Changes the states and gives the variable."""
        code = self._loop.ready()
        if code is None or not self._ran(args, code):
            return self._reference(*args)
        return args[0]

    def _ran(self, args: Sequence[Any], code: engine.Code) -> bool:
        """Whether this was an update for the loop, which then has made it."""
        states = self._states
        cells = args[:states]
        if states > 1 and len(set(map(id, cells))) < states:
            return False
        with cells[0].lock:
            arrays = [cell.writable() for cell in cells]
            arrays += [own(x) for x in args[states:]]
            return self._loop.run(code, arrays)


# --- which updates there are ----------------------------------------------------------------------
_known: dict[Any, Form | None] = {}


def _form_of(ctx: KernelContext) -> Form | None:
    """The form of an op's update; None where it has none."""
    key = (ctx.type, ctx.input_dtypes, *[ctx.attrs[name] for name in ctx.op.op_def.attrs])
    if key not in _known:
        if len(_known) >= _MOST_KEPT:
            _known.clear()
        _known[key] = _made(ctx, known=False)
    # A rule that looks at a number can be traced all the same where the graph holds that number.
    return _known[key] or _made(ctx, known=True)


def _made(ctx: KernelContext, known: bool) -> Form | None:
    rule, states, gradient, indices = _description(ctx)
    of_states = ctx.attrs["T" if "T" in ctx.attrs else "dtype"].np_dtype
    others = [dtype.np_dtype for dtype in ctx.input_dtypes[states:]]
    numbers: list[Any] = [None] * len(ctx.input_dtypes)
    if known:
        numbers[states:] = [constant_value(t) for t in ctx.op.inputs[states:]]
        numbers = [n if k != gradient and np.ndim(n) == 0 else None for k, n in enumerate(numbers)]
    try:
        return Form(rule, [of_states] * states + others, states, gradient, indices, numbers)
    except (Untraceable, TypeError, ValueError, AttributeError):
        return None


def _description(ctx: KernelContext) -> tuple[Rule, int, int, int | None]:
    """(rule, number of states, place of the gradient, place of the indices) of an op's update."""
    if ctx.type in _COMBINING:
        combine = _COMBINING[ctx.type]
        at = 2 if "Scatter" in ctx.type else 1
        return lambda var, value: (combine(var, value),), 1, at, 1 if at == 2 else None
    assert ctx.op.op_def.bind is not None
    reference: Any = ctx.op.op_def.bind(ctx)
    states = reference.states
    indices = getattr(reference, "indices", None)
    return (
        reference.rule, states, states + reference.gradient,
        None if indices is None else states + indices,
    )  # fmt: skip


def _accepts(ctx: KernelContext) -> bool:
    """Whether the variable is float32 or float64 and the update's rule is known."""
    dtype = ctx.attrs["T" if "T" in ctx.attrs else "dtype"].np_dtype
    return dtype in FLOATS and engine.is_available() and _form_of(ctx) is not None


def _bind(ctx: KernelContext) -> Kernel:
    form = _form_of(ctx)
    assert form is not None and ctx.op.op_def.bind is not None
    return Update(form, ctx.op.op_def.bind(ctx))


def _take_new(_: Any, value: Any) -> Any:
    return value


_RULES = (
    "Adadelta", "Adagrad", "AdagradDA", "AdagradV2", "CenteredRMSProp", "Ftrl", "FtrlV2",
    "Momentum", "ProximalAdagrad", "ProximalGradientDescent", "RMSProp",
)  # fmt: skip
_OF_THE_WHOLE = ("Adam", "AdaMax", "AddSign", "GradientDescent", "PowerSign")
_SCATTERED = {
    "Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": np.true_divide,
    "Min": np.minimum, "Max": np.maximum, "Update": _take_new,
}  # fmt: skip
_COMBINING: dict[str, Callable[[Any, Any], Any]] = {
    "AssignAdd": np.add, "AssignSub": np.subtract,
    "AssignAddVariableOp": np.add, "AssignSubVariableOp": np.subtract,
    **{f"{p}Scatter{n}": f for n, f in _SCATTERED.items() for p in ("", "Resource")},
}  # fmt: skip
_TYPES = [
    *[f"{p}Apply{n}" for n in (*_RULES, *_OF_THE_WHOLE) for p in ("", "Resource")],
    *[f"{p}SparseApply{n}" for n in _RULES for p in ("", "Resource")],
    *[f"Resource{p}ApplyKerasMomentum" for p in ("", "Sparse")],
    "ResourceApplyAdamWithAmsgrad",
    *_COMBINING,
]
for _type in _TYPES:
    kernel_registry.register(_type, LIBRARY, _accepts)(_bind)
