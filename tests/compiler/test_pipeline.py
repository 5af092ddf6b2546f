"""The switches of the passes, and the view from outside on what each of them does."""

import sys
from pathlib import Path

import pytest

import flowgraph as tf
from flowgraph.compiler import options
from flowgraph.compiler.pipeline import compile_plan
from flowgraph.runtime.config import optimizations

sys.path.insert(0, str(Path(__file__).parent))

from passing import LIBRARIES, contexts, level, types


@pytest.fixture
def fetch():
    with tf.Graph().as_default():
        x = tf.placeholder_with_default([1.0, 2.0], [2])
        y = tf.exp(x * (tf.constant(2.0) - 1.0))
        yield y + tf.identity(tf.exp(x))


def compiled(fetch, switches):
    return types(compile_plan([fetch], [], contexts(), ("reference",), switches))


def test_level_1_is_the_default_and_has_all():
    assert optimizations(None) == optimizations(tf.ConfigProto()) == options.ALL
    assert optimizations(level(tf.OptimizerOptions.L1)) == options.ALL


def test_at_level_0_each_switch_turns_one_on():
    off = tf.OptimizerOptions.L0
    assert optimizations(level(off)) == options.NONE
    found = optimizations(level(off, do_constant_folding=True, max_folded_constant_in_bytes=8))
    assert found == options.Optimizations(True, False, False, 8)
    found = optimizations(level(off, do_common_subexpression_elimination=True))
    assert found == options.Optimizations(False, True, False)


def test_each_switch_does_its_part(fetch):
    assert sorted(compiled(fetch, options.ALL)) == ["AddV2", "Exp", "Exp", "PlaceholderWithDefault"]
    assert len(compiled(fetch, options.NONE)) == 7
    assert "Sub" not in compiled(fetch, options.Optimizations(True, False, False))
    assert "Identity" not in compiled(fetch, options.Optimizations(False, False, True))


def test_the_watch_sees_each_pass_and_its_plan(fetch):
    seen = {}
    compile_plan(
        [fetch], [], contexts(), LIBRARIES, watch=lambda n, p: seen.update({n: p.snapshot()})
    )
    assert list(seen)[:5] == [
        "lower", "fold_constants", "merge_common", "simplify", "drop_dead",
    ]  # fmt: skip
    assert len(seen["lower"].steps) == 7 and len(seen["fold_constants"].steps) == 6
    assert {s.type for s in seen["lower"].steps} - {s.type for s in seen["simplify"].steps} == {
        "Sub", "Mul", "Identity",
    }  # fmt: skip
    last = seen["drop_dead"]
    assert last.tensors[last.steps[0].outputs[0]] == "PlaceholderWithDefault:0"


def test_a_session_obeys_its_configuration(fetch):
    for number in (0, -1):
        with tf.Session(graph=fetch.graph, config=level(number)) as session:
            metadata = tf.RunMetadata()
            run = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
            session.run(fetch, options=run, run_metadata=metadata)
            ran = {s.node_name for s in metadata.step_stats.dev_stats[0].node_stats}
            assert ("Identity" in ran) == (number == -1)
