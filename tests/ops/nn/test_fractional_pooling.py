"""Fractional pooling: bad input, chance, sequences that are given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import flowgraph as tf

IMAGE = np.random.RandomState(0).permutation(2 * 9 * 8 * 1).reshape(2, 9, 8, 1).astype(np.float32)
KINDS = ("max", "avg")


@pytest.fixture(autouse=True)
def _graph() -> Iterator[None]:
    with tf.Graph().as_default():
        yield


def run(*tensors: Any, feeds: Any = None) -> Any:
    with tf.Session() as session:
        return session.run(tensors if len(tensors) > 1 else tensors[0], feeds)


def pool(kind: str, value: Any = IMAGE, ratio: Any = (1, 1.5, 1.6, 1), **more: Any) -> Any:
    return getattr(tf.nn, f"fractional_{kind}_pool")(value, list(ratio), **more)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pseudo_random", [False, True])
@pytest.mark.parametrize("overlapping", [False, True])
def test_windows_cover_the_image(kind: str, pseudo_random: bool, overlapping: bool) -> None:
    pooled = pool(kind, pseudo_random=pseudo_random, overlapping=overlapping)
    assert pooled.row_pooling_sequence.shape.as_list() == [7]
    output, rows, columns = run(*pooled)
    assert (rows[0], rows[-1], columns[0], columns[-1]) == (0, 9, 0, 8)
    reach = int(overlapping)
    for i in range(6):
        for j in range(5):
            window = IMAGE[:, rows[i] : rows[i + 1] + reach, columns[j] : columns[j + 1] + reach]
            expected = getattr(np, {"max": "max", "avg": "mean"}[kind])(window, (1, 2))
            np.testing.assert_allclose(output[:, i, j], expected, rtol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_seeds_tell_the_windows(kind: str) -> None:
    image = np.zeros((1, 50, 3, 1), np.float32)

    def rows(**more: Any) -> list[list[int]]:
        sequence = pool(kind, image, (1, 1.4, 1, 1), **more).row_pooling_sequence
        with tf.Session() as session:
            return [session.run(sequence).tolist() for _ in range(3)]

    first, second, third = rows(deterministic=True, seed=3, seed2=4)
    assert first == second == third == rows(deterministic=True, seed=3, seed2=4)[0]
    assert first != rows(deterministic=True, seed=3, seed2=5)[0]
    chance = rows()
    assert chance[0] != chance[1] or chance[1] != chance[2]
    fixed = rows(deterministic=True)
    assert fixed[0] == fixed[1] == fixed[2]


@pytest.mark.parametrize("kind", KINDS)
def test_what_does_not_fit(kind: str) -> None:
    with pytest.raises(ValueError, match="4 dimensions"):
        pool(kind, ratio=(1, 1.5))
    with pytest.raises(ValueError, match="rank 4"):
        pool(kind, IMAGE[0])
    for options, error, said in (
        ({"ratio": (2, 1, 1, 1)}, tf.errors.UnimplementedError, "batch and channels"),
        ({"ratio": (1, 0.5, 1, 1)}, tf.errors.InvalidArgumentError, "smaller than 1"),
        ({"seed": 3}, tf.errors.InvalidArgumentError, "deterministic"),
        ({"ratio": (1, 20, 1, 1)}, tf.errors.InvalidArgumentError, "No window"),
    ):
        with pytest.raises(error, match=said):
            run(pool(kind, **options).output)


@pytest.mark.parametrize("rows", [[0, 3, 2, 9], [0, 4, 10], [-1, 4, 9]])
def test_the_gradients_refuse_sequences_that_do_not_grow(rows: list[int]) -> None:
    grads = np.ones((2, len(rows) - 1, 1, 1), np.float32)
    sequences = {"row_pooling_sequence": rows, "col_pooling_sequence": [0, 8]}
    with pytest.raises(tf.errors.InvalidArgumentError, match="pooling sequence"):
        run(tf.raw_ops.FractionalMaxPoolGrad(
            orig_input=IMAGE, orig_output=grads, out_backprop=grads, **sequences
        ))  # fmt: skip
    with pytest.raises(tf.errors.InvalidArgumentError, match="pooling sequence"):
        run(tf.raw_ops.FractionalAvgPoolGrad(
            orig_input_tensor_shape=[2, 9, 8, 1], out_backprop=grads, **sequences
        ))  # fmt: skip


def test_the_gradients_refuse_another_shape() -> None:
    grads = np.ones((2, 3, 1, 1), np.float32)
    sequences = {"row_pooling_sequence": [0, 4, 9], "col_pooling_sequence": [0, 8]}
    with pytest.raises(tf.errors.InvalidArgumentError, match="pooled shape"):
        run(tf.raw_ops.FractionalMaxPoolGrad(
            orig_input=IMAGE, orig_output=grads, out_backprop=grads, **sequences
        ))  # fmt: skip
