"""What all optimizers share: gradients, slots, the global step, and what goes wrong."""

import numpy as np
import pytest

import flowgraph as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


@pytest.fixture
def descent():
    return tf.train.GradientDescentOptimizer(0.1)


def run(*fetches):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return [session.run(fetch) for fetch in fetches]


def test_minimize_counts_the_global_step(descent):
    w = tf.Variable(1.0)
    step = tf.train.create_global_step()

    train = descent.minimize(w * w, global_step=step)

    assert train.name == "GradientDescent"
    assert tf.get_default_graph().get_collection("train_op") == [train]
    _, _, value, count = run(train, train, w, step)
    np.testing.assert_allclose(value, 0.64, rtol=1e-6)
    assert count == 2 and count.dtype == np.int64


@pytest.mark.parametrize("form", [dict.values, dict, lambda d: [list(d.values())], tuple])
def test_var_list_may_be_nested(descent, form):
    named = {"u": tf.Variable(2.0), "w": tf.Variable(3.0)}
    listed = form(named) if form is not tuple else tuple(named.values())

    pairs = descent.compute_gradients(named["u"] * named["w"], var_list=listed)

    assert [var for _, var in pairs] == [named["u"], named["w"]]


def test_all_gradients_use_the_values_from_before_the_step(descent):
    u, w = tf.Variable(2.0), tf.Variable(3.0)
    train = descent.minimize(u * w)

    _, values = run(train, [u, w])

    np.testing.assert_allclose(values, [1.7, 2.8], rtol=1e-6)


def test_a_learning_rate_may_be_a_tensor_or_function():
    w, rate = tf.Variable(1.0), tf.Variable(0.5, trainable=False)
    train = tf.train.GradientDescentOptimizer(rate).minimize(w)
    by_function = tf.train.MomentumOptimizer(lambda: 1.0, lambda: 0.5).minimize(w)

    _, lower, _, _, _, lowest = run(train, w, rate.assign(0.25), train, by_function, w)

    assert (lower, lowest) == (0.5, -0.75)


def test_a_gradient_may_be_none_or_a_number(descent):
    v, w = tf.Variable(1.0), tf.Variable(1.0)

    train = descent.apply_gradients([(None, v), (2.0, w)], name="step")

    assert train.name == "step"
    assert run(train, [v, w])[1] == pytest.approx([1.0, 0.8])


def test_a_constraint_holds_after_each_step(descent):
    w = tf.Variable([1.0, 5.0], constraint=lambda v: tf.minimum(v, 2.0))
    train = descent.minimize(-tf.reduce_sum(w))

    np.testing.assert_allclose(run(train, w)[1], [1.1, 2.0], rtol=1e-6)


def test_a_constraint_on_sparse_updates_is_refused(descent):
    table = tf.Variable([1.0, 2.0], constraint=tf.identity)
    with pytest.raises(RuntimeError, match="constraint function on a sparse variable"):
        descent.minimize(tf.reduce_sum(tf.gather(table, [0])))


def test_gate_graph_waits_for_all_gradients(descent):
    v, w = tf.Variable(2.0), tf.Variable(3.0)
    pairs = descent.compute_gradients(v * w, [v, w], gate_gradients=descent.GATE_GRAPH)

    assert [grad.name for grad, _ in pairs] == [
        "tuple/control_dependency:0",
        "tuple/control_dependency_1:0",
    ]
    assert run([grad for grad, _ in pairs])[0] == [3.0, 2.0]


def test_slots_are_named_after_the_variable_within_the_scope_in_force():
    with tf.variable_scope("outer"):
        v = tf.get_variable("v", [2])
        first, second = tf.train.AdamOptimizer(), tf.train.AdamOptimizer()
        for optimizer in (first, second):
            optimizer.minimize(tf.reduce_sum(v * v))

    assert first.get_slot(v, "m").name == "outer/outer/v/Adam:0"
    assert first.get_slot(v, "v").name == "outer/outer/v/Adam_1:0"
    assert second.get_slot(v, "m").name == "outer/outer/v/Adam_2:0"
    assert first.get_slot_names() == ["m", "v"]
    assert first.get_slot(v, "nope") is None
    assert [x.name for x in second.variables()] == [
        "outer/beta1_power_1:0", "outer/beta2_power_1:0", "outer/outer/v/Adam_2:0",
        "outer/outer/v/Adam_3:0",
    ]  # fmt: skip
    assert tf.trainable_variables() == [v]


