"""Datasets of files: lines, records, separated values, rows of a database, and damaged files."""

import gzip
import sqlite3
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

import flowgraph as tf

sys.path.insert(0, str(Path(__file__).parent))

from pipelines import D, E, elements, listed

PACK = {"": bytes, "GZIP": gzip.compress, "ZLIB": zlib.compress}


def write(path, data, kind=""):
    path.write_bytes(PACK[kind](data))
    return str(path)


@pytest.mark.parametrize("kind", sorted(PACK))
def test_lines(tmp_path, kind):
    names = [
        write(tmp_path / "a", b"one\r\ntwo\n\nthree", kind),
        write(tmp_path / "b", b"four\n", kind),
    ]
    wanted = [b"one", b"two", b"", b"three", b"four"]
    assert listed(lambda: tf.data.TextLineDataset(names, kind, 10)) == wanted
    files = lambda: D.from_tensor_slices(names)  # noqa: E731
    assert listed(lambda: files().flat_map(lambda f: tf.data.TextLineDataset(f, kind))) == wanted
    turns = listed(lambda: tf.data.TextLineDataset(files(), kind, num_parallel_reads=2))
    assert turns == [b"one", b"four", b"two", b"", b"three"]


@pytest.mark.parametrize("kind", sorted(PACK))
def test_records(tmp_path, kind):
    path = str(tmp_path / "r")
    with tf.python_io.TFRecordWriter(path, kind) as writer:
        for i in range(3):
            writer.write(b"record %d" % i)
    assert listed(lambda: tf.data.TFRecordDataset(path, kind)) == [
        b"record %d" % i for i in (0, 1, 2)
    ]
    assert listed(lambda: tf.data.TFRecordDataset([path], kind, num_parallel_reads=2).take(1))


def test_a_damaged_record_is_data_loss_and_the_next_file_is_read(tmp_path):
    good, bad = tmp_path / "good", tmp_path / "bad"
    for path in (good, bad):
        with tf.python_io.TFRecordWriter(str(path)) as writer:
            writer.write(b"some data")
    data = bytearray(bad.read_bytes())
    data[14] ^= 1
    bad.write_bytes(bytes(data))
    with pytest.raises(tf.errors.DataLossError, match="corrupted record"):
        elements(lambda: tf.data.TFRecordDataset(str(bad)))
    bad.write_bytes(good.read_bytes()[:-3])
    with pytest.raises(tf.errors.DataLossError, match="truncated record"):
        elements(lambda: tf.data.TFRecordDataset(str(bad)))
    found = listed(lambda: tf.data.TFRecordDataset([str(bad), str(good)]).apply(E.ignore_errors()))
    assert found == [b"some data"]


@pytest.mark.parametrize("kind", sorted(PACK))
def test_records_of_one_length(tmp_path, kind):
    name = write(tmp_path / "f", b"HEADaabbccFT", kind)

    def make(size):
        return tf.data.FixedLengthRecordDataset(name, size, 4, 2, compression_type=kind)

    assert listed(lambda: make(2)) == [b"aa", b"bb", b"cc"]
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"exact multiple|inside of a record"):
        elements(lambda: make(4))
    images = listed(lambda: make(3).map(lambda r: tf.decode_raw(r, tf.uint8)).take(1))
    assert images == [list(b"aab")]


def test_a_missing_file_and_a_wrong_compression():
    with pytest.raises(tf.errors.NotFoundError, match="no/such/file"):
        elements(lambda: tf.data.TextLineDataset("no/such/file"))
    with pytest.raises(tf.errors.InvalidArgumentError, match="compression_type"):
        elements(lambda: tf.data.TextLineDataset("x", "BZIP"))


def test_list_files(tmp_path):
    for name in ("b.txt", "a.txt", "c.bin"):
        write(tmp_path / name, b"")
    pattern = str(tmp_path / "*.txt")
    wanted = [str(tmp_path / name).encode() for name in ("a.txt", "b.txt")]
    assert listed(lambda: D.list_files(pattern, shuffle=False)) == wanted
    assert sorted(listed(lambda: D.list_files(pattern, seed=1))) == wanted
    with pytest.raises(tf.errors.InvalidArgumentError, match="No files matched"):
        elements(lambda: D.list_files(str(tmp_path / "*.png")))


CSV = b'name,size,share\nx,1,0.5\n"y, z",2,\n"a ""b""\nc",3,1e2\n'


