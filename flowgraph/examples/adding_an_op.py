"""How to add an op: one block, and it builds, runs, differentiates and draws like all others.

`python -m flowgraph.examples.adding_an_op` runs this file. The op is log(cosh(x)), a loss that is
x²/2 near zero and |x| far away. In flowgraph itself the block would stand in a file under `ops/`,
with its cases in `tests/golden` and its function's name in the public face.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import flowgraph as tf
from flowgraph.core import dtypes
from flowgraph.core.op_def import Trait, define, like

# 1. The declaration: inputs and outputs with their dtypes, the shape rule, and what the compiler
#    may know. "T" is an attribute, the dtype; both sides have the same one.
log_cosh_op = define(
    "ExampleLogCosh",
    inputs="x: T",
    outputs="y: T",
    attrs={"T": dtypes.FLOATING},
    shape=like("x"),
    traits=Trait.ELEMENTWISE,
)


# 2. The kernel: bound once, called with arrays. What does not depend on the arrays is done outside
#    of the inner function. cosh itself would overflow from x = 89 on.
@log_cosh_op.kernel
def _(ctx: Any) -> Any:
    xp, two = ctx.xp, ctx.dtype.type(math.log(2))

    def kernel(x: Any) -> Any:
        size = xp.abs(x)
        return size + xp.log1p(xp.exp(-2 * size)) - two

    return kernel


# 3. The gradient: ops out of ops, so that it can be differentiated again.
@log_cosh_op.gradient
def _(op: tf.Operation, grad: tf.Tensor) -> tf.Tensor:
    return grad * tf.tanh(op.inputs[0])


# 4. The public function.
def log_cosh(x: Any, name: str | None = None) -> tf.Tensor:
    """log(cosh(x)), elementwise, for floating x of any shape.

    >>> log_cosh(tf.zeros([2, 3])).shape.as_list()
    [2, 3]
    """
    return log_cosh_op(x, name=name)  # type: ignore[no-any-return]


def main() -> None:
    """Builds, runs and checks the new op."""
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float64, [5], name="x")
        y = log_cosh(x, name="y")
        (slope,) = tf.gradients(y, x)
        at = np.array([-100.0, -1.0, 0.0, 0.5, 3.0])
        print("x    ", at)
        print("y    ", session.run(y, {x: at}).round(4))
        print("dy/dx", session.run(slope, {x: at}).round(4))
        for name, tensor in (("first", y), ("second", slope)):
            error = tf.test.compute_gradient_error(x, [5], tensor, [5], at, delta=1e-5)
            print(f"{name} derivative: {error:.1e} from the central differences")


if __name__ == "__main__":
    main()
