"""How tf.Examples are parsed for the Estimators that there are ready."""

from __future__ import annotations

from typing import Any

import flowgraph as tf


def _with_label_and_weight(
    feature_columns: Any, label_key: Any, label_spec: Any, weight_column: Any
) -> dict[str, Any]:
    spec = tf.feature_column.make_parse_example_spec(feature_columns)
    if not isinstance(label_key, str):
        raise ValueError(f"label_key should be string. Given: {label_key}")
    if label_key in spec:
        raise ValueError(f"label should not be used as feature. label_key: {label_key}")
    spec[label_key] = label_spec
    if weight_column is None:
        return spec
    if isinstance(weight_column, str):
        weight_column = tf.feature_column.numeric_column(weight_column)
    if weight_column.key in spec:
        raise ValueError(
            f"weight_column should not be used as feature. weight_column: {weight_column.key}"
        )
    spec.update(weight_column.parse_example_spec)
    return spec


def classifier_parse_example_spec(
    feature_columns: Any, label_key: str, label_dtype: Any = tf.int64, label_default: Any = None,
    weight_column: Any = None,
) -> dict[str, Any]:  # fmt: skip
    """How examples with a class are parsed (tf.estimator.classifier_parse_example_spec).

    Args:
      feature_columns: the columns.
      label_key: the name of the class.
      label_dtype: its dtype.
      label_default: the class of examples that have none.
      weight_column: the feature of the examples' weights, or its column.

    Raises:
      ValueError: class or weight are features of columns too.
    """
    label = tf.FixedLenFeature((1,), tf.as_dtype(label_dtype), label_default)
    return _with_label_and_weight(feature_columns, label_key, label, weight_column)


def regressor_parse_example_spec(
    feature_columns: Any, label_key: str, label_dtype: Any = tf.float32,
    label_default: Any = None, label_dimension: int = 1, weight_column: Any = None,
) -> dict[str, Any]:  # fmt: skip
    """How examples with numbers to tell are parsed (tf.estimator.regressor_parse_example_spec).

    Arguments are those of `classifier_parse_example_spec`, and:

    Args:
      label_dimension: how many numbers an example has.

    Raises:
      ValueError: numbers or weight are features of columns too.
    """
    label = tf.FixedLenFeature((label_dimension,), tf.as_dtype(label_dtype), label_default)
    return _with_label_and_weight(feature_columns, label_key, label, weight_column)
