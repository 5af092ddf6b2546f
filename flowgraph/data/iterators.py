"""Iterators: the handles of what a session keeps, and the elements that a run takes of them."""

from __future__ import annotations

import warnings
from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.function import FuncGraph
from flowgraph.core.graph import get_default_graph, name_scope
from flowgraph.core.op_def import Trait, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape, as_shape
from flowgraph.core.tensor import Tensor
from flowgraph.data import nest, structure
from flowgraph.ops.data import iterators as _declared  # noqa: F401 - the ops

__all__ = ["Iterator", "initializable", "one_shot"]

GLOBAL_ITERATORS = "iterators"  # the collection of all handles
GET_NEXT_CALL_WARNING_THRESHOLD = 32
GET_NEXT_CALL_WARNING_MESSAGE = (
    "An unusually high number of `Iterator.get_next()` calls was detected. This often indicates "
    "that `Iterator.get_next()` is being called inside a training loop, which will cause gradual "
    "slowdown and eventual resource exhaustion. If this is the case, restructure your code to "
    "call `next_element = iterator.get_next()` once outside the loop, and use `next_element` as "
    "the input to some computation that is invoked inside the loop."
)


class Iterator:
    """Gives the elements of a dataset, one at a run (tf.data.Iterator).

    Args:
      iterator_resource: the handle, a resource tensor.
      initializer: the operation that starts it, or None.
      output_types: nested dtypes of an element.
      output_shapes: nested static shapes.
      output_classes: nested classes.
    """

    def __init__(
        self,
        iterator_resource: Tensor,
        initializer: Operation | None,
        output_types: Any,
        output_shapes: Any,
        output_classes: Any,
    ) -> None:
        if output_types is None or output_shapes is None or output_classes is None:
            raise ValueError(
                "If `structure` is not specified, all of `output_types`, `output_shapes`, and "
                "`output_classes` must be specified."
            )
        self._iterator_resource, self._initializer = iterator_resource, initializer
        self._element_spec = structure.from_legacy(output_types, output_shapes, output_classes)
        self._string_handle = raw.IteratorToStringHandle(iterator_resource)
        self._get_next_call_count = 0
        get_default_graph().add_to_collection(GLOBAL_ITERATORS, iterator_resource)

    # --- making -----------------------------------------------------------------------------------
    @staticmethod
    def from_structure(
        output_types: Any,
        output_shapes: Any = None,
        shared_name: str | None = None,
        output_classes: Any = None,
    ) -> Iterator:
        """An iterator that can be started with any dataset of such elements: `make_initializer`.

        Args:
          output_types: nested dtypes of an element.
          output_shapes: nested shapes; unknown ones when None.
          shared_name: iterators of one name are one in a session.
          output_classes: nested classes; tensors when None.
        """
        told = _told(output_types, output_shapes, output_classes)
        spec = structure.from_legacy(*told)
        handle = raw.IteratorV2(shared_name=shared_name or "", **structure.attrs_of(spec))
        return Iterator(handle, None, *told)

    @staticmethod
    def from_string_handle(
        string_handle: Any, output_types: Any, output_shapes: Any = None, output_classes: Any = None
    ) -> Iterator:
        """The iterator that a string, which can be fed, names: see `string_handle`."""
        told = _told(output_types, output_shapes, output_classes)
        spec = structure.from_legacy(*told)
        name = convert_to_tensor(string_handle, dtype=dtypes.string)
        handle = raw.IteratorFromStringHandleV2(name, **structure.attrs_of(spec))
        return Iterator(handle, None, *told)

    @property
    def initializer(self) -> Operation:
        """The operation that starts it from the first element; ValueError when it has none."""
        if self._initializer is None:
            raise ValueError("Iterator does not have an initializer.")
        return self._initializer

    def make_initializer(self, dataset: Any, name: str | None = None) -> Operation:
        """An operation that starts this iterator with a dataset.

        Raises:
          TypeError: the elements are of other classes, dtypes or shapes than the iterator's.
          ValueError: they are nested in another way.
        """
        with name_scope(name, "make_initializer") as scope:
            _check_alike(self, dataset)
            return raw.MakeIterator(  # type: ignore[no-any-return]
                dataset._variant_tensor, self._iterator_resource, name=scope
            )

    # --- using ------------------------------------------------------------------------------------
    def get_next(self, name: str | None = None) -> Any:
        """Tensors that are the next element in each run, nested as elements are.

        A run raises OutOfRangeError ("End of sequence") when there is none, and
        FailedPreconditionError before the initializer has run.
        """
        self._get_next_call_count += 1
        if self._get_next_call_count > GET_NEXT_CALL_WARNING_THRESHOLD:
            warnings.warn(GET_NEXT_CALL_WARNING_MESSAGE)
        tensors = raw.IteratorGetNext(
            self._iterator_resource, name=name, **structure.attrs_of(self._element_spec)
        )
        return structure.from_tensors(self._element_spec, tensors)

    def string_handle(self, name: str | None = None) -> Tensor:
        """A string tensor that names this iterator, to be fed where `from_string_handle` is."""
        if name is None:
            return self._string_handle  # type: ignore[no-any-return]
        return raw.IteratorToStringHandle(self._iterator_resource, name=name)  # type: ignore[no-any-return]

    @property
    def output_types(self) -> Any:
        """The nested dtypes of an element."""
        return structure.legacy(self._element_spec, 0)

    @property
    def output_shapes(self) -> Any:
        """The nested static shapes of an element."""
        return structure.legacy(self._element_spec, 1)

    @property
    def output_classes(self) -> Any:
        """The nested classes of an element: tf.Tensor, tf.SparseTensor."""
        return structure.legacy(self._element_spec, 2)

    @property
    def element_spec(self) -> Any:
        """The nested specs of an element."""
        return self._element_spec

    def __repr__(self) -> str:
        return f"<tf.data.Iterator '{self._iterator_resource.op.name}' of {self._element_spec}>"


