"""tensorflow.python.framework.function.Defun."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.scripts.functions import Defun


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default():
        yield


def _run(fetches):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(fetches)


def test_one_output_is_a_tensor_and_several_are_a_tuple():
    @Defun(tf.float32, tf.float32, func_name="both", noinline=True)
    def both(x, y):
        return x + y, x - y

    @Defun()
    def double(x):
        return 2 * x

    total, difference = both(5.0, 3.0)
    assert _run([total, difference, double(np.int64(4))]) == [8.0, 2.0, 8]
    assert total.op.name.startswith("both/")


def test_the_gradient_of_the_body_where_none_is_given():
    @Defun(tf.float32)
    def square(x):
        return x * x

    x = tf.constant(3.0)
    assert _run(tf.gradients(square(x), x)) == [6.0]


def test_a_gradient_in_python_sees_the_call_as_an_operation():
    seen = []

    def gradient(op, dy):
        seen.append(([t.shape for t in op.inputs], len(op.outputs)))
        return op.inputs[1] * dy, None

    @Defun(python_grad_func=gradient, shape_func=lambda op: [op.inputs[0].get_shape()])
    def scale_gradient(x, by):
        return x

    x = tf.ones([2])
    y = scale_gradient(x, tf.constant([3.0, 4.0]))
    (dx,) = tf.gradients(y, x, grad_ys=tf.constant([1.0, 10.0]))

    assert list(_run(dx)) == [3.0, 40.0]
    assert seen == [([[2], [2]], 1)]


def test_a_gradient_that_is_a_function_itself():
    @Defun()
    def gradient(x, y, dy):
        return 10.0 * dy, 20.0 * dy + x - y

    @Defun(grad_func=gradient, compiled=True, separate_compiled_gradients=True)
    def total(x, y):
        return x + y

    x, y = tf.constant(1.0), tf.constant(1.0)
    assert _run(tf.gradients(total(x, y), [x, y])) == [10.0, 20.0]


def test_variables_are_those_of_the_first_call():
    @Defun(tf.float32)
    def affine(x):
        return x * tf.get_variable("w", initializer=2.0)

    with tf.variable_scope("a"):
        first = affine(1.0)
    with tf.variable_scope("b"):
        second = affine(5.0)

    assert [v.op.name for v in tf.global_variables()] == ["a/w"]
    assert _run([first, second]) == [2.0, 10.0]


def test_mistakes():
    @Defun(tf.float32)
    def double(x):
        return 2 * x

    with pytest.raises(ValueError, match="Expected number of arguments: 1, received: 2"):
        double(1.0, 2.0)
    with pytest.raises(TypeError, match="has dtype int32; float32 was declared"):
        double(np.int32(1))
    with pytest.raises(ValueError, match="Unknown keyword arguments: inline"):
        double(1.0, inline=True)
    with pytest.raises(ValueError, match="Gradient defined twice"):
        Defun(grad_func=double, python_grad_func=double)
    with pytest.raises(ValueError, match="has defaults"):
        Defun(tf.float32)(lambda x, y=1: x)
    with pytest.raises(ValueError, match="fewer arguments"):
        Defun(tf.float32, tf.float32)(lambda x: x)
    with pytest.raises(ValueError, match="must be callable"):
        Defun()(3)


def test_libraries_ask_for_contexts_and_there_are_none():
    from flowgraph.scripts import control_flow_util as util

    context = tf.get_default_graph()._get_control_flow_context()
    assert util.GetContainingXLAContext(context) is None
    assert util.GetContainingWhileContext(context) is util.GetContainingCondContext(context) is None
    assert not util.GraphOrParentsInXlaContext(tf.get_default_graph())
    assert not util.IsInXLAContext(tf.no_op()) and not util.IsInWhileContext(tf.no_op())
    assert not util.IsSwitch(tf.no_op()) and util.EnableControlFlowV2(None)
