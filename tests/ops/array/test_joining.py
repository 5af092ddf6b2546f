"""Lists with tensors in them become one tensor, by TensorFlow's rules."""

import numpy as np
import pytest

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import Graph
from flowgraph.ops.array.constant import placeholder
from flowgraph.ops.array.joining import concat, stack
from flowgraph.runtime.session import Session


def test_a_list_with_a_tensor_is_packed():
    with Graph().as_default() as graph, Session(graph=graph) as session:
        x = placeholder(dtypes.int32, [])
        packed = convert_to_tensor([[1, x], (3, 4)])
        assert packed.op.type == "Pack" and packed.op.name == "packed"
        assert [op.name for op in graph.get_operations()][1:] == [
            "packed/0/0", "packed/0", "packed/1_1", "packed",
        ]  # fmt: skip
        assert session.run(packed, {x: 2}).tolist() == [[1, 2], [3, 4]]


def test_dimensions_count_as_integers():
    with Graph().as_default() as graph, Session(graph=graph) as session:
        x = placeholder(dtypes.float32, [3, None])
        assert session.run(convert_to_tensor([x.shape[0], 5])).tolist() == [3, 5]
        with pytest.raises(ValueError, match=r"tf\.shape"):
            convert_to_tensor([x.shape[1], 5])


def test_a_list_of_plain_values_stays_a_constant():
    with Graph().as_default():
        assert stack([1.0, 2.0]).op.type == "Const"
        assert convert_to_tensor([np.float64(1), 2]).op.type == "Const"


def test_concat_names_the_shapes_that_differ():
    with Graph().as_default():
        x, y = placeholder(dtypes.float32, [2, 3]), placeholder(dtypes.float32, [1, 4])
        with pytest.raises(ValueError, match=r"equal, but are 3 and 4\. Shapes are \[2,3\]"):
            concat([x, y], 0)
