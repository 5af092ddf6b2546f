"""Optimizers around another: averages of its variables, clipped variables, several losses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.contrib.opt.adam_family import scatter
from flowgraph.core import dtypes
from flowgraph.core.graph import colocate_with, control_dependencies, name_scope
from flowgraph.core.indexed_slices import IndexedSlices
from flowgraph.core.op_def import raw
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.indexing import gather
from flowgraph.ops.array.making import zeros
from flowgraph.ops.control.basic import group, no_op
from flowgraph.ops.control.cond import cond
from flowgraph.ops.math.clip import clip_by_global_norm, clip_by_norm, global_norm
from flowgraph.train.moving_averages import ExponentialMovingAverage
from flowgraph.train.optimizer import Optimizer
from flowgraph.train.saveables import op_list_to_dict
from flowgraph.train.saver import Saver
from flowgraph.variables.variable import global_variables


class _Wrapper(Optimizer):
    """What hands all but `apply_gradients` on."""

    _opt: Optimizer

    def compute_gradients(self, *args: Any, **kwargs: Any) -> Any:
        """As the optimizer's."""
        return self._opt.compute_gradients(*args, **kwargs)

    def get_slot(self, *args: Any, **kwargs: Any) -> Any:
        """As the optimizer's."""
        return self._opt.get_slot(*args, **kwargs)

    def get_slot_names(self, *args: Any, **kwargs: Any) -> Any:
        """As the optimizer's."""
        return self._opt.get_slot_names(*args, **kwargs)

    def variables(self) -> Any:
        """As the optimizer's."""
        return self._opt.variables()


class MovingAverageOptimizer(_Wrapper):
    """Keeps moving averages of the variables, and saves them in the variables' place.

    tf.contrib.opt.MovingAverageOptimizer.

    Args:
      opt: the optimizer.
      average_decay: the decay of the averages.
      num_updates: a count of steps, at first of which the averages follow faster.
      sequential_update: whether the averages wait for the optimizer's step.
    """

    def __init__(
        self,
        opt: Optimizer,
        average_decay: Any = 0.9999,
        num_updates: Any = None,
        sequential_update: bool = True,
    ) -> None:
        super().__init__(False, "MovingAverageOptimizer")
        self._opt, self._sequential_update = opt, sequential_update
        self._ema = ExponentialMovingAverage(average_decay, num_updates=num_updates)
        self._swapped: dict[str, str] | None = None

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: str | None = None
    ) -> Any:
        """The operation of the optimizer and of the averages."""
        pairs = list(grads_and_vars)
        train_op = self._opt.apply_gradients(pairs, global_step=global_step, name=name)
        variables = [var for grad, var in pairs if grad is not None]
        with control_dependencies([train_op] if self._sequential_update else []):
            averaged = self._ema.apply(variables)
        self._swapped = {}
        for var in variables:
            average = self._ema.average(var).op.name
            self._swapped[var.op.name], self._swapped[average] = average, var.op.name
        return group(train_op, averaged, name="train_with_avg")

    def swapping_saver(
        self, var_list: Any = None, name: str = "swapping_saver", **kwargs: Any
    ) -> Saver:
        """A saver that writes averages under the names of their variables, and the reverse.

        Raises:
          RuntimeError: there are no averages yet.
          ValueError: a variable is to be saved without its average.
        """
        if self._swapped is None:
            raise RuntimeError(
                "Must call apply_gradients or minimize before creating the swapping_saver"
            )
        given = global_variables() if var_list is None else var_list
        named = given if isinstance(given, dict) else op_list_to_dict(given)
        by_name: dict[str, Any] = {}
        for key, value in named.items():
            if isinstance(value, list):
                by_name.update((part.op.name, part) for part in value)
            else:
                by_name[key] = value
        return Saver(
            {
                key: [self._other(by_name, part.op.name, part) for part in value]
                if isinstance(value, list)
                else self._other(by_name, key, value)
                for key, value in named.items()
            },
            name=name,
            **kwargs,
        )

    def _other(self, by_name: dict[str, Any], name: str, value: Any) -> Any:
        other = (self._swapped or {}).get(name)
        if other is None:
            return value
        if other not in by_name:
            raise ValueError(
                f"Variable to swap {other} is not part of variables to save. This breaks "
                "MovingAverageOptimizer."
            )
        return by_name[other]


