"""Graphs: names, scopes, look-up, control dependencies, collections."""

import pytest

from flowgraph.core.graph import Graph, control_dependencies, name_scope
from flowgraph.ops.array.constant import constant, placeholder
from flowgraph.ops.math.arithmetic import add


@pytest.fixture
def graph():
    with Graph().as_default() as g:
        yield g


def test_names_are_made_unique_without_regard_to_case(graph):
    names = [constant(1.0, name=n).op.name for n in ("a", "a", "A", "a_1", "a")]
    assert names == ["a", "a_1", "A_2", "a_1_1", "a_3"]


def test_constants_of_python_numbers_are_named_inside_their_operation(graph):
    add(placeholder("float32", []), 2.0, name="sum")
    assert [op.name for op in graph.get_operations()] == ["Placeholder", "sum/y", "sum"]


def test_scopes_nest_reenter_and_return_to_the_root(graph):
    with name_scope("outer") as outer:
        with name_scope("inner") as inner:
            assert (outer, inner) == ("outer/", "outer/inner/")
        with name_scope(outer):
            assert constant(1.0, name="x").op.name == "outer/x"
        with graph.name_scope(None):
            assert constant(1.0, name="x").op.name == "x"
    with name_scope("outer") as again:
        assert again == "outer_1/"


@pytest.mark.parametrize("name", ["a b", "_private", "ü", "$x"])
def test_bad_names_are_value_errors(graph, name):
    with pytest.raises(ValueError, match="not a valid"):
        constant(1.0, name=name)


def test_look_up_by_name(graph):
    x = placeholder("float32", [], name="x")
    assert graph.get_tensor_by_name("x:0") is x
    assert graph.get_operation_by_name("x") is x.op
    assert graph.as_graph_element("x") is x.op
    assert graph.as_graph_element(x) is x


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("y:0", KeyError, "does not exist in the graph"),
        ("x:1", KeyError, "exists but only has 1 outputs"),
        ("x", ValueError, "refers to an Operation, not a Tensor"),
        ("x:first", ValueError, "looks like a tensor name, but is not a valid one"),
    ],
)
def test_wrong_tensor_names(graph, name, error, message):
    placeholder("float32", [], name="x")
    with pytest.raises(error, match=message):
        graph.get_tensor_by_name(name)


def test_control_dependencies_are_not_repeated_by_what_depends_on_them(graph):
    first = constant(1.0, name="first")
    with control_dependencies([first]):
        second = add(constant(2.0), constant(3.0), name="second")
        third = add(second, second, name="third")
        with control_dependencies(None):
            free = constant(4.0)
    assert second.op.control_inputs == []  # its inputs have waited
    assert second.op.inputs[0].op.control_inputs == [first.op]
    assert third.op.control_inputs == []
    assert free.op.control_inputs == []


def test_a_finalized_graph_refuses_nodes(graph):
    graph.finalize()
    with pytest.raises(RuntimeError, match="finalized"):
        constant(1.0)


def test_collections_with_scope_filter(graph):
    a, b = constant(1.0, name="a"), constant(1.0, name="b")
    for tensor in (a, b):
        graph.add_to_collection("c", tensor)
    assert graph.get_collection("c") == [a, b]
    assert graph.get_collection("c", scope="b") == [b]
    graph.get_collection("c").clear()
    assert graph.get_collection("c") == [a, b]


def test_devices_merge(graph):
    with graph.device("/job:worker/task:3"), graph.device("/gpu:1"):
        assert constant(1.0).device == "/job:worker/task:3/device:GPU:1"
        with graph.device(None):
            assert constant(1.0).device == ""


def test_mixing_graphs_is_a_value_error(graph):
    x = constant(1.0)
    with Graph().as_default():
        y = constant(1.0)
    with pytest.raises(ValueError, match="must be from the same graph"):
        add(x, y)


def test_consumers_count_each_use():
    with Graph().as_default():
        x = constant(1.0)
        twice, once = add(x, x), add(x, 2.0)
        assert x.consumers() == [twice.op, twice.op, once.op]
