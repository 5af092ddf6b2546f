"""Pass: takes out steps that nobody needs since other passes went. (`compact` takes the values.)

What a fetch needs stays, what was asked for, what has effects, and what one of these waits for.
"""

from __future__ import annotations

from flowgraph.compiler.plan import Plan
from flowgraph.compiler.rewire import Rewiring
from flowgraph.core.op_def import Trait

_EFFECTS = Trait.STATEFUL | Trait.BLOCKS


def drop_dead(plan: Plan) -> Plan:
    """Drops steps without users; returns `plan`."""
    rewiring = Rewiring(plan)
    fetched = set(plan.fetches)
    needed = set(plan.targets)
    for step in reversed(plan.steps):
        if (
            step.index in needed
            or step.traits & _EFFECTS
            or step.writes
            or not fetched.isdisjoint(step.outputs)
        ):
            needed |= step.waits
        else:
            rewiring.drop(step)
    return rewiring.done()
