"""`tf.test.TestCase`: sessions for tests, and assertions about arrays and errors."""

from __future__ import annotations

import os
import random
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np
from absl.testing import absltest

from flowgraph.core import device as devices
from flowgraph.core import errors
from flowgraph.core.graph import Graph, get_default_graph, reset_default_graph
from flowgraph.core.stacks import get_default_session
from flowgraph.core.tensor import Tensor
from flowgraph.runtime.session import Session
from flowgraph.test import closeness
from flowgraph.test.threads import CapturedWrites, CheckedThread, captured_writes

_SEED = 87654321


class TestCase(absltest.TestCase):
    """A test with a fresh default graph and fixed seeds (tf.test.TestCase).

    It has absl's assertions too, as TensorFlow's has.
    """

    __test__ = False  # pytest collects subclasses, which set it anew
    # A subclass may leave out super().setUp().
    _cached: tuple[Session, Graph] | None = None
    _temporary: str | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.__test__ = True

    def setUp(self) -> None:
        """Resets the default graph and all seeds."""
        super().setUp()
        self._cached = self._temporary = None
        random.seed(_SEED)
        np.random.seed(_SEED)
        reset_default_graph()
        get_default_graph().seed = _SEED

    def tearDown(self) -> None:
        """Ends the cached session."""
        if self._cached is not None:
            self._cached[0].close()
        super().tearDown()

    def checkedThread(
        self, target: Callable[..., Any], args: Any = None, kwargs: Any = None
    ) -> CheckedThread:
        """A thread whose exception becomes this test's failure; it must be joined."""
        thread = CheckedThread(self, target, args, kwargs)
        self.addCleanup(thread.check_termination)
        return thread

    def captureWritesToStream(self, stream: Any) -> AbstractContextManager[CapturedWrites]:
        """Within a `with` block, what is written to a stream that has a file descriptor."""
        handle, path = tempfile.mkstemp(dir=self.get_temp_dir())
        os.close(handle)
        return captured_writes(stream, path)

    def get_temp_dir(self) -> str:
        """A directory of this test's own."""
        if self._temporary is None:
            holder = tempfile.TemporaryDirectory()
            self.addCleanup(holder.cleanup)
            self._temporary = holder.name
        return self._temporary

    # --- sessions ------------------------------------------------------------------------------
    @contextmanager
    def session(
        self, graph: Graph | None = None, config: Any = None, use_gpu: bool = False,
        force_gpu: bool = False,
    ) -> Iterator[Session]:  # fmt: skip
        """A session that is the default one, closed at the end."""
        del use_gpu, force_gpu
        with Session(graph=graph, config=config) as session:
            yield session

    @contextmanager
    def cached_session(
        self, graph: Graph | None = None, config: Any = None, use_gpu: bool = False,
        force_gpu: bool = False,
    ) -> Iterator[Session]:  # fmt: skip
        """The test's own session, which keeps its variables until the test ends."""
        del use_gpu, force_gpu
        if self._cached is None:
            session = Session(graph=graph, config=config)
            self._cached = session, session.graph
        session = self._cached[0]
        if graph is not None and graph is not session.graph:
            raise ValueError("The graph used to get the cached session is another one.")
        with session.graph.as_default(), session.as_default():
            yield session

    def test_session(self, *args: Any, **kwargs: Any) -> Any:
        """The cached session, by its old name; with a graph of its own, a new session."""
        if self._testMethodName == "test_session":  # unittest takes it for a test
            self.skipTest("Not a test.")
        if kwargs.get("graph", args[0] if args else None) is not None:
            return self.session(*args, **kwargs)
        return self.cached_session(*args, **kwargs)

    def evaluate(self, tensors: Any) -> Any:
        """The values of tensors in the default session, or the cached one."""
        session = get_default_session()
        if session is None:
            with self.cached_session() as session:
                return session.run(tensors)
        return session.run(tensors)

    # --- arrays --------------------------------------------------------------------------------
    def _array(self, value: Any) -> np.ndarray[Any, Any]:
        if isinstance(value, Tensor) or hasattr(value, "_as_graph_element"):
            value = self.evaluate(value)
        return np.asarray(value)

    def assertAllClose(
        self, a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-6, msg: str | None = None
    ) -> None:
        """Two arrays, or nestings of arrays, agree within rtol * |b| + atol."""
        closeness.check(a, b, rtol, atol, msg, self._array)

    def assertAllCloseAccordingToType(
        self, a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-6, float_rtol: float = 1e-6,
        float_atol: float = 1e-6, half_rtol: float = 1e-3, half_atol: float = 1e-3,
        bfloat16_rtol: float = 1e-2, bfloat16_atol: float = 1e-2, msg: str | None = None,
    ) -> None:  # fmt: skip
        """As assertAllClose, looser for the narrower of the two dtypes."""
        a, b = self._array(a), self._array(b)
        names = {a.dtype.name, b.dtype.name}
        for name, r, t in (
            ("float32", float_rtol, float_atol),
            ("complex64", float_rtol, float_atol),
            ("float16", half_rtol, half_atol),
            ("bfloat16", bfloat16_rtol, bfloat16_atol),
        ):
            if name in names:
                rtol, atol = max(rtol, r), max(atol, t)
        closeness.check_arrays(a, b, rtol, atol, msg or "")

    def assertNotAllClose(self, a: Any, b: Any, **kwargs: Any) -> None:
        """Some element differs."""
        try:
            self.assertAllClose(a, b, **kwargs)
        except AssertionError:
            return
        raise AssertionError("The two values are close at all elements")

    def assertAllEqual(self, a: Any, b: Any, msg: str | None = None) -> None:
        """Two arrays have one shape and the same elements; NaN equals NaN."""
        a, b = self._array(a), self._array(b)
        if a.dtype.kind in "OS" or b.dtype.kind in "OSU":
            a, b = _text(a), _text(b)
        np.testing.assert_array_equal(a, b, err_msg=msg or "", strict=False)
        self.assertEqual(a.shape, b.shape, msg)

    def assertNotAllEqual(self, a: Any, b: Any, msg: str | None = None) -> None:
        """Some element differs."""
        a, b = self._array(a), self._array(b)
        if a.shape == b.shape and np.all(a == b):
            raise AssertionError(msg or "The two values are equal at all elements")

    def assertAllGreater(self, a: Any, comparison_target: Any) -> None:
        """Every element is greater."""
        self.assertTrue(np.all(self._array(a) > comparison_target), a)

    def assertAllGreaterEqual(self, a: Any, comparison_target: Any) -> None:
        """Every element is greater or equal."""
        self.assertTrue(np.all(self._array(a) >= comparison_target), a)

    def assertAllLess(self, a: Any, comparison_target: Any) -> None:
        """Every element is less."""
        self.assertTrue(np.all(self._array(a) < comparison_target), a)

    def assertAllLessEqual(self, a: Any, comparison_target: Any) -> None:
        """Every element is less or equal."""
        self.assertTrue(np.all(self._array(a) <= comparison_target), a)

    def assertAllInRange(
        self, target: Any, lower_bound: Any, upper_bound: Any, open_lower_bound: bool = False,
        open_upper_bound: bool = False,
    ) -> None:  # fmt: skip
        """Every element lies between two bounds."""
        array = self._array(target)
        above = array > lower_bound if open_lower_bound else array >= lower_bound
        below = array < upper_bound if open_upper_bound else array <= upper_bound
        self.assertTrue(np.all(above & below), f"{array} not in [{lower_bound}, {upper_bound}]")

    def assertAllInSet(self, target: Any, expected_set: Any) -> None:
        """Every element is one of a set."""
        found = set(self._array(target).reshape(-1).tolist())
        self.assertLessEqual(found, set(expected_set))

    def assertArrayNear(self, farray1: Any, farray2: Any, err: float, msg: Any = None) -> None:
        """Two sequences of numbers agree within `err`."""
        self.assertEqual(len(farray1), len(farray2), msg)
        for a, b in zip(farray1, farray2, strict=True):
            self.assertNear(float(a), float(b), err, msg)

    def assertNear(self, f1: Any, f2: Any, err: float, msg: str | None = None) -> None:
        """Two numbers agree within `err`."""
        self.assertTrue(
            f1 == f2 or abs(f1 - f2) <= err, f"{f1!r} != {f2!r} +/- {err!r} {msg or ''}"
        )

    def assertNDArrayNear(self, ndarray1: Any, ndarray2: Any, err: float, msg: Any = None) -> None:
        """The norm of the difference of two arrays is below `err`."""
        self.assertEqual(ndarray1.shape, ndarray2.shape, msg)
        self.assertLess(np.linalg.norm(np.asarray(ndarray1 - ndarray2).reshape(-1)), err, msg)

    def assertShapeEqual(self, np_array: Any, tf_tensor: Any, msg: Any = None) -> None:
        """An array has a tensor's static shape."""
        self.assertAllEqual(np_array.shape, tf_tensor.get_shape().as_list(), msg)

    def assertDTypeEqual(self, target: Any, expected_dtype: Any) -> None:
        """A tensor or array has a dtype."""
        self.assertEqual(np.dtype(self._array(target).dtype), np.dtype(expected_dtype))

    def assertProtoEquals(
        self, expected_message_maybe_ascii: Any, message: Any, msg: Any = None
    ) -> None:
        """A protocol buffer message is as expected; the expected one may be text."""
        expected = expected_message_maybe_ascii
        if isinstance(expected, str):
            from google.protobuf import text_format

            expected = text_format.Parse(expected, type(message)())
        self.assertIs(type(expected), type(message), msg)
        self.assertEqual(str(expected), str(message), msg)

    def assertDeviceEqual(self, device1: Any, device2: Any, msg: Any = None) -> None:
        """Two device strings mean the same."""
        first, second = (devices.to_string(devices.parse(str(d or ""))) for d in (device1, device2))
        self.assertEqual(first, second, msg)

    # --- errors and containers -----------------------------------------------------------------
    @contextmanager
    def assertRaisesWithPredicateMatch(
        self, exception_type: Any, expected_err_re_or_predicate: Any
    ) -> Iterator[None]:
        """The block raises an error of a type whose text matches."""
        fits: Callable[[BaseException], Any] = (
            expected_err_re_or_predicate
            if callable(expected_err_re_or_predicate)
            else lambda error: re.search(expected_err_re_or_predicate, _said(error))
        )
        try:
            yield
        except exception_type as error:
            if not fits(error):
                raise AssertionError(f"Exception of type {type(error)}: {error}") from error
            return
        self.fail(f"{exception_type} not raised")

    def assertRaisesOpError(self, expected_err_re_or_predicate: Any) -> Any:
        """The block raises an OpError whose text matches."""
        return self.assertRaisesWithPredicateMatch(errors.OpError, expected_err_re_or_predicate)

    def assertStartsWith(self, actual: str, expected_start: str, msg: Any = None) -> None:
        """A text starts with another."""
        if not actual.startswith(expected_start):
            self.fail(
                self._formatMessage(msg, f"{actual!r} does not start with {expected_start!r}")
            )

    def assertItemsEqual(self, first: Any, second: Any, msg: Any = None) -> None:
        """Two collections have the same elements in any order."""
        self.assertCountEqual(first, second, msg)

    def assertEmpty(self, container: Any, msg: Any = None) -> None:
        """A container has no elements."""
        self.assertEqual(len(container), 0, msg)

    def assertNotEmpty(self, container: Any, msg: Any = None) -> None:
        """A container has elements."""
        self.assertGreater(len(container), 0, msg)

    def assertLen(self, container: Any, expected_len: int, msg: Any = None) -> None:
        """A container has so many elements."""
        self.assertEqual(len(container), expected_len, msg)


def _text(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    encode = np.frompyfunc(lambda v: v.encode() if isinstance(v, str) else v, 1, 1)
    return np.asarray(encode(array.astype(object)), dtype=object)


def _said(error: BaseException) -> str:
    return error.message if isinstance(error, errors.OpError) else str(error)
