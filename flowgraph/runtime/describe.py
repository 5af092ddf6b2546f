"""`flowgraph.show_config`: which kernel libraries, threads and versions a session works with."""

from __future__ import annotations

import platform

import numpy as np

from flowgraph.core import kernel_registry
from flowgraph.runtime import blas
from flowgraph.runtime.config import cores


def show_config() -> str:
    """What this flowgraph runs on, one fact a line.

    >>> show_config().splitlines()[0].startswith("flowgraph")
    True
    """
    from importlib import metadata  # slow to import, and needed here alone

    lines = [
        f"flowgraph {metadata.version('flowgraph')} (TensorFlow 1.15's API)",
        f"Python {platform.python_version()}, numpy {np.__version__}, {platform.machine()}",
        f"cores: {cores()}",
        f"matrix products: {_products()}",
    ]
    for library in kernel_registry.libraries():
        types = kernel_registry.accelerated(library)
        status = kernel_registry.status_of(library)
        name = f"{library} ({status})" if status else library
        lines.append(f"kernels of {name}: {', '.join(types)}")
    lines.append(f"kernels of {kernel_registry.REFERENCE} (numpy): all other ops")
    return "\n".join(lines)


def _products() -> str:
    found = blas.libraries()
    if not found:
        return "numpy's own loops; a numpy with OpenBLAS or MKL is many times faster"
    return ", ".join(f"{lib.internal_api} {lib.version or ''}".strip() for lib in found)
