"""`tf.gradients` and its relatives: the backward walk of core with the op library."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flowgraph.core.backward import (
    Backward,
    RegisterGradient,
    is_trainable,
    no_gradient,
    register_gradient,
)
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import get_default_graph, name_scope
from flowgraph.core.indexed_slices import IndexedSlices, IndexedSlicesValue
from flowgraph.core.op_def import raw
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.ops.state import handles

NoGradient = NotDifferentiable = no_gradient


class AggregationMethod:
    """How gradients that meet are summed; accepted, the sum is the same (tf.AggregationMethod)."""

    ADD_N = 0
    DEFAULT = 0
    EXPERIMENTAL_TREE = 1
    EXPERIMENTAL_ACCUMULATE_N = 2


class UnconnectedGradients:
    """What the gradient of an unconnected x is (tf.UnconnectedGradients)."""

    NONE = "none"
    ZERO = "zero"


def gradients(
    ys: Any,
    xs: Any,
    grad_ys: Any = None,
    name: str = "gradients",
    colocate_gradients_with_ops: bool = False,
    gate_gradients: bool = False,
    aggregation_method: int | None = None,
    stop_gradients: Any = None,
    unconnected_gradients: str = UnconnectedGradients.NONE,
) -> list[Any]:
    """Adds the derivatives of sum(ys) with respect to each x (tf.gradients).

    Args:
      ys: a tensor or a list of them.
      xs: a tensor or variable, or a list of them.
      grad_ys: what comes from above each y; ones when None.
      name: the scope of the new operations.
      colocate_gradients_with_ops: ask for the device of each operation for its gradient.
      gate_gradients: accepted; gradients of one operation always come together here.
      aggregation_method: accepted, see `AggregationMethod`.
      stop_gradients: tensors that count as constants.
      unconnected_gradients: "none" or "zero".

    Returns:
      A list as long as xs: a tensor of the shape of x, an `IndexedSlices`, or None.

    Raises:
      LookupError: an operation on the way has no gradient.
      ValueError: a shape or argument does not fit.
      TypeError: a y is complex and has no grad_ys.
    """
    del gate_gradients
    if aggregation_method not in (None, 0, 1, 2):
        raise ValueError(f"Invalid aggregation_method specified {aggregation_method}.")
    if unconnected_gradients not in ("none", "zero"):
        raise ValueError(
            f"Unknown value for unconnected_gradients: {unconnected_gradients!r}, expected "
            "'none' or 'zero'"
        )
    ys_list, xs_list = _as_list(ys), _as_list(xs)
    stops = [_tensor(s) for s in _as_list(stop_gradients)] if stop_gradients is not None else []
    graph = get_default_graph()
    with name_scope(name, "gradients", [y for y in ys_list if isinstance(y, Tensor)]):
        y_tensors = [_value(y, "y") for y in ys_list]
        x_tensors = [_tensor(x, "x") for x in xs_list]
        tops = _top_gradients(
            y_tensors, [None] * len(y_tensors) if grad_ys is None else _as_list(grad_ys)
        )
        walk = Backward(graph, aggregate, zeros_for)
        followed = [i for i, top in enumerate(tops) if top is not None]
        found = walk.run(
            [y_tensors[i] for i in followed], [tops[i] for i in followed], x_tensors, stops,
            colocate_gradients_with_ops,
        )  # fmt: skip
        if unconnected_gradients == UnconnectedGradients.ZERO:
            found = [
                zeros_for(x) if g is None else g for g, x in zip(found, x_tensors, strict=True)
            ]
    return found


def _as_list(values: Any) -> list[Any]:
    return list(values) if isinstance(values, (list, tuple)) else [values]


def _tensor(value: Any, name: str | None = None) -> Tensor:
    if isinstance(value, IndexedSlices):
        return value.values
    return convert_to_tensor(value, name=name, as_ref=True)


def _value(value: Any, name: str) -> Tensor:
    """As `_tensor`, but a read of a resource variable and not its handle; a list is packed."""
    if isinstance(value, (list, tuple)):
        return convert_to_tensor(value, name=name)
    tensor = _tensor(value, name)
    is_handle = tensor.dtype.name == "resource" and tensor is not value
    return convert_to_tensor(value, name=name) if is_handle else tensor


def _top_gradients(ys: Sequence[Tensor], grads: Sequence[Any]) -> list[Any]:
    if len(grads) != len(ys):
        raise ValueError(f"Passed {len(grads)} grad_ys for {len(ys)} ys")
    tops = []
    for i, (y, grad) in enumerate(zip(ys, grads, strict=True)):
        if not is_trainable(y):  # nothing flows back from an integer, say: its gradients are None
            tops.append(None)
            continue
        if grad is None:
            if y.dtype.is_complex:
                raise TypeError(
                    f"Gradients of complex tensors must set grad_ys (y.dtype = {y.dtype!r})"
                )
            with name_scope(f"grad_ys_{i}"):
                tops.append(ones_for(y))
            continue
        if not isinstance(grad, IndexedSlices):
            if isinstance(grad, Tensor) and grad.dtype.base_dtype is not y.dtype.base_dtype:
                raise TypeError(
                    f"Gradient type {grad.dtype.name} generated for tensor {y} with type "
                    f"{y.dtype.name}"
                )
            grad = convert_to_tensor(grad, dtype=y.dtype.base_dtype, name=f"grad_ys_{i}")
        tops.append(grad)
    return tops


def ones_for(tensor: Tensor) -> Tensor:
    """Ones of a tensor's shape and dtype."""
    from flowgraph.ops.array.making import ones_like

    return ones_like(tensor)


