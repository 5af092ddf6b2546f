"""Cases of nn ops of a later kind: batch normalisation, LRN, argmax pooling, sampled losses."""

from __future__ import annotations

from typing import Any

from golden.case import Family, apart, given, real

family = Family("classes")
case = family.add


def norm(tf: Any, *args: Any, **options: Any) -> list[Any]:
    return list(tf.nn.fused_batch_norm(*args, **options))


# TensorFlow's kernels know float32 alone: the differences are taken of ours, in float64.
IMAGE = real(2, 3, 4, 2, dtype="float32")
VECTORS = real(2, dtype="float32", low=0.5), real(2, dtype="float32")
STATISTICS = real(2, dtype="float32"), real(2, dtype="float32", low=0.5)
LOOSE: dict[str, Any] = {"nodes": False, "numeric": False, "second": False, "rtol": 2e-4}
KINDS: dict[str, Any] = {**LOOSE, "variants": ("known", "unknown dims")}
case("fused_batch_norm in training", lambda tf, x, s, o: norm(tf, x, s, o)[0], IMAGE, *VECTORS,
     **KINDS)  # fmt: skip
case("fused_batch_norm's statistics", lambda tf, x, s, o: norm(tf, x, s, o)[1:], IMAGE, *VECTORS,
     gradient=False, **KINDS)  # fmt: skip
case("fused_batch_norm in use", lambda tf, x, s, o, m, v: norm(tf, x, s, o, m, v,
     is_training=False)[0], IMAGE, *VECTORS, *STATISTICS, gradient=False, **KINDS)  # fmt: skip
case("fused_batch_norm in use, its gradient", lambda tf, x, s, o: norm(tf, x, s, o,
     tf.constant([0.1, -0.2]), tf.constant([1.0, 2.0]), is_training=False)[0], IMAGE, *VECTORS,
     **KINDS)  # fmt: skip
case("fused_batch_norm, large epsilon", lambda tf, x, s, o: norm(tf, x, s, o, epsilon=0.5)[0],
     IMAGE, *VECTORS, **KINDS)  # fmt: skip

EMPTY: Any = []
for op_type in ("FusedBatchNorm", "FusedBatchNormV2"):
    case(f"{op_type} as a raw op", lambda tf, x, s, o, op_type=op_type: getattr(
         tf.raw_ops, op_type)(x=x, scale=s, offset=o, mean=EMPTY, variance=EMPTY)[:3], IMAGE,
         *VECTORS, gradient=False, **KINDS)  # fmt: skip
case("FusedBatchNorm of halves", lambda tf, x, s, o: norm(tf, tf.cast(x, "float16"), s, o)[0],
     IMAGE, *VECTORS, gradient=False, **{**KINDS, "rtol": 3e-3})  # fmt: skip

for radius, bias, alpha, beta in ((5, 1.0, 1.0, 0.5), (1, 2.0, 1e-1, 0.75), (2, 1.0, 0.5, 1.0)):
    case(f"lrn {radius} {beta}", lambda tf, x, r=radius, b=bias, a=alpha, e=beta: tf.nn.lrn(
         x, r, b, a, e), real(1, 2, 3, 7, dtype="float32"), numeric=False, second=False,
         rtol=1e-4)  # fmt: skip

for padding in ("SAME", "VALID"):
    case(f"max_pool_with_argmax {padding}", lambda tf, x, padding=padding: list(
         tf.nn.max_pool_with_argmax(x, [1, 2, 2, 1], [1, 2, 2, 1], padding)), apart(2, 5, 4, 2),
         nodes=False)  # fmt: skip
    case(f"max_pool_with_argmax {padding}, overlapping", lambda tf, x, padding=padding: list(
         tf.nn.max_pool_with_argmax(x, [1, 3, 2, 1], [1, 1, 1, 1], padding)), apart(1, 4, 4, 1),
         nodes=False)  # fmt: skip
case("max_pool_with_argmax over the batch", lambda tf, x: list(tf.nn.max_pool_with_argmax(
     x, [1, 2, 2, 1], [1, 2, 2, 1], "VALID", include_batch_in_index=True)), apart(2, 4, 4, 1),
     nodes=False)  # fmt: skip

LABELS = given([[1], [7], [3]], "int64")
TABLE, BIASES = real(20, 4, dtype="float32"), real(20, dtype="float32")
INPUTS = real(3, 4, dtype="float32")


def sampler(kind: str, unique: bool, size: int = 20, **more: Any) -> Any:
    return lambda tf, labels: list(getattr(tf.nn, f"{kind}_candidate_sampler")(
        labels, 1, 6, unique, size, seed=3, **more))  # fmt: skip


for unique in (True, False):
    for kind in ("log_uniform", "uniform"):
        case(f"{kind} candidates, unique {unique}", sampler(kind, unique), LABELS)
    case(f"fixed unigram candidates, unique {unique}", sampler("fixed_unigram", unique, 8,
         unigrams=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], distortion=0.75), LABELS)  # fmt: skip
case("uniform candidates of a power of two", sampler("uniform", False, 16), LABELS)
case("compute_accidental_hits", lambda tf, labels, c: list(tf.nn.compute_accidental_hits(
     labels, c, 1)), LABELS, given([3, 2, 1, 0], "int64"))  # fmt: skip
for loss in ("nce_loss", "sampled_softmax_loss"):
    case(loss, lambda tf, w, b, x, labels, loss=loss: getattr(tf.nn, loss)(
         w, b, labels, x, 6, 20, sampled_values=tf.nn.log_uniform_candidate_sampler(
             labels, 1, 6, True, 20, seed=3)), TABLE, BIASES, INPUTS, LABELS, nodes=False,
         second=False, numeric=False, variants=("known",))  # fmt: skip
    case(f"{loss} of two true classes", lambda tf, w, b, x, labels, loss=loss: getattr(
         tf.nn, loss)(w, b, labels, x, 6, 20, num_true=2, remove_accidental_hits=True,
         sampled_values=tf.nn.uniform_candidate_sampler(labels, 2, 6, True, 20, seed=3)),
         TABLE, BIASES, INPUTS, given([[1, 2], [7, 0], [3, 19]], "int64"), nodes=False,
         second=False, numeric=False, variants=("known",))  # fmt: skip
