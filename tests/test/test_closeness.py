from collections import namedtuple

import numpy as np
import pytest

import flowgraph as tf

Pair = namedtuple("Pair", ["x", "y"])


class Case(tf.test.TestCase):
    def runTest(self):
        """Nothing: its assertions are what is tested."""


Case.__test__ = False


@pytest.fixture
def case():
    case = Case()
    case.setUp()
    yield case
    case.tearDown()


def test_nestings_of_arrays_and_tensors(case):
    value = {"x": np.ones([3, 2]), "y": (2, [{"n": 3.0}])}
    case.assertAllClose(value, {"y": (2, [{"n": 3.0 + 1e-8}]), "x": np.ones([3, 2])})
    case.assertAllClose({"x": 1, "y": (2.0, 3.0)}, Pair(1, (2.0, 3.0)))
    case.assertAllClose({"k": tf.constant([1.0])}, {"k": [1.0]})
    case.assertAllClose([np.ones(2), np.ones(3)], [[1, 1], [1, 1, 1]])
    case.assertAllClose([np.nan, 1], [np.nan, 1])


@pytest.mark.parametrize(
    ("a", "b", "error", "said"),
    [
        ({"x": {"y": [1.0]}}, {"x": {"y": [2.0]}}, AssertionError, r"a\[x\]\[y\] is different"),
        ([0], [1], AssertionError, r"not close dif = \[1"),
        ({"a": 1}, {"b": 1}, AssertionError, "mismatched keys"),
        ({"a": 1}, 1, ValueError, "Can't compare dict to non-dict"),
        ([1, 2], [1, 2, 3], AssertionError, r"Shape mismatch: expected \(2,\), got \(3,\)"),
        ([{"a": 1}], [{"a": 1}, {"a": 1}], ValueError, "Mismatched length"),
        (7, 7 + 1e-5, AssertionError, "Not equal to tolerance"),
    ],
)
def test_what_differs_is_said(case, a, b, error, said):
    with pytest.raises(error, match=said):
        case.assertAllClose(a, b)
