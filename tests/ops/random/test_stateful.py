"""Generators in variables: where they go on, what they refuse, binomial numbers."""

import math

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.ops import _philox as philox
from flowgraph.ops.random import _binomial

rng = tf.random.experimental


@pytest.fixture(autouse=True)
def session():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def ready(session, *generators):
    for generator in generators:
        session.run(generator.state.initializer)


def test_each_run_goes_on_where_the_one_before_ended(session):
    one, other = rng.Generator.from_seed(5), rng.Generator.from_seed(5)
    four = one.normal([4])
    with tf.control_dependencies([other.normal([4])]):
        later = other.normal([4])
    ready(session, one, other)
    first, second = session.run(four), session.run(four)
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(session.run(later), second)
    np.testing.assert_array_equal(session.run(one.state), session.run(other.state))


def test_skipping_is_as_drawing(session):
    one, other = rng.Generator.from_seed(5), rng.Generator.from_seed(5)
    draw, skip = one.uniform([7], dtype=tf.float64), other.skip(7)
    ready(session, one, other)
    session.run([draw, skip])
    np.testing.assert_array_equal(session.run(one.state), session.run(other.state))


def test_a_generator_can_be_set_back(session):
    generator = rng.Generator.from_seed([1, 2, 3])
    numbers = generator.normal([3])
    again = [generator.reset([1, 2, 3]), generator.reset_from_seed([1, 2, 3]),
             generator.reset_from_key_counter(3, [1, 2])]  # fmt: skip
    ready(session, generator)
    first = session.run(numbers)
    for reset in again:
        session.run(reset)
        np.testing.assert_array_equal(session.run(numbers), first)


def test_a_copy_goes_its_own_way(session):
    generator = rng.Generator.from_state([1, 2, 3], 1)
    copy = rng.Generator(copy_from=generator)
    ready(session, generator, copy)
    first, second = session.run(generator.normal([3])), session.run(copy.normal([3]))
    np.testing.assert_array_equal(first, second)
    assert session.run(generator.key) == session.run(copy.key) == 3


def test_generators_made_of_one_differ(session):
    parent = rng.Generator.from_seed(9)
    parts = parent.split(2)
    ready(session, parent)
    ready(session, *parts)
    one, two = (session.run(part.normal([3])) for part in parts)
    assert not np.array_equal(one, two)


def test_the_global_generator_is_the_graphs_until_it_is_set(session):
    given = rng.get_global_generator()
    assert rng.get_global_generator() is given
    with tf.Graph().as_default():
        assert rng.get_global_generator() is not given
    mine = rng.Generator.from_seed(1)
    rng.set_global_generator(mine)
    assert rng.get_global_generator() is mine
    ready(session, given)
    first = session.run(given.state)
    ready(session, given)
    assert not np.array_equal(first, session.run(given.state))


@pytest.mark.parametrize(
    ("seed", "state"),
    [(1, [1, 0, 0]), (2**64 - 1, [-1, 0, 0]), (2**130 + 5, [5, 0, 4]), (-1, [-1, -1, -1]),
     ([7], [0, 0, 7]), ([1, 2, 3, 4], [1, 2, 3]), ([2**63, 0, 0], [-(2**63), 0, 0])],
)  # fmt: skip
def test_the_state_of_a_seed(seed, state):
    made = rng.create_rng_state(seed, 1)
    assert made.dtype == np.int64 and made.tolist() == state


def test_integers_of_no_generator_differ_from_run_to_run(session):
    for dtype in (tf.int32, tf.int64, tf.uint32, tf.uint64):
        x = tf.raw_ops.NonDeterministicInts(shape=[4, 2], dtype=dtype)
        assert x.shape == [4, 2] and x.dtype is dtype
        one, two = session.run(x), session.run(x)
        assert one.dtype == dtype.as_numpy_dtype and not np.array_equal(one, two)
    assert session.run(tf.raw_ops.NonDeterministicInts(shape=[0])).shape == (0,)


# Of one stream for each number, as TensorFlow 2 has it (1.15 takes all from one).
@pytest.mark.parametrize(("count", "prob", "drawn"), [(100.0, 0.4, [40, 48, 41, 47, 37])])
def test_the_rejection_is_tensorflows(count, prob, drawn):
    for i, wanted in enumerate(drawn):
        state = philox.PhiloxState.exactly(77, 0, 117253 + 256 * i)
        assert _binomial.binomial(state, np.array([count]), np.array([prob]), 1, 1) == [wanted]


