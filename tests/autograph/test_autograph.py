"""tf.autograph."""

import pytest

import flowgraph as tf


def test_functions_stay_as_they_are(capsys):
    def function(x):
        return x

    assert tf.autograph.experimental.do_not_convert(function) is function
    assert tf.autograph.experimental.do_not_convert()(function) is function
    tf.autograph.set_verbosity(3, alsologtostdout=True)
    tf.autograph.experimental.set_loop_options(parallel_iterations=4, swap_memory=True)
    tf.autograph.trace("a", 1)
    assert capsys.readouterr().out == "a 1\n"


def test_features_are_named():
    feature = tf.autograph.experimental.Feature
    assert feature.LISTS in feature.all() and len(feature.all()) == 7
    but = feature.all_but([feature.LISTS, feature.NAME_SCOPES])
    assert feature.LISTS not in but and feature.ALL not in but and len(but) == 4
    assert feature.LISTS not in feature.all_but(feature.LISTS)


def test_what_there_is_not_says_so():
    with pytest.raises(AttributeError, match="TensorFlow 1.15 has tf.autograph.to_graph"):
        tf.autograph.to_graph  # noqa: B018
