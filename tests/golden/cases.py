"""All families of cases, by name."""

from __future__ import annotations

from golden import (
    cases_array,
    cases_binary,
    cases_classes,
    cases_control,
    cases_convolution,
    cases_image,
    cases_index,
    cases_linear,
    cases_nn,
    cases_random,
    cases_reduce,
    cases_rest,
    cases_sparse,
    cases_spectral,
    cases_state,
    cases_strings,
    cases_tensor_array,
    cases_unary,
)
from golden.case import Case, Family

_MODULES = (
    cases_array,
    cases_binary,
    cases_classes,
    cases_control,
    cases_convolution,
    cases_image,
    cases_index,
    cases_linear,
    cases_nn,
    cases_random,
    cases_reduce,
    cases_rest,
    cases_sparse,
    cases_spectral,
    cases_state,
    cases_strings,
    cases_tensor_array,
    cases_unary,
)


def _checked(family: Family) -> list[Case]:
    names = [case.name for case in family.cases]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"Cases of the same name: {sorted(twice)}")
    return family.cases


FAMILIES: dict[str, list[Case]] = {m.family.name: _checked(m.family) for m in _MODULES}
