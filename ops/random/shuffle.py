"""Random order, and random parts of a tensor."""

from __future__ import annotations

from typing import Any

from flowgraph.core import attrs
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import Trait, define, like, raw
from flowgraph.core.tensor import Tensor
from flowgraph.ops import _philox as philox
from flowgraph.ops.random.distributions import generator, random_uniform
from flowgraph.ops.random.seeds import seed_attrs

random_shuffle_op = define(
    "RandomShuffle",
    inputs="value: T",
    outputs="output: T",
    attrs={"seed": attrs.integer(0), "seed2": attrs.integer(0), "T": attrs.types()},
    shape=like("value"),
    traits=Trait.STATEFUL,
).no_gradient()


@random_shuffle_op.kernel
def _(ctx: Any) -> Any:
    state = generator(ctx)

    def shuffle(value: Any) -> Any:
        if value.ndim == 0 or value.shape[0] < 2:
            return value.copy()
        return value[philox.shuffle_permutation(state, value.shape[0])]

    return shuffle


def random_shuffle(value: Any, seed: int | None = None, name: str | None = None) -> Tensor:
    """The rows of `value` in random order (tf.random_shuffle)."""
    return random_shuffle_op(value, name=name, **seed_attrs(seed))  # type: ignore[no-any-return]


def random_crop(value: Any, size: Any, seed: int | None = None, name: str | None = None) -> Tensor:
    """A part of shape `size` at a random place (tf.random_crop).

    InvalidArgumentError at run time when `value` is smaller than `size`.
    """
    from flowgraph.ops.control.basic import with_dependencies
    from flowgraph.ops.control.checks import Assert
    from flowgraph.ops.math.reduction import reduce_all

    with name_scope(name, "random_crop", [value, size]) as scope:
        value = convert_to_tensor(value, name="value")
        size = convert_to_tensor(size, dtype="int32", name="size")
        shape = raw.Shape(value)
        fits = Assert(
            reduce_all(raw.GreaterEqual(shape, size)),
            ["Need value.shape >= size, got ", shape, size],
            summarize=1000,
        )
        shape = with_dependencies([fits], shape)
        limit = shape - size + 1
        numbers = random_uniform(
            raw.Shape(shape), dtype=size.dtype, maxval=size.dtype.max, seed=seed
        )
        return raw.Slice(value, numbers % limit, size, name=scope)  # type: ignore[operator, no-any-return]
