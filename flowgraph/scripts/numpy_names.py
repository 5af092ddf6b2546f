"""The names that numpy had when scripts for TensorFlow 1 were written, and has no more.

Only `flowgraph run` puts them back, in its own process.
"""

from __future__ import annotations

import ctypes
import functools
import gc
import sys
from typing import Any

import numpy as np

# Today's name of each; they were taken out in numpy 1.18 to 2.4.
_RENAMED = {
    "alltrue": "all",
    "Inf": "inf", "Infinity": "inf", "PINF": "inf", "infty": "inf", "NaN": "nan", "NAN": "nan",
    "cfloat": "complex128", "complex_": "complex128", "float_": "float64",
    "clongfloat": "clongdouble", "longcomplex": "clongdouble", "longfloat": "longdouble",
    "singlecomplex": "complex64", "cumproduct": "cumprod", "product": "prod",
    "bool8": "bool_", "bytes0": "bytes_", "int0": "intp", "uint0": "uintp", "object0": "object_",
    "str0": "str_", "void0": "void", "string_": "bytes_", "unicode_": "str_",
    "in1d": "isin", "mat": "asmatrix", "round_": "round", "row_stack": "vstack",
    "sometrue": "any", "trapz": "trapezoid", "rank": "ndim",
}  # fmt: skip
_MADE: dict[str, Any] = {
    "bool": bool, "int": int, "float": float, "complex": complex, "object": object, "str": str,
    "unicode": str, "long": int,
    "NINF": -np.inf, "PZERO": 0.0, "NZERO": -0.0,
    "asscalar": lambda a: np.asarray(a).item(),
    "asfarray": lambda a, dtype=np.float64: np.asarray(a, dtype),
    "msort": lambda a: np.sort(a, axis=0),
    "cast": {kind: (lambda x, k=kind: np.asarray(x).astype(k)) for kind in (
        np.float16, np.float32, np.float64, np.int8, np.int16, np.int32, np.int64, np.uint8,
        np.bool_, np.complex64, np.complex128,
    )},
    "find_common_type": lambda arrays, scalars: np.result_type(*arrays, *scalars),
}  # fmt: skip


def _itemset(array: Any, *args: Any) -> None:
    *index, value = args
    if len(index) == 1 and not isinstance(index[0], tuple):
        index = [np.unravel_index(index[0], array.shape)]
    array[index[0] if len(index) == 1 else tuple(index)] = value


# Methods of arrays and of numpy's scalars.
_METHODS: dict[str, Any] = {
    "tostring": lambda array, order="C": array.tobytes(order),
    "ptp": lambda array, *args, **kwargs: np.ptp(array, *args, **kwargs),
    "itemset": _itemset,
    "newbyteorder": lambda array, order="S": array.view(array.dtype.newbyteorder(order)),
}


def _of_one(convert: Any) -> Any:
    """`int(array)` and `float(array)` of an array with one element, of whatever rank."""
    return lambda array: convert(array.reshape(()) if array.ndim and array.size == 1 else array)


def _replace_method(kind: type, name: str, function: Any) -> None:
    """Sets a special method of a class that is written in C, by Python's own way for other classes.

    Python lets one set a class's attributes unless a flag of it forbids that, which is taken away
    meanwhile; `type.__flags__` tells where the flags lie.
    """
    words = ctypes.cast(id(kind), ctypes.POINTER(ctypes.c_ulong))
    place = next((i for i in range(32) if words[i] == kind.__flags__), None)
    if place is None:
        return
    words[place] &= ~_IS_IMMUTABLE
    try:
        setattr(kind, name, function)
    finally:
        words[place] |= _IS_IMMUTABLE


def _add_method(kind: type, name: str, function: Any) -> None:
    """Adds to a class that is written in C, which Python does not let one do by its name."""
    (methods,) = gc.get_referents(vars(kind))
    methods[name] = function
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))


def _from_string(text: Any, dtype: Any = float, count: int = -1, sep: str = "") -> Any:
    """np.fromstring, which today reads numbers in text alone, and no bytes."""
    if sep:
        return _fromstring(text, dtype, count, sep=sep)
    data = text.encode("latin1") if isinstance(text, str) else text
    return np.frombuffer(data, dtype, count).copy()


def _reshape_newshape(a: Any, /, *args: Any, **kwargs: Any) -> Any:
    """np.reshape, whose second argument was called `newshape`."""
    if "newshape" in kwargs:
        args = (kwargs.pop("newshape"), *args)
    return _reshape(a, *args, **kwargs)


def _as_before(make: Any) -> Any:
    """np.array and np.asarray, which made an array of objects of what has no one shape.

    `copy=False` meant to copy where it has to be; today it is an error where it has to be.
    """

    def call(value: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return make(value, *args, **kwargs)
        except ValueError as error:
            asked_by = sys._getframe(1).f_globals.get("__name__", "")
            is_ours = asked_by.partition(".")[0] == "flowgraph"
            today = dict(kwargs)
            if kwargs.get("copy") is False:
                today["copy"] = None
            if "inhomogeneous" in str(error) and not args and kwargs.get("dtype") is None:
                today["dtype"] = object
            if is_ours or today == kwargs:
                raise
            return make(value, *args, **today)

    return functools.update_wrapper(call, make)


def _fill_lib() -> None:
    """Gives np.lib the functions that it showed, `np.lib.pad`, of its modules `_..._impl`."""
    for module in [m for name, m in vars(np.lib).items() if name.endswith("_impl")]:
        for name in getattr(module, "__all__", ()):
            if name not in vars(np.lib):
                setattr(np.lib, name, getattr(module, name))


_IS_IMMUTABLE = 1 << 8  # Py_TPFLAGS_IMMUTABLETYPE
_fromstring = np.fromstring
_reshape = np.reshape


def put_back() -> None:
    """Gives numpy the names, methods and arguments that it lacks."""
    # Its `__getattr__` is not asked: it warns of some names before it raises an error.
    for name, today in _RENAMED.items():
        if name not in vars(np):
            setattr(np, name, getattr(np, today))
    for name, value in _MADE.items():
        if name not in vars(np):
            setattr(np, name, value)
    _fill_lib()
    for kind, one in ((np.ndarray, np.zeros(1)), (np.generic, np.float64(0))):
        for name, function in _METHODS.items():
            if not hasattr(one, name):  # some classes have an attribute that says it is gone
                _add_method(kind, name, function)
    np.fromstring = _from_string
    np.reshape = _reshape_newshape
    np.array, np.asarray = _as_before(np.array), _as_before(np.asarray)
    for name in ("__int__", "__float__"):
        try:
            getattr(np.zeros(1), name)()
        except TypeError:
            _replace_method(np.ndarray, name, _of_one(getattr(np.ndarray, name)))
