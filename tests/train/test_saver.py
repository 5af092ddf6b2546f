"""tf.train.Saver: what it writes, keeps and restores, its nodes' names, and its errors."""

import os

import numpy as np
import pytest

import flowgraph as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def initialized():
    session = tf.Session()
    session.run(tf.global_variables_initializer())
    return session


def files(path):
    return {file.name: file.read_bytes() for file in path.iterdir()}


# --- there and back -------------------------------------------------------------------------------
def test_values_come_back(tmp_path):
    v = tf.Variable([1.0, 2.0], name="v")
    r = tf.get_variable("r", initializer=3, use_resource=True)
    s = tf.Variable(["text", ""], name="s")
    p = tf.get_variable("p", [5, 2], partitioner=tf.fixed_size_partitioner(3))
    saver = tf.train.Saver()
    fetches = [v, r, s, p.as_tensor()]
    with initialized() as session:
        path = saver.save(session, str(tmp_path / "model"))
        before = session.run(fetches)
    assert path == str(tmp_path / "model")
    assert set(files(tmp_path)) == {
        "checkpoint", "model.index", "model.data-00000-of-00001", "model.meta",
    }  # fmt: skip
    with tf.Session() as session:  # nothing is initialised
        saver.restore(session, path)
        for ours, saved in zip(session.run(fetches), before, strict=True):
            np.testing.assert_array_equal(ours, saved)


def test_a_partitioned_variable_is_one_tensor_that_others_can_read(tmp_path):
    p = tf.get_variable("p", [5, 2], partitioner=tf.fixed_size_partitioner(3))
    with initialized() as session:
        tf.train.Saver().save(session, str(tmp_path / "model"), write_meta_graph=False)
        whole = session.run(p.as_tensor())
    assert tf.train.list_variables(str(tmp_path)) == [("p", [5, 2])]
    np.testing.assert_array_equal(tf.train.load_variable(str(tmp_path), "p:0"), whole)
    with tf.Graph().as_default(), tf.Session() as session:
        q = tf.get_variable("p", [5, 2], partitioner=tf.fixed_size_partitioner(2))
        tf.train.Saver().restore(session, str(tmp_path / "model"))
        np.testing.assert_array_equal(session.run(q.as_tensor()), whole)
    with tf.Graph().as_default(), tf.Session() as session:
        one = tf.get_variable("p", [5, 2])
        tf.train.Saver().restore(session, str(tmp_path / "model"))
        np.testing.assert_array_equal(session.run(one), whole)


def test_a_dict_names_tensors_anew(tmp_path):
    v, w = tf.Variable(1.0, name="v"), tf.Variable(2.0, name="w")
    with initialized() as session:
        tf.train.Saver({"a": v, "b": w}).save(session, str(tmp_path / "m"), write_meta_graph=False)
        tf.train.Saver({"b": v, "a": w}).restore(session, str(tmp_path / "m"))
        assert session.run([v, w]) == [2.0, 1.0]


def test_moving_averages_restore_into_their_variables(tmp_path):
    v = tf.Variable(1.0, name="v")
    average = tf.train.ExponentialMovingAverage(0.5)
    change = average.apply([v])
    with initialized() as session:
        session.run(v.assign(3.0))
        session.run(change)
        tf.train.Saver().save(session, str(tmp_path / "m"), write_meta_graph=False)
        tf.train.Saver(average.variables_to_restore()).restore(session, str(tmp_path / "m"))
        assert session.run(v) == 2.0


@pytest.mark.parametrize("version", [1, 2])
def test_shards_are_one_checkpoint(tmp_path, version):
    with tf.device("/cpu:0"):
        v = tf.Variable(1.0, name="v")
    with tf.device("/cpu:1"):
        w = tf.Variable(2.0, name="w")
    saver = tf.train.Saver(sharded=True, write_version=version)
    with initialized() as session:
        path = saver.save(session, str(tmp_path / "m"), write_meta_graph=False)
        session.run([v.assign(0.0), w.assign(0.0)])
        saver.restore(session, path)
        assert session.run([v, w]) == [1.0, 2.0]
    names = set(files(tmp_path)) - {"checkpoint"}
    if version == 2:
        assert path == str(tmp_path / "m")
        assert names == {"m.index", "m.data-00000-of-00002", "m.data-00001-of-00002"}
    else:
        assert path == str(tmp_path / "m-?????-of-00002")
        assert names == {"m-00000-of-00002", "m-00001-of-00002"}


