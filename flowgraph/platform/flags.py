"""`tf.flags` (tf.app.flags): a program's flags, parsed by absl as in TensorFlow 1.5 to 1.15.

What is added to absl's: the older argument names of `DEFINE_*`, `FLAGS` that parse `sys.argv` at
their first use, and `FLAGS._parse_flags()` of TensorFlow 1.4 and before. A program's flag replaces
one of absl's own of the same name (`log_dir`, `v`, ...).
"""

from __future__ import annotations

import difflib
import functools
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from absl import app as _app  # noqa: F401 - defines absl's own flags before the program does
from absl import flags as _absl
from absl.flags import *  # noqa: F403 - every public name of absl.flags is one of tf.flags

from flowgraph.platform import logging

# The DEFINE functions here pass on what a program says: its flags are not this module's.
_absl.disclaim_key_flags()

_RENAMED = {"flag_name": "name", "default_value": "default", "docstring": "help"}


def _with_old_names(define: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(define)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if _RENAMED.keys() & kwargs.keys():
            # Not by Python's `logging.warning`, which would set the root logger up.
            logging.warning(
                "The arguments flag_name, default_value and docstring are now called name, "
                "default and help."
            )
            kwargs = {_RENAMED.get(key, key): value for key, value in kwargs.items()}
        return define(*args, **kwargs)

    return wrapper


class _ProgramValues(Mapping[str, Any]):
    """The values of a program's own flags by name, as they are when they are looked at."""

    def __init__(self, flags_object: Any) -> None:
        self._flags = flags_object

    def _values(self) -> dict[str, Any]:
        if not self._flags.is_parsed():
            self._flags(sys.argv)
        return _values_of_program(self._flags)

    def __getitem__(self, name: str) -> Any:
        return self._values()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values())

    def __len__(self) -> int:
        return len(self._values())


def _missing(name: str, flags: Any) -> str:
    """What is said of a flag that was not defined."""
    near = difflib.get_close_matches(name, list(flags), 1)
    return f"no flag named {name!r} was defined" + (f"; did you mean {near[0]!r}?" if near else "")


class _FlagValuesWrapper:
    """absl's flags, except that reading one parses `sys.argv` if nothing has been parsed yet."""

    def __init__(self, flags_object: Any) -> None:
        self.__dict__["__wrapped"] = flags_object
        self.__dict__["__as_values"] = False
        # `FLAGS.__dict__["__flags"]`, which scripts read their configuration from before 1.5.
        self.__dict__["__flags"] = _ProgramValues(flags_object)

    def _parse_flags(self, args: Any = None) -> None:
        """Parses the command line, as TensorFlow 1.4 did: flags that are unknown are let through.

        `FLAGS.__flags` is from here on what it was then: a dictionary of values.
        """
        if args is not None or not self.__dict__["__wrapped"].is_parsed():
            given = sys.argv[1:] if args is None else args
            self.__dict__["__wrapped"]([sys.argv[0], *given], known_only=True)
        self.__dict__["__as_values"] = True

    def __getattribute__(self, name: str) -> Any:
        own = object.__getattribute__(self, "__dict__")
        if name == "__dict__":
            return own
        if name == "_parse_flags":
            return object.__getattribute__(self, name)
        if name == "__flags" and own["__as_values"]:
            return _values_of_program(own["__wrapped"])
        return own["__wrapped"].__getattribute__(name)

    def __getattr__(self, name: str) -> Any:
        wrapped = self.__dict__["__wrapped"]
        if not wrapped.is_parsed():
            wrapped(sys.argv)
        try:
            return wrapped.__getattr__(name)
        except AttributeError:
            if name.startswith("_"):
                raise
            raise AttributeError(_missing(name, wrapped)) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self.__dict__["__wrapped"].__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        self.__dict__["__wrapped"].__delattr__(name)

    def __dir__(self) -> list[str]:
        return self.__dict__["__wrapped"].__dir__()  # type: ignore[no-any-return]

    def __getitem__(self, name: str) -> Any:
        return self.__dict__["__wrapped"][name]

    def __setitem__(self, name: str, flag: Any) -> None:
        self.__dict__["__wrapped"][name] = flag

    def __contains__(self, name: str) -> bool:
        return name in self.__dict__["__wrapped"]

    def __len__(self) -> int:
        return len(self.__dict__["__wrapped"])

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dict__["__wrapped"])

    def __str__(self) -> str:
        return str(self.__dict__["__wrapped"])

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.__dict__["__wrapped"](*args, **kwargs)


def _names(flags: Any, of_absl: bool) -> list[str]:
    """The names of the flags that absl's own modules have defined, or of all others."""
    return [
        flag.name
        for module, defined in flags.flags_by_module_dict().items()
        if (module.partition(".")[0] == "absl") == of_absl
        for flag in defined
    ]


def _values_of_program(flags: Any) -> dict[str, Any]:
    """The values of a program's own flags by name."""
    return {name: flags[name].value for name in _names(flags, of_absl=False)}


for _name in _names(_absl.FLAGS, of_absl=True):
    _absl.FLAGS[_name].allow_override = True

DEFINE_string = _with_old_names(_absl.DEFINE_string)
DEFINE_boolean = DEFINE_bool = _with_old_names(_absl.DEFINE_boolean)
DEFINE_float = _with_old_names(_absl.DEFINE_float)
DEFINE_integer = _with_old_names(_absl.DEFINE_integer)

FLAGS = _FlagValuesWrapper(_absl.FLAGS)
