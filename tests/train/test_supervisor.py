"""Supervisors, session managers, servers and clusters."""

import threading
import time

import pytest

import flowgraph as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


# --- tf.train.Supervisor --------------------------------------------------------------------------
def test_a_supervisor_saves_summarises_and_goes_on(tmp_path):
    def train(steps):
        with tf.Graph().as_default():
            step = tf.train.get_or_create_global_step()
            count = tf.assign_add(step, 1)
            tf.summary.scalar("step", step)
            supervisor = tf.train.Supervisor(
                logdir=str(tmp_path), save_model_secs=0.02, save_summaries_secs=0.02
            )
            with supervisor.managed_session() as session:
                first = session.run(step)
                for _ in range(steps):
                    assert not supervisor.should_stop()
                    session.run(count)
                deadline = time.monotonic() + 20
                wanted = f"model.ckpt-{first + steps}"
                while not str(tf.train.latest_checkpoint(str(tmp_path))).endswith(wanted):
                    assert time.monotonic() < deadline
                    time.sleep(0.01)
            return first

    assert train(3) == 0
    assert train(2) == 3
    assert (tmp_path / "graph.pbtxt").exists()
    assert tf.train.latest_checkpoint(str(tmp_path)).endswith("model.ckpt-5")


def test_an_error_in_the_block_or_a_thread_is_raised():
    tf.Variable(1.0)
    supervisor = tf.train.Supervisor()
    with pytest.raises(ZeroDivisionError), supervisor.managed_session():
        raise ZeroDivisionError
    with pytest.raises(KeyError), supervisor.managed_session():

        def fail():
            raise KeyError("thread")

        supervisor.loop(None, fail)
        supervisor.wait_for_stop()
    with supervisor.managed_session():
        raise tf.errors.OutOfRangeError(None, None, "the end of the input is a good end")


def test_what_a_supervisor_makes_is_in_collections():
    v = tf.Variable(1.0)
    supervisor = tf.train.Supervisor(init_op=None, init_fn=lambda session: session.run(ready))
    assert supervisor.init_op is None
    assert tf.get_collection(tf.GraphKeys.SAVERS) == [supervisor.saver]
    assert supervisor.saver is not None
    assert supervisor.global_step is None
    assert supervisor.summary_op is None
    ready = v.initializer
    with supervisor.managed_session() as session:
        assert session.run(v) == 1.0
        with pytest.raises(RuntimeError, match="summary writer"):
            supervisor.summary_computed(session, b"")


def test_who_is_not_the_chief_waits_and_wants_devices():
    v = tf.Variable(1.0)
    with pytest.raises(ValueError, match="device"):
        tf.train.Supervisor(is_chief=False)
    server = tf.train.Server.create_local_server()
    with tf.Session(server.target) as chief:
        thread = threading.Timer(0.05, chief.run, [v.initializer])
        thread.start()
        manager = tf.train.SessionManager(
            ready_op=tf.report_uninitialized_variables(), recovery_wait_secs=0.01
        )
        assert manager.wait_for_session(server.target, max_wait_secs=20).run(v) == 1.0
        thread.join()


# --- tf.train.SessionManager ----------------------------------------------------------------------
def test_a_session_is_restored_or_initialised(tmp_path):
    v = tf.Variable(1.0, name="v")
    saver = tf.train.Saver()
    manager = tf.train.SessionManager(ready_op=tf.report_uninitialized_variables())
    with pytest.raises(RuntimeError, match="no init_op or init_fn"):
        manager.prepare_session("", saver=saver, checkpoint_dir=str(tmp_path))
    session, restored = manager.recover_session("", saver, str(tmp_path))
    assert not restored
    session = manager.prepare_session("", v.initializer, saver, str(tmp_path))
    session.run(v.assign(4.0))
    saver.save(session, str(tmp_path / "m"), write_meta_graph=False)
    session = manager.prepare_session("", v.initializer, saver, str(tmp_path))
    assert session.run(v) == 4.0
    session, restored = manager.recover_session("", saver, str(tmp_path))
    assert restored
    with pytest.raises(ValueError, match="both"):
        manager.prepare_session("", None, saver, "a", "b")


def test_waiting_has_an_end():
    tf.Variable(1.0)
    manager = tf.train.SessionManager(
        ready_op=tf.report_uninitialized_variables(), recovery_wait_secs=0.01
    )
    with pytest.raises(tf.errors.DeadlineExceededError, match="not ready"):
        manager.wait_for_session("", max_wait_secs=0.03)