def test_the_first_format(tmp_path):
    v = tf.Variable([1.0, 2.0], name="v")
    saver = tf.train.Saver(write_version=tf.train.SaverDef.V1)
    with initialized() as session:
        path = saver.save(session, str(tmp_path / "m"), write_meta_graph=False)
        session.run(v.assign([0.0, 0.0]))
        saver.restore(session, path)
        assert session.run(v).tolist() == [1.0, 2.0]
    assert set(files(tmp_path)) == {"checkpoint", "m"}
    assert tf.train.checkpoint_exists(path)


def test_a_table_is_saved_with_the_variables(tmp_path):
    tf.Variable(1.0, name="v")
    table = tf.contrib.lookup.MutableHashTable(tf.string, tf.int64, -1, name="words")
    saver = tf.train.Saver()
    look = table.lookup(tf.constant(["a", "b"]))
    with initialized() as session:
        session.run(table.insert(tf.constant(["a"]), tf.constant([7], tf.int64)))
        saver.save(session, str(tmp_path / "m"), write_meta_graph=False)
    with tf.Session() as session:
        saver.restore(session, str(tmp_path / "m"))
        assert session.run(look).tolist() == [7, -1]


def test_restoring_takes_the_variables_shape_when_asked(tmp_path):
    v = tf.Variable([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], name="v")
    with initialized() as session:
        tf.train.Saver().save(session, str(tmp_path / "m"), write_meta_graph=False)
    with tf.Graph().as_default(), tf.Session() as session:
        v = tf.Variable(np.zeros((3, 2), np.float32), name="v")
        tf.train.Saver(reshape=True).restore(session, str(tmp_path / "m"))
        assert session.run(v).tolist() == [[1, 2], [3, 4], [5, 6]]


# --- the graph's file -----------------------------------------------------------------------------
def test_a_graph_comes_back_with_its_values(tmp_path):
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    w = tf.get_variable("w", [2, 3])
    y = tf.nn.relu(tf.matmul(x, w), name="y")
    tf.add_to_collection("results", y)
    with initialized() as session:
        path = tf.train.Saver().save(session, str(tmp_path / "m"), global_step=7)
        before = session.run(y, {x: [[1.0, 2.0]]})
    for scope in ("", "again/"):
        with tf.Graph().as_default(), tf.Session() as session:
            saver = tf.train.import_meta_graph(path + ".meta", import_scope=scope or None)
            saver.restore(session, path)
            assert tf.get_collection("results")[0].name == f"{scope}y:0"
            after = session.run(f"{scope}y:0", {f"{scope}x:0": [[1.0, 2.0]]})
            np.testing.assert_array_equal(after, before)
            assert [v.name for v in tf.trainable_variables()] == [f"{scope}w:0"]


def test_names_of_nodes_are_tensorflows():
    """Recorded from TensorFlow 2.21's compat.v1 Saver."""
    tf.get_variable("w", [4, 3], partitioner=tf.fixed_size_partitioner(2))
    tf.Variable([1.0, 2.0], name="b")
    tf.get_variable("r", initializer=3.0, use_resource=True)
    saver = tf.train.Saver()
    names = [op.name for op in tf.get_default_graph().get_operations() if "save" in op.name]
    assert names == [
        "save/filename/input", "save/filename", "save/Const", "save/SaveV2/tensor_names",
        "save/SaveV2/shape_and_slices", "save/SaveV2", "save/control_dependency",
        "save/RestoreV2/tensor_names", "save/RestoreV2/shape_and_slices", "save/RestoreV2",
        "save/Assign", "save/Identity", "save/AssignVariableOp", "save/Assign_1",
        "save/Assign_2", "save/restore_all",
    ]  # fmt: skip
    told = saver.as_saver_def()
    assert told.filename_tensor_name == "save/Const:0"
    assert told.save_tensor_name == "save/control_dependency:0"
    assert told.restore_op_name == "save/restore_all"
    again = tf.train.Saver.from_proto(told)
    assert again.as_saver_def() == told


