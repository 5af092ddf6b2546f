"""`numpy_input_fn` and `pandas_input_fn`: input functions over what is in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.estimator.inputs.feeding import dequeued


def _check_shuffle(shuffle: Any) -> None:
    if not isinstance(shuffle, bool):
        raise ValueError(
            "shuffle must be provided and explicitly set as boolean (it is recommended to set it "
            f"as True for training); got {shuffle}"
        )


def _features(x: Any) -> dict[Any, Any]:
    """Arrays by name; the one array of a plain input is called None."""
    if isinstance(x, dict):
        if not x:
            raise ValueError("x cannot be an empty dict")
        return {key: x[key] for key in sorted(x)}
    if isinstance(x, np.ndarray):
        if x.size == 0:
            raise ValueError("x cannot be an empty array")
        return {None: x}
    raise TypeError(f"x must be a dict or array; got {type(x).__name__}")


def _targets(y: Any, features: dict[Any, Any]) -> dict[Any, Any]:
    if y is None:
        return {}
    if not isinstance(y, dict):
        return {None: y}
    if not y:
        raise ValueError("y cannot be empty dict, use None instead.")
    both = set(y) & set(features)
    if both:
        raise ValueError(f"{len(both)} duplicate keys are found in both x and y: {both}")
    return {key: y[key] for key in sorted(y)}


def _check_lengths(features: dict[Any, Any], targets: dict[Any, Any]) -> None:
    every = [*features.values(), *targets.values()]
    if len({value.shape[0] for value in every}) != 1:
        shapes = {key: value.shape for key, value in features.items()}
        told: Any = {key: value.shape for key, value in targets.items()}
        told = told.get(None, told) if targets else None
        raise ValueError(
            "Length of tensors in x and y is mismatched. All elements in x and y must have the "
            f"same length.\nShapes in x: {shapes}\nShapes in y: {told}\n"
        )


def _unwrapped(values: dict[Any, Any]) -> Any:
    return values.get(None, values)


def numpy_input_fn(
    x: Any, y: Any = None, batch_size: int = 128, num_epochs: int | None = 1, shuffle: Any = None,
    queue_capacity: int = 1000, num_threads: int = 1,
) -> Callable[[], Any]:  # fmt: skip
    """An input function over arrays (tf.estimator.inputs.numpy_input_fn).

    Args:
      x: an array or {name: array}: the features, an example a row.
      y: likewise: the labels.
      batch_size: how many rows a batch has.
      num_epochs: how often each row comes; without end when None.
      shuffle: True or False: whether rows come in a random order.
      queue_capacity: how many rows are kept ready.
      num_threads: how many threads fill the queue.

    Returns:
      A function that gives features, or (features, labels).

    Raises:
      ValueError: `shuffle` is not given, arrays are empty or differ in length, or names clash.
      TypeError: `x` is something else.
    """
    _check_shuffle(shuffle)

    def input_fn() -> Any:
        features = _features(x)
        targets = _targets(y, features)
        _check_lengths(features, targets)
        columns = [*features.values(), *targets.values()]
        found = dequeued(columns, batch_size, queue_capacity, shuffle, num_threads, num_epochs)
        inputs = _unwrapped(dict(zip(features, found, strict=False)))
        if y is None:
            return inputs
        return inputs, _unwrapped(dict(zip(targets, found[len(features) :], strict=True)))

    return input_fn


def pandas_input_fn(
    x: Any, y: Any = None, batch_size: int = 128, num_epochs: int | None = 1, shuffle: Any = None,
    queue_capacity: int | None = 1000, num_threads: int = 1, target_column: Any = "target",
) -> Callable[[], Any]:  # fmt: skip
    """An input function over a data frame (tf.estimator.inputs.pandas_input_fn).

    Arguments are those of `numpy_input_fn`, and:

    Args:
      x: a `pandas.DataFrame`: each column is a feature.
      y: a `pandas.Series` or `DataFrame`: the labels.
      queue_capacity: how many rows are kept ready; by the length of `x` when None.
      target_column: the name of the labels, where it matters.

    Raises:
      ValueError: `shuffle` is not given, the name is a feature's, or the indices differ.
      TypeError: the name is no string.
    """
    _check_shuffle(shuffle)
    if not isinstance(target_column, str):
        raise TypeError("target_column must be a string type")
    if y is not None:
        if target_column in x:
            raise ValueError(
                f"Cannot use name {target_column} for target column: DataFrame already has a "
                f"column with that name: {x.columns}"
            )
        if not np.array_equal(x.index, y.index):
            raise ValueError(
                f"Index for x and y are mismatched.\nIndex for x: {x.index}\n"
                f"Index for y: {y.index}\n"
            )
    capacity = queue_capacity or (4 * len(x) if shuffle else len(x))
    features = {name: x[name].to_numpy() for name in x.columns}
    many = hasattr(y, "columns")
    targets = {name: y[name].to_numpy() for name in y.columns} if many else {}
    if y is not None and not many:
        targets = {None: y.to_numpy()}

    def input_fn() -> Any:
        columns = [*features.values(), *targets.values()]
        found = dequeued(
            columns, batch_size, capacity, shuffle, num_threads, num_epochs,
            min_after_dequeue=max(int(capacity / 4), 1),
        )  # fmt: skip
        inputs = dict(zip(features, found, strict=False))
        if y is None:
            return inputs
        return inputs, _unwrapped(dict(zip(targets, found[len(features) :], strict=True)))

    return input_fn
