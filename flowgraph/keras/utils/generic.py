"""Objects from configurations and back, and the objects that a user's names stand for."""

from __future__ import annotations

import inspect
from typing import Any

from flowgraph.layers import lookup
from flowgraph.layers.naming import to_snake_case  # noqa: F401

_CUSTOM: dict[str, Any] = {}


class CustomObjectScope:
    """Within a `with`, names in configurations can mean these objects.

    >>> with CustomObjectScope({"double": lambda x: 2 * x}):
    ...     layer = Dense(3, activation="double")
    """

    def __init__(self, *args: dict[str, Any]) -> None:
        self.custom_objects, self.backup = args, None

    def __enter__(self) -> CustomObjectScope:
        self.backup = dict(_CUSTOM)
        for objects in self.custom_objects:
            _CUSTOM.update(objects)
        return self

    def __exit__(self, *args: Any) -> None:
        _CUSTOM.clear()
        _CUSTOM.update(self.backup)  # type: ignore[arg-type]


def custom_object_scope(*args: dict[str, Any]) -> CustomObjectScope:
    """See `CustomObjectScope`."""
    return CustomObjectScope(*args)


def get_custom_objects() -> dict[str, Any]:
    """The dictionary of custom objects, to add to."""
    return _CUSTOM


lookup.resolvers.append(lambda kind, name: _CUSTOM.get(name))


def serialize_keras_object(instance: Any) -> Any:
    """{"class_name", "config"} of an object, or the name of a function; None stays None.

    Raises:
      ValueError: it has neither a `get_config` nor a name.
    """
    if instance is None:
        return None
    if hasattr(instance, "get_config"):
        config = {
            key: _plain(item)
            if not isinstance(item, str) and hasattr(item, "get_config") else item
            for key, item in instance.get_config().items()
        }  # fmt: skip
        name = getattr(instance, "_keras_name", None) or type(instance).__name__
        return {"class_name": name, "config": config}
    if hasattr(instance, "__name__"):
        return instance.__name__
    raise ValueError("Cannot serialize", instance)


def _plain(item: Any) -> Any:
    return serialize_keras_object(item)


def deserialize_keras_object(
    identifier: Any, module_objects: Any = None, custom_objects: Any = None,
    printable_module_name: str = "object",
) -> Any:  # fmt: skip
    """The object of a {"class_name", "config"}, of a name, or a function as it is.

    Raises:
      ValueError: nobody knows the name.
    """
    known = {**(module_objects or {}), **_CUSTOM, **(custom_objects or {})}
    if identifier is None:
        return None
    if isinstance(identifier, dict):
        if "class_name" not in identifier or "config" not in identifier:
            raise ValueError("Improper config format: " + str(identifier))
        name, config = identifier["class_name"], identifier["config"]
        made = known.get(name)
        if made is None:
            raise ValueError(f"Unknown {printable_module_name}: {name}")
        if not hasattr(made, "from_config"):
            with CustomObjectScope(custom_objects or {}):
                return made(**config)
        if "custom_objects" in inspect.signature(made.from_config).parameters:
            return made.from_config(config, custom_objects={**_CUSTOM, **(custom_objects or {})})
        with CustomObjectScope(custom_objects or {}):
            return made.from_config(config)
    if isinstance(identifier, str):
        found = known.get(identifier)
        if found is None:
            raise ValueError(f"Unknown {printable_module_name}:{identifier}")
        return found() if inspect.isclass(found) else found
    if callable(identifier):
        return identifier
    raise ValueError(f"Could not interpret serialized {printable_module_name}: {identifier}")


def to_list(value: Any) -> list[Any]:
    """A list as it is, a tuple as a list, None as none, anything else as the only element."""
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def unpack_singleton(values: Any) -> Any:
    """The only element of a list of one; longer lists as they are."""
    return values[0] if len(values) == 1 else values
