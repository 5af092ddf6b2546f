"""The colours of kinds are told apart by the colour-blind, in light and in dark."""

from itertools import combinations

import numpy as np
import pytest

from flowgraph.viz import palette

# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
SIGHT = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                   [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                     [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                   [0.004733, 0.691367, 0.303900]],
}  # fmt: skip
TO_XYZ = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
KINDS = {
    "placeholder": (palette.BLUE_FILL, palette.BLUE),
    "variable": (palette.ORANGE_FILL, palette.ORANGE),
    "constant": (palette.YELLOW_FILL, palette.OLIVE),
    "operation": (palette.PAPER, palette.SOFT),
    "gradient": (palette.PURPLE_FILL, palette.PURPLE),
}
LEAST = 10.0
"""A difference (CIE 1976) that is seen at a glance; 2.3 is just noticeable."""


def lab(color, sight):
    """A colour as somebody sees it, in CIE Lab."""
    rgb = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = np.array(TO_XYZ) @ np.clip(np.array(SIGHT[sight]) @ linear, 0, 1)
    scaled = xyz / np.array([0.9505, 1.0, 1.089])
    root = np.where(scaled > 0.008856, np.cbrt(scaled), 7.787 * scaled + 16 / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def contrast(one, other):
    """The ratio of two colours' luminances (WCAG)."""
    lights = sorted(((lab(c, "normal")[0] + 16) / 116) ** 3 + 0.05 for c in (one, other))
    return lights[1] / lights[0]


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_kinds_are_told_apart(sight, dark):
    shown = {
        kind: [lab(palette.DARK[c] if dark else c, sight) for c in colors]
        for kind, colors in KINDS.items()
    }
    close = [
        (one, other)
        for one, other in combinations(shown, 2)
        if max(np.linalg.norm(a - b) for a, b in zip(shown[one], shown[other])) < LEAST
    ]
    assert close == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_words_can_be_read_on_every_fill(dark):
    fills = [fill for fill, _ in KINDS.values()] + [palette.FOLDED_FILL, *palette.HEAT]
    ink, *fills = [palette.DARK[c] if dark else c for c in (palette.INK, *fills)]
    assert min(contrast(ink, fill) for fill in fills) > 4.5


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_heat_grows_in_one_direction_of_lightness(dark):
    lights = [lab(palette.DARK[c] if dark else c, "deuteranopia")[0] for c in palette.HEAT]
    steps = np.diff(lights)
    assert (steps > 3).all() if dark else (steps < -3).all()
