"""Cases of resource variables: reads, writes, gathers, scatters, and gradients by them.

The first input of a case becomes a resource variable, as a rule; its outputs are what the op gives,
and the variable after it. (The updates of the optimizers are in cases_training_ops.py.)
"""

from __future__ import annotations

from typing import Any

import numpy as np
from golden.case import Build, Draw, Family, apart, bools, given, ints, plane, real

family = Family("resource")
ALL = ("known", "unknown dims", "unknown rank")


def case(name: str, build: Build, *draws: Draw, **flags: Any) -> None:
    given_flags = {"gradient": False, "numeric": False, "second": False, "variants": ("known",)}
    family.add(name, build, *draws, **{**given_flags, **flags})


def of(tf: Any, x: Any, **more: Any) -> Any:
    return tf.Variable(x, use_resource=True, name="v", **more)


def after(tf: Any, done: Any, *variables: Any) -> list[Any]:
    with tf.control_dependencies([done]):
        return [v.read_value() for v in variables]


# --- reads ----------------------------------------------------------------------------------------
case("read", lambda tf, x: [of(tf, x) * 2.0, tf.Variable(x, use_resource=True).read_value()],
     real(2, 3), variants=ALL, also=("float32", "float16"))  # fmt: skip
case("value of nothing", lambda tf, x: of(tf, x).value(), real(0, 3), variants=ALL)
for kind, draw in {"bool": bools(3), "string": given([b"a", b"bc"]), "complex": plane(3),
                   "int8": ints(3, dtype="int8"), "a scalar": given(2.5)}.items():  # fmt: skip
    case(f"read of {kind}", lambda tf, x: of(tf, x).read_value(), draw, variants=ALL)
case("get_variable", lambda tf, x: tf.get_variable("v", initializer=x, use_resource=True) * 1.0,
     real(2))  # fmt: skip
case("operators", lambda tf, x: [(v := of(tf, x)) + v, 1.0 / v, -v, v[0], v > 0.5, abs(v)],
     real(3, low=0.5))  # fmt: skip
case("slices", lambda tf, x: [(v := of(tf, x))[1:], v[..., 0], v[::-1, None]], real(3, 2))
case("shape", lambda tf, x: [tf.shape(v := of(tf, x)), tf.rank(v), tf.size(v)], real(3, 2))
case("is_initialized", lambda tf, x: [(v := of(tf, x)).is_initialized(),
     tf.is_variable_initialized(v)], real(3))  # fmt: skip
case("report_uninitialized_variables",
     lambda tf, x: (of(tf, x), tf.report_uninitialized_variables())[1], real(3),
     nodes=False)  # fmt: skip
case("initial value of another", lambda tf, x: tf.Variable(
     of(tf, x).initialized_value() * 2.0, use_resource=True).read_value(), real(3),
     nodes=False, golden_build=lambda tf, x: x * 2.0)  # fmt: skip
for out in ("int32", "int64"):
    case(f"VariableShape as {out}",
         lambda tf, x, out=out: tf.raw_ops.VariableShape(input=of(tf, x).handle,
                                                         out_type=getattr(tf, out)),
         real(3, 2), variants=ALL)  # fmt: skip


def by_handle(tf: Any, x: Any, y: Any) -> Any:
    handle = tf.raw_ops.VarHandleOp(dtype=tf.float64, shape=[2], shared_name="v", name="v")
    with tf.control_dependencies([tf.raw_ops.AssignVariableOp(resource=handle, value=x)]):
        first = tf.raw_ops.ReadVariableOp(resource=handle, dtype=tf.float64)
    with tf.control_dependencies([first]):
        add = tf.raw_ops.AssignAddVariableOp(resource=handle, value=y)
    with tf.control_dependencies([add]):
        second = tf.raw_ops.ReadVariableOp(resource=handle, dtype=tf.float64)
    with tf.control_dependencies([second]):
        gone = tf.raw_ops.DestroyResourceOp(resource=handle)
    with tf.control_dependencies([gone]):
        known = tf.raw_ops.VarIsInitializedOp(resource=handle)
    return [first, second, known]


case("by handle", by_handle, real(2), real(2))


# --- writes ---------------------------------------------------------------------------------------
def changed(op: str) -> Build:
    def build(tf: Any, x: Any, y: Any) -> Any:
        v = of(tf, x)
        done = getattr(v, op)(y)
        return [tf.identity(done), *after(tf, done, v)]

    return build


