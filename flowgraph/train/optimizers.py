"""The optimizers of tf.train: each makes its slots and calls its update ops."""

from __future__ import annotations

from typing import Any

from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.function import outermost_graph
from flowgraph.core.graph import colocate_with, control_dependencies
from flowgraph.core.indexed_slices import IndexedSlices
from flowgraph.core.op_def import raw
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.making import fill
from flowgraph.ops.array.shape import shape_of
from flowgraph.ops.control.basic import group
from flowgraph.ops.state.variable import assign, assign_sub
from flowgraph.ops.training import adagrad, dense, sparse  # noqa: F401 - they declare the ops
from flowgraph.train.optimizer import Optimizer
from flowgraph.variables.initializers import constant_initializer, ones_initializer
from flowgraph.variables.resource import ResourceVariable


class _Hyper(Optimizer):
    """An optimizer whose numbers become tensors once: `_hyper` maps attribute to tensor name."""

    _hyper: dict[str, str] = {}

    def _prepare(self) -> None:
        self._tensors = {
            key: convert_to_tensor(self._call_if_callable(getattr(self, f"_{key}")), name=name)
            for key, name in self._hyper.items()
        }

    def _number(self, key: str, var: Any) -> Tensor:
        """The number called `key` in the dtype of `var`."""
        return _cast(self._tensors[key], var)  # type: ignore[no-any-return]

    def _filled_slot(
        self, var: Any, value: float, slot_name: str, op_name: str, initializer: Any = None
    ) -> None:
        """Makes a slot full of `value`, also beside a variable whose shape only a run knows."""
        dtype, shape = var.dtype.base_dtype, var.get_shape()
        initial: Any = initializer or constant_initializer(value, dtype=dtype)
        if not shape.is_fully_defined():

            def initial() -> Any:
                like = var.initialized_value() if hasattr(var, "initialized_value") else var
                return fill(shape_of(like), convert_to_tensor(value, dtype=dtype))

        self._get_or_make_slot_with_initializer(var, initial, shape, dtype, slot_name, op_name)

    def _numbers(self, var: Any) -> list[Tensor]:
        """All numbers in the dtype of `var`, in the order in which `_hyper` names them."""
        return [self._number(key, var) for key in self._hyper]

    def _run(self, op_type: str, var: Any, slots: str, *rest: Any, **attrs: Any) -> Operation:
        """Calls an update op on the variable, its slots, and the rest of its inputs."""
        is_resource = isinstance(var, ResourceVariable)
        op = getattr(raw, f"Resource{op_type}" if is_resource else op_type)
        refs = [self.get_slot(var, name)._ref() for name in slots.split()]
        done = op(_ref(var), *refs, *rest, use_locking=self._use_locking, **attrs)
        return done if is_resource else done.op  # type: ignore[no-any-return]


def _cast(tensor: Any, var: Any) -> Any:
    """The tensor or variable in the dtype of `var`."""
    dtype = var.dtype.base_dtype
    return tensor if tensor.dtype.base_dtype is dtype else raw.Cast(tensor, DstT=dtype)


def _ref(var: Any) -> Tensor:
    return var._ref() if hasattr(var, "_ref") else var  # type: ignore[no-any-return]


class GradientDescentOptimizer(_Hyper):
    """w -= learning_rate * gradient (tf.train.GradientDescentOptimizer)."""

    _hyper = {"learning_rate": "learning_rate"}

    def __init__(
        self, learning_rate: Any, use_locking: bool = False, name: str = "GradientDescent"
    ) -> None:
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate

    def _apply_dense(self, grad: Tensor, var: Any) -> Operation:
        return self._run("ApplyGradientDescent", var, "", self._number("learning_rate", var), grad)

    def _apply_sparse_duplicate_indices(self, grad: IndexedSlices, var: Any) -> Operation:
        step = grad.values * self._number("learning_rate", var)  # type: ignore[operator]
        return raw.ScatterSub(_ref(var), grad.indices, step, use_locking=self._use_locking).op  # type: ignore[no-any-return]

    def _resource_apply_sparse_duplicate_indices(
        self, grad: Tensor, handle: Any, indices: Tensor
    ) -> Operation:
        step = -grad * self._number("learning_rate", handle)  # type: ignore[operator]
        return raw.ResourceScatterAdd(handle.handle, indices, step)  # type: ignore[no-any-return]


