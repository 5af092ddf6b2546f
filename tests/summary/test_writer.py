"""Files of events: what `FileWriter` writes, and reading it."""

from __future__ import annotations

import os
import warnings

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.summary.event_file import EventsWriter, summary_iterator


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def events(path):
    found = [list(summary_iterator(os.path.join(path, n))) for n in sorted(os.listdir(path))]
    return [event for file in found for event in file]


def number(tag, value):
    return tf.Summary(value=[tf.Summary.Value(tag=tag, simple_value=value)])


def test_a_run(tmp_path, graph):
    x = tf.placeholder(tf.float32, [2], name="x")
    tf.summary.scalar("total", tf.reduce_sum(x))
    merged = tf.summary.merge_all()
    with tf.Session() as session, tf.summary.FileWriter(str(tmp_path), session.graph) as writer:
        for step in range(3):
            writer.add_summary(session.run(merged, {x: [step, 1]}), step)
    version, graph_event, meta, *steps = events(tmp_path)
    assert version.file_version == "brain.Event:2"
    told = tf.GraphDef.FromString(graph_event.graph_def)
    assert told == graph.as_graph_def(add_shapes=True)
    assert tf.MetaGraphDef.FromString(meta.meta_graph_def).graph_def == told
    assert [e.step for e in steps] == [0, 1, 2]
    assert [e.summary.value[0].simple_value for e in steps] == [1, 2, 3]
    assert all(e.wall_time > 1e9 for e in steps)


def test_name_of_the_file(tmp_path):
    tf.summary.FileWriter(tmp_path / "new" / "one", filename_suffix=".end").close()
    (name,) = os.listdir(tmp_path / "new" / "one")
    assert name.startswith("events.out.tfevents.") and name.endswith(".end")
    assert name.split(".")[3].isdigit()


def test_events_are_there_before_the_end(tmp_path):
    writer = tf.summary.FileWriter(str(tmp_path), max_queue=2)
    writer.add_summary(number("a", 1.0), 1)
    writer.flush()
    assert len(events(tmp_path)) == 2
    for step in (2, 3):
        writer.add_summary(number("a", 1.0), step)
    assert [e.step for e in events(tmp_path)] == [0, 1, 2, 3]
    writer.close()


def test_run_metadata(tmp_path):
    x = tf.placeholder(tf.float32, [2])
    y = tf.square(x, name="y")
    told = tf.RunMetadata()
    with tf.Session() as session, tf.summary.FileWriter(str(tmp_path)) as writer:
        options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
        session.run(y, {x: [1, 2]}, options=options, run_metadata=told)
        writer.add_run_metadata(told, "first", 7)
        with pytest.raises(ValueError, match="tag was already used"):
            writer.add_run_metadata(told, "first", 8)
    tagged = events(tmp_path)[1]
    assert (tagged.step, tagged.tagged_run_metadata.tag) == (7, "first")
    from flowgraph.graph_io import protos

    stats = protos.RunMetadata.FromString(tagged.tagged_run_metadata.run_metadata).step_stats
    assert "y" in [node.node_name for node in stats.dev_stats[0].node_stats]


def test_session_log_and_meta_graph(tmp_path):
    with tf.summary.FileWriter(str(tmp_path)) as writer:
        writer.add_session_log(tf.SessionLog(status=tf.SessionLog.START), 4)
        writer.add_meta_graph(tf.MetaGraphDef())
        with pytest.raises(TypeError, match="meta_graph_def must be type MetaGraphDef"):
            writer.add_meta_graph(tf.GraphDef())
    assert [e.WhichOneof("what") for e in events(tmp_path)][1:] == ["session_log", "meta_graph_def"]


def test_metadata_is_written_once(tmp_path):
    text = tf.summary.text("t", tf.constant("words"))
    with tf.Session() as session, tf.summary.FileWriter(str(tmp_path)) as writer:
        for step in range(2):
            writer.add_summary(session.run(text), step)
    first, second = [e.summary.value[0] for e in events(tmp_path)[1:]]
    assert first.HasField("metadata") and not second.HasField("metadata")


def test_closed_and_opened_again(tmp_path):
    writer = tf.summary.FileWriter(str(tmp_path))
    writer.close()
    with pytest.warns(UserWarning, match="closed FileWriter"):
        writer.add_summary(number("a", 1.0))
    assert len(events(tmp_path)) == 1
    writer.reopen()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        writer.add_summary(number("b", 1.0))
    writer.close()
    assert [v.tag for e in events(tmp_path) for v in e.summary.value] == ["b"]


@pytest.mark.parametrize("bad", [3, None, [b"x"]])
def test_add_summary_refuses_what_is_none(tmp_path, bad):
    with tf.summary.FileWriter(str(tmp_path)) as writer:
        with pytest.raises(TypeError, match="add_summary takes"):
            writer.add_summary(bad)


def test_arrays_of_one_string_count(tmp_path):
    with tf.summary.FileWriter(str(tmp_path)) as writer:
        writer.add_summary(np.array(number("a", 1.0).SerializeToString(), object), 1)
    assert events(tmp_path)[1].summary.value[0].tag == "a"


def test_graphs_that_are_none(tmp_path):
    with tf.summary.FileWriter(str(tmp_path)) as writer:
        with pytest.raises(TypeError, match="must be an instance of `Graph`"):
            writer.add_graph("graph")
        with pytest.raises(ValueError, match="not both"):
            writer.add_graph(tf.get_default_graph(), graph_def=tf.GraphDef())
        writer.add_graph(tf.GraphDef())
    assert events(tmp_path)[1].WhichOneof("what") == "graph_def"


def test_one_writer_for_a_directory(tmp_path):
    path = str(tmp_path)
    first = tf.summary.FileWriterCache.get(path)
    assert tf.summary.FileWriterCache.get(path) is first
    tf.summary.FileWriterCache.clear()
    assert tf.summary.FileWriterCache.get(path) is not first
    tf.summary.FileWriterCache.clear()


def test_a_damaged_file(tmp_path):
    with tf.summary.FileWriter(str(tmp_path)) as writer:
        writer.add_summary(number("a", 1.0), 1)
    (name,) = os.listdir(tmp_path)
    data = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(data[:-3])
    with pytest.raises(tf.errors.DataLossError, match="truncated"):
        events(tmp_path)
    changed = bytearray(data)
    changed[-8] ^= 1
    (tmp_path / name).write_bytes(bytes(changed))
    with pytest.raises(tf.errors.DataLossError, match="corrupted"):
        events(tmp_path)
    with pytest.raises(tf.errors.NotFoundError):
        list(summary_iterator(str(tmp_path / "none")))


def test_events_writer_refuses_other_messages(tmp_path):
    writer = EventsWriter(str(tmp_path / "e"))
    with pytest.raises(TypeError, match="Expected an event_pb2.Event proto"):
        writer.WriteEvent(tf.Summary())


def test_plugin_assets(tmp_path, graph):
    class Notes(tf.summary.PluginAsset):
        plugin_name = "notes"

        def assets(self):
            return {"a.txt": "text"}

    asset = tf.summary.get_plugin_asset(Notes)
    assert tf.summary.get_plugin_asset(Notes) is asset
    tf.summary.FileWriter(str(tmp_path), graph).close()
    assert (tmp_path / "plugins" / "notes" / "a.txt").read_text() == "text"
