"""`variable_scope` and `get_variable`: variables shared by name, with defaults for what is inside.

A variable scope names variables and a name scope names operations; entering the first opens the
second too. The scope in force lives with its graph, once for each thread.
"""

from __future__ import annotations

import enum
import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.collections import GraphKeys
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import get_default_graph, graph_of_inputs, name_scope
from flowgraph.variables.store import Request, VariableStore, variable_store
from flowgraph.variables.variable import VariableAggregation, VariableSynchronization

_KEY = ("__varscope",)


class _ReuseMode(enum.Enum):
    AUTO_REUSE = 1

    def __repr__(self) -> str:
        return str(self)


AUTO_REUSE = _ReuseMode.AUTO_REUSE


def no_regularizer(_: Any) -> None:
    """A regularizer that adds nothing, in place of the scope's own (tf.no_regularizer)."""
    return None


_Getter = Callable[..., Any]


class VariableScope:
    """A prefix of names, and what `get_variable` takes where it is not told (tf.VariableScope).

    `reuse` is True, False or AUTO_REUSE; `original_name_scope` the name scope opened with it.
    """

    def __init__(
        self,
        reuse: Any,
        name: str = "",
        initializer: Any = None,
        regularizer: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        custom_getter: _Getter | None = None,
        name_scope: str = "",
        dtype: Any = dtypes.float32,
        use_resource: bool | None = None,
        constraint: Any = None,
    ) -> None:
        self._reuse, self._name, self._name_scope = reuse, name, name_scope
        self._initializer, self._regularizer, self._constraint = (
            initializer,
            regularizer,
            constraint,
        )
        self._caching_device, self._partitioner = caching_device, partitioner
        self._custom_getter, self._dtype, self._use_resource = custom_getter, dtype, use_resource

    @property
    def name(self) -> str:
        """What comes before the names of its variables, without a slash."""
        return self._name

    @property
    def original_name_scope(self) -> str:
        """The name scope that was opened with it, with its slash."""
        return self._name_scope

    @property
    def reuse(self) -> Any:
        """Whether variables are found, made, or whichever is needed: True, False, AUTO_REUSE."""
        return self._reuse

    @property
    def initializer(self) -> Any:
        """What variables start with."""
        return self._initializer

    @property
    def regularizer(self) -> Any:
        """What gives variables' regularisation losses."""
        return self._regularizer

    @property
    def caching_device(self) -> Any:
        """Where reads are kept."""
        return self._caching_device

    @property
    def partitioner(self) -> Any:
        """What tells into how many pieces variables go."""
        return self._partitioner

    @property
    def custom_getter(self) -> _Getter | None:
        """The function through which variables are made and found."""
        return self._custom_getter

    @property
    def constraint(self) -> Any:
        """What an optimizer applies after each update."""
        return self._constraint

    @property
    def dtype(self) -> Any:
        """The dtype of variables."""
        return self._dtype

    @property
    def use_resource(self) -> bool | None:
        """Whether variables are resource variables; None: as by default."""
        return self._use_resource

    def reuse_variables(self) -> None:
        """From now on variables are only found, not made."""
        self._reuse = True

    def set_initializer(self, initializer: Any) -> None:
        """Sets what variables start with."""
        self._initializer = initializer

    def set_regularizer(self, regularizer: Any) -> None:
        """Sets what gives variables' regularisation losses."""
        self._regularizer = regularizer

    def set_caching_device(self, caching_device: Any) -> None:
        """Sets where reads are kept."""
        self._caching_device = caching_device

    def set_partitioner(self, partitioner: Any) -> None:
        """Sets what tells into how many pieces variables go."""
        self._partitioner = partitioner

    def set_custom_getter(self, custom_getter: _Getter | None) -> None:
        """Sets the function through which variables are made and found."""
        self._custom_getter = custom_getter

    def set_dtype(self, dtype: Any) -> None:
        """Sets the dtype of variables."""
        self._dtype = dtype

    def set_use_resource(self, use_resource: bool) -> None:
        """Sets whether variables are resource variables."""
        self._use_resource = use_resource

    def get_collection(self, name: str) -> list[Any]:
        """What is in a collection of the graph and named below this scope."""
        return get_default_graph().get_collection(name, self._name + "/" if self._name else "")

    def global_variables(self) -> list[Any]:
        """The global variables below this scope."""
        return self.get_collection(GraphKeys.GLOBAL_VARIABLES)

    def local_variables(self) -> list[Any]:
        """The local variables below this scope."""
        return self.get_collection(GraphKeys.LOCAL_VARIABLES)

    def trainable_variables(self) -> list[Any]:
        """The trainable variables below this scope."""
        return self.get_collection(GraphKeys.TRAINABLE_VARIABLES)

    def get_variable(
        self,
        var_store: VariableStore,
        name: str,
        reuse: Any = None,
        custom_getter: _Getter | None = None,
        **asked: Any,
    ) -> Any:
        """Finds or makes a variable of this scope; `asked` are arguments of `get_variable`."""
        for key in ("regularizer", "caching_device", "partitioner", "use_resource"):
            if asked.get(key) is None:
                asked[key] = getattr(self, key)
        # A variable's name depends on the variable scope alone.
        with name_scope(None):
            _check_initializer(asked.get("initializer"), asked.get("dtype"))
            for key in ("initializer", "constraint", "dtype"):
                if asked.get(key) is None:
                    asked[key] = getattr(self, key)
            full = f"{self._name}/{name}" if self._name else name
            request = Request(full, reuse=self._reuse if reuse is None else reuse, **asked)
            return var_store.get(request, custom_getter or self._custom_getter)