class MomentumOptimizer(_Hyper):
    """accumulation = momentum * accumulation + gradient; w -= learning_rate * accumulation.

    With `use_nesterov`, w -= learning_rate * (gradient + momentum * accumulation)
    (tf.train.MomentumOptimizer; Sutskever et al. 2013).
    """

    _hyper = {"learning_rate": "learning_rate", "momentum": "momentum"}

    def __init__(
        self,
        learning_rate: Any,
        momentum: Any,
        use_locking: bool = False,
        name: str = "Momentum",
        use_nesterov: bool = False,
    ) -> None:
        super().__init__(use_locking, name)
        self._learning_rate, self._momentum = learning_rate, momentum
        self._use_nesterov = use_nesterov

    def _create_slots(self, var_list: list[Any]) -> None:
        for var in var_list:
            self._zeros_slot(var, "momentum", self._name)

    def _apply_dense(self, grad: Tensor, var: Any) -> Operation:
        return self._run(
            "ApplyMomentum", var, "momentum", self._number("learning_rate", var), grad,
            self._number("momentum", var), use_nesterov=self._use_nesterov,
        )  # fmt: skip

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Operation:
        return self._run(
            "SparseApplyMomentum", var, "momentum", self._number("learning_rate", var),
            grad.values, grad.indices, self._number("momentum", var),
            use_nesterov=self._use_nesterov,
        )  # fmt: skip


class AdamOptimizer(_Hyper):
    """Adam: steps scaled by running means of the gradient and its square.

    The formulation is that before section 2.1 of arXiv:1412.6980, with its "epsilon hat", as in
    tf.train.AdamOptimizer.
    """

    _hyper = {
        "learning_rate": "learning_rate", "beta1": "beta1", "beta2": "beta2", "epsilon": "epsilon",
    }  # fmt: skip

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta1: Any = 0.9,
        beta2: Any = 0.999,
        epsilon: Any = 1e-8,
        use_locking: bool = False,
        name: str = "Adam",
    ) -> None:
        super().__init__(use_locking, name)
        self._learning_rate, self._beta1, self._beta2 = learning_rate, beta1, beta2
        self._epsilon = epsilon

    def _get_beta_accumulators(self) -> tuple[Any, Any]:
        graph = outermost_graph()
        return (
            self._get_non_slot_variable("beta1_power", graph),
            self._get_non_slot_variable("beta2_power", graph),
        )

    def _create_slots(self, var_list: list[Any]) -> None:
        first = min(var_list, key=lambda v: v.name)
        for name in ("beta1", "beta2"):
            value = self._call_if_callable(getattr(self, f"_{name}"))
            self._create_non_slot_variable(value, f"{name}_power", first)
        for var in var_list:
            self._zeros_slot(var, "m", self._name)
            self._zeros_slot(var, "v", self._name)

    def _apply_dense(self, grad: Tensor, var: Any) -> Operation:
        powers = [_cast(p, var) for p in self._get_beta_accumulators()]
        numbers = [self._number(n, var) for n in ("learning_rate", "beta1", "beta2", "epsilon")]
        return self._run("ApplyAdam", var, "m v", *powers, *numbers, grad)

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Operation:
        """All rows of m and v decay, and with them all of var moves, as in TensorFlow."""
        power1, power2 = (_cast(p, var) for p in self._get_beta_accumulators())
        rate, beta1, beta2, epsilon = (
            self._number(n, var) for n in ("learning_rate", "beta1", "beta2", "epsilon")
        )
        rate = rate * raw.Sqrt(1 - power2) / (1 - power1)
        values: Any = grad.values
        m_t = self._moved(self.get_slot(var, "m"), beta1, grad.indices, values * (1 - beta1))
        squares = values * values * (1 - beta2)
        v_t = self._moved(self.get_slot(var, "v"), beta2, grad.indices, squares)
        step = rate * m_t / (raw.Sqrt(v_t) + epsilon)
        update = assign_sub(var, step, use_locking=self._use_locking)
        return group(update, m_t, v_t)

    def _moved(self, slot: Any, decay: Any, indices: Any, values: Any) -> Tensor:
        """The slot once it has decayed and got the values added."""
        locking = self._use_locking
        decayed = assign(slot, slot * decay, use_locking=locking)
        with control_dependencies([decayed]):
            if not isinstance(slot, ResourceVariable):
                return raw.ScatterAdd(slot._ref(), indices, values, use_locking=locking)  # type: ignore[no-any-return]
            with control_dependencies([raw.ResourceScatterAdd(slot.handle, indices, values)]):
                return slot.value()

    def _finish(self, update_ops: list[Operation], name_scope: str) -> Operation:
        with control_dependencies(update_ops):
            power1, power2 = self._get_beta_accumulators()
            with colocate_with(power1):
                done = [
                    power1.assign(power1 * self._tensors["beta1"], use_locking=self._use_locking),
                    power2.assign(power2 * self._tensors["beta2"], use_locking=self._use_locking),
                ]
        return group(*update_ops, *done, name=name_scope)


