"""Words of an SVG keep the width that the layout measured, whatever fonts its reader has."""

import pytest

import flowgraph as tf
from flowgraph.viz import lettering


def test_widths_are_helveticas():
    assert lettering.width("ii", 1000) == 2 * 222
    assert lettering.width("ii", 1000, bold=True) == 2 * 278
    assert lettering.width("4×4…", 10) == pytest.approx(10 * (2 * 0.556 + 0.584 + 1.0))


def test_letters_that_helvetica_has_not_are_left_as_they_are():
    svg = '<svg><text font-size="11.00">图层</text></svg>'
    assert lettering.width("图", 11) is None
    assert lettering.fixed(svg) == svg


def test_markup_is_measured_as_the_letter_that_it_is_and_kept():
    (svg,) = [lettering.fixed('<text font-size="10.00">a &lt; b</text>')]
    assert f'textLength="{lettering.width("a < b", 10):.1f}"' in svg
    assert ">a &lt; b</text>" in svg


def test_a_drawing_holds_its_words_to_their_boxes():
    with tf.Graph().as_default():
        svg = tf.viz.draw(tf.placeholder(tf.float32, [2, 3], name="somewhat_long"))
    assert f'textLength="{lettering.width("somewhat_long", 11, True):.1f}"' in svg
