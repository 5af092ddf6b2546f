"""Cases of the ops that shape, join, split, turn round, pad, repeat and make arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from golden.case import FLOATS, Draw, Family, bools, given, ints, nonzero, plane, real

family = Family("array")
case = family.add

ANY = ("float32", "float16", "bfloat16", "int32", "int64", "uint8", "int8", "int16", "uint16",
       "bool", "complex64", "complex128", "string")  # fmt: skip
FEW = ("float32", "bfloat16", "int32", "bool", "complex64", "string")


def of(dtype: str, *shape: int) -> Draw:
    """Values of any dtype at all."""
    if dtype == "string":
        return lambda rng: np.array([b"a%d" % n for n in rng.randint(0, 99, int(np.prod(shape)))],
                                    "S3").reshape(shape)  # fmt: skip
    if dtype == "bool":
        return bools(*shape)
    if dtype.startswith("complex"):
        return plane(*shape, dtype=dtype)
    if "float" in dtype:
        return real(*shape, dtype=dtype)
    return ints(*shape, low=0, high=9, dtype=dtype)


def over(dtypes: tuple[str, ...], name: str, build: Any, *shape: int, **flags: Any) -> None:
    """The case in float64, and in every one of `dtypes`."""
    case(name, build, real(*shape), **flags)
    for dtype in dtypes:
        case(f"{name} of {dtype}", build, of(dtype, *shape), **flags)


def index(*values: int, dtype: str = "int32") -> Draw:
    return given(list(values), dtype)


# --- reshape, transpose, expand_dims, squeeze -----------------------------------------------------
over(ANY, "reshape", lambda tf, x: tf.reshape(x, [3, 2]), 2, 3)
SHAPES: list[tuple[tuple[int, ...], list[int]]] = [
    ((2, 3), [-1]), ((2, 3), [6, 1]), ((2, 3), [1, -1, 2]), ((4,), [2, -1]), ((), [1]), ((1,), []),
    ((0, 3), [3, 0]), ((0, 3), [-1, 3]), ((2, 0), [-1, 2, 1]), ((2, 2, 2), [4, -1]),
]  # fmt: skip
for shape, wanted in SHAPES:
    case(f"reshape {shape} to {wanted}", lambda tf, x, w=wanted: tf.reshape(x, np.array(w, int)),
         real(*shape))  # fmt: skip
for wanted in ([-1, 0], [0, -1], [0, -1, 2], [-1, 5, 0]):
    case(f"reshape of an empty to {wanted}", lambda tf, x, w=wanted: tf.reshape(x, w), real(4, 0))
case("reshape by a tensor", lambda tf, x, s: tf.reshape(x, s), real(2, 3), index(3, -1))
case("reshape by an int64 tensor", lambda tf, x, s: tf.reshape(x, s), real(2, 3),
     index(6, dtype="int64"))  # fmt: skip
case("reshape like another", lambda tf, x, y: tf.reshape(x, tf.shape(y)), real(2, 3), real(3, 2))
case("reshape by sizes", lambda tf, x: tf.reshape(x, [tf.shape(x)[0], -1]), real(2, 3, 2))
case("reshape by a product", lambda tf, x: tf.reshape(x, [-1, tf.shape(x)[1] * 2]), real(2, 3, 2))
over(ANY, "transpose", lambda tf, x: tf.transpose(x), 2, 3)
PERMUTATIONS = [[0, 1, 2], [2, 0, 1], [1, 2, 0], [0, 2, 1]]
for perm in PERMUTATIONS:
    case(f"transpose by {perm}", lambda tf, x, p=perm: tf.transpose(x, p), real(2, 3, 2))
case("transpose of a scalar", lambda tf, x: tf.transpose(x), real())
case("transpose of a vector", lambda tf, x: tf.transpose(x), real(3))
case("transpose of an empty", lambda tf, x: tf.transpose(x, [1, 0, 2]), real(2, 0, 3))
case("transpose of 5-D", lambda tf, x: tf.transpose(x, [4, 0, 3, 1, 2]), real(1, 2, 1, 2, 2))
case("transpose by a tensor", lambda tf, x, p: tf.transpose(x, p), real(2, 3, 2), index(1, 2, 0))
case("transpose, conjugated", lambda tf, x: tf.transpose(x, conjugate=True),
     plane(2, 3), numeric=False, second=False)  # fmt: skip
case("transpose of reals, conjugated", lambda tf, x: tf.transpose(x, conjugate=True), real(2, 3))
case("matrix_transpose", lambda tf, x: tf.matrix_transpose(x), real(2, 2, 3), also=FLOATS)
case("matrix_transpose, conjugated", lambda tf, x: tf.matrix_transpose(x, conjugate=True),
     plane(2, 3))  # fmt: skip
case("transpose and matmul", lambda tf, x: tf.matmul(tf.transpose(x), x), real(3, 2))
case("invert_permutation of int64", lambda tf, x: tf.invert_permutation(x),
     index(1, 2, 0, dtype="int64"))  # fmt: skip
over(FEW, "expand_dims", lambda tf, x: tf.expand_dims(x, 1), 2, 3)
for axis in (0, 2, -1, -2, -3):
    case(f"expand_dims at {axis}", lambda tf, x, a=axis: tf.expand_dims(x, a), real(2, 3))
case("expand_dims of a scalar", lambda tf, x: tf.expand_dims(x, 0), real())
case("expand_dims of an empty", lambda tf, x: tf.expand_dims(x, 0), real(0, 2))
case("expand_dims with dim", lambda tf, x: tf.expand_dims(x, dim=1), real(2, 3))
case("expand_dims by a tensor", lambda tf, x, a: tf.expand_dims(x, a), real(2, 3), index(1))
over(FEW, "squeeze", lambda tf, x: tf.squeeze(x), 1, 3, 1)
for axes in ([0], [2], [0, 2], [-1], [-3, -1]):
    case(f"squeeze of {axes}", lambda tf, x, a=axes: tf.squeeze(x, a), real(1, 3, 1))
case("squeeze of an axis", lambda tf, x: tf.squeeze(x, 0), real(1, 3))
case("squeeze with squeeze_dims", lambda tf, x: tf.squeeze(x, squeeze_dims=[1]), real(3, 1))
case("squeeze of nothing", lambda tf, x: tf.squeeze(x), real(2, 3))
case("squeeze to a scalar", lambda tf, x: tf.squeeze(x), real(1, 1))
case("squeeze of an empty", lambda tf, x: tf.squeeze(x, [1]), real(0, 1))

# --- shape, size, rank, broadcasts ----------------------------------------------------------------
for shape in ((2, 3), (), (0, 2), (4,)):
    case(f"shape, size and rank of {shape}", lambda tf, x: [tf.shape(x), tf.size(x), tf.rank(x)],
         real(*shape))  # fmt: skip
over(FEW, "shape, size and rank", lambda tf, x: [tf.shape(x), tf.size(x), tf.rank(x)], 2, 3)
case("shape and size of int64", lambda tf, x: [tf.shape(x, out_type=tf.int64),
     tf.size(x, out_type=tf.int64)], real(2, 3))  # fmt: skip
case("shape of a product", lambda tf, x, y: tf.shape(x * y), real(2, 1), real(3))
case("sizes out of a shape", lambda tf, x: [tf.shape(x)[0], tf.shape(x)[-1], tf.shape(x)[1:]],
     real(2, 3, 4))  # fmt: skip
case("shape_n", lambda tf, x, y: tf.shape_n([x, y]), real(2, 3), real(4))
case("shape_n of int64", lambda tf, x, y: tf.shape_n([x, y], out_type=tf.int64), real(2), real())
case("ensure_shape", lambda tf, x: tf.ensure_shape(x, [None, 3]), real(2, 3), also=FLOATS)
case("ensure_shape of known rank", lambda tf, x: tf.ensure_shape(x, [None]), real(2))
case("broadcast_dynamic_shape", lambda tf, x, y: tf.broadcast_dynamic_shape(tf.shape(x),
     tf.shape(y)), real(2, 1, 3), real(4, 1))  # fmt: skip
case("broadcast_dynamic_shape of tensors", lambda tf, s, t: tf.broadcast_dynamic_shape(s, t),
     index(2, 1), index(5))  # fmt: skip
case("broadcast_static_shape", lambda tf, x: tf.constant(tf.broadcast_static_shape(
     tf.TensorShape([2, 1]), tf.TensorShape([3])).as_list()) + tf.cast(x, tf.int32),
     ints(), nodes=False)  # fmt: skip
for shape, wanted in (((3,), [2, 3]), ((2, 1), [2, 4]), ((), [2, 2]), ((2, 3), [2, 3]),
                      ((1, 0), [3, 0]), ((1,), [0])):  # fmt: skip
    case(f"broadcast_to {shape} to {wanted}", lambda tf, x, w=wanted: tf.broadcast_to(x, w),
         real(*shape), also=("float32",))  # fmt: skip
for dtype in ("int32", "bool", "complex64", "int64", "uint8"):
    case(f"broadcast_to of {dtype}", lambda tf, x: tf.broadcast_to(x, [2, 3]), of(dtype, 3))
case("broadcast_to by a tensor", lambda tf, x, s: tf.broadcast_to(x, s), real(1, 3), index(2, 3))


# --- concat, stack, split, unstack ----------------------------------------------------------------
def joined(axis: int) -> Any:
    return lambda tf, *xs: tf.concat(list(xs), axis)


for dtype in ("float64", *ANY):
    case(f"concat of {dtype}", joined(1), of(dtype, 2, 2), of(dtype, 2, 1))
for axis in (0, -1, 1, -2):
    case(f"concat along {axis}", joined(axis), real(2, 2), real(2, 2), real(2, 2))
case("concat of 3-D", joined(1), real(2, 1, 2), real(2, 3, 2))
case("concat with an empty", joined(0), real(2, 3), real(0, 3), real(1, 3))
case("concat of empties", joined(1), real(0, 2), real(0, 3))
case("concat of one", joined(0), real(2, 3))
case("concat of one tensor twice", lambda tf, x: tf.concat([x, x], 0), real(2, 2))
case("concat of vectors", joined(0), real(2), real(3))
case("concat by a tensor", lambda tf, x, y, a: tf.concat([x, y], a), real(2, 2), real(2, 2),
     given(1, "int32"))  # fmt: skip
case(
    "concat with a list", lambda tf, x: tf.concat([x, [[1.0, 2.0]]], 0), real(2, 2, dtype="float32")
)
case("concat of shapes", lambda tf, x: tf.zeros(tf.concat([tf.shape(x)[:1], [4]], 0)), real(2, 3))
for dtype in ("float64", *FEW):
    case(f"stack of {dtype}", lambda tf, *xs: tf.stack(list(xs)), of(dtype, 2), of(dtype, 2))
for axis in (0, 1, 2, -1, -2, -3):
    case(f"stack at {axis}", lambda tf, *xs, a=axis: tf.stack(list(xs), axis=a), real(2, 3),
         real(2, 3))  # fmt: skip
case("stack of scalars", lambda tf, *xs: tf.stack(list(xs)), real(), real(), real())
case("stack of scalars and numbers", lambda tf, x: tf.stack([x, 1.0, 2.0]), real(dtype="float32"))
case("stack of one", lambda tf, x: tf.stack([x]), real(2))
case("stack of empties", lambda tf, *xs: tf.stack(list(xs), 1), real(0), real(0))
case("stack of constants", lambda tf: tf.stack([1, 2, 3]))
case("a list of tensors, converted", lambda tf, x, y: tf.convert_to_tensor([[x, y], [y, x]]),
     real(), real())  # fmt: skip
case("parallel_stack", lambda tf, x, y: tf.parallel_stack([x, y]), real(2), real(2),
     gradient=False, numeric=False, second=False, variants=("known",), nodes=False)  # fmt: skip


def split_case(name: str, draw: Draw, number: int, axis: int = 0) -> None:
    """A split in equal parts: 1.15, unlike TensorFlow 2, leaves a constant of their number."""

    def golden(tf: Any, x: Any) -> Any:
        tf.convert_to_tensor(number)
        return tf.split(x, number, axis)

    case(name, lambda tf, x: tf.split(x, number, axis), draw, golden_build=golden)


for dtype in ("float64", *FEW):
    split_case(f"split of {dtype}", of(dtype, 2, 4), 2, 1)
for axis in (0, 1, -1):
    split_case(f"split along {axis}", real(2, 4), 2, axis)
split_case("split in one", real(2, 2), 1)
split_case("split of an empty", real(0, 4), 2, 1)
case("split in sizes", lambda tf, x: tf.split(x, [1, 3, 2], 1), real(2, 6), also=FLOATS)
case("split in sizes, one open", lambda tf, x: tf.split(x, [1, -1, 2], 1), real(2, 6))
case("split in sizes, one zero", lambda tf, x: tf.split(x, [0, 2]), real(2, 2))
case("split by a tensor", lambda tf, x, s: tf.split(x, s, num=2), real(3, 2), index(1, 2))
case("split, of which one is used", lambda tf, x: tf.split(x, 3)[1], real(3, 2), nodes=False)
case("split in sizes, of which one is used", lambda tf, x: tf.split(x, [1, 2])[1], real(3, 2))
for dtype in ("float64", *FEW):
    case(f"unstack of {dtype}", lambda tf, x: tf.unstack(x, 2), of(dtype, 2, 3))
for axis in (1, -1, -2):
    case(f"unstack at {axis}", lambda tf, x, a=axis: tf.unstack(x, 2, a), real(2, 2))
case("unstack, of which one is used", lambda tf, x: tf.unstack(x, 3)[0], real(3, 2))
case("unstack of a vector", lambda tf, x: tf.unstack(x, 3), real(3))
case("unstack without a number", lambda tf, x: tf.unstack(x, axis=1), real(2, 3))
case("unstack of an empty", lambda tf, x: tf.unstack(x, 2, 1), real(0, 2))

# --- reverse --------------------------------------------------------------------------------------
over(FEW, "reverse", lambda tf, x: tf.reverse(x, [1]), 2, 3)
for axes in ([0], [-1], [0, 1], [0, 2], []):
    case(f"reverse of {axes}", lambda tf, x, a=axes: tf.reverse(x, np.array(a, np.int32)),
         real(2, 3, 2))  # fmt: skip
case("reverse by a tensor", lambda tf, x, a: tf.reverse(x, a), real(2, 3), index(1))
case("reverse of an empty", lambda tf, x: tf.reverse(x, [0]), real(0, 3))
over(FEW, "reverse_sequence", lambda tf, x: tf.reverse_sequence(x, [2, 3], seq_axis=1), 2, 4)
case("reverse_sequence by a tensor", lambda tf, x, n: tf.reverse_sequence(
     x, n, seq_axis=0, batch_axis=1), real(3, 2, 2), index(1, 3, dtype="int64"))  # fmt: skip
case("reverse_sequence with old names", lambda tf, x: tf.reverse_sequence(
     x, [0, 3], seq_dim=2, batch_dim=0), real(2, 2, 3))  # fmt: skip

# --- pad ------------------------------------------------------------------------------------------
PADDINGS = [[1, 2], [0, 1]]
over(ANY[:-1], "pad", lambda tf, x: tf.pad(x, PADDINGS), 2, 3)
case("pad with a number", lambda tf, x: tf.pad(x, PADDINGS, constant_values=2.5), real(2, 2),
     also=FLOATS)  # fmt: skip
case("pad with an integer", lambda tf, x: tf.pad(x, PADDINGS, constant_values=7), ints(2, 2))
case("pad by nothing", lambda tf, x: tf.pad(x, [[0, 0], [0, 0]]), real(2, 2))
case("pad of a vector", lambda tf, x: tf.pad(x, [[2, 0]]), real(3))
case("pad of an empty", lambda tf, x: tf.pad(x, PADDINGS), real(0, 2))
case("pad by a tensor", lambda tf, x, p: tf.pad(x, p), real(2, 2), given(PADDINGS, "int32"))
case("pad by an int64 tensor", lambda tf, x, p: tf.pad(x, p), real(2), given([[1, 1]], "int64"))
for mode in ("REFLECT", "SYMMETRIC", "reflect"):
    case(f"pad, {mode}", lambda tf, x, m=mode: tf.pad(x, [[1, 1], [2, 0]], m), real(3, 3),
         also=("float32", "float16"), nodes=mode.isupper())  # fmt: skip
    case(f"pad, {mode}, 3-D", lambda tf, x, m=mode: tf.pad(x, [[0, 0], [1, 2], [0, 1]], m),
         real(2, 3, 2))  # fmt: skip
    case(f"pad, {mode}, by a tensor", lambda tf, x, p, m=mode: tf.pad(x, p, m), real(3, 2),
         given([[1, 1], [0, 1]], "int32"))  # fmt: skip
    case(f"pad, {mode}, of int32", lambda tf, x, m=mode: tf.pad(x, [[1, 1]], m), ints(3))

# --- tile, zeros, ones, fill ----------------------------------------------------------------------
TILED = tuple(t for t in ANY if t not in ("string", "uint16"))
over(TILED, "tile", lambda tf, x: tf.tile(x, [2, 1]), 2, 2)
for times in ([1, 1], [3, 2], [1, 2], [0, 1]):
    case(f"tile by {times}", lambda tf, x, t=times: tf.tile(x, t), real(2, 2), also=("float32",))
case("tile of a vector", lambda tf, x: tf.tile(x, [3]), real(2))
case("tile of a scalar", lambda tf, x: tf.tile(x, np.zeros(0, np.int32)), real())
case("tile of strings", lambda tf, x: tf.tile(x, [2]), of("string", 3))
case("tile by a tensor", lambda tf, x, t: tf.tile(x, t), real(2, 3), index(2, 1))
case("tile by an int64 tensor", lambda tf, x, t: tf.tile(x, t), real(2), index(2, dtype="int64"))
case("tile of an empty", lambda tf, x: tf.tile(x, [2, 2]), real(0, 2))
for op in ("zeros", "ones"):
    named = op == "zeros"  # TensorFlow 2 names the shape of ones_like otherwise than 1.15
    for dtype in ("float32", "int32", "bool", "complex64", "bfloat16", "float64", "uint8"):
        case(f"{op} of {dtype}", lambda tf, o=op, d=dtype: getattr(tf, o)([2, 3], tf.as_dtype(d)))
    case(f"{op} of a scalar", lambda tf, o=op: getattr(tf, o)([]))
    case(f"{op} of a number", lambda tf, o=op: getattr(tf, o)(3))
    case(f"{op} of many", lambda tf, o=op: getattr(tf, o)([40, 30]))
    case(f"{op} of a shape", lambda tf, o=op: getattr(tf, o)(tf.TensorShape([2, 1])))
    case(f"{op} by a tensor", lambda tf, s, o=op: getattr(tf, o)(s), index(2, 3))
    case(f"{op} by a tuple of tensors", lambda tf, x, o=op: getattr(tf, o)((tf.shape(x)[0], 2)),
         real(3))  # fmt: skip
    case(f"{op} named", lambda tf, o=op: getattr(tf, o)([2], name="them"))
    over(("float32", "int32", "bool", "complex64", "bfloat16"), f"{op}_like",
         lambda tf, x, o=op: getattr(tf, f"{o}_like")(x), 2, 3, nodes=named)  # fmt: skip
    case(f"{op}_like as another dtype", lambda tf, x, o=op: getattr(tf, f"{o}_like")(x, tf.int64),
         real(2, 3), nodes=named)  # fmt: skip
    case(f"{op}_like unoptimized", lambda tf, x, o=op: getattr(tf, f"{o}_like")(x, optimize=False),
         real(2, 3))  # fmt: skip
    case(f"{op}_like of an empty", lambda tf, x, o=op: getattr(tf, f"{o}_like")(x), real(0, 2),
         nodes=named)  # fmt: skip
    case(f"{op}_like of a scalar", lambda tf, x, o=op: getattr(tf, f"{o}_like")(x), real(),
         nodes=named)  # fmt: skip
    case(f"{op}_like times it", lambda tf, x, o=op: x * getattr(tf, f"{o}_like")(x), real(2),
         nodes=named)  # fmt: skip
case("zeros and zeros_like of strings", lambda tf, x: [tf.zeros([2], tf.string), tf.zeros_like(x)],
     of("string", 2))  # fmt: skip
case("fill", lambda tf, x: tf.fill([2, 3], x), real(), also=FLOATS)
case("fill with a number", lambda tf: tf.fill([2, 3], 7))
case("fill of a scalar", lambda tf, x: tf.fill([], x), real(), nodes=False)
case("fill of an empty", lambda tf, x: tf.fill([0, 2], x), real())
case("fill by a tensor", lambda tf, s, x: tf.fill(s, x), index(2, 2), real())
for dtype in ("string", "bool", "complex64", "int64"):
    case(f"fill with {dtype}", lambda tf, x: tf.fill([2], x), of(dtype))
CONSTANTS: dict[str, Any] = {
    "an int": 3, "a float": 2.5, "a bool": True, "a string": "ab", "bytes": b"ab",
    "a complex": 1 + 2j, "a list": [1, 2], "a nested list": [[1.5, 2.0]], "a tuple": (1, 2, 3),
    "an empty list": [], "a float64 array": np.array([1.0, 2.0]), "an int64 array": np.arange(3),
    "a large int": 2**40, "a mixed list": [1, 2.5], "a list of strings": ["a", "b"],
}  # fmt: skip
for text, value in CONSTANTS.items():
    if text != "a large int":
        case(f"constant of {text}", lambda tf, v=value: tf.constant(v))
case("constant of a large int", lambda tf: tf.constant(2**40, tf.int64))
case("constant, shaped", lambda tf: [tf.constant(1.5, shape=[2, 2]), tf.constant([1, 2], tf.int64),
     tf.constant([1, 2, 3, 4], shape=[2, 2]), tf.constant(1, tf.float16, name="c")])  # fmt: skip
case("placeholder_with_default", lambda tf: tf.placeholder_with_default([[1.0, 2.0]], [None, 2]))
case("placeholder_with_default of a tensor",
     lambda tf, x: tf.placeholder_with_default(x, [None, None]), real(2, 3))  # fmt: skip

# --- one_hot, sequence_mask, meshgrid, eye --------------------------------------------------------
for axis in (-1, 0, 1):
    case(f"one_hot along {axis}", lambda tf, i, a=axis: tf.one_hot(i, 3, axis=a),
         given([[0, 2], [1, 5]], "int32"))  # fmt: skip
for dtype in ("int32", "int64", "uint8"):
    case(f"one_hot by {dtype}", lambda tf, i: tf.one_hot(i, 4), index(1, 3, 0, dtype=dtype))
case("one_hot of negatives", lambda tf, i: tf.one_hot(i, 3), index(-1, 1))
case("one_hot of a scalar", lambda tf, i: tf.one_hot(i, 3), given(1, "int32"))
case("one_hot of an empty", lambda tf, i: tf.one_hot(i, 3), given(np.zeros(0), "int32"))
case("one_hot as other dtypes", lambda tf, i: [tf.one_hot(i, 2, dtype=d) for d in (
     tf.int32, tf.float64, tf.float16, tf.complex64)], index(0, 1))  # fmt: skip
# 1.15 makes constants of the values twice: once to learn their dtype.
case("one_hot of bools", lambda tf, i: tf.one_hot(i, 2, True, False), index(0, 1), nodes=False)
case("one_hot with values", lambda tf, i: tf.one_hot(i, 3, 5.0, -1.0), index(0, 2), nodes=False)
case("one_hot with integers", lambda tf, i: tf.one_hot(i, 3, 5, 1, dtype=tf.int32), index(0, 2),
     nodes=False)  # fmt: skip
case("one_hot with one value", lambda tf, i: tf.one_hot(i, 3, on_value=2.0), index(0, 2),
     nodes=False)  # fmt: skip
case("one_hot by a tensor", lambda tf, i, n: tf.one_hot(i, n), index(0, 2), given(3, "int32"))
case("sequence_mask", lambda tf, n: tf.sequence_mask(n), index(1, 3, 2))
case("sequence_mask up to 5", lambda tf, n: tf.sequence_mask(n, 5), index(1, 3, 2))
case("sequence_mask of a matrix", lambda tf, n: tf.sequence_mask(n, 3), given([[1, 0], [2, 3]],
     "int32"))  # fmt: skip
case("sequence_mask as floats", lambda tf, n: tf.sequence_mask(n, 4, tf.float32),
     index(1, 3, dtype="int64"))  # fmt: skip
case("sequence_mask by a tensor", lambda tf, n, m: tf.sequence_mask(n, m), index(1, 2),
     given(3, "int32"))  # fmt: skip
case("meshgrid", lambda tf, x, y: tf.meshgrid(x, y), real(2), real(3))
case("meshgrid, ij", lambda tf, x, y, z: tf.meshgrid(x, y, z, indexing="ij"), real(2), real(3),
     real(2))  # fmt: skip
case("meshgrid of integers", lambda tf, x, y: tf.meshgrid(x, y), ints(2), ints(3))
case("meshgrid of one", lambda tf, x: tf.meshgrid(x), real(3))
case("meshgrid of constants", lambda tf: tf.meshgrid([1, 2, 3], [4, 5]))
case("eye by a tensor", lambda tf, n: tf.eye(n), given(3, "int32"), nodes=False)
case("eye of a batch", lambda tf: tf.eye(2, 3, batch_shape=[2], dtype=tf.float64), nodes=False)

# --- space, batch and depth -----------------------------------------------------------------------
case("space_to_depth", lambda tf, x: tf.space_to_depth(x, 2), real(1, 4, 2, 3), also=FLOATS)
case("depth_to_space", lambda tf, x: tf.depth_to_space(x, 2), real(2, 1, 2, 8), also=FLOATS)
NCHW = "NCHW: TensorFlow's CPU kernel knows only NHWC"
case(f"space_to_depth, {NCHW}", lambda tf, x: tf.space_to_depth(x, 2, data_format="NCHW"),
     real(1, 3, 4, 2), nodes=False, golden_build=lambda tf, x: tf.transpose(
         tf.space_to_depth(tf.transpose(x, [0, 2, 3, 1]), 2), [0, 3, 1, 2]))  # fmt: skip
case(f"depth_to_space, {NCHW}", lambda tf, x: tf.depth_to_space(x, 2, data_format="NCHW"),
     real(2, 8, 1, 2), nodes=False, golden_build=lambda tf, x: tf.transpose(
         tf.depth_to_space(tf.transpose(x, [0, 2, 3, 1]), 2), [0, 3, 1, 2]))  # fmt: skip
for dtype in ("float64", "float32", "int32", "uint8"):
    case(f"space_to_batch_nd of {dtype}", lambda tf, x: tf.space_to_batch_nd(
         x, [2, 2], [[0, 0], [1, 1]]), of(dtype, 1, 2, 2, 2))  # fmt: skip
    case(f"batch_to_space_nd of {dtype}", lambda tf, x: tf.batch_to_space_nd(
         x, [2, 2], [[0, 0], [1, 0]]), of(dtype, 4, 1, 2, 2))  # fmt: skip
case("space_to_batch_nd of one dimension", lambda tf, x: tf.space_to_batch_nd(x, [3], [[0, 1]]),
     real(2, 5, 2))  # fmt: skip
case("batch_to_space_nd of one dimension", lambda tf, x: tf.batch_to_space_nd(x, [3], [[0, 1]]),
     real(6, 2, 2))  # fmt: skip
case("space_to_batch", lambda tf, x: tf.space_to_batch(x, [[0, 0], [0, 0]], 2), real(1, 2, 4, 1))
case("batch_to_space", lambda tf, x: tf.batch_to_space(x, [[0, 1], [0, 0]], 2), real(4, 1, 2, 1))
case("space_to_batch_nd by tensors", lambda tf, x, b, p: tf.space_to_batch_nd(x, b, p),
     real(1, 4, 2), index(2), given([[1, 1]], "int32"))  # fmt: skip
case("batch_to_space_nd by tensors", lambda tf, x, b, c: tf.batch_to_space_nd(x, b, c),
     real(2, 3, 2), index(2), given([[1, 1]], "int32"))  # fmt: skip
case("required_space_to_batch_paddings", lambda tf: list(tf.required_space_to_batch_paddings(
     [5, 7], [2, 3], [[1, 0], [0, 0]])))  # fmt: skip
case("required_space_to_batch_paddings of tensors",
     lambda tf, s: list(tf.required_space_to_batch_paddings(s, [2, 3])), index(5, 7))  # fmt: skip

# --- matrices -------------------------------------------------------------------------------------
# TensorFlow 2 adds MatrixDiagV3 and its like, with more inputs, where 1.15 wrote MatrixDiag.
for dtype in ("float32", "int32", "complex64", "bool"):
    case(f"matrix_diag of {dtype}", lambda tf, x: tf.matrix_diag(x), of(dtype, 2, 2), nodes=False)
    case(f"matrix_diag_part of {dtype}", lambda tf, x: tf.matrix_diag_part(x), of(dtype, 2, 3, 2),
         nodes=False)  # fmt: skip
    case(f"matrix_set_diag of {dtype}", lambda tf, x, d: tf.matrix_set_diag(x, d),
         of(dtype, 2, 3, 2), of(dtype, 2, 2), nodes=False)  # fmt: skip
case("matrix_diag of a vector", lambda tf, x: tf.matrix_diag(x), real(3), nodes=False)
case("matrix_diag of an empty", lambda tf, x: tf.matrix_diag(x), real(2, 0), nodes=False)
case("matrix_diag_part of a square", lambda tf, x: tf.matrix_diag_part(x), real(2, 2), nodes=False)
for lower, upper in ((0, 0), (-1, 0), (0, -1), (1, 1), (-1, -1), (2, 0)):
    case(f"matrix_band_part {lower} {upper}", lambda tf, x, n=lower, m=upper: tf.matrix_band_part(
         x, n, m), real(2, 3, 4), also=("float32",))  # fmt: skip
case("matrix_band_part by tensors", lambda tf, x, n, m: tf.matrix_band_part(x, n, m), real(3, 3),
     given(1, "int64"), given(0, "int64"))  # fmt: skip
case("matrix_band_part of int32", lambda tf, x: tf.matrix_band_part(x, 1, 0), nonzero(3, 3))
case("diag of a matrix", lambda tf, x: tf.diag(x), real(2, 2), also=("float32",))
case("diag_part of 4-D", lambda tf, x: tf.diag_part(x), real(2, 3, 2, 3), also=("float32",))
case("diag of int32", lambda tf, x: tf.diag(x), ints(3))
case("diag_part of complex64", lambda tf, x: tf.diag_part(x), plane(2, 2, dtype="complex64"))
