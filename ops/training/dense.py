"""Updates of whole variables: `Apply...` and `ResourceApply...` ops, with TensorFlow's formulas.

The Adagrad family is in adagrad.py, the updates of single rows are in sparse.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.ops.training.factory import Rule, dense_update


# --- gradient descent -----------------------------------------------------------------------------
@dense_update("GradientDescent", "var", "alpha delta")
def _gradient_descent(_: Any) -> Rule:
    return lambda var, alpha, delta: (var - alpha * delta,)


# --- momentum (and Nesterov's, in the form that TensorFlow gives it) ------------------------------
@dense_update("Momentum", "var accum", "lr grad momentum", use_nesterov=False)
def _momentum(a: Any) -> Rule:
    nesterov = a["use_nesterov"]

    def rule(var: Any, accum: Any, lr: Any, grad: Any, momentum: Any) -> tuple[Any, ...]:
        accum = accum * momentum + grad
        step = grad * lr + accum * (momentum * lr) if nesterov else accum * lr
        return var - step, accum

    return rule


# In Keras' form the accumulator is the step itself.
def keras_momentum(a: Any) -> Rule:
    """The rule, of whole variables and of rows."""
    nesterov = a["use_nesterov"]

    def rule(var: Any, accum: Any, lr: Any, grad: Any, momentum: Any) -> tuple[Any, ...]:
        accum = accum * momentum - grad * lr
        return var + (accum * momentum - grad * lr if nesterov else accum), accum

    return rule


dense_update(
    "KerasMomentum", "var accum", "lr grad momentum", resource_only=True, use_nesterov=False
)(keras_momentum)


# --- Adam (arXiv:1412.6980, the formulation before its section 2.1) -------------------------------
def _moments(
    m: Any, v: Any, beta1_power: Any, beta2_power: Any, lr: Any, beta1: Any, beta2: Any, grad: Any
) -> tuple[Any, Any, Any]:
    """The new means of the gradients and of their squares, and the rate that corrects for both."""
    one = m.dtype.type(1)
    rate = lr * np.sqrt(one - beta2_power) / (one - beta1_power)
    return m + (grad - m) * (one - beta1), v + (grad * grad - v) * (one - beta2), rate


@dense_update(
    "Adam", "var m v", "beta1_power beta2_power lr beta1 beta2 epsilon grad", use_nesterov=False
)
def _adam(a: Any) -> Rule:
    nesterov = a["use_nesterov"]

    def rule(
        var: Any, m: Any, v: Any, beta1_power: Any, beta2_power: Any, lr: Any, beta1: Any,
        beta2: Any, epsilon: Any, grad: Any,
    ) -> tuple[Any, ...]:  # fmt: skip
        m, v, rate = _moments(m, v, beta1_power, beta2_power, lr, beta1, beta2, grad)
        first = grad * (var.dtype.type(1) - beta1) + m * beta1 if nesterov else m
        return var - (first * rate) / (np.sqrt(v) + epsilon), m, v

    return rule


@dense_update(
    "AdamWithAmsgrad",
    "var m v vhat",
    "beta1_power beta2_power lr beta1 beta2 epsilon grad",
    resource_only=True,
)
def _amsgrad(_: Any) -> Rule:
    def rule(
        var: Any, m: Any, v: Any, vhat: Any, beta1_power: Any, beta2_power: Any, lr: Any,
        beta1: Any, beta2: Any, epsilon: Any, grad: Any,
    ) -> tuple[Any, ...]:  # fmt: skip
        m, v, rate = _moments(m, v, beta1_power, beta2_power, lr, beta1, beta2, grad)
        vhat = np.maximum(vhat, v)
        return var - (m * rate) / (np.sqrt(vhat) + epsilon), m, v, vhat

    return rule


# --- AdaMax (section 7.1 of the same) -------------------------------------------------------------
@dense_update("AdaMax", "var m v", "beta1_power lr beta1 beta2 epsilon grad")
def _ada_max(_: Any) -> Rule:
    def rule(
        var: Any, m: Any, v: Any, beta1_power: Any, lr: Any, beta1: Any, beta2: Any, epsilon: Any,
        grad: Any,
    ) -> tuple[Any, ...]:  # fmt: skip
        one = var.dtype.type(1)
        m = m + (grad - m) * (one - beta1)
        v = np.maximum(beta2 * v, np.abs(grad))
        return var - lr / (one - beta1_power) * (m / (v + epsilon)), m, v

    return rule


# --- AddSign and PowerSign (arXiv:1709.07417) -----------------------------------------------------
def _agreement(m: Any, beta: Any, grad: Any) -> tuple[Any, Any]:
    """The new mean; and 1 where it has the gradient's sign, -1 where the other, else 0."""
    m = m * beta + grad * (m.dtype.type(1) - beta)
    return m, np.sign(grad) * np.sign(m)


@dense_update("AddSign", "var m", "lr alpha sign_decay beta grad")
def _add_sign(_: Any) -> Rule:
    def rule(
        var: Any, m: Any, lr: Any, alpha: Any, sign_decay: Any, beta: Any, grad: Any
    ) -> tuple[Any, ...]:
        m, agreement = _agreement(m, beta, grad)
        return var - lr * (alpha + sign_decay * agreement) * grad, m

    return rule


