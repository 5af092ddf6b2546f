"""oneDNN's convolutions give what the reference kernels give."""

from __future__ import annotations

import importlib.util
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flowgraph.runtime import blas

_path = Path(__file__).with_name("nodes.py")
_spec = importlib.util.spec_from_file_location("onednn_nodes", _path)
assert _spec is not None and _spec.loader is not None
nodes = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(nodes)
kernels, numbers, assert_close = nodes.kernels, nodes.numbers, nodes.assert_close

GEOMETRIES = [  # image, kernel, stride, dilation, padding, explicit paddings
    ((6, 6), (3, 3), (1, 1), (1, 1), "SAME", ()),
    ((6, 6), (3, 3), (1, 1), (1, 1), "VALID", ()),
    ((9, 8), (2, 3), (2, 1), (1, 1), "SAME", ()),
    ((9, 8), (3, 2), (1, 2), (1, 1), "VALID", ()),
    ((9, 10), (3, 3), (1, 1), (2, 3), "SAME", ()),
    ((9, 10), (3, 2), (2, 2), (2, 2), "VALID", ()),
    ((7, 7), (1, 1), (1, 1), (1, 1), "VALID", ()),
    ((7, 8), (1, 1), (2, 2), (1, 1), "SAME", ()),
    ((8, 8), (2, 2), (3, 3), (1, 1), "SAME", ()),
    ((5, 5), (5, 5), (1, 1), (1, 1), "VALID", ()),
    ((7, 5), (3, 5), (1, 1), (1, 1), "VALID", ()),  # as wide as the image
    ((7, 5), (3, 5), (2, 3), (2, 1), "VALID", ()),
    ((9, 5), (3, 3), (1, 1), (1, 2), "VALID", ()),
    ((6, 4), (2, 4), (1, 1), (1, 1), "EXPLICIT", ((1, 1), (0, 0))),
    ((6, 4), (6, 4), (1, 1), (1, 1), "EXPLICIT", ((0, 1), (0, 0))),
    ((2, 3), (5, 4), (1, 1), (1, 1), "SAME", ()),
    ((4, 6), (3, 3), (2, 1), (1, 1), "EXPLICIT", ((2, 1), (0, 3))),
    ((4, 6), (3, 3), (1, 1), (1, 1), "EXPLICIT", ((4, 3), (2, 5))),
]
CHANNELS = [(1, 1, 6), (3, 1, 4), (4, 2, 6), (16, 1, 17), (32, 4, 64)]  # channels, groups, outputs


def attributes(geometry: Any, data_format: str) -> dict[str, Any]:
    def order(spatial: Any, other: Any) -> list[Any]:
        return [other, *spatial, other] if data_format == "NHWC" else [other, other, *spatial]

    _, _, stride, dilation, padding, explicit = geometry
    pairs = order(explicit, (0, 0)) if explicit else []
    return {
        "strides": order(stride, 1), "padding": padding, "dilations": order(dilation, 1),
        "data_format": data_format, "explicit_paddings": [n for pair in pairs for n in pair],
    }  # fmt: skip


