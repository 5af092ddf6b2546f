"""Monitored sessions, their hooks and scaffolds: what is called when, what is written, errors."""

import json

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.platform import logging as tf_logging


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


@pytest.fixture
def logged(monkeypatch):
    lines = []
    monkeypatch.setattr(tf_logging, "info", lambda text, *args: lines.append(text % args))
    return lines


class Recorder(tf.train.SessionRunHook):
    """Notes what is called."""

    def __init__(self, fetches=None, feed_dict=None):
        self.calls, self.results = [], []
        self.args = tf.train.SessionRunArgs(fetches, feed_dict)

    def begin(self):
        self.calls.append("begin")

    def after_create_session(self, session, coord):
        self.calls.append("created")

    def before_run(self, run_context):
        self.calls.append("before")
        self.asked = run_context.original_args
        return self.args

    def after_run(self, run_context, run_values):
        self.calls.append("after")
        self.results.append(run_values.results)

    def end(self, session):
        self.calls.append("end")


def counting():
    """(the global step, an operation that counts)."""
    step = tf.train.get_or_create_global_step()
    return step, tf.assign_add(step, 1)


def steps_until_stop(session, op):
    while not session.should_stop():
        session.run(op)


# --- the session ----------------------------------------------------------------------------------
def test_hooks_are_called_in_order():
    x = tf.placeholder(tf.float32, name="x")
    hook = Recorder(fetches={"twice": x * 2}, feed_dict={x: 3.0})
    more = x + 1
    with tf.train.MonitoredSession(hooks=[hook]) as session:
        assert session.run(more) == 4.0
        assert hook.asked.feed_dict is None
        assert session.run([x, [x]]) == [3.0, [3.0]]
    assert hook.calls == ["begin", "created", *["before", "after"] * 2, "end"]
    assert hook.results == [{"twice": 6.0}] * 2


def test_variables_are_initialised_and_the_graph_is_final(graph):
    v = tf.Variable(2.0)
    local = tf.Variable(3.0, collections=[tf.GraphKeys.LOCAL_VARIABLES])
    with tf.train.MonitoredSession() as session:
        assert session.run([v, local]) == [2.0, 3.0]
        assert session.graph is graph
        with pytest.raises(RuntimeError, match="finalized"):
            tf.constant(1)
    tf.constant(1)
    assert session.should_stop()
    with pytest.raises(RuntimeError, match="closed"):
        session.run(v)


def test_two_may_not_feed_the_same():
    x = tf.placeholder(tf.float32, name="x")
    hook = Recorder(feed_dict={x: 3.0})
    with tf.train.MonitoredSession(hooks=[hook]) as session:
        with pytest.raises(RuntimeError, match="fed by a SessionRunHook and user"):
            session.run(x, {x: 1.0})
    with tf.train.MonitoredSession(hooks=[hook, Recorder(feed_dict={x: 3.0})]) as session:
        with pytest.raises(RuntimeError, match="fed by two hooks"):
            session.run(x)


def test_the_end_of_input_ends_the_block():
    _, count = counting()
    hook = Recorder()
    with tf.train.MonitoredSession(hooks=[hook]) as session:
        session.run(count)
        raise tf.errors.OutOfRangeError(None, None, "the end")
    assert hook.calls[-1] == "end"


def test_an_error_is_raised_and_ends_without_end():
    counting()
    hook = Recorder()
    with pytest.raises(ZeroDivisionError), tf.train.MonitoredSession(hooks=[hook]):
        raise ZeroDivisionError
    assert "end" not in hook.calls


def test_a_lost_server_makes_a_new_session():
    v = tf.Variable(1.0)
    change = v.assign(5.0)

    class Lost(tf.train.SessionRunHook):
        lose = False

        def after_run(self, run_context, run_values):
            if self.lose:
                self.lose = False
                raise tf.errors.AbortedError(None, None, "lost")

    hook, recorder = Lost(), Recorder()
    with tf.train.MonitoredSession(hooks=[hook, recorder]) as session:
        session.run(change)
        hook.lose = True
        assert session.run(v) == 1.0  # in the new session
    assert recorder.calls.count("created") == 2
    with tf.train.SingularMonitoredSession(hooks=[hook]) as session:
        assert isinstance(session.raw_session(), tf.Session)
        hook.lose = True
        with pytest.raises(tf.errors.AbortedError):
            session.run(v)


def test_queue_runners_run(tmp_path):
    queue = tf.FIFOQueue(2, tf.int32, shapes=())
    tf.train.add_queue_runner(tf.train.QueueRunner(queue, [queue.enqueue(7)]))
    out = queue.dequeue()
    with tf.train.MonitoredSession() as session:
        assert [session.run(out) for _ in range(5)] == [7] * 5


