"""`tensorflow.examples.tutorials.mnist`: the digits, and a small network for them."""

from flowgraph.examples.tutorials.mnist import input_data, mnist

__all__ = ["input_data", "mnist"]
