"""Windows of an input's features, as the cells over frequencies take them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import flowgraph as tf


@dataclass(frozen=True, slots=True)
class Windows:
    """The size of windows and how far they are apart; in blocks, or one block over all.

    `counts` tells how many windows each block has, which is checked; None: as many as there are.
    """

    size: Any
    skip: Any
    counts: list[int] | None
    starts: list[int] | None
    ends: list[int] | None

    def of(self, inputs: Any, offset: int = 0) -> list[list[Any]]:
        """The windows of each block, tensors [batch, size].

        Args:
          inputs: a tensor [batch, depth].
          offset: by how much all windows are moved; zeros come in at the side.

        Raises:
          ValueError: the depth is unknown, or the windows do not fit the blocks.
        """
        depth = inputs.shape.with_rank(2)[-1].value
        if depth is None:
            raise ValueError("Cannot infer input_size from static shape inference.")
        if offset:
            inputs = tf.pad(inputs, [[0, 0], [max(-offset, 0), max(offset, 0)]])
        first = max(offset, 0)
        return [
            [
                tf.slice(inputs, [0, first + start + f * self.skip], [-1, self.size])
                for f in range(self._count(block, end - start))
            ]
            for block, (start, end) in enumerate(self._blocks(depth))
        ]

    def _blocks(self, depth: int) -> list[tuple[int, int]]:
        if not self.starts:
            if self.counts is not None and len(self.counts) != 1:
                raise ValueError(
                    f"Length of num_frequency_blocks is not 1, but instead is {len(self.counts)}"
                )
            return [(0, depth)]
        ends = self.ends or []
        if len(self.starts) != len(ends):
            raise ValueError(
                "Length of start and end freqindex_list does not match "
                f"{len(self.starts)} {len(ends)}"
            )
        if self.counts is not None and len(self.counts) != len(self.starts):
            raise ValueError(
                "Length of num_frequency_blocks is not equal to start_freqindex_list "
                f"{len(self.counts)} {len(self.starts)}"
            )
        return list(zip(self.starts, ends, strict=True))

    def _count(self, block: int, size: int) -> int:
        count = int((size - self.size) / self.skip) + 1
        if self.counts is not None and count != self.counts[block]:
            raise ValueError(
                f"Invalid num_frequency_blocks, requires {self.counts[block]} but gets {count}, "
                "please check the input size and filter config are correct."
            )
        return count
