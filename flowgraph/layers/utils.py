"""Small functions that layers share (tensorflow.python.layers.utils)."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from flowgraph.core import static
from flowgraph.core.tensor import Tensor
from flowgraph.layers.reaching import get_reachable_from_inputs as get_reachable_from_inputs
from flowgraph.ops.control.case import case
from flowgraph.ops.control.cond import cond
from flowgraph.variables.variable import Variable

_FORMATS = {
    "channels_last": {3: "NWC", 4: "NHWC", 5: "NDHWC"},
    "channels_first": {3: "NCW", 4: "NCHW", 5: "NCDHW"},
}


class _Settings:
    """What layers take where they are not told; keras' backend may change it."""

    image_data_format = "channels_last"


def image_data_format() -> str:
    """The data format of layers that are not told one."""
    return _Settings.image_data_format


def set_image_data_format(data_format: str) -> None:
    """Sets the data format of layers that are not told one."""
    _Settings.image_data_format = normalize_data_format(data_format)


def convert_data_format(data_format: str, ndim: int) -> str:
    """The data format as ops name it: "channels_last" of four dimensions -> "NHWC".

    Raises:
      ValueError: there is no such format, or not of this rank.
    """
    if data_format not in _FORMATS:
        raise ValueError(f"Invalid data_format: {data_format}")
    if ndim not in _FORMATS[data_format]:
        raise ValueError(f"Input rank not supported: {ndim}")
    return _FORMATS[data_format][ndim]


def normalize_tuple(value: Any, n: int, name: str) -> tuple[int, ...]:
    """`n` integers, of one or of a sequence of `n`; `name` tells the argument in errors.

    Raises:
      ValueError: it is neither.
    """
    if isinstance(value, int):
        return (value,) * n
    wrong = f"The `{name}` argument must be a tuple of {n} integers. Received: {value}"
    try:
        found = tuple(value)
    except TypeError:
        raise ValueError(wrong) from None
    if len(found) != n:
        raise ValueError(wrong)
    for single in found:
        try:
            int(single)
        except (ValueError, TypeError):
            raise ValueError(f"{wrong} including element {single} of type {type(single)}") from None
    return found


def normalize_data_format(value: str | None) -> str:
    """The data format in small letters, the default of None; ValueError if there is no such."""
    data_format = (image_data_format() if value is None else value).lower()
    if data_format not in _FORMATS:
        raise ValueError(
            'The `data_format` argument must be one of "channels_first", "channels_last". '
            f"Received: {value}"
        )
    return data_format


def normalize_padding(value: Any, causal: bool = False) -> str:
    """The padding in small letters; ValueError unless "valid" or "same" (or "causal")."""
    padding = value.lower() if isinstance(value, str) else value
    if padding not in (("valid", "same", "causal") if causal else ("valid", "same")):
        known = '"valid", "same", "causal"' if causal else '"valid", "same"'
        raise ValueError(f"The `padding` argument must be one of {known}. Received: {padding}")
    return padding  # type: ignore[no-any-return]


def conv_output_length(
    input_length: int | None, filter_size: int, padding: str, stride: int, dilation: int = 1
) -> int | None:
    """How many steps a convolution gives for so many; None stays None."""
    if input_length is None:
        return None
    spread = (filter_size - 1) * dilation + 1
    more = {"same": 0, "causal": 0, "valid": 1 - spread, "full": spread - 1}[padding]
    return (input_length + more + stride - 1) // stride


