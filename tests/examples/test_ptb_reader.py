import numpy as np
import pytest

import flowgraph as tf
from flowgraph.examples import ptb_reader as reader


@pytest.fixture
def folder(tmp_path):
    for part, text in (("train", "a b a\nc a b\n"), ("valid", "b z\n"), ("test", "c\n")):
        (tmp_path / f"ptb.{part}.txt").write_text(text)
    return str(tmp_path)


def test_words_are_numbered_by_how_often_they_are_there(folder):
    train, valid, test, size = reader.ptb_raw_data(folder)
    assert train == [0, 2, 0, 1, 3, 0, 2, 1]
    assert size == 4
    assert len(valid) == 2  # "z" is not a word of the train text
    assert len(test) == 2


def test_a_missing_text_is_told(tmp_path):
    with pytest.raises(tf.errors.NotFoundError, match=r"ptb\.train\.txt"):
        reader.ptb_raw_data(str(tmp_path))


def test_batches_are_words_and_the_words_after_them():
    pairs = list(reader.ptb_iterator(range(21), 2, 3))
    assert len(pairs) == 3
    np.testing.assert_array_equal(pairs[1][0], [[3, 4, 5], [13, 14, 15]])
    np.testing.assert_array_equal(pairs[1][1], [[4, 5, 6], [14, 15, 16]])
    with pytest.raises(ValueError, match="decrease batch_size"):
        next(reader.ptb_iterator(range(4), 2, 3))


def test_the_producer_gives_the_same_batches():
    with tf.Graph().as_default(), tf.Session() as session:
        x, y = reader.ptb_producer(list(range(21)), 2, 3)
        assert x.shape.as_list() == y.shape.as_list() == [2, 3]
        coordinator = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(session, coordinator)
        for ours, theirs in reader.ptb_iterator(range(21), 2, 3):
            got = session.run([x, y])
            np.testing.assert_array_equal(got, [ours, theirs])
        coordinator.request_stop()
        coordinator.join(threads)
