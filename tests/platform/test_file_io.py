"""tf.gfile, tf.io.gfile and file_io: what they do, and TensorFlow's errors."""

import os

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.platform import file_io

errors = tf.errors


@pytest.fixture
def lines(tmp_path):
    path = tmp_path / "lines.txt"
    path.write_bytes("one\ntwö\n\nlast".encode())
    return str(path)


def test_reads_text_and_bytes(lines):
    with tf.gfile.GFile(lines) as f:
        assert f.readline() == "one\n"
        assert f.tell() == 4
        assert list(f) == ["twö\n", "\n", "last"]
        assert f.read() == ""
        f.seek(4)
        assert f.read(2) == "tw"
        f.seek(-4, 2)
        assert f.readlines() == ["last"]
        assert f.size() == 14
    with tf.gfile.FastGFile(lines, "rb") as f:
        assert f.read() == "one\ntwö\n\nlast".encode()
    assert file_io.read_file_to_string(lines, binary_mode=True)[:3] == b"one"


def test_writes_at_the_first_write_and_appends(tmp_path):
    path = str(tmp_path / "new")
    with tf.gfile.Open(path, "w"):
        assert not os.path.exists(path)
    with tf.gfile.GFile(path, "w") as f:
        f.write("a")
        f.write(b"b")
        assert f.tell() == 2
        f.flush()
        assert file_io.read_file_to_string(path) == "ab"
    with tf.gfile.GFile(path, "a+") as f:
        f.write("c")
        f.flush()
        assert f.read() == "abc"


def test_numpy_reads_and_writes_through_it(tmp_path):
    path = str(tmp_path / "x.npz")
    with tf.gfile.GFile(path, "wb") as f:
        np.savez(f, x=np.arange(3))
    with tf.gfile.GFile(path, "rb") as f:
        assert np.load(f)["x"].tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda p: tf.gfile.GFile(p, "x"), errors.InvalidArgumentError),
        (lambda p: tf.gfile.GFile(p).read(), errors.NotFoundError),
        (lambda p: tf.gfile.GFile("").read(), errors.NotFoundError),
        (lambda p: tf.gfile.GFile(p, "w").read(), errors.PermissionDeniedError),
        (lambda p: tf.gfile.GFile(p).write("a"), errors.PermissionDeniedError),
        (lambda p: tf.gfile.GFile(os.path.dirname(p)).read(), errors.FailedPreconditionError),
        (lambda p: tf.gfile.Remove(p), errors.NotFoundError),
        (lambda p: tf.gfile.DeleteRecursively(p), errors.NotFoundError),
        (lambda p: tf.gfile.ListDirectory(p), errors.NotFoundError),
        (lambda p: tf.gfile.Stat(p), errors.NotFoundError),
        (lambda p: tf.gfile.Copy(p, p + "2"), errors.NotFoundError),
        (lambda p: tf.gfile.Rename(p, p + "2"), errors.NotFoundError),
        (lambda p: tf.gfile.MkDir(os.path.join(p, "below")), errors.NotFoundError),
        (lambda p: tf.gfile.Exists("gs://bucket/x"), errors.UnimplementedError),
        (lambda p: tf.gfile.Exists(3.5), TypeError),
    ],
)
def test_mistakes_end_in_tensorflows_errors(tmp_path, call, error):
    with pytest.raises(error):
        call(str(tmp_path / "missing"))


def test_an_error_names_the_file(tmp_path):
    path = str(tmp_path / "no" / "such")
    with pytest.raises(errors.NotFoundError, match="no/such; No such file or directory"):
        tf.gfile.GFile(path).read()
    with pytest.raises(errors.InvalidArgumentError, match="Seeking to position -1"):
        tf.gfile.GFile(__file__).seek(-1)
    with pytest.raises(TypeError, match="offset argument required"):
        tf.gfile.GFile(__file__).seek()


def test_directories(tmp_path):
    deep = str(tmp_path / "a" / "b")
    tf.gfile.MakeDirs(deep)
    tf.gfile.MakeDirs(deep)
    for name in ("x.txt", "y.txt", ".hidden.txt"):
        file_io.write_string_to_file(os.path.join(deep, name), name)
    assert tf.gfile.IsDirectory(deep) and not tf.io.gfile.isdir(deep + "/x.txt")
    assert tf.gfile.ListDirectory(deep) == [".hidden.txt", "x.txt", "y.txt"]
    walked = list(tf.gfile.Walk(str(tmp_path)))
    assert walked[0] == (str(tmp_path), ["a"], [])
    assert walked[-1][2] == [".hidden.txt", "x.txt", "y.txt"]
    assert list(tf.gfile.Walk(str(tmp_path), False)) == walked[::-1]
    assert list(tf.gfile.Walk(str(tmp_path / "none"))) == []
    # As in TensorFlow a star matches a name that begins with a dot.
    assert len(tf.gfile.Glob(str(tmp_path / "*" / "b" / "*.txt"))) == 3
    assert len(tf.io.gfile.glob([deep + "/x*", deep + "/[yz].txt"])) == 2
    tf.gfile.DeleteRecursively(str(tmp_path / "a"))
    assert not tf.gfile.Exists(deep)


def test_copy_and_rename(tmp_path):
    a, b = str(tmp_path / "a"), str(tmp_path / "b")
    file_io.atomic_write_string_to_file(a, "a")
    file_io.write_string_to_file(b, "b")
    for move in (tf.gfile.Copy, tf.gfile.Rename, tf.io.gfile.copy, tf.io.gfile.rename):
        with pytest.raises(errors.AlreadyExistsError, match="file already exists"):
            move(a, b)
    assert not file_io.filecmp(a, b)
    tf.gfile.Copy(a, b, overwrite=True)
    assert file_io.filecmp(a, b)
    assert file_io.file_crc32(a) == "0xe8b7be43"
    tf.gfile.Rename(a, b, overwrite=True)
    assert tf.gfile.Exists(b) and not tf.gfile.Exists(a)
    found = tf.gfile.Stat(tmp_path / "b")
    assert (found.length, found.is_directory) == (1, False)
    assert found.mtime_nsec == os.stat(b).st_mtime_ns


def test_a_directory_that_is_there_may_be_made_again(tmp_path):
    tf.gfile.MkDir(str(tmp_path))
    assert tf.gfile.IsDirectory(str(tmp_path))