def conv_input_length(
    output_length: int | None, filter_size: int, padding: str, stride: int
) -> int | None:
    """How many steps a convolution needs to give so many; None stays None."""
    if output_length is None:
        return None
    pad = {"same": filter_size // 2, "valid": 0, "full": filter_size - 1}[padding]
    return (output_length - 1) * stride - 2 * pad + filter_size


def deconv_output_length(
    input_length: Any,
    filter_size: int,
    padding: str,
    stride: int,
    output_padding: int | None = None,
    dilation: int = 1,
) -> Any:
    """How many steps (a number or a tensor) a transposed convolution gives for so many."""
    if input_length is None:
        return None
    spread = (filter_size - 1) * dilation + 1
    if output_padding is not None:
        pad = {"same": spread // 2, "valid": 0, "full": spread - 1}[padding]
        return (input_length - 1) * stride + spread - 2 * pad + output_padding
    steps = input_length * stride
    if padding == "valid":
        return steps + max(spread - stride, 0)
    return steps - (stride + spread - 2) if padding == "full" else steps


def smart_cond(
    pred: Any,
    true_fn: Callable[[], Any] | None = None,
    false_fn: Callable[[], Any] | None = None,
    name: str | None = None,
) -> Any:
    """`true_fn()` or `false_fn()`; a `cond` only where `pred` is not known beforehand.

    Raises:
      TypeError: a function cannot be called, or `pred` is no condition.
    """
    for argument, function in (("true_fn", true_fn), ("false_fn", false_fn)):
        if not callable(function):
            raise TypeError(f"`{argument}` must be callable.")
    known = constant_value(pred)
    if known is None:
        return cond(pred, true_fn=true_fn, false_fn=false_fn, name=name)
    return (true_fn if known else false_fn)()  # type: ignore[misc]


def smart_case(
    pred_fn_pairs: Any,
    default: Callable[[], Any] | None = None,
    exclusive: bool = False,
    name: str = "smart_case",
) -> Any:
    """As tf.case, where predicates may be bools: what is known beforehand makes no branch.

    Raises:
      TypeError: `pred_fn_pairs` is no list or dict of pairs, or a function cannot be called.
    """
    pairs = list(pred_fn_pairs.items() if isinstance(pred_fn_pairs, dict) else pred_fn_pairs)
    if not all(isinstance(pair, tuple) and len(pair) == 2 for pair in pairs):
        raise TypeError(f"'pred_fn_pairs' must be pairs of a condition and a function. Got {pairs}")
    left = []
    for pred, function in pairs:
        if not callable(function):
            raise TypeError(f"fn for pred {pred} must be callable.")
        known = smart_constant_value(pred)
        if known is None:
            left.append((pred, function))
        elif known:
            default = function
            break
    if left:
        return case(left, default, exclusive, name=name)
    if default is None:
        raise ValueError("Every condition is known to be false, and there is no default.")
    return default()


def smart_constant_value(pred: Any) -> Any:
    """The condition (of a tensor: a numpy value), if it is known before the graph runs, or None.

    Raises:
      TypeError: it is neither a bool, nor 0 or 1, nor a tensor.
    """
    if isinstance(pred, Tensor):
        return static.constant_value(pred)
    if isinstance(pred, Variable):
        return None
    try:
        fits = bool(pred in (0, 1))
    except ValueError:  # an array of several
        fits = False
    if not fits:
        raise TypeError(
            f"`pred` must be a Tensor, or a Python bool, or 1 or 0. Found instead: {type(pred)}"
        )
    return bool(pred)


constant_value = smart_constant_value


def layer_function(layer: type, name: str, doc: str, reuse: bool = True, order: str = "") -> Any:
    """The function that makes a layer and calls it: `tf.layers.dense` of `Dense`.

    Its arguments are `inputs`, those of the layer and, with `reuse`, that of the variable scope,
    which is then called `name`. An argument of `call` other than the inputs is taken too.

    Args:
      layer: the class.
      name: the function's name.
      doc: the function's docstring.
      reuse: whether variables can be shared by name.
      order: the names of all arguments where they are not in this order, with spaces between.
    """
    signature = _signature(layer, reuse, order)
    of_call = list(inspect.signature(layer.call).parameters)[2:]  # type: ignore[attr-defined]

    def function(*args: Any, **kwargs: Any) -> Any:
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError as error:  # as Python has it for a function, with its name
            raise TypeError(f"{name}() {error}") from None
        bound.apply_defaults()
        given = dict(bound.arguments)
        inputs = given.pop("inputs")
        passed = {name: given.pop(name) for name in of_call}
        if reuse:
            given["_reuse"], given["_scope"] = given.pop("reuse"), given["name"]
        return layer(**given)(inputs, **passed)

    function.__signature__ = signature  # type: ignore[attr-defined]
    function.__name__ = function.__qualname__ = name
    function.__doc__, function.__module__ = doc, layer.__module__
    return function


def _signature(layer: type, reuse: bool, order: str) -> inspect.Signature:
    keyword = inspect.Parameter.POSITIONAL_OR_KEYWORD
    own = list(inspect.signature(layer).parameters.values())
    of_call = list(inspect.signature(layer.call).parameters.values())[1:]  # type: ignore[attr-defined]
    last = [inspect.Parameter("reuse", keyword, default=None)] if reuse else []
    found = {p.name: p for p in (*of_call[:1], *own, *of_call[1:], *last) if p.kind is keyword}
    ordered = [found[name] for name in order.split()] if order else list(found.values())
    return inspect.Signature([p.replace(annotation=p.empty) for p in ordered])
