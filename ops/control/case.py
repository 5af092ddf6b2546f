"""tf.case and tf.switch_case: conditionals with more than two branches."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from flowgraph.core.graph import control_dependencies, get_default_graph, name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.tensor import Tensor
from flowgraph.ops.control import composite
from flowgraph.ops.control.assertion import Assert
from flowgraph.ops.control.cond import Branch, call_branches, cond, join_branches

__all__ = ["case", "switch_case"]

Function = Callable[[], Any]


def case(
    pred_fn_pairs: Any,
    default: Function | None = None,
    exclusive: bool = False,
    strict: bool = False,
    name: str = "case",
) -> Any:
    """What the function of the first true predicate gives (tf.case).

    Args:
      pred_fn_pairs: a list or dict of pairs of a scalar bool tensor and a function. A dict that is
        not ordered is gone through in the order of the tensors' names.
      default: the function for the case in which none is true; without it, that is an error.
      exclusive: more than one true predicate is an error.
      strict: keep a list or tuple of one value, which is unpacked otherwise.
      name: the scope of the new operations.

    Raises:
      TypeError: pred_fn_pairs has another form, a predicate is no bool tensor, or a function is
        not callable.
      InvalidArgumentError: at the run, no predicate is true and there is no default, or more than
        one is and they are exclusive.
    """
    predicates, functions = _pairs(pred_fn_pairs)
    with name_scope(name, "case", predicates):
        if default is None:
            default = _insisting(predicates, functions[-1])
            last = len(functions) - 1
        else:
            if not callable(default):
                raise TypeError("default must be callable.")
            last = len(functions)
        chain = default
        for predicate, function in reversed(list(zip(predicates, functions, strict=True))[:last]):
            chain = _choosing(predicate, function, chain, strict)
        if not exclusive:
            return chain()
        with control_dependencies([_at_most_one(predicates)]):
            return chain()


def _pairs(given: Any) -> tuple[list[Tensor], list[Function]]:
    if not isinstance(given, (list, tuple, dict)):
        raise TypeError(f"'pred_fn_pairs' must be a list, tuple, or dict. Received: {type(given)}")
    if isinstance(given, OrderedDict):
        given = list(given.items())
    elif isinstance(given, dict):
        given = sorted(given.items(), key=lambda pair: pair[0].name)
    if not given:
        raise ValueError("'pred_fn_pairs' must have at least one pair.")
    for pair in given:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError(f"Each entry in 'pred_fn_pairs' must be a 2-tuple. Received {pair}.")
        predicate, function = pair
        if not isinstance(predicate, Tensor):
            raise TypeError(f"pred must be a Tensor, got: {predicate}")
        if not predicate.dtype.is_bool:
            raise TypeError(f"pred must be Tensor of type bool: {predicate.name}")
        if not callable(function):
            raise TypeError(f"fn for pred {predicate.name} must be callable.")
    return [pair[0] for pair in given], [pair[1] for pair in given]


def _choosing(predicate: Tensor, function: Function, otherwise: Function, strict: bool) -> Function:
    return lambda: cond(predicate, function, otherwise, strict=strict)


def _insisting(predicates: list[Tensor], function: Function) -> Function:
    """The last function, for the case in which no predicate before its own is true."""

    def run() -> Any:
        message = "Input error: None of conditions evaluated as True:"
        check = Assert(predicates[-1], [message, raw.Pack(predicates, name="preds_c")])
        with control_dependencies([check]):
            # What the function returns may have been made before; it waits for the check, too.
            return composite.map_leaves(raw.Identity, function())

    return run


def _at_most_one(predicates: list[Tensor]) -> Any:
    values = raw.Pack(predicates, name="preds_c")
    true = raw.Sum(raw.Cast(values, DstT="int32"), [0])
    names = ", ".join(p.name for p in predicates)
    message = f"Input error: exclusive=True: more than 1 conditions ({names}) evaluated as True:"
    return Assert(raw.Less(true, 2), [message, values], summarize=len(predicates))


def switch_case(
    branch_index: Tensor,
    branch_fns: Any,
    default: Function | None = None,
    name: str = "switch_case",
) -> Any:
    """What `branch_fns[branch_index]()` gives (tf.switch_case).

    Args:
      branch_index: an integer scalar tensor.
      branch_fns: a list of functions, or a dict or list of pairs from 0, 1, ... to functions.
      default: the function for an index without branch; the last branch when None.
      name: the scope of the new operations.

    Raises:
      TypeError: the index is no integer tensor, or a function is not callable, or the branches
        return different structures or dtypes.
      ValueError: there is no branch, or the keys are not 0, 1, ...
    """
    functions = _functions(branch_index, branch_fns, default)
    with name_scope(name, "switch_case", [branch_index]) as scope:
        if branch_index.dtype.base_dtype.name != "int32":
            branch_index = raw.Cast(branch_index, DstT="int32")
        with get_default_graph().name_scope("indexed_case"):
            names = [f"branches[{i}]" for i in range(len(functions))]
            graphs = [
                Branch(scope[:-1], function, called, True)
                for function, called in zip(functions, names, strict=True)
            ]
            try:
                structure = join_branches(graphs, True, names)
            except ValueError as error:
                raise TypeError(
                    "The branches of tf.switch_case must have the same number, type, and overall "
                    f"structure of return values. {error}"
                ) from None
            return composite.pack(structure, call_branches(branch_index, list(graphs), "Case"))


def _functions(branch_index: Any, branch_fns: Any, default: Any) -> list[Function]:
    if not isinstance(branch_index, Tensor):
        raise TypeError(f"'branch_index' must be a Tensor, got {type(branch_index)}")
    if not branch_index.dtype.is_integer:
        raise TypeError(f"'branch_index' must be an integer Tensor, got {branch_index.dtype}")
    if not branch_fns:
        raise ValueError("Must provide at least one item in 'branch_fns'")
    if not isinstance(branch_fns, (list, tuple, dict)):
        raise TypeError(
            f"'branch_fns' must be a list, tuple, or dict. Received: {type(branch_fns)}"
        )
    pairs = list(branch_fns.items()) if isinstance(branch_fns, dict) else list(branch_fns)
    if all(callable(fn) for fn in pairs):
        pairs = list(enumerate(pairs))
    for pair in pairs:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError(f"Each entry in 'branch_fns' must be a 2-tuple. Received {pair}.")
        if not isinstance(pair[0], int):
            raise TypeError(f"key must be a Python `int`, got {type(pair[0])}")
        if not callable(pair[1]):
            raise TypeError(f"fn for key {pair[0]} must be callable.")
    keys = sorted(pair[0] for pair in pairs)
    if keys != list(range(len(keys))):
        raise ValueError(
            f"branch indices (keys) must form contiguous range of [0 to {len(keys)}) but found "
            f"{{{','.join(map(str, keys))}}}"
        )
    functions = [pair[1] for pair in sorted(pairs, key=lambda pair: pair[0])]
    return functions if default is None else [*functions, default]
