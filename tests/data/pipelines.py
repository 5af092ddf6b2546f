"""What the tests of datasets share: all elements of one, in a session of its own."""

import flowgraph as tf

D = tf.data.Dataset
E = tf.data.experimental


def elements(make, most=100, feed=None, one_shot=False):
    """The elements of the dataset that `make()` builds, and the error's class that ended it."""
    with tf.Graph().as_default():
        dataset = make()
        if one_shot:
            iterator = dataset.make_one_shot_iterator()
        else:
            iterator = dataset.make_initializable_iterator()
        following = iterator.get_next()
        with tf.Session() as session:
            if not one_shot:
                session.run(iterator.initializer, feed)
            found = []
            try:
                for _ in range(most):
                    found.append(session.run(following))
            except tf.errors.OpError as error:
                if not isinstance(error, tf.errors.OutOfRangeError):
                    raise
                assert error.message.startswith("End of sequence")
            return found


def listed(make, **more):
    """The elements as lists and plain numbers."""
    return [_plain(element) for element in elements(make, **more)]


def _plain(value):
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return tuple(map(_plain, value))
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return value.tolist() if hasattr(value, "tolist") else value
