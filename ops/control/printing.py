"""Values as text: `tf.Print` and `tf.print`, and how an assertion shows its data."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from itertools import count
from typing import Any

import numpy as np

from flowgraph.core import attrs
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import Trait, define, like, scalar
from flowgraph.core.operation import Operation
from flowgraph.core.sparse_tensor import SparseTensor
from flowgraph.core.tensor import Tensor
from flowgraph.ops.control import nest
from flowgraph.platform import logging

__all__ = ["Print", "print_"]


# --- values as text -------------------------------------------------------------------------------
# Inside of quotes: as in C, with the letters of C and octal numbers for other control characters.
_ESCAPED = {i: f"\\{i:03o}" for i in (*range(0x20), 0x7F)}
_ESCAPED |= {ord(c): f"\\{e}" for c, e in zip("\n\r\t\"'\\", "nrt\"'\\", strict=True)}


def _element(value: Any, quote: bool = False) -> str:
    if isinstance(value, bytes):
        text = value.decode("utf-8", "backslashreplace")
        return f'"{text.translate(_ESCAPED)}"' if quote else text
    if isinstance(value, (bool, np.bool_)):
        return str(int(value))
    if isinstance(value, (complex, np.complexfloating)):
        return f"({_element(value.real)},{_element(value.imag)})"
    if isinstance(value, np.float64):
        return f"{value:.17g}" if float(f"{value:.15g}") != value else f"{value:.15g}"
    if isinstance(value, np.float32):
        return f"{value:.9g}" if np.float32(f"{value:.6g}") != value else f"{value:.6g}"
    return f"{float(value):g}" if not isinstance(value, (int, np.integer)) else str(value)


def summary(value: Any, most: int) -> str:
    """The first `most` elements of an array, row by row; all when it is negative.

    >>> import numpy as np
    >>> summary(np.arange(6).reshape(2, 3), 4)
    '[0 1 2][3...]...'
    """
    array = np.asarray(value)
    limit = array.size if most < 0 else min(most, array.size)
    left = [limit]
    text = _rows(array, left, outermost=True)
    return text + "..." if limit < array.size else text


def _rows(array: np.ndarray[Any, Any], left: list[int], outermost: bool = False) -> str:
    """Up to `left` elements, which is counted down."""
    if array.ndim == 0:
        return _element(array[()])
    if array.ndim == 1:
        shown = min(len(array), left[0])
        left[0] -= shown
        text = " ".join(_element(v) for v in array[:shown])
        return text if outermost or shown == len(array) else text + "..."
    parts = []
    for row in array:
        if left[0] <= 0:
            break
        parts.append(f"[{_rows(row, left)}]")
    return "".join(parts)


def both_ends(value: Any, most: int) -> str:
    """An array as tf.print shows it: the first and last `most` entries of each dimension."""
    array = np.asarray(value)
    if array.ndim == 0:
        return _element(array[()], quote=array.dtype == object)
    return _both_ends(array, most, 1)


def _both_ends(array: np.ndarray[Any, Any], most: int, depth: int) -> str:
    if array.ndim == 0:
        return _element(array[()], quote=array.dtype == object)
    entries: list[Any] = list(range(len(array)))
    if most >= 0 and len(entries) > 2 * most:
        entries = [*entries[:most], None, *entries[len(entries) - most :]]
    texts = ["..." if i is None else _both_ends(array[i : i + 1].reshape(array.shape[1:]), most,
             depth + 1) for i in entries]  # fmt: skip
    between = " " if array.ndim == 1 else "\n" * (array.ndim - 1) + " " * depth
    return "[" + between.join(texts) + "]"


# --- Print ----------------------------------------------------------------------------------------
print_op = define(
    "Print",
    inputs="input: T, data: *U",
    outputs="output: T",
    attrs={
        "T": attrs.types(),
        "U": attrs.type_list(),
        "message": attrs.string(""),
        "first_n": attrs.integer(-1),
        "summarize": attrs.integer(3),
    },
    shape=like("input"),
    traits=Trait.STATEFUL | Trait.VIEW,
)


@print_op.kernel
def _(ctx: Any) -> Any:
    message, first, most = (ctx.attrs[k] for k in ("message", "first_n", "summarize"))
    times = ctx.state.state(("Print", ctx.name), count)
    handles = [t.dtype.is_ref_dtype for t in ctx.op.inputs[1:]]

    def run(x: Any, *data: Any) -> Any:
        if first < 0 or next(times) < first:
            values = [v.read() if h else v for v, h in zip(data, handles, strict=True)]
            text = "".join(f"[{summary(v, most)}]" for v in values)
            print(message + text, file=sys.stderr)
        return x

    return run


@print_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return [grad] + [None] * (len(op.inputs) - 1)


def Print(
    input_: Any,
    data: Any,
    message: str | None = None,
    first_n: int | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> Tensor:
    """The tensor `input_`; prints the list `data` to standard error when it is computed (tf.Print).

    Args:
      input_: the tensor that is handed on.
      data: a list of tensors to print.
      message: a prefix.
      first_n: print only so many times.
      summarize: print only so many elements of each tensor; 3 when None, all when negative.
      name: the operation's name.
    """
    return print_op(  # type: ignore[no-any-return]
        input_, data, message=message, first_n=first_n, summarize=summarize, name=name
    )


# --- StringFormat, PrintV2 ------------------------------------------------------------------------
string_format_op = define(
    "StringFormat",
    inputs="inputs: *T",
    outputs="output: string",
    attrs={
        "T": attrs.type_list(),
        "template": attrs.string("%s"),
        "placeholder": attrs.string("%s"),
        "summarize": attrs.integer(3),
    },
    shape=scalar,
).no_gradient()


@string_format_op.kernel
def _(ctx: Any) -> Any:
    parts = ctx.attrs["template"].split(ctx.attrs["placeholder"])
    most = ctx.attrs["summarize"]
    handles = [t.dtype.is_ref_dtype for t in ctx.op.inputs]
    if len(parts) != len(handles) + 1:
        raise InvalidArgumentError(
            f"The template has {len(parts) - 1} placeholders for {len(handles)} inputs"
        )

    def run(*values: Any) -> Any:
        text = parts[0]
        for value, is_handle, part in zip(values, handles, parts[1:], strict=True):
            text += both_ends(value.read() if is_handle else value, most) + part
        return np.array(text.encode(), object)

    return run


print_v2_op = define(
    "PrintV2",
    inputs="input: string",
    attrs={"output_stream": attrs.string("stderr"), "end": attrs.string("\n")},
    traits=Trait.STATEFUL,
).no_gradient()


@print_v2_op.kernel
def _(ctx: Any) -> Any:
    stream, end = ctx.attrs["output_stream"], ctx.attrs["end"]

    def run(text: Any) -> None:
        line = np.asarray(text)[()].decode("utf-8", "backslashreplace")
        if stream.startswith("file://"):
            with open(stream.removeprefix("file://"), "a", encoding="utf-8") as file:
                file.write(line + end)
        elif stream in _LEVELS:  # as TensorFlow's log of C++, whatever the verbosity is
            print(f"{_LEVELS[stream]}:tensorflow:{line}", file=sys.stderr, end=end)
        else:
            print(line, file=getattr(sys, stream), end=end)

    return run


_STREAMS = {
    "sys.stdout": "stdout", "stdout": "stdout", "sys.stderr": "stderr", "stderr": "stderr",
}  # fmt: skip
_LEVELS = {"log(info)": "INFO", "log(warning)": "WARNING", "log(error)": "ERROR"}
_LOGGERS = {
    logging.info: "log(info)",
    logging.warning: "log(warning)",
    logging.error: "log(error)",
}
_STDERR = sys.stderr  # the default stays this object when sys.stderr is replaced
_HOLE = "\x00"  # stands for a tensor in the template; no text has it


def print_(
    *inputs: Any,
    output_stream: Any = _STDERR,
    end: str = "\n",
    summarize: int = 3,
    sep: str = " ",
    name: str | None = None,
) -> Operation:
    """An operation that prints tensors and Python values when it runs (tf.print).

    Args:
      *inputs: tensors, Python values, and lists and dicts with tensors in them.
      output_stream: sys.stderr, sys.stdout, tf.logging.info, .warning or .error, or `file://` and
        a path.
      end: what follows the text.
      summarize: how many entries to show at both ends of each dimension; -1: all.
      sep: what stands between the inputs.
      name: the operation's name.

    Raises:
      ValueError: the stream is not known.
    """
    stream = "stdout" if output_stream in (sys.stdout, sys.__stdout__) else "stderr"
    if isinstance(output_stream, str):
        known = output_stream.startswith("file://")
        stream = output_stream if known else _STREAMS.get(output_stream, "")
    elif callable(output_stream) and output_stream in _LOGGERS:
        stream = _LOGGERS[output_stream]
    elif stream == "stderr" and output_stream not in (sys.stderr, sys.__stderr__, _STDERR):
        stream = ""
    if not stream:
        raise ValueError(f"Unsupported output stream {output_stream!r}")
    if len(inputs) == 1 and _is_text(inputs[0]):  # alone, it stands without quotes
        return print_v2_op(inputs[0], output_stream=stream, end=end, name=name)  # type: ignore[no-any-return]
    tensors: list[Tensor] = []
    template = sep.join(_template(value, tensors, top=True) for value in inputs)
    text = string_format_op(tensors, template=template, placeholder=_HOLE, summarize=summarize)
    return print_v2_op(text, output_stream=stream, end=end, name=name)  # type: ignore[no-any-return]


def _is_text(value: Any) -> bool:
    return isinstance(value, Tensor) and value.shape.rank == 0 and value.dtype.name == "string"


def _template(value: Any, tensors: list[Tensor], top: bool = False) -> str:
    """The text of a value with holes for its tensors, which are added to `tensors`."""
    if isinstance(value, Mapping):
        items = [f"{k!r}: {_template(value[k], tensors)}" for k in nest._keys(value)]
        return "{" + ", ".join(items) + "}"
    if nest.is_nested(value) and not hasattr(value, "_fields"):
        items = [_template(v, tensors) for v in value]
        left, right = ("[", "]") if isinstance(value, list) else ("(", ")")
        comma = "," if right == ")" and len(items) == 1 else ""
        return left + ", ".join(items) + comma + right
    if isinstance(value, SparseTensor):
        parts = zip(
            ("indices", "values", "shape"),
            (value.indices, value.values, value.dense_shape),
            strict=True,
        )
        said = ", ".join(f"{name}={_template(part, tensors)}" for name, part in parts)
        return f"'SparseTensor({said})'"
    if isinstance(value, Tensor) or hasattr(value, "_as_graph_element"):
        tensors.append(convert_to_tensor(value))
        return _HOLE
    if isinstance(value, np.ndarray):
        return both_ends(value, -1)
    return str(value) if top else repr(value)
