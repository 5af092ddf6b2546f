"""`ResourceVariable`: which kind is made, names, methods, and training with both kinds."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.variables.resource import ResourceVariable


@pytest.fixture(autouse=True)
def session():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session
    tf.disable_resource_variables()


# --- which kind -----------------------------------------------------------------------------------
def test_variables_are_resource_variables_when_that_is_asked_for():
    assert isinstance(tf.Variable([1.0], use_resource=True), ResourceVariable)
    assert isinstance(tf.get_variable("a", [1], use_resource=True), ResourceVariable)
    assert isinstance(tf.Variable([1.0], use_resource=True), tf.Variable)
    for plain in (tf.Variable([1.0]), tf.get_variable("b", [1]), tf.Variable([1.0], False)):
        assert not isinstance(plain, ResourceVariable)


def test_the_scope_decides_where_nobody_else_does():
    with tf.variable_scope("s", use_resource=True) as scope:
        assert scope.use_resource
        assert isinstance(tf.get_variable("a", [1]), ResourceVariable)
        assert isinstance(tf.Variable([1.0]), ResourceVariable)
        assert not isinstance(tf.get_variable("b", [1], use_resource=False), ResourceVariable)
        with tf.variable_scope("inner"):
            assert isinstance(tf.get_variable("a", [1]), ResourceVariable)
        scope.set_use_resource(False)
        assert not isinstance(tf.get_variable("c", [1]), ResourceVariable)


def test_the_default_can_be_changed():
    assert not tf.resource_variables_enabled()
    tf.enable_resource_variables()
    assert tf.resource_variables_enabled()
    assert isinstance(tf.Variable([1.0]), ResourceVariable)
    assert isinstance(tf.train.create_global_step(), ResourceVariable)
    with tf.variable_scope("s", use_resource=False):
        assert not isinstance(tf.get_variable("a", [1]), ResourceVariable)
    tf.disable_resource_variables()
    assert not isinstance(tf.Variable([1.0]), ResourceVariable)


def test_creators_can_ask_for_them():
    def creator(make, **kwargs):
        return make(**{**kwargs, "use_resource": True})

    with tf.variable_creator_scope(creator):
        assert isinstance(tf.get_variable("a", [1]), ResourceVariable)


# --- what it is -----------------------------------------------------------------------------------
def test_names_and_attributes():
    v = tf.get_variable("v", initializer=[1.0, 2.0], use_resource=True)
    types = {op.name: op.type for op in v.graph.get_operations()}
    assert [n for n, t in types.items() if t != "Const"] == [
        "v", "v/IsInitialized/VarIsInitializedOp", "v/Assign", "v/Read/ReadVariableOp"
    ]  # fmt: skip
    assert (v.name, v.op.name, v.op.type) == ("v:0", "v", "VarHandleOp")
    assert v.handle.dtype is tf.resource
    assert v.dtype is tf.float32
    assert v.shape.as_list() == v.get_shape().as_list() == [2]
    assert v.initializer.name == v.create.name == "v/Assign"
    assert v.trainable
    assert repr(v) == "<tf.Variable 'v:0' shape=(2,) dtype=float32>"
    assert v.op.get_attr("shared_name") == b"v"
    assert v in tf.trainable_variables()
    assert v in tf.global_variables()


def test_each_use_is_a_read_of_its_own():
    v = tf.Variable([1.0, 2.0], use_resource=True, name="v")
    assert v.value().op.type == "ReadVariableOp"
    assert v.value() is not v.value()
    assert v.read_value().op.type == "Identity"
    assert (v + 1.0).op.inputs[0].op.type == "ReadVariableOp"
    cached = tf.Variable([1.0], use_resource=True, caching_device="/cpu:0")
    assert cached.value() is cached.value()


def test_changes_give_the_variable_behind_them(session):
    v = tf.Variable([1.0, 2.0], use_resource=True)
    session.run(v.initializer)
    changed = v.assign_add([1.0, 1.0])
    assert isinstance(changed, tf.Variable)
    assert changed.op.type == "AssignAddVariableOp"
    assert changed.handle is v.handle
    assert changed.value().op.control_inputs == [changed.op]
    assert repr(changed) == "<tf.Variable 'AssignAddVariableOp' shape=(2,) dtype=float32>"
    assert session.run(changed.assign_add([1.0, 1.0])).tolist() == [2.0, 3.0]
    assert session.run(changed).tolist() == [3.0, 4.0]
    assert v.assign([0.0, 0.0], read_value=False).type == "AssignVariableOp"


def test_values_in_and_out_without_nodes(session):
    v = tf.Variable([1.0, 2.0], use_resource=True)
    session.run(v.initializer)
    count = len(v.graph.get_operations())
    v.load([5.0, 6.0], session)
    assert v.eval(session).tolist() == [5.0, 6.0]
    assert session.run(v, {v: [7.0, 8.0]}).tolist() == [7.0, 8.0]
    assert len(v.graph.get_operations()) == count


def test_initial_values_of_other_variables(session):
    a = tf.Variable([1.0, 2.0], use_resource=True, name="a")
    b = tf.Variable(a * 2.0, use_resource=True, name="b")
    c = tf.Variable(b + a.initialized_value(), name="c")
    session.run(tf.global_variables_initializer())
    assert [x.tolist() for x in session.run([a, b, c])] == [[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]]


def test_misuse():
    v = tf.Variable([1.0, 2.0], use_resource=True)
    with pytest.raises(ValueError):
        v.assign([1.0])
    with pytest.raises(ValueError):
        v.assign(tf.constant([1, 2]))
    with pytest.raises(RuntimeError, match="assign_add"):
        v += 1.0
    with pytest.raises(NotImplementedError):
        v.set_shape([2])
    with pytest.raises(TypeError, match="not IndexedSlices"):
        v.scatter_add(3.0)
    with pytest.raises(TypeError):
        v.count_up_to(3)
    with pytest.raises(TypeError):
        bool(v)
    with pytest.raises(TypeError):
        iter(v)
    with pytest.raises(ValueError, match="not compatible"):
        tf.Variable([1.0, 2.0], use_resource=True, shape=[3])
    with pytest.raises(ValueError, match="initial_value must be specified"):
        tf.Variable(use_resource=True)


def test_counting_ends_at_the_limit(session):
    v = tf.Variable(0, use_resource=True)
    session.run(v.initializer)
    up = v.count_up_to(2)
    assert [session.run(up), session.run(up)] == [0, 1]
    with pytest.raises(tf.errors.OutOfRangeError, match="Reached limit of 2"):
        session.run(up)
    assert session.run(v) == 2


def test_variables_made_inside_a_body_live_outside(session):
    def body(i):
        v = tf.Variable(lambda: tf.constant(2), use_resource=True, name="inside")
        return i + v

    loop = tf.while_loop(lambda i: i < 5, body, [0])
    session.run(tf.global_variables_initializer())
    assert session.run(loop) == 6
    with pytest.raises(ValueError, match="use a lambda"):
        tf.while_loop(lambda i: i < 5, lambda i: tf.Variable(i, use_resource=True) + 1, [0])


def test_pieces_can_be_resource_variables(session):
    split = tf.fixed_size_partitioner(2)
    v = tf.get_variable("p", initializer=tf.ones([4, 2]), partitioner=split, use_resource=True)
    assert all(isinstance(piece, ResourceVariable) for piece in v)
    rows = tf.nn.embedding_lookup(v, [0, 3], partition_strategy="div")
    train = tf.train.GradientDescentOptimizer(0.5).minimize(tf.reduce_sum(rows))
    session.run(tf.global_variables_initializer())
    session.run(train)
    assert session.run(tf.convert_to_tensor(v))[:, 0].tolist() == [0.5, 1.0, 1.0, 0.5]


# --- gradients and training -----------------------------------------------------------------------
def test_gradients_find_a_variable_by_its_handle(session):
    v, w = (tf.Variable([1.0, 2.0], use_resource=True) for _ in range(2))
    session.run(tf.global_variables_initializer())
    loss = tf.reduce_sum(v * v * 3.0) + tf.reduce_sum(tf.gather(v, [0]))
    assert tf.gradients(loss, w) == [None]
    assert session.run(tf.gradients(loss, [v.handle]))[0].tolist() == [7.0, 12.0]
    zero = tf.gradients(loss, w, unconnected_gradients="zero")
    assert session.run(zero)[0].tolist() == [0.0, 0.0]
    assert session.run(tf.gradients(v, v))[0].tolist() == [1.0, 1.0]


def test_custom_gradients_are_told_of_them(session):
    with tf.variable_scope("s", use_resource=True):

        @tf.custom_gradient
        def doubled(x):
            w = tf.get_variable("w", initializer=3.0)
            y = x * w

            def grad(dy, variables=None):
                return dy * 10.0, [dy * 20.0 for _ in variables]

            return y, grad

        x = tf.constant(2.0)
        y = doubled(x)
    w = tf.global_variables()[0]
    session.run(w.initializer)
    assert session.run(tf.gradients(y, [x, w])) == [10.0, 20.0]


def test_gradients_through_nested_bodies_are_those_of_the_other_kind(session):
    def through(v):
        def inner(j, y):
            return j + 1, tf.cond(j < 1, lambda: y * v, lambda: y + tf.gather(v, [1, 0]) * v)

        def outer(i, y):
            return i + 1, tf.while_loop(lambda j, _: j < 2, inner, [0, y])[1] * v

        return tf.while_loop(lambda i, _: i < 2, outer, [0, tf.ones([2], tf.float64)])[1]

    found = []
    for resource in (False, True):
        v = tf.Variable(np.array([1.5, -0.5]), use_resource=resource)
        session.run(v.initializer)
        y = through(v)
        first = tf.gradients(y, v)[0]
        found.append(session.run([y, first, tf.gradients(first, v)[0]]))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-12)


def test_a_body_may_train(session):
    v = tf.Variable([1.0, 2.0], use_resource=True)
    optimizer = tf.train.AdamOptimizer(0.1)

    def body(i):
        grads = tf.gradients(tf.reduce_sum(v * v), v)
        with tf.control_dependencies([optimizer.apply_gradients(zip(grads, [v]))]):
            return i + 1

    loop = tf.while_loop(lambda i: i < 3, body, [0])
    session.run(tf.global_variables_initializer())
    session.run(loop)
    np.testing.assert_allclose(session.run(v), [0.7, 1.7], atol=0.01)
    (power,) = [p for p in optimizer.variables() if p.op.name.endswith("beta1_power")]
    assert session.run(power) == pytest.approx(0.9**4)


OPTIMIZERS = [
    lambda t: t.GradientDescentOptimizer(0.1), lambda t: t.MomentumOptimizer(0.1, 0.9, True),
    lambda t: t.AdamOptimizer(0.1), lambda t: t.RMSPropOptimizer(0.1, centered=True),
    lambda t: t.AdagradOptimizer(0.1), lambda t: t.AdadeltaOptimizer(0.1),
    lambda t: t.FtrlOptimizer(0.1, l2_shrinkage_regularization_strength=0.1),
    lambda t: t.ProximalGradientDescentOptimizer(0.1, 0.01, 0.01),
    lambda t: t.ProximalAdagradOptimizer(0.1, l1_regularization_strength=0.01),
    lambda t: t.AdagradDAOptimizer(0.1, tf.train.get_or_create_global_step()),
]  # fmt: skip


@pytest.mark.parametrize("make", OPTIMIZERS)
@pytest.mark.parametrize("sparse", [False, True])
def test_both_kinds_of_variables_learn_the_same(make, sparse):
    learnt = []
    for resource in (False, True):
        with tf.Graph().as_default(), tf.Session() as session:
            with tf.variable_scope("", use_resource=resource):
                w = tf.get_variable("w", initializer=np.float32([[1, 2], [3, 4], [5, 6]]))
                step = tf.train.get_or_create_global_step()
            loss = tf.reduce_sum(tf.square(tf.gather(w, [2, 0, 2]) if sparse else w))
            optimizer = make(tf.train)
            train = optimizer.minimize(loss, global_step=step)
            session.run(tf.global_variables_initializer())
            for _ in range(3):
                session.run(train)
            slots = [optimizer.get_slot(w, n) for n in optimizer.get_slot_names()]
            assert all(isinstance(s, ResourceVariable) == resource for s in slots)
            learnt.append(session.run([w, step, *slots]))
    assert learnt[0][1] == 3
    for ref, resource in zip(*learnt):
        np.testing.assert_array_equal(ref, resource)


def test_an_optimizer_may_have_methods_for_them(session):
    class Mine(tf.train.Optimizer):
        def __init__(self):
            super().__init__(False, "Mine")

        def _resource_apply_dense(self, grad, handle):
            return handle.assign_sub(grad, read_value=False)

        def _resource_apply_sparse(self, grad, handle, indices):
            return tf.raw_ops.ResourceScatterSub(handle.handle, indices, grad)

    v, w = (tf.Variable([1.0, 2.0], use_resource=True) for _ in range(2))
    train = Mine().minimize(tf.reduce_sum(v) + tf.reduce_sum(tf.gather(w, [1, 1])))
    session.run(tf.global_variables_initializer())
    session.run(train)
    assert [x.tolist() for x in session.run([v, w])] == [[0.0, 1.0], [1.0, 0.0]]


def test_constraints_are_applied(session):
    v = tf.Variable(
        [1.0, 2.0], use_resource=True, constraint=lambda x: tf.clip_by_value(x, 0.5, 1.5)
    )
    train = tf.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_sum(v))
    session.run(tf.global_variables_initializer())
    session.run(train)
    np.testing.assert_allclose(session.run(v), [0.9, 1.5], rtol=1e-6)


@pytest.mark.parametrize("zero_debias", [False, True])
def test_moving_averages(session, zero_debias):
    v = tf.Variable([1.0], use_resource=True)
    average = tf.train.ExponentialMovingAverage(0.5, zero_debias=zero_debias)
    track = average.apply([v] if not zero_debias else [v * 1.0, v])
    session.run(tf.global_variables_initializer())
    session.run(v.assign([3.0]))
    session.run(track)
    assert session.run(average.average(v)).tolist() == [2.0]


def test_dual_averages_leave_small_weights_at_zero(session):
    v = tf.Variable([1.0, 1.0])
    step = tf.train.get_or_create_global_step()
    optimizer = tf.train.AdagradDAOptimizer(0.1, step, l1_regularization_strength=0.5)
    train = optimizer.minimize(tf.reduce_sum(v * [0.1, 2.0]), global_step=step)
    session.run(tf.global_variables_initializer())
    session.run(train)
    # -lr (g - l1) / sqrt(0.1 + g g)
    np.testing.assert_allclose(session.run(v), [0.0, -0.15 / np.sqrt(4.1)], rtol=1e-5)


@pytest.mark.parametrize(
    "make",
    [
        lambda: tf.train.ProximalAdagradOptimizer(0.1, initial_accumulator_value=0.0),
        lambda: tf.train.AdagradDAOptimizer(0.1, 0, initial_gradient_squared_accumulator_value=0.0),
    ],
)
def test_accumulators_start_above_zero(make):
    with pytest.raises(ValueError, match="must be positive: 0.0"):
        make()
