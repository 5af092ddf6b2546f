"""The generator gives TensorFlow's numbers, advances as TensorFlow's does, and is random."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flowgraph.ops import _philox as philox
from flowgraph.ops._philox import PhiloxState

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "philox.npz")
STRIDE = 19_997  # as in record_philox.py
LONG = 1_000_003
FLOATS = {"float16": 1, "bfloat16": 1, "float32": 4, "float64": 4}  # ulp allowed to the normals
DISTRIBUTIONS = ("uniform", "normal", "truncated_normal")
SEEDS = (87654321, 42)


def named_dtype(name: str) -> np.dtype[Any]:
    if name == "bfloat16":
        return np.dtype(pytest.importorskip("ml_dtypes").bfloat16)
    return np.dtype(name)


def draw(state: PhiloxState, op: str, dtype: str, size: int, bounds: list[int]) -> Any:
    if op == "shuffle_permutation":
        return philox.shuffle_permutation(state, size).astype(dtype)
    if op == "uniform_int":
        return philox.uniform_int(state, [size], *bounds, dtype=dtype)
    return getattr(philox, op)(state, [size], named_dtype(dtype))


def as_ordered_integers(values: Any) -> Any:
    """Floats' bits as integers: neighbours of one sign differ by 1."""
    return values.view(f"i{values.itemsize}").astype(np.int64)


@pytest.mark.parametrize("name", GOLDEN.files)
def test_equals_tensorflow_over_three_executions(name: str) -> None:
    op, dtype, seed, seed2, size, *bounds = name.split()
    state = PhiloxState(int(seed), int(seed2))
    for expected in GOLDEN[name]:
        got = draw(state, op, dtype, int(size), [int(bound) for bound in bounds])
        assert got.dtype == named_dtype(dtype)
        got = got[::STRIDE] if got.size == LONG else got
        if op.endswith("normal"):
            ulp = np.abs(as_ordered_integers(got) - as_ordered_integers(expected))
            assert ulp.max() <= FLOATS[dtype]
            assert np.sum(ulp > 0) <= 2 + 0.1 * ulp.size
        else:
            assert got.tobytes() == expected.tobytes()


def test_block_equals_the_papers_known_answer() -> None:
    # Random123's kat_vectors for philox4x32 10: the digits of pi as counter and key.
    state = PhiloxState(seed=0x299F31D0_A4093822, seed2=0x03707344_13198A2E)
    words = philox.words(state, 0x85A308D3_243F6A88, 4)
    assert [hex(word) for word in words] == ["0xd16cfe09", "0x94fdcceb", "0x5001e420", "0x24126ea1"]


@pytest.mark.parametrize("op", DISTRIBUTIONS)
@pytest.mark.parametrize("size", [0, 1, 5, 1000])
def test_each_output_reserves_256_blocks(op: str, size: int) -> None:
    state = PhiloxState(*SEEDS)
    getattr(philox, op)(state, size)
    assert state.consumed == 256 * size


def test_integers_reserve_256_blocks_an_output_and_a_shuffle_a_word_a_swap() -> None:
    state = PhiloxState(*SEEDS)
    philox.uniform_int(state, (3, 5), 0, 7, np.int64)
    assert state.consumed == 256 * 15
    state = PhiloxState(*SEEDS)
    consumed = []
    for n in (0, 1, 2, 5, 6):
        philox.shuffle_permutation(state, n)
        consumed.append(state.consumed)
    assert consumed == [0, 0, 1, 2, 4]


@pytest.mark.parametrize("op", DISTRIBUTIONS)
def test_state_resumes_where_another_stopped(op: str) -> None:
    whole = PhiloxState(*SEEDS)
    getattr(philox, op)(whole, 10)
    resumed = PhiloxState(*SEEDS, consumed=whole.consumed)
    np.testing.assert_array_equal(getattr(philox, op)(whole, 9), getattr(philox, op)(resumed, 9))


