"""oneDNN's pooling gives what the reference kernels give."""

from __future__ import annotations

import importlib.util
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.kernels.onednn import maxima

_path = Path(__file__).with_name("nodes.py")
_spec = importlib.util.spec_from_file_location("onednn_nodes", _path)
assert _spec is not None and _spec.loader is not None
nodes = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(nodes)
kernels, numbers, assert_close = nodes.kernels, nodes.numbers, nodes.assert_close

GEOMETRIES = [  # image, kernel, stride, padding
    ((6, 8), (2, 2), (2, 2), "VALID"),
    ((7, 9), (2, 2), (2, 2), "VALID"),
    ((7, 9), (2, 2), (2, 2), "SAME"),
    ((7, 9), (3, 3), (2, 2), "SAME"),
    ((7, 9), (3, 2), (1, 1), "SAME"),
    ((7, 9), (3, 2), (2, 3), "VALID"),
    ((7, 9), (1, 1), (2, 2), "SAME"),
    ((6, 6), (6, 6), (1, 1), "VALID"),
    ((3, 4), (5, 7), (1, 2), "SAME"),
]
CHANNELS = [1, 6, 16, 33]
FORMATS = ["NHWC", "NCHW"]


def attributes(geometry: Any, data_format: str) -> dict[str, Any]:
    _, kernel, stride, padding = geometry
    first = data_format.startswith("NC")
    order = (lambda v: [1, 1, *v]) if first else (lambda v: [1, *v, 1])
    return {
        "ksize": order(kernel), "strides": order(stride), "padding": padding,
        "data_format": data_format,
    }  # fmt: skip


def images(geometry: Any, channels: int, data_format: str, few: bool = False) -> Any:
    shape = (3, *geometry[0], channels)
    x = numbers(shape)
    if few:  # few different numbers, so that windows have several maxima
        x = np.random.default_rng(1).integers(-2, 2, shape).astype(np.float32)
    first = data_format.startswith("NC")
    return np.ascontiguousarray(np.moveaxis(x, -1, 1)) if first else x


@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_maximum(geometry: Any, channels: int, data_format: str) -> None:
    attrs = attributes(geometry, data_format)
    x = images(geometry, channels, data_format, few=True)
    fast, reference = kernels("MaxPool", x, **attrs)
    y = reference(x)
    assert np.array_equal(fast(x), y)
    dy = numbers(y.shape, 2)
    fast, reference = kernels("MaxPoolGrad", x, y, dy, **attrs)
    assert_close(fast(x, y, dy), reference(x, y, dy))


@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_average(geometry: Any, channels: int, data_format: str) -> None:
    attrs = attributes(geometry, data_format)
    x = images(geometry, channels, data_format)
    fast, reference = kernels("AvgPool", x, **attrs)
    y = reference(x)
    assert_close(fast(x), y)
    shape, dy = np.array(x.shape, np.int32), numbers(y.shape, 2)
    fast, reference = kernels("AvgPoolGrad", shape, dy, **attrs)
    assert_close(fast(shape, dy), reference(shape, dy))


VOLUMES = [
    ((4, 6, 6), (2, 2, 2), (2, 2, 2), "VALID"),
    ((5, 6, 7), (3, 2, 3), (2, 1, 2), "SAME"),
    ((5, 4, 3), (2, 3, 2), (1, 2, 1), "VALID"),
]


@pytest.mark.parametrize("data_format", ["NDHWC", "NCDHW"])
@pytest.mark.parametrize("channels", [3, 16])
@pytest.mark.parametrize("geometry", VOLUMES)
def test_volumes(geometry: Any, channels: int, data_format: str) -> None:
    attrs = attributes(geometry, data_format)
    x = images(geometry, channels, data_format)
    for op_type in ("MaxPool3D", "AvgPool3D"):
        fast, reference = kernels(op_type, x, **attrs)
        assert_close(fast(x), reference(x))
    shape, dy = np.array(x.shape, np.int32), numbers(reference(x).shape, 2)
    fast, reference = kernels("AvgPool3DGrad", shape, dy, **attrs)
    assert_close(fast(shape, dy), reference(shape, dy))


HALF = ((4, 4), (2, 2), (2, 2), "SAME")


