"""Assertions: what they check now, what at the run, and what they say."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.ops.control import checks


def unknown(value):
    """A tensor of which nothing but the dtype is known before the run."""
    return tf.placeholder_with_default(tf.constant(value), None)


# --- Assert ---------------------------------------------------------------------------------------
def test_assert_shows_the_first_elements_of_its_data(session):
    data = ["msg", [1, 2, 3, 4], [[1.5, 2.0], [3.0, 4.0]], 1.0, ["a", "b"], [True, False]]
    check = tf.Assert(unknown(False), [tf.constant(d) for d in data])
    assert isinstance(check, tf.Operation)
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        session.run(check)
    assert str(error.value).splitlines()[0] == (
        "assertion failed: [msg] [1 2 3...] [[1.5 2][3...]...] [1] [a b] [1 0]"
    )


def test_assert_orders_what_depends_on_it(session):
    x = tf.placeholder(tf.float32, [])
    with tf.control_dependencies([tf.Assert(x > 0.0, [x], name="check")]):
        y = tf.sqrt(x)
    assert session.run(y, {x: 4.0}) == 2.0
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"failed: \[-4\][\s\S]*node check/"):
        session.run(y, {x: -4.0})


def test_assert_wants_a_scalar_and_a_list(session):
    with pytest.raises(tf.errors.InvalidArgumentError, match="should be a scalar"):
        session.run(tf.Assert([True, False], ["x"]))
    with pytest.raises(TypeError, match="Expected list for 'data'"):
        tf.Assert(True, "x")


# --- values ---------------------------------------------------------------------------------------
COMPARISONS = {
    tf.assert_equal: ("==", np.equal),
    checks.assert_none_equal: ("!=", np.not_equal),
    tf.assert_less: ("<", np.less),
    tf.assert_less_equal: ("<=", np.less_equal),
    tf.assert_greater: (">", np.greater),
    tf.assert_greater_equal: (">=", np.greater_equal),
}
PAIRS = [([1, 2], [1, 2]), ([1, 2], [3, 4]), ([3, 4], [1, 2]), ([1, 4], [3, 2]), ([1, 2], 2)]


@pytest.mark.parametrize("check", COMPARISONS, ids=lambda c: c.__name__)
@pytest.mark.parametrize("x, y", PAIRS)
def test_comparisons_hold_for_all_elements_now_and_at_the_run(session, check, x, y):
    symbol, holds = COMPARISONS[check]
    late = check(unknown(x), unknown(y), message="so")
    if np.all(holds(x, y)):
        session.run([late, check(tf.constant(x), tf.constant(y))])
        return
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        check(tf.constant(x), tf.constant(y), message="so")
    condition = f"Condition x {symbol} y did not hold element-wise:"
    assert str(error.value).startswith(f"so\n{condition}\nx (Const")
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        session.run(late)
    assert f"[so] [{condition}] [x (PlaceholderWithDefault:0) = ]" in str(error.value)


@pytest.mark.parametrize(
    "check, good, bad",
    [
        (tf.assert_positive, [1.0, 2.0], [1.0, 0.0]),
        (tf.assert_negative, [-1, -2], [-1, 0]),
        (checks.assert_non_negative, [1, 0], [1, -1]),
        (checks.assert_non_positive, [-1, 0], [1, -1]),
    ],
)
def test_signs(session, check, good, bad):
    session.run([check(unknown(good)), check(tf.constant(good))])
    with pytest.raises(tf.errors.InvalidArgumentError, match="0 did not hold element-wise"):
        check(tf.constant(bad))
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"\[m\.  \] \[Condition x"):
        session.run(check(unknown(bad), message="m"))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_near(session, dtype):
    x, few = np.array([1, 2], dtype), np.finfo(dtype).eps
    session.run(checks.assert_near(unknown(x), x * (1 + 5 * few)))
    with pytest.raises(tf.errors.InvalidArgumentError, match="not equal to tolerance rtol"):
        session.run(checks.assert_near(unknown(x), x * (1 + 50 * few)))
    session.run(checks.assert_near(unknown(x), x + 0.5, rtol=0.0, atol=1.0))


@pytest.mark.parametrize(
    "values", [[], [1.0], [1.0, 2.0], [1.0, 1.0], [2.0, 1.0], [[1.0, 2.0], [2.0, 3.0]]]
)
def test_order_of_the_elements(session, values):
    flat = np.array(values).reshape(-1)
    x = unknown(np.array(values))
    found = session.run([checks.is_non_decreasing(x), checks.is_strictly_increasing(x)])
    assert found == [np.all(flat[1:] >= flat[:-1]), np.all(flat[1:] > flat[:-1])]


def test_finiteness(session):
    assert session.run(tf.verify_tensor_all_finite(unknown([1.0]), "bad")) == [1.0]
    with pytest.raises(tf.errors.InvalidArgumentError, match="bad : Tensor had NaN"):
        session.run(tf.verify_tensor_all_finite(unknown([np.nan]), "bad"))


# --- static properties ----------------------------------------------------------------------------
RANKS = [
    (lambda x, **more: tf.assert_rank(x, 1, **more), lambda x, **more: tf.assert_rank(x, 2, **more),
     "rank 2", r"rank\] \[2\]"),
    (lambda x, **more: tf.assert_rank_at_least(x, 1, **more),
     lambda x, **more: tf.assert_rank_at_least(x, 2, **more), "rank at least 2",
     r"rank at least\] \[2\]"),
    (lambda x, **more: checks.assert_rank_in(x, [1, 3], **more),
     lambda x, **more: checks.assert_rank_in(x, [2, 3], **more), r"rank in \(2, 3\)",
     r"rank in\] \[2\] \[3\]"),
]  # fmt: skip


@pytest.mark.parametrize("good, bad, now, late", RANKS)
def test_ranks(session, good, bad, now, late):
    session.run([good(tf.constant([1, 2])), good(unknown([1, 2]))])
    assert good(tf.constant([1])).type == "NoOp"
    said = rf"m\.  Tensor Const_\d+:0 must have {now}\.  Received rank 1, shape \(2,\)"
    with pytest.raises(ValueError, match=said):
        bad(tf.constant([1, 2]), message="m")
    with pytest.raises(tf.errors.InvalidArgumentError, match=rf"\[m\.  \].*{late}.*: \] \[2\]"):
        session.run(bad(unknown([1, 2]), message="m"))


def test_a_rank_may_be_a_tensor(session):
    rank = unknown(2)
    session.run(tf.assert_rank(unknown([[1]]), rank))
    with pytest.raises(tf.errors.InvalidArgumentError, match="must have rank"):
        session.run(tf.assert_rank(unknown([1]), rank))
    with pytest.raises(ValueError, match="Rank must be a scalar"):
        tf.assert_rank(unknown([1]), [2])
    with pytest.raises(tf.errors.InvalidArgumentError, match="Rank must be a scalar"):
        session.run(tf.assert_rank(unknown([1]), unknown([2])))
    with pytest.raises(TypeError, match=r"must be of type .*int32"):
        tf.assert_rank(unknown([1]), 2.0)


def test_dtypes(session):
    x = tf.constant(1.0)
    assert tf.assert_type(x, tf.float32).type == "NoOp"
    with pytest.raises(TypeError, match=r"m\.  Const:0 must be of type"):
        tf.assert_type(x, tf.int32, message="m")
    assert tf.assert_integer(tf.constant(1)).type == "NoOp"
    with pytest.raises(TypeError, match='Expected "x" to be integer type'):
        tf.assert_integer(x)
    assert [checks.is_numeric_tensor(v) for v in (x, tf.constant("a"), 1)] == [True, False, False]
    same = checks.assert_same_float_dtype
    assert [same(), same([x, None, x]), same(dtype=tf.float64)] == [
        tf.float32, tf.float32, tf.float64,
    ]  # fmt: skip
    with pytest.raises(ValueError, match="must be of the same type"):
        same([x, tf.constant(1.0, tf.float64)])
    with pytest.raises(ValueError, match="Expected floating point type"):
        same([tf.constant(1)])


def test_scalars_and_iterables(session):
    x = tf.constant(1.0)
    assert checks.assert_scalar(x) is x
    for value in ([1.0], unknown(1.0)):
        with pytest.raises(ValueError, match="Expected scalar shape"):
            checks.assert_scalar(value)
    checks.assert_proper_iterable([1, x])
    for value in (x, "ab", np.ones(2)):
        with pytest.raises(TypeError, match="proper"):
            checks.assert_proper_iterable(value)
    with pytest.raises(TypeError, match="to be iterable"):
        checks.assert_proper_iterable(3)


def test_shapes(session):
    x, y = np.ones((2, 3)), np.ones(3)
    spec = {"x": ("N", "D"), "y": ("D",)}
    for make in (tf.constant, unknown):
        session.run(checks.assert_shapes([(make(x), spec["x"]), (make(y), spec["y"])]))
        session.run(checks.assert_shapes({make(x): (2, None)}))
    with pytest.raises(ValueError, match="dimension 0 must have size 3.  Received size 4"):
        checks.assert_shapes([(tf.constant(x), spec["x"]), (tf.constant(np.ones(4)), ("D",))])
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"must have size\] \[3\]"):
        session.run(checks.assert_shapes([(unknown(x), spec["x"]), (unknown(np.ones(4)), ("D",))]))
    with pytest.raises(ValueError, match="must have rank 3"):
        checks.assert_shapes({tf.constant(x): (1, 2, 3)})
