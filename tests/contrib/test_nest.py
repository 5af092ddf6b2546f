"""tf.contrib.framework.nest."""

from collections import namedtuple

import numpy as np
import pytest

import flowgraph as tf

nest = tf.contrib.framework.nest
Pair = namedtuple("Pair", ["first", "second"])
TREE = {"b": [1, Pair(2, (3,))], "a": 4}


def test_places_of_values():
    paths = [("a",), ("b", 0), ("b", 1, "first"), ("b", 1, "second", 0)]
    assert list(nest.yield_flat_paths(TREE)) == paths
    assert nest.flatten_with_tuple_paths(TREE) == list(zip(paths, [4, 1, 2, 3], strict=True))
    joined = nest.flatten_with_joined_string_paths(TREE)
    assert joined[-1] == ("b/1/second/0", 3)
    assert list(nest.yield_flat_paths(5)) == [()]
    assert nest.is_sequence(TREE) and not nest.is_sequence("text")


def test_maps_with_places():
    found = nest.map_structure_with_paths(lambda path, x, y: f"{path}:{x + y}", TREE, TREE)
    assert found == {"b": ["b/0:2", Pair("b/1/first:4", ("b/1/second/0:6",))], "a": "a:8"}
    found = nest.map_structure_with_tuple_paths(lambda path, x: len(path), [1, [2]])
    assert found == [1, [2]]


def test_maps_down_to_a_shallow_structure():
    assert nest.map_structure_up_to([0, 0], lambda a, b: (a, b), [[1, 2], 3], [4, [5]]) == [
        ([1, 2], 4), (3, [5]),
    ]  # fmt: skip
    assert nest.flatten_up_to([0, 0], [[1, 2], 3]) == [[1, 2], 3]
    assert nest.flatten_with_tuple_paths_up_to({"k": 0}, {"k": [1]}) == [(("k",), [1])]
    nest.assert_shallow_structure([0], [[1, 2]])
    for shallow, deep, error in (
        ([0], 1, TypeError), ([0], (1,), TypeError), ([0], [1, 2], ValueError),
        ({"a": 0}, {"b": 0}, ValueError),
    ):  # fmt: skip
        with pytest.raises(error):
            nest.assert_shallow_structure(shallow, deep)
    nest.assert_shallow_structure([0], (1,), check_types=False)
    with pytest.raises(ValueError, match="Cannot map over no sequences"):
        nest.map_structure_up_to([0], len)


def test_where_to_go_in():
    found = nest.get_traverse_shallow_structure(lambda s: isinstance(s, (list, int)), [1, (2, 3)])
    assert found == [True, False]
    with pytest.raises(TypeError, match="non-bool at a leaf"):
        nest.get_traverse_shallow_structure(lambda s: [True] if s == 1 else True, [1])


def test_dictionaries_of_nested_keys():
    assert nest.flatten_dict_items({(1, (2, 3)): ("a", ("b", "c")), 4: "d"}) == {
        1: "a", 2: "b", 3: "c", 4: "d",
    }  # fmt: skip
    with pytest.raises(TypeError, match="input must be a dictionary"):
        nest.flatten_dict_items([1])
    with pytest.raises(ValueError, match="Key had 2 elements, but value had 1"):
        nest.flatten_dict_items({(1, 2): ("a",)})
    with pytest.raises(ValueError, match="not unique"):
        nest.flatten_dict_items({1: "a", (1, 2): ("b", "c")})


def test_parts_of_sparse_tensors_and_slices():
    tree = {
        "a": tf.SparseTensor([[0]], [1], [3]),
        "b": [tf.IndexedSlices(tf.ones([1]), tf.constant([0])), 3],
    }
    assert len(tf.nest.flatten(tree)) == 3
    parts = tf.nest.flatten(tree, expand_composites=True)
    assert len(parts) == 6 and parts[1] is tree["a"].values
    again = tf.nest.pack_sequence_as(tree, parts, expand_composites=True)
    assert again["a"].values is tree["a"].values and again["b"][0].indices is parts[4]
    tf.nest.assert_same_structure(tree, again, expand_composites=True)
    doubled = tf.nest.map_structure(lambda x: x * 2, tree["a"], expand_composites=True)
    with tf.Session() as session:
        assert session.run(doubled).values.tolist() == [2]
    value = tf.SparseTensorValue(np.array([[0]]), np.array([1]), np.array([3]))
    assert tf.nest.map_structure(str, value, expand_composites=True).values == "[1]"


def test_the_family_has_the_functions_too():
    assert tf.contrib.framework.flatten({"a": [1, 2]}) == [1, 2]
    assert tf.contrib.framework.map_structure(lambda x: x + 1, (1, [2])) == (2, [3])
