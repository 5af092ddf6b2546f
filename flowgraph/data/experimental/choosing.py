"""Elements of several datasets, by chance or by choice (tf.data.experimental)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.op_def import raw
from flowgraph.core.static import constant_value
from flowgraph.core.tensor import Tensor
from flowgraph.data import nest, structure
from flowgraph.data.base import DatasetBase
from flowgraph.data.dataset import Dataset
from flowgraph.data.experimental.simple import RandomDataset, scan
from flowgraph.data.functions import Function
from flowgraph.data.structure import TensorSpec
from flowgraph.data.transformations import whole

Transformation = Callable[[Any], Any]


def parallel_interleave(
    map_func: Callable[..., Any],
    cycle_length: Any,
    block_length: Any = 1,
    sloppy: Any = False,
    buffer_output_elements: Any = None,
    prefetch_input_elements: Any = None,
) -> Transformation:
    """`interleave` (tf.data.experimental.parallel_interleave); the order is always the same one.

    Args:
      map_func: an element's tensors -> a dataset.
      cycle_length: how many datasets are open at once.
      block_length: how many elements are taken of one before the next's turn.
      sloppy: accepted: leave to be in order.
      buffer_output_elements: accepted.
      prefetch_input_elements: accepted.
    """

    def apply(dataset: Any) -> Any:
        function = Function(
            map_func, "tf.data.experimental.parallel_interleave()", dataset.element_spec
        )
        numbers = [
            whole(cycle_length, "cycle_length"),
            whole(block_length, "block_length"),
            convert_to_tensor(sloppy, dtype=dtypes.bool_, name="sloppy"),
            whole(buffer_output_elements, "buffer_output_elements", 1),
            whole(prefetch_input_elements, "prefetch_input_elements", 1),
        ]
        return dataset._interleaved("ExperimentalParallelInterleaveDataset", function, numbers)

    return apply


def _directed(selector: Any, datasets: Sequence[Any]) -> Any:
    """Elements of datasets in the order of a dataset of numbers."""
    first = datasets[0]
    for other in datasets[1:]:
        if other.output_types != first.output_types or other.output_classes != first.output_classes:
            raise TypeError("All datasets must have the same type and class.")
    leaves = zip(*[nest.flatten(d.element_spec) for d in datasets], strict=True)
    spec = nest.pack_sequence_as(first.element_spec, [_general(column) for column in leaves])
    variant = raw.ExperimentalDirectedInterleaveDataset(
        selector._variant_tensor, [d._variant_tensor for d in datasets],
        **structure.attrs_of(spec),
    )  # fmt: skip
    return Dataset._made("DirectedInterleaveDataset", variant, spec, [selector, *datasets])


def _general(specs: Sequence[Any]) -> Any:
    found = specs[0]
    for spec in specs[1:]:
        found = found.most_general(spec)
    return found


def choose_from_datasets(datasets: Sequence[Any], choice_dataset: Any) -> Any:
    """Elements of `datasets[n]` for each n of a dataset of int64 scalars."""
    spec = choice_dataset.element_spec
    if not structure.are_compatible(spec, TensorSpec([], dtypes.int64)):
        raise TypeError("`choice_dataset` must be a dataset of scalar `tf.int64` tensors.")
    return _directed(choice_dataset, datasets)


def sample_from_datasets(datasets: Sequence[Any], weights: Any = None, seed: Any = None) -> Any:
    """Elements of datasets that are drawn by chance (tf.data.experimental.sample_from_datasets).

    Args:
      datasets: a list of them, with equal dtypes and classes.
      weights: a vector of float32 or float64, the chances; equal ones when None. Or a dataset of
        such vectors.
      seed: with the graph's seed it fixes the choice.
    """
    pairs = RandomDataset(seed).batch(2)
    if isinstance(weights, DatasetBase):
        logits = weights.map(lambda *p: raw.Log(convert_to_tensor(p), name="logits"))
        selector = Dataset.zip((logits, pairs)).map(_drawn)
        return _directed(selector, datasets)
    if weights is None:
        told: Any = np.ones((1, len(datasets)), np.float32)
    else:
        told = _log_weights(weights, len(datasets))
    if len(datasets) == 1:
        return datasets[0]
    return _directed(pairs.map(lambda numbers: _drawn(told, numbers)), datasets)


def _log_weights(weights: Any, count: int) -> Tensor:
    vector = convert_to_tensor(weights, name="weights")
    if vector.dtype not in (dtypes.float32, dtypes.float64):
        raise TypeError("`weights` must be convertible to a tensor of `tf.float32` or "
                        "`tf.float64` elements.")  # fmt: skip
    if not vector.shape.is_compatible_with([count]):
        raise ValueError("`weights` must be a vector of length `len(datasets)`.")
    return raw.ExpandDims(raw.Log(vector, name="logits"), np.int32(0))  # type: ignore[no-any-return]


def _drawn(logits: Any, seed: Any) -> Tensor:
    drawn = raw.StatelessMultinomial(logits, np.int32(1), seed)
    return raw.Squeeze(drawn, squeeze_dims=[0, 1])  # type: ignore[no-any-return]


# --- rejection ------------------------------------------------------------------------------------
def rejection_resample(
    class_func: Callable[..., Any], target_dist: Any, initial_dist: Any = None, seed: Any = None
) -> Transformation:
    """Pairs (class, element) whose classes have a wanted distribution: some elements are left out.

    Args:
      class_func: an element's tensors -> its class, an int32 scalar.
      target_dist: the wanted distribution.
      initial_dist: the distribution as it is; estimated when None.
      seed: of the choice.
    """

    def apply(dataset: Any) -> Any:
        target = convert_to_tensor(target_dist, name="target_dist")
        classes = dataset.map(class_func)
        known = None
        if initial_dist is not None:
            initial = convert_to_tensor(initial_dist, name="initial_dist")
            known = _least_ratio(initial, target)
            chances, originals, initials = (
                Dataset.from_tensors(t).repeat() for t in (*_acceptance(initial, target), initial)
            )
        else:
            initials = _estimated(target, classes)
            both = initials.map(lambda initial: _acceptance(initial, target))
            chances, originals = both.map(lambda a, _: a), both.map(lambda _, m: m)
        kept = _kept(dataset, chances, initials, classes, seed).prefetch(3)
        labelled = Dataset.zip((classes, dataset))
        if known == 1:
            return labelled
        if known == 0:
            return kept
        return sample_from_datasets(
            [labelled, kept],
            weights=originals.map(lambda m: raw.Pack([m, raw.Sub(np.float32(1), m)])),
            seed=seed,
        )

    return apply


def _least_ratio(initial: Tensor, target: Tensor) -> Any:
    a, b = constant_value(initial), constant_value(target)
    return None if a is None or b is None else np.min(b / a)


def _acceptance(initial: Any, target: Any) -> tuple[Tensor, Tensor]:
    """The chances by which elements of each class are kept, and that of the whole as it is."""
    tiny = np.finfo(initial.dtype.as_numpy_dtype).tiny
    ratio = raw.RealDiv(target, raw.Add(initial, tiny))
    most, least = raw.Max(ratio, np.int32([0])), raw.Min(ratio, np.int32([0]))
    return raw.RealDiv(raw.Sub(ratio, least), raw.Sub(most, least)), least


def _kept(dataset: Any, chances: Any, initials: Any, classes: Any, seed: Any) -> Any:
    from flowgraph.ops.control.cond import cond
    from flowgraph.ops.control.printing import Print
    from flowgraph.ops.random.distributions import random_uniform

    def warn(accept: Any, initial: Any) -> Any:
        lost = raw.Sum(raw.Mul(raw.Sub(np.float32(1), accept), initial), np.int32([0]))
        said = "Proportion of examples rejected by sampler is high: "
        return cond(
            raw.Less(lost, np.float32(0.5)),
            lambda: raw.Identity(accept),
            lambda: Print(accept, [lost, initial, accept], said, first_n=10, summarize=100),
        )

    chances = Dataset.zip((chances, initials)).map(warn)
    together = Dataset.zip((classes, chances, dataset)).map(
        lambda kind, accept, data: (kind, raw.GatherV2(accept, kind, np.int32(0)), data)
    )
    kept = together.filter(lambda _, chance, data: raw.Less(random_uniform([], seed=seed), chance))
    return kept.map(lambda kind, _, data: (kind, data))


def _estimated(target: Any, classes: Any, size: int = 32, smoothing: int = 10) -> Any:
    """The distribution of classes as it is known so far, for each element."""
    count = target.shape[0].value
    seen = np.full(count, smoothing, np.int64)

    def update(seen: Any, batch: Any) -> Any:
        hits = raw.OneHot(batch, np.int32(count), np.int64(1), np.int64(0))
        seen = raw.Add(seen, raw.Sum(hits, np.int32([0])))
        total = raw.Sum(raw.Cast(seen, DstT=dtypes.float64), np.int32([0]))
        share = raw.Cast(
            raw.RealDiv(raw.Cast(seen, DstT=dtypes.float64), total), DstT=dtypes.float32
        )
        return seen, raw.Tile(raw.ExpandDims(share, np.int32(0)), np.int32([size, 1]))

    return classes.batch(size).apply(scan(seen, update)).unbatch()