def test_a_step_function_has_runs_with_and_without_hooks():
    _, count = counting()
    hook = Recorder()
    with tf.train.MonitoredSession(hooks=[hook]) as session:

        def step_fn(step_context):
            step_context.session.run(count)
            before = list(hook.calls)
            value = step_context.run_with_hooks(count)
            assert hook.calls == [*before, "before", "after"]
            return value

        assert session.run_step_fn(step_fn) == 2
        with pytest.raises(ValueError, match="step_context"):
            session.run_step_fn(lambda other: None)

        def stopping(step_context):
            step_context.request_stop()

        session.run_step_fn(stopping)
    assert session.should_stop()


# --- scaffolds ------------------------------------------------------------------------------------
def test_a_scaffold_takes_what_the_graph_has():
    v = tf.Variable(1.0)
    init = v.assign(7.0)
    tf.add_to_collection(tf.GraphKeys.INIT_OP, init)
    scaffold = tf.train.Scaffold().finalize()
    assert scaffold.init_op is init
    assert isinstance(scaffold.saver, tf.train.Saver)
    copied = tf.train.Scaffold(copy_from_scaffold=scaffold)
    assert copied.init_op is init
    with pytest.raises(TypeError, match="not a Scaffold"):
        tf.train.Scaffold(copy_from_scaffold="scaffold")


def test_two_of_a_kind_have_to_be_told_apart():
    tf.Variable(1.0)
    for _ in range(2):
        tf.add_to_collection(tf.GraphKeys.INIT_OP, tf.no_op())
    with pytest.raises(RuntimeError, match="init_op"):
        tf.train.Scaffold().finalize()


def test_an_init_fn_and_a_fed_init_op():
    x = tf.placeholder(tf.float32, ())
    v = tf.Variable(x, validate_shape=False, name="v")
    seen = []
    scaffold = tf.train.Scaffold(
        init_op=v.initializer, init_feed_dict={x: 4.0},
        init_fn=lambda scaffold, session: seen.append(session.run(v)),
    )  # fmt: skip
    with tf.train.MonitoredSession(tf.train.ChiefSessionCreator(scaffold)) as session:
        assert session.run(v) == 4.0
    assert seen == [4.0]


def test_a_model_that_does_not_get_ready():
    tf.Variable(1.0, name="forgotten")
    scaffold = tf.train.Scaffold(init_op=tf.no_op(name="nothing"))
    with pytest.raises(RuntimeError, match="nothing.*forgotten"):
        tf.train.MonitoredSession(tf.train.ChiefSessionCreator(scaffold))


# --- training, with files -------------------------------------------------------------------------
def test_training_is_saved_and_goes_on(tmp_path):
    folder = str(tmp_path)

    def train(last, **more):
        with tf.Graph().as_default():
            step, count = counting()
            tf.summary.scalar("step", step)
            hooks = [tf.train.StopAtStepHook(last_step=last)]
            with tf.train.MonitoredTrainingSession(
                checkpoint_dir=folder, hooks=hooks, **more
            ) as session:
                first = session.run(step)
                steps_until_stop(session, count)
            return first

    assert train(5, save_checkpoint_steps=2, save_summaries_steps=2) == 0
    assert tf.train.latest_checkpoint(folder).endswith("model.ckpt-5")
    names = {file.name for file in tmp_path.iterdir()}
    assert {"graph.pbtxt", "checkpoint", "model.ckpt-0.index", "model.ckpt-5.meta"} <= names
    assert train(8, save_checkpoint_secs=None) == 5
    events = [file for file in names if "tfevents" in file]
    found = [
        (event.step, value.simple_value)
        for file in events
        for event in tf.train.summary_iterator(str(tmp_path / file))
        for value in event.summary.value
        if value.tag == "step"
    ]
    assert found
    assert [step for step, _ in found] == sorted(step for step, _ in found)


def test_checkpoint_listeners(tmp_path):
    _, count = counting()
    calls = []

    class Listener(tf.train.CheckpointSaverListener):
        def begin(self):
            calls.append("begin")

        def before_save(self, session, step):
            calls.append(("before", step))

        def after_save(self, session, step):
            calls.append(("after", step))
            return step >= 4

        def end(self, session, step):
            calls.append(("end", step))

    hook = tf.train.CheckpointSaverHook(
        str(tmp_path), save_steps=2, scaffold=tf.train.Scaffold(), listeners=[Listener()]
    )
    hook = tf.train.CheckpointSaverHook(
        str(tmp_path), save_steps=2, saver=tf.train.Saver(), listeners=[Listener()]
    )
    with tf.train.MonitoredSession(hooks=[hook]) as session:
        steps_until_stop(session, count)
    saves = [("before", s) for s in (0, 2, 4)], [("after", s) for s in (0, 2, 4)]
    assert calls == ["begin", *[c for pair in zip(*saves, strict=True) for c in pair], ("end", 4)]


