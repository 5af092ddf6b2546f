"""The animated windows: their numbers are those of the ops, also where nothing moves."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.viz import convolution_steps, pooling_steps

TEXT = "{http://www.w3.org/2000/svg}text"
IMAGE = np.random.default_rng(0).integers(-3, 4, (6, 5)).astype(np.float32)
FILTER = np.array([[1, 0, -2], [0, 3, 1]], np.float32)


def texts(svg):
    return [(t.text or "").replace("−", "-") for t in ElementTree.fromstring(svg).iter(TEXT)]


def outputs(svg):
    """The numbers that appear step by step: they stand first among what moves."""
    words = texts(svg)
    lines = [w for w in words if " = " in w]
    start = words.index(lines[0]) - len(lines)
    weights = [k for k, w in enumerate(words) if w.startswith("×")]
    start = weights[0] - len(lines) if weights else start
    return [float(w) for w in words[start : start + len(lines)]], lines


def computed(make):
    with tf.Graph().as_default(), tf.Session() as session:
        return session.run(make(tf.constant(IMAGE[None, :, :, None]))).ravel()


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("padding", [0, 1, 2])
def test_a_convolution_gives_the_numbers_of_conv2d(stride, padding):
    numbers, lines = outputs(convolution_steps(IMAGE, FILTER, stride=stride, padding=padding))
    around = [[0, 0], [padding, padding], [padding, padding], [0, 0]]
    wanted = computed(
        lambda x: tf.nn.conv2d(
            tf.pad(x, around), FILTER[:, :, None, None], [1, stride, stride, 1], "VALID"
        )
    )
    assert numbers == wanted.tolist()
    assert [float(line.rpartition(" = ")[2]) for line in lines] == numbers


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize(("kind", "op"), [("max", tf.nn.max_pool), ("average", tf.nn.avg_pool)])
def test_a_pooling_gives_the_numbers_of_its_op(kind, op, stride):
    numbers, _ = outputs(pooling_steps(IMAGE, 2, stride=stride, kind=kind))
    wanted = computed(lambda x: op(x, [1, 2, 2, 1], [1, stride, stride, 1], "VALID"))
    assert numbers == wanted.tolist()


def test_each_product_is_written_out():
    svg = convolution_steps([[1, 2], [3, -4]], [[1, 0], [0.5, -1]])
    assert "1·1 + 2·0 + 3·0.5 + (-4)·(-1) = 6.5" in texts(svg)
    assert "sum(1, 2, 3, -4) = 2" in texts(pooling_steps([[1, 2], [3, -4]], kind="sum"))


def test_what_shows_no_movement_shows_the_first_step_and_all_results():
    svg = ElementTree.fromstring(pooling_steps(np.arange(16).reshape(4, 4)))
    shown = [t.text for t in svg.iter(TEXT) if t.get("opacity") != "0"]
    assert [t for t in shown if " = " in t] == ["max(0, 1, 4, 5) = 5"]
    assert shown[-5:-1] == ["5", "7", "13", "15"]


def test_it_moves_from_place_to_place_and_begins_anew():
    svg = convolution_steps([[1, 2, 3]], [[1, 1]], seconds=2)
    assert svg.count('values="16,46;50,46"') == 1
    assert 'dur="4s" repeatCount="indefinite"' in svg


def test_dark_and_light():
    assert "prefers-color-scheme" in pooling_steps(IMAGE)
    assert "#FFFFFF" not in pooling_steps(IMAGE, theme="dark")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: convolution_steps([1, 2], [[1]]), r"image must be numbers \[height, width\]"),
        (lambda: convolution_steps([[1]], [1]), r"filter must be numbers \[height, width\]"),
        (lambda: convolution_steps([[1]], [[1, 2]]), "a window of 1 x 2 does not fit into 1 x 1"),
        (lambda: convolution_steps([[1]], [[1]], stride=0), "stride must be at least 1, got 0"),
        (lambda: convolution_steps([[1]], [[1]], padding=-1), "padding must be at least 0"),
        (lambda: convolution_steps(np.ones((15, 2)), [[1]]), "15 x 2 cells; up to 14 x 14"),
        (lambda: pooling_steps(IMAGE, 0, stride=1), "a window of 0 x 0 does not fit"),
        (lambda: pooling_steps(IMAGE, kind="min"), "kind must be one of max, average, sum"),
        (lambda: pooling_steps(IMAGE, theme="pink"), "theme must be one of"),
    ],
)
def test_mistakes_are_told(call, message):
    with pytest.raises(ValueError, match=message):
        call()
