"""2-D convolution: the reference returns TensorFlow's numbers, the fast kernels the reference's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from flowgraph.kernels.numpy_fast import _blocks
from flowgraph.kernels.numpy_fast import conv as fast
from flowgraph.ops.nn import _conv_reference as reference
from flowgraph.ops.nn._window import Padding, window_span

GOLDEN = Path(__file__).parent.parent / "golden" / "conv.npz"
TOLERANCE = {"float64": 1e-12, "float32": 2e-4, "float16": 4e-3, "bfloat16": 3e-2}

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
    ((2, 3), (5, 4), (1, 1), (1, 1), "SAME", ()),
    ((4, 6), (3, 3), (2, 1), (1, 1), "EXPLICIT", ((2, 1), (0, 3))),
    ((4, 6), (3, 3), (1, 1), (1, 1), "EXPLICIT", ((4, 3), (2, 5))),
    ((3, 6), (4, 2), (1, 1), (1, 1), "VALID", ()),  # no output row
]
CHANNELS = [(1, 1, 6), (3, 1, 4), (4, 2, 6), (16, 1, 16)]  # channels, groups, outputs


def attributes(geometry: Any, data_format: str) -> dict[str, Any]:
    """The op's attributes for a case, in the order of its data format."""

    def order(spatial: Any, other: Any) -> list[Any]:
        first, last = (other, other)
        nhwc = [first, *spatial, last]
        return nhwc if data_format == "NHWC" else [first, last, *spatial]

    _, _, stride, dilation, padding, explicit = geometry
    pairs = order(explicit, (0, 0)) if explicit else []
    return {
        "strides": order(stride, 1),
        "padding": padding,
        "dilations": order(dilation, 1),
        "data_format": data_format,
        "explicit_paddings": [number for pair in pairs for number in pair],
    }


def to_format(x: Any, data_format: str) -> Any:
    return x if data_format == "NHWC" else np.ascontiguousarray(x.transpose(0, 3, 1, 2))


def numbers(shape: Any, dtype: Any = np.float32, seed: int = 0) -> Any:
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def assert_close(actual: Any, expected: Any) -> None:
    assert actual.dtype == expected.dtype
    assert actual.shape == expected.shape
    tolerance = TOLERANCE[str(actual.dtype)]
    wide = expected.astype(np.float64)
    scale = max(np.abs(wide).max(initial=0), 1)
    np.testing.assert_allclose(actual.astype(np.float64), wide, rtol=0, atol=tolerance * scale)


