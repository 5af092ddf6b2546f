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
from flowgraph.core.lazy import face as _face

double, half = float64, float16

_NAMES = {
    "flowgraph.ops.math.cast": "cast saturate_cast",
    "flowgraph.ops.math.complex": "complex",
    "flowgraph.ops.strings.numbers": "as_string",
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