# --- which checkpoints there are ------------------------------------------------------------------
def test_old_checkpoints_go(tmp_path):
    tf.Variable(1.0, name="v")
    saver = tf.train.Saver(max_to_keep=2)
    with initialized() as session:
        for step in range(4):
            saver.save(session, str(tmp_path / "m"), global_step=step)
    assert saver.last_checkpoints == [str(tmp_path / "m-2"), str(tmp_path / "m-3")]
    assert {name.split(".")[0] for name in files(tmp_path)} == {"checkpoint", "m-2", "m-3"}
    state = tf.train.get_checkpoint_state(str(tmp_path))
    assert list(state.all_model_checkpoint_paths) == saver.last_checkpoints
    assert state.model_checkpoint_path == tf.train.latest_checkpoint(str(tmp_path))


@pytest.mark.parametrize("keep", [0, None])
def test_all_are_kept(tmp_path, keep):
    tf.Variable(1.0, name="v")
    saver = tf.train.Saver(max_to_keep=keep)
    with initialized() as session:
        for step in range(7):
            saver.save(session, str(tmp_path / "m"), global_step=step, write_meta_graph=False)
    assert len(files(tmp_path)) == 7 * 2 + 1
    assert saver.last_checkpoints == []


def test_one_in_some_hours_is_kept(tmp_path, monkeypatch):
    tf.Variable(1.0, name="v")
    now = [1000.0]
    monkeypatch.setattr("flowgraph.train.saver.time.time", lambda: now[0])
    saver = tf.train.Saver(max_to_keep=1, keep_checkpoint_every_n_hours=1)
    with initialized() as session:
        for step, hours in enumerate([0, 1.5, 1.6, 1.7, 2.5, 2.6]):
            now[0] = 1000 + hours * 3600
            saver.save(session, str(tmp_path / "m"), global_step=step, write_meta_graph=False)
    kept = {name.split(".")[0] for name in files(tmp_path)} - {"checkpoint"}
    assert kept == {"m-1", "m-4", "m-5"}


def test_the_step_is_a_number_a_tensor_or_a_name(tmp_path):
    step = tf.train.get_or_create_global_step()
    saver = tf.train.Saver(pad_step_number=True)
    with initialized() as session:
        session.run(step.assign(12))
        for given in (12, np.int64(12), step, "global_step:0"):
            path = saver.save(session, str(tmp_path / "m"), given, write_meta_graph=False)
            assert path == str(tmp_path / "m-00000012")


def test_relative_paths_can_be_moved(tmp_path):
    tf.Variable(1.0, name="v")
    (tmp_path / "a").mkdir()
    with initialized() as session:
        saver = tf.train.Saver(save_relative_paths=True)
        saver.save(session, str(tmp_path / "a" / "m"), write_meta_graph=False)
    (tmp_path / "a").rename(tmp_path / "b")
    assert tf.train.latest_checkpoint(str(tmp_path / "b")) == str(tmp_path / "b" / "m")
    tf.train.Saver().restore(tf.Session(), tf.train.latest_checkpoint(tmp_path / "b"))


def test_a_relative_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tf.Variable(1.0, name="v")
    with initialized() as session:
        assert tf.train.Saver().save(session, "m", write_meta_graph=False) == "m"
        assert tf.train.Saver().save(session, "new/m", write_meta_graph=False) == "new/m"
    assert tf.train.latest_checkpoint("") == "m"
    assert tf.train.latest_checkpoint("new") == "new/m"


