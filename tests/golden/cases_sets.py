"""Cases of sets, crosses of features, and sparse tensors as strings."""

from __future__ import annotations

from typing import Any

import numpy as np
from golden.case import Draw, Family, given, ints

family = Family("sets")
case = family.add
PLAIN = {"gradient": False, "numeric": False, "second": False}


def parts(sparse: Any) -> list[Any]:
    return [sparse.indices, sparse.values, sparse.dense_shape]


def sparse(dense: Any, dtype: str | None = None) -> tuple[Draw, Draw, Draw]:
    """The parts of the entries that are not zero."""
    array = np.asarray(dense, dtype)
    zero = b"" if array.dtype.kind == "S" else 0
    where = np.argwhere(array != zero)
    values = array[tuple(where.T)]
    return given(where, "int64"), given(values), given(array.shape, "int64")


# --- sets -----------------------------------------------------------------------------------------
A = [[3, 1, 3, 7], [2, 2, 2, 2], [5, 9, 0, 1]]
B = [[7, 3, 8], [1, 4, 6], [1, 0, 9]]
TEXT_A, TEXT_B = [[b"b", b"a", b"b"], [b"x", b"", b"y"]], [[b"a", b"c"], [b"z", b"x"]]
OPERATIONS = {
    "intersection": lambda tf, a, b: tf.sets.set_intersection(a, b),
    "union": lambda tf, a, b: tf.sets.set_union(a, b),
    "difference": lambda tf, a, b: tf.sets.set_difference(a, b),
    "difference reversed": lambda tf, a, b: tf.sets.set_difference(a, b, aminusb=False),
}
for name, operate in OPERATIONS.items():
    case(f"{name} of dense", lambda tf, a, b, f=operate: parts(f(tf, a, b)), given(A, "int32"),
         given(B, "int32"))  # fmt: skip
    case(f"{name} of strings", lambda tf, a, b, f=operate: parts(f(tf, a, b)), given(TEXT_A),
         given(TEXT_B))  # fmt: skip
    case(f"{name} of dense and sparse",
         lambda tf, a, i, v, s, f=operate: parts(f(tf, a, tf.SparseTensor(i, v, s))),
         given(A, "int64"), *sparse(B, "int64"))  # fmt: skip
    case(f"{name} of sparse and dense",
         lambda tf, i, v, s, b, f=operate: parts(f(tf, tf.SparseTensor(i, v, s), b)),
         *sparse(TEXT_A), given(TEXT_B))  # fmt: skip
    case(f"{name} of sparse",
         lambda tf, i, v, s, j, w, t, f=operate: parts(
             f(tf, tf.SparseTensor(i, v, s), tf.SparseTensor(j, w, t))),
         *sparse(A, "int32"), *sparse(B, "int32"))  # fmt: skip
for dtype in ("int8", "int16", "uint8", "uint16"):
    case(f"union of {dtype}", lambda tf, a, b: parts(tf.sets.union(a, b)), given(A, dtype),
         given(B, dtype))  # fmt: skip
case("intersection of rank 3", lambda tf, a, b: parts(tf.sets.intersection(a, b)),
     ints(2, 3, 5, low=0, high=4), ints(2, 3, 2, low=0, high=4))  # fmt: skip
case("difference of none", lambda tf, a, b: parts(tf.sets.difference(a, b)),
     given(np.zeros([2, 0], np.int32)), ints(2, 3))  # fmt: skip
case("union of no sets", lambda tf, a, b: parts(tf.sets.union(a, b)),
     given(np.zeros([0, 2], np.int32)), given(np.zeros([0, 3], np.int32)))  # fmt: skip
case("set_size", lambda tf, i, v, s: tf.sets.set_size(tf.SparseTensor(i, v, s)),
     *sparse([A, A], "int64"))  # fmt: skip
case("size of strings", lambda tf, i, v, s: tf.sets.size(tf.SparseTensor(i, v, s)),
     *sparse(TEXT_A))  # fmt: skip
