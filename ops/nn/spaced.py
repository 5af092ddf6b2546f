"""tf.nn.with_space_to_batch: an op with holes in its window, by way of space in the batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.op_def import raw
from flowgraph.core.static import constant_value
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.blocks import (
    batch_to_space_nd,
    required_space_to_batch_paddings,
    space_to_batch_nd,
)
from flowgraph.ops.array.joining import concat, stack

__all__ = ["with_space_to_batch"]


def with_space_to_batch(
    input: Any,
    dilation_rate: Any,
    padding: str,
    op: Callable[..., Any],
    filter_shape: Any = None,
    spatial_dims: Sequence[int] | None = None,
    data_format: str | None = None,
) -> Tensor:
    """Applies `op` as if its window had holes (tf.nn.with_space_to_batch).

    The elements that lie `dilation_rate` apart become images of their own in the batch, `op` is
    applied to these without padding, and its results are put together again. Where all rates are
    1, `op` is applied to the input itself.

    Args:
      input: a tensor [batch, spatial..., channels], or with the channels second.
      dilation_rate: int32 [n] for n spatial dimensions, of known shape.
      padding: "SAME" or "VALID".
      op: (tensor, n, padding) -> tensor.
      filter_shape: the window's size, [at least n], needed for "SAME".
      spatial_dims: the spatial dimensions, rising; by default the first ones.
      data_format: "NC..." has the channels second.

    Raises:
      ValueError: an argument does not fit.
    """
    tensor = convert_to_tensor(input, name="input")
    rate = convert_to_tensor(dilation_rate, dtype=dtypes.int32, name="dilation_rate")
    if rate.shape.rank not in (None, 1):
        raise ValueError("rate must be rank 1")
    if not rate.shape.is_fully_defined():
        raise ValueError("rate must have known shape")
    count = rate.shape.num_elements() or 0
    first = 2 if data_format is not None and data_format.startswith("NC") else 1
    dims = _checked_dims(range(first, first + count) if spatial_dims is None else spatial_dims)
    if tensor.shape.rank is not None and tensor.shape.rank < dims[-1] + (first == 1):
        raise ValueError(f"input tensor must have rank {dims[-1] + 1} at least")
    known = constant_value(rate)
    if known is not None and (known < 1).any():
        raise ValueError("dilation_rate must be positive")
    if known is not None and (known == 1).all():
        return op(tensor, count, padding)  # type: ignore[no-any-return]
    base = _base_paddings(padding, filter_shape, count, rate if known is None else known)
    paddings, crops = required_space_to_batch_paddings(
        _spatial_sizes(tensor, dims), base_paddings=base, block_shape=rate
    )
    blocks = _at_dims(rate, 1, dims)
    spread = space_to_batch_nd(tensor, blocks, _at_dims(paddings, 0, dims))
    return batch_to_space_nd(op(spread, count, "VALID"), blocks, _at_dims(crops, 0, dims))


def _checked_dims(spatial_dims: Sequence[int]) -> list[int]:
    dims = [int(dim) for dim in spatial_dims]
    if dims != sorted(set(dims)) or min(dims, default=1) < 1:
        raise ValueError("spatial_dims must be a rising sequence of positive integers")
    return dims


def _spatial_sizes(tensor: Tensor, dims: list[int]) -> Any:
    known = tensor.shape.known
    sizes = [None] if known is None else [known[dim] for dim in dims]
    if None not in sizes:
        return sizes
    sizes_now = raw.Shape(tensor)
    return stack([sizes_now[dim] for dim in dims])


def _base_paddings(padding: str, filter_shape: Any, count: int, rate: Any) -> Any:
    """What must be padded before the first window and after the last: [n, 2]."""
    if padding == "VALID":
        return np.zeros([count, 2], np.int32)
    if padding != "SAME":
        raise ValueError(f"Invalid padding method {padding!r}")
    if filter_shape is None:
        raise ValueError("filter_shape must be specified for SAME padding")
    sizes = convert_to_tensor(filter_shape, dtype=dtypes.int32, name="filter_shape")
    known = constant_value(sizes)
    window = (sizes if known is None else known)[:count]
    extra = (window - 1) * rate
    before = extra // 2
    after = extra - before
    return stack([[before[i], after[i]] for i in range(count)])


def _at_dims(values: Tensor, fill: int, dims: list[int]) -> Any:
    """The values at the rows of their dimensions (of all but the first), `fill` elsewhere."""
    known = constant_value(values)
    shape = values.shape.as_list()[1:]
    rows: list[Any] = [np.full([1, *shape], fill, np.int32)] * dims[-1]
    source = values if known is None else known
    for i, dim in enumerate(dims):
        rows[dim - 1] = source[i : i + 1]
    return np.concatenate(rows) if known is not None else concat(rows, 0)
