"""`Metric` and the metrics that are a sum or a mean of values."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from flowgraph.keras import _ops as tf
from flowgraph.keras import backend as K
from flowgraph.keras.engine.base_layer import Layer
from flowgraph.keras.losses import squeeze_or_expand
from flowgraph.layers.naming import to_snake_case


class Metric(Layer):
    """A value that is gathered from batch to batch (tf.keras.metrics.Metric).

    A subclass makes variables with `add_weight` in its constructor and writes `update_state(...)`
    and `result()`.

    Args:
      name: the class's name in snake case when None.
      dtype: of the variables; Keras's default when None.
    """

    _is_metric = True
    _is_updating = False

    def __init__(self, name: str | None = None, dtype: Any = None, **kwargs: Any) -> None:
        super().__init__(name=name, dtype=dtype, **kwargs)
        self.stateful = self.built = True
        if self._dtype is None:
            self._dtype = K.floatx()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "update_state" in cls.__dict__:
            cls.update_state = _gathering(cls.__dict__["update_state"])  # type: ignore[method-assign]

    def _init_set_name(self, name: Any, zero_based: bool = True) -> None:
        self._name = name or K.unique_object_name(
            to_snake_case(type(self).__name__), zero_based=True
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Updates the state and gives the result behind it."""
        update = self.update_state(*args, **kwargs)
        with tf.control_dependencies([update]):
            result = tf.identity(self.result())
        result._metric_obj = self
        return result

    def add_weight(  # type: ignore[override]
        self, name: str, shape: Any = (), aggregation: Any = tf.VariableAggregation.SUM,
        synchronization: Any = tf.VariableSynchronization.ON_READ, initializer: Any = None,
        dtype: Any = None,
    ) -> Any:  # fmt: skip
        """Makes a variable of the state."""
        with tf.init_scope():
            return super().add_weight(
                name=name, shape=shape, dtype=dtype or self._dtype, trainable=False,
                initializer="zeros" if initializer is None else initializer,
                synchronization=synchronization, aggregation=aggregation,
            )  # fmt: skip

    def reset_states(self) -> None:
        """Sets the state back to zeros; called at the start of each epoch."""
        K.batch_set_value([(v, np.zeros(v.shape.as_list())) for v in self.variables])

    def update_state(self, *args: Any, **kwargs: Any) -> Any:
        """Takes a batch in; gives the operation that does."""
        raise NotImplementedError(f"{type(self).__name__} must implement update_state")

    def result(self) -> Any:
        """The value so far, a tensor."""
        raise NotImplementedError(f"{type(self).__name__} must implement result")

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {"name": self.name, "dtype": self.dtype}


def _gathering(update_state: Any) -> Any:
    """`update_state` so that it gives one op, which runs all writes that it made."""

    @functools.wraps(update_state)
    def gathered(self: Any, *args: Any, **kwargs: Any) -> Any:
        graph = K.get_graph()
        before = len(graph._operations)
        inner, self._is_updating = self._is_updating, True
        try:
            returned = update_state(self, *args, **kwargs)
        finally:
            self._is_updating = inner
        writes = [op for op in graph._operations[before:] if op.type.startswith("Assign")]
        if returned is not None:
            writes.append(getattr(returned, "op", returned))
        update = tf.group(*dict.fromkeys(writes))
        if not inner:  # else a subclass's own has called this one
            self.add_update(update)
        return update

    return gathered


