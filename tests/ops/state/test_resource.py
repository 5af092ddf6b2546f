"""Resource variables' ops: snapshots, writes in place, order, errors, and what a failure leaves."""

import threading

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.runtime.store import ResourceCell

raw = tf.raw_ops


@pytest.fixture(autouse=True)
def session():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


@pytest.fixture
def v(session):
    variable = tf.Variable([1.0, 2.0], use_resource=True, name="v")
    session.run(variable.initializer)
    return variable


CHANGES = {
    "assign": lambda v: v.assign([5.0, 6.0], read_value=False),
    "assign_add": lambda v: v.assign_add([4.0, 4.0], read_value=False),
    "scatter": lambda v: raw.ResourceScatterAdd(v.handle, [0, 1], [4.0, 4.0]),
    "scatter_nd": lambda v: raw.ResourceScatterNdUpdate(v.handle, [[0], [1]], [5.0, 6.0]),
    "slice": lambda v: v[:].assign([5.0, 6.0]).op,
    "descent": lambda v: raw.ResourceApplyGradientDescent(v.handle, 1.0, [-4.0, -4.0]),
    "rows": lambda v: raw.ResourceSparseApplyProximalGradientDescent(
        v.handle, 1.0, 0.0, 0.0, [[-4.0], [-4.0]], [0, 1]
    ),
}


# --- values are snapshots -------------------------------------------------------------------------
@pytest.mark.parametrize("name", CHANGES)
def test_what_was_read_stays_as_it_is(session, name):
    v = tf.Variable([[1.0], [2.0]] if name == "rows" else [1.0, 2.0], use_resource=True)
    session.run(v.initializer)
    read = v.value()
    view = tf.reshape(read, [2])  # which shares the memory of what was read
    with tf.control_dependencies([view]):
        change = CHANGES[name](v)
    with tf.control_dependencies([change]):
        behind = tf.reshape(v.value(), [2])
        late = view * 1.0
    values = session.run([view, late, behind])
    assert [x.tolist() for x in values] == [[1.0, 2.0], [1.0, 2.0], [5.0, 6.0]]


@pytest.mark.parametrize("name", sorted(set(CHANGES) - {"rows"}))
def test_a_write_is_in_place_when_nobody_holds_what_was_read(session, v, name):
    cell = session.run(v.handle)
    memory = cell.value.__array_interface__["data"]
    with tf.control_dependencies([v.value() * 2.0]):  # which is over before the write
        change = CHANGES[name](v)
    for _ in range(3):
        session.run(change)
    assert cell.value.__array_interface__["data"] == memory


def test_a_training_step_is_in_place(session, v):
    train = tf.train.MomentumOptimizer(0.1, 0.9).minimize(tf.reduce_sum(tf.square(v)))
    session.run(tf.global_variables_initializer())
    cell = session.run(v.handle)
    memory = cell.value.__array_interface__["data"]
    session.run(train)
    session.run(train)
    assert cell.value.__array_interface__["data"] == memory


def test_a_fetched_value_is_the_callers_own(session, v):
    for fetch in (v, v.value(), v.read_value(), v.assign_add([0.0, 0.0]), tf.identity(v)):
        session.run(fetch)[0] = 99.0
        assert session.run(v).tolist() == [1.0, 2.0]
    session.run(v.value())[0] = 99.0
    assert session.run(v).tolist() == [1.0, 2.0]


def test_an_assigned_array_stays_the_callers_own(session, v):
    value, given = np.array([5.0, 6.0], np.float32), tf.placeholder(tf.float32, [2])
    session.run(v.assign(given), {given: value})
    session.run(v.assign_add([1.0, 1.0]))
    assert value.tolist() == [5.0, 6.0]


def test_a_variable_may_be_assigned_what_shares_its_memory(session, v):
    assert session.run(v.assign(v[::-1])).tolist() == [2.0, 1.0]
    assert session.run(v.assign_add(v)).tolist() == [4.0, 2.0]
    assert session.run(v[0:1].assign(v[1:2])).tolist() == [2.0, 2.0]


def test_constants_are_not_written(session):
    c = tf.constant([1.0, 2.0])
    v = tf.Variable(c, use_resource=True)
    session.run(v.initializer)
    session.run(v.assign_add([1.0, 1.0]))
    assert session.run([c, v.initial_value])[0].tolist() == [1.0, 2.0]


