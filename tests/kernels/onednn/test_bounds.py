"""What is known of the size of numbers never hides a NaN or an infinity."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.core import kernel_registry
from flowgraph.kernels.numpy_fast import _images
from flowgraph.kernels.onednn import bounds, weights
from flowgraph.runtime import callable as tiers

SHAPE = (4, 16, 16, 16)


def numbers(shape: Any, seed: int = 0) -> Any:
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


@pytest.fixture(autouse=True)
def _all_arrays(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(bounds, "_WORTH", 1)
    monkeypatch.setattr(tiers, "HOT_RUNS", 2)
    with tf.Graph().as_default():
        yield


def layer(x: Any, w: Any, act: Any = tf.nn.relu) -> Any:
    return act(tf.nn.bias_add(tf.nn.conv2d(x, w, [1] * 4, "VALID"), numbers((16,), 9)))


def deep(x: Any, *ws: Any) -> Any:
    h = layer(x, ws[0])
    h = tf.nn.max_pool(h, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
    h = layer(h, ws[1], tf.tanh)
    h = tf.nn.avg_pool(h, [1, 2, 2, 1], [1, 1, 1, 1], "SAME")
    return [h, layer(h, ws[2])]


def check(build: Any, *arrays: Any) -> Any:
    """Compares several runs with what the reference kernels give."""
    fed = [tf.placeholder(tf.float32, a.shape) for a in arrays]
    fetches = build(*fed)
    feeds = dict(zip(fed, arrays, strict=True))
    with tf.Session() as session:
        found = [session.run(fetches, feeds) for _ in range(4)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel_registry, "libraries", lambda: ())
        with tf.Session() as session:
            expected = session.run(fetches, feeds)
    for values in found:
        for a, b in zip(values, expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)
    return expected


WS = [numbers((3, 3, 16, 16), k) / 8 for k in range(3)]


@pytest.mark.parametrize("number", [0.0, np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", range(4))
def test_a_number_that_is_none_in_the_image_or_a_filter(place: int, number: float) -> None:
    arrays = [numbers(SHAPE), *[w.copy() for w in WS]]
    arrays[place].reshape(-1)[7] = number
    check(deep, *arrays)


def test_what_grows_beyond_all_bounds() -> None:
    huge = [w * np.float32(1e18) for w in WS]
    build = lambda x, a, b, c: [tf.is_finite(layer(layer(layer(x, a), b), c, tf.abs))]  # noqa: E731
    (finite,) = check(build, numbers(SHAPE), *huge)
    assert not finite.all()


def test_numbers_that_take_the_place_of_bounded_ones() -> None:
    """A cluster writes infinities where a convolution's numbers lay."""

    def build(x: Any, a: Any, b: Any) -> Any:
        h = layer(x, a)
        return [layer(tf.exp(h * 100.0) * 2.0, b)]

    expected = check(build, numbers(SHAPE), *WS[:2])
    assert np.isnan(expected[0]).any()


def test_each_array_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[Any] = []
    length, finite = weights.length, _images.all_finite
    from flowgraph.kernels.onednn import fusions

    monkeypatch.setattr(fusions, "length", lambda a: looks.append(a.shape) or length(a))
    monkeypatch.setattr(bounds, "all_finite", lambda a: looks.append(a.shape) or finite(a))
    x = tf.placeholder(tf.float32, SHAPE)
    fetches = deep(x, *map(tf.constant, WS))
    with tf.Session() as session:
        for _ in range(3):
            session.run(fetches, {x: numbers(SHAPE)})
        looks.clear()
        session.run(fetches, {x: numbers(SHAPE)})
    assert [shape for shape in looks if len(shape) == 4] == [SHAPE]


def test_a_bound_ends_with_its_run() -> None:
    array = numbers((100,))
    bounds.keep(array, 5.0)
    assert bounds.find(array) == 5.0
    assert bounds.find(array.view()) is None
    with tf.Session() as session:
        session.run(tf.constant(1.0) + 1.0)
    assert bounds.find(array) is None
