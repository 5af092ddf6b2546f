"""Bad input, made of good: each case's inputs changed one at a time in the ways users get wrong.

What TensorFlow says of each is recorded by record_mistakes.py and held against flowgraph by
tests/ops/test_mistakes.py: fine, or which class of error, when the graph is built or when it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from golden.case import KNOWN, RANK, Array, Case, is_inexact
from golden.cases import FAMILIES
from golden.running import forward, start

# One letter for each way in which a graph can end.
FINE, CRASH, NO_KERNEL, ENDLESS, OTHER = "o", "x", "k", "d", "?"
NOT_COMPARED = (CRASH, NO_KERNEL, ENDLESS, OTHER)
BUILDING = {"ValueError": "V", "TypeError": "T", "IndexError": "I", "KeyError": "K",
            "AttributeError": "A", "InvalidArgumentError": "J", "LookupError": "L"}  # fmt: skip
RUNNING = {"InvalidArgumentError": "i", "OutOfRangeError": "r", "NotFoundError": "n",
           "FailedPreconditionError": "f", "UnimplementedError": "u", "UnknownError": "w",
           "InternalError": "e", "ValueError": "v", "TypeError": "t",
           "ResourceExhaustedError": "h", "AlreadyExistsError": "a",
           "CancelledError": "c", "AbortedError": "b",
           "DeadlineExceededError": ENDLESS}  # fmt: skip
PATIENCE = 2000  # milliseconds: a wrong number may well make a loop endless
FAR = 40  # an index, a size or an axis that is out of every range here


def _more_rank(x: Array) -> Array | None:
    return x[np.newaxis]


def _less_rank(x: Array) -> Array | None:
    return x[0] if x.ndim and x.shape[0] else None


def _longer(x: Array) -> Array | None:
    return np.concatenate([x, x[..., -1:]], axis=-1) if x.ndim and x.size else None


def _empty(x: Array) -> Array | None:
    return x[:0] if x.ndim and x.size else None


def _text(x: Array) -> Array | None:
    return None if x.dtype.kind in "SO" else np.full(x.shape, b"a")


def _other_number(x: Array) -> Array | None:
    if x.dtype.kind in "SO":
        return np.zeros(x.shape, np.float32)
    if x.dtype.kind == "c":
        return x.real.astype(np.float32)
    if is_inexact(x.dtype):
        return np.clip(np.nan_to_num(x.astype(np.float64)), -FAR, FAR).astype(np.int32)
    return x.astype(np.float32)


def _negative(x: Array) -> Array | None:
    return np.full_like(x, -7) if x.dtype.kind == "i" else None


def _far(x: Array) -> Array | None:
    return np.full_like(x, FAR) if x.dtype.kind in "iu" else None


WAYS: dict[str, Callable[[Array], Array | None]] = {
    "of higher rank": _more_rank,
    "of lower rank": _less_rank,
    "longer": _longer,
    "empty": _empty,
    "of strings": _text,
    "of another number type": _other_number,
    "negative": _negative,
    "far": _far,
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """A case with one input changed, and how its placeholders are declared."""

    case: Case
    variant: str
    what: str

    @property
    def name(self) -> str:
        return f"{self.what}, {self.variant}"


def mistakes(case: Case) -> Iterator[Mistake]:
    """All mistakes in one case, in a fixed order."""
    for variant in (KNOWN, RANK):
        if variant not in case.variants:
            continue
        for i, good in enumerate(case.inputs):
            for way, change in WAYS.items():
                bad = change(good)
                if bad is not None:
                    inputs = (*case.inputs[:i], bad, *case.inputs[i + 1 :])
                    yield Mistake(replace(case, inputs=inputs), variant, f"input {i} {way}")


def chosen(family: str) -> list[Case]:
    """A family's cases without those that TensorFlow runs another graph for, and twins in dtype."""
    names = {case.name for case in FAMILIES[family]}
    return [
        case
        for case in FAMILIES[family]
        if case.inputs and case.golden_build is None
        if case.name.rsplit(" ", 1)[0].rstrip(",") not in names
    ]


def outcome(tf: Any, mistake: Mistake, errors: list[BaseException] | None = None) -> str:
    """How the graph ends, as one letter; the error itself is appended to `errors`."""
    stage = BUILDING
    try:
        built = forward(tf, mistake.case, mistake.variant)
        stage = RUNNING
        feeds = dict(zip(built.inputs, mistake.case.inputs, strict=True))
        fetches = [t for t in built.outputs if t.dtype not in (tf.resource, tf.variant)]
        with start(tf, built, feeds) as session:
            session.run(fetches, feeds, options=tf.RunOptions(timeout_in_ms=PATIENCE))
    except Exception as error:
        if errors is not None:
            errors.append(error)
        if "No OpKernel was registered" in str(error) or "not supported by" in str(error):
            return NO_KERNEL
        names = [c.__name__ for c in type(error).__mro__]
        return next((stage[name] for name in names if name in stage), OTHER)
    return FINE
