"""Cases of ops of arrays and numbers that stand apart: sorting, sets, rolling, scattering."""

from __future__ import annotations

from typing import Any

import numpy as np
from golden.case import FLOATS, Build, Family, apart, given, ints, plane, real

family = Family("stragglers")
case = family.add
case("roll", lambda tf, x: tf.roll(x, 1, 0), real(4), also=FLOATS)
WIDE = ("float32",)
NONE: dict[str, Any] = {"gradient": False, "numeric": False, "second": False}

# --- setdiff1d, UniqueV2 --------------------------------------------------------------------------
SETS = {
    "int32": ([3, 1, 3, 2, 7], [2, 3]),
    "float64": ([3.5, np.nan, -0.0, 2.0, 7.0], [2.0, 0.0, np.nan]),
    "string": ([b"x", b"", b"yy", b"x"], [b"yy", b"z"]),
}
for kind, (x, y) in SETS.items():
    dtype = None if kind == "string" else kind
    case(f"setdiff1d of {kind}", lambda tf, x, y: list(tf.setdiff1d(x, y)), given(x, dtype),
         given(y, dtype), **NONE)  # fmt: skip
case("setdiff1d with int64", lambda tf, x, y: list(tf.setdiff1d(x, y, tf.int64)),
     ints(6, low=0, high=4), ints(2, low=0, high=4))  # fmt: skip
case("setdiff1d of nothing", lambda tf, x, y: list(tf.setdiff1d(x, y)), ints(0), ints(3))


def uniques(axis: list[int], counts: bool = True, **more: Any) -> Build:
    def build(tf: Any, x: Any) -> Any:
        op = tf.raw_ops.UniqueWithCountsV2 if counts else tf.raw_ops.UniqueV2
        return list(op(x=x, axis=tf.constant(axis, tf.int64), **more))

    return build


ROWS = [[1, 2, 1], [0, 2, 0], [1, 2, 1], [0, 0, 0]]
for axis in ([0], [1], [-1]):
    case(f"unique along {axis}", uniques(axis), given(ROWS, "int32"))
case("unique along 1 of 3", uniques([1], counts=False), ints(2, 5, 2, low=0, high=2))
case("unique of a vector", uniques([]), ints(7, low=0, high=3), exact_static=False)
case("unique rows of words", uniques([0], out_idx=np.int64), given([[b"x", b"y"], [b"z", b"y"],
     [b"x", b"y"]]))  # fmt: skip
case("unique rows of float32", uniques([0]), given(ROWS, "float32"), **NONE)
case("unique rows of nothing", uniques([0]), given(np.zeros((3, 0), np.int32)))
case("unique of no rows", uniques([0]), given(np.zeros((0, 3), np.int32)))

# --- sort, argsort, NthElement, TopK --------------------------------------------------------------
for direction in ("ASCENDING", "DESCENDING"):
    for axis in (-1, 0, 1):
        # TensorFlow 2 sorts integers and in unknown ranks by other nodes than 1.15.
        case(f"sort {direction} along {axis}", lambda tf, x, axis=axis, direction=direction:
             [tf.sort(x, axis, direction), tf.argsort(x, axis, direction)], apart(3, 4),
             nodes=axis == -1)  # fmt: skip
case("sort the middle", lambda tf, x: tf.sort(x, axis=1), apart(2, 3, 2), also=FLOATS, nodes=False)
for kind in ("int32", "int64", "uint8", "int8"):
    case(f"sort {kind}", lambda tf, x: [tf.sort(x), tf.argsort(x)],
         given([[3, 1, 3, 0], [7, 127, 0, 1]], kind), nodes=False)  # fmt: skip
case("sort the lowest", lambda tf, x: tf.sort(x), given([5, -(1 << 31), 7], "int32"), nodes=False)
case("sort nothing", lambda tf, x: tf.sort(x), real(2, 0), nodes=False, **NONE)
for reverse in (False, True):
    case(f"nth_element {'from above' if reverse else 'from below'}", lambda tf, x, r=reverse:
         tf.raw_ops.NthElement(input=x, n=1, reverse=r), apart(3, 4), second=False,
         also=FLOATS)  # fmt: skip
case("nth_element of equals", lambda tf, x: tf.raw_ops.NthElement(input=x, n=1),
     given([[2.0, 1.0, 2.0, 2.0]]), numeric=False, second=False)  # fmt: skip
case("nth_element of int32", lambda tf, x, n: tf.raw_ops.NthElement(input=x, n=n), ints(3, 5),
     given(2, "int32"))  # fmt: skip
case("TopK", lambda tf, x: list(tf.raw_ops.TopK(input=x, k=2)), apart(3, 4), nodes=False,
     kinds=False, golden_build=lambda tf, x: list(tf.nn.top_k(x, 2)))  # fmt: skip

