"""Invertible functions with their Jacobians' determinants, which distributions go through."""

from __future__ import annotations

import abc
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flowgraph.distributions import _ops as tf
from flowgraph.distributions.distribution import _first

__all__ = ["Bijector"]


class Bijector(abc.ABC):
    """An invertible function (tf.contrib.distributions.bijectors.Bijector).

    A subclass defines `_forward`, `_inverse` and one of `_forward_log_det_jacobian` and
    `_inverse_log_det_jacobian`, for events of `forward_min_event_ndims` dimensions. What has been
    computed of a tensor is kept, so that `inverse(forward(x))` is `x` itself.

    Args:
        graph_parents: the tensors this is made of.
        is_constant_jacobian: whether the determinant does not depend on the value.
        validate_args: whether parameters and values are checked when the graph runs.
        dtype: of values, or None for any.
        forward_min_event_ndims: how many dimensions of an input belong together at least.
        inverse_min_event_ndims: likewise of an output.
        name: of the ops; made of the class's name when it is not given.

    Raises:
        ValueError: neither of the two is given, one is negative, or a parent is no tensor.
        TypeError: one is no integer.
    """

    @abc.abstractmethod
    def __init__(
        self,
        graph_parents: list[Any] | None = None,
        is_constant_jacobian: bool = False,
        validate_args: bool = False,
        dtype: Any = None,
        forward_min_event_ndims: int | None = None,
        inverse_min_event_ndims: int | None = None,
        name: str | None = None,
    ) -> None:
        if forward_min_event_ndims is None and inverse_min_event_ndims is None:
            raise ValueError(
                "Must specify at least one of `forward_min_event_ndims` and "
                "`inverse_min_event_ndims`."
            )
        ndims = {"forward": forward_min_event_ndims, "inverse": inverse_min_event_ndims}
        for way, other in (("forward", "inverse"), ("inverse", "forward")):
            count = ndims[way] = ndims[other] if ndims[way] is None else ndims[way]
            if not isinstance(count, int):
                raise TypeError(
                    f"Expected {way}_min_event_ndims to be of type int, got {type(count).__name__}"
                )
            if count < 0:
                raise ValueError(f"{way}_min_event_ndims must be a non-negative integer.")
        self._forward_min_event_ndims: int = ndims["forward"]  # type: ignore[assignment]
        self._inverse_min_event_ndims: int = ndims["inverse"]  # type: ignore[assignment]
        self._graph_parents = list(graph_parents or [])
        for i, parent in enumerate(self._graph_parents):
            if not (isinstance(parent, tf.Tensor) or hasattr(parent, "_as_graph_element")):
                raise ValueError(f"Graph parent item {i} is not a Tensor; {parent}.")
        self._is_constant_jacobian = is_constant_jacobian
        self._constant_ildj_map: dict[Any, Any] = {}
        self._validate_args = validate_args
        self._dtype = dtype
        self._name = name or _snake(type(self).__name__.lstrip("_"))
        self._known = _Known()

    @property
    def graph_parents(self) -> list[Any]:
        """The tensors this is made of."""
        return self._graph_parents

    @property
    def forward_min_event_ndims(self) -> int:
        """How many dimensions of an input belong together at least."""
        return self._forward_min_event_ndims

    @property
    def inverse_min_event_ndims(self) -> int:
        """How many dimensions of an output belong together at least."""
        return self._inverse_min_event_ndims

    @property
    def is_constant_jacobian(self) -> bool:
        """Whether the Jacobian's determinant does not depend on the value."""
        return self._is_constant_jacobian

    @property
    def _is_injective(self) -> bool:
        """Whether no two inputs give one output; else inverses come as tuples."""
        return True

    @property
    def validate_args(self) -> bool:
        """Whether parameters and values are checked when the graph runs."""
        return self._validate_args

    @property
    def dtype(self) -> Any:
        """The dtype of values, or None for any."""
        return self._dtype

    @property
    def name(self) -> str:
        """The name of the ops' scope."""
        return self._name

    # --- shapes of events -------------------------------------------------------------------------
    def _forward_event_shape_tensor(self, input_shape: Any) -> Any:
        return input_shape

    def _forward_event_shape(self, input_shape: Any) -> Any:
        return input_shape

    def _inverse_event_shape_tensor(self, output_shape: Any) -> Any:
        return output_shape

    def _inverse_event_shape(self, output_shape: Any) -> Any:
        return output_shape

    def forward_event_shape_tensor(
        self, input_shape: Any, name: str = "forward_event_shape_tensor"
    ) -> Any:
        """The shape of an output as an int32 vector."""
        with self._name_scope(name, [input_shape]):
            shape = tf.convert_to_tensor(input_shape, dtype=tf.int32, name="input_shape")
            return self._forward_event_shape_tensor(shape)

    def forward_event_shape(self, input_shape: Any) -> Any:
        """The shape of an output, as far as it is known without a run."""
        return self._forward_event_shape(tf.TensorShape(input_shape))

    def inverse_event_shape_tensor(
        self, output_shape: Any, name: str = "inverse_event_shape_tensor"
    ) -> Any:
        """The shape of an input as an int32 vector."""
        with self._name_scope(name, [output_shape]):
            shape = tf.convert_to_tensor(output_shape, dtype=tf.int32, name="output_shape")
            return self._inverse_event_shape_tensor(shape)

    def inverse_event_shape(self, output_shape: Any) -> Any:
        """The shape of an input, as far as it is known without a run."""
        return self._inverse_event_shape(tf.TensorShape(output_shape))

    # --- the function, its inverse, and the logarithms of their Jacobians' determinants -----------
    def _forward(self, x: Any) -> Any:
        raise NotImplementedError("forward not implemented.")

    def _inverse(self, y: Any) -> Any:
        raise NotImplementedError("inverse not implemented")

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        raise NotImplementedError("forward_log_det_jacobian not implemented.")

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        raise NotImplementedError("inverse_log_det_jacobian not implemented.")

    def forward(self, x: Any, name: str = "forward") -> Any:
        """The function of `x`."""
        return self._call_forward(x, name)

    def _call_forward(self, x: Any, name: str, **kwargs: Any) -> Any:
        with self._name_scope(name, [x]):
            x = self._as_value(x, "x")
            return self._kept("y", x, kwargs, lambda: self._forward(x, **kwargs))

    def inverse(self, y: Any, name: str = "inverse") -> Any:
        """The input whose output is `y`."""
        return self._call_inverse(y, name)

    def _call_inverse(self, y: Any, name: str, **kwargs: Any) -> Any:
        with self._name_scope(name, [y]):
            y = self._as_value(y, "y")
            return self._kept("x", y, kwargs, lambda: self._inverse(y, **kwargs))

    def _kept(self, wanted: str, given: Any, kwargs: Any, make: Callable[[], Any]) -> Any:
        if not self._is_injective:
            return make()
        found = self._known.partner(wanted, given, kwargs)
        if found is None:
            found = make()
            x, y = (found, given) if wanted == "x" else (given, found)
            self._known.pair(x, y, kwargs)
        return found

    def inverse_log_det_jacobian(
        self, y: Any, event_ndims: Any, name: str = "inverse_log_det_jacobian"
    ) -> Any:
        """log |det J| of the inverse at `y`, over the last `event_ndims` dimensions."""
        return self._call_inverse_log_det_jacobian(y, event_ndims, name)

    def _call_inverse_log_det_jacobian(
        self, y: Any, event_ndims: Any, name: str, **kwargs: Any
    ) -> Any:
        with self._name_scope(name, [y]):
            checks = self._check_event_ndims(self.inverse_min_event_ndims, event_ndims)
            key = _static(event_ndims)
            if key in self._constant_ildj_map:
                return self._constant_ildj_map[key]
            y = self._as_value(y, "y")
            with tf.control_dependencies(checks):
                if not self._is_injective:
                    return self._ildjs_of_fibers(y, event_ndims, kwargs)
                return self._ildj(None, y, event_ndims, kwargs)

    def forward_log_det_jacobian(
        self, x: Any, event_ndims: Any, name: str = "forward_log_det_jacobian"
    ) -> Any:
        """log |det J| of the function at `x`, over the last `event_ndims` dimensions.

        Raises:
            NotImplementedError: the function is not injective.
        """
        return self._call_forward_log_det_jacobian(x, event_ndims, name)

    def _call_forward_log_det_jacobian(
        self, x: Any, event_ndims: Any, name: str, **kwargs: Any
    ) -> Any:
        if not self._is_injective:
            raise NotImplementedError(
                "forward_log_det_jacobian cannot be implemented for non-injective transforms."
            )
        with self._name_scope(name, [x]):
            checks = self._check_event_ndims(self.forward_min_event_ndims, event_ndims)
            key = _static(event_ndims)
            if key in self._constant_ildj_map:
                return -1.0 * self._constant_ildj_map[key]
            x = self._as_value(x, "x")
            with tf.control_dependencies(checks):
                return -self._ildj(x, None, event_ndims, kwargs)

    def _ildj(self, x: Any, y: Any, event_ndims: Any, kwargs: Any) -> Any:
        """log |det J| of the inverse, by what is defined, of the input or the output given."""
        key = _static(event_ndims)
        kept = self._known.ildj(x, y, kwargs, key)
        if kept is not None:
            return kept

        def by_forward() -> Any:
            at = x if x is not None else self._kept("x", y, kwargs, lambda: self._inverse(y))
            ildj = -self._forward_log_det_jacobian(at, **kwargs)
            return _reduced(at, ildj, self.forward_min_event_ndims, event_ndims)

        def by_inverse() -> Any:
            at = y if y is not None else self._kept("y", x, kwargs, lambda: self._forward(x))
            ildj = self._inverse_log_det_jacobian(at, **kwargs)
            return _reduced(at, ildj, self.inverse_min_event_ndims, event_ndims)

        ways = (by_inverse, by_forward) if x is None else (by_forward, by_inverse)
        ildj = _first(ways)
        self._known.keep_ildj(x, y, kwargs, key, ildj)
        if self.is_constant_jacobian and not isinstance(key, tf.Tensor):
            self._constant_ildj_map[key] = ildj
        return ildj

    def _ildjs_of_fibers(self, y: Any, event_ndims: Any, kwargs: Any) -> tuple[Any, ...]:
        def by_inverse() -> tuple[Any, ...]:
            ndims = self.inverse_min_event_ndims
            found = self._inverse_log_det_jacobian(y, **kwargs)
            return tuple(_reduced(y, ildj, ndims, event_ndims) for ildj in found)

        def by_forward() -> tuple[Any, ...]:
            ndims = self.forward_min_event_ndims
            xs = self._inverse(y, **kwargs)
            found = self._forward_log_det_jacobian(xs, **kwargs)
            return tuple(_reduced(x, -fldj, ndims, event_ndims) for x, fldj in zip(xs, found))

        return _first((by_inverse, by_forward))  # type: ignore[no-any-return]

    @contextmanager
    def _name_scope(
        self, name: str | None = None, values: list[Any] | None = None
    ) -> Iterator[str]:
        with tf.name_scope(self.name):
            with tf.name_scope(name, values=(values or []) + self.graph_parents) as scope:
                yield scope

    def _as_value(self, x: Any, name: str) -> Any:
        x = tf.convert_to_tensor(x, name=name)
        if self.dtype is not None and tf.as_dtype(self.dtype).base_dtype != x.dtype.base_dtype:
            raise TypeError(f"Input had dtype {x.dtype} but expected {self.dtype}.")
        return x

    def _check_event_ndims(self, least: int, event_ndims: Any) -> list[Any]:
        """Checks for the run, of what is not known now."""
        event_ndims = tf.convert_to_tensor(event_ndims, name="event_ndims")
        if not event_ndims.dtype.is_integer:
            raise ValueError(f"Expected integer dtype, got dtype {event_ndims.dtype}")
        if event_ndims.shape.ndims not in (None, 0):
            raise ValueError(f"Expected scalar event_ndims, got shape {event_ndims.shape}")
        known = tf.constant_value(event_ndims)
        if known is not None:
            if least > known:
                raise ValueError(
                    f"event_ndims ({int(known)}) must be larger than min_event_ndims ({least})"
                )
            return []
        if not self.validate_args:
            return []
        checks = [tf.assert_greater_equal(event_ndims, least)]
        if event_ndims.shape.ndims is None:
            checks.append(tf.assert_rank(event_ndims, 0, message="Expected scalar."))
        return checks


