"""The functions for images that scipy.misc had, and Pillow's old names, for scripts that use them.

Scripts for TensorFlow 1 read and wrote their pictures with `scipy.misc.imread` and the like, which
SciPy 1.3 took out, and shrank them with `Image.ANTIALIAS`, which Pillow 10 took out. Only
`flowgraph run` puts them back, in its own process, when the modules are imported.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_FILTERS = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3, "cubic": 3}  # as Pillow counts
_IN_MISC = "bytescale fromimage imread imresize imrotate imsave imshow toimage"
_SPECIAL = "comb factorial factorial2 factorialk logsumexp"  # scipy.misc had them of scipy.special


def put_back_when_imported() -> None:
    """Fills `scipy.misc` and `PIL.Image` when they are imported, now if they are already."""
    for name, fill in _FILLED.items():
        if name in sys.modules:
            fill(sys.modules[name])
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    """Finds the modules where they are, and fills them once they are loaded."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: Any = None
    ) -> ModuleSpec | None:
        fill = _FILLED.get(fullname)
        if fill is None:
            return None
        others = [finder for finder in sys.meta_path if finder is not self]
        found = (finder.find_spec(fullname, path, target) for finder in others)
        spec = next((spec for spec in found if spec is not None), None)
        if spec is None and fullname.startswith("scipy."):
            return ModuleSpec(fullname, _Filling(None, fill), is_package=True)
        if spec is not None and spec.loader is not None:
            spec.loader = _Filling(spec.loader, fill)
        return spec


class _Filling(Loader):
    """Loads a module as its own loader does, if it has one, and fills it."""

    def __init__(self, loader: Any, fill: Callable[[ModuleType], None]) -> None:
        self._loader, self._fill = loader, fill

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return None if self._loader is None else self._loader.create_module(spec)

    def __getattr__(self, name: str) -> Any:
        """What else a loader can do, its own one does."""
        if self._loader is None or name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._loader, name)

    def exec_module(self, module: ModuleType) -> None:
        """Fills the module after its own code has run."""
        if self._loader is not None:
            self._loader.exec_module(module)
        self._fill(module)


def _fill_misc(module: ModuleType) -> None:
    for name in _IN_MISC.split():
        vars(module).setdefault(name, globals()[name])

    def get(name: str) -> Any:
        if name not in _SPECIAL.split():
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module("scipy.special"), name)

    vars(module).setdefault("__getattr__", get)


def _fill_pillow(module: ModuleType) -> None:
    for name, today in {"ANTIALIAS": "LANCZOS", "CUBIC": "BICUBIC", "LINEAR": "BILINEAR"}.items():
        if name not in vars(module):
            setattr(module, name, getattr(module, today))


_FILLED: dict[str, Callable[[ModuleType], None]] = {
    "scipy.misc": _fill_misc, "scipy.misc.pilutil": _fill_misc, "PIL.Image": _fill_pillow,
}  # fmt: skip


# --- scipy.misc -----------------------------------------------------------------------------------
def bytescale(
    data: Any, cmin: float | None = None, cmax: float | None = None, high: int = 255, low: int = 0
) -> Any:
    """The array as uint8, its values from `cmin` to `cmax` (its own) spread from `low` to `high`.

    Raises:
      ValueError: `high` or `low` is no byte, or `cmax` is below `cmin`.
    """
    import numpy as np

    data = np.asarray(data)
    if data.dtype == np.uint8:
        return data
    if not 0 <= low <= high <= 255:
        raise ValueError("`low` and `high` should be from 0 to 255, `high` not below `low`.")
    least = data.min() if cmin is None else cmin
    most = data.max() if cmax is None else cmax
    if most < least:
        raise ValueError("`cmax` should be larger than `cmin`.")
    scale = (high - low) / ((most - least) or 1)
    return (np.clip((data - least) * scale + low, low, high) + 0.5).astype(np.uint8)


def toimage(
    arr: Any,
    high: int = 255,
    low: int = 0,
    cmin: float | None = None,
    cmax: float | None = None,
    pal: Any = None,
    mode: str | None = None,
    channel_axis: int | None = None,
) -> Any:
    """A Pillow image of an array [rows, columns], or with 3 or 4 channels as a third axis.

    Raises:
      ValueError: the array has another shape, or is complex.
    """
    import numpy as np
    from PIL import Image

    data = np.asarray(arr)
    if np.iscomplexobj(data):
        raise ValueError("Cannot convert a complex-valued array.")
    axis = _channels_of(data, channel_axis)
    if axis is not None:
        data = np.moveaxis(data, axis, -1)
        mode = mode or ("RGB" if data.shape[-1] == 3 else "RGBA")
    if mode == "F":
        return Image.fromarray(data.astype(np.float32))
    if mode == "I":
        return Image.fromarray(data.astype(np.int32))
    image = Image.fromarray(np.ascontiguousarray(bytescale(data, cmin, cmax, high, low)))
    if pal is not None and axis is None:
        image.putpalette(np.asarray(pal, np.uint8).tobytes())
    return image if mode in (None, image.mode, "P") else image.convert(mode)


def _channels_of(data: Any, axis: int | None) -> int | None:
    """The axis of the channels; None where there is none."""
    shape = data.shape
    if data.ndim == 2:
        return None
    if data.ndim == 3 and axis is None:
        axis = next((k for n in (3, 4) for k in range(3) if shape[k] == n), None)
    if data.ndim != 3 or axis is None or shape[axis] not in (3, 4):
        raise ValueError(f"'arr' does not have a suitable array shape for any mode: {shape}.")
    return axis


def fromimage(im: Any, flatten: bool = False, mode: str | None = None) -> Any:
    """The array of a Pillow image; with `flatten` in grey, as float32."""
    import numpy as np

    if mode is not None and mode != im.mode:
        im = im.convert(mode)
    elif mode is None and im.mode == "P":
        im = im.convert("RGBA" if "transparency" in im.info else "RGB")
    if flatten:
        im = im.convert("F")
    elif im.mode == "1":
        im = im.convert("L")
    return np.array(im)


def imread(name: Any, flatten: bool = False, mode: str | None = None) -> Any:
    """The array of an image file; see `fromimage`. Any error is Pillow's or the system's."""
    from PIL import Image

    with Image.open(name) as image:
        return fromimage(image, flatten, mode)


def imsave(name: Any, arr: Any, format: str | None = None) -> None:
    """Writes an array as an image file, in the format that its name tells; see `toimage`."""
    toimage(arr, channel_axis=2).save(name, format)


def imresize(arr: Any, size: Any, interp: str = "bilinear", mode: str | None = None) -> Any:
    """The array as an image of another size: a percentage (int), a factor (float), or (h, w)."""
    image = toimage(arr, mode=mode)
    if isinstance(size, (int, float)):
        factor = size / 100.0 if isinstance(size, int) else size
        size = tuple(int(side * factor) for side in image.size)
    else:
        size = (int(size[1]), int(size[0]))
    return fromimage(image.resize(size, resample=_FILTERS[interp]))


def imrotate(arr: Any, angle: float, interp: str = "bilinear") -> Any:
    """The array as an image turned anticlockwise by degrees, in its own size."""
    resample = _FILTERS[interp]
    return fromimage(toimage(arr).rotate(angle, resample=2 if resample == 1 else resample))


def imshow(arr: Any) -> None:
    """Shows the array as an image, in the viewer that Pillow finds."""
    toimage(arr).show()
