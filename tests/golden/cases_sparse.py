"""Cases of sparse tensors: ops over their three parts, and lookups of embeddings by sparse ids."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from golden.case import Draw, Family, apart, given, ints, plane, real

family = Family("sparse")
case = family.add

KNOWN = ("known",)
PLAIN = {"gradient": False, "numeric": False, "second": False}
STOPS = {"numeric": False, "second": False}  # gradients end there, or a value has no derivative


def places(*rows: list[int]) -> Draw:
    return given(rows, "int64")


def shape(*sizes: int) -> Draw:
    return given(sizes, "int64")


INDICES = places([0, 1], [1, 0], [1, 2])
SHAPE = shape(2, 3)
MATRIX = (INDICES, real(3), SHAPE)
OTHER = (places([0, 1], [0, 2], [1, 0]), real(3), SHAPE)
CUBE = (places([0, 0, 1], [0, 1, 0], [1, 1, 0], [1, 1, 1]), real(4), shape(2, 2, 2))
NONE = ints(0, 2, dtype="int64")


def parts(sparse: Any) -> list[Any]:
    return [sparse.indices, sparse.values, sparse.dense_shape]


def of(function: Callable[..., Any]) -> Callable[..., Any]:
    """A build of a function of one sparse tensor and other inputs; sparse results in parts."""

    def build(tf: Any, indices: Any, values: Any, dense_shape: Any, *others: Any) -> Any:
        result = function(tf, tf.SparseTensor(indices, values, dense_shape), *others)
        return parts(result) if isinstance(result, tf.SparseTensor) else result

    return build


def of_two(function: Callable[..., Any]) -> Callable[..., Any]:
    """A build of a function of two sparse tensors."""

    def build(tf: Any, *inputs: Any) -> Any:
        result = function(tf, tf.SparseTensor(*inputs[:3]), tf.SparseTensor(*inputs[3:6]))
        return parts(result) if isinstance(result, tf.SparseTensor) else result

    return build


# --- dense ----------------------------------------------------------------------------------------
to_dense = of(lambda tf, s: tf.sparse_tensor_to_dense(s))
case("to_dense", to_dense, *MATRIX, also=("float32", "float16", "bfloat16"))
case("to_dense, three dimensions", to_dense, *CUBE)
case("to_dense of int32", to_dense, INDICES, ints(3), SHAPE)
case("to_dense of bool", of(lambda tf, s: tf.sparse_tensor_to_dense(s, False)), INDICES,
     given([True, False, True]), SHAPE)  # fmt: skip
case("to_dense of strings", of(lambda tf, s: tf.sparse_tensor_to_dense(s, "-")), INDICES,
     given([b"a", b"bc", b""]), SHAPE)  # fmt: skip
case("to_dense of complex", to_dense, INDICES, plane(3), SHAPE)
case("to_dense with a default", lambda tf, i, v, s, d: tf.sparse_tensor_to_dense(
     tf.SparseTensor(i, v, s), d), *MATRIX, real())  # fmt: skip
case("to_dense of a constant shape", lambda tf, i, v: tf.sparse_tensor_to_dense(
     tf.SparseTensor(i, v, [2, 3])), INDICES, real(3))  # fmt: skip
case("to_dense of none", to_dense, NONE, real(0), SHAPE)
case("to_dense, unsorted", of(lambda tf, s: tf.sparse_tensor_to_dense(
     s, validate_indices=False)), places([1, 0], [0, 1]), real(2), SHAPE)  # fmt: skip
case("sparse_to_dense of a vector", lambda tf, i, v: tf.sparse_to_dense(i, [5], v, 0.5),
     given([1, 3], "int32"), real(2, dtype="float32"), gradient=False)  # fmt: skip
case("sparse_to_dense of a vector, int64", lambda tf, i, s, v, d: tf.sparse_to_dense(i, s, v, d),
     given([1, 3], "int64"), given([5], "int64"), real(2), real(), gradient=False)  # fmt: skip
case("sparse_to_dense of one value", lambda tf, i, v, d: tf.sparse_to_dense(i, [5], v, d),
     given([1, 3], "int32"), real(), real(), gradient=False)  # fmt: skip
case("sparse_to_dense at one place", lambda tf, i, v, d: tf.sparse_to_dense(i, [5], v, d),
     given(3, "int32"), real(), real(), gradient=False)  # fmt: skip
case("from_dense", lambda tf, x: parts(tf.sparse.from_dense(x)),
     given([[0.0, 1.5, 0.0], [2.0, 0.0, -3.0]]), **STOPS, nodes=False)  # fmt: skip
case("from_dense of int64", lambda tf, x: parts(tf.sparse.from_dense(x)), ints(3, 3, low=-1,
     high=2, dtype="int64"), nodes=False)  # fmt: skip
case("eye", lambda tf: [*parts(tf.sparse.eye(2, 3)), *parts(tf.sparse.eye(2, dtype=tf.int32))],
     nodes=False)  # fmt: skip

# --- order and shape ------------------------------------------------------------------------------
UNSORTED = (places([1, 2], [0, 1], [1, 0]), real(3), SHAPE)
reorder = of(lambda tf, s: tf.sparse_reorder(s))
case("reorder", reorder, *UNSORTED, also=("float32", "bfloat16"))
case("reorder, sorted already", reorder, *CUBE)
case("reorder of a constant shape", lambda tf, i, v: parts(tf.sparse_reorder(
     tf.SparseTensor(i, v, [2, 3]))), *UNSORTED[:2])  # fmt: skip
case("reorder of strings", reorder, UNSORTED[0], given([b"x", b"y", b"z"]), SHAPE)
case("reshape", of(lambda tf, s: tf.sparse_reshape(s, [3, -1])), *MATRIX, nodes=False)
case("reshape by a tensor", of(lambda tf, s, n: tf.sparse_reshape(s, n)), *CUBE,
     given([4, -1], "int64"), nodes=False)  # fmt: skip
case("reshape to int32", of(lambda tf, s, n: tf.sparse_reshape(s, n)), *CUBE,
     given([8], "int32"), nodes=False)  # fmt: skip
case("reshape of a constant shape", lambda tf, i, v: parts(tf.sparse_reshape(
     tf.SparseTensor(i, v, [2, 3]), [-1, 2])), *MATRIX[:2], nodes=False)  # fmt: skip
case("transpose", of(lambda tf, s: tf.sparse_transpose(s)), *MATRIX, nodes=False)
case("transpose by axes", of(lambda tf, s: tf.sparse_transpose(s, [1, 2, 0])), *CUBE, nodes=False)
case("transpose of a constant shape", lambda tf, i, v: parts(tf.sparse_transpose(
     tf.SparseTensor(i, v, [2, 3]))), *MATRIX[:2], nodes=False)  # fmt: skip
for axis in (None, 0, 1, -2):
    case(f"expand_dims, axis={axis}", of(lambda tf, s, a=axis: tf.sparse.expand_dims(s, a)),
         *MATRIX, variants=KNOWN, nodes=False)  # fmt: skip
case("reset_shape", of(lambda tf, s: tf.sparse_reset_shape(s)), *MATRIX, nodes=False)
case("reset_shape to a larger one", of(lambda tf, s: tf.sparse_reset_shape(s, [4, 3])), *MATRIX,
     nodes=False)  # fmt: skip
case("reset_shape of a constant shape", lambda tf, i, v: parts(tf.sparse_reset_shape(
     tf.SparseTensor(i, v, [2, 3]), [2, 5])), *MATRIX[:2], nodes=False)  # fmt: skip

# --- parts ----------------------------------------------------------------------------------------
case("slice", of(lambda tf, s: tf.sparse_slice(s, [0, 1], [2, 2])), *MATRIX,
     also=("float32", "bfloat16"))  # fmt: skip
case("slice over the end", of(lambda tf, s: tf.sparse_slice(s, [1, 0], [5, 2])), *MATRIX)
case("slice of nothing", of(lambda tf, s: tf.sparse_slice(s, [0, 0], [1, 1])), *MATRIX)
case("slice by tensors", of(lambda tf, s, a, b: tf.sparse_slice(s, a, b)), *CUBE, shape(1, 0, 0),
     shape(1, 2, 1))  # fmt: skip


def split(count: int, axis: int) -> Callable[..., Any]:
    return of(lambda tf, s: [parts(piece) for piece in tf.sparse_split(
        sp_input=s, num_split=count, axis=axis)])  # fmt: skip


case("split", split(2, 0), *MATRIX, **PLAIN)
case("split, uneven", split(2, 1), *MATRIX, **PLAIN)
case("split from behind", split(3, -1), *MATRIX, **PLAIN)
case("concat", of_two(lambda tf, a, b: tf.sparse_concat(1, [a, b])), *MATRIX, *OTHER, **STOPS)
case("concat of rows", of_two(lambda tf, a, b: tf.sparse_concat(0, [a, b])), *MATRIX, *OTHER,
     **STOPS)  # fmt: skip
case("concat from behind", of_two(lambda tf, a, b: tf.sparse_concat(-1, [a, b])), *MATRIX, *OTHER,
     **STOPS)  # fmt: skip
case("concat of strings", of_two(lambda tf, a, b: tf.sparse_concat(0, [a, b])), INDICES,
     given([b"a", b"b", b"c"]), SHAPE, OTHER[0], given([b"d", b"e", b"f"]), SHAPE)  # fmt: skip
case("concat of sizes that differ", of_two(lambda tf, a, b: tf.sparse_concat(
     0, [a, b], expand_nonconcat_dim=True)), *MATRIX, places([0, 3]), real(1), shape(1, 5),
     nodes=False, variants=KNOWN, **STOPS)  # fmt: skip
case("concat of constant shapes", lambda tf, i, v, j, w: parts(tf.sparse_concat(
     0, [tf.SparseTensor(i, v, [2, 3]), tf.SparseTensor(j, w, [2, 3])])), *MATRIX[:2], *OTHER[:2],
     nodes=False, **STOPS)  # fmt: skip
case("retain", of(lambda tf, s, k: tf.sparse_retain(s, k)), *MATRIX, given([True, False, True]),
     nodes=False)  # fmt: skip


def fill(tf: Any, sparse: Any, default: Any) -> list[Any]:
    filled, is_empty = tf.sparse_fill_empty_rows(sparse, default)
    return [*parts(filled), is_empty]


ROWS = (places([0, 1], [0, 3], [3, 0]), real(3), shape(5, 4))
case("fill_empty_rows", of(fill), *ROWS, real(), also=("float32",))
case("fill_empty_rows of strings", of(lambda tf, s: fill(tf, s, "-")), ROWS[0],
     given([b"a", b"b", b"c"]), ROWS[2])  # fmt: skip
case("fill_empty_rows, none empty", of(fill), *MATRIX, real())
case("mask", lambda tf, v, i, m: [(r := tf.sparse_mask(tf.IndexedSlices(v, i), m)).values,
     r.indices], real(4, 2), given([4, 1, 7, 2], "int32"), given([1, 2], "int32"),
     nodes=False, kinds=False)  # fmt: skip

# --- sums and maxima over axes --------------------------------------------------------------------
for axis in (None, 0, -1, [0, 1], []):
    for keep in (False, True):
        case(f"reduce_sum, axis={axis} keepdims={keep}", of(lambda tf, s, a=axis, k=keep:
             tf.sparse_reduce_sum(s, a, k)), *MATRIX, nodes=axis is not None)  # fmt: skip
case("reduce_sum, three dimensions", of(lambda tf, s: tf.sparse_reduce_sum(s, [0, 2])), *CUBE,
     also=("float32", "float16", "bfloat16"))  # fmt: skip
case("reduce_sum of int32", of(lambda tf, s: tf.sparse_reduce_sum(s, 1)), INDICES, ints(3), SHAPE)
case("reduce_sum, unsorted", of(lambda tf, s: tf.sparse_reduce_sum(s, 1)), *UNSORTED)
case("reduce_sum of a constant shape", lambda tf, i, v: tf.sparse_reduce_sum(
     tf.SparseTensor(i, v, [2, 3]), 1), *MATRIX[:2])  # fmt: skip
case("reduce_sum_sparse", of(lambda tf, s: tf.sparse_reduce_sum_sparse(s, 1)), *MATRIX, **PLAIN)
case("reduce_sum_sparse, keepdims", of(lambda tf, s: tf.sparse_reduce_sum_sparse(s, 0, True)),
     *CUBE, **PLAIN)  # fmt: skip
case("reduce_max", of(lambda tf, s: tf.sparse_reduce_max(s, 1)), *MATRIX, **PLAIN)
case("reduce_max of all", of(lambda tf, s: tf.sparse_reduce_max(s)), *CUBE, nodes=False, **PLAIN)
case("reduce_max of negative", of(lambda tf, s: tf.sparse_reduce_max(s, 0, keepdims=True)),
     INDICES, real(3, low=-3, high=-1, dtype="float32"), SHAPE, **PLAIN)  # fmt: skip
case("reduce_max_sparse", of(lambda tf, s: tf.sparse_reduce_max_sparse(s, [0, 2])), *CUBE,
     **PLAIN)  # fmt: skip

# --- arithmetic -----------------------------------------------------------------------------------
add = of_two(lambda tf, a, b: tf.sparse_add(a, b))
case("add", add, *MATRIX, *OTHER, also=("float32",))
case("add of int32", add, INDICES, ints(3), SHAPE, OTHER[0], ints(3), SHAPE)
case("add of complex", add, INDICES, plane(3), SHAPE, OTHER[0], plane(3), SHAPE)
case("add with a threshold", of_two(lambda tf, a, b: tf.sparse_add(a, b, 1.0)), INDICES,
     given([0.5, 2.0, 0.25]), SHAPE, OTHER[0], given([0.25, 0.5, 3.0]), SHAPE)  # fmt: skip
case("add of constant shapes", lambda tf, i, v, j, w: parts(tf.sparse_add(
     tf.SparseTensor(i, v, [2, 3]), tf.SparseTensor(j, w, [2, 3]))), *MATRIX[:2], *OTHER[:2],
     nodes=False)  # fmt: skip
case("squares of an add", lambda tf, *x: tf.square(tf.sparse_add(tf.SparseTensor(*x[:3]),
     tf.SparseTensor(*x[3:])).values), *MATRIX, *OTHER)  # fmt: skip
case("add of a dense", of(lambda tf, s, d: tf.sparse_add(s, d)), *MATRIX, real(2, 3),
     also=("float32", "bfloat16"))  # fmt: skip
case("add to a dense", of(lambda tf, s, d: tf.sparse_add(d, s)), *CUBE, real(2, 2, 2))
case("times a dense", of(lambda tf, s, d: s * d), *MATRIX, real(2, 3),
     also=("float32", "float16", "bfloat16"))  # fmt: skip
case("times a row", of(lambda tf, s, d: s * d), *MATRIX, real(3))
case("times a column", of(lambda tf, s, d: s * d), *MATRIX, real(2, 1))
case("times a number", of(lambda tf, s: s * 2.5), *MATRIX, gradient=False)
case("a dense times it", of(lambda tf, s, d: d * s), *MATRIX, real(2, 3))
case("by a dense", of(lambda tf, s, d: s / d), *MATRIX, real(2, 3, low=0.5), also=("float32",))
case("by a column", of(lambda tf, s, d: s / d), *MATRIX, real(2, 1, low=0.5))
case("by integers", of(lambda tf, s, d: s / d), INDICES, ints(3), SHAPE, ints(2, 3, low=1))
case("by bytes", of(lambda tf, s, d: s / d), INDICES,
     ints(3, low=0, high=200, dtype="uint8"), SHAPE,
     ints(2, 3, low=1, high=9, dtype="uint8"))  # fmt: skip
for op_type, flags in (("Add", {"gradient": False}), ("Mul", {}), ("Div", {})):

    def ours(tf: Any, *inputs: Any, kind: str = op_type) -> Any:
        return getattr(tf.raw_ops, f"SparseDenseCwise{kind}")(*inputs)

    def golden(tf: Any, i: Any, v: Any, s: Any, d: Any, kind: str = op_type) -> Any:
        return getattr(tf.raw_ops, f"SparseDenseCwise{kind}")(
            sp_indices=i, sp_values=v, sp_shape=s, dense=d)  # fmt: skip

    case(f"SparseDenseCwise{op_type}", ours, *MATRIX, real(1, 3, low=0.5), golden_build=golden,
         **flags)  # fmt: skip
    case(f"SparseDenseCwise{op_type} of int32", ours, INDICES, ints(3), SHAPE,
         ints(3, low=-4, high=-1), golden_build=golden)  # fmt: skip
case("maximum", of_two(lambda tf, a, b: tf.sparse_maximum(a, b)), *MATRIX, *OTHER, **PLAIN)
case("minimum", of_two(lambda tf, a, b: tf.sparse_minimum(a, b)), *MATRIX, *OTHER, **PLAIN)
case("maximum of int32", of_two(lambda tf, a, b: tf.sparse_maximum(a, b)), INDICES, ints(3), SHAPE,
     OTHER[0], ints(3), SHAPE)  # fmt: skip

# --- products and softmax -------------------------------------------------------------------------
for adjoint_a in (False, True):
    for adjoint_b in (False, True):
        rows, columns = (2 if adjoint_a else 3), 4
        case(f"matmul, adjoint_a={adjoint_a} adjoint_b={adjoint_b}",
             of(lambda tf, s, d, a=adjoint_a, b=adjoint_b: tf.sparse_tensor_dense_matmul(
                 s, d, a, b)), *MATRIX, real(*((columns, rows) if adjoint_b else (rows, columns))),
             also=("float32",))  # fmt: skip
        case(f"matmul of complex, adjoint_a={adjoint_a} adjoint_b={adjoint_b}",
             of(lambda tf, s, d, a=adjoint_a, b=adjoint_b: tf.sparse_tensor_dense_matmul(
                 s, d, a, b)), INDICES, plane(3), SHAPE,
             plane(*((columns, rows) if adjoint_b else (rows, columns))))  # fmt: skip
case("matmul of a constant shape", lambda tf, i, v, d: tf.sparse_tensor_dense_matmul(
     tf.SparseTensor(i, v, [2, 3]), d), *MATRIX[:2], real(3, 2))  # fmt: skip
case("matmul, unsorted and repeated", of(lambda tf, s, d: tf.sparse_tensor_dense_matmul(s, d)),
     places([1, 2], [0, 1], [1, 2]), real(3), SHAPE, real(3, 2))  # fmt: skip
case("matmul of int32", of(lambda tf, s, d: tf.sparse_tensor_dense_matmul(s, d)), INDICES, ints(3),
     SHAPE, ints(3, 2))  # fmt: skip
case("matmul of bfloat16", of(lambda tf, s, d: tf.sparse_tensor_dense_matmul(s, d)), INDICES,
     real(3, dtype="bfloat16"), SHAPE, real(3, 2, dtype="bfloat16"))  # fmt: skip
case("dense by sparse matmul", of(lambda tf, s, d: tf.sparse_tensor_dense_matmul(d, s)), *MATRIX,
     real(4, 2), nodes=False)  # fmt: skip
for turn_a in (False, True):
    for turn_b in (False, True):
        case(f"sparse_matmul, transpose_a={turn_a} transpose_b={turn_b}", lambda tf, a, b, t=turn_a,
             u=turn_b: tf.sparse_matmul(a, b, t, u, a_is_sparse=True), real(*((3, 2) if turn_a else
             (2, 3)), dtype="float32"), real(*((4, 3) if turn_b else (3, 4)), dtype="float32"),
             also=("bfloat16",))  # fmt: skip
case("softmax", of(lambda tf, s: tf.sparse_softmax(s)), *MATRIX, also=("float32", "float16"))
case("softmax, three dimensions", of(lambda tf, s: tf.sparse_softmax(s)), *CUBE)

# --- squares, whose second derivatives go through the ops of the first ones -----------------------
SQUARED: dict[str, Callable[..., Any]] = {
    "to_dense": lambda tf, s: tf.sparse_tensor_to_dense(s, validate_indices=False),
    "reorder": lambda tf, s: tf.sparse_reorder(s).values,
    "slice": lambda tf, s: tf.sparse_slice(s, [0, 1], [2, 2]).values,
    "fill_empty_rows": lambda tf, s: tf.sparse_fill_empty_rows(s, s.values[0])[0].values,
    "reduce_sum": lambda tf, s: tf.sparse_reduce_sum(s, 1),
    "softmax": lambda tf, s: tf.sparse_softmax(tf.sparse_reorder(s)).values,
    "add of a dense": lambda tf, s: tf.sparse_add(s, tf.zeros([2, 3], s.dtype)),
    "matmul": lambda tf, s: tf.sparse_tensor_dense_matmul(s, tf.ones([3, 2], s.dtype)),
}
for name, function in SQUARED.items():
    case(f"squares of {name}", of(lambda tf, s, f=function: tf.square(f(tf, s))), *UNSORTED,
         nodes=False, variants=KNOWN)  # fmt: skip
case("squares of fill_empty_rows, a row empty", of(lambda tf, s, d: tf.square(
     fill(tf, s, d)[1])), *ROWS, real(), nodes=False)  # fmt: skip

# --- ids ------------------------------------------------------------------------------------------
case("to_indicator", of(lambda tf, s: tf.sparse_to_indicator(s, 5)), places([0, 0], [0, 1], [1, 0]),
     given([0, 2, 3], "int64"), shape(2, 2), nodes=False)  # fmt: skip
case("merge", lambda tf, i, ids, v, s: parts(tf.sparse_merge(tf.SparseTensor(i, ids, s),
     tf.SparseTensor(i, v, s), 5)), places([0, 0], [1, 0], [1, 1]), given([4, 3, 0], "int32"),
     real(3), shape(2, 2), nodes=False)  # fmt: skip
case("merge of two", lambda tf, i, a, b, v, s: parts(tf.sparse_merge(
     [tf.SparseTensor(i, a, s), tf.SparseTensor(i, b, s)], tf.SparseTensor(i, v, s), [5, 7])),
     places([0, 0], [1, 0], [1, 1]), given([4, 3, 3], "int64"), given([6, 5, 2], "int64"), real(3),
     shape(2, 2), nodes=False)  # fmt: skip

WORDS = (places([0, 0], [0, 1], [1, 0], [2, 0], [2, 1], [2, 2]), shape(4, 3))
TRUTH = (places([0, 0], [0, 1], [0, 2], [2, 0], [2, 2], [3, 0]), shape(4, 5))


def distance(tf: Any, i: Any, v: Any, s: Any, j: Any, w: Any, t: Any) -> list[Any]:
    words, truth = tf.SparseTensor(i, v, s), tf.SparseTensor(j, w, t)
    return [tf.edit_distance(words, truth), tf.edit_distance(words, truth, normalize=False)]


case("edit_distance of strings", distance, WORDS[0], given([b"a", b"b", b"c", b"d", b"e", b"f"]),
     WORDS[1], TRUTH[0], given([b"a", b"x", b"b", b"e", b"f", b"g"]), TRUTH[1])  # fmt: skip
case("edit_distance of ids", distance, WORDS[0], ints(6, low=0, high=3), WORDS[1], TRUTH[0],
     ints(6, low=0, high=3), TRUTH[1])  # fmt: skip
case("edit_distance, three dimensions", lambda tf, i, v, s, w: tf.edit_distance(
     tf.SparseTensor(i, v, [2, 2, 2]), tf.SparseTensor(i, w, s)), CUBE[0], ints(4, low=0, high=2),
     CUBE[2], ints(4, low=0, high=2))  # fmt: skip

# --- functions of dense tensors that take sparse ones ---------------------------------------------
for name in ("abs", "negative", "square", "sign", "tanh", "sqrt", "erf"):
    case(name, of(lambda tf, s, f=name: getattr(tf, f)(s)), INDICES, apart(3, low=0.3), SHAPE,
         numeric=name != "sign", second=name != "sign", nodes=False)  # fmt: skip
case("cast", of(lambda tf, s: tf.cast(s, tf.float32)), *MATRIX)
case("cast to int32", of(lambda tf, s: tf.to_int32(s)), *MATRIX)
case("shape, size and rank", of(lambda tf, s: [tf.shape(s), tf.size(s), tf.rank(s)]), *CUBE,
     nodes=False)  # fmt: skip
case("identity", of(lambda tf, s: tf.identity(s)), *MATRIX)
case("cond of sparse tensors", of(lambda tf, s, p: tf.cond(p, lambda: s * 2.0,
     lambda: tf.negative(s))), *MATRIX, given(True), gradient=False, nodes=False)  # fmt: skip

# --- embeddings -----------------------------------------------------------------------------------
IDS = (places([0, 0], [0, 1], [1, 0], [3, 0]), given([1, 3, 0, 1], "int64"), shape(4, 2))
WEIGHTS = given([1.0, 0.5, 2.0, -1.5])


def lookup(tf: Any, table: Any, i: Any, ids: Any, s: Any, *weights: Any, **more: Any) -> Any:
    more_weights = tf.SparseTensor(i, weights[0], s) if weights else None
    return tf.nn.embedding_lookup_sparse(table, tf.SparseTensor(i, ids, s), more_weights, **more)


for combiner in ("sum", "mean", "sqrtn"):
    case(f"embedding_lookup_sparse, {combiner}", lambda tf, *x, c=combiner: lookup(
         tf, *x, combiner=c), real(4, 3), *IDS, nodes=False)  # fmt: skip
    case(f"embedding_lookup_sparse, weighted {combiner}", lambda tf, *x, c=combiner: lookup(
         tf, *x, combiner=c), real(4, 3), *IDS, WEIGHTS, nodes=False,
         variants=("known", "unknown dims"))  # fmt: skip
case("embedding_lookup_sparse, max_norm", lambda tf, *x: lookup(tf, *x, combiner="sum",
     max_norm=1.0), real(4, 3), *IDS, nodes=False, variants=KNOWN)  # fmt: skip
case("embedding_lookup_sparse of two tables", lambda tf, a, b, *x: lookup(
     tf, [a, b], *x, combiner="mean"), real(2, 3), real(2, 3), *IDS, nodes=False,
     variants=KNOWN)  # fmt: skip

HOLES = (places([0, 0], [0, 1], [2, 0], [4, 1]), given([1, -1, 0, 3], "int64"), shape(5, 2))


def safe(tf: Any, table: Any, i: Any, ids: Any, s: Any, *weights: Any, **more: Any) -> Any:
    own = tf.SparseTensor(i, weights[0], s) if weights else None
    return tf.nn.safe_embedding_lookup_sparse([table], tf.SparseTensor(i, ids, s), own, **more)


for combiner in ("sum", "mean", "sqrtn"):
    case(f"safe_embedding_lookup_sparse, {combiner}", lambda tf, *x, c=combiner: safe(
         tf, *x, combiner=c), real(4, 3), *HOLES, nodes=False, variants=KNOWN)  # fmt: skip
    case(f"safe_embedding_lookup_sparse, weighted {combiner}", lambda tf, *x, c=combiner: safe(
         tf, *x, combiner=c), real(4, 3), *HOLES, WEIGHTS, nodes=False, variants=KNOWN)  # fmt: skip
case("safe_embedding_lookup_sparse with a default", lambda tf, *x: safe(tf, *x, default_id=2),
     real(4, 3), *HOLES, nodes=False, variants=KNOWN)  # fmt: skip
case("safe_embedding_lookup_sparse, three dimensions", lambda tf, *x: safe(tf, *x), real(4, 3),
     places([0, 0, 0], [0, 1, 1], [1, 1, 0]), given([1, 2, 3], "int64"), shape(2, 2, 2),
     nodes=False, variants=KNOWN)  # fmt: skip
