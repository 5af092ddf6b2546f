"""State that sessions share since they have one target: what a server of this process holds."""

from __future__ import annotations

import threading

from flowgraph.runtime.store import Store

_lock = threading.Lock()
_stores: dict[str, Store] = {}


def start(target: str) -> None:
    """From now on the sessions of this target share their variables, queues and tables."""
    with _lock:
        _stores.setdefault(target, Store())


def store_of(target: str) -> Store | None:
    """What the sessions of a target share; None when there is no server of this process."""
    with _lock:
        return _stores.get(target)


def reset(target: str) -> None:
    """Forgets the state of a target; whoever waits for some of it gets CancelledError."""
    with _lock:
        old = _stores.get(target)
        if old is not None:
            _stores[target] = Store()
    if old is not None:
        old.end()
