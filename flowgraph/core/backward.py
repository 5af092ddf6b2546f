"""Reverse-mode differentiation: walks the graph from ys back to xs and sums gradients.

The walk knows no op: a gradient comes from the op's declaration, or from the registry of gradients
by name (`RegisterGradient`, for `gradient_override_map`). Arithmetic comes from the op library.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from flowgraph.core.graph import Graph, name_scope
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor

GradientRule = Callable[..., Any]
_named: dict[str, GradientRule | None] = {}


class RegisterGradient:
    """Decorator that registers a gradient function under an op type or another name (tf's)."""

    def __init__(self, op_type: str) -> None:
        if not isinstance(op_type, str):
            raise TypeError("op_type must be a string")
        self._op_type = op_type

    def __call__(self, function: GradientRule) -> GradientRule:
        """Registers `function(op, *grads)`."""
        register_gradient(self._op_type, function)
        return function


def register_gradient(name: str, function: GradientRule | None) -> None:
    """Registers a gradient by name; None: gradients stop there. KeyError when it is taken."""
    if name in _named:
        raise KeyError(f"Registering two gradient with name '{name}'!")
    _named[name] = function


def no_gradient(op_type: str) -> None:
    """Declares that gradients stop at ops of a type (tf.no_gradient, tf.NotDifferentiable)."""
    if not isinstance(op_type, str):
        raise TypeError("op_type must be a string")
    register_gradient(op_type, None)


def gradient_rule(op: Operation) -> GradientRule | None:
    """The gradient of an operation; None where gradients stop. LookupError when there is none."""
    own = op.attrs.get("_gradient_function")
    if own is not None:
        return own  # type: ignore[no-any-return]
    name = op.attrs.get("_gradient_op_type")
    if name is not None:
        if name not in _named:
            raise LookupError(f"gradient registry has no entry for: {name}")
        return _named[name]
    if op.op_def.gradient_rule is not None:
        return op.op_def.gradient_rule
    if op.type in _named:
        return _named[op.type]
    if not op.op_def.differentiable:
        return None
    raise LookupError(f"No gradient defined for operation '{op.name}' (op type: {op.type})")


class _Walks(threading.local):
    def __init__(self) -> None:
        self.stack: list[Backward] = []


_walks = _Walks()
_AS_IS: AbstractContextManager[None] = nullcontext()


def is_wanted(tensor: Tensor) -> bool:
    """Whether the walk that now asks an operation for gradients uses the one of this input."""
    return not _walks.stack or _walks.stack[-1].wants(tensor)


def _number(op: Operation) -> int:
    return op._id


def _age(op: Operation) -> tuple[int, int]:
    """Orders the operations of a graph and of the subgraphs that capture from it."""
    depth, graph = 0, op.graph
    while graph.building_function:
        depth, graph = depth + 1, graph.outer  # type: ignore[attr-defined]
    return depth, op._id


def is_trainable(tensor: Tensor) -> bool:
    """Whether gradients flow through a tensor: floating, complex, or an opaque list of these."""
    dtype = tensor.dtype.base_dtype
    return dtype.is_floating or dtype.is_complex or dtype.name in ("variant", "resource")


class Backward:
    """One walk. `accumulate` sums the gradients of a tensor, `zeros` makes a missing one."""

    def __init__(
        self,
        graph: Graph,
        accumulate: Callable[[list[Any]], Any],
        zeros: Callable[[Tensor], Any],
    ) -> None:
        self._graph, self._accumulate, self._zeros = graph, accumulate, zeros
        self._sums: dict[Tensor, list[Any]] = defaultdict(list)
        self._reached: set[Tensor] = set()
        self._stops: set[Operation] = set()
        self._crossing = False

    def run(
        self,
        ys: Sequence[Tensor],
        grad_ys: Sequence[Any],
        xs: Sequence[Tensor],
        stops: Sequence[Tensor] = (),
        colocate: bool = False,
    ) -> list[Any]:
        """The gradients of sum(ys * grad_ys) with respect to xs; None where unconnected.

        Nothing flows back through the operations of `stops`, but it does arrive at them.
        """
        self._stops = {t._op for t in stops}
        # Inside a conditional or loop, xs may lie outside, behind what the subgraph captured.
        self._crossing = len({t.graph for t in (*ys, *xs)}) > 1
        for y, grad in zip(ys, grad_ys, strict=True):
            self._sums[y].append(grad)
        for op in reversed(self._between(ys, xs)):
            self._through(op, colocate)
        return [self._total(x, colocate) for x in xs]

    def wants(self, tensor: Tensor) -> bool:
        """Whether a gradient with respect to `tensor` leads to one of the xs."""
        return tensor in self._reached

    def _between(self, ys: Sequence[Tensor], xs: Sequence[Tensor]) -> list[Operation]:
        """The operations on a way from an x to a y, oldest first: those whose gradients we need.

        An operation's gradients flow only to older ones, so its number orders the walk.
        """
        behind: set[Operation] = set()
        stack = [y._op for y in ys]
        while stack:
            op = stack.pop()
            if op not in behind:
                behind.add(op)
                inputs = () if op in self._stops else op.inputs or self._captured(op)
                stack += [t._op for t in inputs if is_trainable(t)]
        self._reached.update(xs)
        result: list[Operation] = []
        for op in sorted(behind, key=_age if self._crossing else _number):
            inputs = () if op in self._stops else op.inputs or self._captured(op)
            if any(map(self.wants, inputs)):
                result.append(op)
                self._reached.update(op.outputs)
        return result

    def _captured(self, op: Operation) -> tuple[Tensor, ...]:
        """The tensor of an outer graph that an input of a subgraph stands for."""
        if not self._crossing or not op.graph.building_function or not op.outputs:
            return ()
        outer = op.graph.captured_from.get(op.outputs[0])  # type: ignore[attr-defined]
        return () if outer is None else (outer,)

    def _through(self, op: Operation, colocate: bool) -> None:
        grads = [self._total(t, colocate) for t in op.outputs]
        if all(g is None for g in grads):
            return
        if not op.inputs:
            for outer in self._captured(op):
                self._sums[outer].append(grads[0])
            return
        rule = gradient_rule(op)
        if rule is None:
            return
        for i, tensor in enumerate(op.outputs):
            if grads[i] is None and is_trainable(tensor) and not op.op_def.gradient_takes_none:
                grads[i] = self._zeros(tensor)
        with name_scope(op.name + "_grad"), self._graph.colocate_with(op if colocate else None):
            _walks.stack.append(self)
            try:
                found = rule(op, *grads)
            finally:
                _walks.stack.pop()
        found = list(found) if isinstance(found, (list, tuple)) else [found]
        if len(found) != len(op.inputs):
            raise ValueError(
                f"The gradient of '{op.name}' (op: '{op.type}') gave {len(found)} gradients for "
                f"its {len(op.inputs)} inputs"
            )
        for tensor, grad in zip(op.inputs, found, strict=True):
            if grad is not None and is_trainable(tensor):
                _check_gradient(op, tensor, grad)
                self._sums[tensor].append(grad)

    def _total(self, tensor: Tensor, colocate: bool) -> Any:
        grads = self._sums.get(tensor)
        if not grads:
            return None
        if len(grads) > 1:
            # Addends of one device are summed where they are, others where the tensor is made.
            apart = len({g.device for g in grads}) > 1
            beside = tensor.op if apart else grads[0].op
            with self._graph.colocate_with(beside, ignore_existing=True) if colocate else _AS_IS:
                self._sums[tensor] = grads = [self._accumulate(grads)]
        return grads[0]


def _check_gradient(op: Operation, tensor: Tensor, grad: Any) -> None:
    if tensor.dtype.name == "resource":  # the gradient is that of the variable behind the handle
        return
    shape = getattr(grad, "shape", None)
    if isinstance(grad, Tensor) and isinstance(shape, TensorShape):
        if not shape.is_compatible_with(tensor.shape):
            raise ValueError(
                f"The gradient of '{op.name}' (op: '{op.type}') has shape {shape} for input "
                f"'{tensor.name}' of shape {tensor.shape}"
            )
        if tensor.shape.rank is not None and grad.dtype.name != "variant":
            grad.set_shape(tensor.shape)
