"""Files of records: what TensorFlow wrote, what is broken, how they are packed."""

import gzip
import zlib

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.ops.parsing import _crc32c

RECORDS = [b"a", b"", b"\0" * 3, b"hello" * 400]
# What TensorFlow 2.21 writes for the records "a" and "".
BY_TENSORFLOW = bytes.fromhex("01000000000000000175de4161786ee428000000000000000029039807d8ea82a2")


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "file.tfrecord")


def write(path, records=RECORDS, options=None):
    with tf.python_io.TFRecordWriter(path, options) as writer:
        for record in records:
            writer.write(record)


def read(path, options=None):
    return list(tf.python_io.tf_record_iterator(path, options))


def test_checksums():
    assert _crc32c.value(b"123456789") == 0xE3069283  # the check value of CRC-32C
    assert _crc32c.value(b"") == 0
    assert _crc32c.value(bytes(32)) == 0x8A9136AA  # of RFC 3720
    assert _crc32c.value(b"\xff" * 32) == 0x62A8AB43


@pytest.mark.parametrize("size", [1 << 16, (1 << 16) + 3, 200_001, (1 << 22) + 70_001])
def test_a_long_checksum_is_that_of_its_parts(size):
    data = np.random.RandomState(size).bytes(size)
    whole = 0
    for at in range(0, size, 50_000):  # parts that are short enough to go through tables alone
        whole = _crc32c.value(data[at : at + 50_000], whole)
    assert _crc32c.value(data) == whole
    assert _crc32c.value(np.frombuffer(data, np.uint8)) == whole
    assert _crc32c.value(np.arange(9, dtype=np.uint8)) == _crc32c.value(bytes(range(9)))


@pytest.mark.parametrize("size", [1, 3, 31, 32, 33, 511, 512, 513, 1024, 1700])
def test_a_checksum_is_that_of_one_byte_after_the_other(size):
    data = bytes(i * i * 7 % 251 for i in range(size))
    register = 0xFFFFFFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (0x82F63B78 if register & 1 else 0)
    assert _crc32c.value(data) == register ^ 0xFFFFFFFF


def test_the_bytes_are_tensorflows(path):
    write(path, [b"a", b""])
    with open(path, "rb") as file:
        assert file.read() == BY_TENSORFLOW


@pytest.mark.parametrize("kind", ["", "ZLIB", "GZIP"])
def test_what_is_written_is_read(path, kind):
    write(path, options=kind)
    assert read(path, kind) == RECORDS
    with open(path, "rb") as file:
        packed = file.read()
    unpack = {"": bytes, "ZLIB": zlib.decompress, "GZIP": gzip.decompress}[kind]
    write(path)
    with open(path, "rb") as file:
        assert unpack(packed) == file.read()


def test_options(path):
    kinds = tf.io.TFRecordCompressionType
    options = tf.io.TFRecordOptions(kinds.GZIP, compression_level=9)
    write(path, options=options)
    assert read(path, options) == read(path, kinds.GZIP) == RECORDS
    assert tf.io.TFRecordOptions.get_compression_type_string(options) == "GZIP"
    assert tf.io.TFRecordOptions.get_compression_type_string(kinds.NONE) == ""
    with pytest.raises(ValueError, match="Not a valid compression_type"):
        tf.io.TFRecordOptions("LZMA")


@pytest.mark.parametrize("kind", ["", "ZLIB"])
def test_flushed_records_are_there(path, kind):
    with tf.io.TFRecordWriter(path, kind) as writer:
        writer.write(b"x" * 100)
        writer.flush()
        reader = tf.io.tf_record_iterator(path, kind)
        assert next(reader) == b"x" * 100
        reader.close()
    writer.close()


@pytest.mark.parametrize("size", [5, 12, 14, 16, 25])
def test_truncated_files(path, size):
    write(path, [b"abcde", b"f"])
    with open(path, "rb") as file:
        whole = file.read()
    with open(path, "wb") as file:
        file.write(whole[:size])
    records = tf.io.tf_record_iterator(path)
    if size > 21:
        assert next(records) == b"abcde"
    with pytest.raises(tf.errors.DataLossError, match="truncated record at"):
        next(records)


@pytest.mark.parametrize("at", [0, 9, 12, 17])
def test_corrupted_files(path, at):
    write(path, [b"abcde"])
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 4]))
    with pytest.raises(tf.errors.DataLossError, match="corrupted record at 0"):
        read(path)


def test_packed_files_that_are_broken(path):
    write(path, options="GZIP")
    with open(path, "rb") as file:
        whole = file.read()
    with open(path, "wb") as file:
        file.write(whole[:-20])
    with pytest.raises(tf.errors.DataLossError):
        read(path, "GZIP")
    write(path)
    with pytest.raises(tf.errors.DataLossError, match="inflate"):
        read(path, "ZLIB")


def test_packed_parts_may_follow_each_other(path):
    write(path, options="GZIP")
    with open(path, "rb") as file:
        whole = file.read()
    with open(path, "ab") as file:
        file.write(whole)
    assert read(path, "GZIP") == RECORDS * 2


def test_no_such_file(path):
    with pytest.raises(tf.errors.NotFoundError, match="No such file"):
        read(path)
    with pytest.raises(tf.errors.NotFoundError):
        tf.io.TFRecordWriter(path + "/nope/file")
