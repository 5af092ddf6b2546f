"""Whole files: read, write, match."""

import pytest

import flowgraph as tf


def test_what_is_written_is_read(session, tmp_path):
    path = str(tmp_path / "made" / "on the way" / "file")
    assert session.run(tf.write_file(path, b"a\0b\0")) is None
    assert session.run(tf.io.read_file(path)) == b"a\0b\0"
    session.run(tf.io.write_file(path, "shorter"))
    assert session.run(tf.read_file(path)) == b"shorter"


def test_a_file_is_read_anew_by_each_run(session, tmp_path):
    path = tmp_path / "file"
    contents = tf.read_file(str(path))
    for text in (b"one", b"two"):
        path.write_bytes(text)
        assert session.run(contents) == text


def test_files_that_cannot_be_read(session, tmp_path):
    with pytest.raises(tf.errors.NotFoundError, match="nope; No such file"):
        session.run(tf.read_file(str(tmp_path / "nope")))
    with pytest.raises(tf.errors.FailedPreconditionError, match="Is a directory"):
        session.run(tf.read_file(str(tmp_path)))
    with pytest.raises(ValueError, match="rank 0"):
        tf.read_file(["a", "b"])
    with pytest.raises(tf.errors.InvalidArgumentError, match="must be scalar"):
        session.run(tf.read_file(tf.placeholder_with_default(["a"], None)))


def test_matching_files(session, tmp_path):
    for name in ("b1.txt", "a1.txt", "a2.bin", ".hidden.txt", "sub/a1.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")

    def found(*patterns):
        names = [f"{tmp_path}/{p}" for p in patterns]
        paths = session.run(tf.matching_files(names[0] if len(names) == 1 else names))
        return [p.decode().removeprefix(f"{tmp_path}/") for p in paths]

    assert found("*.txt") == [".hidden.txt", "a1.txt", "b1.txt"]
    assert found("?1.txt") == ["a1.txt", "b1.txt"]
    assert found("[!b]*.bin", "b1.txt") == ["a2.bin", "b1.txt"]
    assert found("*/a?.txt") == ["sub/a1.txt"]
    assert found("nope/*") == found("nope.txt") == []


def test_matching_files_bad_rank():
    with tf.Graph().as_default(), pytest.raises(ValueError, match="rank at most 1"):
        tf.matching_files([["a"]])
