"""Where headers and libraries for C++ ops would be (tf.sysconfig).

flowgraph's ops are written in Python; the paths are the package's own, and the flags name no
library, so that a build script which asks for them gets answers and no wrong library.
"""

from __future__ import annotations

from pathlib import Path

CXX11_ABI_FLAG = 1
MONOLITHIC_BUILD = 0
_PACKAGE = Path(__file__).resolve().parent.parent


def get_include() -> str:
    """The directory in which headers would be."""
    return str(_PACKAGE / "include")


def get_lib() -> str:
    """The directory of the package."""
    return str(_PACKAGE)


def get_compile_flags() -> list[str]:
    """Flags for a C++ compiler."""
    return [f"-I{get_include()}", f"-D_GLIBCXX_USE_CXX11_ABI={CXX11_ABI_FLAG}"]


def get_link_flags() -> list[str]:
    """Flags for a linker."""
    return [f"-L{get_lib()}"]


def get_build_info() -> dict[str, object]:
    """How the package was built: for a CPU."""
    return {"is_cuda_build": False, "is_rocm_build": False, "is_tensorrt_build": False}
