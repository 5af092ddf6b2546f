"""Cases of TensorArray, in and out of loops; here it is made of list ops, so no nodes compare."""

from __future__ import annotations

from typing import Any

from golden.case import Build, Draw, Family, real

family = Family("tensor_array")


def case(name: str, build: Build, *draws: Draw, **flags: Any) -> None:
    family.add(name, build, *draws, **{"nodes": False, "variants": ("known",), **flags})


def array(tf: Any, size: int = 3, **more: Any) -> Any:
    return tf.TensorArray(tf.float64, size, **{"clear_after_read": False, **more})


case("write, stack", lambda tf, x, y: array(tf, 2).write(0, x * x).write(1, y).stack(), real(2),
     real(2))  # fmt: skip
case("write, read", lambda tf, x: array(tf).write(1, x * x).read(1), real(2))
case("unstack, stack", lambda tf, x: array(tf).unstack(x * x).stack(), real(3, 2))
case("unstack, gather", lambda tf, x: array(tf).unstack(x * x).gather([2, 0]), real(3, 2))
case("scatter, stack", lambda tf, x: array(tf).scatter([2, 0, 1], x * x).stack(), real(3, 2))
case("unstack, concat", lambda tf, x: array(tf).unstack(x * x).concat(), real(3, 2))
case("split, concat", lambda tf, x: array(tf, infer_shape=False).split(x * x, [1, 2, 3]).concat(),
     real(6))  # fmt: skip
case("split, read", lambda tf, x: array(tf, infer_shape=False).split(x * x, [1, 2, 3]).read(1),
     real(6))  # fmt: skip
case("size", lambda tf, x: array(tf, dynamic_size=True).write(5, x).size(), real(2),
     gradient=False, numeric=False, second=False)  # fmt: skip


def loop(tf: Any, x: Any, dynamic: bool = False) -> Any:
    source = array(tf, 4).unstack(x)
    out = array(tf, 0 if dynamic else 4, dynamic_size=dynamic)
    return tf.while_loop(
        lambda i, s, a: i < 4,
        lambda i, s, a: (i + 1, tf.sin(s) * source.read(i), a.write(i, s * source.read(i))),
        (0, tf.ones([2], tf.float64), out),
    )[2].stack()


case("while_loop", loop, real(4, 2))
case("while_loop that grows", lambda tf, x: loop(tf, x, dynamic=True), real(4, 2))