def test_the_slots_of_pieces_are_pieces():
    with tf.variable_scope("net", partitioner=tf.fixed_size_partitioner(2)):
        v = tf.get_variable("v", [4, 2], initializer=tf.ones_initializer())
        optimizer = tf.train.MomentumOptimizer(0.1, 0.9)
        train = optimizer.minimize(tf.reduce_sum(tf.square(v)))

    slots = [optimizer.get_slot(piece, "momentum") for piece in v]
    assert [s.shape.as_list() for s in slots] == [[2, 2], [2, 2]]
    assert [s._get_save_slice_info().spec for s in slots] == ["4 2 0,2:0,2", "4 2 2,2:0,2"]
    assert run(train, train, tf.convert_to_tensor(v))[2][3, 1] == pytest.approx(0.46)


def test_embedding_lookup_deals_the_rows_of_pieces_out(descent):
    v = tf.get_variable(
        "v", [4, 1], partitioner=tf.fixed_size_partitioner(2), initializer=tf.ones_initializer()
    )
    train = descent.minimize(tf.reduce_sum(tf.nn.embedding_lookup(v, [0, 1, 1, 3])))

    value = run(train, tf.convert_to_tensor(v))[1]

    np.testing.assert_allclose(value.ravel(), [0.9, 1.0, 0.8, 0.9], rtol=1e-6)


def test_an_index_that_comes_twice_is_one_update():
    table = tf.Variable([1.0, 1.0])
    train = tf.train.AdagradOptimizer(1.0, 1.0).minimize(tf.reduce_sum(tf.gather(table, [0, 0])))

    np.testing.assert_allclose(run(train, table)[1], [1 - 2 / np.sqrt(5), 1.0], rtol=1e-6)


def test_sparse_updates_check_their_indices(descent):
    table, index = tf.Variable([1.0, 2.0]), tf.placeholder(tf.int32, [1])
    slices = tf.IndexedSlices(tf.constant([1.0]), index)
    for optimizer in (descent, tf.train.MomentumOptimizer(0.1, 0.9)):
        train = optimizer.apply_gradients([(slices, table)])
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            with pytest.raises(tf.errors.InvalidArgumentError, match="5"):
                session.run(train, {index: [5]})
            np.testing.assert_array_equal(session.run(table), [1.0, 2.0])


def test_the_shapes_of_gradients_are_checked_when_the_graph_is_made(descent):
    w = tf.Variable(1.0)
    with pytest.raises(ValueError, match="Shapes must be equal rank, but are 0 and 1"):
        descent.apply_gradients([(tf.constant([1.0]), w)])


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda o: o.minimize(tf.constant(1.0)), ValueError, "No variables to optimize."),
        (
            lambda o: o.minimize(tf.constant(1.0), var_list=[tf.Variable(1.0)]),
            ValueError,
            "No gradients provided for any variable, check your graph",
        ),
        (
            lambda o: o.compute_gradients(tf.constant(1), [tf.Variable(1.0)]),
            ValueError,
            "Invalid type tf.int32 for Const:0, expected",
        ),
        (
            lambda o: o.compute_gradients(tf.constant(1.0), [3]),
            TypeError,
            "Argument is not a tf.Variable: 3",
        ),
        (
            lambda o: o.compute_gradients(tf.constant(1.0), [tf.Variable(1.0)], gate_gradients=7),
            ValueError,
            "gate_gradients must be one of",
        ),
        (lambda o: o.apply_gradients([]), ValueError, "No variables provided."),
        (
            lambda o: o.apply_gradients([(None, tf.Variable(1.0))]),
            ValueError,
            "No gradients provided for any variable: ",
        ),
        (lambda o: tf.train.Optimizer(False, ""), ValueError, "Must specify the optimizer name"),
        (
            lambda o: tf.train.AdagradOptimizer(0.1, 0.0),
            ValueError,
            "initial_accumulator_value must be positive: 0.0",
        ),
        (
            lambda o: tf.train.FtrlOptimizer(0.1, 0.5),
            ValueError,
            "learning_rate_power 0.500000 needs to be negative or zero",
        ),
    ],
)
def test_what_an_optimizer_refuses(descent, make, error, message):
    with pytest.raises(error, match=message):
        make(descent)


# --- the global step ------------------------------------------------------------------------------
def test_there_is_one_global_step():
    assert tf.train.get_global_step() is None
    step = tf.train.get_or_create_global_step()
    assert step.name == "global_step:0"
    assert step not in tf.trainable_variables()
    assert tf.train.get_or_create_global_step() is step is tf.train.get_global_step()
    with pytest.raises(ValueError, match='"global_step" already exists.'):
        tf.train.create_global_step()
    with tf.Session() as session:
        session.run(step.initializer)
        assert tf.train.global_step(session, step) == 0