def conv_arguments(op: str, attrs: Any, geometry: Any, sizes: Any, dtype: Any) -> tuple[Any, ...]:
    """Random arguments of one of the three (depthwise) convolution kernels."""
    (channels, groups, outputs), batch = sizes, 3
    shape = (channels, 2) if "depthwise" in op else (channels // groups, outputs)
    data_format = attrs["data_format"]
    x = to_format(numbers((batch, *geometry[0], channels), dtype), data_format)
    w = numbers((*geometry[1], *shape), dtype, seed=1)
    forward = "bind_depthwise_conv2d" if "depthwise" in op else "bind_conv2d"
    y = getattr(reference, forward)(np, **attrs)(x, w)
    dy = numbers(y.shape, dtype, seed=2)
    if op.endswith("input"):
        return x.shape, w, dy
    return (x, np.array(w.shape), dy) if op.endswith("filter") else (x, w)


OPS = [
    prefix + suffix
    for prefix in ("bind_conv2d", "bind_depthwise_conv2d")
    for suffix in ("", "_backprop_input", "_backprop_filter")
]


@pytest.mark.parametrize("op", OPS)
@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_fast_equals_reference(op: str, geometry: Any, data_format: str) -> None:
    attrs = attributes(geometry, data_format)
    for sizes in CHANNELS:
        arguments = conv_arguments(op, attrs, geometry, sizes, np.float64)
        expected = getattr(reference, op)(np, **attrs)(*arguments)
        actual = getattr(fast, op)(**attrs)(*arguments)
        assert_close(actual, expected)
        assert actual.flags.c_contiguous


@pytest.mark.parametrize("dtype", [np.float32, np.float16, ml_dtypes.bfloat16])
@pytest.mark.parametrize("op", OPS)
def test_every_dtype(op: str, dtype: Any) -> None:
    attrs = attributes(GEOMETRIES[0], "NHWC")
    arguments = conv_arguments(op, attrs, GEOMETRIES[0], (3, 1, 4), dtype)
    expected = getattr(reference, op)(np, **attrs)(*arguments)
    assert expected.dtype == dtype
    assert_close(getattr(fast, op)(**attrs)(*arguments), expected)


@pytest.mark.parametrize("block", [1, 2, 3, 6, 12])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("op", OPS[:3])
def test_blocks_of_any_size(
    op: str, stride: int, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever block the cost model picks, and however few images fit a chunk."""

    def choose(sizes: Any, itemsize: int, cost: Any) -> tuple[Any, float]:
        return _blocks._blocks_of(sizes, block, itemsize), 0.0

    geometry = ((5, 12 * stride), (3, 3), (stride, stride), (1, 1), "SAME", ())
    attrs = attributes(geometry, "NHWC")
    arguments = conv_arguments(op, attrs, geometry, (2, 1, 3), np.float64)
    expected = getattr(reference, op)(np, **attrs)(*arguments)
    monkeypatch.setattr(_blocks, "_best", choose)
    for chunk_bytes in (1, 1 << 21):
        monkeypatch.setattr(_blocks, "_CHUNK_BYTES", chunk_bytes)
        assert_close(getattr(fast, op)(**attrs)(*arguments), expected)


def test_input_gradient_by_the_turned_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_blocks, "_add_cost", lambda blocks: float("inf"))
    for geometry in GEOMETRIES:
        attrs = attributes(geometry, "NHWC")
        arguments = conv_arguments("input", attrs, geometry, (3, 1, 4), np.float64)
        expected = reference.bind_conv2d_backprop_input(np, **attrs)(*arguments)
        assert_close(fast.bind_conv2d_backprop_input(**attrs)(*arguments), expected)


@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
def test_infinities_reach_only_the_windows_that_see_them(bad: float) -> None:
    attrs = attributes(((28, 28), (5, 5), (1, 1), (1, 1), "SAME", ()), "NHWC")
    x, w = numbers((8, 28, 28, 1)), np.abs(numbers((5, 5, 1, 6), seed=1))
    x[3, 14, 14, 0] = bad
    y = fast.bind_conv2d(**attrs)(x, w)
    assert np.argwhere(~np.isfinite(y[3, :, :, 0])).min() == 12
    assert np.count_nonzero(~np.isfinite(y)) == 25 * 6
    dy = np.ones_like(y)
    dy[3, 14, 14, :] = bad
    dx = fast.bind_conv2d_backprop_input(**attrs)(x.shape, w, dy)
    assert np.count_nonzero(~np.isfinite(dx)) == 25


@pytest.mark.parametrize("op", OPS)
def test_empty_batch(op: str) -> None:
    attrs = attributes(GEOMETRIES[0], "NHWC")
    shape = (3, 3, 4, 2)
    x, dy = np.zeros((0, 6, 6, 4), "f"), np.zeros((0, 6, 6, 8 if "depth" in op else 2), "f")
    result = getattr(fast, op)(**attrs)(
        *{"input": (x.shape, np.ones(shape, "f"), dy), "filter": (x, shape, dy)}.get(
            op.rsplit("_", 1)[-1], (x, np.ones(shape, "f"))
        )
    )
    assert result.shape == (shape if op.endswith("filter") else (0, 6, 6, result.shape[3]))
    assert not result.any()


def test_one_kernel_in_many_threads() -> None:
    conv = fast.bind_conv2d((1, 1, 1, 1), "SAME")
    w = numbers((5, 5, 3, 8))
    images = [numbers((1 + i % 5, 12, 12, 3), seed=i) for i in range(40)]
    expected = [conv(x, w) for x in images]
    with ThreadPoolExecutor(8) as pool:
        for actual, wanted in zip(pool.map(lambda x: conv(x, w), images), expected, strict=True):
            np.testing.assert_array_equal(actual, wanted)


def test_inputs_may_be_read_only_and_strided() -> None:
    attrs = attributes(GEOMETRIES[1], "NHWC")
    x = np.broadcast_to(numbers((1, 6, 6, 1)), (4, 6, 6, 3))
    w = numbers((3, 3, 6, 4))[:, :, ::2]
    expected = reference.bind_conv2d(np, **attrs)(x, w)
    assert_close(fast.bind_conv2d(**attrs)(x, w), expected)


def test_a_result_is_never_a_view_of_an_argument() -> None:
    x = numbers((2, 3, 3, 1))
    y = fast.bind_conv2d((1, 1, 1, 1), "VALID")(x, np.ones((1, 1, 1, 1), "f"))
    assert not np.shares_memory(x, y)


BAD_BINDINGS = [
    ({"strides": (2, 1, 1, 1), "padding": "SAME"}, "strides must be 1 in the batch and channel"),
    ({"strides": (1, 0, 1, 1), "padding": "SAME"}, "strides must be positive"),
    ({"strides": (1, 1), "padding": "SAME"}, "strides must have 4 entries"),
    ({"strides": (1, 1, 1, 1), "padding": "FULL"}, "padding must be SAME, VALID or EXPLICIT"),
    ({"strides": (1, 1, 1, 1), "padding": "EXPLICIT"}, "explicit_paddings must be 8 numbers"),
    ({"strides": (1, 1, 1, 1), "padding": "SAME", "data_format": "HWNC"}, "data_format must be"),
    (
        {"strides": (1, 1, 1, 1), "padding": "EXPLICIT", "explicit_paddings": [0, 1] * 4},
        "must be 0 for batch and channels",
    ),
]


@pytest.mark.parametrize(("attrs", "message"), BAD_BINDINGS)
def test_wrong_attributes_are_named(attrs: Any, message: str) -> None:
    for bind in (fast.bind_conv2d, partial(reference.bind_conv2d, np)):
        with pytest.raises(ValueError, match=message):
            bind(**attrs)


BAD_SHAPES = [
    ((1, 3, 8, 4), (5, 3, 4, 2), r"negative \(-1\): input size 3, .* spans 5"),
    ((1, 8, 8, 4), (3, 3, 3, 2), r"input channels \(4\) must be a multiple .* \(3\)"),
    ((1, 8, 8, 4), (3, 3, 2, 3), r"output channels \(3\) must be a multiple .* \(2 = 4 / 2\)"),
    ((8, 8, 4), (3, 3, 4, 2), r"expected 4 dimensions .* \(8, 8, 4\)"),
    ((1, 8, 8, 4), (3, 4, 2), r"a filter has 4 dimensions, got shape \(3, 4, 2\)"),
]


@pytest.mark.parametrize(("x_shape", "w_shape", "message"), BAD_SHAPES)
def test_sizes_that_do_not_fit_are_named(x_shape: Any, w_shape: Any, message: str) -> None:
    for bind in (fast.bind_conv2d, partial(reference.bind_conv2d, np)):
        with pytest.raises(ValueError, match=message):
            bind(strides=(1, 1, 1, 1), padding="VALID")(np.ones(x_shape), np.ones(w_shape))


def test_a_gradient_of_the_wrong_shape_is_named() -> None:
    for bind in (
        fast.bind_conv2d_backprop_input,
        partial(reference.bind_conv2d_backprop_input, np),
    ):
        with pytest.raises(
            ValueError, match=r"dy.* has shape \(1, 5, 4, 2\), expected \(1, 4, 4, 2\)"
        ):
            bind(strides=(1, 1, 1, 1), padding="SAME")(
                (1, 4, 4, 3), np.ones((3, 3, 3, 2)), np.ones((1, 5, 4, 2))
            )


def test_window_span_as_tensorflow_places_it() -> None:
    span = window_span(7, 3, 2, 1, Padding.SAME)
    assert (span.output, span.before, span.after, span.counts()) == (4, 1, 1, [2, 3, 3, 2])
    assert window_span(6, 3, 1, 2, Padding.SAME).counts() == [2, 2, 3, 3, 2, 2]
    assert window_span(1, 5, 6, 1, Padding.VALID).output == 0  # as C++ rounds 2 / 6
    assert window_span(2, 1, 3, 1, Padding.SAME).after == 0


def golden_cases(prefixes: tuple[str, ...]) -> Iterator[Any]:
    """The recorded calls as pytest parameters: op, attributes, arguments, result."""
    with np.load(GOLDEN) as entries:
        cases: dict[tuple[str, str], list[Any]] = {}
        for key in entries.files:
            op, attrs, _ = key.split("|")
            cases.setdefault((op, attrs), []).append(entries[key])
    for (op, attrs), (*arguments, result) in cases.items():
        if op.startswith(prefixes):
            yield pytest.param(op, json.loads(attrs), arguments, result, id=f"{op}-{attrs}")


@pytest.mark.parametrize(
    ("op", "attrs", "arguments", "expected"), list(golden_cases(("conv2d", "depthwise")))
)
def test_tensorflows_numbers(op: str, attrs: Any, arguments: Any, expected: Any) -> None:
    assert_close(getattr(reference, f"bind_{op}")(np, **attrs)(*arguments), expected)
    assert_close(getattr(fast, f"bind_{op}")(**attrs)(*arguments), expected)