def _check_initializer(initializer: Any, dtype: Any) -> None:
    if initializer is None or callable(initializer) or dtype is None:
        return
    own = convert_to_tensor(initializer).dtype.base_dtype
    if own is not dtypes.as_dtype(dtype).base_dtype:
        raise ValueError(
            f"Initializer type '{own}' and explicit dtype '{dtypes.as_dtype(dtype)}' don't match."
        )


# --- the scope in force ---------------------------------------------------------------------------
class _Scopes(threading.local):
    """The scope in force in a graph, and how often a scope of each name was opened."""

    def __init__(self) -> None:
        self.current = VariableScope(False)
        self.counts: dict[str, int] = {}

    def open(self, name: str) -> None:
        self.counts[name] = self.counts.get(name, 0) + 1

    def close_inner(self, name: str) -> None:
        """The names below `name` count anew when it is opened again."""
        for key in self.counts:
            if not name or key.startswith(name + "/"):
                self.counts[key] = 0

    def unique(self, prefix: str) -> str:
        """The prefix, with a number when a scope of that name was opened here before."""
        full = f"{self.current.name}/{prefix}" if self.current.name else prefix
        if not self.counts.get(full):
            return prefix
        number = 1
        while self.counts.get(f"{full}_{number}"):
            number += 1
        return f"{prefix}_{number}"


def _scopes() -> _Scopes:
    kept = get_default_graph().get_collection_ref(_KEY)
    if not kept:
        kept.append(_Scopes())
    return kept[0]  # type: ignore[no-any-return]


def get_variable_scope() -> VariableScope:
    """The variable scope in force (tf.get_variable_scope)."""
    return _scopes().current


def unique_scope_name(prefix: str) -> str:
    """The prefix, with a number when a variable scope of that name was opened here before."""
    return _scopes().unique(prefix)


@contextmanager
def pure_variable_scope(
    name_or_scope: str | VariableScope,
    reuse: Any = None,
    old_name_scope: str | None = None,
    **given: Any,
) -> Iterator[VariableScope]:
    """Puts a variable scope in force, without a name scope: below the outer one, or a known one."""
    scopes = _scopes()
    outer, counts = scopes.current, None
    if isinstance(name_or_scope, VariableScope):
        name, base, original = name_or_scope.name, name_or_scope, name_or_scope.original_name_scope
        scopes.open(name)
        counts = dict(scopes.counts)
    else:
        name = f"{outer.name}/{name_or_scope}" if outer.name else name_or_scope
        base, original = outer, name_or_scope if old_name_scope is None else old_name_scope
        scopes.open(name)
    scopes.current = scope = _derived(base, name, reuse or base.reuse, original, given)
    try:
        yield scope
    finally:
        if scopes.current is not scope:
            raise RuntimeError("Improper nesting of variable_scope.")
        if counts is None:
            scopes.close_inner(name)
        else:
            scopes.counts = counts
        scopes.current = outer


