"""tf.contrib.opt: each optimizer's steps are those of its formula, dense and sparse."""

import math

import numpy as np
import pytest

import flowgraph as tf

opt = tf.contrib.opt
START = np.array([[1.0, -2.0], [3.0, 0.5], [2.0, 2.0]], np.float32)
GRADS = [np.array([[0.1, -0.3], [0.5, 0.2]]), np.array([[0.2, 0.1], [-0.4, 0.3]])] * 2
ROWS = [0, 2]


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def trained(optimizer, sparse, use_resource):
    """The variable after the steps, each with another gradient of rows 0 and 2."""
    v = tf.get_variable("v", initializer=START, use_resource=use_resource)
    g = tf.placeholder(tf.float32, [2, 2])
    step = tf.train.get_or_create_global_step()
    if sparse:
        grad = tf.IndexedSlices(g, tf.constant(ROWS), tf.constant([3, 2]))
    else:
        grad = tf.scatter_nd(tf.constant([[r] for r in ROWS]), g, [3, 2])
    train = optimizer.apply_gradients([(grad, v)], global_step=step)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for value in GRADS:
            session.run(train, {g: value})
        return session.run(v)


def expected(step, slots):
    """The same by a function (w, g, t, *slots) -> (w, *slots) of whole arrays."""
    w, state = START.astype(np.float64), [np.zeros((3, 2)) for _ in range(slots)]
    for t, value in enumerate(GRADS, 1):
        g = np.zeros((3, 2))
        g[ROWS] = value
        w, *state = step(w, g, t, *state)
    return w


def adamax(w, g, t, m, v):
    m, v = 0.9 * m + 0.1 * g, np.maximum(0.999 * v, np.abs(g))
    return w - 0.1 / (1 - 0.9**t) * m / (v + 1e-8), m, v


def nadam(w, g, t, m, v):
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
    rate = 0.1 * math.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    return w - rate * (0.1 * g + 0.9 * m) / (np.sqrt(v) + 1e-8), m, v


def adam(w, g, t, m, v):
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
    rate = 0.1 * math.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    return w - rate * m / (np.sqrt(v) + 1e-8), m, v


def adamw(w, g, t, m, v):
    return adam(w * 0.99, g, t, m, v)


def momentumw(w, g, t, m):
    m = 0.9 * m + g
    return w * 0.99 - 0.1 * m, m


def powersign(w, g, t, m):
    m = 0.9 * m + 0.1 * g
    return w - 0.1 * np.exp(np.sign(g) * np.sign(m)) * g, m


def addsign(w, g, t, m):
    m = 0.9 * m + 0.1 * g
    return w - 0.1 * (1 + np.sign(g) * np.sign(m)) * g, m


def lars(w, g, t, m):
    weight, slope = np.linalg.norm(w), np.linalg.norm(g)
    m = 0.9 * m + g
    return w - 0.1 * 0.001 * weight / (slope + 1e-4 * weight) * m, m


CASES = {
    "AdaMax": (lambda: opt.AdaMaxOptimizer(0.1), adamax, 2),
    "Nadam": (lambda: opt.NadamOptimizer(0.1), nadam, 2),
    "LazyAdam": (lambda: opt.LazyAdamOptimizer(0.1), adam, 2),
    "AdamW": (lambda: opt.AdamWOptimizer(0.01, 0.1), adamw, 2),
    "MomentumW": (lambda: opt.MomentumWOptimizer(0.01, 0.1, 0.9), momentumw, 1),
    "extended": (
        lambda: opt.extend_with_decoupled_weight_decay(tf.train.AdamOptimizer)(0.01, 0.1),
        adamw, 2,
    ),
    "PowerSign": (lambda: opt.PowerSignOptimizer(0.1), powersign, 1),
    "AddSign": (lambda: opt.AddSignOptimizer(0.1), addsign, 1),
}  # fmt: skip