# --- order ----------------------------------------------------------------------------------------
def test_reads_and_writes_keep_the_order_that_control_dependencies_give(session, v):
    before = v + 0.0
    with tf.control_dependencies([v.assign([10.0, 10.0])]):
        first = v.read_value() + 0.0
    with tf.control_dependencies([first]):
        added = v.assign_add([5.0, 5.0])
    with tf.control_dependencies([added]):
        last = v.read_value() + 0.0
    assert np.array(session.run([before, first, last]))[:, 0].tolist() == [1.0, 10.0, 15.0]


def test_a_read_that_depends_on_no_write_comes_before_it(session, v):
    write = v.assign([7.0, 7.0])
    read = v.read_value()
    assert session.run([write, read])[1].tolist() == [1.0, 2.0]
    assert session.run([v.assign_add([1.0, 1.0]).op, v])[1].tolist() == [7.0, 7.0]


def test_waiting_for_a_variable_does_not_read_it(session):
    w = tf.Variable([1.0], use_resource=True)
    with tf.control_dependencies([w]):
        x = tf.constant(3.0) * 2.0
    assert session.run(x) == 6.0
    changed = w.assign([2.0])
    with tf.control_dependencies([changed]):
        assert tf.no_op().control_inputs == [changed.op]


def test_bodies_see_the_writes_of_earlier_iterations(session, v):
    def body(i, total):
        with tf.control_dependencies([v.assign_add([1.0, 1.0], read_value=False)]):
            return i + 1, total + v.read_value()

    _, total = tf.while_loop(lambda i, _: i < 3, body, [0, tf.zeros([2])])
    assert session.run(total).tolist() == [9.0, 12.0]
    assert session.run(v).tolist() == [4.0, 5.0]


def test_values_that_a_loop_hands_on_are_snapshots(session, v):
    def body(i, before):
        read = v.read_value()
        with tf.control_dependencies([read, before]):
            with tf.control_dependencies([v.assign_add([1.0, 1.0], read_value=False)]):
                return i + 1, tf.identity(read)

    _, last = tf.while_loop(lambda i, _: i < 3, body, [0, v.value()])
    assert session.run(last).tolist() == [3.0, 4.0]


def test_branches_may_give_variables_and_changes(session, v):
    yes = tf.placeholder(tf.bool, [])
    value = tf.cond(yes, lambda: v.assign_add([1.0, 1.0]), lambda: v)
    done = tf.cond(yes, lambda: v.assign([0.0, 0.0]).op, lambda: tf.no_op())
    assert session.run(value, {yes: False}).tolist() == [1.0, 2.0]
    assert session.run(value, {yes: True}).tolist() == [2.0, 3.0]
    session.run(done, {yes: False})
    assert session.run(v).tolist() == [2.0, 3.0]
    session.run(done, {yes: True})
    assert session.run(v).tolist() == [0.0, 0.0]


def test_a_read_never_sees_half_of_a_write():
    with tf.Graph().as_default():
        v = tf.Variable(tf.zeros([200_000]), use_resource=True)
        add = v.assign_add(tf.ones([200_000]), read_value=False)
        with tf.Session() as session:
            session.run(v.initializer)
            torn, stop = [], threading.Event()

            def read():
                while not stop.is_set():
                    value = session.run(v)
                    if value[0] != value[-1]:
                        torn.append(value)

            reader = threading.Thread(target=read)
            reader.start()
            for _ in range(50):
                session.run(add)
            stop.set()
            reader.join()
            assert not torn
            assert session.run(v)[7] == 50.0


# --- errors ---------------------------------------------------------------------------------------
def test_what_is_not_initialised_is_named_with_the_way_out(session):
    w = tf.Variable([1.0], use_resource=True, name="w")
    fetches = [
        w, w + 1.0, w.assign_add([1.0]), tf.scatter_add(w, [0], [1.0]), tf.gather(w, [0]),
        w.gather_nd([[0]]), w[0:1].assign([1.0]), raw.VariableShape(w.handle),
        raw.ResourceApplyGradientDescent(w.handle, 1.0, [1.0]),
    ]  # fmt: skip
    for fetch in fetches:
        with pytest.raises(tf.errors.FailedPreconditionError) as error:
            session.run(fetch)
        assert str(error.value).startswith("Error while reading resource variable w from")
        assert "sess.run(tf.global_variables_initializer())" in str(error.value)
        assert error.value.op.graph is w.graph
    assert not session.run(w.is_initialized())
    assert session.run(tf.report_uninitialized_variables()).tolist() == [b"w"]


