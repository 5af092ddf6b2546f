"""Discrete Fourier transforms over the last one, two or three axes, complex and real."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import OpDef, Trait, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.static import constant_value_as_shape
from flowgraph.core.tensor import Tensor

_COMPLEX = attrs.types(*dtypes.COMPLEX, default=dtypes.complex64)
_REAL = attrs.types(dtypes.float32, dtypes.float64, default=dtypes.float32)
_WIDE = {dtypes.float32: dtypes.complex64, dtypes.float64: dtypes.complex128}
_SUFFIX = {1: "", 2: "2D", 3: "3D"}


def _axes(rank: int) -> tuple[int, ...]:
    return tuple(range(-rank, 0))


# --- FFT, IFFT ------------------------------------------------------------------------------------
def _define_complex(op_type: str, rank: int, function: Any) -> OpDef:
    op_def = define(
        op_type + _SUFFIX[rank],
        inputs="input: Tcomplex",
        outputs="output: Tcomplex",
        attrs={"Tcomplex": _COMPLEX},
        shape=lambda op: op.inputs[0].shape.with_rank_at_least(rank),
        traits=Trait.HEAVY,
    )

    @op_def.kernel
    def _(ctx: Any) -> Any:
        dtype, axes = ctx.dtype, _axes(rank)

        def transform(x: Any) -> Any:
            if x.ndim < rank:
                raise ValueError(f"Input must have rank of at least {rank} but got: {x.shape}")
            return function(x, axes=axes).astype(dtype) if x.size else x.copy()

        return transform

    return op_def


_fft = {r: _define_complex("FFT", r, np.fft.fftn) for r in _SUFFIX}
_ifft = {r: _define_complex("IFFT", r, np.fft.ifftn) for r in _SUFFIX}


def _size(tensor: Tensor, rank: int) -> Tensor:
    """How many elements a transform takes, as a number of the tensor's dtype."""
    count = raw.Prod(raw.Shape(tensor)[-rank:], [0], keep_dims=False)
    return raw.Cast(count, DstT=tensor.dtype.base_dtype)  # type: ignore[no-any-return]


def _complex_gradients(rank: int) -> None:
    @_fft[rank].gradient
    def _(op: Operation, grad: Tensor) -> Any:
        return _ifft[rank](grad) * _size(grad, rank)

    @_ifft[rank].gradient
    def _(op: Operation, grad: Tensor) -> Any:
        return raw.RealDiv(_fft[rank](grad), _size(grad, rank))


# --- RFFT, IRFFT ----------------------------------------------------------------------------------
def _define_real(op_type: str, rank: int, forward: bool) -> OpDef:
    source, target = ("Treal", "Tcomplex") if forward else ("Tcomplex", "Treal")
    op_def = define(
        op_type + _SUFFIX[rank],
        inputs=f"input: {source}, fft_length: int32",
        outputs=f"output: {target}",
        attrs={"Treal": _REAL, "Tcomplex": _COMPLEX},
        shape=lambda op: _real_shape(op, rank, forward),
        traits=Trait.HEAVY,
    )
    function = np.fft.rfftn if forward else np.fft.irfftn

    @op_def.kernel
    def _(ctx: Any) -> Any:
        dtype, axes = ctx.dtype, _axes(rank)

        def transform(x: Any, length: Any) -> Any:
            if length.shape != (rank,):
                raise ValueError(f"fft_length must have shape [{rank}], got {list(length.shape)}")
            if x.ndim < rank:
                raise ValueError(f"Input must have rank of at least {rank} but got: {x.shape}")
            sizes = tuple(length.tolist())
            if not all(sizes):
                return np.zeros((*x.shape[:-rank], *sizes), dtype)
            return function(x, s=sizes, axes=axes).astype(dtype)

        return transform

    return op_def


def _real_shape(op: Operation, rank: int, forward: bool) -> TensorShape:
    known = op.inputs[0].shape.with_rank_at_least(rank)
    if known.rank is None:
        return known
    sizes = constant_value_as_shape(op.inputs[1]).with_rank(rank).as_list()
    if forward and sizes[-1]:
        sizes[-1] = sizes[-1] // 2 + 1
    return TensorShape([*known.as_list()[: known.rank - rank], *sizes])


_rfft = {r: _define_real("RFFT", r, True) for r in _SUFFIX}
_irfft = {r: _define_real("IRFFT", r, False) for r in _SUFFIX}


def _fitted(x: Tensor, sizes: Tensor, rank: int) -> Tensor:
    """x with its last axes cut or filled up with zeros to `sizes`."""
    shape = raw.Shape(x)
    kept = raw.Minimum(shape[-rank:], sizes)
    cut = raw.Slice(x, raw.ZerosLike(shape), raw.ConcatV2([shape[:-rank], kept], 0))
    after = raw.ConcatV2([raw.ZerosLike(shape[:-rank]), sizes - kept], 0)
    return raw.Pad(cut, raw.Pack([raw.ZerosLike(after), after], axis=1))  # type: ignore[no-any-return]


