"""Readers on files. Keys, values and counts are what TensorFlow 2.21's compat.v1 gives."""

import threading

import pytest

import flowgraph as tf


@pytest.fixture
def files(tmp_path):
    def make(**contents):
        for name, data in contents.items():
            (tmp_path / name).write_bytes(data)
        return [str(tmp_path / name) for name in contents]

    return make


def read_all(session, reader, works, up_to=None):
    """(records until the queue is empty, records produced, works completed)."""
    queue = tf.FIFOQueue(99, ["string"], shapes=[()])
    record = reader.read(queue) if up_to is None else reader.read_up_to(queue, up_to)
    session.run(queue.enqueue_many([works]))
    session.run(queue.close())
    found = []
    with pytest.raises(tf.errors.OutOfRangeError, match="closed and has insufficient elements"):
        while True:
            key, value = session.run(record)
            if up_to is None:
                found.append((key.rsplit(b"/", 1)[-1], value))
            else:
                found.append([k.rsplit(b"/", 1)[-1] for k in key])
                assert len(value) == len(key)
    counts = session.run([reader.num_records_produced(), reader.num_work_units_completed()])
    return found, *[int(n) for n in counts]


def test_lines(session, files):
    paths = files(x=b"h\none\r\nt\rwo\n\nlast", y=b"only header", z=b"")
    found, produced, completed = read_all(session, tf.TextLineReader(skip_header_lines=1), paths)
    assert found == [(b"x:2", b"one"), (b"x:3", b"t\rwo"), (b"x:4", b""), (b"x:5", b"last")]
    assert (produced, completed) == (4, 3)
    found, _, _ = read_all(session, tf.TextLineReader(), paths)
    assert found[0] == (b"x:1", b"h") and found[-1] == (b"y:1", b"only header")


def test_up_to_some_lines_of_one_file(session, files):
    paths = files(x=b"1\n2\n3\n4", y=b"5")
    found, produced, completed = read_all(session, tf.TextLineReader(), paths, up_to=3)
    assert found == [[b"x:1", b"x:2", b"x:3"], [b"x:4"], [b"y:1"]]
    assert (produced, completed) == (5, 2)


def test_whole_files(session, files):
    paths = files(x=b"\0\1\0", y=b"")
    found, produced, completed = read_all(session, tf.WholeFileReader(), paths)
    assert found == [(b"x", b"\0\1\0"), (b"y", b"")]
    assert (produced, completed) == (2, 2)


def test_records_of_one_length(session, files):
    (path,) = files(z=b"HHabcdefghijFF")
    found, *counts = read_all(session, tf.FixedLengthRecordReader(3, 2, 2), [path, path])
    assert found == [(b"z:0", b"abc"), (b"z:1", b"def"), (b"z:2", b"ghi")] * 2
    assert counts == [6, 2]
    hops = tf.FixedLengthRecordReader(4, 2, 2, hop_bytes=2)
    assert [v for _, v in read_all(session, hops, [path])[0]] == [
        b"abcd",
        b"cdef",
        b"efgh",
        b"ghij",
    ]
    far = tf.FixedLengthRecordReader(2, hop_bytes=6)
    assert [v for _, v in read_all(session, far, [path])[0]] == [b"HH", b"ef", b"FF"]


@pytest.mark.parametrize("kind", ["", "ZLIB", "GZIP"])
def test_files_of_records(session, tmp_path, kind):
    path = str(tmp_path / "r")
    with tf.python_io.TFRecordWriter(path, kind) as writer:
        for record in (b"abc", b"", b"z" * 1000):
            writer.write(record)
    options = tf.python_io.TFRecordOptions(kind) if kind else None
    found, *counts = read_all(session, tf.TFRecordReader(options=options), [path])
    assert found == [(b"r:0", b"abc"), (b"r:19", b""), (b"r:35", b"z" * 1000)]
    assert counts == [3, 1]


def test_packed_records_of_one_length(session, tmp_path):
    import gzip

    (tmp_path / "z").write_bytes(gzip.compress(b"abcdef"))
    reader = tf.FixedLengthRecordReader(3, encoding="GZIP")
    assert [v for _, v in read_all(session, reader, [str(tmp_path / "z")])[0]] == [b"abc", b"def"]


def test_a_file_that_is_missing(session):
    for reader in (tf.TextLineReader(), tf.WholeFileReader(), tf.TFRecordReader()):
        queue = tf.FIFOQueue(9, ["string"])
        session.run(queue.enqueue("/nope"))
        with pytest.raises(tf.errors.NotFoundError, match="/nope; No such file"):
            session.run(reader.read(queue))


