"""Op definitions and their registry: the one place where an op is declared.

`define(...)` makes an `OpDef`, which is called to build nodes, and to which the op's block hangs
its shape rule, kernel and gradient with decorators. The engine asks an `OpDef` what it must know
of an op and knows none by name. The textual form of arguments is parsed in `op_args.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from flowgraph.core import attrs as attr_kinds
from flowgraph.core import dtypes
from flowgraph.core.attrs import Attr
from flowgraph.core.build import build_node
from flowgraph.core.op_args import Arg, parse_args
from flowgraph.core.shapes import UNKNOWN, TensorShape

if TYPE_CHECKING:
    from flowgraph.core.operation import Operation

F = TypeVar("F", bound=Callable[..., Any])
Kernel = Callable[..., Any]


class Trait:
    """What the compiler may ask of an op: bits, joined with |. Plain ints, as plans test many."""

    NONE = 0
    STATEFUL = 1  # runs each time it is asked for: never merged with a twin or folded
    ELEMENTWISE = 2  # each output element depends on the same (broadcast) input elements
    COMMUTATIVE = 4
    VIEW = 8  # an output may share memory with an input
    CHEAP = 16  # never worth a thread, whatever its size
    HEAVY = 32  # worth a thread sooner than its bytes tell (matmul, convolution)
    MUST_BE_FED = 64  # has no value of its own
    CALLS = 128  # runs other plans or the user's Python: not bounded by its bytes
    BLOCKS = 512  # may wait for another step or run, or end the wait of one
    SOURCE = 1024  # gives new values from outside, whatever else there is in a run
    SNAPSHOT = 256  # an output may be memory of the state; it is not written while it is held


@dataclass(slots=True)
class KernelContext:
    """What a kernel may know when it is bound, before it runs.

    `xp` is the array namespace of reference kernels; `state` is the session's store of variables
    and other resources; `compile` makes a subgraph (an attribute of kind `func`) callable.
    """

    xp: Any
    name: str
    type: str
    attrs: Mapping[str, Any]
    input_dtypes: tuple[dtypes.DType, ...]
    output_dtypes: tuple[dtypes.DType, ...]
    input_shapes: tuple[TensorShape, ...]
    output_shapes: tuple[TensorShape, ...]
    op: Operation
    state: Any = None
    compile: Callable[[Any], Kernel] | None = None

    @property
    def dtype(self) -> np.dtype[Any]:
        """The first output's numpy dtype."""
        return self.output_dtypes[0].np_dtype


@dataclass(eq=False, slots=True)
class OpDef:
    """An op's declaration. Calling it adds a node to the default graph."""

    name: str
    inputs: tuple[Arg, ...]
    outputs: tuple[Arg, ...]
    attrs: dict[str, Attr]
    traits: int = Trait.NONE
    writes: tuple[str, ...] = ()
    cost: Callable[[Sequence[Any]], float] | None = None
    shape_rule: Callable[[Operation], Any] | None = None
    bind: Callable[[KernelContext], Kernel] | None = None
    preset_value: Callable[[KernelContext], Any] | None = None
    gradient_rule: Callable[..., Any] | None = None
    differentiable: bool = True
    gradient_takes_none: bool = False  # of outputs without gradient; else it gets zeros
    static_value: Callable[[Operation], Any] | None = None
    static_shape_value: Callable[[Operation], TensorShape | None] | None = None
    effects: Callable[[Operation], Any] | None = None
    simplify_rule: Callable[[Any], Any] | None = None
    elements_rule: Callable[[Operation], Any] | None = None
    refine_rule: Callable[[Operation, Any], dict[str, Any]] | None = None
    builder: Callable[..., Any] = field(repr=False, default=lambda *_: None)
    single_output: bool = False

    # --- the decorators of an op's block -------------------------------------------------------
    def shape(self, rule: F) -> F:
        """Declares the static shape rule: (operation) -> TensorShape, or a list of them."""
        self.shape_rule = rule
        return rule

    def kernel(self, bind: F) -> F:
        """Declares the reference kernel: (context) -> callable(*arrays) -> array or tuple."""
        self.bind = bind
        return bind

    def preset(self, function: F) -> F:
        """Declares a value that is known when a plan is made: (context) -> value."""
        self.preset_value = function
        return function

    def gradient(self, rule: F) -> F:
        """Declares the gradient: (operation, *output gradients) -> gradient(s) of the inputs."""
        self.gradient_rule = rule
        return rule

    def no_gradient(self) -> OpDef:
        """Declares that gradients stop here, without being an error (tf.NotDifferentiable)."""
        self.differentiable = False
        return self

    def static(self, rule: F) -> F:
        """Declares the value that static shapes alone can tell: (operation) -> array|None."""
        self.static_value = rule
        return rule

    def shape_value(self, rule: F) -> F:
        """Declares the value as a partly known shape: (operation) -> TensorShape or None."""
        self.static_shape_value = rule
        return rule

    def simplify(self, rule: F) -> F:
        """Declares a simpler way to the same bits: (application) -> see `core/simplify.py`."""
        self.simplify_rule = rule
        return rule

    def elements(self, rule: F) -> F:
        """Declares what is known of a list's elements: (operation) -> see `core/elements.py`.

        In the place of an output that is an element stands its value, or None.
        """
        self.elements_rule = rule
        return rule

    def refine(self, rule: F) -> F:
        """Declares the attributes for inputs of better known shapes: (operation, refine) -> them.

        `refine(function, like)` is the subgraph `function` for inputs such as `like`.
        """
        self.refine_rule = rule
        return rule

    # -------------------------------------------------------------------------------------------
    def is_stateful(self) -> bool:
        """Whether each execution can differ or has an effect."""
        return bool(self.traits & Trait.STATEFUL)

    def __call__(self, *inputs: Any, name: str | None = None, **attrs: Any) -> Any:
        """Adds a node: returns its tensor, a list of tensors, or the operation if it has none."""
        return self.builder(self, inputs, name, attrs)


