"""tf.train.Checkpoint and CheckpointManager: objects' variables by the way to them."""

import numpy as np
import pytest

import flowgraph as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


class Model:
    """An object with variables, as a layer is."""

    def __init__(self, value):
        self.kernel = tf.Variable(value, name="kernel")
        self.variables = [self.kernel]


def build(value):
    """(a checkpoint of a model, a list and an optimizer; its training; its variables)."""
    model, more = Model(value), [tf.Variable(value), {"b": tf.Variable(value)}]
    optimizer = tf.train.AdamOptimizer(0.1)
    train = optimizer.minimize(model.kernel**2)
    checkpoint = tf.train.Checkpoint(model=model, more=more, optimizer=optimizer)
    m = optimizer.get_slot(model.kernel, "m")
    return checkpoint, train, [model.kernel, more[0], more[1]["b"], m]


def test_variables_and_slots_come_back(tmp_path):
    with tf.Session() as session:
        checkpoint, train, variables = build(3.0)
        session.run(tf.global_variables_initializer())
        session.run(train)
        path = checkpoint.save(str(tmp_path / "ckpt"))
        before = session.run(variables)
        assert path == str(tmp_path / "ckpt-1")
        assert checkpoint.save(str(tmp_path / "ckpt")) == str(tmp_path / "ckpt-2")
    names = {name for name, _ in tf.train.list_variables(str(tmp_path))}
    assert {
        "model/kernel/.ATTRIBUTES/VARIABLE_VALUE", "more/1/b/.ATTRIBUTES/VARIABLE_VALUE",
        "model/kernel/.OPTIMIZER_SLOT/optimizer/m/.ATTRIBUTES/VARIABLE_VALUE",
        "optimizer/beta1_power/.ATTRIBUTES/VARIABLE_VALUE",
        "save_counter/.ATTRIBUTES/VARIABLE_VALUE", "_CHECKPOINTABLE_OBJECT_GRAPH",
    } <= names  # fmt: skip
    with tf.Graph().as_default(), tf.Session() as session:
        checkpoint, train, variables = build(0.0)
        status = checkpoint.restore(tf.train.latest_checkpoint(str(tmp_path)))
        status.assert_consumed().initialize_or_restore()
        np.testing.assert_array_equal(session.run(variables), before)
        assert session.run(checkpoint.save_counter) == 2


def test_what_does_not_match_is_told(tmp_path):
    with tf.Session() as session:
        a, b = tf.Variable(1.0), tf.Variable(2.0)
        session.run(tf.global_variables_initializer())
        path = tf.train.Checkpoint(a=a, b=b).write(str(tmp_path / "m"))
        c = tf.Variable(7.0)
        status = tf.train.Checkpoint(a=b).restore(path)
        with pytest.raises(AssertionError, match="Unresolved"):
            status.assert_consumed()
        status.expect_partial().run_restore_ops()
        assert session.run(b) == 1.0
        status = tf.train.Checkpoint(a=a, c=c).restore(path)
        with pytest.raises(AssertionError, match="not found in checkpoint"):
            status.assert_existing_objects_matched()
        status.initialize_or_restore(session)
        assert session.run([a, c]) == [1.0, 7.0]
    with pytest.raises(AssertionError, match="No checkpoint"):
        tf.train.Checkpoint(a=a).restore(None).run_restore_ops()
    with pytest.raises(ValueError, match="trackable"):
        tf.train.Checkpoint(a=3)
    with pytest.raises(tf.errors.NotFoundError):
        tf.train.Checkpoint(a=a).restore(str(tmp_path / "nothing"))


def test_savers_and_checkpoints_read_each_others_files(tmp_path):
    a = tf.Variable(1.0, name="a")
    with tf.Session() as session:
        session.run(a.initializer)
        objects = tf.train.Checkpoint(weight=a).write(str(tmp_path / "objects"))
        session.run(a.assign(5.0))
        names = tf.train.Saver().save(session, str(tmp_path / "names"), write_meta_graph=False)
        tf.train.Saver().restore(session, objects)
        assert session.run(a) == 1.0
        tf.train.Checkpoint(weight=a).restore(names).run_restore_ops()
        assert session.run(a) == 5.0
        other = tf.Variable(1.0, name="other")
        with pytest.raises(tf.errors.NotFoundError, match="other"):
            tf.train.Saver([other]).restore(session, objects)


def test_a_manager_keeps_some(tmp_path, monkeypatch):
    now = [10000.0]
    monkeypatch.setattr("flowgraph.train.checkpoint_manager.time.time", lambda: now[0])
    with tf.Session() as session:
        a = tf.Variable(1.0)
        session.run(a.initializer)
        manager = tf.train.CheckpointManager(tf.train.Checkpoint(a=a), str(tmp_path), 2)
        for _ in range(4):
            now[0] += 10
            newest = manager.save()
        assert manager.save(checkpoint_number=77).endswith("ckpt-77")
        assert manager.checkpoints == [newest, str(tmp_path / "ckpt-77")]
        again = tf.train.CheckpointManager(tf.train.Checkpoint(a=a), str(tmp_path), 2)
        assert again.checkpoints == manager.checkpoints
        assert again.latest_checkpoint == str(tmp_path / "ckpt-77")
    found = {file.name for file in tmp_path.iterdir() if file.suffix == ".index"}
    assert found == {"ckpt-4.index", "ckpt-77.index"}
    with pytest.raises(ValueError, match="positive"):
        tf.train.CheckpointManager(None, str(tmp_path), 0)
