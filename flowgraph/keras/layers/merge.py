"""Layers of several inputs: sums, products, concatenation."""

from __future__ import annotations

import functools
from typing import Any

from flowgraph.keras import _ops as tf
from flowgraph.keras import backend as K
from flowgraph.keras.engine.base_layer import Layer


def _broadcast(first: Any, second: Any) -> Any:
    """The shape of two shapes that fit each other when broadcast, without the batch."""
    if None in (first, second):
        return None
    longer, shorter = (first, second) if len(first) >= len(second) else (second, first)
    result = list(longer[: len(longer) - len(shorter)])
    for a, b in zip(longer[len(longer) - len(shorter) :], shorter, strict=True):
        if a is None or b is None:
            result.append(None)
        elif a == 1 or b == 1 or a == b:
            result.append(max(a, b) if 1 in (a, b) else a)
        else:
            raise ValueError(
                f"Operands could not be broadcast together with shapes {first} {second}"
            )
    return result


def _check_masks(inputs: Any, mask: Any) -> None:
    """ValueError unless there is a list of inputs, and one of masks of the same length."""
    if not isinstance(mask, (list, tuple)):
        raise ValueError("`mask` should be a list.")
    if not isinstance(inputs, (list, tuple)):
        raise ValueError("`inputs` should be a list.")
    if len(mask) != len(inputs):
        raise ValueError("The lists `inputs` and `mask` should have the same length.")


class _Merge(Layer):
    """Joins a list of tensors by a function of two."""

    _least = 2

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def _merge_function(self, inputs: list[Any]) -> Any:
        raise NotImplementedError(f"{type(self).__name__} does not define _merge_function")

    def _check(self, input_shape: Any) -> list[Any]:
        shapes = input_shape if isinstance(input_shape, list) else None
        if shapes is None or (shapes and not hasattr(shapes[0], "__len__")):
            raise ValueError("A merge layer should be called on a list of inputs.")
        if len(shapes) < self._least:
            raise ValueError(
                f"A merge layer should be called on a list of at least 2 inputs. Got {len(shapes)} "
                "inputs."
            )
        return [tf.TensorShape(s).as_list() for s in shapes]

    def build(self, input_shape: Any) -> None:
        """Checks that the shapes fit."""
        shapes = self._check(input_shape)
        batches = {s[0] for s in shapes} - {None}
        if len(batches) > 1:
            raise ValueError(
                f"Can not merge tensors with different batch sizes. Got tensors with shapes : "
                f"{shapes}"
            )
        functools.reduce(_broadcast, [s[1:] for s in shapes])
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The joined inputs; those of fewer axes get axes of size 1 behind the batch."""
        if not isinstance(inputs, (list, tuple)):
            raise ValueError("A merge layer should be called on a list of inputs.")
        rank = max(K.ndim(x) for x in inputs)
        wide = []
        for x in inputs:
            for _ in range(rank - K.ndim(x)):
                x = tf.expand_dims(x, axis=1)
            wide.append(x)
        return self._merge_function(wide)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The broadcast shape."""
        shapes = self._check(input_shape)
        batches = {s[0] for s in shapes} - {None}
        rest = functools.reduce(_broadcast, [s[1:] for s in shapes])
        return tf.TensorShape([next(iter(batches)) if len(batches) == 1 else None, *rest])

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Where all masks are True."""
        if mask is None:
            return None
        _check_masks(inputs, mask)
        masks = [tf.cast(m, tf.bool) for m in mask if m is not None]
        return functools.reduce(tf.logical_and, masks) if masks else None


class Add(_Merge):
    """The sum of the inputs."""

    def _merge_function(self, inputs: list[Any]) -> Any:
        return functools.reduce(lambda a, b: a + b, inputs)


class Subtract(_Merge):
    """The first input less the second."""

    def build(self, input_shape: Any) -> None:
        """Checks that there are two."""
        super().build(input_shape)
        if len(input_shape) != 2:
            raise ValueError("A `Subtract` layer should be called on exactly 2 inputs")

    def _merge_function(self, inputs: list[Any]) -> Any:
        return inputs[0] - inputs[1]


class Multiply(_Merge):
    """The product of the inputs."""

    def _merge_function(self, inputs: list[Any]) -> Any:
        return functools.reduce(lambda a, b: a * b, inputs)


class Average(_Merge):
    """The mean of the inputs."""

    def _merge_function(self, inputs: list[Any]) -> Any:
        return functools.reduce(lambda a, b: a + b, inputs) / len(inputs)


class Maximum(_Merge):
    """The largest of the inputs."""

    def _merge_function(self, inputs: list[Any]) -> Any:
        return functools.reduce(tf.maximum, inputs)


class Minimum(_Merge):
    """The smallest of the inputs."""

    def _merge_function(self, inputs: list[Any]) -> Any:
        return functools.reduce(tf.minimum, inputs)


class Concatenate(_Merge):
    """The inputs one behind the other along an axis."""

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis

    def build(self, input_shape: Any) -> None:
        """Checks that the other sizes agree."""
        if not isinstance(input_shape, list) or len(input_shape) < 2 or not hasattr(
            input_shape[0], "__len__"
        ):  # fmt: skip
            raise ValueError(
                "A `Concatenate` layer should be called on a list of at least 2 inputs"
            )
        shapes = [tf.TensorShape(s).as_list() for s in input_shape]
        others = []
        for shape in shapes:
            rest = list(shape)
            del rest[self.axis]
            others.append(rest)
        first = others[0]
        if any(
            len(o) != len(first)
            or any(a != b for a, b in zip(o, first, strict=True) if None not in (a, b))
            for o in others
        ):
            raise ValueError(
                "A `Concatenate` layer requires inputs with matching shapes except for the concat "
                f"axis. Got inputs shapes: {[tuple(s) for s in shapes]}"
            )
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The joined inputs."""
        return K.concatenate(inputs, axis=self.axis)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The sizes along the axis added up."""
        if not isinstance(input_shape, list):
            raise ValueError("A `Concatenate` layer should be called on a list of inputs.")
        shapes = [tf.TensorShape(s).as_list() for s in input_shape]
        result = shapes[0]
        for shape in shapes[1:]:
            known = None not in (result[self.axis], shape[self.axis])
            result[self.axis] = result[self.axis] + shape[self.axis] if known else None
        return tf.TensorShape(result)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The masks one behind the other, where they go along the axis."""
        if mask is None:
            return None
        _check_masks(inputs, mask)
        if all(m is None for m in mask):
            return None
        whole = []
        for x, m in zip(inputs, mask, strict=True):
            m = None if m is None else tf.cast(m, tf.bool)
            if m is None:
                whole.append(tf.ones_like(x, dtype=tf.bool))
            elif K.ndim(m) < K.ndim(x):
                whole.append(tf.logical_and(tf.expand_dims(m, -1), tf.ones_like(x, dtype=tf.bool)))
            else:
                whole.append(m)
        return tf.reduce_all(tf.concat(whole, axis=self.axis), axis=-1)

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {**super().get_config(), "axis": self.axis}


