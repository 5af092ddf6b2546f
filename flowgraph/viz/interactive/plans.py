"""The plan of an explanation as a graph: steps with their kernels and costs, and the values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flowgraph.viz.explanation import Explanation, joined
from flowgraph.viz.graph_def import TensorView
from flowgraph.viz.interactive.scene import Json, graph_pane


@dataclass(eq=False, slots=True)
class _Step:
    """A step, or a value that is there before a run, as pictures read operations."""

    name: str
    type: str
    attrs: dict[str, Any]
    created_at: Any = None
    inputs: list[TensorView] = field(default_factory=list)
    outputs: list[TensorView] = field(default_factory=list)
    control_inputs: list[_Step] = field(default_factory=list)


class _PlanGraph:
    """The steps and values of a plan where a picture takes a graph."""

    def __init__(self, steps: Mapping[str, _Step]) -> None:
        self._steps = steps

    def get_operations(self) -> list[_Step]:
        """The values, then the steps in their order."""
        return list(self._steps.values())


def plan_pane(explanation: Explanation) -> Json:
    """The pane of a plan; a step's panel tells its kernel, why it has that, and what it costs."""
    tensors, plan = explanation.tensors, explanation.plan
    flows: dict[str, TensorView] = {}
    nodes: dict[str, _Step] = {}
    for name in plan.known:
        made = tensors[name].op
        node = nodes.setdefault(made.name, _Step(made.name, made.type, made.attrs, made.created_at))
        _add_output(node, tensors[name], flows)
    costs = {step.name: step for step in explanation.steps}
    for step in plan.steps:
        line = tensors[step.outputs[0]].op.created_at if step.outputs else None
        node = nodes[step.name] = _Step(step.name, step.kind, _told(step, costs[step.name]), line)
        node.inputs = [flows[name] for name in step.inputs if name in flows]
        node.control_inputs = [nodes[name] for name in sorted(step.waits) if name in nodes]
        for name in step.outputs:
            _add_output(node, tensors[name], flows)
    return graph_pane(_PlanGraph(nodes), "Plan")


def _add_output(node: _Step, tensor: Any, flows: dict[str, TensorView]) -> None:
    view = TensorView(node, len(node.outputs), tensor.dtype, tensor.shape)  # type: ignore[arg-type]
    node.outputs.append(view)
    flows[tensor.name] = view


def _told(step: Any, cost: Any) -> dict[str, Any]:
    told = {
        "kernel of": cost.library, "why": cost.why, "moves": joined(cost.bytes, "B"),
        "operations": joined(cost.operations), "writes where lies": ", ".join(cost.reuses),
    }  # fmt: skip
    return told | ({"computes": list(step.operations)} if len(step.operations) > 1 else {})
