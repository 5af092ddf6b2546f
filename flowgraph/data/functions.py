"""Functions of elements as subgraphs: traced once, called by the kernels of datasets."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import Any

from flowgraph.compiler.lower import written_inputs
from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.function import FuncGraph, sharing_memory
from flowgraph.core.graph import Graph, get_default_graph
from flowgraph.core.op_def import raw
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.data import nest, structure
from flowgraph.ops.control._subgraph import plainly
from flowgraph.ops.control.tensor_list import snapshot_op


class DataGraph(FuncGraph):
    """A function of elements. What it takes of a variable is the value when the dataset is made."""

    own_seeds = True

    def __init__(self, name: str, outer: Graph) -> None:
        super().__init__(name, outer)
        self._values: dict[Tensor, Tensor] = {}

    def capture(self, tensor: Tensor) -> Tensor:
        """As `FuncGraph.capture`; a mutable tensor, or a view of it, is copied outside."""
        if tensor.graph is not self and _is_mutable(tensor):
            if tensor not in self._values:
                with plainly(self.outer):
                    self._values[tensor] = snapshot_op(raw.Identity(tensor))
            tensor = self._values[tensor]
        return super().capture(tensor)


def _is_mutable(tensor: Tensor) -> bool:
    return tensor.dtype.is_ref_dtype or any(t.dtype.is_ref_dtype for t in sharing_memory(tensor))


class Function:
    """A Python function of elements, traced.

    `graph` is the subgraph, `captured` what it takes from outside, `spec` tells of its results.
    """

    def __init__(self, func: Callable[..., Any], called: str, spec: Any) -> None:
        outer = get_default_graph()
        name = re.sub(r"[^\w.-]", "", f"{called[:-2]}_{getattr(func, '__name__', 'function')}")
        self.graph = graph = DataGraph(outer.unique_name(name.replace(".", "_")), outer)
        arguments = [graph.add_input(t, s, "args") for t, s in structure.flat_of(spec)]
        with graph.as_default():
            element = structure.from_tensors(spec, arguments)
            result = func(*element) if type(element) is tuple else func(element)
            if isinstance(result, list):
                result = tuple(result)
            if result is None:
                raise TypeError(f"Unsupported return value from function passed to {called}: None.")
            try:
                result = _as_values(result)
                self.spec = structure.spec_of(result)
            except (TypeError, ValueError) as error:
                raise TypeError(
                    f"Unsupported return value from function passed to {called}: {result}. "
                    f"({error})"
                ) from None
            tensors = structure.to_tensors(self.spec, result)
            graph.outputs = [self._output(t) for t in tensors]
        self._check_writes(called)
        self._run_what_nobody_reads()
        self._warn(called)
        graph.inputs = [*arguments, *graph.captures.values()]

    def _output(self, tensor: Tensor) -> Tensor:
        tensor = self.graph.capture(tensor)
        return raw.Identity(tensor) if tensor.dtype.is_ref_dtype else tensor  # type: ignore[no-any-return]

    def _check_writes(self, called: str) -> None:
        """ValueError when the function writes to a variable of which it has but the value."""
        values = {self.graph.captures.get(t) for t in self.graph._values.values()}
        for op in self.graph.get_operations():
            if any(op.inputs[i] in values for i in written_inputs(op)):
                raise ValueError(
                    f"The function passed to {called} writes to a variable ({op.type} "
                    f"'{op.name}'), of which a dataset only has the value. Hint: make it a "
                    "resource variable: tf.get_variable(..., use_resource=True)."
                )

    def _run_what_nobody_reads(self) -> None:
        """Lets the results wait for operations with effects, such as prints and assertions."""
        graph = self.graph
        needed: set[Operation] = set()
        stack = [t.op for t in graph.outputs]
        while stack:
            op = stack.pop()
            if op not in needed:
                needed.add(op)
                stack += [t.op for t in op.inputs if t.graph is graph] + op.control_inputs
        unread = [
            op
            for op in graph.get_operations()
            if op not in needed and op.op_def.is_stateful() and op.op_def.preset_value is None
        ]
        if unread and graph.outputs:
            with graph.as_default(), graph.control_dependencies(unread):
                first, *rest = graph.outputs
                graph.outputs = [raw.Identity(first), *rest]

    def _warn(self, called: str) -> None:
        graph = self.graph
        if any(
            t.dtype is dtypes.resource and op.op_def.preset_value is not None
            for op in graph.get_operations()
            for t in op.outputs
        ):
            warnings.warn(
                f"Creating resources inside a function passed to {called} is not supported. Create "
                "each resource outside the function, and capture it inside the function to use it.",
                stacklevel=5,
            )
        if graph.seed is not None and graph._seeded_ops:
            warnings.warn(
                f"Seed {graph.seed} from outer graph might be getting used by function "
                f"{graph.name}, if the random op has not been provided any seed. Explicitly set "
                "the seed in the function if this is not the intended behavior.",
                stacklevel=5,
            )

    @property
    def captured(self) -> list[Tensor]:
        """What the function takes from outside."""
        return list(self.graph.captures)


def _as_values(result: Any) -> Any:
    """The result with tensors for numbers and arrays."""
    return nest.map_structure(_as_value, result)


def _as_value(value: Any) -> Any:
    return value if structure.is_composite(value) else convert_to_tensor(value)


def no_arguments(func: Callable[[], Any], called: str) -> Function:
    """A function without arguments, traced."""
    return Function(lambda: func(), called, ())