@pytest.mark.parametrize("special", [np.nan, np.inf, -np.inf, np.finfo(np.float32).min])
@pytest.mark.parametrize("everywhere", [False, True])
def test_special_numbers(special: float, everywhere: bool) -> None:
    attrs = attributes(HALF, "NHWC")
    x = images(HALF, 16, "NHWC")
    x[0, :2, :2, 3] = special
    x[1, 0, 0, 5] = special
    if everywhere:
        x[:] = special
    for op_type in ("MaxPool", "AvgPool"):
        fast, reference = kernels(op_type, x, **attrs)
        np.testing.assert_array_equal(np.isnan(fast(x)), np.isnan(reference(x)))
        np.testing.assert_allclose(fast(x), reference(x), 1e-5, 1e-6)
    fast, reference = kernels("MaxPool", x, **attrs)
    y, dy = reference(x), numbers((3, 2, 2, 16), 1)
    fast, reference = kernels("MaxPoolGrad", x, y, dy, **attrs)
    assert np.array_equal(fast(x, y, dy), reference(x, y, dy))
    dy[0, 0, 0, 3] = special
    np.testing.assert_array_equal(fast(x, y, dy), reference(x, y, dy))


def pooled(x: Any) -> tuple[Any, Any, Any]:
    """(a graph's images, their maxima, the gradient of half the sum of the maxima's squares)."""
    images = tf.placeholder(tf.float32, x.shape)
    y = tf.nn.max_pool(images, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
    return images, y, tf.gradients(tf.nn.l2_loss(y), images)[0]


def test_a_gradient_of_the_same_run_takes_what_the_forward_kernel_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken = []
    find = maxima.find
    monkeypatch.setattr(maxima, "find", lambda x, y: taken.append(find(x, y)) or taken[-1])
    x = numbers((3, 4, 4, 16))
    with tf.Graph().as_default(), tf.Session() as session:
        images, _, gradient = pooled(x)
        given = session.run(gradient, {images: x})
    assert taken[-1] is not None
    assert np.count_nonzero(given) == 3 * 2 * 2 * 16
    assert np.array_equal(given[given != 0], x[given != 0])
    assert not maxima._kept  # nothing outlives the arrays


def test_arrays_that_were_written_to_between_two_runs() -> None:
    x = numbers((3, 4, 4, 16))
    with tf.Graph().as_default(), tf.Session() as session:
        images, y, gradient = pooled(x)
        maximum = session.run(y, {images: x})
        x[:] = x[:, ::-1, ::-1]
        maximum[:] = maximum[:, ::-1, ::-1]
        given = session.run(gradient, {images: x, y: maximum})
    assert np.array_equal(given[given != 0], x[given != 0])
    assert np.array_equal(np.sort(given[given != 0]), np.sort(maximum, axis=None))


def test_an_output_that_is_not_the_maximum() -> None:
    attrs = attributes(HALF, "NHWC")
    x = images(HALF, 16, "NHWC", few=True)
    y, dy = np.zeros((3, 2, 2, 16), np.float32), numbers((3, 2, 2, 16))
    fast, reference = kernels("MaxPoolGrad", x, y, dy, **attrs)
    assert np.array_equal(fast(x, y, dy), reference(x, y, dy))


def test_arrays_that_lie_otherwise() -> None:
    attrs = attributes(HALF, "NHWC")
    whole = images(HALF, 16, "NHWC")
    raw = np.empty(whole.nbytes + 1, np.uint8)[1:].view(np.float32).reshape(whole.shape)
    raw[:] = whole
    turned = np.ascontiguousarray(whole.transpose(1, 2, 3, 0)).transpose(3, 0, 1, 2)
    for op_type in ("MaxPool", "AvgPool"):
        fast, reference = kernels(op_type, whole, **attrs)
        for x in (raw, turned, whole[::-1], np.broadcast_to(whole[:1], whole.shape)):
            assert_close(fast(x), reference(x))


def test_shapes_that_do_not_fit_are_told() -> None:
    attrs = attributes(HALF, "NHWC")
    x, y = images(HALF, 16, "NHWC"), numbers((3, 2, 2, 16))
    fast, _ = kernels("MaxPoolGrad", x, y, y, **attrs)
    with pytest.raises(ValueError, match="shape"):
        fast(x, y[:1], y[:1])


def test_no_images() -> None:
    attrs = attributes(HALF, "NHWC")
    x = images(HALF, 16, "NHWC")
    fast, _ = kernels("MaxPool", x, **attrs)
    assert fast(x[:0]).shape == (0, 2, 2, 16)


def test_batches_of_many_sizes_in_many_threads() -> None:
    attrs = attributes(HALF, "NHWC")
    x = numbers((40, 4, 4, 16))
    fast, reference = kernels("MaxPool", x, **attrs)
    sizes = [1 + i % 40 for i in range(200)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda n: fast(x[:n]), sizes))
    assert all(np.array_equal(y, reference(x[:n])) for y, n in zip(found, sizes, strict=True))