@dense_update("PowerSign", "var m", "lr logbase sign_decay beta grad")
def _power_sign(_: Any) -> Rule:
    def rule(
        var: Any, m: Any, lr: Any, logbase: Any, sign_decay: Any, beta: Any, grad: Any
    ) -> tuple[Any, ...]:
        m, agreement = _agreement(m, beta, grad)
        return var - lr * np.exp(logbase * sign_decay * agreement) * grad, m

    return rule


# --- RMSProp --------------------------------------------------------------------------------------
@dense_update("RMSProp", "var ms mom", "lr rho momentum epsilon grad")
def _rms_prop(_: Any) -> Rule:
    def rule(
        var: Any, ms: Any, mom: Any, lr: Any, rho: Any, momentum: Any, epsilon: Any, grad: Any
    ) -> tuple[Any, ...]:
        ms = ms + (grad * grad - ms) * (ms.dtype.type(1) - rho)
        mom = mom * momentum + (grad * lr) / np.sqrt(ms + epsilon)
        return var - mom, ms, mom

    return rule


@dense_update("CenteredRMSProp", "var mg ms mom", "lr rho momentum epsilon grad")
def _centered_rms_prop(_: Any) -> Rule:
    def rule(
        var: Any, mg: Any, ms: Any, mom: Any, lr: Any, rho: Any, momentum: Any, epsilon: Any,
        grad: Any,
    ) -> tuple[Any, ...]:  # fmt: skip
        rest = ms.dtype.type(1) - rho
        ms = ms + (grad * grad - ms) * rest
        mg = mg + (grad - mg) * rest
        mom = mom * momentum + (grad * lr) / np.sqrt(ms - mg * mg + epsilon)
        return var - mom, mg, ms, mom

    return rule


# --- Adadelta (arXiv:1212.5701) -------------------------------------------------------------------
def adadelta(_: Any) -> Rule:
    """The rule, of whole variables and of rows."""

    def rule(
        var: Any, accum: Any, accum_update: Any, lr: Any, rho: Any, epsilon: Any, grad: Any
    ) -> tuple[Any, ...]:
        rest = var.dtype.type(1) - rho
        accum = accum * rho + grad * grad * rest
        change = np.sqrt(accum_update + epsilon) / np.sqrt(accum + epsilon) * grad
        return var - change * lr, accum, accum_update * rho + change * change * rest

    return rule


dense_update("Adadelta", "var accum accum_update", "lr rho epsilon grad")(adadelta)


# --- Ftrl (McMahan et al. 2013, "Ad Click Prediction", with TensorFlow's l2 shrinkage) ------------
def ftrl(
    var: Any, accum: Any, linear: Any, grad: Any, lr: Any, l1: Any, l2: Any, shrinkage: Any,
    lr_power: Any,
) -> tuple[Any, Any, Any]:  # fmt: skip
    """The new (var, accum, linear) of one Ftrl-proximal step."""
    two = var.dtype.type(2)
    shrunk = grad + two * shrinkage * var
    new_accum = accum + grad * grad
    old_power, new_power = _power(accum, lr_power), _power(new_accum, lr_power)
    new_linear = linear + shrunk - (new_power - old_power) / lr * var
    clipped = np.minimum(np.maximum(new_linear, -l1), l1)
    quadratic = new_power / lr + two * l2
    return (clipped - new_linear) / quadratic, new_accum, new_linear


def _power(accum: Any, lr_power: Any) -> Any:
    """accum ** -lr_power; the usual -0.5 is a square root."""
    return np.sqrt(accum) if lr_power == -0.5 else accum**-lr_power


def ftrl_without_shrinkage(
    var: Any, accum: Any, linear: Any, grad: Any, lr: Any, l1: Any, l2: Any, lr_power: Any
) -> tuple[Any, Any, Any]:
    """The new (var, accum, linear) without l2 shrinkage."""
    return ftrl(var, accum, linear, grad, lr, l1, l2, var.dtype.type(0), lr_power)


@dense_update("Ftrl", "var accum linear", "grad lr l1 l2 lr_power")
def _ftrl(_: Any) -> Rule:
    return ftrl_without_shrinkage


@dense_update("FtrlV2", "var accum linear", "grad lr l1 l2 l2_shrinkage lr_power")
def _ftrl_v2(_: Any) -> Rule:
    return ftrl


# --- proximal gradient descent (FOBOS: Duchi and Singer 2009) -------------------------------------
def proximal(value: Any, lr: Any, l1: Any, l2: Any) -> Any:
    """The proximal step of l1 and l2 regularisation from `value`, at learning rate `lr`."""
    one, zero = value.dtype.type(1), value.dtype.type(0)
    shrunk = np.sign(value) * np.maximum(np.abs(value) - lr * l1, zero)
    return np.where(l1 > zero, shrunk, value) / (one + l2 * lr)


@dense_update("ProximalGradientDescent", "var", "alpha l1 l2 delta")
def _proximal_gradient_descent(_: Any) -> Rule:
    def rule(var: Any, alpha: Any, l1: Any, l2: Any, delta: Any) -> tuple[Any, ...]:
        return (proximal(var - alpha * delta, alpha, l1, l2),)

    return rule
