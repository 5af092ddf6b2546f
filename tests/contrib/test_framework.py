"""tf.contrib.framework: shapes, scopes' names, marks of deprecation, sound, Python functions."""

import numpy as np
import pytest

import flowgraph as tf

framework = tf.contrib.framework


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def test_with_shape_checks_what_is_known_at_once():
    x = tf.ones([2, 3])
    assert framework.with_shape([2, 3], x) is x
    assert framework.with_same_shape(tf.zeros([2, 3]), x) is x
    with pytest.raises(ValueError, match="Invalid shape for tensor"):
        framework.with_shape([3, 2], x)
    with pytest.raises(ValueError, match="Invalid dtype"):
        framework.with_shape(np.array([2.0, 3.0]), x)
    with pytest.raises(ValueError, match="Invalid rank"):
        framework.with_shape(np.array([[2, 3]], np.int32), x)
    with pytest.raises(ValueError, match="SparseTensor"):
        framework.with_shape([1], tf.SparseTensor([[0]], [1.0], [1]))
    assert framework.with_shape([], tf.ones([1])).shape.as_list() == []


def test_with_shape_checks_the_rest_in_the_run():
    x = tf.placeholder(tf.float32)
    y = framework.with_shape([2, 3], x)
    assert y.shape.as_list() == [2, 3]
    with tf.Session() as session:
        assert session.run(y, {x: np.ones([2, 3])}).shape == (2, 3)
        for wrong in ([3, 2], [2], [2, 3, 1]):
            with pytest.raises(tf.errors.InvalidArgumentError, match="Wrong shape for"):
                session.run(y, {x: np.ones(wrong)})
        wanted = tf.placeholder(tf.int32, [None])
        z = framework.with_shape(wanted, tf.ones([2, 2]))
        session.run(z, {wanted: [2, 2]})
        with pytest.raises(tf.errors.InvalidArgumentError, match="Wrong shape for"):
            session.run(z, {wanted: [4]})


def test_small_functions():
    assert framework.is_tensor(tf.constant(1)) and not framework.is_tensor(1)
    framework.assert_scalar_int(tf.constant(1))
    with pytest.raises(ValueError, match="Expected integer type"):
        framework.assert_scalar_int(tf.constant(1.0))
    with pytest.raises(ValueError, match="No tensors provided"):
        framework.reduce_sum_n([])
    one, other = framework.remove_squeezable_dimensions(tf.ones([2, 1]), tf.ones([2]))
    assert one.shape.as_list() == other.shape.as_list() == [2]
    loose = tf.placeholder(tf.float32)
    squeezed, _ = framework.remove_squeezable_dimensions(loose, tf.ones([2]))
    with tf.Session() as session:
        assert session.run(framework.reduce_sum_n([tf.ones([2]), tf.ones([3, 2])])) == 8
        assert session.run(squeezed, {loose: np.ones([2, 1])}).shape == (2,)
        assert session.run(squeezed, {loose: np.ones([2])}).shape == (2,)


def test_names_of_scopes(graph):
    with tf.name_scope("a"), tf.name_scope("b"):
        assert framework.get_name_scope() == "a/b"
    for name, inner in (("a/x", "x"), ("^a/x", "^x"), ("loc:@a/x", "loc:@x"), ("b/x", "b/x")):
        assert framework.strip_name_scope(name, "a") == inner
    for name, outer in (("x", "a/x"), ("^x", "^a/x"), ("loc:@x", "loc:@a/x")):
        assert framework.prepend_name_scope(name, "a/") == outer
    p = tf.placeholder(tf.float32)
    tf.constant(1)
    assert framework.get_placeholders(graph) == [p]
    assert framework.get_graph_from_inputs([p, 3]) is graph
    with pytest.raises(ValueError, match="is not from the passed-in graph"):
        framework.get_graph_from_inputs([p], tf.Graph())


def test_marks_of_deprecation_say_it_once(caplog):
    @framework.deprecated("2030-01-01", "Use g.")
    def f(a, b=None):
        return a, b

    @framework.deprecated_args(None, "Use a.", "b")
    def h(a, b=None):
        return a, b

    @framework.deprecated_arg_values(None, "Use 3.", b=2)
    def k(a, b=None):
        return a, b

    assert f(1) == f(1) == (1, None)
    assert h(1) == (1, None) and h(1, 2) == h(1, b=2) == (1, 2)
    assert k(1, 2) == (1, 2) and k(1, 3) == (1, 3)
    said = [r.getMessage() for r in caplog.records]
    assert len(said) == 3
    assert said[0].startswith("From ") and "test_framework.py:" in said[0]
    assert "is deprecated and will be removed after 2030-01-01.\n" in said[0]
    assert said[0].endswith("Instructions for updating:\nUse g.")
    assert "with b is deprecated and will be removed in a future version." in said[1]
    lookup = framework.python.framework.deprecation.deprecated_argument_lookup
    assert lookup("new", 1, "old", None) == lookup("new", None, "old", 1) == 1
    with pytest.raises(ValueError, match="Cannot specify both 'old' and 'new'"):
        lookup("new", 1, "old", 2)
    with pytest.raises(ValueError, match="not present in the function signature"):
        framework.deprecated_args(None, "Use a.", "c")(lambda a: a)
    with pytest.raises(ValueError, match="YYYY-MM-DD"):
        framework.deprecated("soon", "Use g.")


def test_py_func_takes_and_gives_structures():
    def f(a, b, scale):
        return {"sum": a + b["x"], "scaled": a * scale}

    found = framework.py_func(
        f, [tf.constant(1.0), {"x": tf.constant(2.0)}], {"scale": tf.constant(3.0)},
        {"sum": tf.float32, "scaled": tf.float32}, {"sum": [], "scaled": []},
    )  # fmt: skip
    assert found["sum"].shape.as_list() == []
    with tf.Session() as session:
        assert session.run(found) == {"sum": 3.0, "scaled": 3.0}
    with pytest.raises(TypeError, match="args must be list"):
        framework.py_func(f, tf.constant(1.0))


def test_sound():
    audio = framework.python.ops.audio_ops
    wave = np.sin(np.arange(800) / 5.0).astype(np.float32)[:, None]
    decoded = audio.decode_wav(audio.encode_wav(wave, 8000))
    spectrogram = audio.audio_spectrogram(decoded.audio, 256, 128, magnitude_squared=True)
    coefficients = audio.mfcc(spectrogram, 8000, dct_coefficient_count=5)
    with tf.Session() as session:
        spectra, found = session.run([spectrogram, coefficients])
    assert spectra.shape == (1, 5, 129) and found.shape == (1, 5, 5)
    assert np.argmax(spectra[0, 2]) == round(256 / 5 / (2 * np.pi))