case("SetSize unchecked", lambda tf, i, v, s: tf.raw_ops.SetSize(
     set_indices=i, set_values=v, set_shape=s, validate_indices=False), *sparse(A,
     "int8"))  # fmt: skip

# --- crosses --------------------------------------------------------------------------------------
LETTERS, NUMBERS = [[b"a", b"b"], [b"c", b""], [b"", b""]], [[4, 0, 6], [7, 0, 0], [0, 0, 1]]
CROSSED = (*sparse(LETTERS), *sparse(NUMBERS, "int64"), given([[b"x", b"y"], [b"z", b""],
           [b"u", b"v"]]))  # fmt: skip


def columns(tf: Any, i: Any, v: Any, s: Any, j: Any, w: Any, t: Any, d: Any) -> list[Any]:
    return [tf.SparseTensor(i, v, s), tf.SparseTensor(j, w, t), d]


case("cross", lambda tf, *x: parts(tf.sparse.cross(columns(tf, *x))), *CROSSED, nodes=False)
case("cross of strings", lambda tf, i, v, s, d: parts(tf.sparse.cross([
     tf.SparseTensor(i, v, s), d])), *sparse(LETTERS), CROSSED[-1], nodes=False)  # fmt: skip
for buckets in (0, 100):
    case(f"cross_hashed into {buckets}", lambda tf, *x, n=buckets: parts(tf.sparse.cross_hashed(
         columns(tf, *x), num_buckets=n)), *CROSSED, nodes=False)  # fmt: skip
case("cross_hashed with a key", lambda tf, a, b: parts(tf.sparse.cross_hashed(
     [a, b], num_buckets=1000, hash_key=7)), ints(2, 2, dtype="int32"), ints(2, 3, dtype="int64"),
     nodes=False)  # fmt: skip
case("SparseCross", lambda tf, i, v, s, j, w, t, d: list(tf.raw_ops.SparseCross(
     indices=[i, j], values=[v, w], shapes=[s, t], dense_inputs=[d], hashed_output=True,
     num_buckets=50, hash_key=956888297470, out_type=tf.int64, internal_type=tf.int64)),
     *CROSSED)  # fmt: skip

# --- sparse tensors as strings --------------------------------------------------------------------
VALUES = [[0, 1.5, 0], [2.5, 0, -1], [0, 0, 0]]


def there_and_back(kind: str) -> Any:
    def build(tf: Any, i: Any, v: Any, s: Any) -> Any:
        dtype = tf.as_dtype(kind)
        one, many = tf.SparseTensor(i, v, s), tf.SparseTensor(i, v, s)
        texts = tf.serialize_many_sparse(many)
        vector = tf.serialize_sparse(one)
        stacked = tf.reshape(tf.stack([vector, vector]), [2, 1, 3])
        return [
            texts, vector, *parts(tf.deserialize_many_sparse(texts, dtype, rank=2)),
            *tf.raw_ops.DeserializeSparse(serialized_sparse=vector, dtype=dtype),
            *tf.raw_ops.DeserializeSparse(serialized_sparse=stacked, dtype=dtype),
        ]  # fmt: skip

    return build


for kind in ("float32", "int64", "bool"):
    case(f"serialize_sparse {kind}", there_and_back(kind), *sparse(VALUES, kind), **PLAIN)
case("serialize_sparse of strings", there_and_back("string"), *sparse(TEXT_A))
case("serialize_sparse of nothing", there_and_back("int32"), given(np.zeros([0, 2], np.int64)),
     given([], "int32"), given([2, 4], "int64"))  # fmt: skip
case("serialize_sparse to variants", lambda tf, i, v, s: list(tf.raw_ops.DeserializeSparse(
     serialized_sparse=tf.serialize_many_sparse(tf.SparseTensor(i, v, s), out_type=tf.variant),
     dtype=tf.int32)), *sparse(A, "int32"))  # fmt: skip
