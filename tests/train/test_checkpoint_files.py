"""Checkpoint files: TensorFlow's are read, ours are written whole or not at all, damage is told."""

import os
import runpy
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

import flowgraph as tf
from flowgraph.core import dtypes
from flowgraph.ops.checkpoint import _slices, _table
from flowgraph.ops.checkpoint._old import OldReader, OldWriter
from flowgraph.ops.checkpoint._reader import BundleReader
from flowgraph.ops.checkpoint._writer import BundleWriter, merge

HERE = Path(__file__).parent
RECORD = runpy.run_path(str(HERE / "record_checkpoints.py"))
VALUES = RECORD["VALUES"]


def write(prefix, values, writer=BundleWriter):
    with writer(str(prefix)) as file:
        for name, value in values.items():
            value = np.asarray(value)
            kind = dtypes.string if value.dtype.kind == "O" else dtypes.as_dtype(value.dtype)
            file.add(name, value, kind)


# --- TensorFlow's own files -----------------------------------------------------------------------
@pytest.mark.parametrize("name", ["second", "first"])
def test_checkpoints_of_tensorflow_are_read(name):
    reader = tf.train.NewCheckpointReader(str(HERE / "checkpoints" / name))

    shapes = reader.get_variable_to_shape_map()
    for key, value in VALUES.items():
        assert shapes[key] == list(value.shape)
        assert reader.get_variable_to_dtype_map()[key] == dtypes.as_dtype(value.dtype)
        found = reader.get_tensor(key)
        assert found.dtype == value.dtype
        np.testing.assert_array_equal(found, value)


def test_strings_of_tensorflow_are_read():
    words = tf.train.load_variable(str(HERE / "checkpoints" / "second"), "words")
    assert words.tolist() == RECORD["WORDS"]


def test_our_index_has_tensorflows_bytes(tmp_path):
    """All but the parts, whose order TensorFlow draws from a dictionary."""
    theirs = dict(_table.entries(HERE / "checkpoints" / "second.index"))
    values = {**VALUES, "words": np.array(RECORD["WORDS"], object)}
    del values["parts"]
    write(tmp_path / "ours", dict(sorted(values.items())))
    ours = dict(_table.entries(tmp_path / "ours.index"))
    assert ours[b""] == theirs[b""]
    before_parts = [key.encode() for key in sorted(values) if key < "parts"]
    assert before_parts
    for key in before_parts:
        assert ours[key] == theirs[key]


# --- there and back -------------------------------------------------------------------------------
MANY = {
    "float": np.random.RandomState(0).randn(300, 70).astype(np.float32),
    "bfloat16": np.array([1.5, -2], ml_dtypes.bfloat16),
    "complex": np.array([1 + 2j], np.complex64),
    "text": np.array([b"one", b"", bytes(range(256)) * 9], object),
    "one text": np.array(b"scalar", object),
    "no text": np.zeros((0, 2), object),
    "scalar": np.float64(0.1),
    "empty": np.zeros((2, 0), np.int32),
    **{f"layer_{i:04}/weight": np.full(3, i, np.int64) for i in range(300)},
}


@pytest.mark.parametrize(("writer", "reader"), [(BundleWriter, BundleReader)])
def test_values_come_back(tmp_path, writer, reader):
    write(tmp_path / "model", MANY, writer)
    found = reader(str(tmp_path / "model"))
    assert found.names() == sorted(MANY)
    for name, value in MANY.items():
        np.testing.assert_array_equal(found.read(name), value)
        assert found.read(name).flags.writeable


def test_the_first_format_comes_back(tmp_path):
    values = {name: v for name, v in MANY.items() if name != "bfloat16"}
    write(tmp_path / "model", values, OldWriter)
    found = OldReader(str(tmp_path / "model"))
    for name, value in values.items():
        np.testing.assert_array_equal(found.read(name), value)


def test_parts_are_put_together_and_cut(tmp_path):
    whole = np.arange(60, dtype=np.float32).reshape(5, 4, 3)
    with BundleWriter(str(tmp_path / "model")) as file:
        file.add("v", whole[:2], dtypes.float32, _slices.parse("5 4 3 0,2:-:-"))
        file.add("v", whole[2:, :1], dtypes.float32, _slices.parse("5 4 3 2,3:0,1:-"))
        file.add("v", whole[2:, 1:], dtypes.float32, _slices.parse("5 4 3 2,3:1,3:-"))
    reader = BundleReader(str(tmp_path / "model"))
    assert reader.names() == ["v"]
    np.testing.assert_array_equal(reader.read("v"), whole)
    part = reader.read("v", _slices.parse("5 4 3 1,3:0,2:2,1"))
    np.testing.assert_array_equal(part, whole[1:4, :2, 2:])


def test_a_missing_part_is_told(tmp_path):
    with BundleWriter(str(tmp_path / "model")) as file:
        file.add("v", np.zeros((2, 3), np.float32), dtypes.float32, _slices.parse("4 3 0,2:-"))
    with pytest.raises(tf.errors.InvalidArgumentError, match="sufficient slices.* v "):
        BundleReader(str(tmp_path / "model")).read("v")