class _Known:
    """What has been computed of tensors: their partners, and logarithms of determinants."""

    def __init__(self) -> None:
        self._partners: dict[Any, tuple[Any, Any]] = {}
        self._ildjs: dict[Any, Any] = {}

    def partner(self, wanted: str, given: Any, kwargs: Any) -> Any:
        """The output of an input (wanted "y"), or the input of an output."""
        return self._partners.get((wanted, id(given), _key(kwargs)), (None, None))[1]

    def pair(self, x: Any, y: Any, kwargs: Any) -> None:
        """Keeps an input and its output, and with them their ids from being used again."""
        self._partners[("y", id(x), _key(kwargs))] = x, y
        self._partners[("x", id(y), _key(kwargs))] = y, x

    def ildj(self, x: Any, y: Any, kwargs: Any, event_ndims: Any) -> Any:
        """The logarithm of the inverse's determinant, known of the input or of the output."""
        for key, _ in self._keys(x, y, kwargs, event_ndims):
            if key in self._ildjs:
                return self._ildjs[key][1]
        return None

    def keep_ildj(self, x: Any, y: Any, kwargs: Any, event_ndims: Any, ildj: Any) -> None:
        """Keeps such a logarithm."""
        for key, tensor in self._keys(x, y, kwargs, event_ndims):
            self._ildjs[key] = tensor, ildj

    def _keys(self, x: Any, y: Any, kwargs: Any, event_ndims: Any) -> list[tuple[Any, Any]]:
        more = _key(kwargs), event_ndims if isinstance(event_ndims, int) else id(event_ndims)
        x = self.partner("x", y, kwargs) if x is None else x
        y = self.partner("y", x, kwargs) if y is None and x is not None else y
        sides = (("x", x), ("y", y))
        return [((side, id(tensor), *more), tensor) for side, tensor in sides if tensor is not None]


