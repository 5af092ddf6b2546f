"""When a hook acts: every so many steps, or every so many seconds."""

from __future__ import annotations

import time


class NeverTriggerTimer:
    """Never."""

    def reset(self) -> None:
        """Forgets what was."""

    def should_trigger_for_step(self, step: int) -> bool:
        """Whether it is time."""
        return False

    def update_last_triggered_step(self, step: int) -> tuple[float | None, int | None]:
        """Notes that it was done at a step; (seconds, steps) since the last time."""
        return None, None

    def last_triggered_step(self) -> int | None:
        """The step of the last time."""
        return None


class SecondOrStepTimer(NeverTriggerTimer):
    """Every so many seconds or steps, and at once the first time (tf.train.SecondOrStepTimer).

    ValueError unless exactly one of the two is given.
    """

    def __init__(self, every_secs: float | None = None, every_steps: int | None = None) -> None:
        if every_secs is None and every_steps is None:
            raise ValueError("Either every_secs or every_steps should be provided.")
        if every_secs is not None and every_steps is not None:
            raise ValueError("Can not provide both every_secs and every_steps.")
        self._every_secs, self._every_steps = every_secs, every_steps
        self.reset()

    def reset(self) -> None:
        """Forgets the last time."""
        self._last_triggered_step: int | None = None
        self._last_triggered_time = 0.0

    def should_trigger_for_step(self, step: int) -> bool:
        """Whether it is time, and was not done at this step already."""
        last = self._last_triggered_step
        if last is None:
            return True
        if last == step:
            return False
        if self._every_secs is not None:
            return time.time() >= self._last_triggered_time + self._every_secs
        return step >= last + (self._every_steps or 0)

    def update_last_triggered_step(self, step: int) -> tuple[float | None, int | None]:
        """Notes that it was done at a step; (seconds, steps) since the last time, if any."""
        now, last = time.time(), self._last_triggered_step
        took = (None, None) if last is None else (now - self._last_triggered_time, step - last)
        self._last_triggered_time, self._last_triggered_step = now, step
        return took

    def last_triggered_step(self) -> int | None:
        """The step of the last time."""
        return self._last_triggered_step
