"""Cases of connectionist temporal classification: losses, decoders, and their labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from golden.case import Draw, Family, given, real

family = Family("ctc")
case = family.add
TIME, BATCH, CLASSES = 6, 3, 4
# The kernels know float32 alone, and have no second derivative.
SINGLE: dict[str, Any] = {"numeric": False, "second": False, "rtol": 1e-4}
LOGITS = real(TIME, BATCH, CLASSES, dtype="float32")
STEPS = given([6, 4, 5], "int32")
INDICES = [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [2, 1]]
VALUES = [0, 1, 1, 2, 0, 1]


def sparse(tf: Any, values: Any, indices: Any = None) -> Any:
    indices = INDICES if indices is None else indices
    return tf.SparseTensor(tf.constant(indices, tf.int64), values, [BATCH, 4])


def loss(**more: Any) -> Any:
    return lambda tf, x, values, steps: tf.nn.ctc_loss(sparse(tf, values), x, steps, **more)


LABELS = given(VALUES, "int32")
case("ctc_loss", loss(), LOGITS, LABELS, STEPS, **SINGLE)
case("ctc_loss, labels not merged", loss(ctc_merge_repeated=False), LOGITS, LABELS, STEPS,
     **SINGLE)  # fmt: skip
case("ctc_loss, labels merged first", loss(preprocess_collapse_repeated=True), LOGITS, LABELS,
     STEPS, **SINGLE)  # fmt: skip
case("ctc_loss of too few steps", loss(ignore_longer_outputs_than_inputs=True), LOGITS, LABELS,
     given([2, 0, 5], "int32"), **SINGLE)  # fmt: skip
case("ctc_loss of as many steps as labels", loss(), LOGITS, given([0, 1, 2, 0, 1, 1], "int32"),
     given([3, 2, 1], "int32"), **SINGLE)  # fmt: skip
case("ctc_loss of null labels", loss(), LOGITS, given([0, 1, 3, 2, 3, 0], "int32"), STEPS,
     **SINGLE)  # fmt: skip
case("ctc_loss, batch first", lambda tf, x, values, steps: tf.nn.ctc_loss(sparse(tf, values),
     logits=x, sequence_length=steps, time_major=False), real(BATCH, TIME, CLASSES,
     dtype="float32"), LABELS, STEPS, **SINGLE)  # fmt: skip
case("ctc_loss of large logits", loss(), real(TIME, BATCH, CLASSES, low=-60, high=60,
     dtype="float32"), LABELS, STEPS, **SINGLE)  # fmt: skip
case("CTCLoss and its gradient", lambda tf, x, values, steps: list(tf.raw_ops.CTCLoss(
     inputs=x, labels_indices=tf.constant(INDICES, tf.int64), labels_values=values,
     sequence_length=steps)), LOGITS, LABELS, STEPS, gradient=False, nodes=False,
     **SINGLE)  # fmt: skip


def dense(**more: Any) -> Any:
    return lambda tf, x, labels, lengths, steps: tf.nn.ctc_loss_v2(
        labels, x, lengths, steps, **more)  # fmt: skip


# TensorFlow makes a loop of some hundred ops of it, which knows the shapes it is told.
DENSE: dict[str, Any] = {**SINGLE, "nodes": False, "variants": ("known", "unknown dims")}
PADDED = given([[1, 2, 2, 0], [3, 1, 0, 0], [2, 0, 0, 0]], "int32")
LENGTHS = given([3, 2, 1], "int32")
case("ctc_loss_v2 of dense labels", dense(), LOGITS, PADDED, LENGTHS, STEPS, **DENSE)
case("ctc_loss_v2, blank last", dense(blank_index=-1), LOGITS, given([[1, 2, 2, 0], [0, 1, 0, 0],
     [2, 0, 0, 0]], "int32"), LENGTHS, STEPS, **DENSE)  # fmt: skip
case("ctc_loss_v2, blank amid", dense(blank_index=1, name="lost"), LOGITS, given([[0, 2, 2, 0],
     [3, 0, 0, 0], [2, 0, 0, 0]], "int64"), LENGTHS, given([6, 4, 5], "int64"),
     **DENSE)  # fmt: skip
case("ctc_loss_v2, batch first", dense(logits_time_major=False), real(BATCH, TIME, CLASSES,
     dtype="float32"), PADDED, LENGTHS, STEPS, **DENSE)  # fmt: skip
case("ctc_loss_v2 of unique labels", lambda tf, x, labels, lengths, steps: tf.nn.ctc_loss_v2(
     labels, x, lengths, steps, unique=tf.nn.ctc_unique_labels(labels)), LOGITS, PADDED, LENGTHS,
     STEPS, **{**DENSE, "variants": ("known",)})  # fmt: skip
for blank in (-1, 0, 1):
    case(f"ctc_loss_v2 of sparse labels, blank {blank}", lambda tf, x, values, steps, b=blank:
         tf.nn.ctc_loss_v2(sparse(tf, values), x, None, steps, blank_index=b), LOGITS,
         given([2, 3, 3, 2, 3, 2] if blank >= 0 else VALUES, "int32"), STEPS, nodes=False,
         **SINGLE)  # fmt: skip

case("ctc_unique_labels", lambda tf, x: list(tf.nn.ctc_unique_labels(x)),
     given([[3, 4, 4, 3], [1, 2, 3, 0]], "int32"), nodes=False, variants=("known",))  # fmt: skip
case("collapse_repeated", lambda tf, x, n: list(tf.nn.collapse_repeated(x, n)),
     given([[1, 1, 2, 2, 1], [1, 2, 3, 4, 4], [5, 5, 5, 5, 5]], "int32"), given([5, 4, 2], "int64"),
     nodes=False, exact_static=False, variants=("known", "unknown dims"))  # fmt: skip


# --- decoders -------------------------------------------------------------------------------------
def parts(decoded: Any) -> list[Any]:
    paths, scores = decoded
    return [t for path in paths for t in (path.indices, path.values, path.dense_shape)] + [scores]


def best_path() -> Draw:
    """Logits whose best classes repeat, with blanks among them."""

    def draw(rng: np.random.RandomState) -> Any:
        logits = rng.uniform(-1, 1, (7, 2, 3))
        for b, path in enumerate(([0, 1, 1, 2, 1, 2, 1], [2, 0, 0, 0, 2, 0, 1])):
            logits[np.arange(7), b, path] += 3
        return logits.astype("float32")

    return draw


NO: dict[str, Any] = {"gradient": False, "numeric": False, "second": False}
for merge in (True, False):
    case(f"ctc_greedy_decoder, merged {merge}", lambda tf, x, n, m=merge: parts(
         tf.nn.ctc_greedy_decoder(x, n, m)), best_path(), given([7, 5], "int32"), **NO)  # fmt: skip
    for width, paths in ((1, 1), (3, 2), (50, 4)):
        case(f"ctc_beam_search_decoder, {width} wide, merged {merge}", lambda tf, x, n, m=merge,
             w=width, p=paths: parts(tf.nn.ctc_beam_search_decoder(x, n, w, p, m)),
             real(6, 3, 4, dtype="float32"), given([6, 3, 5], "int32"), **NO)  # fmt: skip
case("ctc_greedy_decoder of no step", lambda tf, x, n: parts(tf.nn.ctc_greedy_decoder(x, n)),
     best_path(), given([0, 0], "int32"), **NO)  # fmt: skip
case("ctc_beam_search_decoder_v2", lambda tf, x, n: parts(tf.nn.ctc_beam_search_decoder_v2(
     x, n, 5, 2)), best_path(), given([7, 7], "int32"), **NO)  # fmt: skip
case("ctc_beam_search_decoder of many steps", lambda tf, x, n: parts(
     tf.nn.ctc_beam_search_decoder(x, n, 10, 3, False)), real(20, 2, 5, low=-4, high=4,
     dtype="float32"), given([20, 17], "int32"), **NO)  # fmt: skip

# --- averages of losses ---------------------------------------------------------------------------
case("compute_average_loss", lambda tf, x: tf.nn.compute_average_loss(x), real(3), nodes=False)
# TensorFlow weighs losses in float32.
case("compute_average_loss of weights", lambda tf, x, w: tf.nn.compute_average_loss(x, w, 8),
     real(3, 2), real(3), nodes=False, variants=("known", "unknown dims"), rtol=2e-7)  # fmt: skip
case("scale_regularization_loss", lambda tf, x: tf.nn.scale_regularization_loss(x), real(3),
     nodes=False)  # fmt: skip