# --- tf.train.Server, ClusterSpec -----------------------------------------------------------------
def test_sessions_of_a_server_share_their_state():
    v = tf.Variable(1.0)
    server = tf.train.Server.create_local_server()
    with tf.Session(server.target) as first:
        first.run(v.initializer)
        first.run(v.assign(3.0))
    with tf.Session(server.target) as second:
        assert second.run(v) == 3.0
    alone = tf.ConfigProto()
    alone.isolate_session_state = True
    with tf.Session(server.target, config=alone) as other:
        with pytest.raises(tf.errors.FailedPreconditionError):
            other.run(v)
    tf.Session.reset(server.target)
    with tf.Session(server.target) as third, pytest.raises(tf.errors.FailedPreconditionError):
        third.run(v)


def test_a_cluster():
    spec = tf.train.ClusterSpec({"ps": ["a:1", "b:2"], "worker": {1: "c:3"}})
    assert spec.as_dict() == {"ps": ["a:1", "b:2"], "worker": {1: "c:3"}}
    assert sorted(spec.jobs) == ["ps", "worker"]
    assert spec.num_tasks("ps") == 2
    assert spec.task_indices("worker") == [1]
    assert spec.task_address("worker", 1) == "c:3"
    assert spec.job_tasks("worker") == [None, "c:3"]
    assert tf.train.ClusterSpec(spec) == spec == tf.train.ClusterSpec(spec.as_cluster_def())
    assert str(spec) == "ClusterSpec({'ps': ['a:1', 'b:2'], 'worker': {1: 'c:3'}})"
    with pytest.raises(ValueError, match="No such job"):
        spec.num_tasks("chief")
    with pytest.raises(ValueError, match="No task with index 7"):
        spec.task_address("ps", 7)
    for wrong in (7, {"ps": 7}, {"ps": [7]}):
        with pytest.raises(TypeError):
            tf.train.ClusterSpec(wrong)


def test_a_server_is_told_which_task_it_is():
    cluster = {"ps": ["a:1"], "worker": ["b:2", "c:3"]}
    server = tf.train.Server(cluster, job_name="worker", task_index=1)
    assert server.target == "grpc://c:3"
    assert tf.train.Server(server.server_def, task_index=0).target == "grpc://b:2"
    with pytest.raises(ValueError, match="job_name"):
        tf.train.Server(cluster)
    with pytest.raises(ValueError, match="task_index"):
        tf.train.Server(cluster, job_name="worker")
    with pytest.raises(TypeError, match="Could not convert"):
        tf.train.Server("here")
    with pytest.raises(tf.errors.InternalError, match='Job "" was not defined in cluster'):
        tf.train.Server(cluster, job_name="", task_index=0)
    with pytest.raises(tf.errors.InvalidArgumentError, match='Task 9 was not defined in job "ps"'):
        tf.train.Server(cluster, job_name="ps", task_index=9)


def test_variables_go_to_parameter_servers_in_turn():
    setter = tf.train.replica_device_setter(cluster={"ps": ["a:1", "b:2"], "worker": ["c:3"]})
    with tf.device(setter):
        variables = [tf.Variable(float(i)) for i in range(3)]
        total = variables[0] + variables[1]
    assert [v.device for v in variables] == [f"/job:ps/task:{i}" for i in (0, 1, 0)]
    assert [v.initializer.device for v in variables] == [v.device for v in variables]
    assert total.device == "/job:worker"
    assert tf.train.replica_device_setter(0) is None
    with pytest.raises(TypeError, match="callable"):
        tf.train.replica_device_setter(1, ps_strategy="in turn")


@pytest.mark.parametrize("sparse", [False, True])
def test_one_replica_trains_as_the_optimizer_does(sparse):
    step = tf.train.get_or_create_global_step()
    v = tf.Variable([5.0, 1.0])
    loss = tf.reduce_sum((tf.gather(v, [0, 1]) if sparse else v) ** 2)
    optimizer = tf.train.SyncReplicasOptimizer(
        tf.train.GradientDescentOptimizer(0.1), replicas_to_aggregate=1, total_num_replicas=1
    )
    with pytest.raises(ValueError, match="after apply_gradients"):
        optimizer.get_chief_queue_runner()
    train = optimizer.minimize(loss, global_step=step)
    hooks = [optimizer.make_session_run_hook(True), tf.train.StopAtStepHook(last_step=4)]
    with tf.train.MonitoredTrainingSession(hooks=hooks) as session:
        while not session.should_stop():
            session.run(train)
        found = session._tf_sess().run(v)
    assert found == pytest.approx([5 * 0.8**4, 0.8**4])
