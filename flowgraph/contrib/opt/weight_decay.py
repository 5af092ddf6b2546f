"""Weights that decay beside the optimizer's steps (Loshchilov and Hutter 2017)."""

from __future__ import annotations

from typing import Any

from flowgraph.contrib.opt.adam_family import scatter
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import control_dependencies
from flowgraph.core.indexed_slices import IndexedSlices
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.indexing import gather
from flowgraph.ops.control.basic import no_op
from flowgraph.train.optimizer import Optimizer
from flowgraph.train.optimizers import AdamOptimizer, MomentumOptimizer


class DecoupledWeightDecayExtension:
    """Adds decay of weights to an optimizer, to be named before it among base classes.

    tf.contrib.opt.DecoupledWeightDecayExtension.

    Args:
      weight_decay: the share of a weight that goes in each step.
      **kwargs: the optimizer's arguments.
    """

    def __init__(self, weight_decay: Any, **kwargs: Any) -> None:
        self._weight_decay = weight_decay
        self._decay_names: set[str] | None = None
        super().__init__(**kwargs)

    def minimize(self, *args: Any, decay_var_list: Any = None, **kwargs: Any) -> Any:
        """As the optimizer's; `decay_var_list` are the variables that decay, all when None."""
        self._set_decaying(decay_var_list)
        return super().minimize(*args, **kwargs)  # type: ignore[misc]

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: str | None = None,
        decay_var_list: Any = None,
    ) -> Any:  # fmt: skip
        """As the optimizer's; `decay_var_list` are the variables that decay."""
        if decay_var_list is not None:
            self._set_decaying(decay_var_list)
        return super().apply_gradients(  # type: ignore[misc]
            grads_and_vars, global_step=global_step, name=name
        )

    def _set_decaying(self, variables: Any) -> None:
        self._decay_names = {v.name for v in variables} if variables else None

    def _prepare(self) -> None:
        decay = self._weight_decay() if callable(self._weight_decay) else self._weight_decay
        self._weight_decay_tensor: Any = convert_to_tensor(decay, name="weight_decay")
        super()._prepare()  # type: ignore[misc]

    def _decays(self, var: Any) -> bool:
        return self._decay_names is None or var.name in self._decay_names

    def _apply_dense(self, grad: Tensor, var: Any) -> Operation:
        decayed = no_op()
        if self._decays(var):
            decayed = var.assign_sub(self._weight_decay_tensor * var.value())
        with control_dependencies([decayed]):
            return super()._apply_dense(grad, var)  # type: ignore[misc, no-any-return]

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Operation:
        decayed = no_op()
        if self._decays(var):
            rows: Any = gather(var, grad.indices)
            decayed = scatter("Sub", var, grad.indices, self._weight_decay_tensor * rows)
        with control_dependencies([decayed]):
            return super()._apply_sparse(grad, var)  # type: ignore[misc, no-any-return]


def extend_with_decoupled_weight_decay(base_optimizer: type[Optimizer]) -> type:
    """A class that is an optimizer with decay of weights, its first argument.

    tf.contrib.opt.extend_with_decoupled_weight_decay.
    """

    class OptimizerWithDecoupledWeightDecay(
        DecoupledWeightDecayExtension,
        base_optimizer,  # type: ignore[misc, valid-type]
    ):
        """The optimizer with decay of weights."""

        def __init__(self, weight_decay: Any, *args: Any, **kwargs: Any) -> None:
            self._weight_decay, self._decay_names = weight_decay, None
            base_optimizer.__init__(self, *args, **kwargs)

    return OptimizerWithDecoupledWeightDecay


class MomentumWOptimizer(DecoupledWeightDecayExtension, MomentumOptimizer):
    """Momentum with decay of weights (tf.contrib.opt.MomentumWOptimizer)."""

    def __init__(
        self,
        weight_decay: Any,
        learning_rate: Any,
        momentum: Any,
        use_locking: bool = False,
        name: str = "MomentumW",
        use_nesterov: bool = False,
    ) -> None:
        super().__init__(
            weight_decay,
            learning_rate=learning_rate,
            momentum=momentum,
            use_locking=use_locking,
            name=name,
            use_nesterov=use_nesterov,
        )


class AdamWOptimizer(DecoupledWeightDecayExtension, AdamOptimizer):
    """Adam with decay of weights (tf.contrib.opt.AdamWOptimizer)."""

    def __init__(
        self,
        weight_decay: Any,
        learning_rate: Any = 0.001,
        beta1: Any = 0.9,
        beta2: Any = 0.999,
        epsilon: Any = 1e-8,
        use_locking: bool = False,
        name: str = "AdamW",
    ) -> None:
        super().__init__(
            weight_decay,
            learning_rate=learning_rate,
            beta1=beta1,
            beta2=beta2,
            epsilon=epsilon,
            use_locking=use_locking,
            name=name,
        )
