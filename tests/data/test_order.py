"""The order of elements where chance or turns decide it is TensorFlow's (record_order.py)."""

import json
import sys
from pathlib import Path

import pytest

import flowgraph as tf

sys.path.insert(0, str(Path(__file__).parent))

from pipelines import D, E, listed
from record_order import cases

RECORDED = json.loads(Path(__file__).with_name("order.json").read_text())


@pytest.mark.parametrize("name", sorted(cases(tf)))
def test_the_order_is_that_of_tensorflow(name):
    make, seed = cases(tf)[name]

    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(seed)
        iterator = make().make_initializable_iterator()
        following, rounds = iterator.get_next(), []
        for _ in range(2):
            session.run(iterator.initializer)
            rounds.append([])
            with pytest.raises(tf.errors.OutOfRangeError):
                while True:
                    rounds[-1].append(session.run(following).tolist())
    assert rounds == RECORDED[name]


def test_keys_and_elements_are_shuffled_alike():
    """A batch that gathers rows by number gives what single elements would."""
    rows = [[i, 10 * i] for i in range(20)]

    def shuffled():
        return D.from_tensor_slices(rows).shuffle(7, seed=1).repeat(2).skip(3).shard(2, 1)

    single = listed(shuffled)
    batched = listed(lambda: shuffled().batch(4))
    assert [row for batch in batched for row in batch] == single


def test_shuffle_and_repeat_gives_each_element_as_often():
    found = listed(lambda: D.range(5).apply(E.shuffle_and_repeat(4, 3, seed=3)))
    assert sorted(found) == sorted([*range(5)] * 3)
    assert [sorted(found[i : i + 5]) for i in (0, 5, 10)] == [list(range(5))] * 3


def test_another_session_has_another_order_without_a_seed():
    orders = {tuple(listed(lambda: D.range(50).shuffle(50))) for _ in range(3)}
    assert len(orders) == 3