def test_a_variable_can_be_destroyed(session, v):
    session.run(raw.DestroyResourceOp(v.handle))
    assert not session.run(v.is_initialized())
    session.run(raw.DestroyResourceOp(v.handle))
    with pytest.raises(tf.errors.NotFoundError, match=r"localhost/v does not exist"):
        session.run(raw.DestroyResourceOp(v.handle, ignore_lookup_error=False))
    session.run(v.initializer)
    assert session.run(v).tolist() == [1.0, 2.0]


BAD_RUNS = [
    (lambda v, u: v.assign(u), [1.0], r"wrong shape. Expected \[2\] got \[1\]"),
    (lambda v, u: v.assign_add(u), [1.0], r"must be the same size, got \[2\] and \[1\]"),
    (lambda v, u: raw.ResourceScatterAdd(v.handle, [0, 5], u), [1.0, 1.0], "not in"),
    (lambda v, u: raw.ResourceScatterUpdate(v.handle, [0], u), [1.0, 1.0], "updates.shape"),
    (lambda v, u: raw.ResourceScatterNdAdd(v.handle, [[0], [9]], u), [1.0, 1.0], "does not index"),
    (lambda v, u: v[0:1].assign(u), [1.0, 1.0], "must fit the slice"),
    (lambda v, u: raw.ResourceApplyGradientDescent(v.handle, 1.0, u), [1.0], "same shape"),
    (lambda v, u: tf.gather(v, tf.cast(u, tf.int32)), [9.0], r"= 9 is not in \[0, 2\)"),
    (lambda v, u: v.gather_nd(tf.cast([u], tf.int32)), [9.0], "does not index"),
]


@pytest.mark.parametrize(("build", "update", "message"), BAD_RUNS)
def test_a_failed_run_leaves_the_variable_as_it_was(session, v, build, update, message):
    u = tf.placeholder(tf.float32)
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        session.run(build(v, u), {u: update})
    assert session.run(v).tolist() == [1.0, 2.0]


BAD_GRAPHS = [
    lambda h: raw.ReadVariableOp(h, dtype=tf.int32),
    lambda h: raw.AssignVariableOp(h, tf.constant([1.0, 2.0, 3.0])),
    lambda h: raw.AssignVariableOp(h, tf.constant([1, 2])),
    lambda h: raw.AssignAddVariableOp(h, tf.constant([[1.0, 2.0]])),
    lambda h: raw.ResourceGather(h, [0], dtype=tf.float32, batch_dims=-1),
    lambda h: raw.ResourceGather(h, [0], dtype=tf.float32, batch_dims=2),
    lambda h: raw.ResourceGatherNd(h, [[0, 0]], dtype=tf.float32),
    lambda h: raw.ResourceScatterAdd(h, [0, 1], [1.0]),
    lambda h: raw.ResourceScatterNdAdd(h, [[0], [1]], [1.0]),
    lambda h: raw.ResourceCountUpTo(h, limit=3, T=tf.int32),
    lambda h: raw.ResourceApplyGradientDescent(h, 1.0, [1.0]),
    lambda h: raw.ResourceApplyGradientDescent(h, [1.0], [1.0, 1.0]),
    lambda h: raw.ResourceSparseApplyProximalGradientDescent(h, 1.0, 0.0, 0.0, [1.0], [[0]]),
]


@pytest.mark.parametrize("build", BAD_GRAPHS)
def test_what_does_not_fit_is_an_error_when_it_is_built(v, build):
    count = len(v.graph.get_operations())
    with pytest.raises(ValueError):
        build(v.handle)
    added = [op.type for op in v.graph.get_operations()[count:]]
    assert set(added) <= {"Const"}


def test_a_mutable_tensor_is_no_handle_and_a_handle_no_mutable_tensor(v):
    ref = tf.Variable([1.0])
    with pytest.raises(TypeError, match="mutable tensor"):
        raw.Assign(v, [1.0, 2.0])
    with pytest.raises((TypeError, ValueError)):
        raw.ReadVariableOp(ref, dtype=tf.float32)


