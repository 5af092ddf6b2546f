"""Machine code kept on disk: found again, refused when it may be somebody else's."""

import os
import sys

import numpy as np
import pytest

from flowgraph.kernels.jit import code_cache, engine
from flowgraph.kernels.jit.emit import HEADER, PER_ARRAY, Loop, emit
from flowgraph.kernels.jit.trace import Expr

pytestmark = pytest.mark.skipif(not engine.is_available(), reason="llvmlite is not there")
FLOAT = np.dtype(np.float32)


def module(factor):
    """The text of a loop that multiplies by a number."""
    x = Expr("input", (0,), FLOAT)
    product = Expr("mul", (x, Expr("const", (factor,), FLOAT)), FLOAT)
    return emit(Loop((FLOAT,), (1,), (product,), False), False)


def run(code, x):
    out = np.empty_like(x)
    table = np.zeros(HEADER + 2 * PER_ARRAY, np.int64)
    table[:HEADER] = [x.size, 1, x.size, 1]
    table[HEADER::PER_ARRAY] = id(x), id(out)
    code.kernel(table.ctypes.data, 0, 1, 0)
    return out


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FLOWGRAPH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "jit"


def test_code_is_found_again_and_computes_the_same(cache, monkeypatch):
    text, x = module(3.25), np.arange(7, dtype=np.float32)
    first = run(engine.compile_ir(text), x)
    (file,) = cache.iterdir()
    monkeypatch.setattr(engine, "_optimised", None)  # compiling would fail now
    second = run(engine.compile_ir(text), x)
    np.testing.assert_array_equal(first, x * np.float32(3.25))
    np.testing.assert_array_equal(second, first)
    assert list(cache.iterdir()) == [file]


def test_damaged_code_is_compiled_anew(cache):
    text, x = module(0.5), np.ones(3, np.float32)
    engine.compile_ir(text)
    (file,) = cache.iterdir()
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    assert code_cache.load(file.name) is None
    np.testing.assert_array_equal(run(engine.compile_ir(text), x), x / 2)


@pytest.mark.skipif(sys.platform == "win32", reason="rights of files")
def test_a_directory_that_others_may_write_to_is_not_used(cache):
    cache.mkdir(parents=True)
    os.chmod(cache, 0o777)
    code_cache.save("name", b"code")
    assert not list(cache.iterdir())
    os.chmod(cache, 0o700)
    code_cache.save("name", b"code")
    assert code_cache.load("name") == b"code"
    os.chmod(cache, 0o777)
    assert code_cache.load("name") is None


def test_nothing_is_kept_where_the_user_wants_none(cache, monkeypatch):
    monkeypatch.setenv("FLOWGRAPH_CACHE", "")
    code_cache.save("name", b"code")
    assert code_cache.directory() is None and not cache.exists()


def test_a_directory_that_cannot_be_made_is_no_error(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FLOWGRAPH_CACHE", str(tmp_path / "file"))
    code_cache.save("name", b"code")
    assert code_cache.load("name") is None


def test_old_code_makes_room(cache, monkeypatch):
    monkeypatch.setattr(code_cache, "_MOST_FILES", 3)
    for i in range(4):
        code_cache.save(str(i), b"code")
        os.utime(cache / str(i), (i, i))
    code_cache.save("5", b"code")
    assert len(list(cache.iterdir())) <= 3 and code_cache.load("5") == b"code"


def test_arrays_laid_out_otherwise_turn_the_jit_off(monkeypatch):
    monkeypatch.setattr(engine, "DATA_OFFSET", 24)
    assert not engine._arrays_are_as_expected()
