"""The files of recorded values: one npz of flat arrays, one per dtype, and one json per family."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from golden.case import Array, Case, dtype_of

FOLDER = Path(__file__).parent / "values"
Place = list[Any]  # [dtype, shape, offset in the flat array of that dtype]


class Writer:
    """Collects a family's arrays and facts, then writes its two files."""

    def __init__(self) -> None:
        self.flat: dict[str, list[Array]] = {}
        self.sizes: dict[str, int] = {}
        self.facts: dict[str, Any] = {}

    def keep(self, value: Array) -> Place:
        dtype = str(value.dtype)
        if value.dtype.kind in "OS":
            dtype, value = "bytes", np.asarray(value, dtype="S")
        offset = self.sizes.get(dtype, 0)
        stored = value.view(np.uint16) if dtype == "bfloat16" else value
        self.flat.setdefault(dtype, []).append(stored.ravel())
        self.sizes[dtype] = offset + value.size
        return [dtype, list(value.shape), offset]

    def write(self, family: str) -> None:
        FOLDER.mkdir(exist_ok=True)
        arrays = {dtype: np.concatenate(parts) for dtype, parts in self.flat.items()}
        np.savez_compressed(FOLDER / f"{family}.npz", **arrays)
        lines = [f"{json.dumps(name)}: {json.dumps(fact)}" for name, fact in self.facts.items()]
        (FOLDER / f"{family}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


class Reader:
    """A family's recorded facts, by case, and its arrays."""

    def __init__(self, family: str) -> None:
        self.facts: dict[str, Any] = json.loads((FOLDER / f"{family}.json").read_text())
        with np.load(FOLDER / f"{family}.npz") as stored:
            self.flat = dict(stored)

    def array(self, place: Place) -> Array:
        dtype, shape, offset = place
        size = int(np.prod(shape))
        values = self.flat[dtype][offset : offset + size]
        if dtype == "bfloat16":
            values = values.view(dtype_of("bfloat16"))
        return values.reshape(shape)


def digest(case: Case) -> str:
    """A fingerprint of the inputs: a case that changed must be recorded again."""
    together = hashlib.sha256()
    for x in case.inputs:
        together.update(f"{x.dtype}{x.shape}".encode() + np.ascontiguousarray(x).tobytes())
    return together.hexdigest()[:8]