def test_one_name_is_one_variable_in_a_session(session):
    a = raw.VarHandleOp(dtype=tf.float32, shape=[1], shared_name="shared")
    b = raw.VarHandleOp(dtype=tf.float32, shape=[1], shared_name="shared")
    session.run(raw.AssignVariableOp(a, [3.0]))
    assert session.run(raw.ReadVariableOp(b, dtype=tf.float32)).tolist() == [3.0]
    other = raw.VarHandleOp(dtype=tf.int32, shape=[1], shared_name="shared")
    with pytest.raises(tf.errors.InvalidArgumentError, match="exists already"):
        session.run(raw.ReadVariableOp(other, dtype=tf.int32))


def test_sessions_hold_values_of_their_own(session, v):
    with tf.Session() as other:
        assert not other.run(v.is_initialized())
        other.run(v.initializer)
        other.run(v.assign([7.0, 7.0]))
        assert session.run(v).tolist() == [1.0, 2.0]


# --- static shapes --------------------------------------------------------------------------------
def test_what_is_read_has_the_shape_of_the_handle_wherever_it_comes_from(v):
    assert tf.identity(v.handle).dtype is tf.resource
    through = raw.ReadVariableOp(tf.identity(v.handle), dtype=tf.float32)
    assert through.shape.as_list() == [2]
    inside = tf.cond(tf.constant(True), lambda: v.read_value(), lambda: v + 1.0)
    assert inside.shape.as_list() == [2]
    unknown = tf.placeholder(tf.resource, [])
    assert raw.ReadVariableOp(unknown, dtype=tf.float32).shape.rank is None
    assert raw.VariableShape(unknown).shape.as_list() == [None]


def test_a_variable_of_unknown_shape_may_change_its_shape(session):
    x = tf.placeholder(tf.float32, [None])
    v = tf.Variable(x, use_resource=True)
    session.run(v.initializer, {x: [1.0]})
    assert v.shape.as_list() == [None]
    session.run(v.assign([1.0, 2.0, 3.0]))
    assert session.run(raw.VariableShape(v.handle)).tolist() == [3]
    assert session.run(tf.gradients(tf.gather(v, [1]), v)[0]).dense_shape.tolist() == [3]


# --- mutable tensors of one run -------------------------------------------------------------------
def test_temporary_variables(session):
    def make():
        ref = raw.TemporaryVariable(shape=[2], dtype=tf.float32, var_name="t")
        return raw.AssignAdd(raw.Assign(ref, [1.0, 2.0]), [1.0, 1.0])

    value = raw.DestroyTemporaryVariable(make(), var_name="t")
    for _ in range(2):
        assert session.run(value).tolist() == [2.0, 3.0]
    with pytest.raises(tf.errors.NotFoundError, match="'u'"):
        session.run(raw.DestroyTemporaryVariable(make(), var_name="u"))
    with pytest.raises(tf.errors.InvalidArgumentError, match="fully defined"):
        session.run(tf.identity(raw.TemporaryVariable(shape=[None], dtype=tf.float32)))


def test_the_oldest_kind_of_variable(session):
    ref = raw.Variable(shape=[2], dtype=tf.float32, name="old")
    assert ref.shape.as_list() == [2]
    assert raw.Variable(shape=[], dtype=tf.float32).shape.rank is None
    session.run(tf.assign(ref, [1.0, 2.0]))
    assert session.run(tf.assign_add(ref, [1.0, 1.0])).tolist() == [2.0, 3.0]


def test_scatter_nd_non_aliasing_add_leaves_its_input(session, v):
    read = v.value()
    total = raw.ScatterNdNonAliasingAdd(read, [[0], [0]], [1.0, 1.0])
    assert [x.tolist() for x in session.run([total, read])] == [[3.0, 2.0], [1.0, 2.0]]
    u = tf.placeholder(tf.float32)
    with pytest.raises(tf.errors.InvalidArgumentError, match="does not index"):
        session.run(raw.ScatterNdNonAliasingAdd(v, [[7]], u), {u: [1.0]})


def test_a_cell_counts_who_holds_its_memory():
    cell = ResourceCell("c", tf.float32, tf.TensorShape([3]))
    cell.assign([1.0, 2.0, 3.0])
    own = id(cell.value)
    cell.writable()[0] = 5.0
    assert id(cell.value) == own
    view = cell.read()[1:]
    cell.writable()[1] = 7.0
    assert id(cell.value) != own
    assert view.tolist() == [2.0, 3.0]
    assert cell.read().tolist() == [5.0, 7.0, 3.0]
