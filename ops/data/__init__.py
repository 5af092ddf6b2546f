"""Datasets and iterators: what makes, changes and reads them, and the values that they are."""

from flowgraph.ops.data import datasets, functions, iterators, readers

__all__ = ["datasets", "functions", "iterators", "readers"]
