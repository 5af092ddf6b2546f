"""Kernel libraries: faster implementations of ops, each in a package of its own."""
