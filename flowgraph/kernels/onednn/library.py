"""oneDNN's shared library: found, loaded when a plan first needs it, its C functions declared.

Nothing is loaded when this module is imported. `load()` gives the `Library` or raises
`LibraryUnavailable`; `is_available()` asks without raising and is what a kernel's `accepts` calls;
`status()` is a line for `show_config`. The wheel `onednn-cpu-gomp` holds the library; one that the
system has is taken, too, when its version and threads fit.

The functions come in two ways: `library.execute` lets go of Python's lock while it runs, all
others are over in no time and keep it, which is cheaper.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import platform
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import POINTER, byref, c_char_p, c_float, c_int, c_int64, c_size_t, c_uint, c_void_p
from typing import Any

LIBRARY = "onednn"
DISTRIBUTION = "onednn-cpu-gomp"
_FILE = "libdnnl.so.3"
_OLDEST = (3, 2)
_WAITING = ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")
_SPINS = "3000"
_RUNTIMES = {1: "one thread", 2: "OpenMP"}  # the kinds of threads whose number can be set

Dims = c_int64 * 12
_pd = [POINTER(c_void_p), c_void_p]  # every descriptor's first arguments: where to, the engine
_window = [POINTER(c_int64)] * 4  # strides, dilates, padding before, padding after
_FUNCTIONS: dict[str, list[Any]] = {
    "engine_create": [POINTER(c_void_p), c_int, c_size_t],
    "stream_create": [POINTER(c_void_p), c_void_p, c_uint],
    "stream_destroy": [c_void_p],
    "memory_desc_create_with_strides":
        [POINTER(c_void_p), c_int, POINTER(c_int64), c_int, POINTER(c_int64)],
    "memory_desc_create_with_tag": [POINTER(c_void_p), c_int, POINTER(c_int64), c_int, c_int],
    "memory_desc_clone": [POINTER(c_void_p), c_void_p],
    "memory_desc_destroy": [c_void_p],
    "memory_desc_equal": [c_void_p, c_void_p],
    "memory_desc_get_size": [c_void_p],
    "memory_create": [POINTER(c_void_p), c_void_p, c_void_p, c_void_p],
    "memory_set_data_handle": [c_void_p, c_void_p],
    "memory_destroy": [c_void_p],
    "primitive_attr_create": [POINTER(c_void_p)],
    "primitive_attr_destroy": [c_void_p],
    "primitive_attr_set_scratchpad_mode": [c_void_p, c_int],
    "primitive_attr_set_post_ops": [c_void_p, c_void_p],
    "post_ops_create": [POINTER(c_void_p)],
    "post_ops_destroy": [c_void_p],
    "post_ops_append_eltwise": [c_void_p, c_int, c_float, c_float],
    "post_ops_append_sum": [c_void_p, c_float, ctypes.c_int32, c_int],
    "post_ops_append_binary": [c_void_p, c_int, c_void_p],
    "primitive_desc_destroy": [c_void_p],
    "primitive_desc_query": [c_void_p, c_int, c_int, c_void_p],
    "primitive_desc_query_md": [c_void_p, c_int, c_int],
    "primitive_create": [POINTER(c_void_p), c_void_p],
    "primitive_destroy": [c_void_p],
    "reorder_primitive_desc_create":
        [POINTER(c_void_p), c_void_p, c_void_p, c_void_p, c_void_p, c_void_p],
    "convolution_forward_primitive_desc_create":
        [*_pd, c_int, c_int, *[c_void_p] * 4, *_window, c_void_p],
    "convolution_backward_data_primitive_desc_create":
        [*_pd, c_int, *[c_void_p] * 3, *_window, c_void_p, c_void_p],
    "convolution_backward_weights_primitive_desc_create":
        [*_pd, c_int, *[c_void_p] * 4, *_window, c_void_p, c_void_p],
    "matmul_primitive_desc_create": [*_pd, *[c_void_p] * 5],
}  # fmt: skip
_RESULTS = {
    "memory_desc_get_size": c_size_t,
    "primitive_desc_query_md": c_void_p,
}
_STATUS = {
    1: "out of memory", 2: "invalid arguments", 3: "unimplemented", 4: "no implementation left",
    5: "error while running", 6: "not required",
}  # fmt: skip


class LibraryUnavailable(RuntimeError):
    """oneDNN is not there, or is one that these kernels cannot use."""


class OneDnnError(RuntimeError):
    """A call of oneDNN failed."""

    def __init__(self, function: str, status: int) -> None:
        reason = _STATUS.get(status, f"status {status}")
        super().__init__(f"oneDNN: {function}: {reason}")
        self.status = status


class _Version(ctypes.Structure):
    _fields_ = [
        ("major", c_int), ("minor", c_int), ("patch", c_int), ("hash", c_char_p),
        ("cpu_runtime", c_uint), ("gpu_runtime", c_uint),
    ]  # fmt: skip


class Library:
    """The loaded library: `call` for its functions, `execute` and `use_threads` bare."""

    def __init__(self, path: str) -> None:
        # A PyDLL keeps Python's lock during a call, a CDLL lets it go.
        try:
            with _waiting_briefly():
                quick, slow = ctypes.PyDLL(path), ctypes.CDLL(path)
            quick.dnnl_version.restype = POINTER(_Version)
        except (OSError, AttributeError) as error:
            raise LibraryUnavailable(f"{path} cannot be used: {error}") from None
        self.path = path
        self.version = _check_version(quick.dnnl_version().contents, path)
        self._quick = quick
        for name, arguments in _FUNCTIONS.items():
            self.declare(name, arguments, _RESULTS.get(name, c_int))
        self.execute: Any = slow.dnnl_primitive_execute
        self.execute.argtypes = [c_void_p, c_void_p, c_int, c_void_p]
        self.execute.restype = c_int
        self.set_data_handle = self.function("memory_set_data_handle")
        self.use_threads = self._thread_setter()
        handle = c_void_p()
        self.call("engine_create", byref(handle), 1, 0)  # the first CPU
        self.engine = handle  # it lives as long as the process does

    def declare(self, name: str, arguments: list[Any], result: Any = c_int) -> None:
        """Declares `dnnl_<name>`, so that `call` can be asked for it."""
        function = getattr(self._quick, f"dnnl_{name}")
        function.argtypes, function.restype = arguments, result

    def function(self, name: str) -> Any:
        """The bare C function `dnnl_<name>`."""
        return getattr(self._quick, f"dnnl_{name}")

    def call(self, name: str, *arguments: Any) -> None:
        """Calls `dnnl_<name>`; OneDnnError unless its status is success."""
        status = getattr(self._quick, f"dnnl_{name}")(*arguments)
        if status:
            raise OneDnnError(name, status)

    def _thread_setter(self) -> Any:
        """OpenMP's setter of the calling thread's number of threads, found through oneDNN."""
        try:
            setter = self._quick.omp_set_num_threads
        except AttributeError:  # a library for one thread
            return lambda count: None
        setter.argtypes, setter.restype = [c_int], None
        return setter


@contextmanager
def _waiting_briefly() -> Iterator[None]:
    """Lets OpenMP's threads look out for work for some 50 µs before they sleep.

    That bridges the Python between two kernels. Its default is some milliseconds, in which they
    keep the cores from numpy and other programs: on a busy machine, each kernel may lose that much.
    The variables are read once, when the library of OpenMP is loaded.
    """
    if any(name in os.environ for name in _WAITING):
        yield
        return
    os.environ[_WAITING[0]] = _SPINS
    try:
        yield
    finally:
        del os.environ[_WAITING[0]]


def _check_version(version: _Version, path: str) -> str:
    found = (version.major, version.minor, version.patch)
    text = ".".join(map(str, found))
    if found[:2] < _OLDEST or found[0] != _OLDEST[0]:
        raise LibraryUnavailable(f"{path} is oneDNN {text}, a 3.x from 3.2 on is needed")
    if version.cpu_runtime not in _RUNTIMES:
        raise LibraryUnavailable(f"{path}: oneDNN {text} is built for other threads than OpenMP's")
    return text


_lock = threading.Lock()
_loaded: Library | LibraryUnavailable | None = None


def load() -> Library:
    """The library, loaded by the first call. LibraryUnavailable when there is none to use."""
    global _loaded
    if _loaded is None:
        with _lock:
            if _loaded is None:
                try:
                    _loaded = Library(_find())
                except LibraryUnavailable as error:
                    _loaded = error
                except (AttributeError, OneDnnError) as error:  # a function is missing or fails
                    _loaded = LibraryUnavailable(f"oneDNN cannot be used: {error}")
    if isinstance(_loaded, LibraryUnavailable):
        raise _loaded
    return _loaded


def is_available() -> bool:
    """Whether kernels can be bound; the first call finds and loads the library."""
    try:
        load()
    except LibraryUnavailable:
        return False
    return True


def status() -> str:
    """Which oneDNN there is, or why there is none: for `show_config`."""
    try:
        library = load()
    except LibraryUnavailable as error:
        return f"not used: {error}"
    return f"oneDNN {library.version}, {library.path}"


def _find() -> str:
    from importlib import metadata  # slow to import

    if platform.machine() not in ("x86_64", "aarch64"):
        raise LibraryUnavailable(f"there is none for {platform.machine()}")
    try:
        files = metadata.files(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        path = file.locate()
        if file.name == _FILE and path.is_file():  # type: ignore[attr-defined]
            return str(path.resolve())  # type: ignore[attr-defined]
    name = ctypes.util.find_library("dnnl")
    if name is None:
        raise LibraryUnavailable(f"the package {DISTRIBUTION} is not installed")
    return name
