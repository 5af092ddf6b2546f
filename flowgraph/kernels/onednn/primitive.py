"""oneDNN's primitives, made callable with numpy arrays.

How a kernel uses this, `library.py` and `memory.py`:

    def bind_square(ctx):                        # registered for float32 in register.py
        @shape_cache                             # one call per shape and number of threads
        def call_for(shape, threads):
            layout = Layout.dense(shape)
            with using_threads(threads):         # what a primitive is made for, it is run with
                made = Descriptor("eltwise_forward", INFERENCE, SQUARE, layout, layout, 0.0, 0.0)
                return Call(made, [(SRC, layout)], [(DST, layout, shape)], threads)

        return lambda x: call_for(x.shape, kernel_threads())(x)

`Descriptor` is oneDNN's plan of a primitive: which implementation, with which layouts. `Call` runs
it: it takes arrays of the layouts that the kernel names, and reorders those that oneDNN wants to
lie otherwise (what was made with `Layout.any`). Calls are made once for a shape; any number of
threads may be in one at the same time, as each takes a `_Frame` of memories of its own. What a call
costs on top of the primitive is about 3 µs.

A library that does not know what it is asked for raises OneDnnError; a kernel then serves itself
from `fallback(ctx)`, the kernel that the node would get without oneDNN.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from ctypes import addressof, byref, c_char, c_int, c_void_p
from functools import lru_cache
from typing import Any

import numpy as np

from flowgraph.core import kernel_registry
from flowgraph.kernels.onednn.library import LIBRARY, OneDnnError, load
from flowgraph.kernels.onednn.memory import (
    ALIGNMENT,
    Handle,
    Layout,
    Memory,
    Scratch,
    Stream,
    dims,
)
from flowgraph.runtime.blas import kernel_threads

Array = np.ndarray[Any, Any]
Eltwise = Sequence[tuple[int, float, float]]  # functions: (algorithm, alpha, beta)

# The numbers of arguments.
SRC, SRC_1, DST, WEIGHTS, BIAS, SCRATCHPAD, WORKSPACE = 1, 2, 17, 33, 41, 80, 64
MEAN, VARIANCE, SCALE, SHIFT = 49, 50, 51, 52
DIFF_SRC, DIFF_DST, DIFF_WEIGHTS, DIFF_BIAS, DIFF_SCALE, DIFF_SHIFT = 129, 145, 161, 169, 255, 256
# What a primitive is for.
TRAINING, INFERENCE, BACKWARD_DATA, BACKWARD_WEIGHTS, BACKWARD = 64, 96, 160, 192, 128

_QUERY_NAME, _QUERY_ARGUMENT, _QUERY_SCRATCHPAD = 8, 255, 136
_SHAPES_KEPT = 64  # shapes whose calls a kernel remembers
_DENSE = 0x101  # the flags of a contiguous, aligned array
_scratch = Scratch()


class Attributes(Handle):
    """How a primitive is to be made: with the caller's scratch memory, and with post-operations.

    `eltwise` holds (algorithm, alpha, beta) for each function that is applied to the result.
    """

    __slots__ = ()

    def __init__(self, eltwise: Eltwise = ()) -> None:
        super().__init__("primitive_attr_create", "primitive_attr_destroy")
        library = load()
        library.call("primitive_attr_set_scratchpad_mode", self.value, 1)
        if eltwise:
            posts = Handle("post_ops_create", "post_ops_destroy")
            for function in eltwise:
                library.call("post_ops_append_eltwise", posts.value, *function)
            library.call("primitive_attr_set_post_ops", self.value, posts.value)


class Descriptor(Handle):
    """oneDNN's choice of an implementation for what it is asked for.

    `arguments` are those of the C function `dnnl_<kind>_primitive_desc_create` between the engine
    and the attributes; layouts, descriptors and None may stand among them as they are, tuples of
    numbers become `dnnl_dims_t`.
    """

    __slots__ = ()

    def __init__(self, kind: str, *arguments: Any, attributes: Attributes | None = None) -> None:
        attributes = attributes or Attributes()
        given = [_plain(argument) for argument in arguments]
        super().__init__(
            f"{kind}_primitive_desc_create", "primitive_desc_destroy",
            load().engine, *given, attributes.value,
        )  # fmt: skip

    def layout(self, argument: int) -> Layout:
        """How the primitive wants an argument to lie."""
        return self._layout(_QUERY_ARGUMENT, argument)

    @property
    def scratch_bytes(self) -> int:
        """How much working memory the primitive needs."""
        return self._layout(_QUERY_SCRATCHPAD, 0).nbytes

    @property
    def implementation(self) -> str:
        """The name of the implementation, for people who measure."""
        name = ctypes.c_char_p()
        load().call("primitive_desc_query", self.value, _QUERY_NAME, 0, byref(name))
        return (name.value or b"").decode()

    def _layout(self, what: int, index: int) -> Layout:
        borrowed = load().function("primitive_desc_query_md")(self.value, what, index)
        return Layout.copy(borrowed)


class Reorder(Descriptor):
    """Copies an array from one layout to another."""

    __slots__ = ()

    def __init__(self, before: Layout, after: Layout) -> None:
        engine, attributes = load().engine, Attributes()
        Handle.__init__(
            self, "reorder_primitive_desc_create", "primitive_desc_destroy",
            before.value, engine, after.value, engine, attributes.value,
        )  # fmt: skip


class Primitive(Handle):
    """Compiled code for a descriptor. It holds no state, so all threads share it."""

    __slots__ = ()

    def __init__(self, descriptor: Descriptor) -> None:
        super().__init__("primitive_create", "primitive_destroy", descriptor.value)


class _Argument(ctypes.Structure):
    _fields_ = [("number", c_int), ("memory", c_void_p)]


class _Part:
    """One primitive of a call: what it takes, by the indices of the frame's memories."""

    def __init__(self, descriptor: Descriptor, arguments: Sequence[tuple[int, int]]) -> None:
        self.primitive = Primitive(descriptor)
        self.arguments = arguments