# --- the other hooks ------------------------------------------------------------------------------
def test_stopping_after_some_steps():
    step, count = counting()
    hook = tf.train.StopAtStepHook(num_steps=3)
    with tf.train.MonitoredSession(hooks=[hook]) as session:
        steps_until_stop(session, count)
        with pytest.raises(RuntimeError, match="should_stop"):
            session.run(count)
        assert session._tf_sess().run(step) == 3


def test_logging(logged):
    step, count = counting()
    _ = tf.identity(step, name="named")
    hook = tf.train.LoggingTensorHook({"a": count, "b": "named"}, every_n_iter=2, at_end=False)
    with tf.train.MonitoredSession(hooks=[hook]) as session:
        for _ in range(4):
            session.run(count)
    lines = [line for line in logged if line.startswith("a = ")]
    assert len(lines) == 2
    assert lines[0] == "a = 1, b = 0" or lines[0] == "a = 1, b = 1"
    assert lines[1].endswith(" sec)")


def test_logging_with_a_formatter_at_the_end(logged):
    step, count = counting()
    hook = tf.train.LoggingTensorHook([step], at_end=True, formatter=lambda d: f"at {d[step]}")
    with tf.train.MonitoredSession(hooks=[hook]) as session:
        session.run(count)
    assert "at 1" in logged


def test_nan_ends_the_training():
    _, count = counting()
    x = tf.placeholder_with_default(1.0, ())
    loss = tf.identity(x)
    with tf.train.MonitoredSession(hooks=[tf.train.NanTensorHook(loss)]) as session:
        session.run(count)
        with pytest.raises(tf.train.NanLossDuringTrainingError, match="NaN loss"):
            session.run(count, {x: np.nan})
    hook = tf.train.NanTensorHook(loss, fail_on_nan_loss=False)
    with tf.train.MonitoredSession(hooks=[hook]) as session:
        session.run(count, {x: np.nan})
        assert session.should_stop()


def test_feeding_final_ops_and_waiting():
    step, count = counting()
    x = tf.placeholder(tf.float32, ())
    numbers = iter(range(9))
    final = tf.train.FinalOpsHook([step, x], {x: 2.5})
    hooks = [
        tf.train.FeedFnHook(lambda: {x: next(numbers)}), final, tf.train.GlobalStepWaiterHook(0),
    ]  # fmt: skip
    with tf.train.MonitoredSession(hooks=hooks) as session:
        assert [session.run([x, count])[0] for _ in range(2)] == [0, 1]
    assert final.final_ops_values == [2, 2.5]


def test_a_timeline(tmp_path):
    _, count = counting()
    hook = tf.train.ProfilerHook(save_steps=1, output_dir=str(tmp_path))
    with tf.train.MonitoredSession(hooks=[hook]) as session:
        for _ in range(3):
            session.run(count)
    timeline = json.loads(next(tmp_path.glob("timeline-*.json")).read_text())
    assert any(event.get("ph") == "X" for event in timeline["traceEvents"])


@pytest.mark.parametrize(
    "make",
    [
        lambda: tf.train.StopAtStepHook(),
        lambda: tf.train.StopAtStepHook(num_steps=1, last_step=2),
        lambda: tf.train.LoggingTensorHook([]),
        lambda: tf.train.LoggingTensorHook([], every_n_iter=0),
        lambda: tf.train.LoggingTensorHook([], every_n_iter=1, every_n_secs=1),
        lambda: tf.train.CheckpointSaverHook("x"),
        lambda: tf.train.CheckpointSaverHook("x", save_secs=1, save_steps=1),
        lambda: tf.train.CheckpointSaverHook("x", 1, saver=1, scaffold=2),
        lambda: tf.train.StepCounterHook(every_n_steps=None),
        lambda: tf.train.SummarySaverHook(save_steps=1),
        lambda: tf.train.SecondOrStepTimer(),
    ],
)
def test_arguments_that_contradict(make):
    with pytest.raises(ValueError, match=r"provided|specified|invalid|Exactly|provide"):
        make()


@pytest.mark.parametrize("hook", ["StopAtStepHook", "GlobalStepWaiterHook"])
def test_hooks_that_need_a_global_step(hook):
    with pytest.raises(RuntimeError, match="Global step"):
        tf.train.MonitoredSession(hooks=[getattr(tf.train, hook)(1)])


def test_a_name_that_means_several_tensors():
    tf.split(tf.zeros(4), 2, name="pair")
    hook = tf.train.LoggingTensorHook(["pair"], every_n_iter=1)
    with pytest.raises(ValueError, match="ambiguous"):
        hook.begin()
