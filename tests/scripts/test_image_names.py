"""scipy.misc's functions for images, and Pillow's old names."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from flowgraph.scripts import image_names


def test_values_are_spread_over_a_bytes_range():
    assert image_names.bytescale(np.array([-1.0, 0.0, 1.0])).tolist() == [0, 128, 255]
    assert image_names.bytescale(np.array([0.0, 5.0]), cmin=0, cmax=10).tolist() == [0, 128]
    assert image_names.bytescale(np.full(2, 7.0)).tolist() == [0, 0]
    assert image_names.bytescale(np.uint8([3, 4])).tolist() == [3, 4]
    with pytest.raises(ValueError, match="cmax"):
        image_names.bytescale(np.zeros(2), cmin=1, cmax=0)
    with pytest.raises(ValueError, match="`low` and `high`"):
        image_names.bytescale(np.zeros(2), high=256)


def test_an_image_is_written_and_read(tmp_path):
    colours = np.random.RandomState(0).randint(0, 256, (4, 6, 3), np.uint8)
    image_names.imsave(tmp_path / "a.png", colours)

    assert np.array_equal(image_names.imread(tmp_path / "a.png"), colours)
    grey = image_names.imread(tmp_path / "a.png", flatten=True)
    assert grey.shape == (4, 6) and grey.dtype == np.float32
    assert image_names.imread(str(tmp_path / "a.png"), mode="L").dtype == np.uint8
    with pytest.raises(FileNotFoundError):
        image_names.imread(tmp_path / "b.png")


def test_the_axis_of_the_channels_is_found():
    assert image_names.toimage(np.zeros((3, 8, 6), np.uint8)).size == (6, 8)
    assert image_names.toimage(np.zeros((8, 6, 4), np.uint8)).mode == "RGBA"
    assert image_names.toimage(np.zeros((8, 6))).mode == "L"
    assert image_names.toimage(np.full((2, 2), 0.5), mode="F").getpixel((0, 0)) == 0.5
    for wrong in (np.zeros(3), np.zeros((8, 6, 5)), np.zeros((2, 2, 2, 3))):
        with pytest.raises(ValueError, match="suitable array shape"):
            image_names.toimage(wrong)


def test_sizes_are_a_percentage_a_factor_or_rows_and_columns():
    grey = np.arange(48, dtype=np.uint8).reshape(6, 8)
    assert image_names.imresize(grey, 50).shape == (3, 4)
    assert image_names.imresize(grey, 2.0).shape == (12, 16)
    assert image_names.imresize(grey, (5, 7), interp="nearest").shape == (5, 7)
    assert image_names.imresize(grey.astype(float), (6, 8), mode="F").dtype == np.float32
    assert image_names.imrotate(grey, 180, "nearest").tolist() == grey[::-1, ::-1].tolist()


SCRIPT = """
import PIL.Image
from PIL import Image
assert Image.ANTIALIAS is Image.LANCZOS and PIL.Image is Image
import scipy.misc
from scipy.misc import imread, imsave as save
from scipy import misc
import numpy as np
save("a.png", np.zeros((2, 2)))
assert misc.imread("a.png").shape == scipy.misc.imresize(np.zeros((4, 4)), .5).shape == (2, 2)
assert not hasattr(misc, "lena_in_colour") and Image.open("a.png").mode == "L"
"""
FAKE = "import sys\nassert 'PIL' not in sys.modules\n"


def test_scripts_find_them(tmp_path):
    (tmp_path / "scipy").mkdir()  # no SciPy is needed to see that the module is filled
    (tmp_path / "scipy" / "__init__.py").touch()
    (tmp_path / "train.py").write_text(FAKE + SCRIPT)
    done = subprocess.run(
        [sys.executable, "-m", "flowgraph", "run", "train.py"],
        capture_output=True, text=True, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_they_are_not_back_elsewhere():
    assert not hasattr(Image, "ANTIALIAS")
