"""What a layer asks of its inputs, and the check of inputs against it."""

from __future__ import annotations

from typing import Any

from flowgraph.core import dtypes
from flowgraph.ops.control import nest


class InputSpec:
    """What a layer asks of one input: dtype, shape, rank, sizes of axes (tf.layers.InputSpec).

    Args:
      dtype: the dtype, or None for any.
      shape: the sizes; None in it stands for any size.
      ndim: the rank.
      max_ndim: the largest rank.
      min_ndim: the smallest rank.
      axes: a dict from axis to size.

    Raises:
      TypeError: a key of `axes` is not an integer.
      ValueError: a key of `axes` lies outside the rank.
    """

    def __init__(
        self,
        dtype: Any = None,
        shape: Any = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: dict[int, Any] | None = None,
    ) -> None:
        self.dtype = None if dtype is None else dtypes.as_dtype(dtype).name
        self.shape = shape
        self.ndim = ndim if shape is None else len(shape)
        self.max_ndim, self.min_ndim = max_ndim, min_ndim
        try:
            self.axes = {int(axis): size for axis, size in (axes or {}).items()}
        except (ValueError, TypeError, AttributeError) as error:
            raise TypeError("The keys in axes must be integers.") from error
        most = self.ndim or self.max_ndim
        if self.axes and most is not None and max(self.axes) > most - 1:
            raise ValueError(
                f"Axis {max(self.axes)} is greater than the maximum allowed value: {most - 1}"
            )

    def __repr__(self) -> str:
        told = {name: value for name, value in self.get_config().items() if value}
        return f"InputSpec({', '.join(f'{name}={value}' for name, value in told.items())})"

    def get_config(self) -> dict[str, Any]:
        """The arguments that make such a spec again."""
        names = ("dtype", "shape", "ndim", "max_ndim", "min_ndim", "axes")
        return {name: getattr(self, name) for name in names}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> InputSpec:
        """Makes the spec that `get_config` described."""
        return cls(**config)


def assert_input_compatibility(input_spec: Any, inputs: Any, layer_name: str) -> None:
    """Checks a layer's inputs against its `input_spec`: one spec, or a structure of them.

    Raises:
      ValueError: what the layer expects and what came.
    """
    if not input_spec:
        return
    flat, specs = nest.flatten(inputs), nest.flatten(input_spec)
    if len(flat) != len(specs):
        raise ValueError(
            f"Layer {layer_name} expects {len(specs)} inputs, but it received {len(flat)} input "
            f"tensors. Inputs received: {flat}"
        )
    for index, (tensor, spec) in enumerate(zip(flat, specs, strict=True)):
        problem = None if spec is None else _problem(spec, tensor)
        if problem:
            raise ValueError(
                f"Input {index} of layer {layer_name} is incompatible with the layer: {problem}"
            )


def _problem(spec: InputSpec, tensor: Any) -> str | None:
    """What about the tensor is not as the spec asks, or None."""
    rank = tensor.shape.rank
    if rank is None:
        if (spec.ndim, spec.min_ndim, spec.max_ndim) == (None, None, None):
            return _dtype_problem(spec, tensor)
        return "its rank is undefined, but the layer requires a defined rank."
    sizes = tensor.shape.as_list()
    if spec.ndim is not None and rank != spec.ndim:
        return f"expected ndim={spec.ndim}, found ndim={rank}. Full shape received: {sizes}"
    if spec.max_ndim is not None and rank > spec.max_ndim:
        return f"expected max_ndim={spec.max_ndim}, found ndim={rank}"
    if spec.min_ndim is not None and rank < spec.min_ndim:
        return f"expected min_ndim={spec.min_ndim}, found ndim={rank}. Full shape received: {sizes}"
    return _dtype_problem(spec, tensor) or _size_problem(spec, sizes)


def _dtype_problem(spec: InputSpec, tensor: Any) -> str | None:
    if spec.dtype is None or tensor.dtype.base_dtype == dtypes.as_dtype(spec.dtype):
        return None
    return f"expected dtype={spec.dtype}, found dtype={tensor.dtype}"


def _size_problem(spec: InputSpec, sizes: list[int | None]) -> str | None:
    for axis, wanted in spec.axes.items():
        wanted = getattr(wanted, "value", wanted)
        if wanted is not None and sizes[axis] not in (wanted, None):
            return (
                f"expected axis {axis} of input shape to have value {wanted} but received input "
                f"with shape {sizes}"
            )
    for wanted, size in zip(spec.shape or (), sizes, strict=False):
        if None not in (wanted, size) and wanted != size:
            return f"expected shape={spec.shape}, found shape={sizes}"
    return None
