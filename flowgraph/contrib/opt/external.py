"""Optimizers outside of the graph, such as SciPy's: they ask for a loss and its gradient."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from flowgraph.core import stacks
from flowgraph.core.op_def import raw
from flowgraph.ops.array.constant import placeholder
from flowgraph.ops.gradients import gradients
from flowgraph.platform import logging as tf_logging
from flowgraph.variables.variable import trainable_variables


class ExternalOptimizerInterface:
    """Minimises a loss by a function outside of the graph (ExternalOptimizerInterface).

    Args:
      loss: the loss, a scalar.
      var_list: the variables; all trainable ones when None.
      equalities: tensors that are to be zero.
      inequalities: tensors that are to be positive.
      var_to_bounds: {variable: (least, most)}.
      **optimizer_kwargs: more for the optimizer.
    """

    def __init__(
        self,
        loss: Any,
        var_list: Any = None,
        equalities: Sequence[Any] | None = None,
        inequalities: Sequence[Any] | None = None,
        var_to_bounds: dict[Any, Any] | None = None,
        **optimizer_kwargs: Any,
    ) -> None:
        self._loss, self.optimizer_kwargs = loss, optimizer_kwargs
        self._equalities, self._inequalities = list(equalities or []), list(inequalities or [])
        self._vars = trainable_variables() if var_list is None else list(var_list)
        shapes = [tuple(var.get_shape().as_list()) for var in self._vars]
        self._shapes = shapes
        ends = list(accumulate([int(np.prod(shape)) for shape in shapes], initial=0))
        self._slices = [slice(a, b) for a, b in zip(ends[:-1], ends[1:], strict=True)]  # noqa: RUF007
        self._packed_bounds = None if var_to_bounds is None else self._bounds(var_to_bounds)
        self._update_placeholders = [placeholder(var.dtype.base_dtype) for var in self._vars]
        self._var_updates = [
            var.assign(raw.Reshape(value, list(shape)))
            for var, value, shape in zip(self._vars, self._update_placeholders, shapes, strict=True)
        ]
        self._packed_var = _packed([var.value() for var in self._vars])
        self._packed_loss_grad = self._packed_gradient(loss)
        self._equality_grads = [self._packed_gradient(t) for t in self._equalities]
        self._inequality_grads = [self._packed_gradient(t) for t in self._inequalities]

    def _bounds(self, var_to_bounds: dict[Any, Any]) -> list[tuple[Any, Any]]:
        given = {var.name: bounds for var, bounds in var_to_bounds.items()}
        packed: list[tuple[Any, Any]] = []
        for var, shape in zip(self._vars, self._shapes, strict=True):
            least, most = given.get(var.name, (-np.inf, np.inf))
            packed += zip(
                np.broadcast_to(least, shape).flat, np.broadcast_to(most, shape).flat, strict=True
            )
        return packed

    def _packed_gradient(self, tensor: Any) -> Any:
        grads = gradients(tensor, self._vars)
        filled = [
            raw.ZerosLike(var.value()) if grad is None else grad
            for grad, var in zip(grads, self._vars, strict=True)
        ]
        return _packed(filled)

    def minimize(
        self,
        session: Any = None,
        feed_dict: Any = None,
        fetches: Any = None,
        step_callback: Callable[[Any], Any] | None = None,
        loss_callback: Callable[..., Any] | None = None,
        **run_kwargs: Any,
    ) -> None:
        """Minimises the loss, and sets the variables to where it is least.

        Args:
          session: the session; the default session when None.
          feed_dict: what is fed.
          fetches: a list of what `loss_callback` gets.
          step_callback: called after each step with the variables, packed in one vector.
          loss_callback: called after each evaluation of the loss.
          **run_kwargs: more for `session.run`.
        """
        session = session or stacks.session_for(self._packed_var.graph, None, "minimize a loss")
        feeds, extra = feed_dict or {}, list(fetches or [])
        evaluate = self._evaluator(session, feeds, extra)
        found = self._minimize(
            initial_val=session.run(self._packed_var),
            loss_grad_func=evaluate([self._loss, self._packed_loss_grad], loss_callback),
            equality_funcs=[evaluate([t]) for t in self._equalities],
            equality_grad_funcs=[evaluate([t]) for t in self._equality_grads],
            inequality_funcs=[evaluate([t]) for t in self._inequalities],
            inequality_grad_funcs=[evaluate([t]) for t in self._inequality_grads],
            packed_bounds=self._packed_bounds,
            step_callback=step_callback or (lambda xk: None),
            optimizer_kwargs=self.optimizer_kwargs,
        )
        values = [found[part] for part in self._slices]
        pairs = zip(self._update_placeholders, values, strict=True)
        session.run(self._var_updates, feed_dict=dict(pairs), **run_kwargs)

    def _evaluator(self, session: Any, feeds: Any, extra: list[Any]) -> Any:
        def evaluator(tensors: list[Any], callback: Callable[..., Any] | None = None) -> Any:
            def evaluate(x: Any) -> Any:
                fed = {
                    var: np.reshape(x[part], shape)
                    for var, part, shape in zip(self._vars, self._slices, self._shapes, strict=True)
                }
                values = session.run([*tensors, *extra], feed_dict={**fed, **feeds})
                if callback is not None:
                    callback(*values[len(tensors) :])
                found = values[: len(tensors)]
                return found if len(found) > 1 else found[0]

            return evaluate

        return evaluator

    def _minimize(self, **kwargs: Any) -> Any:
        raise NotImplementedError(
            "To use ExternalOptimizerInterface, subclass from it and implement the _minimize() "
            "method."
        )


class ScipyOptimizerInterface(ExternalOptimizerInterface):
    """Minimises a loss by scipy.optimize.minimize (tf.contrib.opt.ScipyOptimizerInterface).

    `method` is "L-BFGS-B" by default, `options` are SciPy's. Needs SciPy.
    """

    _DEFAULT_METHOD = "L-BFGS-B"

    def _minimize(self, **given: Any) -> Any:
        settings = dict(given["optimizer_kwargs"])
        method = settings.pop("method", self._DEFAULT_METHOD)

        def loss_and_gradient(x: Any) -> Any:
            loss, gradient = given["loss_grad_func"](x)
            return float(loss), gradient.astype("float64")

        constraints = [
            {"type": kind, "fun": function, "jac": gradient}
            for kind, name in (("eq", "equality"), ("ineq", "inequality"))
            for function, gradient in zip(
                given[f"{name}_funcs"], given[f"{name}_grad_funcs"], strict=True
            )
        ]
        ours = {
            "jac": True, "callback": given["step_callback"], "method": method,
            "constraints": constraints, "bounds": given["packed_bounds"],
        }  # fmt: skip
        for name in ours:
            if name in settings:
                raise ValueError(
                    "Bounds must be set using the var_to_bounds argument"
                    if name == "bounds"
                    else f"Optimizer keyword arg '{name}' is set automatically and cannot be "
                    "injected manually"
                )
        result = _scipy().minimize(loss_and_gradient, given["initial_val"], **ours, **settings)
        tf_logging.info(
            "Optimization terminated with:\n  Message: %s\n  Objective function value: %f",
            result.message, result.fun,
        )  # fmt: skip
        return result["x"]


def _scipy() -> Any:
    try:
        return importlib.import_module("scipy.optimize")
    except ImportError:
        raise ImportError(
            "ScipyOptimizerInterface needs SciPy, which is not installed: pip install scipy"
        ) from None


def _packed(tensors: list[Any]) -> Any:
    flat = [raw.Reshape(tensor, [-1]) for tensor in tensors]
    return flat[0] if len(flat) == 1 else raw.ConcatV2(flat, np.int32(0))