class Reduce(Metric):
    """A sum, a mean or a weighted mean of values."""

    def __init__(self, reduction: str, name: str, dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.reduction = reduction
        self.total = self.add_weight("total", initializer="zeros")
        if reduction != "sum":
            self.count = self.add_weight("count", initializer="zeros")

    def update_state(self, values: Any, sample_weight: Any = None) -> Any:
        """Adds values; `sample_weight` has their shape, or that of their first axes."""
        values = tf.cast(values, self.dtype)
        if sample_weight is not None:
            sample_weight = tf.cast(sample_weight, self.dtype)
            values, sample_weight = _fit(values, sample_weight, self.reduction != "sum")
            values = values * sample_weight
        added = self.total.assign_add(tf.reduce_sum(values))
        if self.reduction == "sum":
            return added.op
        if sample_weight is None or self.reduction == "mean_over_batch":
            number = tf.cast(tf.size(values), self.dtype)
        else:
            number = tf.reduce_sum(sample_weight)
        return tf.group(added, self.count.assign_add(number))

    def result(self) -> Any:
        """The sum or mean so far."""
        if self.reduction == "sum":
            return tf.identity(self.total)
        return tf.div_no_nan(self.total.value(), self.count.value())


def _fit(values: Any, weight: Any, averages: bool) -> tuple[Any, Any]:
    """Values and weights in one shape: weights broadcast, or values averaged over last axes."""
    values, _, weight = squeeze_or_expand(values, None, weight)
    value_rank, weight_rank = values.shape.ndims, weight.shape.ndims
    if weight_rank is None or value_rank is None:
        return values, weight
    if weight_rank == 0:
        return values, weight * tf.ones_like(values)
    if value_rank > weight_rank:
        axes = list(range(weight_rank, value_rank))
        values = (tf.reduce_mean if averages else tf.reduce_sum)(values, axes)
    elif not values.shape.is_fully_defined() or values.shape.as_list() != weight.shape.as_list():
        weight = weight * tf.ones_like(values)
    return values, weight


class Sum(Reduce):
    """The weighted sum of values (tf.keras.metrics.Sum)."""

    def __init__(self, name: str = "sum", dtype: Any = None) -> None:
        super().__init__("sum", name, dtype)


class Mean(Reduce):
    """The weighted mean of values (tf.keras.metrics.Mean)."""

    def __init__(self, name: str = "mean", dtype: Any = None) -> None:
        super().__init__("mean", name, dtype)


class MeanMetricWrapper(Mean):
    """The mean of a function of (y_true, y_pred, **kwargs)."""

    def __init__(self, fn: Any, name: str | None = None, dtype: Any = None, **kwargs: Any) -> None:
        super().__init__(name=name or fn.__name__, dtype=dtype)
        self._fn, self._fn_kwargs = fn, kwargs

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Adds the function's values."""
        y_true, y_pred = tf.convert_to_tensor(y_true), tf.convert_to_tensor(y_pred)
        y_true = tf.cast(y_true, self.dtype) if not _takes_classes(self._fn) else y_true
        if y_pred.dtype.base_dtype.name != self.dtype and y_pred.dtype.is_floating is False:
            y_pred = tf.cast(y_pred, self.dtype)
        y_pred, y_true, _ = squeeze_or_expand(y_pred, y_true, None)
        matches = self._fn(y_true, y_pred, **self._fn_kwargs)
        return super().update_state(matches, sample_weight=sample_weight)

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        plain = {
            k: K.eval(v) if isinstance(v, (tf.Tensor, tf.Variable)) else v
            for k, v in self._fn_kwargs.items()
        }
        return {**super().get_config(), **plain}


def _takes_classes(function: Any) -> bool:
    return getattr(function, "__name__", "").startswith("sparse_")


class MeanTensor(Metric):
    """The weighted mean of tensors, element by element (tf.keras.metrics.MeanTensor)."""

    def __init__(self, name: str = "mean_tensor", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self._total: Any = None
        self._count: Any = None

    def _build(self, shape: Any) -> None:
        self._total = self.add_weight("total", shape=shape, initializer="zeros")
        self._count = self.add_weight("count", shape=shape, initializer="zeros")

    @property
    def total(self) -> Any:
        """The weighted sums so far, or None."""
        return self._total

    @property
    def count(self) -> Any:
        """The weights so far, or None."""
        return self._count

    def update_state(self, values: Any, sample_weight: Any = None) -> Any:
        """Adds a tensor; all have one shape."""
        values = tf.cast(values, self.dtype)
        if self._total is None:
            self._build(values.shape)
        elif values.shape.as_list() != self._total.shape.as_list():
            raise ValueError(
                "MeanTensor input values must always have the same shape. Expected shape (set "
                f"during the first call): {self._total.shape}. Got: {values.shape}"
            )
        number = tf.ones_like(values)
        if sample_weight is not None:
            values, sample_weight = _fit(values, tf.cast(sample_weight, self.dtype), True)
            while sample_weight.shape.ndims < values.shape.ndims:
                sample_weight = tf.expand_dims(sample_weight, -1)
            number, values = number * sample_weight, values * sample_weight
        return tf.group(self._total.assign_add(values), self._count.assign_add(number))

    def result(self) -> Any:
        """The means so far; ValueError before the first update."""
        if self._total is None:
            raise ValueError(
                "MeanTensor does not have any result yet. Please call the MeanTensor instance or "
                "use `.update_state(value)` before retrieving the result."
            )
        return tf.div_no_nan(self._total.value(), self._count.value())

    def reset_states(self) -> None:
        """Sets the state back to zeros."""
        if self._total is not None:
            super().reset_states()