def zeros_for(tensor: Tensor) -> Any:
    """Zeros of a tensor's shape and dtype; of an opaque list, zeros of the same lengths."""
    if tensor.dtype.name == "variant":
        return raw.TensorListZerosLike(tensor)
    if tensor.dtype.name == "resource":
        return handles.zeros(tensor)
    from flowgraph.ops.array.making import zeros_like

    return zeros_like(tensor)


def aggregate(grads: list[Any]) -> Any:
    """The sum of gradients; of `IndexedSlices` alone it stays sparse."""
    if all(isinstance(g, IndexedSlices) for g in grads):
        return _concat_slices(grads)
    dense = [convert_to_tensor(g) for g in grads]
    if dense[0].dtype.name == "variant":
        total = dense[0]
        for other in dense[1:]:
            total = raw.TensorListAdd(total, other)
        return total
    return raw.AddN(dense)


def _concat_slices(slices: list[IndexedSlices]) -> IndexedSlices:
    values = raw.ConcatV2([s.values for s in slices], 0)
    kinds = {s.indices.dtype for s in slices}
    indices = [s.indices for s in slices]
    if len(kinds) > 1:
        indices = [raw.Cast(i, DstT="int64") for i in indices]
    return IndexedSlices(values, raw.ConcatV2(indices, 0), slices[0].dense_shape)


def slices_conversion(
    value: IndexedSlices, dtype: Any = None, name: Any = None, as_ref: Any = False
) -> Any:
    """Slices as a dense tensor."""
    del as_ref
    if dtype is not None and not dtype.is_compatible_with(value.dtype):
        raise ValueError(
            f"Tensor conversion requested dtype {dtype.name} for IndexedSlices with dtype "
            f"{value.dtype.name}"
        )
    if value.dense_shape is None:
        raise ValueError(
            f"Tensor conversion requested for IndexedSlices without dense_shape: {value}"
        )
    rows = value.dense_shape[0]  # type: ignore[index]
    dense = raw.UnsortedSegmentSum(value.values, value.indices, rows, name=name)
    dense.set_shape(value.shape)
    return dense


def _parts(slices: IndexedSlices) -> list[Any]:
    return [slices.values, slices.indices] + (
        [] if slices.dense_shape is None else [slices.dense_shape]
    )