def _derived(
    base: VariableScope, name: str, reuse: Any, original: str, given: dict[str, Any]
) -> VariableScope:
    """A scope with what is given, and otherwise what `base` says (of a constraint: nothing)."""
    keys = ("initializer", "regularizer", "caching_device", "partitioner", "dtype", "use_resource")
    taken = {k: getattr(base, k) if given.get(k) is None else given[k] for k in keys}
    getter, outer = given.get("custom_getter"), base.custom_getter
    if getter is None:
        getter = outer
    elif outer is not None:
        getter = _chained(getter, outer)
    return VariableScope(
        reuse, name, custom_getter=getter, name_scope=original,
        constraint=given.get("constraint"), **taken,
    )  # fmt: skip


def _chained(inner: _Getter, outer: _Getter) -> _Getter:
    """A custom getter inside another one: its getter is the outer one."""

    def chained(getter: _Getter, *args: Any, **kwargs: Any) -> Any:
        return inner(functools.partial(outer, getter), *args, **kwargs)

    return chained


class variable_scope:
    """A `with` block whose variables are named below it (tf.variable_scope).

    Args:
      name_or_scope: a name, or a `VariableScope` to enter again; None takes `default_name`.
      default_name: a name that gets a number when it was used here before.
      values: tensors that tell the graph.
      initializer: what variables inside start with, unless told otherwise.
      regularizer: likewise, what gives their regularisation losses.
      caching_device: likewise, where reads are kept.
      partitioner: likewise, a function (shape, dtype) -> how many pieces along each axis.
      custom_getter: a function `getter(getter, name, ...)` through which variables are made.
      reuse: True: find variables, do not make them; AUTO_REUSE: make those that are missing; None:
        as outside.
      dtype: the dtype of variables inside, unless told otherwise.
      use_resource: likewise, whether they are resource variables.
      constraint: likewise, what an optimizer applies after each update.
      auxiliary_name_scope: whether to open a name scope too.

    Yields:
      The `VariableScope`.

    Raises:
      ValueError: reuse is none of these, or True without a name.
      TypeError: there is no name.
    """

    def __init__(
        self,
        name_or_scope: str | VariableScope | None,
        default_name: str | None = None,
        values: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        custom_getter: _Getter | None = None,
        reuse: Any = None,
        dtype: Any = None,
        use_resource: bool | None = None,
        constraint: Any = None,
        auxiliary_name_scope: bool = True,
    ) -> None:
        if default_name is None and name_or_scope is None:
            raise TypeError("If default_name is None then name_or_scope is required")
        reuse = None if reuse is False else reuse  # what is inherited cannot be taken back
        if reuse not in (None, True, AUTO_REUSE):
            raise ValueError("The reuse parameter must be True or False or None.")
        if not isinstance(auxiliary_name_scope, bool):
            raise TypeError(
                "The auxiliary_name_scope must be `True` or `False`, while get "
                f"{auxiliary_name_scope}"
            )
        self._target, self._default_name = name_or_scope, default_name
        self._values, self._reuse, self._opens_names = values, reuse, auxiliary_name_scope
        self._given = {
            "initializer": initializer, "regularizer": regularizer, "dtype": dtype,
            "caching_device": caching_device, "partitioner": partitioner,
            "custom_getter": custom_getter, "use_resource": use_resource, "constraint": constraint,
        }  # fmt: skip
        self._entered: list[ExitStack] = []
        self._first: tuple[Any, str | None] | None = None  # entered again, it names as at first

    def __enter__(self) -> VariableScope:
        target = self._target
        if target is not None and not isinstance(target, (str, VariableScope)):
            raise TypeError("VariableScope: name_or_scope must be a string or VariableScope.")
        if target is None and self._reuse:
            raise ValueError("reuse=True cannot be used without a name_or_scope")
        with ExitStack() as stack:
            graph = graph_of_inputs(list(self._values or ()))
            if graph is not get_default_graph():
                stack.enter_context(graph.as_default())
            scope = self._enter(stack)
            self._entered.append(stack.pop_all())
        return scope

    def _enter(self, stack: ExitStack) -> VariableScope:
        name: Any = self._target
        if isinstance(name, VariableScope):
            name = name.name.split("/")[-1]
        elif name is None:
            name = self._default_name
        opened = self._name_scope(stack, name)
        if self._first is None:
            unique = unique_scope_name(name) if self._target is None else self._target
            self._first = unique, opened
        target, original = self._first
        return stack.enter_context(
            pure_variable_scope(target, self._reuse, original, **self._given)
        )

    def _name_scope(self, stack: ExitStack, name: str) -> str | None:
        graph = get_default_graph()
        if not self._opens_names:
            inside = graph.get_name_scope()
            return inside + "/" if inside else ""
        return stack.enter_context(graph.name_scope(name)) if name else None

    def __exit__(self, *error: Any) -> Any:
        return self._entered.pop().__exit__(*error)


