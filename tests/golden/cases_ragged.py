"""Cases of ragged tensors: ranges, rows gathered, and what they are as sparse tensors."""

from __future__ import annotations

from typing import Any

from golden.case import Build, Draw, Family, given, real

family = Family("ragged")


def case(name: str, build: Build, *draws: Draw, **flags: Any) -> None:
    family.add(name, build, *draws, **flags)


ENDS = {"int32": ([0, 5, 9, 3], [6, 5, 2, 10], [2, 1, -3, 4]),
        "int64": ([0, 2**40], [3, 2**40 + 2], [1, 1]),
        "float32": ([0.0, 1.0, 5.0], [1.05, 0.0, 1.0], [0.1, 0.5, -1.5]),
        "float64": ([0.0, -1.0], [1.0, 2.0], [0.3, 0.7])}  # fmt: skip
for dtype, ends in ENDS.items():
    case(f"range of {dtype}", lambda tf, a, b, c: list(tf.raw_ops.RaggedRange(
         starts=a, limits=b, deltas=c)), *(given(e, dtype) for e in ends),
         gradient=False, numeric=False, second=False)  # fmt: skip
case("range of scalars", lambda tf, b: list(tf.raw_ops.RaggedRange(
     starts=1, limits=b, deltas=2, Tsplits=tf.int32)), given(8, "int32"))  # fmt: skip
case("range of a scalar and a vector", lambda tf, b: list(tf.raw_ops.RaggedRange(
     starts=0, limits=b, deltas=1)), given([2, 0, 3], "int32"))  # fmt: skip
case("range of none", lambda tf, b: list(tf.raw_ops.RaggedRange(
     starts=0, limits=b, deltas=1)), given([], "int32"))  # fmt: skip


def gather(tf: Any, splits: list[Any], values: Any, indices: Any, depth: int) -> Any:
    found = tf.raw_ops.RaggedGather(params_nested_splits=splits, params_dense_values=values,
                                    indices=indices, OUTPUT_RAGGED_RANK=depth)  # fmt: skip
    return [*found[0], found[1]] if hasattr(found, "_fields") else list(found)


OUTER, INNER = given([0, 2, 2, 3], "int64"), given([0, 1, 1, 4], "int64")
for dtype in ("int32", "int64"):
    case(f"gather of {dtype}", lambda tf, s, v, i: gather(tf, [s], v, i, 1),
         given([0, 2, 2, 5], "int64"), real(5, 2), given([2, 0, 2, 1], dtype),
         nodes=False)  # fmt: skip
case("gather of two levels", lambda tf, a, b, v, i: gather(tf, [a, b], v, i, 2), OUTER, INNER,
     real(4), given([2, 0, 0], "int32"), nodes=False)  # fmt: skip
case("gather by a matrix", lambda tf, a, b, v, i: gather(tf, [a, b], v, i, 3), OUTER, INNER,
     real(4), given([[2, 0], [1, 1], [0, 2]], "int32"), nodes=False)  # fmt: skip
case("gather by one", lambda tf, a, b, v, i: gather(tf, [a, b], v, i, 1), OUTER, INNER,
     real(4), given(0, "int32"), nodes=False)  # fmt: skip
case("gather of strings by none", lambda tf, s, v, i: gather(tf, [s], v, i, 1),
     given([0, 1, 2], "int32"), given([b"a", b"b"]), given([], "int32"), nodes=False)  # fmt: skip


def sparse(tf: Any, splits: list[Any], values: Any) -> Any:
    return list(tf.raw_ops.RaggedTensorToSparse(rt_nested_splits=splits, rt_dense_values=values))


case("to sparse", lambda tf, s, v: sparse(tf, [s], v), given([0, 2, 2, 5], "int64"), real(5))
case("to sparse of two levels", lambda tf, a, b, v: sparse(tf, [a, b], v), OUTER, INNER, real(4))
case("to sparse of matrices", lambda tf, s, v: sparse(tf, [s], v), given([0, 2, 2, 3], "int32"),
     real(3, 2, 2))  # fmt: skip
case("to sparse of none", lambda tf, s, v: sparse(tf, [s], v), given([0, 0], "int64"), real(0))
