"""Kernel libraries: faster implementations of ops, each in a package of its own."""


def load_libraries() -> None:
    """Imports all libraries, each of which registers its kernels."""
    from flowgraph.kernels import libraries  # noqa: F401