def test_separated_values(tmp_path):
    name = write(tmp_path / "a.csv", CSV)
    defaults = [tf.string, tf.int32, [9.0]]
    rows = listed(lambda: E.CsvDataset(name, defaults, header=True))
    assert rows == [(b"x", 1, 0.5), (b"y, z", 2, 9.0), (b'a "b"\nc', 3, 100.0)]
    few = listed(lambda: E.CsvDataset(name, [tf.int32], header=True, select_cols=[1]))
    assert few == [(1,), (2,), (3,)]
    for text, said in (
        (b"1,x\n", "not a valid"), (b"1\n", "Expect 2 fields but have 1"), (b",1\n", "required"),
        (b'1,2"3\n', "Unquoted fields"), (b'"1"2,3\n', "has to be escaped"), (b'"1', "closing"),
    ):  # fmt: skip
        bad = write(tmp_path / "bad.csv", text + b"4,5\n" * (text[-1:] == b"\n"))
        with pytest.raises(tf.errors.InvalidArgumentError, match=said):
            elements(lambda bad=bad: E.CsvDataset(bad, [tf.int32, tf.int32]))
        found = listed(
            lambda bad=bad: E.CsvDataset(bad, [tf.int32, tf.int32]).apply(E.ignore_errors())
        )
        assert found == ([(4, 5)] if text[-1:] == b"\n" else [])


def test_csv_files_as_batches_of_columns(tmp_path):
    name = write(tmp_path / "a.csv", b"n,x,s\n1,0.5,a\n2,1.5,b\n3,2.5,c\n")

    def make(**more):
        return E.make_csv_dataset(name, 2, num_epochs=1, shuffle=False, **more)

    features, label = elements(lambda: make(label_name="s"))[0]
    assert label.tolist() == [b"a", b"b"] and features["n"].tolist() == [1, 2]
    assert features["x"].dtype == np.float32 and features["n"].dtype == np.int32
    assert list(elements(lambda: make(select_columns=["x"]))[1]) == ["x"]
    with pytest.raises(ValueError, match="No files match"):
        E.make_csv_dataset(str(tmp_path / "none*"), 2)


def test_examples_of_files(tmp_path):
    path = str(tmp_path / "e")
    with tf.python_io.TFRecordWriter(path) as writer:
        for i in range(3):
            feature = {
                "x": tf.train.Feature(float_list=tf.train.FloatList(value=[i, i + 0.5])),
                "y": tf.train.Feature(int64_list=tf.train.Int64List(value=[i])),
            }
            writer.write(
                tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString()
            )
    features = {"x": tf.FixedLenFeature([2], tf.float32), "y": tf.FixedLenFeature([], tf.int64)}
    found = elements(
        lambda: E.make_batched_features_dataset(
            path, 2, features, num_epochs=1, shuffle=False, label_key="y"
        )
    )
    assert found[0][0]["x"].tolist() == [[0, 0.5], [1, 1.5]] and found[1][1].tolist() == [2]
    single = listed(
        lambda: tf.data.TFRecordDataset(path).map(
            lambda r: tf.parse_single_example(r, features)["y"]
        )
    )
    assert single == [0, 1, 2]
    with pytest.raises(tf.errors.InvalidArgumentError):
        elements(
            lambda: D.from_tensors("nonsense").map(lambda r: tf.parse_single_example(r, features))
        )


def test_a_database(tmp_path):
    path = str(tmp_path / "d.sqlite")
    with sqlite3.connect(path) as base:
        base.execute("create table t (a text, b integer, c real)")
        base.execute("insert into t values ('x', 1, 0.5), ('y', null, 2)")
    types = (tf.string, tf.int32, tf.float64)
    rows = listed(lambda: E.SqlDataset("sqlite", path, "select * from t order by a", types))
    assert rows == [(b"x", 1, 0.5), (b"y", 0, 2.0)]
    with pytest.raises(tf.errors.UnknownError, match="Failed to run"):
        elements(lambda: E.SqlDataset("sqlite", path, "select nothing", types))


def test_a_dataset_written_to_a_file(tmp_path):
    path = str(tmp_path / "out")
    with tf.Graph().as_default(), tf.Session() as session:
        session.run(E.TFRecordWriter(path).write(D.from_tensor_slices(["a", "b"])))
    assert list(tf.python_io.tf_record_iterator(path)) == [b"a", b"b"]
