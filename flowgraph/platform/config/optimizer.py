"""`tf.config.optimizer`: kept; a session's are in `tf.ConfigProto().graph_options`."""

from __future__ import annotations

from typing import Any

_options: dict[str, Any] = {}
_jit = [False]


def get_jit() -> bool:
    """What `set_jit` was given; False before."""
    return _jit[0]


def set_jit(enabled: bool) -> None:
    """Kept."""
    _jit[0] = bool(enabled)


def get_experimental_options() -> dict[str, Any]:
    """What `set_experimental_options` was given."""
    return dict(_options)


def set_experimental_options(options: dict[str, Any]) -> None:
    """Kept, over what was given before."""
    _options.update(options)