class RMSPropOptimizer(_Hyper):
    """Divides the gradient by a running root mean square of it (tf.train.RMSPropOptimizer).

    `centered` subtracts the square of the running mean first (arXiv:1308.0850, equation 38).
    """

    _hyper = {
        "learning_rate": "learning_rate", "decay": "decay", "momentum": "momentum",
        "epsilon": "epsilon",
    }  # fmt: skip

    def __init__(
        self,
        learning_rate: Any,
        decay: Any = 0.9,
        momentum: Any = 0.0,
        epsilon: Any = 1e-10,
        use_locking: bool = False,
        centered: bool = False,
        name: str = "RMSProp",
    ) -> None:
        super().__init__(use_locking, name)
        self._learning_rate, self._decay, self._momentum = learning_rate, decay, momentum
        self._epsilon, self._centered = epsilon, centered

    def _create_slots(self, var_list: list[Any]) -> None:
        for var in var_list:
            ones = ones_initializer(dtype=var.dtype.base_dtype)
            self._filled_slot(var, 1.0, "rms", self._name, ones)
            if self._centered:
                self._zeros_slot(var, "mg", self._name)
            self._zeros_slot(var, "momentum", self._name)

    def _apply_dense(self, grad: Tensor, var: Any) -> Operation:
        if self._centered:
            return self._run(
                "ApplyCenteredRMSProp", var, "mg rms momentum", *self._numbers(var), grad
            )
        return self._run("ApplyRMSProp", var, "rms momentum", *self._numbers(var), grad)

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Operation:
        rest = (*self._numbers(var), grad.values, grad.indices)
        if self._centered:
            return self._run("SparseApplyCenteredRMSProp", var, "mg rms momentum", *rest)
        return self._run("SparseApplyRMSProp", var, "rms momentum", *rest)


class AdagradOptimizer(_Hyper):
    """Divides the gradient by the root of the sum of all its squares (tf.train.AdagradOptimizer).

    Duchi, Hazan and Singer 2011.
    """

    _hyper = {"learning_rate": "learning_rate"}

    def __init__(
        self,
        learning_rate: Any,
        initial_accumulator_value: float = 0.1,
        use_locking: bool = False,
        name: str = "Adagrad",
    ) -> None:
        if initial_accumulator_value <= 0.0:
            raise ValueError(
                f"initial_accumulator_value must be positive: {initial_accumulator_value}"
            )
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._initial_accumulator_value = initial_accumulator_value

    def _create_slots(self, var_list: list[Any]) -> None:
        for var in var_list:
            self._filled_slot(var, self._initial_accumulator_value, "accumulator", self._name)

    def _apply_dense(self, grad: Tensor, var: Any) -> Operation:
        rate = self._number("learning_rate", var)
        return self._run("ApplyAdagrad", var, "accumulator", rate, grad)

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Operation:
        rate = self._number("learning_rate", var)
        return self._run("SparseApplyAdagrad", var, "accumulator", rate, grad.values, grad.indices)


