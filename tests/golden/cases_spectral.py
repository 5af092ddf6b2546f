"""Cases of Fourier transforms and of bits."""

from __future__ import annotations

from typing import Any

from golden.case import Family, given, ints, plane, real

family = Family("spectral")
case = family.add


def call(op: str, **options: Any) -> Any:
    return lambda tf, x: getattr(tf.signal, op)(x, **options)


SHAPES = {"": (2, 5), "2d": (2, 3, 4), "3d": (2, 3, 4)}
for rank, shape in SHAPES.items():
    known = rank != "3d"  # TensorFlow has no gradient of the real transforms in three dimensions
    for op in ("fft", "ifft"):
        case(f"{op}{rank}", call(op + rank), plane(*shape), numeric=False, second=False)
        case(f"{op}{rank} of complex64", call(op + rank), plane(*shape, dtype="complex64"),
             numeric=False, second=False, rtol=1e-4)  # fmt: skip
    case(f"rfft{rank}", call("rfft" + rank), real(*shape), numeric=False, second=False,
         nodes=False, gradient=known)  # fmt: skip
    case(f"irfft{rank}", call("irfft" + rank), plane(*shape), numeric=False, second=False,
         nodes=False, gradient=known)  # fmt: skip
    case(f"the power of rfft{rank}", lambda tf, x, rank=rank: tf.square(tf.abs(getattr(
         tf.signal, "rfft" + rank)(x))), real(*shape), nodes=False, gradient=known)  # fmt: skip
    case(f"irfft{rank} of a half", lambda tf, x, rank=rank: getattr(tf.signal, "irfft" + rank)(
         tf.complex(x, x)), real(*shape), nodes=False, gradient=known)  # fmt: skip
# Of lengths that cut or fill up, TensorFlow's gradients fail: ours are held to differences alone.
for length in (4, 5, 9):
    case(f"rfft of length {length}", lambda tf, x, n=length: tf.abs(tf.signal.rfft(x, [n])),
         real(3, 6), nodes=False, gradient=False)  # fmt: skip
    case(f"irfft of length {length}", lambda tf, x, n=length: tf.signal.irfft(
         tf.complex(x, x), [n]), real(3, 4), nodes=False, gradient=False)  # fmt: skip
case("rfft2d of lengths", lambda tf, x: tf.abs(tf.signal.rfft2d(x, [4, 3])), real(2, 3, 5),
     nodes=False, gradient=False)  # fmt: skip
case("fft of an empty", call("fft"), plane(0, 4), numeric=False, second=False)
case("there and back", lambda tf, x: tf.real(tf.signal.ifft(tf.signal.fft(tf.cast(
     x, "complex128")))), real(6), nodes=False)  # fmt: skip

for dtype in ("int32", "int64", "uint8", "int8"):
    low = 0 if dtype == "uint8" else -100
    numbers, bits = ints(2, 4, low=low, high=100, dtype=dtype), ints(4, low=0, high=7, dtype=dtype)
    case(f"bits of {dtype}", lambda tf, x, y: [tf.bitwise.bitwise_and(x, y), tf.bitwise.bitwise_or(
         x, y), tf.bitwise.bitwise_xor(x, y), tf.bitwise.invert(x), tf.bitwise.left_shift(x, y),
         tf.bitwise.right_shift(x, y)], numbers, bits)  # fmt: skip
    case(f"population_count of {dtype}", lambda tf, x: tf.raw_ops.PopulationCount(x=x), numbers)
case("shifts beyond the width", lambda tf, x, y: [tf.bitwise.left_shift(x, y),
     tf.bitwise.right_shift(x, y)], given([1, -8], "int32"), given([40, 31], "int32"))  # fmt: skip
