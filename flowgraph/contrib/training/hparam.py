"""`HParams`: named settings of a model, that can be set from text."""

from __future__ import annotations

import json
import numbers
import re
from collections.abc import Callable, Mapping
from typing import Any

_ASSIGNMENT = re.compile(
    r"(?P<name>[a-zA-Z][\w.]*)(\[\s*(?P<index>\d+)\s*\])?\s*=\s*"
    r"((?P<value>[^,\[]*)|\[(?P<values>[^\]]*)\])($|,\s*)"
)


def parse_values(
    values: str, type_map: Mapping[str, type], ignore_unknown: bool = False
) -> dict[str, Any]:
    """Reads "name=value,list=[1,2],third[0]=5" (tf.contrib.training.parse_values).

    Args:
      values: the text.
      type_map: {name: type}.
      ignore_unknown: whether other names are passed over.

    Returns:
      {name: value, list or {index: value}}.

    Raises:
      ValueError: the text cannot be read, has an unknown name, or a name twice.
    """
    found: dict[str, Any] = {}
    at = 0
    while at < len(values):
        match = _ASSIGNMENT.match(values, at)
        if match is None:
            raise ValueError(f"Malformed hyperparameter value: {values[at:]}")
        at, name = match.end(), match["name"]
        if name in type_map:
            _assign(found, match, _reader(type_map[name]), type_map[name], values)
        elif not ignore_unknown:
            raise ValueError(f"Unknown hyperparameter type for {name}")
    return found


def _assign(
    found: dict[str, Any], match: re.Match[str], read: Callable[[str], Any], kind: type, text: str
) -> None:
    name, index = match["name"], match["index"]
    came = match["value"] if match["values"] is None else match["values"]
    try:
        if match["values"] is None:
            value: Any = read(came)
        else:
            value = [read(part) for part in re.split("[ ,]", came) if part]
    except ValueError:
        raise ValueError(
            f"Could not parse hparam '{name}' of type '{kind.__name__}' with value '{came}' in "
            f"{text}"
        ) from None
    if index is not None and match["values"] is not None:
        raise ValueError("Assignment of a list to a list index.")
    if index is None:
        _set_once(found, name, value, name, text)
        return
    if not isinstance(found.setdefault(name, {}), dict):
        raise ValueError(f"Multiple assignments to variable '{name}' in {text}")
    _set_once(found[name], int(index), value, f"{name}[{index}]", text)


def _set_once(found: dict[Any, Any], key: Any, value: Any, name: str, text: str) -> None:
    if key in found:
        raise ValueError(f"Multiple assignments to variable '{name}' in {text}")
    found[key] = value


def _reader(kind: type) -> Callable[[str], Any]:
    if kind is not bool:
        return kind

    def read(text: str) -> bool:
        if text in ("true", "True", "false", "False"):
            return text.lower() == "true"
        return bool(int(text))

    return read


def _cast(name: str, kind: type, value: Any) -> Any:
    if type(value) is kind or issubclass(kind, type(None)):
        return value
    texts = (str, bytes)
    fits = not (
        (issubclass(kind, texts) and not isinstance(value, texts))
        or issubclass(kind, bool) != isinstance(value, bool)
        or (issubclass(kind, numbers.Integral) and not isinstance(value, numbers.Integral))
        or (issubclass(kind, numbers.Number) and not isinstance(value, numbers.Number))
    )
    if not fits:
        raise ValueError(f"Could not cast hparam '{name}' of type '{kind}' from value {value!r}")
    return kind(value)  # type: ignore[call-arg]


