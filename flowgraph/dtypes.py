"""`tf.dtypes`: the data types of tensors, and conversion between them."""

from flowgraph.core.dtypes import (
    QUANTIZED_DTYPES,
    DType,
    as_dtype,
    complex64,
    complex128,
    float16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    qint8,
    qint16,
    qint32,
    quint8,
    quint16,
    resource,
    string,
    uint8,
    uint16,
    uint32,
    uint64,
    variant,
)
from flowgraph.core.dtypes import bfloat16 as bfloat16
from flowgraph.core.dtypes import bool_ as bool
from flowgraph.ops.math.cast import cast, saturate_cast
from flowgraph.ops.math.complex import complex

double, half = float64, float16

__all__ = [
    "DType", "QUANTIZED_DTYPES", "as_dtype", "bfloat16", "bool", "cast", "complex", "complex64",
    "complex128", "double", "float16", "float32", "float64", "half", "int8", "int16", "int32",
    "int64", "qint8", "qint16", "qint32", "quint8", "quint16", "resource", "saturate_cast",
    "string", "uint8", "uint16", "uint32", "uint64", "variant",
]  # fmt: skip
