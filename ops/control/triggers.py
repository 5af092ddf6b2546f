"""Operations without inputs: the time, a node that only orders others, a fact."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from flowgraph.core.op_def import Trait, define, scalar
from flowgraph.core.tensor import Tensor

# --- Timestamp ------------------------------------------------------------------------------------
timestamp_op = define(
    "Timestamp", outputs="ts: float64", shape=scalar, traits=Trait.STATEFUL
).no_gradient()
timestamp_op.kernel(lambda ctx: lambda: np.float64(time.time()))


def timestamp(name: str | None = None) -> Tensor:
    """The seconds since 1970 when it is run, a float64 scalar (tf.timestamp)."""
    return timestamp_op(name=name)  # type: ignore[no-any-return]


# --- ControlTrigger: a NoOp that old loops have ---------------------------------------------------
control_trigger_op = define("ControlTrigger", traits=Trait.CHEAP | Trait.STATEFUL).no_gradient()
control_trigger_op.kernel(lambda ctx: lambda: None)

# --- Fact -----------------------------------------------------------------------------------------
fact_op = define("Fact", outputs="fact: string", shape=scalar, traits=Trait.STATEFUL).no_gradient()


@fact_op.kernel
def _(ctx: Any) -> Any:
    def run() -> Any:
        result = np.empty((), object)
        result[()] = b"0! == 1"
        return result

    return run