@pytest.mark.parametrize(
    ("count", "prob"), [(7, 0.3), (40, 0.25), (90, 0.5), (30, 0.8), (600, 0.7)]
)
def test_binomial_numbers_are_distributed_so(session, count, prob):
    generator = rng.Generator.from_seed(11)
    x = generator.binomial([2000], float(count), prob)
    ready(session, generator)
    drawn = session.run(x)
    assert drawn.dtype == np.int32 and drawn.min() >= 0 and drawn.max() <= count
    chances = [math.comb(count, k) * prob**k * (1 - prob) ** (count - k) for k in range(count + 1)]
    found = np.cumsum(np.bincount(drawn, minlength=count + 1)) / drawn.size
    assert np.abs(found - np.cumsum(chances)).max() < 1.63 / math.sqrt(drawn.size)  # at 1 %


def test_binomial_numbers_by_row(session):
    generator = rng.Generator.from_seed(11)
    x = generator.binomial([5, 40], [0.0, 9.0, 9.0, 50.0, 3.0], [0.5, 0.0, 1.0, 0.5, 2.0])
    nan = generator.binomial([1], 5.0, float("nan"), tf.float32)
    ready(session, generator)
    drawn = session.run(x)
    assert drawn[[0, 1, 2, 4]].tolist() == [[0] * 40, [0] * 40, [9] * 40, [3] * 40]
    assert 20 < drawn[3].mean() < 30 and len(set(drawn[3])) > 3
    assert np.isnan(session.run(nan)).all()


UNIFORM = tf.raw_ops.StatefulUniform


def handle(value):
    variable = tf.Variable(value, use_resource=True)
    return variable.handle, variable.initializer


@pytest.mark.parametrize(
    ("value", "algorithm", "message"),
    [
        (np.zeros(3, np.int64), 2, "Unsupported algorithm id: 2"),
        (np.zeros(2, np.int64), 1, "at least 3; got 2"),
        (np.zeros([3, 1], np.int64), 1, "one and only one dimension, not 2"),
        (np.zeros(3, np.int32), 1, "must be int64, not int32"),
    ],
)
def test_bad_states_are_refused(session, value, algorithm, message):
    resource, initializer = handle(value)
    session.run(initializer)
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        session.run(UNIFORM(resource, algorithm, [3]))


@pytest.mark.parametrize(
    ("value", "message"), [([2, 0, 0, 0], "Unsupported algorithm id: 2"), ([1, 0, 0], "4; got 3")]
)
def test_bad_states_that_tell_their_algorithm(session, value, message):
    resource, initializer = handle(np.array(value, np.int64))
    session.run(initializer)
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        session.run(tf.raw_ops.StatefulStandardNormal(resource, [3]))


def test_bad_bounds_and_parameters_are_refused(session):
    resource, initializer = handle(np.zeros(3, np.int64))
    session.run(initializer)
    with pytest.raises(tf.errors.InvalidArgumentError, match="Need minval < maxval"):
        low = tf.constant(3, tf.int64)
        session.run(tf.raw_ops.StatefulUniformInt(resource, 1, [2], low, low))
    for counts, probs in (([1.0, 2.0], 0.5), (1.0, [0.1, 0.2])):
        with pytest.raises(tf.errors.InvalidArgumentError, match="should have length 1 or shape"):
            session.run(rng.Generator(state=[1, 2, 3], alg=1)._draw(
                "StatefulRandomBinomial", [3], counts, probs))  # fmt: skip


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: rng.create_rng_state(1, 2), "Unsupported algorithm"),
        (lambda: rng.create_rng_state([[1]], 1), "one dimension"),
        (lambda: rng.Generator(state=[1, 2, 3], alg=2), "Unsupported algorithm"),
        (lambda: rng.Generator(state=[1, 2], alg=1), "incompatible"),
        (lambda: rng.Generator(rng.Generator.from_seed(1), alg=1), "copy_from alone"),
        (lambda: rng.Generator.from_key_counter([1], [1, 2], 1), "incompatible"),
        (lambda: rng.Generator.from_seed(1).uniform([2], dtype=tf.int32), "Must specify maxval"),
        (lambda: UNIFORM(handle(np.zeros(3, np.int64))[0], [1], [3]), "rank 0"),
        (lambda: UNIFORM(handle(np.zeros(3, np.int64))[0], 1, 3), "rank 1"),
        (lambda: rng.Generator.from_seed(1).binomial([2], [[1.0]], 0.5), "rank at most 1"),
        (lambda: rng.Generator.from_seed(1).skip([1]), "rank 0"),
    ],
)
def test_bad_arguments_are_refused_when_built(build, message):
    with pytest.raises(ValueError, match=message):
        build()
