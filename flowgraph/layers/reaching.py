"""Which operations and tensors depend on given tensors."""

from __future__ import annotations

from typing import Any

from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.ops.control import nest


def reached_from(inputs: Any, target: Tensor | Operation) -> bool:
    """Whether the target is one of the inputs, or depends on one through data."""
    ends = {id(tensor) for tensor in nest.flatten(inputs)}
    if id(target) in ends:
        return True
    operation = target.op if isinstance(target, Tensor) else target
    seen, waiting = {operation}, [operation]
    while waiting and ends:
        for tensor in waiting.pop().inputs:
            if id(tensor) in ends:
                return True
            if tensor.op not in seen:
                seen.add(tensor.op)
                waiting.append(tensor.op)
    return False


def get_reachable_from_inputs(inputs: Any, targets: Any = None) -> set[Any]:
    """The inputs and all tensors that depend on them; stops when `targets` are among them."""
    found, waiting, wanted = set(inputs), list(inputs), set(targets or ())
    while waiting and not (wanted and wanted <= found):
        tensor = waiting.pop()
        users = tensor.consumers() if hasattr(tensor, "consumers") else [tensor.op]
        for output in (output for user in users for output in user.outputs):
            if output not in found:
                found.add(output)
                waiting.append(output)
    return found
