"""Updates in machine code: they give what the reference kernels give, and touch nothing else."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.core import kernel_registry, op_def
from flowgraph.kernels.jit import engine, updates
from flowgraph.runtime import blas
from flowgraph.runtime.store import ResourceCell, VariableCell

pytestmark = pytest.mark.skipif(not engine.is_available(), reason="needs llvmlite")
DENSE = [t for t in updates._TYPES if "Apply" in t and "Sparse" not in t]
SPARSE = [t for t in updates._TYPES if "SparseApply" in t]
SCATTER = [t for t in updates._TYPES if "Scatter" in t]
SHAPE = (130, 33)
NUMBERS = {"lr_power": -0.5, "l1": 0.25, "epsilon": 1e-7, "global_step": 3}


def node(op_type, dtype, shape):
    """An operation whose inputs are placeholders, but for lr_power; and what kind each input is."""
    definition = op_def.get(op_type)
    given, kinds = [], []
    for arg in definition.inputs:
        if arg.is_ref:
            given.append(tf.Variable(np.zeros(shape, dtype), use_resource=False)._ref())
            kinds.append("state")
        elif arg.dtype is tf.resource:
            given.append(tf.Variable(np.zeros(shape, dtype), use_resource=True).handle)
            kinds.append("state")
        elif arg.name == "lr_power":
            given.append(tf.constant(NUMBERS[arg.name], dtype))
            kinds.append(arg.name)
        else:
            kind = {"indices": tf.int32, "global_step": tf.int64}.get(arg.name, dtype)
            given.append(tf.placeholder(kind))
            kinds.append("grad" if arg.name in ("grad", "delta", "value", "updates") else arg.name)
    made = definition(*given)
    return getattr(made, "op", made), kinds


def both(operation):
    """(the kernel in machine code, compiled; the reference kernel)."""
    context = tf.Session()._context(operation)
    library, bind = kernel_registry.choose(context, ("jit",))
    assert library == "jit"
    kernel = bind(context)
    calls = [kernel._loop.ready() for _ in range(8)]
    assert calls[-1] is not None
    return kernel, operation.op_def.bind(context)


def cell(value, resource):
    dtype = tf.as_dtype(value.dtype)
    made = (ResourceCell if resource else VariableCell)("v", dtype, tf.TensorShape(value.shape))
    made.value = value.copy()
    return made


def inputs(kinds, dtype, shape, indices, seed=0):
    rng = np.random.default_rng(seed)
    given = []
    for kind in kinds:
        if kind == "state":  # the accumulators are to be positive
            given.append(rng.uniform(0.5, 2.0, shape).astype(dtype))
        elif kind == "grad":
            inner = shape if indices is None else (*indices.shape, *shape[1:])
            given.append(rng.standard_normal(inner).astype(dtype))
        elif kind == "indices":
            given.append(indices)
        elif kind == "global_step":
            given.append(np.array(3, np.int64))
        else:
            given.append(np.array(NUMBERS.get(kind, rng.uniform(0.1, 0.9)), dtype))
    return given


def run(kernel, kinds, given, resource):
    cells = [cell(v, resource) for k, v in zip(kinds, given, strict=True) if k == "state"]
    rest = [v for k, v in zip(kinds, given, strict=True) if k != "state"]
    with np.errstate(all="ignore"):
        assert kernel(*cells, *rest) is cells[0]
    return [c.value for c in cells]


def check(op_type, dtype=np.float32, shape=SHAPE, indices=None, change=None):
    with tf.Graph().as_default():
        operation, kinds = node(op_type, dtype, shape)
        fast, reference = both(operation)
        given = inputs(kinds, dtype, shape, indices)
        if change:
            change(kinds, given)
        fast._reference = None  # the loop has to do it
        resource = op_type.startswith("Resource") or "VariableOp" in op_type
        came, wanted = (run(k, kinds, given, resource) for k in (fast, reference))
        rtol = 2e-6 if dtype == np.float32 else 1e-12
        for a, b in zip(came, wanted, strict=True):
            assert a.dtype == b.dtype
            np.testing.assert_allclose(a, b, rtol, 1e-6 if dtype == np.float32 else 1e-13)


INDICES = np.array([3, 49, 0, 3, 7, 3], np.int32)


@pytest.mark.parametrize("op_type", DENSE)
def test_whole_variables(op_type):
    check(op_type)


@pytest.mark.parametrize("op_type", SPARSE)
def test_rows_of_which_some_come_twice(op_type):
    check(op_type, indices=INDICES)


@pytest.mark.parametrize("op_type", SCATTER)
def test_scattered_rows(op_type):
    check(op_type, indices=INDICES.reshape(3, 2))


@pytest.mark.parametrize("op_type", [t for t in updates._TYPES if "Assign" in t])
def test_assign_add_and_sub(op_type):
    check(op_type, shape=((1 << 19) + 3,))


@pytest.mark.parametrize("op_type", ["ApplyAdam", "ResourceApplyMomentum", "ApplyRMSProp"])
def test_float64(op_type):
    check(op_type, np.float64)


def test_flags():
    for op_type, flag, value in [
        ("ApplyMomentum", "use_nesterov", True),
        ("ApplyAdam", "use_nesterov", True),
        ("ApplyAdagrad", "update_slots", False),
    ]:
        definition = op_def.get(op_type)
        with tf.Graph().as_default():
            operation, kinds = node(op_type, np.float32, SHAPE)
            inputs_of = list(operation.inputs)
            made = definition(*inputs_of, **{flag: value})
            fast, reference = both(made.op)
            fast._reference = None
            given = inputs(kinds, np.float32, SHAPE, None)
            for a, b in zip(
                run(fast, kinds, given, False), run(reference, kinds, given, False), strict=True
            ):
                np.testing.assert_array_equal(a, b)


def test_nan_and_infinities():
    def change(kinds, given):
        grad = given[kinds.index("grad")]
        grad[0, :4] = np.nan, np.inf, -np.inf, 0.0

    check("ApplyAdam", change=change)
    check("SparseApplyAdagrad", indices=INDICES, change=change)
    check("ApplyAdaMax", change=change)


def test_a_rule_that_looks_at_a_number_needs_it_known():
    with tf.Graph().as_default(), tf.Session() as session:
        operation, _ = node("ApplyFtrl", np.float32, SHAPE)
        unknown = [*list(operation.inputs)[:-1], tf.placeholder(np.float32, [])]
        made = op_def.get("ApplyFtrl")(*unknown)
        assert kernel_registry.choose(session._context(made.op), ("jit",))[0] != "jit"


def test_other_dtypes_stay_with_the_reference():
    with tf.Graph().as_default(), tf.Session() as session:
        operation, _ = node("ApplyMomentum", np.float16, SHAPE)
        assert kernel_registry.choose(session._context(operation), ("jit",))[0] != "jit"


# --- what shares memory ---------------------------------------------------------------------------
def prepared(op_type, shape=(64, 64), indices=None):
    operation, kinds = node(op_type, np.float32, shape)
    fast, reference = both(operation)
    return fast, reference, kinds, inputs(kinds, np.float32, shape, indices)


def test_a_gradient_in_the_variables_own_memory():
    with tf.Graph().as_default():
        fast, _, _, (value, alpha, _) = prepared("ApplyGradientDescent")
        fast._reference = None
        variable = cell(value, False)
        fast(variable, alpha, variable.value.T)
        np.testing.assert_array_equal(variable.value, value - alpha * value.T)
        variable = cell(value, False)
        fast(variable, alpha, variable.value[::-1])
        np.testing.assert_array_equal(variable.value, value - alpha * value[::-1])


def test_a_rate_that_is_a_view_of_the_variable():
    with tf.Graph().as_default():
        fast, _, _, (value, _, grad) = prepared("ApplyGradientDescent")
        fast._reference = None
        variable = cell(value, False)
        fast(variable, variable.value[0, 0:1].reshape(()), grad)
        np.testing.assert_array_equal(variable.value, value - value[0, 0] * grad)


def test_one_variable_in_two_places_is_the_references():
    with tf.Graph().as_default():
        fast, reference, _, (value, _, lr, grad, momentum) = prepared("ApplyMomentum")
        came, wanted = cell(value, False), cell(value, False)
        fast(came, came, lr, grad, momentum)
        reference(wanted, wanted, lr, grad, momentum)
        np.testing.assert_array_equal(came.value, wanted.value)


def test_what_was_read_of_a_resource_stays():
    with tf.Graph().as_default():
        fast, _, _, (value, alpha, grad) = prepared("ResourceApplyGradientDescent")
        variable = cell(value, True)
        before = variable.read()
        fast(variable, alpha, grad)
        np.testing.assert_array_equal(before, value)
        assert not np.array_equal(variable.value, value)


def test_misaligned_and_strided_gradients():
    with tf.Graph().as_default():
        fast, _, _, (value, alpha, grad) = prepared("ApplyGradientDescent")
        fast._reference = None
        raw = np.empty(grad.nbytes + 1, np.uint8)
        crooked = raw[1:].view(np.float32).reshape(grad.shape)
        crooked[...] = grad
        wide = np.repeat(grad, 2, axis=1)[:, ::2]
        for given in (crooked, wide, np.asfortranarray(grad)):
            variable = cell(value, False)
            fast(variable, alpha, given)
            np.testing.assert_array_equal(variable.value, value - alpha * grad)


# --- what is wrong --------------------------------------------------------------------------------
@pytest.mark.parametrize("dtype", [np.int32, np.int64])
@pytest.mark.parametrize("wrong", [-1, 64, np.iinfo(np.int32).min])
def test_a_wrong_index_changes_nothing(wrong, dtype):
    indices = np.array([1, wrong, 2], dtype)
    with tf.Graph().as_default():
        for op_type in ("ScatterSub", "SparseApplyMomentum"):
            operation, kinds = node(op_type, np.float32, (64, 64))
            attrs = {"Tindices": tf.as_dtype(dtype)}
            given = list(operation.inputs)
            given[kinds.index("indices")] = tf.placeholder(dtype)
            fast, _ = both(op_def.get(op_type)(*given, **attrs).op)
            values = inputs(kinds, np.float32, (64, 64), indices)
            cells = [cell(v, False) for k, v in zip(kinds, values, strict=True) if k == "state"]
            rest = [v for k, v in zip(kinds, values, strict=True) if k != "state"]
            with pytest.raises(tf.errors.InvalidArgumentError, match=f"{wrong}"):
                fast(*cells, *rest)
            for made, value in zip(cells, values, strict=False):
                np.testing.assert_array_equal(made.value, value)


def test_wrong_shapes_and_no_value_are_told_by_the_reference():
    with tf.Graph().as_default():
        fast, _, _, (value, accum, lr, grad, momentum) = prepared("ApplyMomentum")
        variable, slot = cell(value, False), cell(accum, False)
        with pytest.raises(tf.errors.InvalidArgumentError, match="same shape"):
            fast(variable, slot, lr, grad[:3], momentum)
        slot.value = None
        with pytest.raises(tf.errors.FailedPreconditionError):
            fast(variable, slot, lr, grad, momentum)
        np.testing.assert_array_equal(variable.value, value)


def test_nothing_to_do():
    with tf.Graph().as_default():
        fast, _, _, _ = prepared("ScatterAdd", indices=INDICES)
        value = np.ones((64, 64), np.float32)
        variable = cell(value, False)
        fast(variable, np.zeros(0, np.int32), np.zeros((0, 64), np.float32))
        np.testing.assert_array_equal(variable.value, value)


# --- threads, and the count of calls --------------------------------------------------------------
@pytest.mark.parametrize("size", [400_000, 400_001, 1 << 19])
def test_two_threads_give_the_same(size):
    before = blas.kernel_threads()
    try:
        blas.use_threads(2)
        check("ApplyAdam", shape=(size,))
    finally:
        blas.use_threads(before)


def test_the_count_of_calls_decides_when_the_loop_is_used():
    with tf.Graph().as_default():
        operation, kinds = node("ApplyPowerSign", np.float32, SHAPE)
        given = inputs(kinds, np.float32, SHAPE, None)

        def used():
            context = tf.Session()._context(operation)
            kernel = kernel_registry.choose(context, ("jit",))[1](context)
            seen = []
            for _ in range(16):
                run(kernel, kinds, given, False)
                seen.append(kernel._loop._variant.code is not None)
            return seen

        first = used()
        assert first == used()  # though the code is there from the beginning by now
        assert first[0] is False and first[-1] is True


def test_a_session_trains_to_the_same_weights():
    def trained(libraries):
        with tf.Graph().as_default():
            tf.set_random_seed(1)
            x = tf.constant(np.linspace(-1, 1, 64 * 32, dtype=np.float32).reshape(64, 32))
            table = tf.Variable(np.linspace(0, 1, 100 * 32, dtype=np.float32).reshape(100, 32))
            rows = tf.nn.embedding_lookup(table, [1, 5, 1, 99] * 16)
            w = tf.Variable(np.linspace(-1, 1, 32 * 64, dtype=np.float32).reshape(32, 64))
            loss = tf.reduce_mean(tf.square(tf.matmul(rows * x, w) - 1.0))
            train = tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss)
            with tf.Session() as session:
                if libraries is not None:
                    session._libraries = libraries
                session.run(tf.global_variables_initializer())
                for _ in range(30):
                    session.run(train)
                return session.run([table, w])

    for fast, plain in zip(trained(None), trained(()), strict=True):
        np.testing.assert_allclose(fast, plain, 2e-4, 1e-6)