# --- roll, unravel_index, data formats ------------------------------------------------------------
ROLLS: dict[str, tuple[Any, Any]] = {
    "back": (-1, 1), "far": (7, 0), "two": ([1, -2], [0, 1]), "one axis twice": ([1, 1], [1, 1]),
    "from behind": ([1], [-1]),
}  # fmt: skip
for name, (shift, axis) in ROLLS.items():
    case(f"roll {name}", lambda tf, x, shift=shift, axis=axis: tf.roll(x, shift, axis), real(3, 4))
case("roll words", lambda tf, x: tf.manip.roll(x, 1, 0), given([b"a", b"b", b"c"]))
case("roll nothing", lambda tf, x, s: tf.roll(x, s, [0]), real(0, 3), given([2], "int64"))
case("roll complex", lambda tf, x: tf.roll(x, 1, 1), plane(2, 3))
case("unravel_index", lambda tf, i: tf.unravel_index(i, [3, 4, 2]), given([0, 23, 7, 8], "int32"))
case("unravel_index of one", lambda tf, i, d: tf.unravel_index(i, d), given(7, "int64"),
     given([3, 4], "int64"))  # fmt: skip
FORMATS = {"to NCHW": ("NHWC", "NCHW"), "to NHWC": ("NCHW", "NHWC"), "to HWNC": ("NHWC", "HWNC"),
           "of 5": ("NDHWC", "NCDHW")}  # fmt: skip
for name, (source, target) in FORMATS.items():
    about = {"src_format": source, "dst_format": target}
    count = len(source)
    case(f"dimensions {name}", lambda tf, x, about=about: tf.raw_ops.DataFormatDimMap(x=x, **about),
         given(np.arange(-count, count).reshape(2, count), "int32"))  # fmt: skip
    case(f"vector {name}", lambda tf, x, about=about: tf.raw_ops.DataFormatVecPermute(
         x=x, **about), ints(count, dtype="int64"))  # fmt: skip
    case(f"pairs {name}", lambda tf, x, about=about: tf.raw_ops.DataFormatVecPermute(
         x=x, **about), ints(count, 2))  # fmt: skip
case("sizes to NCHW", lambda tf, x: tf.raw_ops.DataFormatVecPermute(x=x), ints(2))

# --- tensors with some elements changed -----------------------------------------------------------
PLACES = [[0, 1], [2, 0], [0, 3]]
for change in ("update", "add", "sub"):
    for dtype in ("int32", "int64"):
        case(f"tensor_scatter {change} by {dtype}", lambda tf, x, i, y, change=change: getattr(
             tf, f"tensor_scatter_nd_{change}")(x, i, y), real(3, 4), given(PLACES, dtype),
             real(3), also=FLOATS if dtype == "int32" else ())  # fmt: skip
    case(f"tensor_scatter {change} of rows", lambda tf, x, i, y, change=change: getattr(
         tf, f"tensor_scatter_nd_{change}")(x, i, y), real(3, 4), given([[2], [0]], "int32"),
         real(2, 4))  # fmt: skip
    case(f"tensor_scatter {change} of int32", lambda tf, x, i, y, change=change: getattr(
         tf, f"tensor_scatter_nd_{change}")(x, i, y), ints(5), given([[[4], [0]]], "int32"),
         ints(1, 2))  # fmt: skip
    case(f"tensor_scatter {change} of nothing", lambda tf, x, i, y, change=change: getattr(
         tf, f"tensor_scatter_nd_{change}")(x, i, y), real(3), given(np.zeros((0, 1)), "int32"),
         real(0))  # fmt: skip
case("tensor_scatter adds to one place twice", lambda tf, x, i, y: tf.tensor_scatter_nd_add(
     x, i, y), real(3), given([[1], [1]], "int32"), real(2))  # fmt: skip
case("tensor_scatter of words", lambda tf, x, i, y: tf.tensor_scatter_nd_update(x, i, y),
     given([b"a", b"b"]), given([[1]], "int32"), given([b"c"]))  # fmt: skip


def sliced(**more: Any) -> Build:
    def build(tf: Any, x: Any, y: Any) -> Any:
        about = {"begin": [1, 0], "end": [3, 4], "strides": [1, 2], **more}
        return tf.raw_ops.TensorStridedSliceUpdate(input=x, value=y, **about)

    return build


