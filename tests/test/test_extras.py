"""tf.test beside its TestCase: stubs, benchmarks, clusters, decorators of TensorFlow tests."""

import os
import types

import pytest

import flowgraph as tf
from flowgraph.test import decorators


def test_a_directory_of_its_own():
    """Tests delete it with all that is below: it must not be the system's."""
    import tempfile

    path = tf.test.get_temp_dir()
    assert os.path.isdir(path)
    assert os.listdir(path) == []
    assert os.path.realpath(path) != os.path.realpath(tempfile.gettempdir())
    assert tf.test.get_temp_dir() == path


def test_stubs_are_put_back():
    module = types.SimpleNamespace(a=1)

    class Base:
        x = 1

    class Below(Base):
        pass

    with tf.test.StubOutForTesting() as stubs:
        stubs.Set(module, "a", 2)
        stubs.Set(module, "a", 3)
        stubs.SmartSet(Below, "x", 5)
        assert (module.a, Below.x) == (3, 5)
    assert (module.a, Below.x) == (1, 1)
    assert "x" not in vars(Below)
    with pytest.raises(AttributeError):
        stubs.SmartSet(module, "b", 1)


def test_a_benchmark(capsys):
    with tf.Graph().as_default(), tf.Session(config=tf.test.benchmark_config()) as session:
        y = tf.constant(1.0) + 2.0
        told = tf.test.Benchmark().run_op_benchmark(session, y, min_iters=3, mbs=1, name="add")
    assert told["iters"] == 3
    assert told["wall_time"] > 0
    assert "add: iters: 3" in capsys.readouterr().out


def test_graphs_are_compared():
    def graph(value):
        with tf.Graph().as_default() as made:
            tf.constant(value, name="c")
        return made.as_graph_def()

    tf.test.assert_equal_graph_def(graph(1), graph(1))
    with pytest.raises(AssertionError, match="Node 'c' differs"):
        tf.test.assert_equal_graph_def(graph(1), graph(2))
    with pytest.raises(AssertionError, match="differ in nodes: c"):
        tf.test.assert_equal_graph_def(graph(1), tf.GraphDef())


def test_a_local_cluster():
    workers, servers = tf.test.create_local_cluster(num_workers=2, num_ps=1)
    assert (len(workers), len(servers)) == (2, 1)
    with tf.Graph().as_default(), tf.Session(workers[0].target) as session:
        assert session.run(tf.constant(3)) == 3


def test_decorators_run_tests_in_a_session():
    class Case(tf.test.TestCase):
        @decorators.run_in_graph_and_eager_modes
        def test_a(self):
            return tf.constant(2).eval()

        @decorators.run_in_graph_and_eager_modes(use_gpu=True)
        def test_b(self):
            return tf.constant(3).eval()

        @decorators.run_deprecated_v1
        def test_c(self):
            return 4

        @decorators.run_v1_only("b/1")
        def test_d(self):
            return 5

    case = Case("test_a")
    case.setUp()
    assert [case.test_a(), case.test_b(), case.test_c(), case.test_d()] == [2, 3, 4, 5]
    case.tearDown()


def test_source_paths():
    assert os.path.isdir(tf.test.test_src_dir_path("flowgraph"))
    assert tf.test.mock.Mock()() is not None
    assert not tf.test.is_built_with_rocm()
    assert not tf.test.is_built_with_gpu_support()