for op in ("assign", "assign_add", "assign_sub"):
    case(op, changed(op), real(2, 3), real(2, 3), variants=ALL,
         also=("float32", "float16", "bfloat16"))  # fmt: skip
    case(f"{op} of int32", changed(op), ints(3), ints(3))
    case(f"{op} of complex", changed(op), plane(3), plane(3))
    case(f"tf.{op}", lambda tf, x, y, op=op: getattr(tf, op)(of(tf, x), y) * 1.0, real(3), real(3))
    case(f"{op} as an operation",
         lambda tf, x, y, op=op: after(tf, getattr(v := of(tf, x), op)(y, read_value=False), v),
         real(3), real(3))  # fmt: skip
case("assign of bool", changed("assign"), bools(3), bools(3))
case("assign of nothing", changed("assign"), real(0, 2), real(0, 2))
case("assign by a name", lambda tf, x, y: of(tf, x).assign(y, name="set") * 1.0, real(3), real(3))
case("count_up_to", lambda tf, n: [of(tf, n).count_up_to(9), tf.count_up_to(
     tf.Variable(n, use_resource=True), 9)], given(7, "int32"))  # fmt: skip
case("count_up_to of int64", lambda tf, n: of(tf, n).count_up_to(9), given(-1, "int64"))
SLICES = {
    "rows": (lambda v: v[1:3], (2, 3)), "a column": (lambda v: v[:, 1], (4,)),
    "an element": (lambda v: v[0, 2], ()), "steps": (lambda v: v[::2, ::-1], (2, 3)),
    "all": (lambda v: v[...], (4, 3)),
}  # fmt: skip
for text, (cut, shape) in SLICES.items():
    case(f"assign to {text}",
         lambda tf, x, y, cut=cut: tf.identity(cut(of(tf, x)).assign(y)), real(4, 3),
         real(*shape))  # fmt: skip

# --- gathers --------------------------------------------------------------------------------------
INDICES = {"a vector": [2, 0, 2], "a matrix": [[1, 0], [2, 2]], "a scalar": 1, "nothing": []}
for text, indices in INDICES.items():
    for kind in ("int32", "int64"):
        case(f"sparse_read by {text} of {kind}",
             lambda tf, x, i: of(tf, x).sparse_read(i), real(3, 2), given(indices, kind),
             variants=ALL, nodes=False)  # fmt: skip
case("gather", lambda tf, x, i: tf.gather(of(tf, x), i), real(3), given([2, 0], "int32"),
     also=("float32", "float16", "bfloat16"), nodes=False, variants=ALL)  # fmt: skip
case("gather along another axis", lambda tf, x, i: tf.gather(of(tf, x), i, axis=1), real(2, 3),
     given([2, 0], "int32"))  # fmt: skip
case("embedding_lookup", lambda tf, x, i: tf.nn.embedding_lookup(of(tf, x), i), real(4, 2),
     given([[3, 0]], "int64"), nodes=False)  # fmt: skip
case("ResourceGather in batches",
     lambda tf, x, i: tf.raw_ops.ResourceGather(resource=of(tf, x).handle, indices=i,
                                                dtype=tf.float64, batch_dims=1),
     real(2, 3, 2), given([[2, 0], [1, 1]], "int32"), variants=ALL)  # fmt: skip
for text, indices in {"elements": [[0, 1], [2, 0]], "rows": [[2], [0]], "all": [[], []],
                      "blocks": [[[2], [0]]]}.items():  # fmt: skip
    case(f"gather_nd of {text}", lambda tf, x, i: of(tf, x).gather_nd(i), real(3, 2),
         given(indices, "int32"), variants=ALL)  # fmt: skip
case("tf.gather_nd", lambda tf, x, i: tf.gather_nd(of(tf, x), i), real(3, 2),
     given([[2, 1]], "int64"))  # fmt: skip


# --- scatters -------------------------------------------------------------------------------------
def scattered(op: str) -> Build:
    def build(tf: Any, x: Any, i: Any, y: Any) -> Any:
        v = of(tf, x)
        done = getattr(v, op)(tf.IndexedSlices(y, i))
        return [tf.identity(done), *after(tf, done, v)]

    return build


def scattered_raw(op_type: str) -> Build:
    def build(tf: Any, x: Any, i: Any, y: Any) -> Any:
        v = of(tf, x)
        first = "ref" if "Nd" in op_type else "resource"
        op = getattr(tf.raw_ops, op_type)
        return after(tf, op(**{first: v.handle}, indices=i, updates=y), v)

    return build