@pytest.mark.parametrize(
    ("text", "message"),
    [("4 3 x", "got '4 3 x'"), ("0,2:-", "two elements"), ("4 0,1:-", "ranks"),
     ("4 3 3,2:-", "out of bounds"), ("4 3 0,0:-", "got")],
)  # fmt: skip
def test_a_wrong_part_is_told(text, message):
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        _slices.parse(text)


def test_keys_of_parts_sort_as_their_numbers():
    """OrderedCode: names end at a mark, numbers of any size keep their order."""
    numbers = [0, 1, 63, 64, 8191, 8192, 1 << 20, 1 << 40, (1 << 62) - 1]
    keys = [_slices.key(b"a\0\xffb", [(n, -1)]) for n in numbers]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)
    assert keys[0] == b"\0a\0\xff\xff\0b\0\x01\x01\x01\x80\x7f"


def test_merging_takes_over_the_files(tmp_path):
    for i in range(2):
        write(tmp_path / "temp" / f"part{i}", {f"v{i}": np.float32(i)})
    merge([str(tmp_path / "temp" / f"part{i}") for i in range(2)], str(tmp_path / "all"))
    assert sorted(os.listdir(tmp_path)) == [
        "all.data-00000-of-00002", "all.data-00001-of-00002", "all.index",
    ]  # fmt: skip
    assert BundleReader(str(tmp_path / "all")).read("v1") == 1


def test_merging_twice_the_same_is_refused(tmp_path):
    for i in range(2):
        write(tmp_path / f"part{i}", {"v": np.float32(i)})
    with pytest.raises(tf.errors.InvalidArgumentError, match="Duplicate tensor keyed by v"):
        merge([str(tmp_path / f"part{i}") for i in range(2)], str(tmp_path / "all"))


# --- whole or not at all --------------------------------------------------------------------------
def test_a_failed_write_leaves_what_was_there(tmp_path):
    prefix = tmp_path / "model"
    write(prefix, {"v": np.float32(1)})
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(KeyboardInterrupt), BundleWriter(str(prefix)) as file:
        file.add("v", np.float32(2), dtypes.float32)
        raise KeyboardInterrupt
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert BundleReader(str(prefix)).read("v") == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_directory_that_may_not_be_written(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(tf.errors.PermissionDeniedError, match="model"):
            BundleWriter(str(tmp_path / "model"))
    finally:
        tmp_path.chmod(0o700)


def test_a_prefix_below_a_file_is_told(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(tf.errors.FailedPreconditionError, match="file"):
        BundleWriter(str(tmp_path / "file" / "model"))


# --- damage ---------------------------------------------------------------------------------------
def damaged(path, change):
    path.write_bytes(bytes(change(bytearray(path.read_bytes()))))


def flip(at):
    def change(data):
        data[at] ^= 1
        return data

    return change


@pytest.mark.parametrize(
    ("file", "change"),
    [
        (".index", lambda data: data[: len(data) // 2]),
        (".index", lambda data: data[:10]),
        (".index", flip(20)),
        (".index", flip(-1)),
        (".index", lambda data: b"\0" * len(data)),
        (".data-00000-of-00001", lambda data: data[:-1]),
        (".data-00000-of-00001", flip(3)),
        (".data-00000-of-00001", lambda data: b""),
    ],
)
def test_damage_is_data_loss_that_names_the_file(tmp_path, file, change):
    write(
        tmp_path / "model", {"numbers": np.ones(9, np.float32), "text": np.array([b"abc"], object)}
    )
    damaged(tmp_path / f"model{file}", change)
    with pytest.raises(tf.errors.DataLossError, match=r"model\.(index|data)"):
        reader = BundleReader(str(tmp_path / "model"))
        reader.read("numbers")
        reader.read("text")


@pytest.mark.parametrize("seed", range(40))
def test_any_flipped_byte_is_found(tmp_path, seed):
    rng = np.random.RandomState(seed)
    values = {"numbers": rng.randn(20), "text": np.array([b"abc", b"de" * 40], object)}
    write(tmp_path / "model", values)
    paths = sorted(tmp_path.iterdir())
    path = paths[rng.randint(len(paths))]
    size = len(path.read_bytes())
    damaged(path, flip(rng.randint(size)))
    try:
        reader = BundleReader(str(tmp_path / "model"))
        for name, value in values.items():
            np.testing.assert_array_equal(reader.read(name), value)  # it was of no account
    except (tf.errors.DataLossError, tf.errors.NotFoundError):
        pass


def test_there_is_none(tmp_path):
    with pytest.raises(tf.errors.NotFoundError, match="nothing"):
        tf.train.NewCheckpointReader(str(tmp_path / "nothing"))


def test_a_name_that_is_missing_is_told_with_the_file(tmp_path):
    write(tmp_path / "model", {"v": np.float32(1)})
    with pytest.raises(tf.errors.NotFoundError, match="Key w not found in checkpoint .*model"):
        tf.train.load_variable(str(tmp_path / "model"), "w")
