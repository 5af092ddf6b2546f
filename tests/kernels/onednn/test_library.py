"""Without a oneDNN that fits, everything runs on numpy, and show_config says why."""

from __future__ import annotations

import ctypes.util
import gc
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.kernels.onednn import library
from flowgraph.kernels.onednn.memory import Layout
from flowgraph.kernels.onednn.primitive import (
    DST,
    SRC,
    WEIGHTS,
    Call,
    Descriptor,
    shape_cache,
    using_threads,
)


@pytest.fixture
def unloaded(monkeypatch: Any) -> None:
    monkeypatch.setattr(library, "_loaded", None)


def works_on_numpy() -> bool:
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.ones([1, 4, 4, 3])
        y = tf.nn.relu(tf.nn.conv2d(x, np.ones((3, 3, 3, 2), np.float32), [1] * 4, "VALID") + 1.0)
        np.testing.assert_array_equal(session.run(y), np.full((1, 2, 2, 2), 28.0, np.float32))
        steps = list(session._compiled.values())[-1].plan.steps
        return all(step.library != "onednn" for step in steps)


@pytest.mark.usefixtures("unloaded")
def test_a_missing_library(monkeypatch: Any) -> None:
    monkeypatch.setattr(library, "DISTRIBUTION", "a-package-that-nobody-has")
    monkeypatch.setattr(ctypes.util, "find_library", lambda _: None)
    assert not library.is_available()
    assert works_on_numpy()
    assert "onednn (not used: the package" in tf.show_config()


@pytest.mark.usefixtures("unloaded")
@pytest.mark.parametrize("kind", ["none", "empty", "no library", "another"])
def test_a_foreign_library(kind: str, tmp_path: Path, monkeypatch: Any) -> None:
    path = str(tmp_path / "libdnnl.so.3")
    if kind == "another":
        path = ctypes.util.find_library("m") or path
    elif kind != "none":
        Path(path).write_bytes(b"" if kind == "empty" else b"no library")
    monkeypatch.setattr(library, "_find", lambda: path)
    assert not library.is_available()
    assert works_on_numpy()
    assert "cannot be used" in library.status()


def test_versions() -> None:
    def version(major: int, minor: int, runtime: int = 2) -> Any:
        return SimpleNamespace(major=major, minor=minor, patch=0, cpu_runtime=runtime)

    assert library._check_version(version(3, 2), "x") == "3.2.0"
    for wrong in (version(2, 7), version(3, 1), version(4, 0), version(3, 4, 8)):
        with pytest.raises(library.LibraryUnavailable):
            library._check_version(wrong, "x")


def test_importing_flowgraph_loads_nothing() -> None:
    code = "import flowgraph; assert 'dnnl' not in open('/proc/self/maps').read()"
    if not Path("/proc/self/maps").exists():
        pytest.skip("only Linux tells what is loaded")
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_status_that_is_not_success_is_an_error() -> None:
    with pytest.raises(library.OneDnnError, match="invalid arguments"):
        Layout.of((2, -5), (1, 1))
    a, b = Layout.dense((2, 3)), Layout.dense((4, 5))
    with pytest.raises(library.OneDnnError, match="matmul"):
        Descriptor("matmul", a, b, None, Layout.dense((2, 5)))


def test_what_is_not_used_any_more_is_given_back(monkeypatch: Any) -> None:
    """Each create has its destroy, once a kernel forgets a shape."""
    lib = library.load()
    alive = {"count": 0}
    original, call = lib.function, lib.call

    def function(name: str) -> Any:
        found = original(name)
        if not name.endswith("destroy"):
            return found

        def destroy(*arguments: Any) -> Any:
            alive["count"] -= 1
            return found(*arguments)

        return destroy

    def counted(name: str, *arguments: Any) -> None:
        call(name, *arguments)
        alive["count"] += name.endswith(("create", "clone", "strides", "tag"))

    monkeypatch.setattr(lib, "function", function)
    monkeypatch.setattr(lib, "call", counted)

    @shape_cache
    def product(rows: int) -> Call:
        a, b, y = (Layout.dense(s) for s in ((rows, 8), (8, 4), (rows, 4)))
        with using_threads(1):
            made = Descriptor("matmul", a, b, None, y)
            return Call(made, [(SRC, a), (WEIGHTS, b)], [(DST, y, (rows, 4))], 1)

    b = np.ones((8, 4), np.float32)
    for rows in range(1, 65):
        product(rows)(np.ones((rows, 8), np.float32), b)
    gc.collect()
    full = alive["count"]
    for rows in range(65, 200):
        product(rows)(np.ones((rows, 8), np.float32), b)
    gc.collect()
    assert alive["count"] == full
    product.cache_clear()
    gc.collect()
    assert alive["count"] == 0
