"""Cases of the ops that take and put elements: slices, gather, scatter, where, masks, search."""

from __future__ import annotations

from typing import Any

import numpy as np
from golden.case import FLOATS, Draw, Family, apart, bools, given, ints, plane, real
from golden.cases_array import FEW, of

family = Family("index")
case = family.add


def index(*values: int, dtype: str = "int32") -> Draw:
    return given(list(values), dtype)


# --- slices ---------------------------------------------------------------------------------------
SLICES: dict[str, Any] = {  # what Python writes, on a tensor of shape [3, 4, 2]
    "[0]": lambda x: x[0],
    "[-1]": lambda x: x[-1],
    "[1, 2]": lambda x: x[1, 2],
    "[1, 2, 1]": lambda x: x[1, 2, 1],
    "[1:]": lambda x: x[1:],
    "[:2]": lambda x: x[:2],
    "[:-1]": lambda x: x[:-1],
    "[-2:]": lambda x: x[-2:],
    "[1:3]": lambda x: x[1:3],
    "[:]": lambda x: x[:],
    "[...]": lambda x: x[...],
    "[..., 0]": lambda x: x[..., 0],
    "[..., 1:]": lambda x: x[..., 1:],
    "[0, ..., 1]": lambda x: x[0, ..., 1],
    "[:, 1]": lambda x: x[:, 1],
    "[:, 1:3]": lambda x: x[:, 1:3],
    "[:, ::2]": lambda x: x[:, ::2],
    "[::-1]": lambda x: x[::-1],
    "[:, ::-2]": lambda x: x[:, ::-2],
    "[:, 3:0:-1]": lambda x: x[:, 3:0:-1],
    "[:, 1::2, 0]": lambda x: x[:, 1::2, 0],
    "[None]": lambda x: x[None],
    "[:, None]": lambda x: x[:, None],
    "[..., None]": lambda x: x[..., None],
    "[None, 1, ..., None, 0]": lambda x: x[None, 1, ..., None, 0],
    "[2:1]": lambda x: x[2:1],
    "[5:]": lambda x: x[5:],
    "[:, -100:100]": lambda x: x[:, -100:100],
}
for text, take in SLICES.items():
    case(f"x{text}", lambda tf, x, take=take: take(x), real(3, 4, 2))
for dtype in FEW:
    case(f"x[1:, ::-1] of {dtype}", lambda tf, x: x[1:, ::-1], of(dtype, 3, 4))
case("x[i]", lambda tf, x, i: x[i], real(3, 2), given(1, "int32"))
case("x[i] by int64", lambda tf, x, i: x[i], real(3, 2), given(-1, "int64"))
# Beside tensors TensorFlow 2 packs numbers that 1.15 makes one constant of.
case("x[i:j]", lambda tf, x, i, j: x[i:j], real(4, 2), given(1, "int32"), given(3, "int32"),
     nodes=False)  # fmt: skip