def _real_gradients(rank: int) -> None:
    @_rfft[rank].gradient
    def _(op: Operation, grad: Tensor) -> Any:
        # A real transform is the first half of the complex one: the other half had no influence.
        x, length = op.inputs
        whole = _ifft[rank](_fitted(grad, length, rank))
        real = raw.Real(whole * _size(whole, rank), Tout=x.dtype.base_dtype)
        return [_fitted(real, raw.Shape(x)[-rank:], rank), None]

    @_irfft[rank].gradient
    def _(op: Operation, grad: Tensor) -> Any:
        # Each number of the half given, but the first and the middle one, stands for two.
        x, length = op.inputs
        half = _rfft[rank](grad, length, Tcomplex=x.dtype.base_dtype)
        count = raw.Cast(raw.Prod(length, [0], keep_dims=False), DstT=grad.dtype.base_dtype)
        weights = raw.RealDiv(_weights(length[-1], grad.dtype.base_dtype), count)  # type: ignore[index]
        weighted = half * raw.Cast(weights, DstT=x.dtype.base_dtype)
        return [_fitted(weighted, raw.Shape(x)[-rank:], rank), None]


def _weights(size: Tensor, dtype: dtypes.DType) -> Tensor:
    """1, 2, 2 ... 2, and 1 at the end where the size is even."""
    places = raw.Range(0, size // 2 + 1, 1)  # type: ignore[operator]
    alone = raw.LogicalOr(raw.Equal(places, 0), raw.Equal(places * 2, size))
    return raw.Cast(2 - raw.Cast(alone, DstT=dtypes.int32), DstT=dtype)  # type: ignore[no-any-return]


for _rank in _SUFFIX:
    _complex_gradients(_rank)
    _real_gradients(_rank)


# --- functions ------------------------------------------------------------------------------------
def fft(input: Any, name: str | None = None) -> Tensor:
    """The Fourier transform over the last axis (tf.signal.fft)."""
    return _fft[1](input, name=name)  # type: ignore[no-any-return]


def ifft(input: Any, name: str | None = None) -> Tensor:
    """The inverse of `fft` (tf.signal.ifft)."""
    return _ifft[1](input, name=name)  # type: ignore[no-any-return]


def fft2d(input: Any, name: str | None = None) -> Tensor:
    """The Fourier transform over the last two axes (tf.signal.fft2d)."""
    return _fft[2](input, name=name)  # type: ignore[no-any-return]


def ifft2d(input: Any, name: str | None = None) -> Tensor:
    """The inverse of `fft2d` (tf.signal.ifft2d)."""
    return _ifft[2](input, name=name)  # type: ignore[no-any-return]


def fft3d(input: Any, name: str | None = None) -> Tensor:
    """The Fourier transform over the last three axes (tf.signal.fft3d)."""
    return _fft[3](input, name=name)  # type: ignore[no-any-return]


def ifft3d(input: Any, name: str | None = None) -> Tensor:
    """The inverse of `fft3d` (tf.signal.ifft3d)."""
    return _ifft[3](input, name=name)  # type: ignore[no-any-return]


def _forward(rank: int, x: Any, length: Any, name: str | None) -> Tensor:
    with name_scope(name, f"rfft{_SUFFIX[rank].lower()}", [x, length]) as scope:
        x = convert_to_tensor(x, preferred_dtype=dtypes.float32)
        length = raw.Shape(x)[-rank:] if length is None else length
        wide = _WIDE.get(x.dtype.base_dtype)
        if wide is None:
            raise ValueError(f"rfft takes float32 or float64 inputs, got {x.dtype.name}")
        return _rfft[rank](x, length, Tcomplex=wide, name=scope)  # type: ignore[no-any-return]


def _backward(rank: int, x: Any, length: Any, name: str | None) -> Tensor:
    with name_scope(name, f"irfft{_SUFFIX[rank].lower()}", [x, length]) as scope:
        x = convert_to_tensor(x, preferred_dtype=dtypes.complex64)
        if length is None:
            sizes = raw.Shape(x)[-rank:]
            last = raw.Maximum(0, 2 * (sizes[-1:] - 1))
            length = raw.ConcatV2([sizes[:-1], last], 0)
        return _irfft[rank](x, length, Treal=x.dtype.base_dtype.real_dtype, name=scope)  # type: ignore[no-any-return]


def rfft(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """The first half of the transform of real numbers (tf.signal.rfft).

    Args:
      input_tensor: float32 or float64.
      fft_length: [1], the length to which the last axis is cut or filled up; its own when None.
      name: the operation's name.

    Returns:
      A complex tensor whose last axis has fft_length // 2 + 1 elements.
    """
    return _forward(1, input_tensor, fft_length, name)


def irfft(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """The inverse of `rfft`; of 2 (n - 1) numbers when `fft_length` is None (tf.signal.irfft)."""
    return _backward(1, input_tensor, fft_length, name)


def rfft2d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """As `rfft`, over the last two axes (tf.signal.rfft2d)."""
    return _forward(2, input_tensor, fft_length, name)


def irfft2d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """The inverse of `rfft2d` (tf.signal.irfft2d)."""
    return _backward(2, input_tensor, fft_length, name)


def rfft3d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """As `rfft`, over the last three axes (tf.signal.rfft3d)."""
    return _forward(3, input_tensor, fft_length, name)


def irfft3d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """The inverse of `rfft3d` (tf.signal.irfft3d)."""
    return _backward(3, input_tensor, fft_length, name)


__all__ = [
    "fft", "fft2d", "fft3d", "ifft", "ifft2d", "ifft3d", "irfft", "irfft2d", "irfft3d",
    "rfft", "rfft2d", "rfft3d",
]  # fmt: skip
