"""Maps what `Session.run` is asked for, a structure of any nesting, to a flat list and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flowgraph.core.graph import Graph
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor

Rebuild = Callable[[list[Any]], Any]
# A composite value: type -> (its tensors, how values become one, its feed as (tensor, value)).
_composites: list[tuple[type, Callable[..., Any], Callable[..., Any]]] = []


def register_session_run_conversion_functions(
    tensor_type: type,
    fetch_function: Callable[[Any], tuple[list[Any], Callable[[list[Any]], Any]]],
    feed_function: Callable[[Any, Any], list[tuple[Any, Any]]] | None = None,
    feed_function_for_partial_run: Callable[[Any], list[Any]] | None = None,
) -> None:
    """Lets `Session.run` fetch and feed values that consist of several tensors (TF's function).

    `fetch_function(value)` gives (fetches, how to join their values); `feed_function(key, value)`
    gives pairs (tensor, value).
    """
    del feed_function_for_partial_run
    if any(kind is tensor_type for kind, _, _ in _composites):
        raise ValueError(f"{tensor_type} has already been registered.")
    _composites.append((tensor_type, fetch_function, feed_function or (lambda k, v: [(k, v)])))


def expand_feed(key: Any, value: Any) -> list[tuple[Any, Any]]:
    """The (tensor, value) pairs of one entry of a feed_dict."""
    for kind, _, feed in _composites:
        if isinstance(key, kind):
            return list(feed(key, value))
    if isinstance(key, tuple):  # such as the state of an LSTM: {(c, h): (array, array)}
        values = list(value) if isinstance(value, (list, tuple)) else [value]
        if len(key) != len(values):
            raise ValueError(
                f"Could not flatten dictionary. Key had {len(key)} elements, but value had "
                f"{len(values)} elements. Key: {key}, value: {value!r}."
            )
        return [pair for k, v in zip(key, values, strict=True) for pair in expand_feed(k, v)]
    return [(key, value)]


class FetchPlan:
    """The flat fetches of a structure, each once, and how their values become the structure."""

    def __init__(self, graph: Graph, fetches: Any) -> None:
        self.graph = graph
        self.elements: list[Tensor | Operation] = []
        self._positions: dict[Tensor | Operation, int] = {}
        self._tensors = 0
        self.rebuild: Rebuild = self._structure(fetches)

    def _structure(self, fetch: Any) -> Rebuild:
        if fetch is None:
            raise TypeError(
                f"Fetch argument {fetch!r} has invalid type {type(fetch)}. Hint: "
                "tf.summary.merge_all() is None where there are no summaries."
            )
        if isinstance(fetch, (list, tuple)):
            return self._sequence(fetch)
        if isinstance(fetch, Mapping):
            parts = {k: self._structure(v) for k, v in fetch.items()}
            kind = dict if type(fetch) is dict else type(fetch)
            return lambda values: kind((k, part(values)) for k, part in parts.items())  # type: ignore[call-arg]
        if hasattr(type(fetch), "__attrs_attrs__"):
            fields = [self._structure(getattr(fetch, a.name)) for a in type(fetch).__attrs_attrs__]
            return lambda values: type(fetch)(*[part(values) for part in fields])
        for kind, function, _ in _composites:
            if isinstance(fetch, kind):
                inner, join = function(fetch)
                built = [self._structure(part) for part in inner]
                return lambda values: join([part(values) for part in built])
        return self._element(fetch)

    def _sequence(self, fetch: Any) -> Rebuild:
        parts = [self._structure(part) for part in fetch]
        if hasattr(fetch, "_fields"):  # a namedtuple
            return lambda values: type(fetch)(*[part(values) for part in parts])
        if isinstance(fetch, tuple):
            return lambda values: tuple([part(values) for part in parts])
        return lambda values: [part(values) for part in parts]

    def _element(self, fetch: Any) -> Rebuild:
        element = self._lookup(fetch)
        if not self.graph.is_fetchable(element):
            raise ValueError(f"Operation {element.name!r} has been marked as not fetchable.")
        if isinstance(element, Operation):
            if element not in self._positions:
                self._positions[element] = -1
                self.elements.append(element)
            return lambda values: None
        if element not in self._positions:
            self._positions[element] = self._tensors
            self.elements.append(element)
            self._tensors += 1
        position = self._positions[element]
        return lambda values: values[position]

    def _lookup(self, fetch: Any) -> Any:
        try:
            return self.graph.as_graph_element(fetch)
        except TypeError as error:
            raise TypeError(
                f"Fetch argument {fetch!r} has invalid type {type(fetch)}, must be a string or "
                f"Tensor. ({error})"
            ) from None
        except ValueError as error:
            raise ValueError(
                f"Fetch argument {fetch!r} cannot be interpreted as a Tensor. ({error})"
            ) from None
        except KeyError as error:
            raise ValueError(
                f"Fetch argument {fetch!r} cannot be interpreted as a Tensor. ({error.args[0]})"
            ) from None


def structure_key(fetches: Any) -> Any:
    """A hashable key of a fetch structure: equal keys have equal plans."""
    if isinstance(fetches, Mapping):
        items = tuple((k, structure_key(v)) for k, v in fetches.items())
        return (type(fetches), items)
    if isinstance(fetches, (list, tuple)):
        return (type(fetches), *[structure_key(f) for f in fetches])
    if hasattr(type(fetches), "__attrs_attrs__"):
        parts = [getattr(fetches, a.name) for a in type(fetches).__attrs_attrs__]
        return (type(fetches), *[structure_key(f) for f in parts])
    if type(fetches).__hash__ is None:  # an array or a set, say
        raise TypeError(
            f"Fetch argument {fetches!r} has invalid type {type(fetches)}, must be a string or "
            "Tensor."
        )
    return fetches