case("x[:, i:]", lambda tf, x, i: x[:, i:], real(2, 4), given(1, "int32"), nodes=False)
case("x[i, 1:]", lambda tf, x, i: x[i, 1:], real(2, 3), given(1, "int32"))
case("x[::i]", lambda tf, x, i: x[::i], real(4), given(2, "int32"), nodes=False)
case("x[tf.newaxis]", lambda tf, x: x[tf.newaxis, :, tf.newaxis], real(2))
case("x[0] of a vector", lambda tf, x: x[0], real(3), also=FLOATS)
case("x[1:] of an empty", lambda tf, x: x[1:], real(0, 2))
case("a slice of a slice", lambda tf, x: x[1:][:, 0], real(3, 2))
case("x[:n // 2]", lambda tf, x: x[: tf.shape(x)[0] // 2], real(4, 2), nodes=False)
case("strided_slice", lambda tf, x: tf.strided_slice(x, [0, 1], [2, 4], [1, 2]), real(3, 4))
case("strided_slice without strides", lambda tf, x: tf.strided_slice(x, [1], [3]), real(4),
     nodes=False)  # fmt: skip
case("strided_slice with masks", lambda tf, x: tf.strided_slice(
     x, [1, 1], [2, 2], [1, 1], begin_mask=1, end_mask=2, shrink_axis_mask=0),
     real(3, 4))  # fmt: skip
case("strided_slice by tensors", lambda tf, x, b, e, s: tf.strided_slice(x, b, e, s), real(4, 4),
     index(0, 3), index(3, 0), index(2, -1))  # fmt: skip
for begin, size in (([0, 1], [2, 2]), ([1, 0], [-1, 3]), ([0, 0], [0, -1]), ([2, 3], [1, 1])):
    case(f"slice from {begin} of {size}", lambda tf, x, b=begin, s=size: tf.slice(x, b, s),
         real(3, 4), also=("float32",))  # fmt: skip
for dtype in FEW:
    case(f"slice of {dtype}", lambda tf, x: tf.slice(x, [1, 0], [1, 2]), of(dtype, 2, 3))
case("slice by tensors", lambda tf, x, b, s: tf.slice(x, b, s), real(3, 4), index(1, 0),
     index(2, -1))  # fmt: skip
case("slice by int64 tensors", lambda tf, x, b, s: tf.slice(x, b, s), real(4),
     index(1, dtype="int64"), index(2, dtype="int64"))  # fmt: skip
case("slice of an empty", lambda tf, x: tf.slice(x, [0, 1], [0, 1]), real(0, 2))

# --- gather ---------------------------------------------------------------------------------------
for dtype in ("float64", *FEW):
    case(f"gather of {dtype}", lambda tf, x, i: tf.gather(x, i), of(dtype, 3, 2), index(2, 0, 2))
for axis in (1, -1, 2):
    case(f"gather along {axis}", lambda tf, x, i, a=axis: tf.gather(x, i, axis=a), real(2, 3, 3),
         index(2, 0))  # fmt: skip
case("gather by a scalar", lambda tf, x, i: tf.gather(x, i), real(3, 2), given(1, "int32"))
case("gather by a matrix", lambda tf, x, i: tf.gather(x, i), real(4),
     given([[0, 3], [3, 3]], "int64"))  # fmt: skip
case("gather by a matrix along 1", lambda tf, x, i: tf.gather(x, i, axis=1), real(2, 3),
     given([[0, 2], [1, 1]], "int32"))  # fmt: skip
case("gather by constants", lambda tf, x: tf.gather(x, [1, 0]), real(3, 2), also=FLOATS)
case(
    "gather by an empty", lambda tf, x, i: tf.gather(x, i), real(3, 2), given(np.zeros(0), "int32")
)
case("gather of an empty", lambda tf, x, i: tf.gather(x, i, axis=1), real(0, 2), index(1, 0, 1))
case("gather with batch_dims", lambda tf, x, i: tf.gather(x, i, batch_dims=1, axis=1), real(2, 4),
     given([[0, 3], [1, 1]], "int32"), nodes=False, variants=("known", "unknown dims"))  # fmt: skip
case("gather with batch_dims, further axis", lambda tf, x, i: tf.gather(x, i, batch_dims=1, axis=2),
     real(2, 2, 3), given([[0, 2], [1, 1]], "int32"), nodes=False,
     variants=("known", "unknown dims"))  # fmt: skip
case("gather with batch_dims, 3-D", lambda tf, x, i: tf.gather(x, i, batch_dims=2), real(2, 2, 3),
     given([[[0], [2]], [[1], [1]]], "int32"), nodes=False,
     variants=("known", "unknown dims"))  # fmt: skip
case("batch_gather", lambda tf, x, i: tf.batch_gather(x, i), real(2, 3),
     given([[2, 0], [1, 1]], "int32"), nodes=False, variants=("known", "unknown dims"))  # fmt: skip
case("gather by an axis that is a tensor", lambda tf, x, i, a: tf.gather(x, i, axis=a),
     real(2, 3), index(1, 1), given(1, "int32"))  # fmt: skip
case("gather twice, summed", lambda tf, x, i, j: tf.gather(x, i) + tf.gather(x, j), real(3, 2),
     index(0, 1), index(1, 2))  # fmt: skip
case("gather, and the whole", lambda tf, x, i: [tf.gather(x, i), x * 2.0], real(3, 2), index(1))
for dtype in ("float64", *FEW):
    case(f"gather_nd of {dtype}", lambda tf, x, i: tf.gather_nd(x, i), of(dtype, 2, 3),
         given([[0, 1], [1, 2], [0, 1]], "int32"))  # fmt: skip
case("gather_nd of rows", lambda tf, x, i: tf.gather_nd(x, i), real(3, 2),
     given([[2], [0], [2]], "int32"))  # fmt: skip
# TensorFlow's kernel for the gradient does not know a vector of coordinates.
case(
    "gather_nd by a vector",
    lambda tf, x, i: tf.gather_nd(x, i),
    real(2, 2, 2),
    index(1, 0),
    gradient=False,
)
case("gather_nd by 3-D", lambda tf, x, i: tf.gather_nd(x, i), real(2, 2),
     given([[[0, 0]], [[1, 0]]], "int64"))  # fmt: skip
case("gather_nd with batch_dims", lambda tf, x, i: tf.gather_nd(x, i, batch_dims=1), real(2, 3),
     given([[[2], [0]], [[1], [1]]], "int32"), nodes=False,
     variants=("known", "unknown dims"))  # fmt: skip
for dtype in ("float64", "float32", "int32", "complex64", "int64", "float16"):
    case(f"scatter_nd of {dtype}", lambda tf, i, x: tf.scatter_nd(i, x, [5]),
         given([[1], [3], [1]], "int32"), of(dtype, 3))  # fmt: skip
case("scatter_nd of rows", lambda tf, i, x: tf.scatter_nd(i, x, [3, 2]),
     given([[2], [0]], "int32"), real(2, 2))  # fmt: skip
case("scatter_nd of a matrix", lambda tf, i, x: tf.scatter_nd(i, x, [2, 3]),
     given([[0, 1], [1, 2], [0, 1]], "int32"), real(3))  # fmt: skip
case("scatter_nd by a tensor", lambda tf, i, x, s: tf.scatter_nd(i, x, s),
     given([[1], [0]], "int64"), real(2), index(4, dtype="int64"))  # fmt: skip

# --- where and masks ------------------------------------------------------------------------------
case("where", lambda tf, c, x, y: tf.where(c, x, y), bools(2, 3), real(2, 3), real(2, 3),
     also=FLOATS)  # fmt: skip
for dtype in ("int32", "bool", "complex64", "string", "int64"):
    case(f"where of {dtype}", lambda tf, c, x, y: tf.where(c, x, y), bools(4), of(dtype, 4),
         of(dtype, 4))  # fmt: skip
case("where by rows", lambda tf, c, x, y: tf.where(c, x, y), given([True, False, True]), real(3, 2),
     real(3, 2))  # fmt: skip
case("where by a scalar", lambda tf, c, x, y: tf.where(c, x, y), given(False), real(2), real(2))
case("where of an empty", lambda tf, c, x, y: tf.where(c, x, y), bools(0), real(0), real(0))
case("where by a comparison", lambda tf, x: tf.where(x > 0.1, tf.sqrt(tf.abs(x)), tf.square(x)),
     apart(3, 3))  # fmt: skip
case("where against zeros", lambda tf, x: tf.where(x > 0, x, tf.zeros_like(x)), apart(4))
for shape in ((5,), (2, 3), (2, 1, 2), (0, 2)):
    case(f"where of coordinates {shape}", lambda tf, c: tf.where(c), bools(*shape))
for dtype in ("float32", "int32", "uint8"):
    case(f"where of coordinates of {dtype}", lambda tf, x: tf.where(x),
         given([[0, 1, 2], [3, 0, 0]], dtype), gradient=False)  # fmt: skip
case("where_v2", lambda tf, c, x, y: tf.where_v2(c, x, y), bools(2, 1), real(3), real(2, 3),
     also=("float32",))  # fmt: skip
case("where_v2 with a number", lambda tf, x: tf.where_v2(x > 0, x, 0.5), apart(2, 3))
case("where_v2 of coordinates", lambda tf, c: tf.where_v2(c), bools(4))
case("boolean_mask", lambda tf, x, m: tf.boolean_mask(x, m), real(3, 2),
     given([True, False, True]), also=("float32",))  # fmt: skip
case("boolean_mask of a matrix", lambda tf, x, m: tf.boolean_mask(x, m), real(2, 3), bools(2, 3))
case("boolean_mask along 1", lambda tf, x, m: tf.boolean_mask(x, m, axis=1), real(2, 3),
     given([True, False, True]))  # fmt: skip
case("boolean_mask of a constant", lambda tf, x: tf.boolean_mask(x, [True, False]), real(2, 2))
case("boolean_mask of nothing", lambda tf, x, m: tf.boolean_mask(x, m), real(2), given([False] * 2))
case("boolean_mask of strings", lambda tf, x, m: tf.boolean_mask(x, m), of("string", 2),
     given([True, False]))  # fmt: skip
case("x[mask]", lambda tf, x: x[x > 0], apart(4))
case("x[mask] of a matrix", lambda tf, x: x[x > 0], apart(2, 3))

# --- rows dealt out and put together --------------------------------------------------------------
for dtype in ("float64", "float32", "int32", "string"):
    case(f"dynamic_partition of {dtype}", lambda tf, x, p: tf.dynamic_partition(x, p, 3),
         of(dtype, 4), index(2, 0, 2, 0))  # fmt: skip
case("dynamic_partition of rows", lambda tf, x, p: tf.dynamic_partition(x, p, 2), real(3, 2),
     index(1, 0, 1))  # fmt: skip
case("dynamic_partition by a matrix", lambda tf, x, p: tf.dynamic_partition(x, p, 2), real(2, 2, 2),
     given([[0, 1], [1, 1]], "int32"))  # fmt: skip
case("dynamic_partition of an empty", lambda tf, x, p: tf.dynamic_partition(x, p, 2), real(0, 2),
     given(np.zeros(0), "int32"))  # fmt: skip
case("dynamic_stitch", lambda tf, i, j, x, y: tf.dynamic_stitch([i, j], [x, y]), given(1, "int32"),
     given([[0, 3], [2, 4]], "int32"), real(2), real(2, 2, 2))  # fmt: skip
case("dynamic_stitch by constants", lambda tf, x, y: tf.dynamic_stitch([[0, 2], [1]], [x, y]),
     real(2, 2), real(1, 2), also=("float32",))  # fmt: skip
case("dynamic_stitch of one row twice", lambda tf, x, y: tf.dynamic_stitch([[0, 1], [1]], [x, y]),
     real(2), real(1), numeric=False, second=False)  # fmt: skip

# --- search ---------------------------------------------------------------------------------------
for dtype in ("int32", "int64", "float32", "string", "uint8"):
    case(f"unique of {dtype}", lambda tf, x: list(tf.unique(x)), given(
         [b"c", b"a", b"c", b"b"] if dtype == "string" else [7, 2, 7, 5, 2],
         None if dtype == "string" else dtype), gradient=False)  # fmt: skip
case("unique of an empty", lambda tf, x: list(tf.unique(x)), given(np.zeros(0), "int32"))
case("unique by int64", lambda tf, x: list(tf.unique(x, tf.int64)), index(3, 3, 1))
case("unique_with_counts of strings", lambda tf, x: list(tf.unique_with_counts(x)),
     given([b"b", b"a", b"b"]))  # fmt: skip
for side in ("left", "right"):
    case(f"searchsorted {side}", lambda tf, x, y, s=side: tf.searchsorted(x, y, side=s),
         given([1.0, 2.0, 2.0, 4.0]), given([0.5, 2.0, 9.0, 3.0]), gradient=False,
         nodes=False)  # fmt: skip
    case(f"searchsorted {side} of rows", lambda tf, x, y, s=side: tf.searchsorted(
         x, y, side=s, out_type=tf.int64), given([[1, 3, 5], [2, 2, 2]], "int32"),
         given([[3, 4], [1, 2]], "int32"), nodes=False)  # fmt: skip
case("top_k, unsorted, of one", lambda tf, x: list(tf.nn.top_k(x, 1, sorted=False)), apart(2, 4))
case("top_k by a tensor", lambda tf, x, k: list(tf.nn.top_k(x, k)), apart(2, 4), given(2, "int32"))
for dtype in ("int64", "uint8", "float16", "bfloat16"):
    case(f"top_k of {dtype}", lambda tf, x: list(tf.nn.top_k(x, 2)), given([[3, 1, 2]], dtype),
         numeric=False, second=False)  # fmt: skip
case("in_top_k out of range", lambda tf, x, t: tf.nn.in_top_k(x, t, 2),
     given([[0.1, 0.5, 0.4], [0.2, float("nan"), 0.1]], "float32"), index(5, 0),
     gradient=False)  # fmt: skip
case("in_top_k by a keyword", lambda tf, x, t: tf.nn.in_top_k(predictions=x, targets=t, k=1),
     real(2, 3, dtype="float32"), index(1, 2, dtype="int64"), gradient=False)  # fmt: skip
case("argsort of an order", lambda tf, x: tf.gather(x, tf.nn.top_k(x, 3).indices), apart(3))
case("complex slices", lambda tf, z: [z[0], z[1:], tf.gather(z, [1, 0])], plane(3))
case("a lookup of rows by argmax", lambda tf, x: tf.gather(x, tf.argmax(x, 0)), apart(3, 3))
case("integers of a shape", lambda tf, x: tf.range(tf.shape(x)[0]) * 2, ints(3))
