"""tensorflow.python.ops.control_flow_util: what libraries ask of the context of an operation.

Conditionals and loops are operations with subgraphs, as in TensorFlow's control flow v2, so there
are no contexts; and nothing is compiled by XLA.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "ENABLE_CONTROL_FLOW_V2", "EnableControlFlowV2", "GetContainingCondContext",
    "GetContainingWhileContext", "GetContainingXLAContext", "GraphOrParentsInXlaContext",
    "InXlaContext", "IsInWhileContext", "IsInXLAContext", "IsSwitch",
]  # fmt: skip

ENABLE_CONTROL_FLOW_V2 = True


def EnableControlFlowV2(graph: Any) -> bool:
    """Whether loops are operations with subgraphs: yes."""
    return True


def GetContainingXLAContext(ctxt: Any) -> None:
    """The context around it: None, there is none."""


def GetContainingWhileContext(ctxt: Any, stop_ctxt: Any = None) -> None:
    """The context around it: None, there is none."""


def GetContainingCondContext(ctxt: Any) -> None:
    """The context around it: None, there is none."""


def InXlaContext(graph: Any) -> bool:
    """Whether XLA or a loop of the old kind is around it: no."""
    return False


GraphOrParentsInXlaContext = InXlaContext


def IsInXLAContext(op: Any) -> bool:
    """Whether XLA or a loop of the old kind is around it: no."""
    return False


def IsInWhileContext(op: Any) -> bool:
    """Whether XLA or a loop of the old kind is around it: no."""
    return False


def IsSwitch(op: Any) -> bool:
    """Whether the operation is a switch."""
    return bool(op.type in ("Switch", "RefSwitch"))
