"""Cases of summaries: the bytes of Summary messages."""

from __future__ import annotations

from typing import Any

import numpy as np
from golden.case import KNOWN, Family, given, ints, real

family = Family("summary")
PLAIN = {"gradient": False, "numeric": False, "second": False}


def case(name: str, build: Any, *draws: Any, **flags: Any) -> None:
    family.add(name, build, *draws, **PLAIN, **flags)


def pictures(tf: Any, summary: Any, start: int) -> Any:
    """What is before the first file in a summary of a picture, and that file."""
    file = tf.strings.substr(summary, start, 10_000)
    return [tf.strings.substr(file, 0, 8), tf.image.decode_png(file)]


# --- numbers --------------------------------------------------------------------------------------
for dtype in ("float32", "float64", "float16", "int32", "int64", "uint8"):
    case(f"scalar {dtype}", lambda tf, x: tf.summary.scalar("loss", x), given(7, dtype))
case("scalar in a family", lambda tf, x: tf.summary.scalar("a b", x, family="f"),
     real(dtype="float32"))  # fmt: skip
case("scalars", lambda tf, t, x: tf.raw_ops.ScalarSummary(tags=t, values=x), given([b"a", b"b"]),
     given([1.0, -np.inf], "float32"))  # fmt: skip
case("histogram", lambda tf, x: tf.summary.histogram("w", x),
     given([-2.0, 0.5, 0.5, 0.0, 1e-13, 3.0, 4096.0], "float32"))  # fmt: skip
case("histogram of integers", lambda tf, x: tf.summary.histogram("w", x), ints(4, 5))
case("histogram of the largest", lambda tf, x: tf.summary.histogram("w", x),
     given([-1e300, 2e20, 1e19, -1e-12], "float64"))  # fmt: skip
case("histogram of nothing", lambda tf, x: tf.summary.histogram("w", x), given([], "float32"))
case("histogram of one", lambda tf, x: tf.summary.histogram("w", x), given(1.0, "float32"))

# --- tensors and text -----------------------------------------------------------------------------
case("text", lambda tf, x: tf.summary.text("t", x), given([b"one", b"*two*"]))
case("tensor", lambda tf, x: tf.summary.tensor_summary("t", x, "what it is", display_name="shown"),
     real(2, 3, dtype="float32"))  # fmt: skip
case("older tensor", lambda tf, x: tf.raw_ops.TensorSummary(tensor=x, name="t"), ints(3))

# --- pictures and sounds --------------------------------------------------------------------------
LONG, SHORT = 24, 21  # where the file begins in a summary of 128 bytes and more, or of fewer
for channels in (1, 3, 4):
    case(f"image uint8 {channels}", lambda tf, x: pictures(tf, tf.summary.image("i", x, 1), LONG),
         ints(1, 20, 16, channels, low=0, high=256, dtype="uint8"))  # fmt: skip
for dtype in ("float32", "float16", "float64"):
    case(f"image {dtype}", lambda tf, x: pictures(tf, tf.summary.image("i", x, 1), LONG),
         real(1, 9, 8, 3, dtype=dtype))  # fmt: skip
case("image without negative numbers", lambda tf, x: pictures(
     tf, tf.summary.image("i", x, 1), LONG), real(1, 9, 8, 3, low=0, dtype="float32"))  # fmt: skip
case("image of nothing but zeros", lambda tf, x: pictures(tf, tf.summary.image("i", x, 1), SHORT),
     given(np.zeros((1, 9, 8, 3)), "float32"))  # fmt: skip
ODD = np.random.RandomState(0).uniform(-1, 1, (1, 20, 16, 1))
ODD[0, 0, :3, 0] = np.nan, np.inf, -np.inf
case("image with what is not finite", lambda tf, x: pictures(tf, tf.summary.image("i", x, 1), LONG),
     given(ODD, "float32"))  # fmt: skip
case("audio", lambda tf, x: tf.summary.audio("a", x, 8000.0, max_outputs=2), real(
     3, 5, 2, low=-1, high=1, dtype="float32"))  # fmt: skip
case("audio of one channel", lambda tf, x, r: tf.summary.audio("a", x, r, max_outputs=1),
     real(1, 5, low=-1, high=1, dtype="float32"), given(44100.4, "float32"))  # fmt: skip
case("older audio", lambda tf, x: tf.raw_ops.AudioSummary(tag="a", tensor=x, sample_rate=100.0),
     real(2, 5, low=-1, high=1, dtype="float32"), nodes=False, variants=(KNOWN,),
     golden_build=lambda tf, x: tf.raw_ops.AudioSummaryV2(tag="a", tensor=x, sample_rate=100.0),
     )  # fmt: skip

# --- joining --------------------------------------------------------------------------------------
case("merge", lambda tf, x: tf.summary.merge([tf.summary.scalar("a", x), tf.summary.histogram(
     "b", x), tf.summary.scalar("c", 2 * x)]), given(1.5, "float32"))  # fmt: skip
case("merge of vectors", lambda tf, x: tf.raw_ops.MergeSummary(inputs=[x, x[:0]]),
     given([b"\n\x08\n\x01a\x15\0\0\x80?", b""]))  # fmt: skip