class VariableClippingOptimizer(_Wrapper):
    """Clips variables to a norm after each step (tf.contrib.opt.VariableClippingOptimizer).

    Args:
      opt: the optimizer.
      vars_to_clip_dims: {variable: the axes over which its norm is taken}.
      max_norm: the largest norm.
      use_locking: accepted.
      colocate_clip_ops_with_vars: accepted.
      name: a name.
    """

    def __init__(
        self,
        opt: Optimizer,
        vars_to_clip_dims: dict[Any, Any],
        max_norm: float,
        use_locking: bool = False,
        colocate_clip_ops_with_vars: bool = False,
        name: str = "VariableClipping",
    ) -> None:
        super().__init__(use_locking, name)
        self._opt, self._max_norm = opt, max_norm
        self._dims = {var.name: list(dims) for var, dims in vars_to_clip_dims.items()}

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: str | None = None
    ) -> Any:
        """The operation of the optimizer and of clipping."""
        pairs = list(grads_and_vars)
        with name_scope(name, self._name) as scope:
            update = self._opt.apply_gradients(pairs, global_step=global_step)
            clipped = []
            with control_dependencies([update]):
                for grad, var in pairs:
                    if grad is not None and var.name in self._dims:
                        with name_scope(f"clip_{var.op.name}"), colocate_with(var):
                            clipped.append(self._clip(grad, var))
            return group(update, *clipped, name=scope)

    def _clip(self, grad: Any, var: Any) -> Any:
        dims = self._dims[var.name]
        if isinstance(grad, IndexedSlices) and 0 not in dims:
            rows: Any = gather(var, grad.indices)
            return scatter("Update", var, grad.indices, clip_by_norm(rows, self._max_norm, dims))
        return var.assign(clip_by_norm(var.read_value(), self._max_norm, dims))


# --- several losses -------------------------------------------------------------------------------
def _is_all_zeros(grad: Any) -> Tensor:
    values = grad.values if isinstance(grad, IndexedSlices) else grad
    return raw.LogicalNot(raw.Any(raw.NotEqual(raw.Reshape(values, [-1]), 0), [0]))  # type: ignore[no-any-return]


class MultitaskOptimizerWrapper:
    """Leaves a variable and its slots alone where its gradient is all zeros.

    tf.contrib.opt.MultitaskOptimizerWrapper. TypeError when `opt` is no optimizer.
    """

    def __init__(self, opt: Optimizer) -> None:
        if not isinstance(opt, Optimizer):
            raise TypeError("Supplied optimizer must be an instance of tf.train.Optimizer")
        self._opt = opt
        for name in ("_apply_dense", "_resource_apply_dense"):
            setattr(opt, name, _unless_zero(getattr(opt, name)))
        for name in ("_apply_sparse", "_resource_apply_sparse"):
            setattr(opt, name, _unless_zero(getattr(opt, name)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._opt, name)


def _unless_zero(apply: Callable[..., Any]) -> Callable[..., Any]:
    def applied(grad: Any, *args: Any, **kwargs: Any) -> Any:
        def update() -> Any:
            with control_dependencies([apply(grad, *args, **kwargs)]):
                return no_op()

        return cond(_is_all_zeros(grad), no_op, update)

    return applied


def clip_gradients_by_global_norm(
    gradients_variables: Any, clip_norm: float = 20.0
) -> tuple[list[Any], Tensor]:
    """((gradient, variable) pairs clipped to a common norm, that norm before).

    tf.contrib.opt.clip_gradients_by_global_norm. A gradient that is all zeros does not count.
    """
    gradients, variables = zip(*gradients_variables, strict=True)

    def counted(grad: Any) -> Any:
        if grad is None:
            return None
        nothing = zeros([], dtypes.as_dtype(grad.dtype))
        norm = cond(_is_all_zeros(grad), lambda: nothing, lambda: global_norm([grad]))
        return norm

    norm = global_norm([counted(grad) for grad in gradients])
    clipped, _ = clip_by_global_norm(list(gradients), clip_norm, use_norm=norm)
    return list(zip(clipped, variables, strict=True)), norm
