"""Tests of oneDNN's kernels, skipped where there is no oneDNN."""

from __future__ import annotations

import pytest

from flowgraph.kernels.onednn import library


@pytest.fixture(autouse=True)
def _library() -> None:
    if not library.is_available():
        pytest.skip(library.status())
