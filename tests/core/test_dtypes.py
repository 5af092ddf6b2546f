"""Dtypes: TensorFlow's names and numbers, and conversions from numpy and Python."""

import numpy as np
import pytest

from flowgraph.core import dtypes


@pytest.mark.parametrize("dtype", dtypes.ALL, ids=lambda t: t.name)
def test_each_dtype_is_found_by_name_number_and_itself(dtype):
    assert dtypes.as_dtype(dtype.name) is dtype
    assert dtypes.as_dtype(dtype.enum) is dtype
    assert dtypes.as_dtype(dtype) is dtype
    assert dtype.as_ref.base_dtype is dtype
    assert dtype.as_ref.name == dtype.name + "_ref"
    assert dtype != dtype.as_ref


def test_python_and_numpy_types():
    assert dtypes.as_dtype(float) is dtypes.float32
    assert dtypes.as_dtype(int) is dtypes.int32
    assert dtypes.as_dtype(np.float64) is dtypes.float64
    assert dtypes.as_dtype(np.dtype("<U5")) is dtypes.string
    assert dtypes.float32 == np.float32
    assert dtypes.float32 != "no such type"


def test_an_unknown_type_is_a_type_error():
    with pytest.raises(TypeError, match="Cannot convert value"):
        dtypes.as_dtype("float31")


def test_limits_and_sizes():
    assert (dtypes.int8.min, dtypes.int8.max) == (-128, 127)
    assert dtypes.bfloat16.size == 2
    assert dtypes.float16.max == 65504
    with pytest.raises(TypeError, match="minimum and maximum"):
        _ = dtypes.string.max


def test_none_is_no_dtype():
    with pytest.raises(TypeError, match="Cannot convert value None to a TensorFlow DType"):
        dtypes.as_dtype(None)
