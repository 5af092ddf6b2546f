"""Cases of signals: frames, windows, short-time spectra, cosine transforms, mel spectra.

The functions are compositions: the values, shapes and gradients are TensorFlow's, the nodes ours.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from golden.case import Build, Draw, Family, given, ints, plane, real

family = Family("signal")


def case(name: str, build: Build, *draws: Draw, **flags: Any) -> None:
    family.add(name, build, *draws, **{"nodes": False, **flags})


for length, step in ((4, 2), (3, 5), (6, 4), (12, 3), (1, 1)):
    for pad in (False, True):
        case(f"frame {length} {step} {pad}", lambda tf, x, n=length, s=step, p=pad:
             tf.signal.frame(x, n, s, pad_end=p), real(2, 11))  # fmt: skip
case("frame, filled up with a value", lambda tf, x: tf.signal.frame(x, 4, 3, True, 7.0), real(8))
case("frame of another axis", lambda tf, x: [tf.signal.frame(x, 2, 2, axis=0),
     tf.signal.frame(x, 3, 2, True, axis=-2), tf.signal.frame(x, 2, 1, axis=1)],
     real(3, 5, 2))  # fmt: skip
case("frame by tensors", lambda tf, x, n, s: [tf.signal.frame(x, n, s), tf.signal.frame(
     x, n, s, pad_end=True)], real(2, 9), given(4, "int32"), given(3, "int32"))  # fmt: skip
case("frame of integers", lambda tf, x: tf.signal.frame(x, 3, 2), ints(7))
case("frame of an empty", lambda tf, x: tf.signal.frame(x, 3, 2), real(2, 0))
case("frame of no rows", lambda tf, x: tf.signal.frame(x, 3, 2), real(0, 9))

for step in (1, 2, 3, 4, 5):
    case(f"overlap_and_add {step}", lambda tf, x, s=step: tf.signal.overlap_and_add(x, s),
         real(2, 3, 4))  # fmt: skip
case("overlap_and_add by a tensor", lambda tf, x, s: tf.signal.overlap_and_add(x, s), real(3, 5),
     given(2, "int32"))  # fmt: skip
case("overlap_and_add of integers", lambda tf, x: tf.signal.overlap_and_add(x, 2), ints(3, 5))
case("overlap_and_add of one frame", lambda tf, x: tf.signal.overlap_and_add(x, 2), real(1, 5))
case("overlap_and_add of no rows", lambda tf, x: tf.signal.overlap_and_add(x, 2), real(0, 2, 5))

for window in ("hann_window", "hamming_window"):
    case(window, lambda tf, w=window: [getattr(tf.signal, w)(n, periodic=p)
         for n in (1, 2, 7, 8) for p in (False, True)])  # fmt: skip
    case(f"{window} of float64", lambda tf, w=window: getattr(tf.signal, w)(6, dtype=tf.float64))
    case(f"{window} of a half", lambda tf, w=window: getattr(tf.signal, w)(6, dtype=tf.float16))
    case(f"{window} by tensors", lambda tf, n, p, w=window: getattr(tf.signal, w)(n, p),
         given(8, "int32"), given(False))  # fmt: skip


def inverse_of(tf: Any, x: Any, length: int, step: int, window: Any, transform: Any = None) -> Any:
    """The signal of its own short-time spectra."""
    back = tf.signal.inverse_stft_window_fn(step, window)
    spectra = tf.signal.stft(x, length, step, transform, window)
    return tf.signal.inverse_stft(spectra, length, step, transform, back)


def power(tf: Any, spectra: Any) -> Any:
    return tf.square(tf.abs(spectra))


# Of lengths that cut or fill up, TensorFlow's gradient of rfft fails: ours are held to differences.
case("stft", lambda tf, x: power(tf, tf.signal.stft(x, 8, 3)), real(2, 20), rtol=1e-8)
case("stft, the spectra", lambda tf, x: tf.signal.stft(x, 8, 4, pad_end=True),
     real(20, dtype="float32"), rtol=1e-4)  # fmt: skip
case("stft of another length", lambda tf, x: power(tf, tf.signal.stft(x, 6, 3)), real(15),
     gradient=False, rtol=1e-8)  # fmt: skip
case("stft without a window", lambda tf, x: power(tf, tf.signal.stft(x, 4, 2, 8, None)), real(9),
     gradient=False)  # fmt: skip
case("stft by tensors", lambda tf, x, n, s: tf.signal.stft(x, n, s), real(20, dtype="float32"),
     given(8, "int32"), given(4, "int32"), gradient=False, rtol=1e-4)  # fmt: skip
case("inverse_stft", lambda tf, x: tf.signal.inverse_stft(x, 8, 3), plane(2, 3, 5),
     numeric=False, second=False, rtol=1e-8)  # fmt: skip
case("inverse_stft of longer frames", lambda tf, x: tf.signal.inverse_stft(x, 10, 5, 8),
     plane(3, 5), numeric=False, second=False, rtol=1e-8)  # fmt: skip
case("inverse_stft of shorter frames", lambda tf, x: tf.signal.inverse_stft(x, 6, 2),
     plane(3, 5), numeric=False, second=False, rtol=1e-8)  # fmt: skip
case("inverse_stft by tensors", lambda tf, x, n, s: tf.signal.inverse_stft(x, n, s, 8, None),
     plane(3, 5, dtype="complex64"), given(8, "int32"), given(3, "int32"), rtol=1e-4)  # fmt: skip
for length, step in ((8, 2), (8, 3), (6, 6)):
    case(f"there and back {length} {step}", lambda tf, x, n=length, s=step: inverse_of(
         tf, x, n, s, tf.signal.hamming_window), real(2, 24), gradient=length == 8,
         rtol=1e-8)  # fmt: skip
case("the window back", lambda tf: tf.signal.inverse_stft_window_fn(3)(8, tf.float32), rtol=1e-4)
case("the window back, of another window", lambda tf: tf.signal.inverse_stft_window_fn(
     4, partial(tf.signal.hamming_window, periodic=False))(6, dtype=tf.float64))  # fmt: skip

for kind in (1, 2, 3):
    for dtype in ("float32", "float64"):
        case(f"dct {kind} {dtype}", lambda tf, x, k=kind: [tf.signal.dct(x, k), tf.signal.idct(
             x, k)], real(2, 5, dtype=dtype), gradient=False, rtol=1e-4 if dtype == "float32"
             else 1e-9)  # fmt: skip
    if kind > 1:
        case(f"dct {kind} ortho", lambda tf, x, k=kind: [tf.signal.dct(x, k, norm="ortho"),
             tf.signal.idct(tf.signal.dct(x, k, norm="ortho"), k, norm="ortho")], real(2, 5),
             gradient=False, rtol=1e-9)  # fmt: skip
    for n in (3, 5, 8):
        case(f"dct {kind} of length {n}", lambda tf, x, k=kind, n=n: tf.signal.dct(x, k, n),
             real(2, 5), gradient=False, variants=("known",), rtol=1e-9)  # fmt: skip
case("mfccs", lambda tf, x: tf.signal.mfccs_from_log_mel_spectrograms(x),
     real(2, 6, dtype="float32"), gradient=False, rtol=1e-4)  # fmt: skip
case("mel by default", lambda tf: tf.signal.linear_to_mel_weight_matrix(), rtol=2e-4)
case("mel of float64", lambda tf, n: tf.signal.linear_to_mel_weight_matrix(
     5, n, 16000, 80.0, 7600.0, tf.float64), given(17, "int32"))  # fmt: skip

for op in ("fftshift", "ifftshift"):
    case(op, lambda tf, x, o=op: [getattr(tf.signal, o)(x), getattr(tf.signal, o)(x, 1), getattr(
         tf.signal, o)(x, (0, 1))], real(4, 5), variants=("known",))  # fmt: skip
    case(f"{op} of integers", lambda tf, x, o=op: getattr(tf.signal, o)(x, (1,)), ints(2, 7))
    case(f"{op} of complex numbers", lambda tf, x, o=op: getattr(tf.signal, o)(x), plane(3),
         variants=("known",), numeric=False, second=False)  # fmt: skip