for op in ("update", "add", "sub", "mul", "div", "min", "max"):
    rows = given([2, 0], "int32")
    case(f"scatter_{op}", scattered(f"scatter_{op}"), apart(4, 2), rows, apart(2, 2, low=0.5),
         also=("float32", "float16"), variants=ALL)  # fmt: skip
    case(f"tf.scatter_{op}", lambda tf, x, i, y, op=op: tf.identity(
         getattr(tf, f"scatter_{op}")(of(tf, x), i, y)), apart(4, 2), rows,
         apart(2, 2, low=0.5))  # fmt: skip
    name = f"ResourceScatter{op.capitalize()}"
    case(f"{name} of int32", scattered_raw(name), ints(4), rows, given([2, 3], "int32"))
    case(f"{name} of a scalar", scattered_raw(name), apart(4, 2), given([[2, 0]], "int64"),
         given(1.5))  # fmt: skip
    case(f"{name} of nothing", scattered_raw(name), apart(4, 2), given([], "int32"),
         given(np.zeros((0, 2))))  # fmt: skip
for op in ("add", "sub", "mul", "min", "max"):
    case(f"scatter_{op} of one row twice", scattered(f"scatter_{op}"), apart(4, 2),
         given([1, 1], "int32"), apart(2, 2, low=0.5))  # fmt: skip
for op in ("Update", "Add", "Sub", "Min", "Max"):
    name = f"ResourceScatterNd{op}"
    case(f"{name} of elements", scattered_raw(name), apart(3, 2), given([[2, 1], [0, 0]], "int32"),
         apart(2), also=("float32",), variants=ALL)  # fmt: skip
    case(f"{name} of rows", scattered_raw(name), apart(3, 2), given([[2], [0]], "int64"),
         apart(2, 2))  # fmt: skip
for op in ("update", "add", "sub"):
    case(f"scatter_nd_{op}",
         lambda tf, x, i, y, op=op: tf.identity(getattr(of(tf, x), f"scatter_nd_{op}")(i, y)),
         apart(3, 2), given([[2, 1], [0, 0]], "int32"), apart(2))  # fmt: skip
    case(f"tf.scatter_nd_{op}",
         lambda tf, x, i, y, op=op: tf.identity(getattr(tf, f"scatter_nd_{op}")(of(tf, x), i, y)),
         apart(3, 2), given([[2], [0]], "int32"), apart(2, 2))  # fmt: skip
case("batch_scatter_update",
     lambda tf, x, i, y: tf.identity(tf.batch_scatter_update(of(tf, x), i, y)), real(2, 3),
     given([[2, 0], [1, 2]], "int32"), real(2, 2), nodes=False)  # fmt: skip


# --- mutable tensors of other kinds ---------------------------------------------------------------
def scattered_ref(tf: Any, x: Any, i: Any, y: Any, op: str) -> Any:
    v = tf.Variable(x, use_resource=False)
    return tf.identity(getattr(tf.raw_ops, op)(ref=v, indices=i, updates=y))


for op in ("ScatterNdMin", "ScatterNdMax"):
    case(f"{op} of elements", lambda tf, x, i, y, op=op: scattered_ref(tf, x, i, y, op),
         apart(3, 2), given([[2, 1], [0, 0]], "int32"), apart(2))  # fmt: skip
    case(f"{op} of one row twice", lambda tf, x, i, y, op=op: scattered_ref(tf, x, i, y, op),
         apart(3, 2), given([[1], [1]], "int64"), apart(2, 2), also=("float32",))  # fmt: skip
for text, indices, shape in (("elements", [[2, 1], [0, 0], [2, 1]], (3,)),
                             ("rows", [[2], [0]], (2, 2)), ("nothing", [], (0, 2))):  # fmt: skip
    numbers = given(np.array(indices, "int32").reshape(-1, 2 if text == "elements" else 1))
    case(f"ScatterNdNonAliasingAdd of {text}",
         lambda tf, x, i, y: tf.raw_ops.ScatterNdNonAliasingAdd(input=x, indices=i, updates=y),
         real(3, 2), numbers, real(*shape), also=("float32", "float16"), gradient=True,
         numeric=True, second=True, variants=ALL)  # fmt: skip
case("ScatterNdNonAliasingAdd of bool",
     lambda tf, x, i, y: tf.raw_ops.ScatterNdNonAliasingAdd(input=x, indices=i, updates=y),
     bools(4), given([[2], [0]], "int64"), given([True, False]))  # fmt: skip


def temporary(tf: Any, x: Any, y: Any) -> Any:
    ref = tf.raw_ops.TemporaryVariable(shape=[2, 3], dtype=tf.float64, var_name="t")
    ref = tf.raw_ops.AssignAdd(ref=tf.raw_ops.Assign(ref=ref, value=x), value=y)
    return tf.raw_ops.DestroyTemporaryVariable(ref=ref, var_name="t")