def test_recovering_the_list_after_a_crash(tmp_path):
    tf.Variable(1.0, name="v")
    with initialized() as session:
        path = tf.train.Saver().save(session, str(tmp_path / "m"), write_meta_graph=False)
    saver = tf.train.Saver()
    saver.recover_last_checkpoints([path, str(tmp_path / "gone")])
    assert saver.last_checkpoints == [path]
    assert tf.train.get_checkpoint_mtimes([path])[0] > 0
    tf.train.remove_checkpoint(path)
    assert set(files(tmp_path)) == {"checkpoint"}
    assert tf.train.latest_checkpoint(str(tmp_path)) is None


@pytest.mark.parametrize("text", ["", "no proto {", "\xff\xfe"])
def test_a_damaged_list_is_no_list(tmp_path, text):
    (tmp_path / "checkpoint").write_bytes(text.encode("latin1"))
    if not text:
        with pytest.raises(ValueError, match="Invalid checkpoint state"):
            tf.train.get_checkpoint_state(str(tmp_path))
    else:
        assert tf.train.get_checkpoint_state(str(tmp_path)) is None
    assert tf.train.get_checkpoint_state(str(tmp_path / "nowhere")) is None


# --- errors ---------------------------------------------------------------------------------------
def test_a_failed_save_changes_nothing(tmp_path):
    v = tf.Variable(1.0, name="v")
    saver = tf.train.Saver()
    with initialized() as session:
        saver.save(session, str(tmp_path / "m"))
        before = files(tmp_path)
    with (
        tf.Session() as session,
        pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value v"),
    ):
        saver.save(session, str(tmp_path / "m"))
    assert files(tmp_path) == before
    with tf.Session() as session:
        saver.restore(session, str(tmp_path / "m"))
        assert session.run(v) == 1.0


def saved(tmp_path, **values):
    with tf.Graph().as_default():
        for name, value in values.items():
            tf.Variable(value, name=name)
        with initialized() as session:
            return tf.train.Saver().save(session, str(tmp_path / "m"), write_meta_graph=False)


def test_a_variable_that_the_checkpoint_lacks(tmp_path):
    path = saved(tmp_path, v=1.0)
    tf.Variable(1.0, name="other")
    with pytest.raises(tf.errors.NotFoundError, match="Key other not found in checkpoint .*m"):
        tf.train.Saver().restore(tf.Session(), path)


def test_another_shape(tmp_path):
    path = saved(tmp_path, v=[1.0, 2.0])
    tf.Variable([1.0, 2.0, 3.0], name="v")
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"lhs shape= \[3\] rhs shape= \[2\]"):
        tf.train.Saver().restore(tf.Session(), path)


def test_another_dtype(tmp_path):
    path = saved(tmp_path, v=1.0)
    tf.Variable(1, name="v")
    with pytest.raises(tf.errors.InvalidArgumentError, match="v; expected dtype int32.*float32"):
        tf.train.Saver().restore(tf.Session(), path)


def test_damage_is_data_loss(tmp_path):
    path = saved(tmp_path, v=np.ones(99, np.float32))
    file = tmp_path / "m.data-00000-of-00001"
    file.write_bytes(file.read_bytes()[:50])
    tf.Variable(np.zeros(99, np.float32), name="v")
    with pytest.raises(tf.errors.DataLossError, match="m.data-00000-of-00001"):
        tf.train.Saver().restore(tf.Session(), path)


@pytest.mark.parametrize("path", [None, "/no/such/checkpoint"])
def test_there_is_no_checkpoint(path):
    tf.Variable(1.0, name="v")
    with pytest.raises(ValueError, match="save_path when it is None|not a valid checkpoint"):
        tf.train.Saver().restore(tf.Session(), path)


