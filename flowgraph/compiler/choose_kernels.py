"""Pass: binds each step to a kernel, from the first library that accepts it, else the reference.

A kernel that wants to know which inputs stay the same between runs is told (see watch_inputs).
"""

from __future__ import annotations

from operator import methodcaller
from typing import Any

from flowgraph.compiler.lower import Contexts
from flowgraph.compiler.plan import Plan, Step
from flowgraph.compiler.watch_inputs import Sources
from flowgraph.core import errors, kernel_registry
from flowgraph.core.op_def import Kernel

_load = methodcaller("read")


def choose_kernels(plan: Plan, contexts: Contexts, libraries: tuple[str, ...]) -> Plan:
    """Fills `kernel` and `library` of every step; returns `plan`."""
    sources = Sources(plan)
    for step in plan.steps:
        if step.bind is not None:
            _bind_fused(plan, step, sources)
            continue
        context = contexts(step.operation)
        step.library, bind = kernel_registry.choose(context, libraries)
        if bind is None:
            raise errors.UnimplementedError(
                None,
                step.operation,
                f"No kernel is declared for op type {step.operation.type}\n"
                f"{errors.where(step.operation)}",
            )
        try:
            kernel = bind(context)
        except Exception as error:
            raise errors.of_operation(error, step.operation) from error
        kernel = sources.tell(step, kernel)
        step.plain, step.kernel = kernel, _reading_refs(plan, step, kernel)
    return plan


def _bind_fused(plan: Plan, step: Step, sources: Sources) -> None:
    assert step.bind is not None
    try:
        kernel = step.bind()
    except Exception as error:
        raise errors.of_operation(error, step.operation) from error
    kernel = sources.tell(step, kernel)
    handles = [plan.slots[i].is_handle for i in step.inputs]
    step.plain, step.kernel = kernel, reading(kernel, handles)


def _reading_refs(plan: Plan, step: Step, kernel: Kernel) -> Kernel:
    """Lets a kernel that wants a value take a variable: it is read when the step runs."""
    if not any(plan.slots[i].is_handle for i in step.inputs):
        return kernel
    op = step.operation
    wants_ref: list[bool] = []
    for arg in op.op_def.inputs:
        count = op.attrs[arg.number_attr] if arg.number_attr else 1
        if arg.type_list_attr:
            count = len(op.attrs[arg.type_list_attr])
        # An untyped list takes handles as they are: a subgraph's captures.
        wants_ref += [arg.is_ref or arg.type_list_attr is not None] * count
    reads = [
        plan.slots[i].is_handle and not keep for i, keep in zip(step.inputs, wants_ref, strict=True)
    ]
    return reading(kernel, reads)


def reading(kernel: Kernel, reads: list[bool]) -> Kernel:
    """The kernel with the variables among its inputs read, those for which `reads` says so."""
    if not any(reads):
        return kernel
    if len(reads) == 1:
        return lambda handle: kernel(_load(handle))

    def run(*values: Any) -> Any:
        return kernel(*[v.read() if r else v for v, r in zip(values, reads, strict=True)])

    return run
