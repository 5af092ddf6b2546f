"""All families of cases, by name: each `cases_*.py` in this folder has one, called `family`."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from golden.case import Case, Family


def _checked(family: Family) -> list[Case]:
    names = [case.name for case in family.cases]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"Cases of the same name: {sorted(twice)}")
    return family.cases


def _families() -> list[Family]:
    files = sorted(Path(__file__).parent.glob("cases_*.py"))
    return [import_module(f"golden.{file.stem}").family for file in files]


FAMILIES: dict[str, list[Case]] = {family.name: _checked(family) for family in _families()}
