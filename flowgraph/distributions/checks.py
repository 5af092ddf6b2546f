"""Checks of parameters and of values, at once where they can be made and else in the run."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.distributions import _ops as tf

_INTEGERS = {tf.float16: tf.int16, tf.float32: tf.int32, tf.float64: tf.int64}
_UNSIGNED = (tf.bool_, tf.uint8, tf.uint16)
_SIGNED = (tf.float16, tf.float32, tf.float64, tf.int8, tf.int16, tf.int32, tf.int64)


def assert_close(
    x: Any,
    y: Any,
    data: Any = None,
    summarize: Any = None,
    message: str | None = None,
    name: str = "assert_close",
) -> Any:
    """An op that fails unless `x` and `y` are equal within four units in the last place."""
    x, y = tf.convert_to_tensor(x, name="x"), tf.convert_to_tensor(y, name="y")
    if x.dtype.is_integer:
        return tf.assert_equal(
            x, y, data=data, summarize=summarize, message=message or "", name=name
        )
    with tf.name_scope(name, values=[x, y, data]):
        tolerance = 4 * np.finfo(x.dtype.as_numpy_dtype).eps
        near = tf.reduce_all(tf.less_equal(tf.abs(x - y), tolerance))
        said = message or f"{x.name} and {y.name} are not close"
        return tf.Assert(near, [said, *(data or [x, y])], summarize=summarize)


def assert_integer_form(
    x: Any,
    data: Any = None,
    summarize: Any = None,
    message: str | None = None,
    int_dtype: Any = None,
    name: str = "assert_integer_form",
) -> Any:
    """An op that fails unless all numbers of a float tensor are whole.

    Raises:
        TypeError: `x` is no float tensor and no integer one.
    """
    with tf.name_scope(name, values=[x, data]):
        x = tf.convert_to_tensor(x, name="x")
        if x.dtype.is_integer:
            return tf.no_op()
        if int_dtype is None:
            if x.dtype.base_dtype not in _INTEGERS:
                raise TypeError(f"Unrecognized type {x.dtype.name}")
            int_dtype = _INTEGERS[x.dtype.base_dtype]
        return tf.assert_equal(
            x, tf.cast(tf.cast(x, int_dtype), x.dtype), data=data, summarize=summarize,
            message=message or f"{x} has non-integer components", name=name,
        )  # fmt: skip


def assert_symmetric(matrix: Any) -> Any:
    """The matrix, which must be its own transpose."""
    same = tf.assert_equal(matrix, tf.matrix_transpose(matrix))
    return tf.with_dependencies([same], matrix)


def embed_check_nonnegative_integer_form(
    x: Any, name: str = "embed_check_nonnegative_integer_form"
) -> Any:
    """`x`, whose numbers must be whole and not negative."""
    with tf.name_scope(name, values=[x]):
        x = tf.convert_to_tensor(x, name="x")
        checks = [tf.assert_non_negative(x, message=f"'{x}' must be non-negative.")]
        if not x.dtype.is_integer:
            said = f"'{x}' cannot contain fractional components."
            checks.append(assert_integer_form(x, message=said))
        return tf.with_dependencies(checks, x)


def _is_integer_like(dtype: Any) -> bool:
    _check_known(dtype)
    return bool(dtype.is_integer or dtype.base_dtype == tf.bool_)


def _check_known(dtype: Any) -> None:
    if dtype.base_dtype not in _UNSIGNED + _SIGNED:
        raise TypeError(f"Unrecognized dtype: {dtype.name}")


def _largest_integer(dtype: Any) -> int:
    """The largest number up to which the dtype holds all whole ones."""
    _check_known(dtype)
    if dtype.is_floating:
        return 2 ** (np.finfo(dtype.as_numpy_dtype).nmant + 1)
    return 1 if dtype.base_dtype == tf.bool_ else int(np.iinfo(dtype.as_numpy_dtype).max)


def _smallest_integer(dtype: Any) -> int:
    return 0 if dtype.base_dtype in _UNSIGNED else -_largest_integer(dtype)


def embed_check_categorical_event_shape(
    categorical_param: Any, name: str = "embed_check_categorical_event_shape"
) -> Any:
    """The tensor, whose last dimension must be 2 or more, and no more than its dtype can count.

    Raises:
        TypeError: it is no float tensor.
        ValueError: the dimension is known, and out of range.
    """
    with tf.name_scope(name, values=[categorical_param]):
        x = tf.convert_to_tensor(categorical_param, name="categorical_param")
        dtype = x.dtype.base_dtype
        if not dtype.is_floating:
            raise TypeError(f"Unable to validate size of unrecognized dtype ({dtype.name}).")
        most = _largest_integer(dtype)
        if x.shape.ndims == 0:
            raise ValueError("A categorical-distribution parameter must have at least 1 dimension.")
        classes = None if x.shape.ndims is None else x.shape.as_list()[-1]
        if classes is not None:
            return _checked_classes(x, classes, most)
        count = tf.shape(x, name="x_shape")[-1]
        said = "A categorical-distribution parameter must have at least"
        checks = [
            tf.assert_rank_at_least(x, 1, message=f"{said} 1 dimension."),
            tf.assert_greater_equal(count, 2, message=f"{said} 2 events."),
            tf.assert_less_equal(
                count, most,
                message="Number of classes exceeds `dtype` precision, i.e., "
                f"{dtype.name} dtype cannot exceed {most} shape.",
            ),
        ]  # fmt: skip
        return tf.with_dependencies(checks, x)


def _checked_classes(x: Any, classes: int, most: int) -> Any:
    if classes < 2:
        raise ValueError("A categorical-distribution parameter must have at least 2 events.")
    if classes > most:
        raise ValueError(
            f"Number of classes exceeds `dtype` precision, i.e., {x.dtype.name} implies shape "
            f"({classes}) cannot exceed {most}."
        )
    return x


def embed_check_integer_casting_closed(
    x: Any,
    target_dtype: Any,
    assert_nonnegative: bool = True,
    name: str = "embed_check_casting_closed",
) -> Any:
    """`x`, whose numbers must stay the same when they are cast to `target_dtype`.

    Raises:
        TypeError: both dtypes are floats, or one of them has no numbers.
    """
    with tf.name_scope(name, values=[x]):
        x = tf.convert_to_tensor(x, name="x")
        target_dtype = tf.as_dtype(target_dtype)
        if not (_is_integer_like(x.dtype) or _is_integer_like(target_dtype)):
            raise TypeError(
                f"At least one of {x}.dtype ({x.dtype.name}) and target_dtype "
                f"({target_dtype.name}) must be integer-type."
            )
        checks = []
        if assert_nonnegative:
            said = "Elements must be non-negative."
            checks.append(tf.assert_non_negative(x, message=said))
        if x.dtype.is_floating:
            said = f"Elements must be {target_dtype.name}-equivalent."
            checks.append(assert_integer_form(x, int_dtype=target_dtype, message=said))
        else:
            checks += _within(x, target_dtype, not assert_nonnegative)
        return tf.with_dependencies(checks, x) if checks else x


def _within(x: Any, target_dtype: Any, negative_too: bool) -> list[Any]:
    checks = []
    most, least = _largest_integer(target_dtype), _smallest_integer(target_dtype)
    if _largest_integer(x.dtype) > most:
        said = f"Elements cannot exceed {most}."
        checks.append(tf.assert_less_equal(x, tf.constant(most, x.dtype), message=said))
    if negative_too and _smallest_integer(x.dtype) < least:
        said = f"Elements cannot be smaller than {least}."
        checks.append(tf.assert_greater_equal(x, tf.constant(least, x.dtype), message=said))
    return checks


def get_logits_and_probs(
    logits: Any = None,
    probs: Any = None,
    multidimensional: bool = False,
    validate_args: bool = False,
    name: str = "get_logits_and_probs",
    dtype: Any = None,
) -> tuple[Any, Any]:
    """Logits and probabilities, of which one is given.

    Args:
        logits: log-odds, or with `multidimensional` logarithms of weights.
        probs: probabilities.
        multidimensional: whether the last dimension is one of classes.
        validate_args: whether they are checked.
        name: of the ops.
        dtype: of both.

    Raises:
        ValueError: both are given, or none.
        TypeError: they are no floats.
    """
    with tf.name_scope(name, values=[probs, logits]):
        if (probs is None) == (logits is None):
            raise ValueError("Must pass probs or logits, but not both.")
        if probs is None:
            logits = tf.convert_to_tensor(logits, name="logits", dtype=dtype)
            if not logits.dtype.is_floating:
                raise TypeError("logits must having floating type.")
            if not multidimensional:
                return logits, tf.sigmoid(logits, name="probs")
            if validate_args:
                logits = embed_check_categorical_event_shape(logits)
            return logits, tf.softmax(logits, name="probs")
        probs = tf.convert_to_tensor(probs, name="probs", dtype=dtype)
        if not probs.dtype.is_floating:
            raise TypeError("probs must having floating type.")
        if validate_args:
            probs = _checked_probs(probs, multidimensional)
        with tf.name_scope("logits"):
            if multidimensional:
                return tf.log(probs), probs
            return tf.log(probs) - tf.log1p(-1.0 * probs), probs


def _checked_probs(probs: Any, multidimensional: bool) -> Any:
    with tf.name_scope("validate_probs"):
        one = tf.constant(1.0, probs.dtype)
        checks = [tf.assert_non_negative(probs)]
        if multidimensional:
            probs = embed_check_categorical_event_shape(probs)
            said = "probs does not sum to 1."
            checks.append(tf.assert_near(tf.reduce_sum(probs, -1), one, message=said))
        else:
            said = "probs has components greater than 1."
            checks.append(tf.assert_less_equal(probs, one, message=said))
        return tf.with_dependencies(checks, probs)