def test_a_broken_file(session, files):
    queue = tf.FIFOQueue(9, ["string"])
    session.run(queue.enqueue(files(x=b"no records at all")[0]))
    with pytest.raises(tf.errors.DataLossError, match="corrupted record at 0"):
        session.run(tf.TFRecordReader().read(queue))
    session.run(queue.enqueue(files(y=b"ab")[0]))
    with pytest.raises(tf.errors.OutOfRangeError, match="end of file"):
        session.run(tf.FixedLengthRecordReader(3, header_bytes=5).read(queue))


def test_works_that_are_no_strings(session):
    reader = tf.IdentityReader()
    for queue, element in (
        (tf.FIFOQueue(9, ["int32"]), 3),
        (tf.FIFOQueue(9, ["string", "string"]), ("a", "b")),
        (tf.FIFOQueue(9, ["string"]), ["a", "b"]),
    ):
        session.run(queue.enqueue([element] if isinstance(element, list) else element))
        with pytest.raises(tf.errors.InvalidArgumentError, match="xpected"):
            session.run(reader.read(queue))


def test_state(session):
    reader, queue = tf.IdentityReader(), tf.FIFOQueue(9, ["string"])
    counts = [reader.num_records_produced(), reader.num_work_units_completed()]
    state = tf.placeholder(tf.string, [])
    restore = reader.restore_state(state)
    session.run(queue.enqueue("w1"))
    session.run(reader.read(queue))
    saved = session.run(reader.serialize_state())
    assert saved == b'\x08\x01\x10\x01\x18\x01"\x02w1'
    session.run(reader.reset())
    assert session.run(counts) == [0, 0]
    session.run(restore, {state: saved})
    assert session.run(counts) == [1, 1]
    for bad, said in ((b"\xff", "Could not parse"), (b"\x08\x05", "Inconsistent"),
                      (b"\x08" + b"\xff" * 9 + b"\x01", "negative")):  # fmt: skip
        with pytest.raises(tf.errors.InvalidArgumentError, match=said):
            session.run(restore, {state: bad})
        assert session.run(counts) == [0, 0]


def test_states_that_cannot_be_saved(session):
    reader = tf.TextLineReader()
    assert not reader.supports_serialize and tf.WholeFileReader().supports_serialize
    with pytest.raises(tf.errors.UnimplementedError, match="SerializeState"):
        session.run(reader.serialize_state())
    with pytest.raises(tf.errors.UnimplementedError, match="RestoreState"):
        session.run(reader.restore_state(b""))


def test_a_read_waits_for_a_work(session):
    reader, queue = tf.IdentityReader(), tf.FIFOQueue(9, ["string"])
    record, put, found = reader.read(queue), queue.enqueue("late"), []
    threads = [threading.Thread(target=lambda: found.append(session.run(record))) for _ in "ab"]
    for thread in threads:
        thread.start()
    threads[0].join(0.05)
    assert not found
    session.run(put)
    session.run(put)
    for thread in threads:
        thread.join(5)
    assert found == [[b"late", b"late"]] * 2 or found == [(b"late", b"late")] * 2


def test_a_read_that_waits_ends_with_the_session():
    with tf.Graph().as_default():
        record = tf.IdentityReader().read(tf.FIFOQueue(9, ["string"]))
        session, found = tf.Session(), []

        def read():
            try:
                session.run(record)
            except tf.errors.CancelledError:
                found.append("cancelled")

        threads = [threading.Thread(target=read) for _ in "ab"]
        for thread in threads:
            thread.start()
        threads[0].join(0.05)
        session.close()
        for thread in threads:
            thread.join(5)
    assert found == ["cancelled"] * 2


def test_readers_of_one_name_share_their_state(session):
    a, b = (tf.raw_ops.IdentityReaderV2(shared_name="same") for _ in "ab")
    queue = tf.FIFOQueue(9, ["string"])
    session.run(queue.enqueue("w"))
    session.run(tf.raw_ops.ReaderReadV2(reader_handle=a, queue_handle=queue.queue_ref))
    assert session.run(tf.raw_ops.ReaderNumRecordsProducedV2(reader_handle=b)) == 1


def test_bad_arguments(session):
    queue = tf.FIFOQueue(9, ["string"])
    for make in (
        lambda: tf.TextLineReader(skip_header_lines=-1),
        lambda: tf.FixedLengthRecordReader(3, header_bytes=-1),
    ):
        with pytest.raises(tf.errors.InvalidArgumentError, match="must be >= 0 not -1"):
            session.run(make().read(queue))
    with pytest.raises(tf.errors.InvalidArgumentError, match="num_records must be positive"):
        session.run(tf.IdentityReader().read_up_to(queue, 0))
