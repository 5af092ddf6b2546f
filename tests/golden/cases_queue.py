"""Cases of queues: what goes in and comes out of one, in one thread.

That they wait, end and are cancelled as they should is in tests/ops/state/test_queue.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from golden.case import Build, Draw, Family, bools, given, ints, plane, real

family = Family("queue")


def case(name: str, build: Build, *draws: Draw, **flags: Any) -> None:
    given_flags = {"gradient": False, "numeric": False, "second": False}
    family.add(name, build, *draws, **{**given_flags, **flags})


def then(tf: Any, first: Any, make: Any) -> Any:
    """What `make()` builds, to be run after `first`."""
    with tf.control_dependencies([first]):
        return make()


# --- in and out -----------------------------------------------------------------------------------
def through(kind: str, *sizes: int, **options: Any) -> Build:
    """Puts the inputs as one element, asks for the size, and takes the element."""

    def build(tf: Any, *values: Any) -> Any:
        types = [v.dtype for v in values]
        queue = getattr(tf, kind)(5, *sizes, types, **options)
        put = queue.enqueue(list(values))
        size = then(tf, put, queue.size)
        return [size, then(tf, size, queue.dequeue)]

    return build


for dtype in ("float64", "float32", "float16", "bfloat16"):
    case(f"fifo of {dtype}", through("FIFOQueue"), real(2, 3, dtype=dtype))
for dtype in ("int8", "int16", "int32", "int64", "uint8", "uint16"):
    case(f"fifo of {dtype}", through("FIFOQueue"), ints(2, low=0, dtype=dtype))
case("fifo of bool", through("FIFOQueue"), bools(3))
case("fifo of complex", through("FIFOQueue"), plane(2), plane(2, dtype="complex64"))
case("fifo of strings", through("FIFOQueue"), given([b"a", b""]), given(b"scalar"))
case("fifo of nothing", through("FIFOQueue"), real(0, 3), ints(0))
case("fifo with shapes", through("FIFOQueue", shapes=[[2], []]), real(2), ints())
case("shuffle of one", through("RandomShuffleQueue", 0), real(2), ints())


# --- batches --------------------------------------------------------------------------------------
def batches(make: Any, count: int, times: int = 1, up_to: bool = False) -> Build:
    """Puts the rows of the inputs, closes the queue, and takes `times` batches."""

    def build(tf: Any, *values: Any) -> Any:
        queue = make(tf)
        before, taken = queue.enqueue_many(list(values)), []
        before = then(tf, before, queue.close) if up_to else before
        for _ in range(times):
            batch = then(tf, before, lambda: (queue.dequeue_up_to if up_to else
                                              queue.dequeue_many)(count))  # fmt: skip
            taken.append(batch)
            before = batch[0] if isinstance(batch, list) else batch
        return [taken, then(tf, before, queue.is_closed), then(tf, before, queue.size)]

    return build


PAIR = (real(5, 2), ints(5))
TEN = given(range(10), "int32")
case("fifo dequeue_many", batches(lambda tf: tf.FIFOQueue(
    9, [tf.float64, tf.int32], shapes=[[2], []]), 3), *PAIR)  # fmt: skip
case("fifo dequeue_many of none", batches(lambda tf: tf.FIFOQueue(
    9, [tf.float64, tf.int32], shapes=[[2], []]), 0), *PAIR)  # fmt: skip
case("fifo dequeue_up_to", batches(lambda tf: tf.FIFOQueue(
    9, [tf.float64, tf.int32], shapes=[[2], []]), 3, 2, True), *PAIR)  # fmt: skip
case("fifo enqueue_many of none", lambda tf, x: then(tf, (q := tf.FIFOQueue(
    3, tf.float64, shapes=[[2]])).enqueue_many([x]), q.size), real(0, 2))  # fmt: skip
case("fifo dequeue_many of strings", batches(lambda tf: tf.FIFOQueue(
    9, [tf.string, tf.string], shapes=[[], [2]]), 2), given([b"a", b"", b"c"]),
    given([[b"p", b"q"], [b"r", b"s"], [b"t", b"u"]]))  # fmt: skip
case("shuffle dequeue_many", batches(lambda tf: tf.RandomShuffleQueue(
    20, 2, tf.int32, shapes=[[]], seed=5), 4, 2), TEN)  # fmt: skip
case("shuffle dequeue_up_to", batches(lambda tf: tf.RandomShuffleQueue(
    -1, 3, tf.int32, shapes=[[]], seed=6), 6, 2, True), TEN)  # fmt: skip
case("shuffle of a long queue", batches(lambda tf: tf.RandomShuffleQueue(
    900, 0, tf.int32, shapes=[[]], seed=7), 400, 2), given(range(800), "int32"))  # fmt: skip
case("priority dequeue_many", batches(lambda tf: tf.PriorityQueue(
    9, [tf.float64], shapes=[[2]]), 3), given([4, -1, 2, 3, 0], "int64"), real(5, 2))  # fmt: skip
case("priority dequeue_up_to", batches(lambda tf: tf.PriorityQueue(
    9, [tf.string], shapes=[[]]), 2, 1, True), given([3, 1, 2], "int64"),
    given([b"c", b"a", b"b"]))  # fmt: skip


def padded(take: str) -> Build:
    def build(tf: Any, a: Any, b: Any, s: Any, t: Any) -> Any:
        queue = tf.PaddingFIFOQueue(9, [a.dtype, s.dtype], shapes=[[None, 2], [None]])
        first = queue.enqueue([a, s])
        second = then(tf, first, lambda: queue.enqueue([b, t]))
        ends = then(tf, second, queue.close)
        return then(tf, ends, lambda: getattr(queue, take)(2))

    return build


for take in ("dequeue_many", "dequeue_up_to"):
    case(f"padding {take}", padded(take), real(1, 2), real(3, 2), given([b"a", b"b"]),
         given([b"c"]))  # fmt: skip
case("padding dequeue", lambda tf, x: then(tf, (q := tf.PaddingFIFOQueue(
    3, [tf.float64], shapes=[[None]])).enqueue([x]), q.dequeue), real(3))  # fmt: skip


# --- names ----------------------------------------------------------------------------------------
def named(tf: Any, x: Any, y: Any) -> Any:
    queue = tf.FIFOQueue(3, [tf.float64, tf.int32], names=["x", "y"], name="pairs")
    element = then(tf, queue.enqueue({"y": y, "x": x}, name="put"), queue.dequeue)
    return [element["x"], element["y"]]


case("components with names", named, real(2), ints())
case("python values", lambda tf: then(tf, (q := tf.FIFOQueue(3, [tf.float32, tf.string]))
     .enqueue([1, "a"]), q.dequeue))  # fmt: skip
case("a queue of a name", lambda tf, x: then(tf, tf.FIFOQueue(3, tf.float64, shared_name="q")
     .enqueue(x), tf.FIFOQueue(3, tf.float64, shared_name="q").dequeue), real(2))  # fmt: skip


def chosen(tf: Any, i: Any, x: Any) -> Any:
    queues = [tf.FIFOQueue(3, tf.float64, shapes=[shape]) for shape in ([2], [2])]
    queue = tf.QueueBase.from_list(i, queues)
    size = then(tf, queue.enqueue(x), lambda: [q.size() for q in queues])
    return [size, then(tf, tf.group(*size), queue.dequeue)]


case("one of a list", chosen, given(1, "int32"), real(2))


# --- sparse tensors in maps -----------------------------------------------------------------------
def mapped(tf: Any, *parts: Any) -> Any:
    """Keeps two sparse tensors, and takes them as rows of one."""
    numbers = [
        tf.raw_ops.AddSparseToTensorsMap(
            sparse_indices=i, sparse_values=v, sparse_shape=s, shared_name="m"
        )
        for i, v, s in (parts[:3], parts[3:])
    ]
    return list(
        tf.raw_ops.TakeManySparseFromTensorsMap(
            sparse_handles=tf.stack(numbers), dtype=parts[1].dtype, shared_name="m"
        )
    )


def split(tf: Any, indices: Any, values: Any, shape: Any) -> Any:
    """Keeps the rows of a sparse tensor, and takes them in another order."""
    numbers = tf.raw_ops.AddManySparseToTensorsMap(
        sparse_indices=indices, sparse_values=values, sparse_shape=shape
    )
    taken = tf.raw_ops.TakeManySparseFromTensorsMap(
        sparse_handles=tf.reverse(numbers, [0]),
        dtype=values.dtype,
        shared_name="AddManySparseToTensorsMap",
    )
    return [tf.shape(numbers), *taken]


A_MATRIX = (given([[0, 1], [2, 0]], "int64"), real(2), given([3, 2], "int64"))
ANOTHER = (given([[1, 3]], "int64"), real(1), given([2, 4], "int64"))
case("sparse tensors in a map", mapped, *A_MATRIX, *ANOTHER, nodes=False)
case("sparse strings in a map", mapped, given([[1]], "int64"), given([b"a"]), given([4], "int64"),
     given(np.zeros((0, 1)), "int64"), given(np.zeros(0), "S1"), given([6], "int64"),
     nodes=False)  # fmt: skip
case("sparse rows in a map", split, *A_MATRIX, nodes=False)


# --- accumulators ---------------------------------------------------------------------------------
def mean_of(reduction: str, shape: Any = None) -> Build:
    """Adds each input as a gradient of step 3, one of a step before, and takes the result."""

    def build(tf: Any, *gradients: Any) -> Any:
        sums = tf.ConditionalAccumulator(gradients[0].dtype, shape, reduction_type=reduction)
        before = sums.set_global_step(3)
        for gradient in gradients:
            before = then(tf, before, lambda g=gradient: sums.apply_grad(g, local_step=3))
        before = then(tf, before, lambda: sums.apply_grad(gradients[0], local_step=2))
        count = then(tf, before, sums.num_accumulated)
        taken = then(tf, count, lambda: sums.take_grad(1))
        return [count, taken, then(tf, taken, sums.num_accumulated)]

    return build


for reduction in ("MEAN", "SUM"):
    for dtype in ("float64", "float32", "float16"):
        case(f"accumulator {reduction} of {dtype}", mean_of(reduction),
             *[real(2, 3, dtype=dtype)] * 3)  # fmt: skip
case("accumulator with shape", mean_of("MEAN", [None, 2]), real(3, 2), real(3, 2))


def sparse_mean_of(reduction: str, shape: Any = None) -> Build:
    def build(tf: Any, i: Any, x: Any, j: Any, y: Any) -> Any:
        sums = tf.SparseConditionalAccumulator(x.dtype, shape, reduction_type=reduction)
        before = sums.set_global_step(1)
        before = then(tf, before, lambda: sums.apply_grad(i, x, shape, local_step=1))
        slices = tf.IndexedSlices(y, j)
        before = then(tf, before, lambda: sums.apply_indexed_slices_grad(slices, local_step=4))
        count = then(tf, before, sums.num_accumulated)
        return [count, *then(tf, count, lambda: list(sums.take_grad(2)))]

    return build


ROWS = (given([0, 2], "int64"), real(2, 3), given([1, 2, 3], "int64"), real(3, 3))
for reduction in ("MEAN", "SUM"):
    case(f"sparse accumulator {reduction}", sparse_mean_of(reduction), *ROWS, also=("float32",))
case("sparse accumulator with shape", sparse_mean_of("MEAN", [4, 3]), *ROWS)


def with_references(tf: Any, x: Any) -> Any:
    """The twins whose handles are references."""
    sums = tf.raw_ops.ConditionalAccumulator(dtype=x.dtype, shape=tf.TensorShape(None))
    put = tf.raw_ops.AccumulatorApplyGradient(
        handle=sums, local_step=tf.constant(0, tf.int64), gradient=x
    )
    count = then(tf, put, lambda: tf.raw_ops.AccumulatorNumAccumulated(handle=sums))
    taken = then(tf, count, lambda: tf.raw_ops.AccumulatorTakeGradient(
        handle=sums, num_required=1, dtype=x.dtype))  # fmt: skip
    step = then(tf, taken, lambda: tf.raw_ops.AccumulatorSetGlobalStep(
        handle=sums, new_global_step=tf.constant(5, tf.int64)))  # fmt: skip
    return [count, taken, then(tf, step, lambda: tf.raw_ops.AccumulatorNumAccumulated(handle=sums))]


case("accumulator by reference", with_references, real(2), nodes=False)


# --- staging areas, barriers, stacks --------------------------------------------------------------


def staged(tf: Any, x: Any, i: Any) -> Any:
    """Puts two elements, looks at the second, and takes the first."""
    area = {"dtypes": [x.dtype, i.dtype], "shared_name": "area", "capacity": 5}
    ops = tf.raw_ops
    first = ops.Stage(values=[x, i], shared_name="area", capacity=5)
    second = then(tf, first, lambda: ops.Stage(values=[x + x, i], shared_name="area", capacity=5))
    seen = then(tf, second, lambda: ops.StagePeek(index=1, **area))
    taken = then(tf, seen[0], lambda: ops.Unstage(**area))
    size = then(tf, taken[0], lambda: ops.StageSize(**area))
    clear = then(tf, size, lambda: ops.StageClear(**area))
    return [*seen, *taken, size, then(tf, clear, lambda: ops.StageSize(**area))]


case("staging area", staged, real(2, 3), ints(2))


def mapped_area(kind: str) -> Build:
    def build(tf: Any, x: Any, i: Any) -> Any:
        names = ("Stage", "Unstage", "UnstageNoKey", "Peek", "Size", "IncompleteSize", "Clear")
        put, pop, pop_any, peek, size, lacking, clear = (
            getattr(tf.raw_ops, kind + name) for name in names
        )
        area = {"dtypes": [x.dtype, i.dtype], "shared_name": "area"}
        one = {"dtypes": [i.dtype], "shared_name": "area"}
        key = [tf.constant(k, tf.int64) for k in (7, 3)]
        before = put(key=key[0], indices=[0], values=[x], **area)
        before = count = then(tf, before, lambda: lacking(**area))
        before = then(tf, before, lambda: put(key=key[0], indices=[1], values=[i], **area))
        seen = then(tf, before, lambda: peek(key=key[0], indices=[1], **one))
        taken = then(tf, seen[0], lambda: pop(key=key[0], indices=[1], **one))
        before = then(tf, taken[0], lambda: put(key=key[1], indices=[0, 1], values=[x, i], **area))
        before = both = then(tf, before, lambda: size(**area))
        left = then(tf, before, lambda: pop(key=key[0], indices=[0], dtypes=[x.dtype],
                                            shared_name="area"))  # fmt: skip
        rest = then(tf, left[0], lambda: pop_any(indices=[0, 1], **area))
        last = then(tf, rest[0], lambda: clear(**area))
        end = then(tf, last, lambda: size(**area))
        return [count, *seen, *taken, both, *left, rest[0], *flat(rest[1:]), end]

    return build


def flat(values: Any) -> list[Any]:
    """Tensors in the lists of a list; TensorFlow gives the outputs in one, flowgraph does not."""
    return [t for v in values for t in (flat(v) if isinstance(v, list | tuple) else [v])]


for kind in ("Map", "OrderedMap"):
    case(f"{kind} staging area", mapped_area(kind), real(2), ints(3), nodes=False)


def barrier(tf: Any, keys: Any, x: Any, i: Any) -> Any:
    """Puts first components in order, second ones in another, and takes what is complete."""
    ops, types = tf.raw_ops, [x.dtype, i.dtype]
    handle = before = ops.Barrier(component_types=types, shapes=[[2], []])
    puts = [(0, k, x[k : k + 1]) for k in (0, 1, 2)] + [(1, k, i[k : k + 1]) for k in (1, 0, 2)]
    puts = [(at, keys[k : k + 1], value) for at, k, value in puts]

    def put(at: int, key: Any, value: Any) -> Any:
        return ops.BarrierInsertMany(handle=handle, keys=key, values=value, component_index=at)

    for one in puts[:-1]:
        before = then(tf, before, lambda one=one: put(*one))
    ready = then(tf, before, lambda: ops.BarrierReadySize(handle=handle))
    lacking = then(tf, ready, lambda: ops.BarrierIncompleteSize(handle=handle))
    before = then(tf, lacking, lambda: put(*puts[-1]))
    taken = flat(then(tf, before, lambda: list(ops.BarrierTakeMany(
        handle=handle, num_elements=2, component_types=types))))  # fmt: skip
    closed = then(tf, taken[0], lambda: ops.BarrierClose(handle=handle))
    more = {"num_elements": 1, "component_types": types, "allow_small_batch": True}
    rest = flat(then(tf, closed, lambda: list(ops.BarrierTakeMany(handle=handle, **more))))
    return [ready, lacking, *taken, *rest]


case("barrier", barrier, given([b"p", b"q", b"r"]), real(3, 2), given([5, 2, 9], "int32"),
     nodes=False)  # fmt: skip


def pushed(tf: Any, x: Any) -> Any:
    stack = tf.raw_ops.StackV2(max_size=2, elem_type=x.dtype)
    first = tf.raw_ops.StackPushV2(handle=stack, elem=x)
    second = then(tf, first, lambda: tf.raw_ops.StackPushV2(handle=stack, elem=x * 2.0))
    popped = then(tf, second, lambda: tf.raw_ops.StackPopV2(handle=stack, elem_type=x.dtype))
    last = then(tf, popped, lambda: tf.raw_ops.StackPopV2(handle=stack, elem_type=x.dtype))
    return [first, second, popped, last]


def closed_stack(tf: Any, x: Any) -> Any:
    stack = tf.raw_ops.StackV2(max_size=-1, elem_type=x.dtype, stack_name="s")
    first = tf.raw_ops.StackPushV2(handle=stack, elem=x)
    return then(tf, then(tf, first, lambda: tf.raw_ops.StackCloseV2(handle=stack)), lambda: x + 1.0)


case("stack", pushed, real(2, 3), nodes=False)
case("stack that is closed", closed_stack, real(2), nodes=False)