class Dot(_Merge):
    """The products of two inputs along an axis of each.

    Args:
      axes: the axis, or one for each input.
      normalize: whether the inputs are scaled to length 1 before, which gives cosines.
    """

    def __init__(self, axes: Any, normalize: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(axes, int):
            if not isinstance(axes, (list, tuple)):
                raise TypeError("Invalid type for `axes` - should be a list or an int.")
            if len(axes) != 2 or not all(isinstance(a, int) for a in axes):
                raise ValueError("Invalid format for `axes` - should contain two int elements.")
        self.axes, self.normalize = axes, normalize

    def _both(self, ranks: tuple[int, int]) -> list[int]:
        axes = [self.axes] * 2 if isinstance(self.axes, int) else list(self.axes)
        return [a % r for a, r in zip(axes, ranks, strict=True)]

    def build(self, input_shape: Any) -> None:
        """Checks that the axes have one size."""
        shapes = isinstance(input_shape, list) and len(input_shape) == 2
        if not shapes or not all(hasattr(s, "__len__") for s in input_shape):
            raise ValueError("A `Dot` layer should be called on a list of 2 inputs.")
        first, second = (tf.TensorShape(s).as_list() for s in input_shape)
        axes = self._both((len(first), len(second)))
        if first[axes[0]] != second[axes[1]]:
            raise ValueError(
                f"Dimension incompatibility {first[axes[0]]} != {second[axes[1]]}. Layer shapes: "
                f"{first}, {second}"
            )
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The products."""
        if not isinstance(inputs, (list, tuple)) or len(inputs) != 2:
            raise ValueError("A `Dot` layer should be called on exactly 2 inputs")
        axes = self._both((K.ndim(inputs[0]), K.ndim(inputs[1])))
        if self.normalize:
            inputs = [tf.nn.l2_normalize(x, axis=a) for x, a in zip(inputs, axes, strict=True)]
        return K.batch_dot(inputs[0], inputs[1], axes)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The other sizes of both."""
        first, second = (tf.TensorShape(s).as_list() for s in input_shape)
        axes = self._both((len(first), len(second)))
        del first[axes[0]], second[axes[1]]
        shape = first + second[1:]
        return tf.TensorShape(shape if len(shape) > 1 else [*shape, 1])

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """None."""
        return None

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {**super().get_config(), "axes": self.axes, "normalize": self.normalize}


def add(inputs: Any, **kwargs: Any) -> Any:
    """See `Add`."""
    return Add(**kwargs)(inputs)


def subtract(inputs: Any, **kwargs: Any) -> Any:
    """See `Subtract`."""
    return Subtract(**kwargs)(inputs)


def multiply(inputs: Any, **kwargs: Any) -> Any:
    """See `Multiply`."""
    return Multiply(**kwargs)(inputs)


def average(inputs: Any, **kwargs: Any) -> Any:
    """See `Average`."""
    return Average(**kwargs)(inputs)


def maximum(inputs: Any, **kwargs: Any) -> Any:
    """See `Maximum`."""
    return Maximum(**kwargs)(inputs)


def minimum(inputs: Any, **kwargs: Any) -> Any:
    """See `Minimum`."""
    return Minimum(**kwargs)(inputs)


def concatenate(inputs: Any, axis: int = -1, **kwargs: Any) -> Any:
    """See `Concatenate`."""
    return Concatenate(axis=axis, **kwargs)(inputs)


def dot(inputs: Any, axes: Any, normalize: bool = False, **kwargs: Any) -> Any:
    """See `Dot`."""
    return Dot(axes=axes, normalize=normalize, **kwargs)(inputs)
