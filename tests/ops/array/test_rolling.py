"""roll, unravel_index and the data formats: what they refuse."""

import numpy as np
import pytest

import flowgraph as tf

raw = tf.raw_ops


def refused(make, feeds, says):
    with tf.Graph().as_default(), tf.Session() as session:
        feeds = [
            np.asarray(v, np.int32 if np.asarray(v).dtype.kind == "i" else None) for v in feeds
        ]
        fed = [tf.placeholder(value.dtype) for value in feeds]
        with pytest.raises(tf.errors.InvalidArgumentError, match=says):
            session.run(make(*fed), dict(zip(fed, feeds)))


def test_roll():
    refused(lambda x: tf.roll(x, 1, 0), [1.0], "1-D or higher")
    refused(lambda a: tf.roll([1.0], 1, a), [1], "axis 1 is out of range")
    refused(lambda s: tf.roll([1.0], s, 0), [[1, 2]], "of the same size")
    with pytest.raises(ValueError, match="rank at least 1"):
        tf.roll(1.0, 1, 0)


def test_unravel_index():
    refused(lambda i: tf.unravel_index(i, [2, 3]), [6], "out of bound")
    refused(lambda i: tf.unravel_index(i, [2, 3]), [-1], "out of bound")
    refused(lambda d: tf.unravel_index([1], d), [[2, 0]], "must be positive")
    refused(lambda i: tf.unravel_index(i, [2, 3]), [[[1]]], "only be scalar or vector")


def test_data_formats():
    refused(lambda x: raw.DataFormatDimMap(x), [4], r"in \[-4, 4\)")
    refused(lambda x: raw.DataFormatVecPermute(x), [[1, 2, 3]], "4 or 2 rows")
    refused(lambda x: raw.DataFormatVecPermute(x), [1], "vector or of shape")
    refused(lambda x: raw.DataFormatVecPermute(x, src_format="NHWX"), [[1, 2]], "same 4 or 5")