class _Frame:
    """What one running call has for itself: memories, and the primitives' arguments over them."""

    def __init__(self, layouts: Sequence[Layout], parts: Sequence[_Part]) -> None:
        self.memories = [Memory(layout) for layout in layouts]
        self.handles = [memory.value.value for memory in self.memories]
        self.stream = Stream()
        self.scratch_at = 0  # where the memories inside the scratch block point to
        self.code = []
        for part in parts:
            given = (_Argument * len(part.arguments))()
            for place, (number, index) in zip(given, part.arguments, strict=True):
                place.number, place.memory = number, self.handles[index]
            code = (part.primitive.value, self.stream.value, len(given), byref(given))
            self.code.append(code)


class Call:
    """A primitive as a function of arrays.

    Args:
      descriptor: the primitive.
      inputs: (argument's number, layout) of each array that a call is given.
      outputs: (argument's number, layout, shape) of each array that it returns.
      threads: what it was made for.
      dtypes: the outputs' dtypes, float32 unless told.

    The call gives one array, or a tuple when there are several outputs.
    """

    def __init__(
        self,
        descriptor: Descriptor,
        inputs: Sequence[tuple[int, Layout]],
        outputs: Sequence[tuple[int, Layout, tuple[int, ...]]],
        threads: int,
        dtypes: Sequence[Any] = (),
    ) -> None:
        library = load()
        self.descriptor = descriptor
        self._threads = threads
        self._outputs = [
            (shape, np.dtype(dtypes[i] if dtypes else np.float32))
            for i, (_, _, shape) in enumerate(outputs)
        ]
        self._single = self._outputs[0] if len(outputs) == 1 else None
        self.output_shape = outputs[0][2]
        self.output_size = math.prod(self.output_shape)
        # Filled by kernels that take such:
        self.bias_shape: tuple[int, ...] = ()
        self.packing: Callable[[], Any] | None = None  # see weights.py
        self._layouts = [layout for _, layout in inputs] + [layout for _, layout, _ in outputs]
        self._inside: list[tuple[int, int]] = []  # (memory's index, offset in the scratch block)
        self._scratch_bytes = 0
        self._parts = self._plan([n for n, _ in inputs], [n for n, _, _ in outputs])
        self._frames: list[_Frame] = []
        self._execute, self._point = library.execute, library.set_data_handle
        self._use_threads = library.use_threads

    def _plan(self, inputs: list[int], outputs: list[int]) -> list[_Part]:
        """The primitive with the reorders before and after it."""
        before, after, arguments = [], [], []
        for index, number in enumerate([*inputs, *outputs]):
            given, wanted = self._layouts[index], self.descriptor.layout(number)
            if given == wanted:
                arguments.append((number, index))
                continue
            inner = self._add_scratch(wanted)
            arguments.append((number, inner))
            if index < len(inputs):
                before.append(self._copy(index, given, inner, wanted))
            else:
                after.append(self._copy(inner, wanted, index, given))
        main = self._with_scratch(self.descriptor, arguments)
        return [*before, main, *after]

    def _copy(self, source: int, lies: Layout, target: int, wanted: Layout) -> _Part:
        return self._with_scratch(Reorder(lies, wanted), [(SRC, source), (DST, target)])

    def _with_scratch(self, descriptor: Descriptor, arguments: list[tuple[int, int]]) -> _Part:
        layout = descriptor._layout(_QUERY_SCRATCHPAD, 0)
        if layout.nbytes:
            arguments = [*arguments, (SCRATCHPAD, self._add_scratch(layout))]
        return _Part(descriptor, arguments)

    def _add_scratch(self, layout: Layout) -> int:
        index = len(self._layouts)
        self._layouts.append(layout)
        self._inside.append((index, self._scratch_bytes))
        self._scratch_bytes += -(-layout.nbytes // ALIGNMENT) * ALIGNMENT
        return index

    def __call__(self, *arrays: Array) -> Any:
        """Runs the primitive on arrays of the shapes that the call was made for."""
        if self._single is not None:
            result = np.empty(*self._single)
            self.fill((result,), arrays)
            return result
        results = tuple([np.empty(*output) for output in self._outputs])
        self.fill(results, arrays)
        return results

    def fill(self, results: Sequence[Array], arrays: Sequence[Array]) -> None:
        """Runs the primitive and writes what it gives into `results`, each of them in one piece."""
        try:
            frame = self._frames.pop()
        except IndexError:
            frame = _Frame(self._layouts, self._parts)
        handles, point = frame.handles, self._point
        i = 0
        kept = []  # a copy has to live until the primitive has read it
        for array in arrays:
            if array.flags.num & _DENSE != _DENSE:
                array = np.require(array, None, "CA")
                kept.append(array)
            point(handles[i], address(array))
            i += 1
        for array in results:
            point(handles[i], addressof(c_char.from_buffer(array)))
            i += 1
        if self._scratch_bytes:
            self._run_with_scratch(frame)
        else:
            self._run(frame)
        self._frames.append(frame)

    def _run(self, frame: _Frame) -> None:
        self._use_threads(self._threads)
        for code in frame.code:
            status = self._execute(*code)
            if status:
                raise OneDnnError("primitive_execute", status)

    def _run_with_scratch(self, frame: _Frame) -> None:
        block = _scratch.take(self._scratch_bytes)
        start = addressof(c_char.from_buffer(block))
        if start != frame.scratch_at:
            frame.scratch_at = start
            for index, offset in self._inside:
                self._point(frame.handles[index], start + offset)
        try:
            self._run(frame)
        finally:
            _scratch.give(block)


def address(array: Array) -> int:
    """Where the numbers of a contiguous array lie."""
    try:
        return addressof(c_char.from_buffer(array))  # four times as fast as `ctypes.data`
    except (TypeError, ValueError):  # one that may not be written to, or is empty
        return int(array.ctypes.data)


def shape_cache(make: Callable[..., Any]) -> Callable[..., Any]:
    """Remembers the newest calls that a kernel made, by shapes; any thread may ask."""
    return lru_cache(_SHAPES_KEPT)(make)


@contextmanager
def using_threads(count: int) -> Iterator[None]:
    """Makes primitives for `count` threads."""
    load().use_threads(count)
    yield


def fallback(ctx: Any) -> Callable[..., Any]:
    """The kernel that the node would get without oneDNN, bound when it is first called."""
    bound: list[Callable[..., Any]] = []

    def kernel(*arrays: Any) -> Any:
        if not bound:
            others = tuple(name for name in kernel_registry.libraries() if name != LIBRARY)
            _, bind = kernel_registry.choose(ctx, others)
            bound.append(bind(ctx))
        return bound[0](*arrays)

    return kernel


def _plain(argument: Any) -> Any:
    """An argument as the C function takes it."""
    if isinstance(argument, Handle):
        return argument.value
    return dims(argument) if isinstance(argument, tuple) else argument


__all__ = [
    "Array", "Attributes", "Call", "Descriptor", "Eltwise", "OneDnnError", "Primitive", "Reorder",
    "address", "fallback", "kernel_threads", "shape_cache", "using_threads",
]  # fmt: skip
