"""How an op that makes a dataset is declared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flowgraph.core import attrs
from flowgraph.core.attrs import Attr
from flowgraph.core.op_def import OpDef, Trait, define
from flowgraph.core.shapes import SCALAR
from flowgraph.core.static import kernel_context
from flowgraph.ops.array.known import boxed
from flowgraph.ops.data._calls import Bound
from flowgraph.ops.data._runtime import Dataset
from flowgraph.ops.random.distributions import generator

Make = Callable[..., Dataset]

OUTPUTS: dict[str, Attr] = {"output_types": attrs.type_list(), "output_shapes": attrs.shapes()}


def dataset_op(
    op_type: str,
    inputs: str = "",
    outputs_known: bool = True,
    functions: Sequence[tuple[str, str, str]] = (),
    **more: Attr,
) -> Callable[[Callable[[Any], Make]], OpDef]:
    """Declares an op whose output is a dataset; decorates (context) -> (inputs) -> dataset.

    `functions` are (attribute, name of the captured inputs, attribute of their types): the maker is
    given each as one `Bound`, in place of the captured inputs at the end.
    """
    listed = [inputs] if inputs else []
    listed += [f"{captured}: *{types}" for _, captured, types in functions]
    given = {**(OUTPUTS if outputs_known else {}), **more}
    for attribute, _, types in functions:
        given[attribute] = attrs.function()
        given[types] = attrs.type_list([])
    op_def = define(
        op_type,
        inputs=", ".join(listed),
        outputs="handle: variant",
        attrs=given,
        shape=lambda op: SCALAR,
        traits=Trait.CALLS,
    ).no_gradient()

    def decorate(bind: Callable[[Any], Make]) -> OpDef:
        def kernel(ctx: Any) -> Any:
            make = bind(ctx)
            make = with_functions(ctx, make, functions) if functions else make
            return lambda *values: boxed(make(*values))  # an array, as every value is

        op_def.kernel(kernel)
        return op_def

    return decorate


def with_functions(
    ctx: Any, make: Callable[..., Any], functions: Sequence[tuple[str, str, str]]
) -> Callable[..., Any]:
    """The maker, for values whose last ones are those that the functions captured."""
    graphs = [ctx.attrs[attribute] for attribute, _, _ in functions]
    calls = [ctx.compile(graph) for graph in graphs]
    restarts = [restarting(ctx, graph) for graph in graphs]
    counts = [len(ctx.attrs[types]) for _, _, types in functions]

    def run(*values: Any) -> Any:
        start = len(values) - sum(counts)
        given = list(values[:start])
        for call, count, restart in zip(calls, counts, restarts, strict=True):
            given.append(Bound(call, values[start : start + count], restart))
            start += count
        return make(*given)

    return run


def restarting(ctx: Any, graph: Any) -> Callable[[], None] | None:
    """What lets the random numbers of a function begin anew; None when it has none of a seed."""
    seeded = [
        op
        for op in graph.get_operations()
        if op.op_def.is_stateful() and (op.attrs.get("seed") or op.attrs.get("seed2"))
    ]
    if not seeded:
        return None

    def restart() -> None:
        for op in seeded:
            generator(kernel_context(op, state=ctx.state)).consumed = 0

    return restart