@pytest.mark.parametrize(
    ("value", "message"),
    [(1.0, "does not have integer type: "), ([1, 2], "is not scalar: ")],
)
def test_a_global_step_is_a_scalar_integer(value, message):
    tf.Variable(value, name="global_step")
    with pytest.raises(TypeError, match=message):
        tf.train.get_global_step()


# --- decays ---------------------------------------------------------------------------------------
def test_noise_of_a_decay_shrinks():
    step = tf.placeholder(tf.int32, [])
    rate = tf.train.noisy_linear_cosine_decay(1.0, step, 100, 1.0, 2.0, beta=0.0)
    with tf.Session() as session:
        early, late = ([session.run(rate, {step: at}) for _ in range(50)] for at in (0, 20))
    assert np.std(early) > 10 * np.std(late) > 0


def test_what_decays_refuse():
    with pytest.raises(ValueError, match="global_step is required for exponential_decay."):
        tf.train.exponential_decay(0.1, None, 1, 0.9)
    with pytest.raises(ValueError, match="length of boundaries should be 1 less"):
        tf.train.piecewise_constant(tf.constant(1), [1, 2], [1.0])
    with pytest.raises(ValueError, match="must have the same dtype as x"):
        tf.train.piecewise_constant(tf.constant(1.0), [1, 2], [1.0, 2.0, 3.0])


# --- moving averages ------------------------------------------------------------------------------
def test_averages_of_batch_statistics_inside_a_conditional():
    x, training = tf.placeholder(tf.float32, [None, 2]), tf.placeholder(tf.bool, [])
    mean, variance = tf.nn.moments(x, [0])
    ema = tf.train.ExponentialMovingAverage(0.5)

    def updated():
        with tf.control_dependencies([ema.apply([mean, variance])]):
            return tf.identity(mean), tf.identity(variance)

    kept = tf.cond(training, updated, lambda: (ema.average(mean), ema.average(variance)))

    assert [v.name for v in tf.global_variables()] == [
        "moments/Squeeze/ExponentialMovingAverage:0",
        "moments/Squeeze_1/ExponentialMovingAverage:0",
    ]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        data = np.array([[1.0, 2.0], [3.0, 6.0]])
        for _ in range(2):
            now = session.run(kept, {x: data, training: True})
        np.testing.assert_allclose(now, [[2.0, 4.0], [1.0, 4.0]])
        later = session.run(kept, {x: data, training: False})
        np.testing.assert_allclose(later, [[1.5, 3.0], [0.75, 3.0]])


def test_averages_are_of_floating_types():
    with pytest.raises(TypeError, match="must be half, float, or double"):
        tf.train.ExponentialMovingAverage(0.9).apply([tf.Variable(1)])


def test_every_unbiased_average_has_its_own_count():
    from flowgraph.train.moving_averages import assign_moving_average

    with tf.variable_scope("s"):
        v = tf.get_variable("v", [])
        for _ in range(2):
            assign_moving_average(v, 0.0, 0.9)
    assert [v.name for v in tf.global_variables()] == [
        "s/v:0", "s/s/v/biased:0", "s/s/v/local_step:0", "s/s/v/biased_1:0",
        "s/s/v/local_step_1:0",
    ]  # fmt: skip
    with tf.variable_scope("s", reuse=True):
        assign_moving_average(v, 0.0, 0.9)
    assert len(tf.global_variables()) == 5


def test_the_name_an_average_would_have_is_in_the_current_scope():
    v = tf.Variable(1.0, name="v")
    with tf.variable_scope("later"):
        average = tf.train.ExponentialMovingAverage(0.9, name="mean")
        expected = average.average_name(v)
        average.apply([v])
    assert expected == average.average_name(v) == "later/v/mean"


def test_a_tensor_has_gradients_and_no_update(descent):
    x = tf.constant(1.0)
    pairs = descent.compute_gradients(lambda: x * x, [x])
    assert pairs[0][1] is x
    with pytest.raises(NotImplementedError, match="Trying to update a Tensor"):
        descent.apply_gradients(pairs)


@pytest.mark.parametrize(
    "make",
    [tf.train.AdagradOptimizer, tf.train.FtrlOptimizer, tf.train.RMSPropOptimizer],
)
def test_slots_of_a_variable_whose_shape_only_a_run_knows(make):
    v = tf.get_variable("v", initializer=tf.constant([1.0, 2.0]), validate_shape=False)
    assert not v.shape.is_fully_defined()
    optimizer = make(0.1)
    train = optimizer.apply_gradients([(tf.constant([0.5, 0.5]), v)])
    slot = optimizer.get_slot(v, optimizer.get_slot_names()[0])
    assert run(slot, train)[0].shape == (2,)
