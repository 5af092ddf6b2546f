"""Which of the passes that change what a plan computes are on."""

from __future__ import annotations

from dataclasses import dataclass

MOST_BYTES = 10 << 20  # of a value that constant folding keeps


@dataclass(frozen=True, slots=True)
class Optimizations:
    """The switches, as `tf.OptimizerOptions` has them; each pass leaves every value as it is."""

    fold: bool = True
    merge: bool = True
    simplify: bool = True
    most_folded_bytes: int = MOST_BYTES

    @property
    def any(self) -> bool:
        """Whether a pass is on that may take steps out."""
        return self.fold or self.merge or self.simplify


ALL = Optimizations()
NONE = Optimizations(fold=False, merge=False, simplify=False)
