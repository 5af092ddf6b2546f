"""The update rules: SGD, RMSprop, Adagrad, Adadelta, Adam, Adamax, Nadam, Ftrl."""

from __future__ import annotations

from typing import Any

from flowgraph.keras import _ops as tf
from flowgraph.keras import backend as K
from flowgraph.keras.optimizers.base import Optimizer
from flowgraph.variables.initializers import Constant
from flowgraph.variables.resource import ResourceVariable


def _momentum(value: Any) -> bool:
    """Whether there is a momentum; ValueError outside [0, 1]."""
    if isinstance(value, (int, float)) and not 0 <= value <= 1:
        raise ValueError("`momentum` must be between [0, 1].")
    return not isinstance(value, (int, float)) or value > 0


class SGD(Optimizer):
    """w -= learning_rate * gradient, with momentum: v = momentum * v - learning_rate * gradient;
    w += v (with Nesterov's look ahead: w += momentum * v - learning_rate * gradient).
    """

    _plain = ("nesterov",)

    def __init__(
        self, learning_rate: Any = 0.01, momentum: Any = 0.0, nesterov: bool = False,
        name: str = "SGD", **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._momentum = _momentum(momentum)
        self._set_hyper("momentum", momentum)
        self.nesterov = nesterov

    def _create_slots(self, var_list: list[Any]) -> None:
        for var in var_list if self._momentum else ():
            self.add_slot(var, "momentum")

    def _prepare_local(self, dtype: Any) -> dict[str, Any]:
        momentum = tf.identity(self._get_hyper("momentum", dtype))
        return {**super()._prepare_local(dtype), "momentum": momentum}

    def _resource_apply_dense(self, grad: Any, var: Any) -> Any:
        n = self._numbers(var)
        if not self._momentum:
            return self._run("ApplyGradientDescent", var, "", n["lr_t"], grad)
        if not isinstance(var, ResourceVariable):
            return self._composed(grad, var, n)
        return self._run("ApplyKerasMomentum", var, "momentum", n["lr_t"], grad, n["momentum"],
                         use_nesterov=self.nesterov)  # fmt: skip

    def _composed(self, grad: Any, var: Any, n: dict[str, Any]) -> Any:
        """The step of a variable that is no resource, for which there is no op."""
        slot = self.get_slot(var, "momentum")
        velocity = n["momentum"] * slot - n["lr_t"] * grad
        step = n["momentum"] * velocity - n["lr_t"] * grad if self.nesterov else velocity
        return tf.group(slot.assign(velocity).op, var.assign_add(step).op)

    def _resource_apply_sparse_duplicate_indices(self, grad: Any, var: Any, indices: Any) -> Any:
        if self._momentum:
            return super()._resource_apply_sparse_duplicate_indices(grad, var, indices)
        return _scatter_add(var, indices, -grad * self._numbers(var)["lr_t"])

    def _resource_apply_sparse(self, grad: Any, var: Any, indices: Any) -> Any:
        n = self._numbers(var)
        return self._run("SparseApplyKerasMomentum", var, "momentum", n["lr_t"], grad, indices,
                         n["momentum"], use_nesterov=self.nesterov)  # fmt: skip


def _scatter_add(var: Any, indices: Any, values: Any) -> Any:
    if not isinstance(var, ResourceVariable):
        return tf.raw_ops.ScatterAdd(var._ref(), indices, values).op
    return tf.raw_ops.ResourceScatterAdd(var.handle, indices, values)


def _scatter_after(var: Any, scaled: Any, indices: Any, values: Any) -> Any:
    """Sets a slot to `scaled`, adds rows, and gives the slot's value behind that."""
    with tf.control_dependencies([var.assign(scaled).op]):
        added = _scatter_add(var, indices, values)
    with tf.control_dependencies([added]):
        return var.read_value()


class RMSprop(Optimizer):
    """w -= learning_rate * gradient / (√(mean of gradient²) + epsilon)."""

    _plain = ("epsilon", "centered")

    def __init__(
        self, learning_rate: Any = 0.001, rho: Any = 0.9, momentum: Any = 0.0,
        epsilon: Any = 1e-7, centered: bool = False, name: str = "RMSprop", **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._set_hyper("rho", rho)
        self._momentum = _momentum(momentum)
        self._set_hyper("momentum", momentum)
        self.epsilon, self.centered = epsilon or K.epsilon(), centered

    def _create_slots(self, var_list: list[Any]) -> None:
        for name, wanted in (("rms", True), ("momentum", self._momentum), ("mg", self.centered)):
            for var in var_list if wanted else ():
                self.add_slot(var, name)

    def _prepare_local(self, dtype: Any) -> dict[str, Any]:
        numbers = {**super()._prepare_local(dtype), "epsilon": tf.constant(self.epsilon, dtype)}
        for name in ("rho", "momentum"):
            numbers[name] = tf.identity(self._get_hyper(name, dtype))
        return numbers

    def _fused(self, kind: str, grad: Any, var: Any, *indices: Any) -> Any:
        n = self._numbers(var)
        rest = (n["lr_t"], n["rho"], n["momentum"], n["epsilon"], grad, *indices)
        if self.centered:
            return self._run(f"{kind}CenteredRMSProp", var, "mg rms momentum", *rest)
        return self._run(f"{kind}RMSProp", var, "rms momentum", *rest)

    def _resource_apply_dense(self, grad: Any, var: Any) -> Any:
        if self._momentum:
            return self._fused("Apply", grad, var)
        n, rms = self._numbers(var), self.get_slot(var, "rms")
        squares = n["rho"] * rms + (1.0 - n["rho"]) * tf.square(grad)
        updates, below = [rms.assign(squares).op], squares
        if self.centered:
            mg = self.get_slot(var, "mg")
            mean = n["rho"] * mg + (1.0 - n["rho"]) * grad
            updates.append(mg.assign(mean).op)
            below = squares - tf.square(mean)
        step = n["lr_t"] * grad / (tf.sqrt(below) + n["epsilon"])
        return tf.group(*updates, var.assign_sub(step).op)

    def _resource_apply_sparse(self, grad: Any, var: Any, indices: Any) -> Any:
        if self._momentum:
            return self._fused("SparseApply", grad, var, indices)
        n, rms = self._numbers(var), self.get_slot(var, "rms")
        keep = 1.0 - n["rho"]
        squares = _scatter_after(rms, rms * n["rho"], indices, grad * grad * keep)
        below = tf.gather(squares, indices)
        if self.centered:
            mg = self.get_slot(var, "mg")
            means = _scatter_after(mg, mg * n["rho"], indices, grad * keep)
            below = below - tf.square(tf.gather(means, indices))
        step = -n["lr_t"] * grad / (tf.sqrt(below) + n["epsilon"])
        return _scatter_add(var, indices, step)

    def _as_older(self, weights: list[Any]) -> list[Any]:
        return [0, *weights] if len(self.weights) == len(weights) + 1 else weights


class Adagrad(Optimizer):
    """w -= learning_rate * gradient / (√(sum of gradient²) + epsilon)."""

    _plain = ("initial_accumulator_value", "epsilon")

    def __init__(
        self, learning_rate: Any = 0.001, initial_accumulator_value: float = 0.1,
        epsilon: Any = 1e-7, name: str = "Adagrad", **kwargs: Any,
    ) -> None:  # fmt: skip
        if initial_accumulator_value < 0.0:
            raise ValueError(
                f"initial_accumulator_value must be non-negative: {initial_accumulator_value}"
            )
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self.initial_accumulator_value = initial_accumulator_value
        self.epsilon = epsilon or K.epsilon()

    def _create_slots(self, var_list: list[Any]) -> None:
        for var in var_list:
            self.add_slot(var, "accumulator", Constant(self.initial_accumulator_value))

    def _resource_apply_dense(self, grad: Any, var: Any) -> Any:
        eps = tf.constant(self.epsilon, grad.dtype)
        rate = self._numbers(var)["lr_t"]
        return self._run("ApplyAdagradV2", var, "accumulator", rate, eps, grad)

    def _resource_apply_sparse(self, grad: Any, var: Any, indices: Any) -> Any:
        eps = tf.constant(self.epsilon, grad.dtype)
        rate = self._numbers(var)["lr_t"]
        return self._run("SparseApplyAdagradV2", var, "accumulator", rate, eps, grad, indices)

    def _as_older(self, weights: list[Any]) -> list[Any]:
        return [0, *weights] if len(self.weights) == len(weights) + 1 else weights


class Adadelta(Optimizer):
    """Steps of the size of the last ones (Zeiler 2012, arXiv:1212.5701)."""

    _plain = ("epsilon",)

    def __init__(
        self, learning_rate: Any = 0.001, rho: Any = 0.95, epsilon: Any = 1e-7,
        name: str = "Adadelta", **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._set_hyper("rho", rho)
        self.epsilon = epsilon or K.epsilon()

    def _create_slots(self, var_list: list[Any]) -> None:
        for name in ("accum_grad", "accum_var"):
            for var in var_list:
                self.add_slot(var, name)

    def _prepare_local(self, dtype: Any) -> dict[str, Any]:
        rho = tf.identity(self._get_hyper("rho", dtype))
        eps = tf.constant(self.epsilon, dtype)
        return {**super()._prepare_local(dtype), "rho": rho, "epsilon": eps}

    def _resource_apply_dense(self, grad: Any, var: Any, *indices: Any) -> Any:
        n, kind = self._numbers(var), "SparseApplyAdadelta" if indices else "ApplyAdadelta"
        return self._run(kind, var, "accum_grad accum_var", n["lr_t"], n["rho"], n["epsilon"],
                         grad, *indices)  # fmt: skip

    def _resource_apply_sparse(self, grad: Any, var: Any, indices: Any) -> Any:
        return self._resource_apply_dense(grad, var, indices)

    def _as_older(self, weights: list[Any]) -> list[Any]:
        return [0, *weights] if len(self.weights) == len(weights) + 1 else weights


class _Moments(Optimizer):
    """Optimizers with a first and a second moment."""

    _plain: tuple[str, ...] = ("epsilon",)

    def _start(self, learning_rate: Any, beta_1: Any, beta_2: Any, epsilon: Any, lr: Any) -> None:
        self._set_hyper("learning_rate", learning_rate if lr is None else lr)
        self._set_hyper("decay", self._initial_decay)
        self._set_hyper("beta_1", beta_1)
        self._set_hyper("beta_2", beta_2)
        self.epsilon = epsilon or K.epsilon()

    def _create_slots(self, var_list: list[Any]) -> None:
        for name in ("m", "v"):
            for var in var_list:
                self.add_slot(var, name)

    def _prepare_local(self, dtype: Any) -> dict[str, Any]:
        step = tf.cast(self.iterations + 1, dtype)
        beta_1, beta_2 = (tf.identity(self._get_hyper(f"beta_{i}", dtype)) for i in (1, 2))
        return {
            **super()._prepare_local(dtype), "beta_1": beta_1, "beta_2": beta_2,
            "power_1": tf.pow(beta_1, step), "power_2": tf.pow(beta_2, step),
            "epsilon": tf.constant(self.epsilon, dtype),
        }  # fmt: skip


class Adam(_Moments):
    """Adaptive moments (Kingma and Ba 2014, arXiv:1412.6980)."""

    _plain = ("epsilon", "amsgrad")

    def __init__(
        self, learning_rate: Any = 0.001, beta_1: Any = 0.9, beta_2: Any = 0.999,
        epsilon: Any = 1e-7, amsgrad: bool = False, name: str = "Adam", **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(name, **kwargs)
        self._start(learning_rate, beta_1, beta_2, epsilon, kwargs.get("lr"))
        self.amsgrad = amsgrad

    def _create_slots(self, var_list: list[Any]) -> None:
        super()._create_slots(var_list)
        for var in var_list if self.amsgrad else ():
            self.add_slot(var, "vhat")

    def _resource_apply_dense(self, grad: Any, var: Any) -> Any:
        n = self._numbers(var)
        kind, slots = ("ApplyAdamWithAmsgrad", "m v vhat") if self.amsgrad else ("ApplyAdam", "m v")
        return self._run(kind, var, slots, n["power_1"], n["power_2"], n["lr_t"], n["beta_1"],
                         n["beta_2"], n["epsilon"], grad)  # fmt: skip

    def _resource_apply_sparse(self, grad: Any, var: Any, indices: Any) -> Any:
        n, m, v = self._numbers(var), self.get_slot(var, "m"), self.get_slot(var, "v")
        rate = n["lr_t"] * tf.sqrt(1 - n["power_2"]) / (1 - n["power_1"])
        mean = _scatter_after(m, m * n["beta_1"], indices, grad * (1 - n["beta_1"]))
        square = _scatter_after(v, v * n["beta_2"], indices, grad * grad * (1 - n["beta_2"]))
        updates = []
        if self.amsgrad:
            largest = self.get_slot(var, "vhat")
            square = tf.maximum(largest, square)
            updates.append(largest.assign(square).op)
        step = rate * mean / (tf.sqrt(square) + n["epsilon"])
        return tf.group(var.assign_sub(step).op, *updates)

    def _as_older(self, weights: list[Any]) -> list[Any]:
        count = (len(self.weights) - 1) // 2
        return weights[: len(self.weights)] if len(weights) == 3 * count + 1 else weights


class Adamax(_Moments):
    """Adam with the largest gradient in place of the mean square."""

    def __init__(
        self, learning_rate: Any = 0.001, beta_1: Any = 0.9, beta_2: Any = 0.999,
        epsilon: Any = 1e-7, name: str = "Adamax", **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(name, **kwargs)
        self._start(learning_rate, beta_1, beta_2, epsilon, kwargs.get("lr"))

    def _resource_apply_dense(self, grad: Any, var: Any) -> Any:
        n = self._numbers(var)
        return self._run("ApplyAdaMax", var, "m v", n["power_1"], n["lr_t"], n["beta_1"],
                         n["beta_2"], n["epsilon"], grad)  # fmt: skip

    def _resource_apply_sparse(self, grad: Any, var: Any, indices: Any) -> Any:
        n, m, v = self._numbers(var), self.get_slot(var, "m"), self.get_slot(var, "v")
        mean = tf.gather(m, indices) * n["beta_1"] + grad * (1 - n["beta_1"])
        largest = tf.maximum(tf.gather(v, indices) * n["beta_2"], tf.abs(grad))
        step = -n["lr_t"] / (1 - n["power_1"]) * (mean / (largest + n["epsilon"]))
        with tf.control_dependencies([mean, largest, step]):
            return tf.group(
                tf.raw_ops.ResourceScatterUpdate(m.handle, indices, mean),
                tf.raw_ops.ResourceScatterUpdate(v.handle, indices, largest),
                _scatter_add(var, indices, step),
            )


class Nadam(_Moments):
    """Adam with Nesterov's momentum (Dozat 2016)."""

    _decay_base = 0.96

    def __init__(
        self, learning_rate: Any = 0.001, beta_1: Any = 0.9, beta_2: Any = 0.999,
        epsilon: Any = 1e-7, name: str = "Nadam", **kwargs: Any,
    ) -> None:  # fmt: skip
        kwargs["decay"] = kwargs.pop("schedule_decay", kwargs.get("decay", 0.004))
        super().__init__(name, **kwargs)
        self._start(learning_rate, beta_1, beta_2, epsilon, kwargs.get("lr"))
        self._cache: Any = None

    def _create_slots(self, var_list: list[Any]) -> None:
        if self._cache is None:
            dtype = var_list[0].dtype.base_dtype
            self._cache = self.add_weight("momentum_cache", [], dtype, "ones")
            self._weights.append(self._cache)
        super()._create_slots(var_list)

    def _prepare_local(self, dtype: Any) -> dict[str, Any]:
        step = tf.cast(self.iterations + 1, dtype)
        beta_1, beta_2 = (tf.identity(self._get_hyper(f"beta_{i}", dtype)) for i in (1, 2))
        base, decay = tf.constant(self._decay_base, dtype), self._initial_decay
        now = beta_1 * (1.0 - 0.5 * tf.pow(base, decay * step))
        after = beta_1 * (1.0 - 0.5 * tf.pow(base, decay * (step + 1)))
        schedule = tf.cast(self._cache.read_value(), dtype) * now
        with tf.control_dependencies([schedule]):
            if dtype == self._cache.dtype.base_dtype:
                with tf.control_dependencies([self._cache.assign(schedule).op]):
                    schedule = tf.identity(schedule)
        return {
            "lr_t": tf.cast(self._get_hyper("learning_rate"), dtype), "beta_1": beta_1,
            "beta_2": beta_2, "now": now, "after": after, "schedule": schedule,
            "next": schedule * after, "power_2": tf.pow(beta_2, step),
            "epsilon": tf.constant(self.epsilon, dtype),
        }  # fmt: skip

    @staticmethod
    def _step(n: dict[str, Any], grad: Any, mean: Any, square: Any) -> Any:
        ahead = (1.0 - n["now"]) * grad / (1.0 - n["schedule"])
        ahead = ahead + n["after"] * mean / (1.0 - n["next"])
        return n["lr_t"] * ahead / (tf.sqrt(square / (1.0 - n["power_2"])) + n["epsilon"])

    def _resource_apply_dense(self, grad: Any, var: Any) -> Any:
        n, m, v = self._numbers(var), self.get_slot(var, "m"), self.get_slot(var, "v")
        mean = n["beta_1"] * m + (1.0 - n["beta_1"]) * grad
        square = n["beta_2"] * v + (1.0 - n["beta_2"]) * tf.square(grad)
        step = self._step(n, grad, mean, square)
        return tf.group(m.assign(mean).op, v.assign(square).op, var.assign_sub(step).op)

    def _resource_apply_sparse(self, grad: Any, var: Any, indices: Any) -> Any:
        n, m, v = self._numbers(var), self.get_slot(var, "m"), self.get_slot(var, "v")
        mean = _scatter_after(m, m * n["beta_1"], indices, grad * (1.0 - n["beta_1"]))
        square = _scatter_after(v, v * n["beta_2"], indices, grad * grad * (1.0 - n["beta_2"]))
        step = self._step(n, grad, tf.gather(mean, indices), tf.gather(square, indices))
        return _scatter_add(var, indices, -step)


class Ftrl(Optimizer):
    """Follow the regularized leader (McMahan et al. 2013)."""

    _plain = ("initial_accumulator_value",)

    def __init__(
        self, learning_rate: Any = 0.001, learning_rate_power: Any = -0.5,
        initial_accumulator_value: float = 0.1, l1_regularization_strength: Any = 0.0,
        l2_regularization_strength: Any = 0.0, name: str = "Ftrl",
        l2_shrinkage_regularization_strength: Any = 0.0, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(name, **kwargs)
        if initial_accumulator_value < 0.0:
            raise ValueError("initial_accumulator_value needs to be positive or zero")
        if not callable(learning_rate_power) and learning_rate_power > 0.0:
            raise ValueError("learning_rate_power needs to be negative or zero")
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._set_hyper("learning_rate_power", learning_rate_power)
        self._set_hyper("l1_regularization_strength", l1_regularization_strength)
        self._set_hyper("l2_regularization_strength", l2_regularization_strength)
        self._shrinkage = l2_shrinkage_regularization_strength
        self.initial_accumulator_value = initial_accumulator_value

    def _create_slots(self, var_list: list[Any]) -> None:
        for var in var_list:
            self.add_slot(var, "accumulator", Constant(self.initial_accumulator_value))
            self.add_slot(var, "linear")

    def _resource_apply_dense(self, grad: Any, var: Any, *indices: Any) -> Any:
        dtype = var.dtype.base_dtype
        l1, l2, power = (
            tf.identity(self._get_hyper(name, dtype))
            for name in (
                "l1_regularization_strength",
                "l2_regularization_strength",
                "learning_rate_power",
            )
        )
        kind = "SparseApplyFtrl" if indices else "ApplyFtrl"
        rest = [self._numbers(var)["lr_t"], l1, l2]
        if self._shrinkage:
            kind, rest = kind + "V2", [*rest, tf.constant(self._shrinkage, dtype)]
        return self._run(kind, var, "accumulator linear", grad, *indices, *rest, power)

    def _resource_apply_sparse(self, grad: Any, var: Any, indices: Any) -> Any:
        return self._resource_apply_dense(grad, var, indices)
