"""tf.contrib as a whole: families that load when asked for, inner paths, what is missing."""

import subprocess
import sys

import numpy as np
import pytest

import flowgraph as tf


def test_a_missing_family_is_named_with_the_nearest():
    with pytest.raises(AttributeError, match="TensorFlow 1.15 has it, flowgraph has not: it needs"):
        _ = tf.contrib.tensorrt
    with pytest.raises(AttributeError, match=r"nor had TensorFlow 1.15. Nearest: tf.contrib.image"):
        _ = tf.contrib.imge
    assert not hasattr(tf.contrib, "no_such_family")
    assert "distributions" in dir(tf.contrib)


def test_inner_paths_are_views_of_a_family():
    learn = tf.contrib.learn
    assert learn.python.learn.datasets.mnist is learn.datasets.mnist
    assert learn.python.learn.datasets.base.Dataset is learn.datasets.base.Dataset
    inner = tf.contrib.distributions.python.ops.mvn_diag.MultivariateNormalDiag
    assert inner is tf.contrib.distributions.MultivariateNormalDiag
    assert tf.contrib.framework.python.ops.audio_ops.decode_wav is tf.audio.decode_wav
    scope = tf.contrib.framework.python.ops.arg_scope
    assert scope.arg_scope is tf.contrib.framework.arg_scope
    assert scope([]).__class__ is tf.contrib.framework.arg_scope([]).__class__
    # A file that is here too, and what TensorFlow has in it and flowgraph elsewhere.
    variables = tf.contrib.framework.python.ops.variables
    assert variables.get_variables is tf.contrib.framework.get_variables
    assert variables.get_or_create_global_step is tf.train.get_or_create_global_step
    variables.of_the_script = 3
    assert tf.contrib.framework.variables.of_the_script == 3
    with pytest.raises(AttributeError):
        _ = tf.contrib.distributions.python.ops.normal.NoSuchThing
    with pytest.raises(AttributeError, match="has no attribute 'no_such_function'"):
        tf.contrib.distributions.python.ops.no_such_function()


def test_contrib_loads_no_family_by_itself():
    code = (
        "import flowgraph as tf, sys; tf.contrib; "
        "print([m for m in sys.modules if m.startswith('flowgraph.contrib.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "['flowgraph.contrib.missing', 'flowgraph.contrib.paths']"


@pytest.mark.parametrize(
    "name",
    ["distributions", "framework", "image", "learn", "lookup", "signal", "staging", "stateless",
     "util"],
)  # fmt: skip
def test_every_name_of_a_family_is_there(name):
    family = getattr(tf.contrib, name)
    for member in dir(family):
        getattr(family, member)


def test_a_few_of_the_small_families_work():
    with tf.Graph().as_default(), tf.Session() as session:
        proto = tf.contrib.util.make_tensor_proto([1.0, 2.0])
        assert tf.contrib.util.make_ndarray(proto).tolist() == [1.0, 2.0]
        assert tf.contrib.util.constant_value(tf.constant(3)) == 3
        image = tf.contrib.image.rotate([[1.0, 2.0], [3.0, 4.0]], np.pi / 2)
        assert session.run(image).tolist() == [[2.0, 4.0], [1.0, 3.0]]
        table = tf.contrib.lookup.index_table_from_tensor(["a", "b"], default_value=7)
        session.run(tf.tables_initializer())
        assert session.run(table.lookup(tf.constant(["b", "c"]))).tolist() == [1, 7]
        area = tf.contrib.staging.StagingArea([tf.float32])
        session.run(area.put([tf.constant(2.0)]))
        assert session.run(area.get()) == [2.0]
        drawn = tf.contrib.stateless.stateless_random_normal([3], [1, 2])
        assert (session.run(drawn) == session.run(drawn)).all()
    assert not tf.contrib.eager.in_eager_mode()
    with pytest.raises(AttributeError, match="no eager execution"):
        _ = tf.contrib.eager.defun
