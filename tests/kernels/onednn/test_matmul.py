"""oneDNN's products of matrices give what the reference kernels give."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flowgraph.kernels.onednn import matmul

_path = Path(__file__).with_name("nodes.py")
_spec = importlib.util.spec_from_file_location("onednn_nodes", _path)
assert _spec is not None and _spec.loader is not None
nodes = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(nodes)
kernels, numbers, assert_close = nodes.kernels, nodes.numbers, nodes.assert_close


@pytest.fixture(autouse=True)
def _small_ones_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matmul, "WORTH", 0)


def turned(x: Any, turn: bool) -> Any:
    return np.ascontiguousarray(x.swapaxes(-1, -2)) if turn else x


SIZES = [(1, 1, 1), (2, 3, 4), (17, 33, 9), (64, 64, 64), (5, 1, 3), (1, 40, 8), (8, 40, 1)]


@pytest.mark.parametrize("turn_a", [False, True])
@pytest.mark.parametrize("turn_b", [False, True])
def test_matrices(turn_a: bool, turn_b: bool) -> None:
    for rows, inner, columns in SIZES:
        a, b = turned(numbers((rows, inner)), turn_a), turned(numbers((inner, columns), 1), turn_b)
        actual, expected = kernels("MatMul", a, b, transpose_a=turn_a, transpose_b=turn_b)
        assert_close(actual(a, b), expected(a, b))


BATCHES = [
    ((3,), (3,)), ((2, 3), (2, 3)), ((2, 3), (3,)), ((1,), (4,)), ((2, 1), (1, 5)), ((), (3,)),
]  # fmt: skip


@pytest.mark.parametrize("turn_a", [False, True])
@pytest.mark.parametrize("turn_b", [False, True])
def test_batches(turn_a: bool, turn_b: bool) -> None:
    for left, right in BATCHES:
        for rows, inner, columns in ((2, 3, 4), (16, 20, 33)):
            a = turned(numbers((*left, rows, inner)), turn_a)
            b = turned(numbers((*right, inner, columns), 1), turn_b)
            actual, expected = kernels("BatchMatMulV2", a, b, adj_x=turn_a, adj_y=turn_b)
            assert_close(actual(a, b), expected(a, b))


def test_empty_ones_and_sizes_that_change() -> None:
    b = numbers((16, 8), 1)
    actual, expected = kernels("MatMul", numbers((4, 16)), b)
    for rows in (4, 0, 7, 2, 0, 4):
        a = numbers((rows, 16))
        assert_close(actual(a, b), expected(a, b))
    nothing = actual(numbers((4, 0)), numbers((0, 8)))
    assert nothing.shape == (4, 8) and not nothing.any()


def test_views_and_numbers_that_are_none() -> None:
    a, b = numbers((16, 16)), numbers((16, 16), 1)
    a[3, 4], a[5, 5] = np.nan, np.inf
    actual, expected = kernels("MatMul", a, b)
    for x in (a, a.T, a[::-1], a[:, ::2].repeat(2, 1)):
        assert_close(actual(x, b), np.ascontiguousarray(expected(x, b)))


def test_sizes_that_do_not_fit_are_errors() -> None:
    actual, _ = kernels("MatMul", numbers((4, 8)), numbers((8, 4)))
    with pytest.raises(Exception, match="incompatible"):
        actual(numbers((4, 8)), numbers((4, 8)))
