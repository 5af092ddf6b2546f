"""Looks at the pictures of the main job: each must be there and show something.

`python .ci/look.py DIR` ends with 1 and a line for each picture that is missing or blank.
"""

import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from matplotlib.image import imread

PNGS = ("graph", "learning_curve", "filters", "feature_maps", "confusion", "architecture")
FEWEST_COLOURS, FEWEST_TEXTS = 8, 20


def complaint(folder, name):
    """What is wrong with a PNG; None when it shows something."""
    path = folder / f"{name}.png"
    if not path.exists():
        return f"{path}: missing"
    pixels = imread(path)[..., :3]
    colours = len(np.unique(np.round(pixels.reshape(-1, 3) * 15), axis=0))
    if min(pixels.shape[:2]) < 100 or colours < FEWEST_COLOURS:
        return f"{path}: {pixels.shape} with {colours} colours looks blank"
    return None


def svg_complaint(path):
    """The same for the SVG, which must hold names of nodes."""
    if not path.exists():
        return f"{path}: missing"
    texts = [e.text for e in ElementTree.parse(path).iter() if e.tag.endswith("text")]
    if len(texts) < FEWEST_TEXTS or not any("C1" in (t or "") for t in texts):
        return f"{path}: only {len(texts)} texts"
    return None


if __name__ == "__main__":
    out = Path(sys.argv[1])
    found = [complaint(out, name) for name in PNGS] + [svg_complaint(out / "graph.svg")]
    wrong = [line for line in found if line]
    print("\n".join(wrong) or f"{len(found)} pictures show something")
    sys.exit(bool(wrong))
