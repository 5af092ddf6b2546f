"""tf.Print and tf.print."""

import sys

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.ops.control.printing import both_ends, print_, summary


@pytest.mark.parametrize(
    "value, most, text",
    [
        (1.5, 3, "1.5"),
        ([1, 2, 3, 4], 3, "1 2 3..."),
        ([1, 2, 3], 3, "1 2 3"),
        (np.arange(12).reshape(3, 4), 5, "[0 1 2 3][4...]..."),
        (np.arange(12).reshape(3, 4), 8, "[0 1 2 3][4 5 6 7]..."),
        (np.arange(12).reshape(3, 4), -1, "[0 1 2 3][4 5 6 7][8 9 10 11]"),
        (np.float32(1 / 3), 3, "0.333333343"),
        (np.float64(1 / 3), 3, "0.33333333333333331"),
        (np.float32([0.1, 1e10, np.nan, -np.inf]), 4, "0.1 1e+10 nan -inf"),
        ([True, False], 3, "1 0"),
        (np.array(b"a", object), 3, "a"),
        (np.zeros((0, 3)), 3, ""),
    ],
)
def test_summary(value, most, text):
    assert summary(value, most) == text


@pytest.mark.parametrize(
    "value, most, text",
    [
        (np.arange(8), 3, "[0 1 2 ... 5 6 7]"),
        (np.arange(6), 3, "[0 1 2 3 4 5]"),
        (np.arange(9), -1, "[0 1 2 3 4 5 6 7 8]"),
        (np.arange(4).reshape(2, 2), 3, "[[0 1]\n [2 3]]"),
        (np.zeros((5, 5), int), 1, "[[0 ... 0]\n ...\n [0 ... 0]]"),
        (np.arange(4).reshape(2, 1, 2), 3, "[[[0 1]]\n\n [[2 3]]]"),
        (np.array([[b"s"]], object), 3, '[["s"]]'),
    ],
)
def test_both_ends(value, most, text):
    assert both_ends(value, most) == text


def test_print_hands_its_input_on(session, capfd):
    x = tf.placeholder(tf.float64, [2])
    y = tf.Print(x * x, [x, tf.constant("s")], message="x is ", summarize=1)
    assert y.op.type == "Print" and y.shape.as_list() == [2]
    assert session.run(y, {x: [1.0, 2.0]}).tolist() == [1.0, 4.0]
    assert capfd.readouterr().err == "x is [1...][s]\n"


def test_print_prints_the_first_times_alone(session, capfd):
    x = tf.placeholder(tf.float32, [])
    y = tf.Print(x, [x], first_n=2)
    for value in range(4):
        session.run([y, y * 2.0] if value else y, {x: value})
    assert capfd.readouterr().err == "[0]\n[1]\n"


def test_gradients_pass_through_print(session):
    x = tf.constant(3.0)
    assert session.run(tf.gradients(tf.Print(x, [x]) ** 2.0, x)[0]) == 6.0


def test_print_of_tensors_and_python_values(session, capfd):
    x = tf.constant([1, 2, 3, 4])
    op = print_("a", x, {"k": tf.constant(1.5)}, 3.5, [x[0], "s"], (x[1],), sep="|", summarize=1)
    assert op.type == "PrintV2" and session.run(op) is None
    assert capfd.readouterr().err == "a|[1 ... 4]|{'k': 1.5}|3.5|[1, 's']|(2,)\n"


def test_print_to_other_streams(session, capfd, tmp_path):
    session.run(print_("out", output_stream=sys.stdout, end="!"))
    assert capfd.readouterr().out == "out!"
    path = tmp_path / "log"
    session.run(print_("kept", output_stream=f"file://{path}"))
    assert path.read_text() == "kept\n"
    with pytest.raises(ValueError, match="Unsupported output stream"):
        print_("x", output_stream="nowhere")


def test_print_inside_a_loop(session, capfd):
    loop = tf.while_loop(lambda i: i < 3, lambda i: tf.Print(i, [i], "i = ") + 1, [0])
    session.run(loop)
    assert capfd.readouterr().err == "i = [0]\ni = [1]\ni = [2]\n"


def test_print_to_the_log(session, capfd):
    for level in (tf.logging.info, tf.logging.warn, tf.logging.error):
        session.run(print_(tf.constant(1), output_stream=level))
    assert capfd.readouterr().err == "INFO:tensorflow:1\nWARNING:tensorflow:1\nERROR:tensorflow:1\n"


def test_print_of_text_alone_of_sparse_tensors_and_in_the_order_of_keys(session, capfd):
    session.run(print_(tf.constant("alone"), end="<end>"))
    session.run(print_(tf.SparseTensor([[0, 1]], [5], [1, 2])))
    session.run(print_({"b": 1, "A": 2}))
    assert capfd.readouterr().err == (
        "alone<end>'SparseTensor(indices=[[0 1]], values=[5], shape=[1 2])'\n{'A': 2, 'b': 1}\n"
    )