def _told(types: Any, shapes: Any, classes: Any) -> tuple[Any, Any, Any]:
    types = nest.map_structure(dtypes.as_dtype, types)
    if shapes is None:
        shapes = nest.map_structure(lambda _: TensorShape(None), types)
    else:
        shapes = nest.map_structure_up_to(types, as_shape, shapes)
    if classes is None:
        classes = nest.map_structure(lambda _: Tensor, types)
    nest.assert_same_structure(types, shapes)
    return types, shapes, classes


def _check_alike(iterator: Iterator, dataset: Any) -> None:
    nest.assert_same_structure(iterator.output_types, dataset.output_types)
    nest.assert_same_structure(iterator.output_shapes, dataset.output_shapes)
    for what, mine, theirs, fits in (
        ("classes", iterator.output_classes, dataset.output_classes, lambda a, b: a is b),
        ("types", iterator.output_types, dataset.output_types, lambda a, b: a == b),
        (
            "shapes compatible with", iterator.output_shapes, dataset.output_shapes,
            lambda a, b: a.is_compatible_with(b),
        ),
    ):  # fmt: skip
        if not all(map(fits, nest.flatten(mine), nest.flatten(theirs))):
            raise TypeError(
                f"Expected output {what} {mine!r} but got dataset with output "
                f"{what.split()[0].removesuffix('es') if what == 'classes' else what.split()[0]} "
                f"{theirs!r}."
            )


# --- of a dataset ---------------------------------------------------------------------------------
def _legacy_of(dataset: Any) -> tuple[Any, Any, Any]:
    return dataset.output_types, dataset.output_shapes, dataset.output_classes