def test_no_directory(tmp_path):
    tf.Variable(1.0, name="v")
    with initialized() as session, pytest.raises(ValueError, match="Parent directory of .* exist"):
        tf.train.Saver().save(session, str(tmp_path / "a" / "b" / "m"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_directory_that_may_not_be_written(tmp_path):
    tf.Variable(1.0, name="v")
    tmp_path.chmod(0o500)
    try:
        with initialized() as session, pytest.raises(tf.errors.PermissionDeniedError):
            tf.train.Saver().save(session, str(tmp_path / "m"))
    finally:
        tmp_path.chmod(0o700)


def test_wrong_arguments(tmp_path):
    with pytest.raises(ValueError, match="No variables to save"):
        tf.train.Saver()
    v = tf.Variable(1.0, name="v")
    with pytest.raises(TypeError, match="not a variable|Not a variable"):
        tf.train.Saver({"c": tf.constant(1.0)})
    with pytest.raises(TypeError, match="not a string"):
        tf.train.Saver({1: v})
    with pytest.raises(ValueError, match="two names"):
        tf.train.Saver({"a": v, "b": v})
    with pytest.raises(ValueError, match="same name"):
        tf.train.Saver([v, v])
    with pytest.raises(ValueError, match="build cannot be deferred"):
        tf.train.Saver([v], defer_build=True)
    deferred = tf.train.Saver(defer_build=True)
    with initialized() as session:
        with pytest.raises(RuntimeError, match="build"):
            deferred.save(session, str(tmp_path / "m"))
        saver = tf.train.Saver()
        with pytest.raises(TypeError, match="must be a Session"):
            saver.save("session", str(tmp_path / "m"))
        with pytest.raises(ValueError, match="collides"):
            saver.save(session, str(tmp_path / "checkpoint"))
        with pytest.raises(ValueError, match="path components"):
            saver.save(session, str(tmp_path / "m"), latest_filename="a/b")


def test_an_empty_saver_does_nothing(tmp_path):
    tf.constant(1)
    saver = tf.train.Saver(allow_empty=True)
    with tf.Session() as session:
        assert saver.save(session, str(tmp_path / "m"), write_meta_graph=False) is None
        saver.restore(session, None)
    assert files(tmp_path) == {}


# --- starting from a checkpoint -------------------------------------------------------------------
def test_initial_values_from_a_checkpoint(tmp_path):
    path = saved(tmp_path, **{"old/w": [1.0, 2.0], "old/b": 3.0, "alone": 4.0})
    with tf.variable_scope("new"):
        w = tf.get_variable("w", initializer=[0.0, 0.0])
        b = tf.get_variable("b", initializer=0.0, use_resource=True)
    a = tf.get_variable("a", initializer=0.0)
    tf.train.init_from_checkpoint(path, {"old/": "new/", "alone": a})
    with initialized() as session:
        assert [x.tolist() for x in session.run([w, b, a])] == [[1.0, 2.0], 3.0, 4.0]
    with pytest.raises(ValueError, match="Shape of variable new/w:0"):
        tf.train.init_from_checkpoint(path, {"alone": w})
    with pytest.raises(ValueError, match="nothing is not found"):
        tf.train.init_from_checkpoint(path, {"nothing": w})
    with pytest.raises(ValueError, match="scope"):
        tf.train.init_from_checkpoint(path, {"old": "new"})


def test_a_warm_start_by_words(tmp_path):
    path = saved(tmp_path, table=[[1.0], [2.0], [3.0]], other=5.0)
    (tmp_path / "old.txt").write_text("a\nb\nc\n")
    (tmp_path / "new.txt").write_text("c\nx\na\n")
    table = tf.get_variable("table", [4, 1], partitioner=tf.fixed_size_partitioner(2))
    other = tf.get_variable("other", initializer=0.0)
    words = tf.train.VocabInfo(
        str(tmp_path / "new.txt"), 3, 1, str(tmp_path / "old.txt"),
        backup_initializer=tf.constant_initializer(9.0),
    )  # fmt: skip
    tf.train.warm_start(path, var_name_to_vocab_info={"table": words})
    with initialized() as session:
        assert session.run(table.as_tensor()).tolist() == [[3.0], [9.0], [1.0], [9.0]]
        assert session.run(other) == 5.0
    with pytest.raises(ValueError, match="not used"):
        tf.train.warm_start(path, ".*", None, {"typo": "other"})
