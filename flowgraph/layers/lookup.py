"""What a layer's arguments mean: a name, a configuration or the function itself.

Each table maps a name to a function (activations) or to what makes one without arguments (the
others). keras adds its own to the tables, and its custom objects through `resolvers`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.layers import activations, constraints, regularizers
from flowgraph.variables import initializers


class RandomNormal(initializers.RandomNormal):
    """Normal numbers; keras' narrower default deviation."""

    def __init__(
        self, mean: Any = 0.0, stddev: Any = 0.05, seed: int | None = None, dtype: Any = "float32"
    ) -> None:
        super().__init__(mean, stddev, seed, dtype)


class TruncatedNormal(initializers.TruncatedNormal):
    """Normal numbers within two deviations; keras' narrower default deviation."""

    def __init__(
        self, mean: Any = 0.0, stddev: Any = 0.05, seed: int | None = None, dtype: Any = "float32"
    ) -> None:
        super().__init__(mean, stddev, seed, dtype)


class RandomUniform(initializers.RandomUniform):
    """Uniform numbers; keras' default limits."""

    def __init__(
        self, minval: Any = -0.05, maxval: Any = 0.05, seed: int | None = None,
        dtype: Any = "float32",
    ) -> None:  # fmt: skip
        super().__init__(minval, maxval, seed, dtype)


ACTIVATIONS: dict[str, Any] = {
    name: getattr(activations, name)
    for name in (
        "softmax", "elu", "selu", "softplus", "softsign", "relu", "tanh", "sigmoid", "exponential",
        "hard_sigmoid", "linear", "swish",
    )
}  # fmt: skip
INITIALIZERS: dict[str, Any] = {
    "zeros": initializers.Zeros, "zero": initializers.Zeros, "Zeros": initializers.Zeros,
    "ones": initializers.Ones, "one": initializers.Ones, "Ones": initializers.Ones,
    "constant": initializers.Constant, "Constant": initializers.Constant,
    "normal": RandomNormal, "random_normal": RandomNormal, "RandomNormal": RandomNormal,
    "uniform": RandomUniform, "random_uniform": RandomUniform, "RandomUniform": RandomUniform,
    "truncated_normal": TruncatedNormal, "TruncatedNormal": TruncatedNormal,
    "VarianceScaling": initializers.VarianceScaling,
    "variance_scaling": initializers.VarianceScaling,
    "orthogonal": initializers.Orthogonal, "Orthogonal": initializers.Orthogonal,
    "identity": initializers.Identity, "Identity": initializers.Identity,
    "glorot_uniform": initializers.GlorotUniform, "GlorotUniform": initializers.GlorotUniform,
    "glorot_normal": initializers.GlorotNormal, "GlorotNormal": initializers.GlorotNormal,
    "he_normal": initializers.he_normal, "he_uniform": initializers.he_uniform,
    "lecun_normal": initializers.lecun_normal, "lecun_uniform": initializers.lecun_uniform,
}  # fmt: skip
REGULARIZERS: dict[str, Any] = {
    name: getattr(regularizers, name) for name in ("l1", "l2", "l1_l2", "L1L2")
}
CONSTRAINTS: dict[str, Any] = {
    name: getattr(constraints, name)
    for name in (
        "MaxNorm", "max_norm", "NonNeg", "non_neg", "UnitNorm", "unit_norm", "MinMaxNorm",
        "min_max_norm",
    )
}  # fmt: skip

# Functions (kind, name) -> object or None that are asked before the tables.
resolvers: list[Callable[[str, str], Any]] = []


def _named(kind: str, table: dict[str, Any], name: str) -> Any:
    for resolve in resolvers:
        found = resolve(kind, name)
        if found is not None:
            return found
    if name not in table:
        raise ValueError(f"Unknown {kind}: {name}. Known are: {', '.join(sorted(table))}.")
    return table[name]


def _made(kind: str, table: dict[str, Any], identifier: Any) -> Any:
    if identifier is None:
        return None
    if isinstance(identifier, dict):
        maker = _named(kind, table, identifier["class_name"])
        config = identifier.get("config", {})
        return maker.from_config(config) if hasattr(maker, "from_config") else maker(**config)
    if isinstance(identifier, str):
        found = _named(kind, table, identifier)
        # The tables hold what makes a function; a custom object may be the function itself.
        return found() if table.get(identifier) is found or isinstance(found, type) else found
    if callable(identifier):
        return identifier
    raise ValueError(f"Could not interpret {kind} identifier: {identifier}")


def activation(identifier: Any) -> Callable[..., Any]:
    """The activation of a name, a function, or None, which is the linear one.

    Raises:
      ValueError: there is no activation of this name.
    """
    if identifier is None:
        return activations.linear
    if isinstance(identifier, str):
        return _named("activation function", ACTIVATIONS, identifier)  # type: ignore[no-any-return]
    if isinstance(identifier, dict):
        return _made("activation function", ACTIVATIONS, identifier)  # type: ignore[no-any-return]
    if callable(identifier):
        return identifier  # type: ignore[no-any-return]
    raise TypeError(f"Could not interpret activation function identifier: {identifier!r}")


def initializer(identifier: Any) -> Any:
    """The initializer of a name, {"class_name", "config"}, a value or function; None stays.

    Raises:
      ValueError: there is no initializer of this name.
    """
    if (
        identifier is not None
        and not callable(identifier)
        and not isinstance(identifier, (str, dict))
    ):
        return identifier  # a value
    return _made("initializer", INITIALIZERS, identifier)


def regularizer(identifier: Any) -> Any:
    """The regularizer of a name, {"class_name", "config"} or function; None stays None.

    Raises:
      ValueError: there is no regularizer of this name.
    """
    return _made("regularizer", REGULARIZERS, identifier)


def constraint(identifier: Any) -> Any:
    """The constraint of a name, {"class_name", "config"} or function; None stays None.

    Raises:
      ValueError: there is no constraint of this name.
    """
    return _made("constraint", CONSTRAINTS, identifier)


def serialized(found: Any) -> Any:
    """What `get_config` tells of an activation, initializer, regularizer or constraint."""
    if found is None:
        return None
    if hasattr(found, "get_config"):
        return {"class_name": type(found).__name__, "config": found.get_config()}
    return getattr(found, "__name__", found)
