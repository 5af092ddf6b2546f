"""Ten mistakes that everybody makes, and the whole message that each of them gets.

The line of this file that made the operation is part of the message; `line_of` finds it.
"""

from pathlib import Path

import numpy as np
import pytest

import flowgraph as tf

_LINES = Path(__file__).read_text().splitlines()


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def line_of(text):
    """The place of the one line of this file that is `text`, as messages tell it."""
    (number,) = [i for i, line in enumerate(_LINES, start=1) if line.strip() == text]
    return f"{__file__}:{number}: {text}"


def run(fetch, feed=None):
    with tf.Session() as session:
        session.run(fetch, feed)


def test_shape_mismatch_in_matmul_when_it_is_built():
    a = tf.placeholder(tf.float32, [2, 3], name="a")
    b = tf.placeholder(tf.float32, [4, 5], name="b")
    with pytest.raises(ValueError) as error:
        tf.matmul(a, b, name="product")
    made = line_of('tf.matmul(a, b, name="product")')
    assert str(error.value) == (
        "Dimensions must be equal, but are 3 and 4 for 'product' (op: 'MatMul') with input shapes: "
        f"[2,3], [4,5].\n  created at {made}"
    )


def test_shape_mismatch_in_matmul_when_it_runs():
    a = tf.placeholder(tf.float32, [None, None], name="a")
    product = tf.matmul(a, a)
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        run(product, {a: np.ones((2, 3))})
    assert str(error.value) == (
        "Matrix size-incompatible: In[0]: [2,3], In[1]: [2,3]. Hint: they fit with "
        "transpose_b=True\n  with inputs: float32[2,3], float32[2,3]\n"
        f"  [[node MatMul (op: MatMul)]], created at {line_of('product = tf.matmul(a, a)')}"
    )


def test_missing_feed():
    image = tf.placeholder(tf.float32, [None, 3], name="image")
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        run(image * 2)
    made = line_of('image = tf.placeholder(tf.float32, [None, 3], name="image")')
    assert str(error.value) == (
        "You must feed a value for placeholder tensor 'image' with dtype float32 and shape [?,3]\n"
        f"  [[node image (op: Placeholder)]], created at {made}\n"
        "  Hint: pass feed_dict={image: value} to session.run."
    )


def test_wrong_dtype_fed():
    words = tf.placeholder(tf.float32, [2], name="words")
    with pytest.raises(ValueError) as error:
        run(words * 2, {words: ["a", "b"]})
    made = line_of('words = tf.placeholder(tf.float32, [2], name="words")')
    assert str(error.value) == (
        "Cannot feed a value of type list for Tensor 'words:0' of dtype float32: it holds strings. "
        f"Expected numbers of one shape, got ['a', 'b'].\n"
        f"  [[node words (op: Placeholder)]], created at {made}"
    )


def test_wrong_shape_fed():
    pair = tf.placeholder(tf.float32, [2], name="pair")
    with pytest.raises(ValueError) as error:
        run(pair * 2, {pair: [1, 2, 3]})
    made = line_of('pair = tf.placeholder(tf.float32, [2], name="pair")')
    assert str(error.value) == (
        "Cannot feed value of shape (3,) for Tensor 'pair:0', which has shape '(2,)'\n"
        f"  [[node pair (op: Placeholder)]], created at {made}"
    )


def test_uninitialised_variable():
    weight = tf.Variable([1.0, 2.0], name="weight")
    with pytest.raises(tf.errors.FailedPreconditionError) as error:
        run(weight * 2)
    made = line_of('weight = tf.Variable([1.0, 2.0], name="weight")')
    assert str(error.value) == (
        "Attempting to use uninitialized value weight\n"
        "  Hint: run its initializer first: sess.run(tf.global_variables_initializer()), or "
        "tf.local_variables_initializer() for a local one.\n"
        "  with inputs: weight: float32_ref[2]\n"
        f"  [[node weight/read (op: Identity)]], created at {made}"
    )


def test_tensor_of_another_graph():
    x = tf.constant(1.0, name="x")
    with tf.Graph().as_default(), pytest.raises(ValueError) as error:
        tf.add(tf.constant(2.0), x, name="sum")
    made = line_of('x = tf.constant(1.0, name="x")')
    assert str(error.value) == (
        "<tf.Tensor 'x:0' shape=() dtype=float32> must be from the same graph as the operation "
        f"'sum' that uses it.\n  [[node x (op: Const)]], created at {made}\n"
        "  Hint: build both inside one `with graph.as_default():`."
    )


def test_get_variable_twice():
    tf.get_variable("kernel", [2])
    with pytest.raises(ValueError) as error:
        tf.get_variable("kernel", [2], tf.float32)
    text = 'tf.get_variable("kernel", [2])'
    number = line_of(text).split(":")[1]
    assert str(error.value) == (
        "Variable kernel already exists, disallowed. Did you mean to set reuse=True or "
        "reuse=tf.AUTO_REUSE in VarScope? Originally defined at:\n\n"
        f'  File "{__file__}", line {number}, in test_get_variable_twice\n    {text}\n'
    )


def test_bad_strides():
    image = tf.placeholder(tf.float32, [1, 5, 5, 1])
    kernel = tf.ones([3, 3, 1, 1])
    with pytest.raises(ValueError) as error:
        tf.nn.conv2d(image, kernel, strides=[2, 1, 1, 1], padding="SAME")
    made = line_of('tf.nn.conv2d(image, kernel, strides=[2, 1, 1, 1], padding="SAME")')
    assert str(error.value) == (
        "Conv2D does not support strides in the batch and depth dimensions: [2, 1, 1, 1] for "
        "'Conv2D' (op: 'Conv2D') with input shapes: [1,5,5,1], [3,3,1,1].\n"
        f"  created at {made}"
    )


def test_name_not_found():
    tf.constant(1.0, name="loss")
    with pytest.raises(ValueError) as error:
        run("los:0")
    assert str(error.value) == (
        "Fetch argument 'los:0' cannot be interpreted as a Tensor. (The name 'los:0' refers to a "
        "Tensor which does not exist. The operation, 'los', does not exist in the graph. Did you "
        "mean 'loss'?)"
    )


def test_session_closed():
    one = tf.constant(1.0)
    session = tf.Session()
    session.close()
    with pytest.raises(RuntimeError) as error:
        session.run(one)
    assert str(error.value).startswith("Attempted to use a closed Session. Hint: ")


def test_nan_found_by_check_numerics():
    x = tf.placeholder(tf.float32, [], name="x")
    checked = tf.check_numerics(tf.log(x), "the loss")
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        run(checked, {x: -1.0})
    made = line_of('checked = tf.check_numerics(tf.log(x), "the loss")')
    assert str(error.value) == (
        "the loss : Tensor had NaN values\n  with inputs: float32[]\n"
        f"  [[node CheckNumerics (op: CheckNumerics)]], created at {made}"
    )


def test_dtypes_mixed():
    real, whole = tf.constant(1.0, name="real"), tf.constant(1, name="whole")
    with pytest.raises(TypeError) as error:
        _ = real + whole
    assert str(error.value) == (
        "Input 'y' of 'AddV2' Op has type int32 that does not match type float32 of argument 'x'. "
        "Hint: convert one of them, e.g. tf.cast(y, tf.float32)."
    )