def fetched_slices(slices: IndexedSlices) -> tuple[list[Any], Any]:
    """The tensors that are fetched for slices, and what makes their value of theirs."""
    return _parts(slices), lambda got: IndexedSlicesValue(*got, *[None] * (3 - len(got)))


def fed_slices(slices: IndexedSlices, value: Any) -> list[tuple[Any, Any]]:
    """The tensors that are fed for slices, each with its part of the value."""
    return list(zip(_parts(slices), value, strict=False))


def hessians(
    ys: Any,
    xs: Any,
    name: str = "hessians",
    colocate_gradients_with_ops: bool = False,
    gate_gradients: bool = False,
    aggregation_method: int | None = None,
) -> list[Tensor]:
    """The second derivatives of sum(ys) by each x: shape x.shape + x.shape (tf.hessians)."""
    result = []
    with name_scope(name, "hessians"):
        firsts = gradients(ys, xs, None, "gradients", colocate_gradients_with_ops)
        for first, x in zip(firsts, _as_list(xs), strict=True):
            size = x.shape.num_elements()
            if size is None:
                raise ValueError(f"hessians needs a static shape of x, got {x.shape} of {x.name}")
            flat = raw.Reshape(convert_to_tensor(first), [-1])
            zero = zeros_for(convert_to_tensor(x))
            rows = [gradients(flat[i], x)[0] for i in range(size)]  # type: ignore[index]
            stacked = raw.Pack([zero if r is None else convert_to_tensor(r) for r in rows], axis=0)
            result.append(raw.Reshape(stacked, x.shape.as_list() * 2))
    del gate_gradients, aggregation_method
    return result


def custom_gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: `f(*x)` returns (y, grad_fn); grad_fn(*dy) replaces y's gradient (TF's).

    Variables that f reads with get_variable are given to grad_fn as `variables=`, as in TensorFlow,
    when it takes that argument.
    """
    import functools

    @functools.wraps(f)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        inputs = [raw.Identity(convert_to_tensor(a)) for a in args]
        graph = get_default_graph()
        before = set(graph.get_collection_ref("variables"))
        result, grad_fn = f(*inputs, **kwargs)
        added = [v for v in graph.get_collection_ref("variables") if v not in before]
        used = added + [v for v in before if _reads(result, v, inputs)]
        outputs = [convert_to_tensor(r) for r in _as_list(result)]
        reads = [convert_to_tensor(v) for v in used]

        def gradient(op: Operation, *grads: Any) -> list[Any]:
            if used:
                dx, dv = grad_fn(*grads[: len(outputs)], variables=used)
            else:
                dx, dv = grad_fn(*grads[: len(outputs)]), []
            return [None] * len(outputs) + _as_list(dx) + list(dv)

        # IdentityN ties the outputs to the inputs, so that its one gradient bridges them.
        named = raw.IdentityN([*outputs, *inputs, *reads])
        named[0].op.attrs["_gradient_function"] = gradient
        bridged = named[: len(outputs)]
        return type(result)(bridged) if isinstance(result, (list, tuple)) else bridged[0]

    return decorated


def _reads(result: Any, variable: Any, inputs: list[Tensor]) -> bool:
    """Whether the computation of `result` reads a variable that was there before."""
    target = getattr(variable, "op", None)
    stack = [convert_to_tensor(r).op for r in _as_list(result)]
    stops = {t.op for t in inputs}
    seen: set[Operation] = set()
    while stack:
        op = stack.pop()
        if op is target:
            return True
        if op not in seen and op not in stops:
            seen.add(op)
            stack += [t.op for t in op.inputs]
    return False


__all__ = [
    "AggregationMethod",
    "IndexedSlices",
    "IndexedSlicesValue",
    "NoGradient",
    "NotDifferentiable",
    "RegisterGradient",
    "UnconnectedGradients",
    "custom_gradient",
    "gradients",
    "hessians",
    "no_gradient",
    "register_gradient",
]
