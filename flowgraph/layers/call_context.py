"""Which layer is being called: its inputs and its `training`, which inner layers take over."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class CallContext(threading.local):
    """The innermost call of a layer in this thread."""

    def __init__(self) -> None:
        self.layer: Any = None
        self.inputs: Any = None
        self.training: Any = None

    @property
    def in_call(self) -> bool:
        """Whether a layer is being called."""
        return self.layer is not None

    @contextmanager
    def enter(self, layer: Any, inputs: Any, training: Any) -> Iterator[None]:
        """Puts a call in force."""
        outer = self.layer, self.inputs, self.training
        self.layer, self.inputs, self.training = layer, inputs, training
        try:
            yield
        finally:
            self.layer, self.inputs, self.training = outer


call_context = CallContext()