case("slice updated", sliced(), real(3, 4), real(2, 2), **NONE)
case("slice updated by int32", sliced(end_mask=1), ints(4, 4), ints(3, 2))
case("slice updated with a shrunk axis", sliced(shrink_axis_mask=1), real(3, 4), real(2), **NONE)
case("slice updated with a scalar", sliced(), real(3, 4), real(), **NONE)
for change in ("Update", "Add", "Sub"):
    # TensorFlow writes into memory that others may hold, so it is given a copy.
    case(f"inplace {change}", lambda tf, x, y, name=f"Inplace{change}": getattr(tf.raw_ops, name)(
         x=x + 0.0, i=[2, 0], v=y), real(3, 4), real(2, 4), **NONE)  # fmt: skip
case("inplace add to one row twice", lambda tf, x, y: tf.raw_ops.InplaceAdd(x=x + 0, i=[1, 1], v=y),
     ints(3), ints(2))  # fmt: skip
case("empty", lambda tf, n: [tf.raw_ops.Empty(shape=n, dtype=tf.float32, init=True),
     tf.shape(tf.raw_ops.Empty(shape=[2, 0], dtype=tf.int64))], given([2, 3], "int32"))  # fmt: skip

# --- numbers --------------------------------------------------------------------------------------
case("nextafter", lambda tf, x, y: tf.math.nextafter(x, y), real(3, 4), real(4), numeric=False)
case("nextafter of float32", lambda tf, x, y: tf.math.nextafter(x, y), given(
     [0, 1, -1, np.inf, 3e38], "float32"), given([1, 1, 0, 0, np.inf], "float32"),
     gradient=False)  # fmt: skip
case("reciprocal_no_nan", lambda tf, x: tf.math.reciprocal_no_nan(x), given([0.5, -3.0, 8.0]),
     also=("float32",))  # fmt: skip
case("reciprocal_no_nan of zero", lambda tf, x: tf.math.reciprocal_no_nan(x), given([0.0, 2.0]),
     **NONE)  # fmt: skip
for kind in ("float64", "float32", "int32", "int64"):
    case(f"bucketize {kind}", lambda tf, x: tf.raw_ops.Bucketize(
         input=x, boundaries=[-1.0, 0.1, 3.0, 3.0]), given([[-7, -1, 0], [3, 4, 2]], kind),
         **NONE)  # fmt: skip
case("bucketize what is no number", lambda tf, x: tf.raw_ops.Bucketize(input=x, boundaries=[
     0.1, 0.3]), given([np.nan, np.inf, 0.1, 0.3]), **NONE)  # fmt: skip
A, X = [0.3, 1.0, 2.5, 7.0, 30.0, 120.0], [0.2, 4.0, 2.5, 3.0, 40.0, 100.0]
for name in ("igamma", "igammac"):
    # The second derivative by a is TensorFlow's zero: IgammaGradA has no gradient.
    case(name, lambda tf, a, x, name=name: getattr(tf.math, name)(a, x), given(A), given(X),
         also=("float32",), second=False)  # fmt: skip
    case(f"{name} broadcast", lambda tf, a, x, name=name: getattr(tf, name)(a, x),
         real(3, 1, low=0.5, high=3), real(4, low=0.1, high=5), second=False)  # fmt: skip
    case(f"{name} at the borders", lambda tf, a, x, name=name: getattr(tf, name)(a, x),
         given([1.0, 2.0, -1.0, 0.0, 3.0, np.nan]), given([0.0, np.inf, 1.0, 1.0, -1.0, 1.0]),
         **NONE)  # fmt: skip
case("igamma by its second argument", lambda tf, x: tf.igamma(np.array([2.0, 3.5]), x),
     real(2, low=0.5, high=4))  # fmt: skip
B = [[0.3, 1.0, 2.5], [7.0, 30.0, 0.5]]
case("betainc", lambda tf, a, b, x: tf.math.betainc(a, b, x), given(B), given(np.array(B)[::-1]),
     given([[0.1, 0.5, 0.9], [0.3, 0.98, 0.01]]), numeric=False, second=False,
     also=("float32",))  # fmt: skip
case("betainc of scalars", lambda tf, x: tf.betainc(np.float64(2.5), np.float64(0.7), x),
     real(2, 3, low=0.05, high=0.95))  # fmt: skip
case("betainc at a scalar", lambda tf, x: tf.betainc(np.array([2.5, 3.0]), np.float64(0.7), x),
     given(0.3))  # fmt: skip
case("betainc at the borders", lambda tf, a, x: tf.betainc(a, a, x), given(
     [1.0, 2.0, 0.0, -1.0, 2.0, 2.0]), given([0.0, 1.0, 0.5, 0.5, -0.1, 1.5]), **NONE)  # fmt: skip


def confused(**more: Any) -> Build:
    return lambda tf, labels, predictions: tf.math.confusion_matrix(labels, predictions, **more)