@pytest.mark.parametrize("op", DISTRIBUTIONS)
@pytest.mark.parametrize("dtype", FLOATS)
def test_a_short_result_begins_a_long_one(op: str, dtype: str) -> None:
    long = draw(PhiloxState(*SEEDS), op, dtype, 70_001, [])
    short = draw(PhiloxState(*SEEDS), op, dtype, 33, [])
    np.testing.assert_array_equal(short, long[:33])


@pytest.mark.parametrize("shape", [(), 3, (2, 3), [2, 0, 3], np.array([2, 3])])
def test_shapes(shape: Any) -> None:
    expected = np.empty(shape).shape
    for op in DISTRIBUTIONS:
        assert getattr(philox, op)(PhiloxState(*SEEDS), shape).shape == expected
    assert philox.uniform_int(PhiloxState(*SEEDS), shape, 0, 2).shape == expected


def test_seeds_of_zero_are_drawn_anew() -> None:
    first, second = philox.uniform(PhiloxState(0, 0), 4), philox.uniform(PhiloxState(), 4)
    assert not np.array_equal(first, second)


def test_errors() -> None:
    state = PhiloxState(*SEEDS)
    with pytest.raises(TypeError, match="int32"):
        philox.uniform(state, 3, np.int32)
    with pytest.raises(TypeError, match="float32"):
        philox.uniform_int(state, 3, 0, 5, np.float32)
    with pytest.raises(ValueError, match="Need minval < maxval, got 5 >= 5"):
        philox.uniform_int(state, 3, 5, 5)
    assert philox.uniform_int(state, 0, 5, 5).size == 0
    assert state.consumed == 0


def normal_cdf(x: float) -> float:
    return (1 + math.erf(x / math.sqrt(2))) / 2


def truncated_cdf(x: float) -> float:
    return (normal_cdf(x) - normal_cdf(-2)) / (normal_cdf(2) - normal_cdf(-2))


@pytest.mark.parametrize(
    ("op", "cdf", "mean", "deviation"),
    [
        ("uniform", lambda x: x, 0.5, math.sqrt(1 / 12)),
        ("normal", normal_cdf, 0.0, 1.0),
        ("truncated_normal", truncated_cdf, 0.0, 0.8796256610342398),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_distribution(op: str, cdf: Any, mean: float, deviation: float, dtype: str) -> None:
    size = 50_000
    values = np.sort(draw(PhiloxState(*SEEDS), op, dtype, size, [])).astype(np.float64)
    error = deviation / math.sqrt(size)
    assert abs(values.mean() - mean) < 4 * error
    assert abs(values.std() - deviation) < 4 * error
    # Kolmogorov and Smirnov: beyond 1.63 / sqrt(size) once in a hundred seeds.
    expected = np.array([cdf(x) for x in values])
    empirical = np.arange(size + 1) / size
    distance = max((expected - empirical[:-1]).max(), (empirical[1:] - expected).max())
    assert distance < 1.63 / math.sqrt(size)


def test_bounds() -> None:
    assert np.abs(philox.truncated_normal(PhiloxState(*SEEDS), 100_000)).max() < 2
    uniforms = philox.uniform(PhiloxState(*SEEDS), 100_000)
    assert uniforms.min() >= 0
    assert uniforms.max() < 1
    counts = np.bincount(philox.uniform_int(PhiloxState(*SEEDS), 100_000, 0, 10))
    assert np.abs(counts - 10_000).max() < 4 * math.sqrt(100_000 * 0.1 * 0.9)
    order = philox.shuffle_permutation(PhiloxState(*SEEDS), 1000)
    np.testing.assert_array_equal(np.sort(order), np.arange(1000))


@pytest.mark.parametrize("shape", [(), (3,), (2, 2)])
def test_small_draws_that_follow_each_other_are_what_each_would_be_alone(shape):
    together = PhiloxState(*SEEDS)
    for i in range(150):  # past the runs that are made at once, and back to a single one
        alone = PhiloxState(*SEEDS, consumed=together.consumed)
        if i == 100:
            assert philox.uniform_int(together, 5, 0, 9).tolist() == (
                philox.uniform_int(alone, 5, 0, 9).tolist()
            )
            continue
        assert philox.uniform(together, shape).tolist() == philox.uniform(alone, shape).tolist()
