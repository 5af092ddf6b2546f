"""The ops that save and restore: both formats, parts, merging, shapes, wrong input."""

import numpy as np
import pytest

import flowgraph as tf

raw = tf.raw_ops


@pytest.fixture(autouse=True)
def session():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


X = np.arange(12, dtype=np.float32).reshape(4, 3)


def save_v2(prefix, names, tensors, slices=None):
    return raw.SaveV2(
        prefix=str(prefix), tensor_names=names, shape_and_slices=slices or [""] * len(names),
        tensors=[tf.constant(t) for t in tensors],
    )  # fmt: skip


def restore_v2(prefix, names, dtypes, slices=None):
    return raw.RestoreV2(
        prefix=str(prefix), tensor_names=names, shape_and_slices=slices or [""] * len(names),
        dtypes=dtypes,
    )  # fmt: skip


def test_saving_and_restoring(tmp_path, session):
    session.run(save_v2(tmp_path / "m", ["x", "s"], [X, [b"a", b"b"]]))
    x, s = restore_v2(tmp_path / "m", ["x", "s"], [tf.float32, tf.string])
    assert x.shape.rank is None
    np.testing.assert_array_equal(session.run(x), X)
    assert session.run(s).tolist() == [b"a", b"b"]


def test_parts(tmp_path, session):
    slices = ["4 3 0,2:-", "4 3 2,2:-"]
    session.run(save_v2(tmp_path / "m", ["x", "x"], [X[:2], X[2:]], slices))
    (whole,) = restore_v2(tmp_path / "m", ["x"], [tf.float32])
    (part,) = restore_v2(tmp_path / "m", ["x"], [tf.float32], ["4 3 1,2:0,1"])
    assert part.shape.as_list() == [2, 1]
    np.testing.assert_array_equal(session.run(whole), X)
    np.testing.assert_array_equal(session.run(part), X[1:3, :1])


def test_merging(tmp_path, session):
    prefixes = [str(tmp_path / f"temp/part{i}") for i in range(2)]
    session.run([save_v2(prefixes[i], [f"v{i}"], [X + i]) for i in range(2)])
    session.run(
        raw.MergeV2Checkpoints(
            checkpoint_prefixes=prefixes, destination_prefix=str(tmp_path / "m"),
            delete_old_dirs=True,
        )
    )  # fmt: skip
    assert not (tmp_path / "temp").exists()
    for i in range(2):
        np.testing.assert_array_equal(tf.train.load_variable(str(tmp_path / "m"), f"v{i}"), X + i)


def test_the_first_format(tmp_path, session):
    path = str(tmp_path / "m")
    session.run(raw.Save(filename=path, tensor_names=["x", "i"], data=[X, tf.constant([1, -2])]))
    restored = raw.Restore(file_pattern=path, tensor_name="i", dt=tf.int32)
    assert session.run(restored).tolist() == [1, -2]
    slices = ["4 3 0,2:-", "4 3 2,2:-"]
    session.run(
        raw.SaveSlices(
            filename=path, tensor_names=["x", "x"], shapes_and_slices=slices,
            data=[X[:2], X[2:]],
        )
    )  # fmt: skip
    part = raw.RestoreSlice(
        file_pattern=path, tensor_name="x", shape_and_slice="4 3 1,2:0,1", dt=tf.float32
    )
    assert part.shape.as_list() == [2, 1]
    np.testing.assert_array_equal(session.run(part), X[1:3, :1])
    (whole,) = restore_v2(path, ["x"], [tf.float32])  # which reads both formats
    np.testing.assert_array_equal(session.run(whole), X)


def test_names_have_to_be_as_many_as_tensors(tmp_path):
    for names, slices in ((["a"], ["", ""]), (["a", "b"], [""]), ([["a", "b"]], ["", ""])):
        with pytest.raises(ValueError, match="SaveV2"):
            save_v2(tmp_path / "m", names, [X, X], slices)
        with pytest.raises(ValueError, match="RestoreV2"):
            restore_v2(tmp_path / "m", names, [tf.float32] * 2, slices)
    with pytest.raises(ValueError, match="rank"):
        raw.SaveV2(["a", "b"], ["x"], [""], [X])
    with pytest.raises(ValueError, match="got 'x y'"):
        restore_v2(tmp_path / "m", ["a"], [tf.float32], ["x y"])


@pytest.mark.parametrize(
    ("slices", "dtype", "name", "error", "message"),
    [
        ("", tf.int32, "x", tf.errors.InvalidArgumentError, "expected dtype int32"),
        ("", tf.float32, "y", tf.errors.NotFoundError, "Key y not found"),
        ("5 3 0,2:-", tf.float32, "x", tf.errors.InvalidArgumentError, "does not match the shape"),
    ],
)
def test_what_does_not_fit(tmp_path, session, slices, dtype, name, error, message):
    session.run(save_v2(tmp_path / "m", ["x"], [X]))
    with pytest.raises(error, match=message):
        session.run(restore_v2(tmp_path / "m", [name], [dtype], [slices]))


def test_two_of_one_name(tmp_path, session):
    with pytest.raises(tf.errors.InvalidArgumentError, match="duplicate key: x"):
        session.run(save_v2(tmp_path / "m", ["x", "x"], [X, X]))
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"part.*\[4, 3\].*\[2, 3\]"):
        session.run(save_v2(tmp_path / "m", ["x"], [X], ["4 3 0,2:-"]))
    assert list(tmp_path.iterdir()) == []


def test_a_variable_is_saved_as_it_is_then(tmp_path, session):
    v = tf.Variable(X)
    save = raw.SaveV2(str(tmp_path / "m"), ["v"], [""], [v._ref()])
    session.run(v.initializer)
    session.run(v.assign_add(tf.ones_like(v)))
    session.run(save)
    np.testing.assert_array_equal(tf.train.load_variable(str(tmp_path / "m"), "v"), X + 1)
