"""Loops: `While` calls its body as long as its condition holds; `tf.while_loop` builds both.

The op's inputs are the loop variables' first values and what the subgraphs captured. Output j is
the last value of the loop variable that came in as input `carried[j]`; unlike TensorFlow's op this
one does not hand out what stays the same. The gradient is in `_loop_gradient.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.function import FuncGraph, sharing_memory
from flowgraph.core.graph import control_dependencies, get_default_graph, name_scope
from flowgraph.core.op_def import OpDef, Trait, define, raw
from flowgraph.core.shapes import TensorShape, brackets
from flowgraph.core.tensor import Tensor
from flowgraph.ops.control import composite, nest
from flowgraph.ops.control._loop_gradient import Body, loop_gradient
from flowgraph.ops.control._refine_loop import refined
from flowgraph.ops.control._subgraph import (
    changed_memory,
    is_stateful,
    join_captures,
    outer_controls,
    safe_to_keep,
    written,
)
from flowgraph.runtime import run_state

__all__ = ["while_loop"]


# --- While, StatelessWhile ------------------------------------------------------------------------
def _loop(op_type: str, traits: int) -> OpDef:
    op_def = define(
        op_type,
        inputs="input: *T",
        outputs="output: *Tout",
        attrs={
            "T": attrs.type_list(),
            "Tout": attrs.type_list(),
            "cond": attrs.function(),
            "body": attrs.function(),
            "carried": attrs.ints(),
            "output_shapes": attrs.shapes(),
            "parallel_iterations": attrs.integer(10),
            "back_prop": attrs.boolean(True),
        },
        shape=lambda op: list(op.attrs["output_shapes"]),
        traits=Trait.CALLS | Trait.VIEW | traits,
    )
    op_def.effects = lambda op: written(op.attrs["cond"]) | written(op.attrs["body"])
    op_def.gradient_takes_none = True
    op_def.gradient(loop_gradient)
    op_def.kernel(_kernel)
    op_def.refine(refined)
    op_def.elements(lambda op: op.attrs.get("_elements"))
    return op_def


def _kernel(ctx: Any) -> Any:
    condition, body = ctx.compile(ctx.attrs["cond"]), ctx.compile(ctx.attrs["body"])
    if ctx.attrs["cond"].outputs[0].shape.rank is None:
        condition = _scalar(condition)
    carried = list(ctx.attrs["carried"])
    results = ctx.attrs.get("_results", carried)
    check = run_state.check

    def run(*inputs: Any) -> Any:
        values = list(inputs)
        while condition(*values)[0]:
            check()
            for i, value in zip(carried, body(*values), strict=True):
                values[i] = value
        return [values[i] for i in results]

    return run


def _scalar(condition: Any) -> Any:
    """The condition, whose rank was not known, checked."""

    def ask(*values: Any) -> Any:
        told = condition(*values)
        if np.ndim(told[0]):
            raise InvalidArgumentError(
                f"The condition of a loop must be a scalar, got shape {list(told[0].shape)}"
            )
        return told

    return ask


while_op = _loop("While", Trait.STATEFUL)
stateless_while_op = _loop("StatelessWhile", Trait.NONE)


def call_loop(
    first: Sequence[Tensor], condition: FuncGraph, body: FuncGraph, name: str, **more: Any
) -> list[Tensor]:
    """Adds a `While` of loop variables with these first values; gives their last values.

    The loop variables are the first inputs of both subgraphs.
    """
    graphs = [condition, body]
    captured = join_captures(graphs, explicit=len(first))
    op_def = while_op if any(map(is_stateful, graphs)) else stateless_while_op
    variables = body.inputs[: len(first)]
    with control_dependencies(outer_controls(graphs)):
        return op_def(  # type: ignore[no-any-return]
            [*first, *captured],
            Tout=[t.dtype for t in variables],
            cond=condition,
            body=body,
            carried=list(range(len(first))),
            output_shapes=[t.shape for t in variables],
            name=name,
            **more,
        )


# --- tf.while_loop --------------------------------------------------------------------------------
def while_loop(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    shape_invariants: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
    maximum_iterations: Any = None,
    return_same_structure: bool = False,
) -> Any:
    """Repeats `loop_vars = body(*loop_vars)` while `cond(*loop_vars)` is true (tf.while_loop).

    Both functions are called once, now, to build what an iteration computes.

    Args:
      cond: a function of the loop variables that returns a scalar bool tensor.
      body: a function of the loop variables that returns their next values: the same structure,
        dtypes and shapes.
      loop_vars: a list, tuple or namedtuple of first values; each may be nested.
      shape_invariants: the static shapes that hold in every iteration, in the structure of
        loop_vars; None: the shapes of the first values.
      parallel_iterations: accepted; iterations run one after the other.
      back_prop: whether there is a gradient.
      swap_memory: accepted; all memory is the machine's.
      name: the scope of the new operations.
      maximum_iterations: an integer scalar, after so many iterations the loop ends in any case.
      return_same_structure: keep a list or tuple of one loop variable.

    Returns:
      The last values, in the structure that body returns; the value alone when there is only one.

    Raises:
      TypeError: cond or body is not callable, or a dtype or type of nesting does not fit.
      ValueError: there is no loop variable, or a structure or shape does not fit.

    >>> # tf.while_loop(lambda i: i < 10, lambda i: i + 1, [0]) is 10
    """
    del swap_memory
    if not callable(cond):
        raise TypeError("'cond' must be callable.")
    if not callable(body):
        raise TypeError("'body' must be callable.")
    if parallel_iterations < 1:
        raise TypeError("'parallel_iterations' must be a positive integer.")
    values = [v for v in nest.flatten(loop_vars) if isinstance(v, Tensor)]
    with name_scope(name, "while", values) as scope:
        if not nest.is_nested(loop_vars) or not len(loop_vars):
            raise ValueError("'loop_vars' must be provided.")
        single = len(loop_vars) == 1 and not return_same_structure
        if maximum_iterations is not None:
            counted = _Counted(cond, body, loop_vars, maximum_iterations, single)
            cond, body, loop_vars = counted.cond, counted.body, counted.loop_vars
            if shape_invariants is not None:
                given = shape_invariants[0] if single else shape_invariants
                shape_invariants = [TensorShape([]), given]
        loop = _Loop(scope[:-1], loop_vars, shape_invariants)
        condition, inner = loop.build(cond, body)
        first = _unchanging(loop.first, changed_memory(condition) | changed_memory(inner))
        outputs = call_loop(
            first, condition, inner, "Exit",
            parallel_iterations=parallel_iterations, back_prop=back_prop,
        )  # fmt: skip
        result = composite.pack(loop.result, outputs)
    if maximum_iterations is not None:
        return result[1]
    # As TensorFlow: a list of one tensor, and of parts that hold none, is that tensor.
    alone = not return_same_structure and len(outputs) == 1 and isinstance(result, (list, tuple))
    return result[0] if single or alone else result


def _unchanging(first: list[Tensor], changed: set[Tensor]) -> list[Tensor]:
    """The first values, copied where the loop would write to their memory."""
    return [raw.Snapshot(t) if sharing_memory(t) & changed else t for t in first]


class _Counted:
    """A loop with one more variable, which ends it after a number of iterations."""

    def __init__(self, cond: Any, body: Any, loop_vars: Any, maximum: Any, single: bool) -> None:
        most = convert_to_tensor(maximum, name="maximum_iterations")
        if most.shape.rank != 0:
            raise ValueError(f"'maximum_iterations' must be a scalar. Received shape: {most.shape}")
        counter = convert_to_tensor(0, dtype=most.dtype.base_dtype, name="iteration_counter")
        one = counter.dtype.as_numpy_dtype(1)
        if single:
            self.loop_vars = [counter, loop_vars[0]]
            self.cond = lambda i, v: raw.LogicalAnd(raw.Less(i, most), cond(v))
            self.body = lambda i, v: (raw.AddV2(i, one), _only(body(v)))
        else:
            self.loop_vars = [counter, loop_vars]
            self.cond = lambda i, v: raw.LogicalAnd(raw.Less(i, most), cond(*v))
            self.body = lambda i, v: (raw.AddV2(i, one), _like(body(*v), v))


def _only(result: Any) -> Any:
    return result[0] if isinstance(result, (list, tuple)) and len(result) == 1 else result


def _like(result: Any, loop_vars: Any) -> Any:
    """A body may give a tuple for a list; a loop within a loop does so, too."""
    if type(result) in (list, tuple) and type(loop_vars) in (list, tuple):
        return type(loop_vars)(result)
    if not nest.is_nested(result) and len(loop_vars) == 1:
        return type(loop_vars)([result])
    return result


class _Loop:
    """The loop variables: their structure, first values, and the shapes that always hold."""

    def __init__(self, name: str, loop_vars: Any, shape_invariants: Any) -> None:
        self.name = name
        leaves = [composite.as_leaf(v) for v in nest.flatten(loop_vars)]
        self.structure = self.result = nest.pack_sequence_as(loop_vars, leaves)
        self.first = [
            raw.Identity(t) if t.dtype.is_ref_dtype else t
            for leaf in leaves
            for t in composite.parts_of(leaf)
        ]
        self.shapes = [t.shape for t in self.first]
        if shape_invariants is not None:
            self.shapes = self._invariants(leaves, shape_invariants)

    def _invariants(self, leaves: list[Any], given: Any) -> list[TensorShape]:
        # A TensorShape is a leaf, but a list of sizes would count as nesting.
        nest.assert_same_structure(self.structure, given, check_types=False)
        shapes: list[TensorShape] = []
        for leaf, shape in zip(leaves, nest.flatten(given), strict=True):
            parts = composite.parts_of(leaf)
            if not isinstance(leaf, Tensor):
                shapes += [
                    TensorShape([None] + t.shape.as_list()[1:]) if t.shape.rank else t.shape
                    for t in parts
                ]
                continue
            invariant = TensorShape(shape)
            if not _is_within(leaf.shape, invariant):
                raise ValueError(
                    f"The shape invariant specified for {leaf.name} is not compatible with the "
                    f"initial shape of the loop variable. It enters the loop with shape "
                    f"{leaf.shape}, but the specified shape invariant is {invariant}."
                )
            shapes.append(invariant)
        return shapes

    def build(self, cond: Callable[..., Any], body: Callable[..., Any]) -> tuple[FuncGraph, Body]:
        """Calls the user's functions; gives the two subgraphs."""
        graph = get_default_graph()
        condition = FuncGraph(self.name, graph)
        variables = self._add_variables(condition, "Merge")
        with condition.as_default():
            condition.outputs = [_as_condition(cond(*variables), condition)]
        inner = Body(self.name, graph)
        variables = self._add_variables(inner, "Identity")
        with inner.as_default():
            result = body(*variables)
            if not nest.is_nested(result):
                result = [result]
            # What the loop gives has the form that the body gives, should the outermost differ.
            leaves = [composite.as_leaf(v) for v in nest.flatten(result)]
            self.result = result = nest.pack_sequence_as(result, leaves)
            nest.assert_same_structure(list(variables), list(result))
            inner.outputs = self._next_values(inner, result)
        inner.outputs = [safe_to_keep(inner, t) for t in inner.outputs]
        return condition, inner

    def _add_variables(self, graph: FuncGraph, name: str) -> Any:
        inside = [
            graph.add_input(t.dtype.base_dtype, shape, name)
            for t, shape in zip(self.first, self.shapes, strict=True)
        ]
        with graph.as_default():
            return composite.pack(self.structure, inside)

    def _next_values(self, graph: FuncGraph, result: Any) -> list[Tensor]:
        values = []
        flat = composite.flatten(result)
        if len(flat) != len(self.first):
            raise ValueError(
                f"The body of the loop '{self.name}' returns {len(flat)} tensors for its "
                f"{len(self.first)} loop variables"
            )
        for first, shape, value in zip(self.first, self.shapes, flat, strict=True):
            if value.dtype.base_dtype is not first.dtype.base_dtype:
                raise TypeError(
                    f"Input tensor '{first.name}' enters the loop with dtype {first.dtype.name}, "
                    f"but has dtype {value.dtype.name} after one iteration."
                )
            if not _is_within(value.shape, shape):
                raise ValueError(
                    f"Input tensor '{first.name}' enters the loop with shape {shape}, but has "
                    f"shape {value.shape} after one iteration. To allow the shape to vary across "
                    "iterations, use the `shape_invariants` argument of tf.while_loop to specify "
                    "a less-specific shape."
                )
            is_ref = value.dtype.is_ref_dtype
            values.append(raw.Identity(value) if is_ref else graph.capture(value))
        return values


def _is_within(shape: TensorShape, bound: TensorShape) -> bool:
    """Whether every value of a static shape has the other one, too."""
    if bound.known is None:
        return True
    if shape.known is None or len(shape.known) != len(bound.known):
        return False
    return all(b is None or a == b for a, b in zip(shape.known, bound.known, strict=True))


def _as_condition(value: Any, graph: FuncGraph) -> Tensor:
    tensor = convert_to_tensor(value)
    if tensor.dtype.base_dtype is not dtypes.bool_:
        raise TypeError(
            f"Input 'input' of 'LoopCond' Op has type {tensor.dtype.name} that does not match "
            "expected type of bool: a loop's condition is a bool tensor, such as i < 10."
        )
    if tensor.shape.rank not in (None, 0):
        raise ValueError(
            f"Shape must be rank 0 but is rank {tensor.shape.rank} for the condition of a loop, "
            f"with input shape: {brackets(tensor.shape)}."
        )
    return raw.Identity(tensor) if tensor.dtype.is_ref_dtype else graph.capture(tensor)
