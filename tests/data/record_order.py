"""Writes order.json: the elements that TensorFlow gives where chance or turns decide the order.

`python record_order.py` where TensorFlow 2 is installed; `cases` is what test_order.py builds.
"""

import json
from pathlib import Path


def cases(tf):
    """name -> (function that makes a dataset, the graph's seed)"""
    d, e = tf.data.Dataset, tf.data.experimental
    two = lambda: [d.range(0, 10), d.range(100, 110)]  # noqa: E731
    return {
        "whole": (lambda: d.range(10).shuffle(10, seed=5), None),
        "buffer": (lambda: d.range(12).shuffle(4, seed=5), 1),
        "graph_seed": (lambda: d.range(10).shuffle(10), 7),
        "reshuffled": (lambda: d.range(5).shuffle(5, seed=3).repeat(3), 2),
        "same_again": (
            lambda: d.range(5).shuffle(5, seed=3, reshuffle_each_iteration=False).repeat(3), 2,
        ),
        "sample": (lambda: e.sample_from_datasets(two(), [0.3, 0.7], seed=4).take(12), 2),
        "random": (lambda: e.RandomDataset(seed=4).take(4), 2),
        "map_random": (lambda: d.range(5).map(lambda x: tf.random_uniform([], seed=3)), 2),
        "interleave": (
            lambda: d.range(1, 6).interleave(
                lambda x: d.from_tensors(x).repeat(x), cycle_length=2, block_length=2
            ), None,
        ),
        "window": (lambda: d.range(7).window(3, 2, 1).flat_map(lambda w: w.batch(3)), None),
        "flat_shuffle": (
            lambda: d.range(3).flat_map(lambda x: d.range(4).shuffle(4, seed=2)), 1,
        ),
        "zip": (
            lambda: d.zip((d.range(5).shuffle(5, seed=1), d.range(5).shuffle(5, seed=1))).map(
                lambda a, b: a * 10 + b
            ), 11,
        ),
        "cache": (lambda: d.range(5).shuffle(5, seed=2).cache().repeat(2), 11),
        "filter_random": (
            lambda: d.range(20).filter(lambda x: tf.random_uniform([], seed=5) < 0.5), 11,
        ),
        "flat_repeat": (
            lambda: d.range(3).flat_map(lambda x: d.range(3).shuffle(3, seed=1)).repeat(2), 11,
        ),
        "interleave_shuffle": (
            lambda: d.range(4).interleave(
                lambda x: d.range(3).shuffle(3, seed=1), cycle_length=2
            ), 11,
        ),
    }  # fmt: skip


def main():
    """Writes the file."""
    import tensorflow.compat.v1 as tf

    tf.disable_v2_behavior()
    found = {}
    for name, (make, seed) in cases(tf).items():
        with tf.Graph().as_default():
            tf.set_random_seed(seed)
            iterator = tf.data.make_initializable_iterator(make())
            following, found[name] = iterator.get_next(), []
            with tf.Session() as session:
                for _ in range(2):  # an iterator that is started again begins anew
                    session.run(iterator.initializer)
                    found[name].append([])
                    try:
                        while True:
                            found[name][-1].append(session.run(following).tolist())
                    except tf.errors.OutOfRangeError:
                        pass
    Path(__file__).with_name("order.json").write_text(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
