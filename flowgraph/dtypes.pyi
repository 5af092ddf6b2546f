# Made by docs/make_stubs.py: do not edit.
double: object
from flowgraph.core.dtypes import DType as DType
from flowgraph.core.dtypes import QUANTIZED_DTYPES as QUANTIZED_DTYPES
from flowgraph.core.dtypes import as_dtype as as_dtype
from flowgraph.core.dtypes import bfloat16 as bfloat16
from flowgraph.core.dtypes import bool_ as bool
from flowgraph.core.dtypes import complex128 as complex128
from flowgraph.core.dtypes import complex64 as complex64
from flowgraph.core.dtypes import float16 as float16
from flowgraph.core.dtypes import float32 as float32
from flowgraph.core.dtypes import float64 as float64
from flowgraph.core.dtypes import int16 as int16
from flowgraph.core.dtypes import int32 as int32
from flowgraph.core.dtypes import int64 as int64
from flowgraph.core.dtypes import int8 as int8
from flowgraph.core.dtypes import qint16 as qint16
from flowgraph.core.dtypes import qint32 as qint32
from flowgraph.core.dtypes import qint8 as qint8
from flowgraph.core.dtypes import quint16 as quint16
from flowgraph.core.dtypes import quint8 as quint8
from flowgraph.core.dtypes import resource as resource
from flowgraph.core.dtypes import string as string
from flowgraph.core.dtypes import uint16 as uint16
from flowgraph.core.dtypes import uint32 as uint32
from flowgraph.core.dtypes import uint64 as uint64
from flowgraph.core.dtypes import uint8 as uint8
from flowgraph.core.dtypes import variant as variant
from flowgraph.ops.math.cast import cast as cast
from flowgraph.ops.math.cast import saturate_cast as saturate_cast
from flowgraph.ops.math.complex import complex as complex
from flowgraph.ops.strings.numbers import as_string as as_string
half: object
