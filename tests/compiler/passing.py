"""What the tests of the passes share: plans after some passes, and runs with passes on and off."""

import numpy as np

import flowgraph as tf
from flowgraph.compiler.lower import lower
from flowgraph.core import kernel_registry
from flowgraph.core.static import kernel_context
from flowgraph.runtime.store import Store

LIBRARIES = kernel_registry.libraries()


def contexts():
    store = Store()
    return lambda op: kernel_context(op, state=store)


def plan_of(fetches, feeds=(), passes=()):
    """The plan of some fetches after the given passes."""
    plan = lower(fetches, list(feeds), contexts())
    for run in passes:
        plan = run(plan)
    check(plan)
    return plan


def check(plan):
    """That the edges are those that every pass has to keep."""
    makers = {slot: step.index for step in plan.steps for slot in step.outputs}
    for position, step in enumerate(plan.steps):
        assert step.index == position
        data = {makers[i] for i in step.inputs if i in makers}
        assert step.waits == data | step.controls
        assert all(w < position for w in step.waits)
        known = set(plan.feeds) | {i for i, v in enumerate(plan.presets) if v is not None}
        assert all(i in makers or i in known for i in step.inputs)
    assert all(0 <= i < len(plan.steps) for i in plan.targets)


def types(plan):
    return [step.operation.type for step in plan.steps]


def names(plan):
    return [step.operation.name for step in plan.steps]


def level(number, **more):
    """A session's configuration with passes on (0) or off (-1), and nothing else that rounds."""
    options = tf.OptimizerOptions(opt_level=number, global_jit_level=-1, **more)
    return tf.ConfigProto(
        graph_options=tf.GraphOptions(optimizer_options=options),
        intra_op_parallelism_threads=1,
        inter_op_parallelism_threads=1,
    )


def both_ways(graph, fetches, feeds=None, first=None):
    """The values with passes on and off; `first` is run before in each session."""
    values = []
    for number in (0, -1):
        with tf.Session(graph=graph, config=level(number)) as session:
            if first is not None:
                session.run(first)
            values.append(session.run(fetches, feeds))
    return values


def same_bits(a, b):
    """Equal dtype, shape and bits; NaN is NaN whatever its bits."""
    a, b = np.asarray(a), np.asarray(b)
    assert a.dtype == b.dtype and a.shape == b.shape
    if a.dtype == object or a.dtype.kind in "SU":
        assert a.tolist() == b.tolist()
    elif a.dtype.kind in "fcV":
        nan = np.isnan(a)
        assert np.array_equal(nan, np.isnan(b))
        assert np.where(nan, 0, a).tobytes() == np.where(nan, 0, b).tobytes()
    else:
        assert a.tobytes() == b.tobytes()