class HParams:
    """Settings by name, each of one type, as attributes (tf.contrib.training.HParams).

    Args:
      hparam_def: an HParamDef to take them from, instead.
      model_structure: any object, kept.
      **kwargs: the settings. A list has one type for all its elements.

    >>> settings = HParams(rate=0.1, layers=[8, 4])
    >>> settings.parse("rate=0.5,layers=[2]").values()
    {'rate': 0.5, 'layers': [2]}
    """

    _HAS_DYNAMIC_ATTRIBUTES = True

    def __init__(self, hparam_def: Any = None, model_structure: Any = None, **kwargs: Any) -> None:
        self._hparam_types: dict[str, tuple[type, bool]] = {}
        self._model_structure = model_structure
        if hparam_def is not None:
            if kwargs:
                raise ValueError("hparam_def and initialization values are mutually exclusive")
            kwargs = _of_message(hparam_def)
        for name, value in kwargs.items():
            self.add_hparam(name, value)

    def add_hparam(self, name: str, value: Any) -> None:
        """Adds a setting; ValueError when the name is taken, or a list is empty."""
        if getattr(self, name, None) is not None:
            raise ValueError(f"Hyperparameter name is reserved: {name}")
        is_list = isinstance(value, (list, tuple))
        if is_list and not value:
            raise ValueError(f"Multi-valued hyperparameters cannot be empty: {name}")
        self._hparam_types[name] = (type(value[0] if is_list else value), is_list)
        setattr(self, name, value)

    def set_hparam(self, name: str, value: Any) -> None:
        """Changes a setting; KeyError when there is none, ValueError when the type is another."""
        kind, is_list = self._hparam_types[name]
        if isinstance(value, list) != is_list:
            wanted = "Must pass a list for multi-valued parameter: {}."
            if not is_list:
                wanted = "Must not pass a list for single-valued parameter: {}"
            raise ValueError(wanted.format(name))
        cast = [_cast(name, kind, v) for v in value] if is_list else _cast(name, kind, value)
        setattr(self, name, cast)

    def del_hparam(self, name: str) -> None:
        """Removes a setting, if it is there."""
        if hasattr(self, name):
            delattr(self, name)
            del self._hparam_types[name]

    def parse(self, values: str) -> HParams:
        """Changes settings as text tells: see `parse_values`."""
        kinds = {name: kind for name, (kind, _) in self._hparam_types.items()}
        return self.override_from_dict(parse_values(values, kinds))

    def override_from_dict(self, values_dict: Mapping[str, Any]) -> HParams:
        """Changes settings."""
        for name, value in values_dict.items():
            self.set_hparam(name, value)
        return self

    def set_from_map(self, values_map: Mapping[str, Any]) -> HParams:
        """The older name of `override_from_dict`."""
        return self.override_from_dict(values_map)

    def set_model_structure(self, model_structure: Any) -> None:
        """Keeps an object."""
        self._model_structure = model_structure

    def get_model_structure(self) -> Any:
        """The object that is kept."""
        return self._model_structure

    def to_json(self, indent: Any = None, separators: Any = None, sort_keys: bool = False) -> str:
        """The settings as JSON."""
        return json.dumps(self.values(), indent=indent, separators=separators, sort_keys=sort_keys)

    def parse_json(self, values_json: str) -> HParams:
        """Changes settings as JSON tells."""
        return self.override_from_dict(json.loads(values_json))

    def values(self) -> dict[str, Any]:
        """{name: value}."""
        return {name: getattr(self, name) for name in self._hparam_types}

    def get(self, key: str, default: Any = None) -> Any:
        """A setting, or `default`; ValueError when that is of another type."""
        if key not in self._hparam_types:
            return default
        if default is not None:
            kind, is_list = self._hparam_types[key]
            told = f"list<{kind}>" if is_list else str(kind)
            said = f"Hparam '{key}' of type '{told}' is incompatible with default={default}"
            if is_list != isinstance(default, list):
                raise ValueError(said)
            try:
                for value in default if is_list else [default]:
                    _cast(key, kind, value)
            except ValueError as error:
                raise ValueError(f"{said}. {error}") from None
        return getattr(self, key)

    def __contains__(self, key: object) -> bool:
        return key in self._hparam_types

    def __str__(self) -> str:
        return ",".join(f"{name}={value}" for name, value in self.values().items())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({sorted(self.values().items())})"

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"'{type(self).__name__}' object has no attribute {name!r}")


def _of_message(hparam_def: Any) -> dict[str, Any]:
    """The settings of an HParamDef."""
    found = {}
    for name, value in hparam_def.hparam.items():
        kind = value.WhichOneof("kind")
        told = getattr(value, kind)
        parts = list(told.value) if kind.endswith("_list") else [told]
        if kind.startswith("bytes"):
            parts = [part.decode() for part in parts]
        found[name] = parts if kind.endswith("_list") else parts[0]
    return found
