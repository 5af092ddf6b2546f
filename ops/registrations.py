"""What the engine has to know of values before their families of ops are loaded.

How Python values become tensors, what a slice of a tensor is, how sparse values are fetched and
fed, and the operators on sparse tensors: each a function that is imported when it is first called.
"""

from __future__ import annotations

import builtins

from flowgraph.core.convert import register_tensor_conversion_function
from flowgraph.core.function import set_input_maker
from flowgraph.core.indexed_slices import IndexedSlices
from flowgraph.core.lazy import later
from flowgraph.core.shapes import Dimension, TensorShape
from flowgraph.core.sparse_tensor import SparseTensor
from flowgraph.core.tensor import override_operator
from flowgraph.runtime.fetches import register_session_run_conversion_functions

_CONSTANT, _JOINING, _RANGE, _GRADIENTS, _DENSE, _SPARSE = (
    f"flowgraph.ops.{name}"
    for name in (
        "array.constant", "array.joining", "math.range", "gradients", "sparse.dense",
        "sparse.arithmetic",
    )
)  # fmt: skip

register_tensor_conversion_function(
    (TensorShape, Dimension), later(_CONSTANT, "shape_conversion"), 99
)
register_tensor_conversion_function((list, tuple), later(_JOINING, "list_conversion"), 99)
register_tensor_conversion_function(builtins.range, later(_RANGE, "range_conversion"))
register_tensor_conversion_function(IndexedSlices, later(_GRADIENTS, "slices_conversion"))
register_tensor_conversion_function(object, later(_CONSTANT, "constant_conversion"), 200)

register_session_run_conversion_functions(
    IndexedSlices, later(_GRADIENTS, "fetched_slices"), later(_GRADIENTS, "fed_slices")
)
register_session_run_conversion_functions(
    SparseTensor, later(_DENSE, "fetched_sparse"), later(_DENSE, "fed_sparse")
)

set_input_maker(later(_CONSTANT, "placeholder"))
override_operator("__getitem__", later("flowgraph.ops.array.strided", "slice_helper"))
for _operator in ("mul", "rmul", "div", "truediv"):
    SparseTensor._override_operator(f"__{_operator}__", later(_SPARSE, _operator))
