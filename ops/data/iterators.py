"""Ops of iterators: their handles, and starting them, taking elements, naming them."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import Trait, define
from flowgraph.core.shapes import SCALAR, TensorShape
from flowgraph.ops.data._calls import as_dataset
from flowgraph.ops.data._declare import OUTPUTS, with_functions
from flowgraph.ops.data._elements import scalar_argument
from flowgraph.ops.data._iterators import IteratorState, as_iterator
from flowgraph.ops.data._runtime import Context
from flowgraph.runtime import run_state

_SHARED = {"shared_name": attrs.string(""), "container": attrs.string("")}


def _state(ctx: Any, make: Any = None) -> IteratorState:
    """The iterator of a handle, made when the session has none yet.

    One with a shared name is everybody's who shares the store; another one belongs to its node, so
    that two graphs of a server do not meet in it.
    """
    shared = ctx.attrs["shared_name"]
    key = ("iterator", ctx.attrs["container"], shared) if shared else ("iterator", ctx.op.origin)
    types, shapes = ctx.attrs["output_types"], ctx.attrs["output_shapes"]
    found: IteratorState = ctx.state.state(
        key, lambda: IteratorState(shared or ctx.name, types, shapes, make)
    )
    found.check_types(types, shapes)
    return found


iterator_op = define(
    "IteratorV2",
    outputs="handle: resource",
    attrs={**_SHARED, **OUTPUTS},
    shape=lambda op: SCALAR,
    traits=Trait.STATEFUL,
).no_gradient()
iterator_op.preset(_state)

one_shot_iterator_op = define(
    "OneShotIterator",
    outputs="handle: resource",
    attrs={"dataset_factory": attrs.function(), **OUTPUTS, **_SHARED},
    shape=lambda op: SCALAR,
    traits=Trait.STATEFUL,
).no_gradient()


@one_shot_iterator_op.preset
def _(ctx: Any) -> IteratorState:
    compile_function, factory = ctx.compile, ctx.attrs["dataset_factory"]
    return _state(ctx, lambda: as_dataset(compile_function(factory)()[0]))


make_iterator_op = define(
    "MakeIterator", inputs="dataset: variant, iterator: resource", writes="iterator",
    traits=Trait.CALLS,
).no_gradient()  # fmt: skip


@make_iterator_op.kernel
def _(ctx: Any) -> Any:
    made = ctx.op.inputs[0].op
    types = made.attrs.get("output_types", made.attrs.get("Toutput_types"))
    shapes = made.attrs.get("output_shapes", [])

    def run(dataset: Any, iterator: Any) -> tuple[()]:
        state = as_iterator(iterator)
        state.start(as_dataset(dataset), state.dtypes if types is None else types, shapes)
        return ()

    return run


def _get_next(op_type: str) -> Any:
    op_def = define(
        op_type,
        inputs="iterator: resource",
        outputs="components: *output_types",
        attrs=OUTPUTS,
        shape=lambda op: list(op.attrs["output_shapes"]),
        writes="iterator",
        traits=Trait.CALLS | Trait.SNAPSHOT | Trait.SOURCE,
    ).no_gradient()

    @op_def.kernel
    def _(ctx: Any) -> Any:
        shapes = ctx.attrs["output_shapes"]
        types = ctx.output_dtypes
        checks = [(i, s) for i, s in enumerate(shapes) if s.known is not None]

        def run(iterator: Any) -> Any:
            element = as_iterator(iterator).next()
            for i, shape in checks:
                came = np.shape(element[i])
                if came != shape.known and not shape.is_compatible_with(came):
                    raise InvalidArgumentError(
                        f"Incompatible shapes at component {i}: expected {shape} but got "
                        f"{list(came)} of dtype {types[i].name}"
                    )
            return element

        return run

    return op_def


get_next_op = _get_next("IteratorGetNext")
get_next_sync_op = _get_next("IteratorGetNextSync")


# --- names ----------------------------------------------------------------------------------------
def _names(ctx: Any) -> dict[bytes, IteratorState]:
    return ctx.state.state(("iterator names",), dict)  # type: ignore[no-any-return]


to_string_op = define(
    "IteratorToStringHandle",
    inputs="resource_handle: resource",
    outputs="string_handle: string",
    shape=lambda op: SCALAR,
    traits=Trait.STATEFUL,
).no_gradient()


@to_string_op.kernel
def _(ctx: Any) -> Any:
    names = _names(ctx)

    def run(iterator: Any) -> Any:
        state = as_iterator(iterator)
        name = f"iterator:{state.name}:{id(state)}".encode()
        names[name] = state
        return np.array(name, object)

    return run


from_string_op = define(
    "IteratorFromStringHandleV2",
    inputs="string_handle: string",
    outputs="resource_handle: resource",
    attrs={"output_types": attrs.type_list([]), "output_shapes": attrs.shapes([])},
    shape=lambda op: SCALAR,
    traits=Trait.STATEFUL,
).no_gradient()


@from_string_op.kernel
def _(ctx: Any) -> Any:
    names = _names(ctx)
    types, shapes = ctx.attrs["output_types"], ctx.attrs["output_shapes"]

    def run(handle: Any) -> Any:
        name = scalar_argument(handle, "string_handle")
        if name not in names:
            raise InvalidArgumentError(
                f"Could not parse string_handle into a valid ResourceHandle: {name!r} names no "
                "iterator of this session. Hint: get it by session.run(iterator.string_handle())."
            )
        state = names[name]
        if types:
            state.check_types(types, shapes or [TensorShape(None)] * len(types))
        return state

    return run


# --- datasets as values ---------------------------------------------------------------------------
single_element_op = define(
    "DatasetToSingleElement",
    inputs="dataset: variant",
    outputs="components: *output_types",
    attrs=OUTPUTS,
    shape=lambda op: list(op.attrs["output_shapes"]),
    traits=Trait.CALLS | Trait.SNAPSHOT,
).no_gradient()


@single_element_op.kernel
def _(ctx: Any) -> Any:
    def run(dataset: Any) -> Any:
        elements = as_dataset(dataset).iterator(Context(), ())
        for element in elements:
            for _ in elements:
                raise InvalidArgumentError("Dataset had more than one element.")
            return element
        raise InvalidArgumentError("Dataset was empty.")

    return run


_REDUCE = [("f", "other_arguments", "Targuments")]
reduce_op = define(
    "ReduceDataset",
    inputs="input_dataset: variant, initial_state: *Tstate, other_arguments: *Targuments",
    outputs="components: *output_types",
    attrs={
        "f": attrs.function(),
        "Tstate": attrs.type_list(),
        "Targuments": attrs.type_list([]),
        "use_inter_op_parallelism": attrs.boolean(True),
        **OUTPUTS,
    },
    shape=lambda op: list(op.attrs["output_shapes"]),
    traits=Trait.CALLS | Trait.VIEW,
).no_gradient()


@reduce_op.kernel
def _(ctx: Any) -> Any:
    def reduce(dataset: Any, *values: Any) -> Any:
        *state, function = values
        for element in as_dataset(dataset).iterator(Context(), ()):
            run_state.check()
            state = function(*state, *element)
        return tuple(state)

    return with_functions(ctx, reduce, _REDUCE)


cardinality_op = define(
    "ExperimentalDatasetCardinality",
    inputs="input_dataset: variant",
    outputs="cardinality: int64",
    shape=lambda op: SCALAR,
    traits=Trait.CALLS,
).no_gradient()
cardinality_op.kernel(lambda ctx: lambda dataset: np.int64(as_dataset(dataset).cardinality()))

to_file_op = define(
    "ExperimentalDatasetToTFRecord",
    inputs="input_dataset: variant, filename: string, compression_type: string",
    traits=Trait.STATEFUL | Trait.CALLS,
).no_gradient()


@to_file_op.kernel
def _(_ctx: Any) -> Any:
    from flowgraph.ops.parsing.tfrecord import TFRecordWriter

    def run(dataset: Any, filename: Any, compression: Any) -> tuple[()]:
        kind = scalar_argument(compression, "compression_type").decode()
        with TFRecordWriter(scalar_argument(filename, "filename"), kind) as writer:
            for (record,) in as_dataset(dataset).iterator(Context(), ()):
                writer.write(np.asarray(record)[()])
        return ()

    return run
