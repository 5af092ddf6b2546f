"""`tf.autograph`: what scripts tell it of their functions.

Python's `if` and `while` are not turned into `tf.cond` and `tf.while_loop` here: a function is
called as it is written, and one that branches on a tensor ends in a TypeError that says so.
"""

from flowgraph.autograph import experimental

__all__ = ["experimental", "set_verbosity", "trace"]


def set_verbosity(level: int, alsologtostdout: bool = False) -> None:
    """Accepted (tf.autograph.set_verbosity): there is no conversion that one could log."""


def trace(*args: object) -> None:
    """Prints the arguments, once, while the graph is built (tf.autograph.trace)."""
    print(*args)