_registry: dict[str, OpDef] = {}
_declare: list[Callable[[str | None], None]] = []


def declare_when_asked(declare: Callable[[str | None], None]) -> None:
    """Lets `declare(type)` load what declares an op type, and `declare(None)` all that there are.

    It is called with a type that is not declared yet, and may find that there is no such op.
    """
    _declare[:] = [declare]


def _find(name: str) -> OpDef | None:
    if name not in _registry:
        for declare in _declare:
            declare(name)
    return _registry.get(name)


def define(
    name: str,
    inputs: str = "",
    outputs: str = "",
    attrs: Mapping[str, Any] | None = None,
    *,
    shape: Callable[[Any], Any] | None = None,
    traits: int = Trait.NONE,
    writes: str | tuple[str, ...] = (),
    cost: Callable[[Sequence[Any]], float] | None = None,
) -> OpDef:
    """Declares an op and registers it.

    Args:
      name: TensorFlow's op type, e.g. "MatMul".
      inputs: "a: T, b: T"; a type is an attribute's name or a dtype's; "values: N * T" is a list of
        tensors of one type, "args: *Tin" a list of any types, "ref: Ref(T)" a variable.
      outputs: likewise.
      attrs: name -> `Attr` (see attrs.py); a tuple of dtypes is short for `types(*dtypes)`.
      shape: the static shape rule, when it is short enough to stand here.
      traits: what the compiler may ask.
      writes: names of the inputs whose state a run of this op changes.
      cost: (input arrays) -> estimated seconds, where bytes moved would mislead.
    """
    if name in _registry:
        raise ValueError(f"Op type {name!r} is declared twice")
    full = {k: v if isinstance(v, Attr) else attr_kinds.types(*v) for k, v in (attrs or {}).items()}
    op_def = OpDef(
        name=name,
        inputs=parse_args(inputs, full),
        outputs=parse_args(outputs, full),
        attrs=full,
        traits=traits,
        writes=(writes,) if isinstance(writes, str) else writes,
        cost=cost,
        shape_rule=shape,
        builder=build_node,
    )
    op_def.single_output = len(op_def.outputs) == 1 and not op_def.outputs[0].is_list
    if op_def.writes:
        op_def.traits |= Trait.STATEFUL
    _registry[name] = op_def
    return op_def


def get(name: str) -> OpDef:
    """The declaration of an op type; LookupError when there is none."""
    found = _registry.get(name) or _find(name)
    if found is None:
        raise LookupError(f"Op type not registered {name!r}")
    return found


def registered() -> dict[str, OpDef]:
    """All declared ops by type."""
    for declare in _declare:
        declare(None)
    return dict(_registry)


class _RawOps:
    """Ops by type, looked up when called: `raw.MatMul(a, b)` adds that very node (tf.raw_ops).

    Gradients are written with these, so that files of ops need not import each other in circles.
    """

    def __getattr__(self, name: str) -> OpDef:
        found = _registry.get(name) or _find(name)
        if found is None:
            raise AttributeError(f"Op type not registered: {name!r}")
        return found

    def __dir__(self) -> list[str]:
        return sorted(registered())


raw: Any = _RawOps()


def like(name: str) -> Callable[[Any], TensorShape]:
    """A shape rule: the output has the shape of the input called `name`."""

    def rule(op: Any) -> TensorShape:
        for arg, tensor in zip(op.op_def.inputs, op.inputs, strict=False):
            if arg.name == name:
                return tensor.shape  # type: ignore[no-any-return]
        return UNKNOWN

    return rule


def scalar(_op: Any) -> TensorShape:
    """A shape rule: every output is a scalar."""
    return TensorShape.of(())
