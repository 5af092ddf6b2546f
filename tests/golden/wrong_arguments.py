"""Wrong attributes and Python arguments, which changed inputs cannot make: a graph for each.

Recorded by record_mistakes.py as the changed inputs are, and held against flowgraph by
tests/ops/test_wrong_arguments.py. A name is "function: what is wrong". The graphs themselves stand
in wrong_arrays.py, wrong_numbers.py, wrong_layers.py and wrong_programs.py; `WRONG` has all once
`load` was called.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
from golden.case import KNOWN, Case
from golden.mistakes import Mistake

FAMILY = "wrong_arguments"  # the name of the file of letters
WRONG: dict[str, tuple[Callable[[Any], Any], str]] = {}  # name -> (graph, what the message tells)


def wrong(name: str, build: Callable[[Any], Any], came: str) -> None:
    """Adds a graph; `came` is what our message has to say of what came."""
    assert name not in WRONG, name
    WRONG[name] = build, came


def mistake(name: str) -> Mistake:
    """The graph as `mistakes.outcome` takes it."""
    return Mistake(Case(name, WRONG[name][0], ()), KNOWN, name)


def fed(tf: Any, value: Any, dtype: str = "float32") -> Any:
    """A tensor of which nothing is known before the run."""
    return tf.placeholder_with_default(np.asarray(value, dtype), None)


def then(tf: Any, op: Any) -> Any:
    """A tensor whose run takes that of the operation."""
    with tf.control_dependencies([op]):
        return tf.constant(0)


def load() -> dict[str, tuple[Callable[[Any], Any], str]]:
    """All graphs."""
    for part in ("arrays", "numbers", "layers", "programs"):
        import_module(f"golden.wrong_{part}")
    return WRONG
