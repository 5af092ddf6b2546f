"""What a case of an op is, and how its inputs are drawn.

A case is one small graph, built by a function that takes the module (`tensorflow` or `flowgraph`)
and its inputs. The families of cases stand in cases_*.py, all of them in cases.py; record.py runs
them on TensorFlow; tests/ops/test_cases.py runs them on flowgraph and compares.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import ml_dtypes
import numpy as np

Array = np.ndarray[Any, Any]
Build = Callable[..., Any]  # (tf, *tensors) -> tensor, or a list of tensors
Draw = Callable[[np.random.RandomState], Array]

KNOWN, DIMS, RANK = "known", "unknown dims", "unknown rank"  # how the placeholders are declared
VARIANTS = (KNOWN, DIMS, RANK)
SINGLE = ("float32",)
FLOATS = ("float32", "float16", "bfloat16")


@dataclass(frozen=True, slots=True)
class Case:
    """One graph of a few ops, its inputs, and what of it is tested."""

    name: str
    build: Build
    inputs: tuple[Array, ...]
    gradient: bool = True  # tf.gradients is TensorFlow's
    numeric: bool = True  # and the central differences' (False at kinks)
    second: bool = True  # and so is the gradient of the gradient
    nodes: bool = True  # the nodes added are TensorFlow's, by name and type
    kinds: bool = True  # gradients are dense, IndexedSlices or None as TensorFlow's are
    exact_static: bool = True  # static shapes are known at least as well as in TensorFlow
    variants: tuple[str, ...] = VARIANTS
    golden_build: Build | None = None  # what TensorFlow runs, where it lacks a CPU kernel
    rtol: float = 0.0  # instead of the dtype's own, when larger


class Family:
    """A list of cases that grows by calls of `add`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.cases: list[Case] = []

    def add(
        self, name: str, build: Build, *draws: Draw, also: Iterable[str] = (), **flags: Any
    ) -> None:
        """Adds the case `<family>/<name>`, and its twins in the floating dtypes of `also`."""
        rng = np.random.RandomState(zlib.crc32(name.encode()))
        inputs = tuple(np.asarray(draw(rng)) for draw in draws)
        case = Case(f"{self.name}/{name}", build, inputs, **flags)
        self.cases.append(case)
        for dtype in also:
            self.cases.append(_twin(case, dtype))


def _twin(case: Case, dtype: str) -> Case:
    inputs = tuple(x.astype(dtype_of(dtype)) if x.dtype.kind == "f" else x for x in case.inputs)
    return replace(
        case, name=f"{case.name} {dtype}", inputs=inputs, numeric=False, second=False, nodes=False
    )


def dtype_of(name: str) -> np.dtype[Any]:
    """The numpy dtype of a name, bfloat16 included."""
    return np.dtype(ml_dtypes.bfloat16) if name == "bfloat16" else np.dtype(name)


def is_inexact(dtype: np.dtype[Any]) -> bool:
    """Whether gradients flow through values of this dtype."""
    return dtype.kind in "fc" or dtype == ml_dtypes.bfloat16


# --- inputs ---------------------------------------------------------------------------------------
def real(*shape: int, low: float = -2.0, high: float = 2.0, dtype: str = "float64") -> Draw:
    """Uniform numbers."""
    return lambda rng: np.asarray(rng.uniform(low, high, shape)).astype(dtype_of(dtype))


def apart(*shape: int, low: float = -2.0, high: float = 2.0) -> Draw:
    """Distinct, evenly spaced numbers in random order, never an integer or a half: no kinks."""

    def draw(rng: np.random.RandomState) -> Array:
        count = int(np.prod(shape))
        values = low + (high - low) * (np.arange(count) + 0.5) / max(count, 1)
        near = np.abs(values * 2 - np.round(values * 2)) < 0.04
        return np.asarray(rng.permutation(values + 0.031 * near)).reshape(shape)

    return draw


def ints(*shape: int, low: int = -6, high: int = 7, dtype: str = "int32") -> Draw:
    """Integers of [low, high)."""
    return lambda rng: np.asarray(rng.randint(low, high, shape)).astype(dtype)


def nonzero(*shape: int, dtype: str = "int32") -> Draw:
    """Integers of [-5, 5] (of [1, 5] when unsigned) without zero."""

    def draw(rng: np.random.RandomState) -> Array:
        sign = 1 if dtype.startswith("u") else rng.choice([-1, 1], shape)
        return np.asarray(rng.randint(1, 6, shape) * sign).astype(dtype)

    return draw


def bools(*shape: int) -> Draw:
    """Truth values."""
    return lambda rng: np.asarray(rng.randint(0, 2, shape)).astype(bool)


def plane(*shape: int, dtype: str = "complex128") -> Draw:
    """Complex numbers, none near zero."""

    def draw(rng: np.random.RandomState) -> Array:
        angle = rng.uniform(-np.pi, np.pi, shape)
        return np.asarray(rng.uniform(0.5, 2, shape) * np.exp(1j * angle)).astype(dtype)

    return draw


def given(values: Any, dtype: str | None = None) -> Draw:
    """These very values."""
    return lambda _rng: np.asarray(values, dtype=None if dtype is None else dtype_of(dtype))
