"""The functions of tensorflow.python.util.all_util: what a module shows of its names.

Packages written in TensorFlow's manner end with `remove_undocumented(__name__)`: of the module's
names only those stay that its docstring lists as `@@name`, or that are allowed by name.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from types import ModuleType

_DOCUMENTED = re.compile(r"@@(\w+)")
_hidden: dict[str, tuple[ModuleType, object]] = {}


def make_all(module_name: str, doc_string_modules: Sequence[ModuleType] | None = None) -> list[str]:
    """The names that docstrings list as `@@name` and the module has.

    Args:
      module_name: a module that is loaded.
      doc_string_modules: whose docstrings are read; by default the module's own.
    """
    module = sys.modules[module_name]
    texts = [m.__doc__ or "" for m in doc_string_modules or [module]]
    names = {name for text in texts for name in _DOCUMENTED.findall(text)}
    return sorted(names & set(dir(module)))


def remove_undocumented(
    module_name: str,
    allowed_exception_list: Iterable[str] | None = None,
    doc_string_modules: Sequence[ModuleType] | None = None,
) -> None:
    """Deletes a module's names that are neither documented, nor allowed, nor begin with "_"."""
    module = sys.modules[module_name]
    kept = {*make_all(module_name, doc_string_modules), *(allowed_exception_list or ())}
    for name in [n for n in vars(module) if n not in kept and not n.startswith("_")]:
        _hidden[f"{module_name}.{name}"] = (module, vars(module)[name])
        delattr(module, name)


def reveal_undocumented(symbol_name: str, target_module: ModuleType | None = None) -> None:
    """Puts a deleted name, such as "package.name", back, into its module or `target_module`.

    Raises:
      LookupError: nothing of this name was deleted.
    """
    if symbol_name not in _hidden:
        raise LookupError(f"Symbol {symbol_name} is not a hidden symbol")
    module, value = _hidden[symbol_name]
    setattr(target_module or module, symbol_name.rpartition(".")[2], value)
