"""Parses the inputs and outputs of an op's declaration: "values: N * T, ref: Ref(T), n: int32"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from flowgraph.core import dtypes
from flowgraph.core.attrs import Attr

_ARG = re.compile(
    r"^(?P<name>\w+)\s*:\s*(?:(?P<number>\w+)\s*\*\s*(?P<elem>\w+)|\*(?P<list>\w+)"
    r"|Ref\((?P<ref>\w+)\)|(?P<type>\w+))$"
)


@dataclass(frozen=True, slots=True)
class Arg:
    """An input or output: a fixed dtype, or the attributes that tell it."""

    name: str
    dtype: dtypes.DType | None = None
    type_attr: str | None = None
    number_attr: str | None = None
    type_list_attr: str | None = None
    is_ref: bool = False

    @property
    def is_list(self) -> bool:
        """Whether this is a list of tensors."""
        return self.number_attr is not None or self.type_list_attr is not None


def parse_args(text: str, attrs: Mapping[str, Attr]) -> tuple[Arg, ...]:
    """Parses a declaration's inputs or outputs; ValueError names what cannot be read."""
    return tuple(_parse(part.strip(), attrs) for part in text.split(",") if part.strip())


def _parse(text: str, attrs: Mapping[str, Attr]) -> Arg:
    match = _ARG.match(text)
    if match is None:
        raise ValueError(f"Cannot read the argument {text!r}")
    name = match["name"]
    if match["list"]:
        return Arg(name, type_list_attr=match["list"])
    word = match["elem"] or match["ref"] or match["type"]
    is_attr = word in attrs
    return Arg(
        name,
        dtype=None if is_attr else dtypes.as_dtype(word),
        type_attr=word if is_attr else None,
        number_attr=match["number"],
        is_ref=match["ref"] is not None,
    )