@pytest.mark.parametrize("use_resource", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_dense_steps(name, use_resource):
    make, step, slots = CASES[name]
    np.testing.assert_allclose(trained(make(), False, use_resource), expected(step, slots), 1e-4)


@pytest.mark.parametrize("use_resource", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_sparse_steps(name, use_resource):
    """Only rows with a gradient change; these as with a dense one."""
    make, step, slots = CASES[name]
    found = trained(make(), True, use_resource)
    np.testing.assert_allclose(found[ROWS], expected(step, slots)[ROWS], 1e-4)
    np.testing.assert_array_equal(found[1], START[1])


def test_rates_that_follow_norms():
    found = trained(opt.LARSOptimizer(0.1), False, False)
    np.testing.assert_allclose(found, expected(lars, 1), 1e-5)
    with pytest.raises(ValueError, match="momentum"):
        opt.LARSOptimizer(0.1, momentum=-1.0)


def test_only_some_weights_decay():
    a, b = (tf.get_variable(name, initializer=1.0) for name in "ab")
    train = opt.MomentumWOptimizer(0.5, 0.0, 0.9).minimize(a + b, decay_var_list=[a])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(train)
        assert session.run([a, b]) == [0.5, 1.0]


def test_signs_count_less_and_less():
    step = tf.placeholder(tf.int64, ())
    linear, cosine = opt.get_linear_decay_fn(4)(step), opt.get_cosine_decay_fn(4)(step)
    restart = opt.get_restart_decay_fn(4, 2, zero_after=1.5)(step)
    with tf.Session() as session:
        found = [session.run([linear, cosine, restart], {step: n}) for n in range(6)]
    np.testing.assert_allclose([f[0] for f in found], [1, 0.75, 0.5, 0.25, 0, 0], atol=1e-6)
    half = [0.5 * (1 + math.cos(math.pi * min(n, 4) / 4)) for n in range(6)]
    np.testing.assert_allclose([f[1] for f in found], half, atol=1e-6)
    np.testing.assert_allclose([f[2] for f in found], [1, 0.5, 1, 0, 0, 0], atol=1e-6)
    with pytest.raises(ValueError, match="global_step"):
        opt.get_linear_decay_fn(4)(None)


def test_averages_are_saved_in_the_variables_place(tmp_path):
    v = tf.get_variable("v", initializer=8.0)
    optimizer = opt.MovingAverageOptimizer(tf.train.GradientDescentOptimizer(1.0), 0.5)
    with pytest.raises(RuntimeError, match="before creating"):
        optimizer.swapping_saver()
    train = optimizer.minimize(2.0 * v)
    saver = optimizer.swapping_saver()
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(train)  # v is 6, its average 7
        saver.save(session, str(tmp_path / "m"), write_meta_graph=False)
    assert tf.train.load_variable(str(tmp_path), "v") == 7.0
    with pytest.raises(ValueError, match="not part of variables"):
        optimizer.swapping_saver([v])


@pytest.mark.parametrize("sparse", [False, True])
def test_variables_are_clipped(sparse):
    v = tf.get_variable("v", initializer=[[3.0, 4.0], [30.0, 40.0], [0.3, 0.4]])
    optimizer = opt.VariableClippingOptimizer(tf.train.GradientDescentOptimizer(0.0), {v: [1]}, 1.0)
    rows = tf.gather(v, [0, 2]) if sparse else v
    train = optimizer.minimize(tf.reduce_sum(rows))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(train)
        found = session.run(v)
    second = [30.0, 40.0] if sparse else [0.6, 0.8]
    np.testing.assert_allclose(found, [[0.6, 0.8], second, [0.3, 0.4]], 1e-6)


def test_zero_gradients_leave_momentum_alone():
    v, on = tf.get_variable("v", initializer=1.0), tf.placeholder(tf.float32, ())
    optimizer = opt.MultitaskOptimizerWrapper(tf.train.MomentumOptimizer(1.0, 0.5))
    train = optimizer.apply_gradients([(on * 1.0, v)])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for value, after in ((1.0, 0.0), (0.0, 0.0), (1.0, -1.5)):
            session.run(train, {on: value})
            assert session.run(v) == after
    with pytest.raises(TypeError, match="Optimizer"):
        opt.MultitaskOptimizerWrapper("optimizer")
    pairs, norm = opt.clip_gradients_by_global_norm(
        [(tf.constant([3.0, 4.0]), v), (tf.zeros(2), v), (None, v)], 1.0
    )
    with tf.Session() as session:
        np.testing.assert_allclose(session.run(pairs[0][0]), [0.6, 0.8], 1e-6)
        assert session.run(norm) == 5.0
    assert pairs[2][0] is None


class Descent(opt.ExternalOptimizerInterface):
    """Twenty steps down the gradient."""

    def _minimize(self, initial_val, loss_grad_func, step_callback, packed_bounds, **_):
        x = initial_val
        least, most = np.array(packed_bounds).T if packed_bounds else (-np.inf, np.inf)
        for _step in range(40):
            x = np.clip(x - 0.3 * loss_grad_func(x)[1], least, most)
            step_callback(x)
        return x


def test_an_optimizer_outside_of_the_graph():
    a = tf.get_variable("a", initializer=[5.0, -5.0])
    b = tf.get_variable("b", initializer=[[9.0]])
    target = tf.placeholder(tf.float32, ())
    loss = tf.reduce_sum((a - target) ** 2) + tf.reduce_sum(b**2)
    steps, losses = [], []
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        Descent(loss, var_to_bounds={b: (2.0, 10.0)}).minimize(
            session, {target: 1.0}, [loss], steps.append, losses.append
        )
        np.testing.assert_allclose(session.run(a), [1.0, 1.0], 1e-4)
        np.testing.assert_allclose(session.run(b), [[2.0]], 1e-4)
    assert len(steps) == len(losses) == 40
    assert losses[-1] < losses[0]


def test_scipy_is_named_when_it_is_missing(monkeypatch):
    a = tf.get_variable("a", initializer=[5.0, -5.0])
    interface = opt.ScipyOptimizerInterface(tf.reduce_sum(a**2), options={"maxiter": 50})
    monkeypatch.setitem(__import__("sys").modules, "scipy.optimize", None)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        with pytest.raises(ImportError, match="pip install scipy"):
            interface.minimize(session)
