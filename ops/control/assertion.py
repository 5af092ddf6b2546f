"""`tf.Assert`, and what all checks share."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import Trait, define
from flowgraph.core.operation import Operation
from flowgraph.core.static import constant_value
from flowgraph.core.tensor import Tensor
from flowgraph.ops.control.printing import summary

assert_op = define(
    "Assert",
    inputs="condition: bool, data: *T",
    attrs={"T": attrs.type_list(), "summarize": attrs.integer(3)},
    traits=Trait.STATEFUL,
).no_gradient()


@assert_op.kernel
def _(ctx: Any) -> Any:
    most = ctx.attrs["summarize"]
    handles = [t.dtype.is_ref_dtype for t in ctx.op.inputs[1:]]

    def check(condition: Any, *data: Any) -> None:
        if condition.ndim:
            raise InvalidArgumentError(f"In[0] should be a scalar: {list(condition.shape)}")
        if not condition:
            values = [v.read() if h else v for v, h in zip(data, handles, strict=True)]
            shown = " ".join(f"[{summary(v, most)}]" for v in values)
            raise InvalidArgumentError(f"assertion failed: {shown}")

    return check


def Assert(
    condition: Any, data: Any, summarize: int | None = None, name: str | None = None
) -> Operation:
    """An operation that fails unless `condition` is true when it runs (tf.Assert).

    Run it, or make what depends on it wait: `with tf.control_dependencies([tf.Assert(...)])`.

    Args:
      condition: a scalar bool tensor.
      data: a list of tensors for the error's message.
      summarize: show only so many elements of each; 3 when None, all when negative.
      name: the scope of the operation.

    Raises:
      TypeError: data is no list.
      InvalidArgumentError: at the run, when the condition is false.
    """
    with name_scope(name, "Assert"):
        return assert_op(condition, data, summarize=summarize, name="Assert")  # type: ignore[no-any-return]


def check_static(holds: Any, data: list[Any]) -> None:
    """Raises InvalidArgumentError when constants alone tell that a condition is false."""
    if not holds:
        shown = [constant_value(d) if isinstance(d, Tensor) else d for d in data]
        texts = [d.name if s is None else _text(s) for d, s in zip(data, shown, strict=True)]
        raise InvalidArgumentError(None, None, "\n".join(texts))


def _text(value: Any) -> str:
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def prefix(message: str | None) -> str:
    """The message as the start of an error's text."""
    return f"{message}.  " if message else ""
