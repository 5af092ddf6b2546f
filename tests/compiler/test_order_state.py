"""The pass that orders reads and writes of the same state."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowgraph.compiler.order_state import order_state
from flowgraph.compiler.plan import Plan, Step


def step(index, waits=(), reads=(), writes=()):
    return Step(
        index, (SimpleNamespace(name=f"op{index}"),), (), (), set(waits), frozenset(reads),
        frozenset(writes),
    )  # fmt: skip


def names(plan):
    return [s.operation.name for s in plan.steps]


def ordered(*steps):
    return order_state(Plan([], list(steps), (), (), []))


def test_a_read_made_after_an_unrelated_write_comes_before_it():
    plan = ordered(step(0, writes={7}), step(1, reads={7}))
    assert names(plan) == ["op1", "op0"]
    assert plan.steps[1].waits == {0}


def test_a_read_that_depends_on_the_write_comes_after_it():
    plan = ordered(step(0, writes={7}), step(1, waits={0}, reads={7}))
    assert names(plan) == ["op0", "op1"]


def test_writes_keep_the_order_in_which_they_were_made():
    plan = ordered(step(0, writes={7}), step(1, writes={7}), step(2, writes={7}))
    assert names(plan) == ["op0", "op1", "op2"]
    assert [s.waits for s in plan.steps] == [set(), {0}, {1}]


def test_other_state_is_left_alone():
    plan = ordered(step(0, writes={7}), step(1, reads={8}))
    assert all(not s.waits for s in plan.steps)


def test_crossed_reads_and_writes_make_no_circle():
    # Each read depends on the write of the other variable: one of the two has to be late.
    plan = ordered(
        step(0, writes={1}), step(1, writes={2}), step(2, {1}, reads={1}), step(3, {0}, reads={2})
    )
    assert sorted(names(plan)) == ["op0", "op1", "op2", "op3"]
    assert all(w < s.index for s in plan.steps for w in s.waits)


def test_a_circle_of_control_dependencies_is_an_error():
    with pytest.raises(ValueError, match="cycle"):
        ordered(step(0, waits={1}), step(1, waits={0}))


@st.composite
def random_steps(draw):
    count = draw(st.integers(1, 12))
    roots = st.frozensets(st.integers(0, 2), max_size=2)
    result = []
    for i in range(count):
        waits = draw(st.sets(st.integers(0, i - 1), max_size=3)) if i else set()
        writes = draw(roots)
        result.append(step(i, waits, draw(roots) - writes, writes))
    return result


@given(random_steps())
def test_any_plan_keeps_its_edges_and_orders_every_conflict(steps):
    before = {s.operation.name: {steps[w].operation.name for w in s.waits} for s in steps}
    plan = ordered(*steps)
    position = {s.operation.name: s.index for s in plan.steps}
    for name, waits in before.items():
        assert all(position[w] < position[name] for w in waits)
    reach = [set() for _ in plan.steps]
    for s in plan.steps:
        for w in s.waits:
            assert w < s.index
            reach[s.index] |= {w} | reach[w]
    for a in plan.steps:
        for b in plan.steps[a.index + 1 :]:
            if a.writes & (b.reads | b.writes) or b.writes & a.reads:
                assert a.index in reach[b.index]