case("TemporaryVariable", temporary, real(2, 3), real(2, 3))


def oldest(tf: Any, x: Any) -> Any:
    ref = tf.raw_ops.Variable(shape=[2], dtype=tf.float64)
    with tf.control_dependencies([tf.raw_ops.Assign(ref=ref, value=x)]):
        return tf.identity(ref)


case("Variable", oldest, real(2))


# --- gradients with respect to variables ----------------------------------------------------------
def slopes(function: Any, twice: bool) -> Build:
    """The function of a variable, and the first and second derivatives of its sum."""

    def build(tf: Any, x: Any, *rest: Any) -> Any:
        v = of(tf, x)
        y = function(tf, v, *rest)
        (first,) = tf.gradients(y, v)
        first = tf.convert_to_tensor(first)
        if not twice:
            return [y, first]
        return [
            y,
            first,
            *[tf.convert_to_tensor(g) for g in tf.gradients(first, v) if g is not None],
        ]

    return build


GRADIENTS: dict[str, Any] = {
    "one read": lambda tf, v, i: v * v.read_value() * 2.0,
    "an operator": lambda tf, v, i: tf.exp(-v) / v,
    "a gather": lambda tf, v, i: tf.square(tf.gather(v, i)),
    "a gather and a read": lambda tf, v, i: tf.square(tf.gather(v, i)) + tf.reduce_sum(v * v),
    "two gathers": lambda tf, v, i: tf.gather(v, i) * tf.gather(v, i[::-1]),
    "gather_nd": lambda tf, v, i: tf.square(v.gather_nd(tf.expand_dims(i, 1))),
    "gather_nd of elements": lambda tf, v, i: v.gather_nd(tf.stack([i, i * 0], 1)) ** 2,
    "slices": lambda tf, v, i: v[1:] * v[:-1],
    "a lookup": lambda tf, v, i: tf.nn.embedding_lookup(v, i) ** 3,
    "a conditional": lambda tf, v, i: tf.cond(i[0] > 0, lambda: v * v * v, lambda: v + 1.0),
    "a gather in a conditional": lambda tf, v, i: tf.cond(
        i[0] > 0, lambda: tf.gather(v, i) ** 2, lambda: tf.gather(v, i) + 1.0
    ),
    "a loop": lambda tf, v, i: tf.while_loop(
        lambda k, _: k < 3, lambda k, y: (k + 1, y * v), [0, tf.ones_like(v)]
    )[1],
    "what is behind a write": lambda tf, v, i: tf.convert_to_tensor(v.assign_add(v * 0.5)) ** 2,
}
for text, function in GRADIENTS.items():
    case(f"gradient of {text}", slopes(function, text != "a loop"), real(3, 2, low=0.5),
         given([2, 0, 2], "int32"), nodes=False)  # fmt: skip


def kinds_of_gradients(tf: Any, x: Any, i: Any) -> Any:
    v, w = of(tf, x), tf.Variable(x, use_resource=True)
    slices = tf.gradients(tf.gather(v, i), v)[0]
    none = tf.gradients(v * 1.0, [w, v], unconnected_gradients="zero")
    return [slices.values, slices.indices, slices.dense_shape, *none]


case("kinds of gradients", kinds_of_gradients, real(3, 2), given([[2, 0]], "int32"), nodes=False)


# --- conditionals and loops -----------------------------------------------------------------------
def counted(tf: Any, x: Any) -> Any:
    """Reads inside a body see the writes of earlier iterations."""
    v = of(tf, x)

    def body(k: Any, total: Any) -> Any:
        before = v.read_value()
        with tf.control_dependencies([before]):
            done = v.assign_add(tf.ones_like(before), read_value=False)
        with tf.control_dependencies([done]):
            behind = v.read_value()
        with tf.control_dependencies([behind]):  # TensorFlow runs iterations side by side
            return k + 1, total + before * behind

    _, total = tf.while_loop(lambda k, _: k < 3, body, [0, tf.zeros_like(x)])
    return [total, *after(tf, total, v)]


def chosen(tf: Any, x: Any) -> Any:
    v = of(tf, x)
    y = tf.cond(tf.reduce_sum(v) > 100.0, lambda: v.assign(v * 0.0) + 0.0,
                lambda: v.assign_sub(v * 0.5) + 0.0)  # fmt: skip
    return [y, *after(tf, y, v)]


case("a loop that reads and writes", counted, real(2), nodes=False)
case("a conditional that writes", chosen, real(2), nodes=False)
