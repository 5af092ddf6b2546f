"""tf.contrib.slim's data sets: decoders of examples, providers, parallel readers."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.contrib import slim

PIXELS = (np.arange(48, dtype=np.uint8) * 5).reshape(4, 4, 3)


def _bytes(*values):
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))


def _ints(*values):
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))


def _floats(*values):
    return tf.train.Feature(float_list=tf.train.FloatList(value=values))


def _example(**features):
    named = {name.replace("__", "/"): feature for name, feature in features.items()}
    message = tf.train.Example(features=tf.train.Features(feature=named))
    return message.SerializeToString()


def _decoded(serialized, features, handler):
    """The item that a handler makes of an example."""
    with tf.Graph().as_default(), tf.Session() as session:
        decoder = slim.tfexample_decoder.TFExampleDecoder(features, {"item": handler})
        assert decoder.list_items() == ["item"]
        (item,) = decoder.decode(tf.constant(serialized))
        session.run(tf.tables_initializer())
        return session.run(item)


_IMAGE = {
    "image/encoded": tf.FixedLenFeature((), tf.string),
    "image/format": tf.FixedLenFeature((), tf.string, "png"),
}


@pytest.mark.parametrize("form", ["png", "raw", "RAW"])
def test_an_image_is_decoded_as_its_format_says(form):
    if form == "png":
        with tf.Graph().as_default(), tf.Session() as session:
            file = session.run(tf.image.encode_png(PIXELS))
    else:
        file = PIXELS.tobytes()
    serialized = _example(image__encoded=_bytes(file), image__format=_bytes(form.encode()))
    handler = slim.tfexample_decoder.Image(shape=[4, 4, 3])
    np.testing.assert_array_equal(_decoded(serialized, _IMAGE, handler), PIXELS)


def test_a_tensor_takes_its_shape_from_features():
    features = {
        "values": tf.VarLenFeature(tf.float32),
        "height": tf.FixedLenFeature((), tf.int64),
        "width": tf.FixedLenFeature((), tf.int64),
    }
    serialized = _example(values=_floats(*range(6)), height=_ints(2), width=_ints(3))
    handler = slim.tfexample_decoder.Tensor("values", ["height", "width"])
    np.testing.assert_array_equal(
        _decoded(serialized, features, handler), np.arange(6.0).reshape(2, 3)
    )
    with pytest.raises(ValueError, match="Cannot specify both shape_keys and shape"):
        slim.tfexample_decoder.Tensor("values", "height", [2, 3])


def test_boxes_are_rows_of_their_sides():
    names = ["ymin", "xmin", "ymax", "xmax"]
    features = {f"box/{name}": tf.VarLenFeature(tf.float32) for name in names}
    sides = {f"box__{name}": _floats(i, i + 10) for i, name in enumerate(names)}
    handler = slim.tfexample_decoder.BoundingBox(prefix="box/")
    found = _decoded(_example(**sides), features, handler)
    np.testing.assert_array_equal(found, [[0, 1, 2, 3], [10, 11, 12, 13]])
    with pytest.raises(ValueError, match="expects 4 keys but got 2"):
        slim.tfexample_decoder.BoundingBox(["a", "b"])


def test_a_sparse_tensor_is_made_dense():
    features = {
        "indices": tf.VarLenFeature(tf.int64),
        "values": tf.VarLenFeature(tf.float32),
    }
    serialized = _example(indices=_ints(1, 4), values=_floats(7, 8))
    handler = slim.tfexample_decoder.SparseTensor(shape=[5], densify=True)
    np.testing.assert_array_equal(_decoded(serialized, features, handler), [0, 7, 0, 0, 8])


def test_a_backup_stands_in_for_an_empty_item():
    features = {name: tf.VarLenFeature(tf.int64) for name in ("first", "second")}
    first, second = (slim.tfexample_decoder.Tensor(name) for name in ("first", "second"))
    handler = slim.tfexample_decoder.BackupHandler(first, second)
    np.testing.assert_array_equal(_decoded(_example(second=_ints(5)), features, handler), [5])
    both = _example(first=_ints(3, 4), second=_ints(5))
    np.testing.assert_array_equal(_decoded(both, features, handler), [3, 4])
    with pytest.raises(ValueError, match="Backup handler is of type"):
        slim.tfexample_decoder.BackupHandler(first, "second")


def test_a_callback_makes_an_item():
    features = {"a": tf.FixedLenFeature([2], tf.int64)}
    handler = slim.tfexample_decoder.ItemHandlerCallback("a", lambda found: found["a"] * 2)
    np.testing.assert_array_equal(_decoded(_example(a=_ints(1, 2)), features, handler), [2, 4])


@pytest.fixture
def files(tmp_path):
    """Two files of three examples each, labels 0 to 5."""
    for i in range(2):
        with tf.python_io.TFRecordWriter(str(tmp_path / f"part{i}")) as writer:
            for label in range(3 * i, 3 * i + 3):
                writer.write(_example(label=_ints(label)))
    return str(tmp_path / "part*")


def test_a_provider_reads_every_record_once_an_epoch(files):
    decoder = slim.tfexample_decoder.TFExampleDecoder(
        {"label": tf.FixedLenFeature((), tf.int64)},
        {"label": slim.tfexample_decoder.Tensor("label")},
    )
    dataset = slim.dataset.Dataset(files, tf.TFRecordReader, decoder, 6, {}, num_classes=6)
    assert dataset.num_classes == 6
    with tf.Graph().as_default(), tf.Session() as session:
        provider = slim.dataset_data_provider.DatasetDataProvider(
            dataset, num_readers=2, num_epochs=1, seed=1
        )
        assert provider.num_samples() == 6
        assert provider.list_items() == ["label", "record_key"]
        with pytest.raises(ValueError, match=r"Item \[image\] is invalid"):
            provider.get(["image"])
        with pytest.raises(ValueError, match="must be a list or tuple"):
            provider.get("label")
        key, label = provider.get(["record_key", "label"])
        session.run(tf.local_variables_initializer())
        found = []
        with slim.queues.QueueRunners(session):
            with pytest.raises(tf.errors.OutOfRangeError):
                while True:
                    name, value = session.run([key, label])
                    assert b"part" in name
                    found.append(int(value))
        assert sorted(found) == list(range(6))


def test_the_key_must_not_hide_an_item(files):
    decoder = slim.tfexample_decoder.TFExampleDecoder(
        {"label": tf.FixedLenFeature((), tf.int64)},
        {"label": slim.tfexample_decoder.Tensor("label")},
    )
    dataset = slim.dataset.Dataset(files, tf.TFRecordReader, decoder, 6, None)
    with tf.Graph().as_default(), pytest.raises(ValueError, match="used for `record_key`"):
        slim.dataset_data_provider.DatasetDataProvider(dataset, record_key="label")


def test_a_single_pass_keeps_the_order(files):
    with tf.Graph().as_default(), tf.Session() as session:
        _, value = slim.parallel_reader.single_pass_read(files, tf.TFRecordReader)
        label = tf.parse_single_example(value, {"label": tf.FixedLenFeature((), tf.int64)})
        session.run(tf.local_variables_initializer())
        with slim.queues.QueueRunners(session):
            assert [int(session.run(label)["label"]) for _ in range(6)] == list(range(6))


def test_mistakes_of_readers_are_told(tmp_path):
    with pytest.raises(ValueError, match="No data files found in"):
        slim.parallel_reader.get_data_files(str(tmp_path / "none*"))
    with tf.Graph().as_default(), pytest.raises(TypeError, match=r"must be \[tf.string, tf.string"):
        queue = tf.FIFOQueue(4, [tf.int32, tf.string])
        slim.parallel_reader.ParallelReader(tf.TFRecordReader, queue)