def arguments(depthwise: bool, geometry: Any, sizes: Any, data_format: str, batch: int = 3) -> Any:
    channels, groups, outputs = sizes
    last = (channels, 2) if depthwise else (channels // groups, outputs)
    x = numbers((batch, *geometry[0], channels))
    x = x if data_format == "NHWC" else np.ascontiguousarray(x.transpose(0, 3, 1, 2))
    return x, numbers((*geometry[1], *last), 1)


FAMILIES = [("Conv2D", False), ("DepthwiseConv2dNative", True)]


@pytest.mark.parametrize("family, depthwise", FAMILIES)
@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_equals_reference(family: str, depthwise: bool, geometry: Any, data_format: str) -> None:
    attrs = attributes(geometry, data_format)
    for sizes in CHANNELS:
        x, w = arguments(depthwise, geometry, sizes, data_format)
        check_family(family, ("BackpropInput", "BackpropFilter"), x, w, attrs)


def check_family(family: str, backward: Any, x: Any, w: Any, attrs: Any) -> None:
    actual, expected = kernels(family, x, w, **attrs)
    y = expected(x, w)
    assert_close(actual(x, w), y)
    dy = numbers(y.shape, 2)
    sizes = np.array(x.shape, np.int32), np.array(w.shape, np.int32)
    for suffix, given in zip(backward, ((sizes[0], w, dy), (x, sizes[1], dy)), strict=True):
        actual, expected = kernels(family + suffix, *given, **attrs)
        assert_close(actual(*given), expected(*given))


VOLUMES = [  # volume, kernel, stride, padding
    ((4, 5, 6), (2, 3, 3), (1, 1, 1), "SAME"),
    ((4, 5, 6), (3, 2, 3), (2, 1, 2), "VALID"),
    ((3, 6, 6), (1, 1, 1), (1, 2, 2), "SAME"),
    ((5, 4, 4), (3, 3, 3), (2, 2, 2), "SAME"),
]


@pytest.mark.parametrize("data_format", ["NDHWC", "NCDHW"])
@pytest.mark.parametrize("volume, kernel, stride, padding", VOLUMES)
def test_volumes(volume: Any, kernel: Any, stride: Any, padding: str, data_format: str) -> None:
    last = data_format == "NDHWC"
    attrs = {
        "strides": [1, *stride, 1] if last else [1, 1, *stride], "padding": padding,
        "data_format": data_format,
    }  # fmt: skip
    for channels, outputs in ((1, 4), (3, 5), (16, 16)):
        shape = (2, *volume, channels) if last else (2, channels, *volume)
        w = numbers((*kernel, channels, outputs), 1)
        check_family("Conv3D", ("BackpropInputV2", "BackpropFilterV2"), numbers(shape), w, attrs)


def test_arrays_that_lie_badly() -> None:
    """Not contiguous, turned, one byte beside, read-only."""
    attrs = attributes(GEOMETRIES[0], "NHWC")
    x, w = arguments(False, GEOMETRIES[0], (16, 1, 16), "NHWC")
    actual, _ = kernels("Conv2D", x, w, **attrs)
    expected = actual(x, w)
    wide = np.empty((3, 6, 6, 32), np.float32)
    wide[..., ::2] = x
    turned = np.asfortranarray(x)
    beside = np.empty(x.nbytes + 1, np.uint8)[1:].view(np.float32).reshape(x.shape)
    beside[...] = x
    assert not beside.flags.aligned
    read_only = x.copy()
    read_only.flags.writeable = False
    for array in (wide[..., ::2], turned, beside, read_only):
        np.testing.assert_array_equal(actual(array, w), expected)


def test_empty_batches_and_batches_that_change() -> None:
    geometry = GEOMETRIES[2]
    attrs = attributes(geometry, "NHWC")
    x, w = arguments(False, geometry, (16, 1, 16), "NHWC")
    actual, expected = kernels("Conv2D", x, w, **attrs)
    for batch in (1, 0, 5, 2, 0, 1, *range(3, 90)):  # more than a kernel remembers
        x, _ = arguments(False, geometry, (16, 1, 16), "NHWC", batch)
        got = actual(x, w)
        assert got.shape[0] == batch
        if batch < 6:
            assert_close(got, expected(x, w))


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none(number: float) -> None:
    for channels in (1, 3, 16):
        attrs = attributes(GEOMETRIES[0], "NHWC")
        x, w = arguments(False, GEOMETRIES[0], (channels, 1, 17), "NHWC")
        x[1, 2, 3, 0] = number
        actual, expected = kernels("Conv2D", x, w, **attrs)
        assert_close(actual(x, w), expected(x, w))
        w[1, 1, 0, 3] = number
        with np.errstate(invalid="ignore"):
            assert_close(actual(x, w), expected(x, w))


def test_shapes_that_do_not_fit_are_errors() -> None:
    attrs = attributes(GEOMETRIES[0], "NHWC")
    x, w = arguments(False, GEOMETRIES[0], (4, 1, 4), "NHWC")
    actual, _ = kernels("Conv2D", x, w, **attrs)
    with pytest.raises(ValueError, match="channels"):
        actual(x[..., :3], w)
    backward, _ = kernels("Conv2DBackpropInput", np.array(x.shape, np.int32), w, x, **attrs)
    with pytest.raises(ValueError, match="shape"):
        backward(np.array(x.shape, np.int32), w, x[:, :5])


def test_many_threads_at_once() -> None:
    """Calls of one kernel from several threads, for one and for several threads inside."""
    attrs = attributes(((24, 24), (3, 3), (1, 1), (1, 1), "SAME", ()), "NHWC")
    w = numbers((3, 3, 16, 24), 1)
    images = [numbers((4, 24, 24, 16), seed) for seed in range(12)]
    dy = numbers((4, 24, 24, 24), 2)
    sizes = np.array(w.shape, np.int32)
    forward, _ = kernels("Conv2D", images[0], w, **attrs)
    backward, _ = kernels("Conv2DBackpropFilter", images[0], sizes, dy, **attrs)

    def both(x: Any) -> Any:
        return forward(x, w), backward(x, sizes, dy)

    before = blas.kernel_threads()
    try:
        for inside in (1, 2):
            blas.use_threads(inside)
            alone = [both(x) for x in images]
            with ThreadPoolExecutor(6) as pool:
                for got, expected in zip(pool.map(both, images * 5), alone * 5, strict=True):
                    np.testing.assert_array_equal(got[0], expected[0])
                    np.testing.assert_array_equal(got[1], expected[1])
    finally:
        blas.use_threads(before)