def _key(kwargs: dict[str, Any]) -> tuple[Any, ...]:
    return tuple((name, id(value)) for name, value in sorted(kwargs.items()))


def _static(event_ndims: Any) -> Any:
    """A number of dimensions as an int where it is known."""
    if isinstance(event_ndims, tf.Tensor):
        known = tf.constant_value(event_ndims)
        return event_ndims if known is None else int(known)
    return int(event_ndims)


def _reduced(at: Any, ildj: Any, least: int, event_ndims: Any) -> Any:
    """Sums over those dimensions of an event that the function takes one by one."""
    event_ndims = _static(event_ndims)
    rank = tf.rank(at)
    summed = tf.shape(at)[rank - event_ndims : rank - least]
    spread = tf.ones(summed, ildj.dtype) * ildj
    if isinstance(event_ndims, tf.Tensor):
        return tf.reduce_sum(spread, axis=tf.range(-(event_ndims - least), 0))
    result = tf.reduce_sum(spread, axis=list(range(least - event_ndims, 0)))
    ndims = at.shape.ndims
    if ndims is not None and ildj.shape.ndims is not None:
        shape = tf.broadcast_static_shape(ildj.shape, at.shape[ndims - event_ndims : ndims - least])
        result.set_shape(shape[: shape.ndims - (event_ndims - least)])
    return result


def _snake(name: str) -> str:
    apart = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z0-9])([A-Z])", r"\1_\2", apart).lower()