def initializable(dataset: Any, shared_name: str | None = None) -> Iterator:
    """An iterator that starts when its initializer is run (tf.data.make_initializable_iterator).

    Args:
      dataset: the dataset.
      shared_name: iterators of one name are one in a session.
    """
    _check_graph(dataset)
    about = structure.attrs_of(dataset.element_spec)
    handle = raw.IteratorV2(shared_name=shared_name or "", **about)
    with get_default_graph().colocate_with(handle.op):
        initializer = raw.MakeIterator(dataset._variant_tensor, handle)
    return Iterator(handle, initializer, *_legacy_of(dataset))


def one_shot(dataset: Any) -> Iterator:
    """An iterator over a dataset once (tf.data.make_one_shot_iterator).

    Args:
      dataset: a dataset that captures no state: variables and tables need an initializable one.
    """
    graph = get_default_graph()
    if dataset._variant_tensor.graph is not graph:
        warnings.warn(
            "Please ensure that all datasets in the pipeline are created in the same graph as "
            "the iterator."
        )
    factory = FuncGraph(graph.unique_name("make_dataset"), graph)
    with factory.as_default():
        try:
            factory.outputs = [_Copy(factory).tensor(dataset._variant_tensor)]
        except _Stateful as error:
            raise ValueError(
                "Failed to create a one-shot iterator for a dataset. "
                "`Dataset.make_one_shot_iterator()` does not support datasets that capture "
                "stateful objects, such as a `Variable` or `LookupTable`. In these cases, use "
                f"`Dataset.make_initializable_iterator()`. (Original error: {error})"
            ) from None
    about = structure.attrs_of(dataset.element_spec)
    handle = raw.OneShotIterator(dataset_factory=factory, **about)
    return Iterator(handle, None, *_legacy_of(dataset))


def _check_graph(dataset: Any) -> None:
    if dataset._variant_tensor.graph is not get_default_graph():
        raise ValueError(
            "Please ensure that all datasets in the pipeline are created in the same graph as the "
            f"iterator: {dataset!r} belongs to another one."
        )


class _Stateful(ValueError):
    """What a dataset needs is state."""


class _Copy:
    """Copies what a tensor depends on into a graph, by value."""

    def __init__(self, graph: FuncGraph) -> None:
        self._graph = graph
        self._copies: dict[Operation, Operation] = {}

    def tensor(self, tensor: Tensor) -> Tensor:
        """The copy of a tensor."""
        return self._operation(tensor.op).outputs[tensor.value_index]

    def _operation(self, op: Operation) -> Operation:
        stack = [op]
        while stack:
            top = stack[-1]
            needed = [t.op for t in top.inputs]
            missing = [o for o in needed if o not in self._copies]
            if top in self._copies or not missing:
                stack.pop()
                if top not in self._copies:
                    self._copies[top] = self._copy(top)
            else:
                stack += missing
        return self._copies[op]

    def _copy(self, op: Operation) -> Operation:
        _check_copied(op)
        inputs = [self._copies[t.op].outputs[t.value_index] for t in op.inputs]
        types = [t.dtype for t in op.outputs]
        copy = self._graph.create_node(op.op_def, inputs, types, op.name, dict(op.attrs))
        for mine, theirs in zip(copy.outputs, op.outputs, strict=True):
            mine.set_shape(theirs.shape)
        return copy


_HARMLESS = ("Assert", "MatchingFiles", "NoOp", "PyFunc", "ReadFile")


def _check_copied(op: Operation) -> None:
    if op.op_def.traits & Trait.MUST_BE_FED:
        if op.graph.building_function:
            raise ValueError(
                f"Cannot capture a tensor of a function by value (name: {op.name}). Hint: make the "
                "iterator outside of the function."
            )
        raise ValueError(f"Cannot capture a placeholder (name:{op.name}, type:{op.type}) by value.")
    makes_state = any(t.dtype.is_ref_dtype or t.dtype is dtypes.resource for t in op.outputs)
    if makes_state or (op.op_def.is_stateful() and op.type not in _HARMLESS):
        raise _Stateful(
            f"Cannot capture a stateful node (name:{op.name}, type:{op.type}) by value."
        )
