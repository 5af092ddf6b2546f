"""Reverse-mode differentiation: walks the graph from ys back to xs and sums gradients.

The walk knows no op: a gradient comes from the op's declaration, or from the registry of gradients
by name (`RegisterGradient`, for `gradient_override_map`). Arithmetic comes from the op library.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
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

    def run(
        self,
        ys: Sequence[Tensor],
        grad_ys: Sequence[Any],
        xs: Sequence[Tensor],
        stops: Sequence[Tensor] = (),
        colocate: bool = False,
    ) -> list[Any]:
        """The gradients of sum(ys * grad_ys) with respect to xs; None where unconnected."""
        stop_set = set(stops)
        for y, grad in zip(ys, grad_ys, strict=True):
            self._sums[y].append(grad)
        between = self._between(ys, xs, stop_set)
        for op in reversed(between):
            self._through(op, stop_set, colocate)
        return [self._total(x) for x in xs]

    def _between(
        self, ys: Sequence[Tensor], xs: Sequence[Tensor], stops: set[Tensor]
    ) -> list[Operation]:
        """The operations on a way from an x to a y, oldest first: those whose gradients we need.

        An operation's gradients flow only to older ones, so its number orders the walk.
        """
        behind: set[Operation] = set()
        stack = [y._op for y in ys]
        while stack:
            op = stack.pop()
            if op not in behind:
                behind.add(op)
                stack += [t._op for t in op.inputs if t not in stops and is_trainable(t)]
        reached = set(xs)
        result: list[Operation] = []
        for op in sorted(behind, key=lambda op: op._id):
            if any(t in reached and t not in stops for t in op.inputs):
                result.append(op)
                reached.update(op.outputs)
        return result

    def _through(self, op: Operation, stops: set[Tensor], colocate: bool) -> None:
        grads = [self._total(t) for t in op.outputs]
        if all(g is None for g in grads):
            return
        rule = gradient_rule(op)
        if rule is None:
            return
        for i, tensor in enumerate(op.outputs):
            if grads[i] is None and is_trainable(tensor):
                grads[i] = self._zeros(tensor)
        with name_scope(op.name + "_grad"), self._graph.colocate_with(op if colocate else None):
            found = rule(op, *grads)
        found = list(found) if isinstance(found, (list, tuple)) else [found]
        if len(found) != len(op.inputs):
            raise ValueError(
                f"The gradient of '{op.name}' (op: '{op.type}') gave {len(found)} gradients for "
                f"its {len(op.inputs)} inputs"
            )
        for tensor, grad in zip(op.inputs, found, strict=True):
            if grad is not None and tensor not in stops and is_trainable(tensor):
                _check_gradient(op, tensor, grad)
                self._sums[tensor].append(grad)

    def _total(self, tensor: Tensor) -> Any:
        grads = self._sums.get(tensor)
        if not grads:
            return None
        if len(grads) > 1:
            self._sums[tensor] = grads = [self._accumulate(grads)]
        return grads[0]


def _check_gradient(op: Operation, tensor: Tensor, grad: Any) -> None:
    shape = getattr(grad, "shape", None)
    if isinstance(grad, Tensor) and isinstance(shape, TensorShape):
        if not shape.is_compatible_with(tensor.shape):
            raise ValueError(
                f"The gradient of '{op.name}' (op: '{op.type}') has shape {shape} for input "
                f"'{tensor.name}' of shape {tensor.shape}"
            )
        if tensor.shape.rank is not None and grad.dtype.name != "variant":
            grad.set_shape(tensor.shape)
