"""Runnable examples that are installed with flowgraph.

`flowgraph.examples.lenet` is the main job: LeNet-5 on the digits which `flowgraph.examples.mnist`
reads. Nothing in the library imports from here.
"""

from flowgraph.core import lazy as _lazy

_MODULES = {n: f"{__name__}.{n}" for n in ("lenet", "mnist", "tutorials")}
__getattr__, __dir__, __all__ = _lazy.face(__name__, {}, _MODULES)