class AdadeltaOptimizer(_Hyper):
    """Steps as large as the running root mean square of earlier ones (tf.train.AdadeltaOptimizer).

    arXiv:1212.5701.
    """

    _hyper = {"learning_rate": "lr", "rho": "rho", "epsilon": "epsilon"}

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: Any = 0.95,
        epsilon: Any = 1e-8,
        use_locking: bool = False,
        name: str = "Adadelta",
    ) -> None:
        super().__init__(use_locking, name)
        self._learning_rate, self._rho, self._epsilon = learning_rate, rho, epsilon

    def _create_slots(self, var_list: list[Any]) -> None:
        for var in var_list:
            self._zeros_slot(var, "accum", self._name)
            self._zeros_slot(var, "accum_update", self._name)

    def _apply_dense(self, grad: Tensor, var: Any) -> Operation:
        return self._run("ApplyAdadelta", var, "accum accum_update", *self._numbers(var), grad)

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Operation:
        return self._run(
            "SparseApplyAdadelta", var, "accum accum_update", *self._numbers(var), grad.values,
            grad.indices,
        )  # fmt: skip


class FtrlOptimizer(_Hyper):
    """Follow the regularised leader, with l1, l2 and shrinkage (tf.train.FtrlOptimizer).

    McMahan et al. 2013, "Ad Click Prediction: a View from the Trenches".
    """

    _hyper = {
        "learning_rate": "learning_rate", "l1": "l1_regularization_strength",
        "l2": "l2_regularization_strength", "shrinkage": "l2_shrinkage_regularization_strength",
        "learning_rate_power": "learning_rate_power",
    }  # fmt: skip

    def __init__(
        self,
        learning_rate: Any,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        use_locking: bool = False,
        name: str = "Ftrl",
        accum_name: str | None = None,
        linear_name: str | None = None,
        l2_shrinkage_regularization_strength: float = 0.0,
    ) -> None:
        super().__init__(use_locking, name)
        for value, what in (
            (initial_accumulator_value, "initial_accumulator_value"),
            (l1_regularization_strength, "l1_regularization_strength"),
            (l2_regularization_strength, "l2_regularization_strength"),
            (l2_shrinkage_regularization_strength, "l2_shrinkage_regularization_strength"),
        ):
            if value < 0.0:
                raise ValueError(f"{what} {value:f} needs to be positive or zero")
        if learning_rate_power > 0.0:
            raise ValueError(
                f"learning_rate_power {learning_rate_power:f} needs to be negative or zero"
            )
        self._learning_rate, self._learning_rate_power = learning_rate, learning_rate_power
        self._initial_accumulator_value = initial_accumulator_value
        self._l1, self._l2 = l1_regularization_strength, l2_regularization_strength
        self._shrinkage = l2_shrinkage_regularization_strength
        self._accum_name, self._linear_name = accum_name, linear_name

    def _create_slots(self, var_list: list[Any]) -> None:
        for var in var_list:
            value, name = self._initial_accumulator_value, self._accum_name or self._name
            self._filled_slot(var, value, "accum", name)
            self._zeros_slot(var, "linear", self._linear_name or self._name)

    def _call(self, kind: str, var: Any, grads: tuple[Tensor, ...]) -> Operation:
        numbers = [self._number(n, var) for n in ("learning_rate", "l1", "l2")]
        version = ""
        if self._shrinkage > 0.0:
            numbers.append(self._number("shrinkage", var))
            version = "V2"
        numbers.append(self._number("learning_rate_power", var))
        return self._run(f"{kind}Ftrl{version}", var, "accum linear", *grads, *numbers)

    def _apply_dense(self, grad: Tensor, var: Any) -> Operation:
        return self._call("Apply", var, (grad,))

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Operation:
        return self._call("SparseApply", var, (grad.values, grad.indices))


class ProximalGradientDescentOptimizer(_Hyper):
    """Gradient descent with exact l1 and l2 steps (tf.train.ProximalGradientDescentOptimizer).

    Duchi and Singer 2009, FOBOS.
    """

    _hyper = {
        "learning_rate": "learning_rate", "l1": "l1_regularization_strength",
        "l2": "l2_regularization_strength",
    }  # fmt: skip

    def __init__(
        self,
        learning_rate: Any,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        use_locking: bool = False,
        name: str = "ProximalGradientDescent",
    ) -> None:
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._l1, self._l2 = l1_regularization_strength, l2_regularization_strength

    def _apply_dense(self, grad: Tensor, var: Any) -> Operation:
        return self._run("ApplyProximalGradientDescent", var, "", *self._numbers(var), grad)

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Operation:
        return self._run(
            "SparseApplyProximalGradientDescent", var, "", *self._numbers(var), grad.values,
            grad.indices,
        )  # fmt: skip