GUESSES = given([0, 2, 1, 1, 2], "int32"), given([0, 1, 1, 2, 2], "int32")
case("confusion_matrix", confused(), *GUESSES, exact_static=False, nodes=False)
case("confusion_matrix of known classes", confused(num_classes=4, name="c"), *GUESSES,
     nodes=False)  # fmt: skip
case("confusion_matrix of columns", confused(num_classes=3, dtype=np.float32), given(
     [[0], [2]], "int64"), given([1, 2], "int64"), variants=("known", "unknown dims"),
     nodes=False)  # fmt: skip
case("confusion_matrix with weights", lambda tf, a, b, w: tf.math.confusion_matrix(
     a, b, num_classes=3, weights=w, dtype=tf.float32), *GUESSES, real(5, dtype="float32"),
     gradient=False, nodes=False)  # fmt: skip

# --- older ops ------------------------------------------------------------------------------------
case("Reverse", lambda tf, x, d: tf.raw_ops.Reverse(tensor=x, dims=d), real(2, 3, 2),
     given([True, False, True]))  # fmt: skip
case("Reverse nothing", lambda tf, x: tf.raw_ops.Reverse(tensor=x, dims=[False]), ints(4))
case("SpaceToBatch", lambda tf, x: tf.raw_ops.SpaceToBatch(
     input=x, paddings=[[1, 1], [0, 2]], block_size=2), real(1, 2, 4, 3), also=FLOATS)  # fmt: skip
case("BatchToSpace", lambda tf, x, c: tf.raw_ops.BatchToSpace(
     input=x, crops=c, block_size=2), real(8, 2, 1, 3), given([[1, 0], [0, 1]], "int64"),
     exact_static=False)  # fmt: skip
case("TileGrad", lambda tf, x: tf.raw_ops.TileGrad(input=x, multiples=[2, 3]), real(4, 6),
     golden_build=lambda tf, x: tf.reduce_sum(tf.reshape(x, [2, 2, 3, 2]), [0, 2]), nodes=False,
     also=FLOATS, variants=("known",))  # fmt: skip
case("PlaceholderV2", lambda tf, x: [tf.shape(x), tf.zeros_like(tf.raw_ops.PlaceholderV2(
     dtype=tf.float32, shape=[2, 3]))], real(1), golden_build=lambda tf, x: [tf.shape(x),
     tf.zeros([2, 3])], nodes=False, **NONE)  # fmt: skip
case("Fact", lambda tf, x: [tf.raw_ops.Fact(), x], ints(1), exact_static=False)


def triggered(tf: Any, x: Any) -> Any:
    with tf.control_dependencies([tf.raw_ops.ControlTrigger()]):
        return [tf.identity(x), tf.cast(tf.timestamp() > 1e9, tf.int32)]


case("ControlTrigger, timestamp", triggered, ints(2), nodes=False)

# --- SparseSegmentMeanGrad, Einsum ----------------------------------------------------------------
for name in ("Mean", "SqrtN"):
    for kind in ("int32", "int64"):
        case(f"SparseSegment{name}Grad by {kind}", lambda tf, g, i, s, name=name: getattr(
             tf.raw_ops, f"SparseSegment{name}Grad")(grad=g, indices=i, segment_ids=s,
             output_dim0=5), real(3, 2), given([4, 0, 4, 1], kind), given([0, 0, 2, 2], "int32"),
             **NONE, also=WIDE)  # fmt: skip
EQUATIONS: dict[str, tuple[tuple[int, ...], ...]] = {
    "ij,jk->ik": ((2, 3), (3, 4)), "bij,bjk->bik": ((2, 2, 3), (2, 3, 4)), "ij->ji": ((2, 3),),
    "ij->": ((2, 3),), "ii->i": ((3, 3),), "ii->": ((3, 3),), "i->ii": ((3,),),
    "i,j->ij": ((2,), (3,)), "...ij,...jk->...ik": ((5, 1, 2, 3), (4, 3, 2)),
    "b...,b->...": ((2, 3, 4), (2,)), "...i->i...": ((2, 3, 4),), "aab,b->aa": ((2, 2, 3), (3,)),
}  # fmt: skip
for equation, shapes in EQUATIONS.items():
    case(f"Einsum {equation}", lambda tf, *xs, equation=equation: tf.raw_ops.Einsum(
         inputs=list(xs), equation=equation), *[real(*shape) for shape in shapes], **NONE,
         also=FLOATS if equation == "ij,jk->ik" else ())  # fmt: skip
case("Einsum of complex", lambda tf, x, y: tf.raw_ops.Einsum(inputs=[x, y], equation="ij,j->i"),
     plane(2, 3), plane(3), **NONE)  # fmt: skip
case("Einsum of int32", lambda tf, x: tf.raw_ops.Einsum(inputs=[x], equation="ij->j"), ints(2, 3))
