"""The messages of `tf.train`: Example, SequenceExample and their parts, made when asked for."""

from __future__ import annotations

from typing import Any

from flowgraph.ops.parsing import messages


def __getattr__(name: str) -> Any:
    if name in messages.NAMES:
        return messages.message(name)
    raise AttributeError(f"module 'flowgraph.train.example' has no attribute {name!r}")