@contextmanager
def variable_op_scope(
    values: Any, name_or_scope: Any, default_name: str | None = None, **given: Any
) -> Iterator[VariableScope]:
    """The old form of `variable_scope` (tf.variable_op_scope)."""
    with variable_scope(name_or_scope, default_name, values, **given) as scope:
        yield scope


# --- get_variable ---------------------------------------------------------------------------------
def get_variable(
    name: str,
    shape: Any = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool | None = None,
    collections: Any = None,
    caching_device: Any = None,
    partitioner: Any = None,
    validate_shape: bool = True,
    use_resource: bool | None = None,
    custom_getter: _Getter | None = None,
    constraint: Any = None,
    synchronization: VariableSynchronization = VariableSynchronization.AUTO,
    aggregation: VariableAggregation = VariableAggregation.NONE,
) -> Any:
    """Finds or makes the variable of this name in the variable scope in force (tf.get_variable).

    Args:
      name: its name below the scope's.
      shape: its shape; None when `initializer` is a value.
      dtype: the scope's when None, which is float32 as a rule.
      initializer: a function (shape, dtype) that gives the initial value, or the value itself; the
        scope's when None, and else Glorot's uniform numbers, or zeros for integers, bool, strings.
      regularizer: a function of the variable; what it gives goes to the collection
        REGULARIZATION_LOSSES.
      trainable: whether optimizers change it.
      collections: the names of its collections; [GraphKeys.GLOBAL_VARIABLES] when None.
      caching_device: a device where reads are kept.
      partitioner: a function (shape, dtype) -> how many pieces along each axis.
      validate_shape: False: the shape is unknown, and may change.
      use_resource: whether it is a resource variable; as the scope says when None.
      custom_getter: see `variable_scope`.
      constraint: a function of the variable that an optimizer applies after each update.
      synchronization: accepted.
      aggregation: accepted.

    Returns:
      A `Variable`, or a `PartitionedVariable` when there is a partitioner.

    Raises:
      ValueError: there is one and it may not be reused, or none where there should be, or it is
        another than asked for; or shape and initializer do not fit.
    """
    return get_variable_scope().get_variable(
        variable_store(), name, shape=shape, dtype=dtype, initializer=initializer,
        regularizer=regularizer, trainable=trainable, collections=collections,
        caching_device=caching_device, partitioner=partitioner, validate_shape=validate_shape,
        use_resource=use_resource, custom_getter=custom_getter, constraint=constraint,
        synchronization=synchronization, aggregation=aggregation,
    )  # fmt: skip


def get_local_variable(name: str, *args: Any, **kwargs: Any) -> Any:
    """As `get_variable`, of the collection LOCAL_VARIABLES and not trained."""
    kwargs["trainable"] = False
    kwargs["collections"] = [*(kwargs.get("collections") or ()), GraphKeys.LOCAL_VARIABLES]
    return get_variable(name, *args, **kwargs)
