"""tf.test.TestCase: its sessions, and assertions that can fail."""

import numpy as np
import pytest

import flowgraph as tf


class Sample(tf.test.TestCase):
    """A case to call assertions on; pytest sees it has no tests."""

    def runTest(self):
        pass


@pytest.fixture
def case():
    sample = Sample()
    sample.setUp()
    yield sample
    sample.tearDown()


def test_each_test_has_a_graph_of_its_own_and_the_same_seed(case):
    values = []
    for _ in range(2):
        case.setUp()
        assert tf.get_default_graph().get_operations() == []
        with case.session():
            values.append(case.evaluate(tf.random_uniform([3])))
    np.testing.assert_array_equal(*values)


def test_the_cached_session_keeps_variables(case):
    with case.cached_session() as session:
        v = tf.Variable(1.0)
        session.run(v.initializer)
    with case.test_session():
        assert v.eval() == 1.0


@pytest.mark.parametrize(
    ("method", "good", "bad"),
    [
        ("assertAllClose", (1.0, 1.0 + 1e-7), (1.0, 1.001)),
        ("assertAllClose", ({"a": [1, 2]}, {"a": [1, 2]}), ({"a": [1, 2]}, {"a": [1, 3]})),
        ("assertAllClose", ([[1], [2, 3]], [[1], [2, 3]]), ([[1], [2, 3]], [[1], [2, 4]])),
        ("assertAllEqual", ([1, 2], np.array([1, 2])), ([1, 2], [1, 3])),
        ("assertAllEqual", ([b"a"], ["a"]), ([b"a"], ["b"])),
        ("assertAllEqual", ([1, 1], [1, 1]), ([1, 1], [1])),
        ("assertNotAllClose", (1.0, 2.0), (1.0, 1.0)),
        ("assertNotAllEqual", ([1], [2]), ([1], [1])),
        ("assertAllGreater", ([2, 3], 1), ([2, 1], 1)),
        ("assertAllInRange", ([2, 3], 2, 3), ([2, 4], 2, 3)),
        ("assertAllInSet", ([1, 2], {1, 2}), ([1, 3], {1, 2})),
        ("assertNear", (1.0, 1.1, 0.2), (1.0, 1.1, 0.05)),
        ("assertArrayNear", ([1.0], [1.1], 0.2), ([1.0], [1.1], 0.05)),
        ("assertStartsWith", ("abc", "ab"), ("abc", "bc")),
        ("assertLen", ([1], 1), ([1], 2)),
        ("assertEmpty", ([],), ([1],)),
    ],
)
def test_an_assertion_holds_or_fails(case, method, good, bad):
    getattr(case, method)(*good)
    with pytest.raises(AssertionError):
        getattr(case, method)(*bad)


def test_narrow_dtypes_may_differ_more(case):
    a, b = np.float16(1), np.float16(1.0009)
    case.assertAllCloseAccordingToType(a, b)
    with pytest.raises(AssertionError):
        case.assertAllCloseAccordingToType(np.float32(a), np.float32(b))


def test_op_errors_are_matched_by_text(case):
    with case.session() as session:
        bad = tf.check_numerics(tf.constant(np.inf), "found")
        with case.assertRaisesOpError("found"):
            session.run(bad)
        with pytest.raises(AssertionError), case.assertRaisesOpError("another text"):
            session.run(bad)
        with pytest.raises(AssertionError), case.assertRaisesOpError("found"):
            pass
