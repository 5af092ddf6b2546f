"""`Optimizer`: Keras's optimizers, whose numbers are variables to change while training."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from flowgraph.core.op_def import raw
from flowgraph.keras import _ops as tf
from flowgraph.keras import backend as K
from flowgraph.keras.optimizers import schedules
from flowgraph.layers import lookup
from flowgraph.layers.naming import to_snake_case
from flowgraph.ops.control import nest
from flowgraph.variables.resource import ResourceVariable


def _is_symbolic(value: Any) -> bool:
    return isinstance(value, (tf.Tensor, tf.Variable))


class Optimizer:
    """Base class of Keras's optimizers (tf.keras.optimizers.Optimizer, TF 1.15's OptimizerV2).

    A subclass calls `_set_hyper(name, value)` for its numbers in the constructor and writes
    `_create_slots(var_list)`, `_resource_apply_dense(grad, var)` and
    `_resource_apply_sparse(grad, var, indices)`.

    Args:
      name: the name scope of its operations and variables.
      **kwargs: `clipnorm` and `clipvalue` clip each gradient; `decay` lets the learning rate fall
        as 1 / (1 + decay * iterations); `lr` is the learning rate's old name.
    """

    def __init__(self, name: Any, **kwargs: Any) -> None:
        for key, value in kwargs.items():
            if key not in ("clipnorm", "clipvalue", "lr", "decay"):
                raise TypeError(f"Unexpected keyword argument passed to optimizer: {key}")
            if not _is_symbolic(value) and not callable(value) and value < 0:
                raise ValueError(f"Expected {key} >= 0, received: {value}")
        self._hyper: dict[str, Any] = {}
        self._slots: dict[Any, dict[str, Any]] = {}
        self._slot_names: list[str] = []
        self._weights: list[Any] = []
        self._iterations: Any = None
        self._hypers_created, self._use_locking = False, True
        self._name = name or K.unique_object_name(
            to_snake_case(type(self).__name__), zero_based=True
        )
        self._initial_decay = kwargs.get("decay", 0.0)
        for key in ("clipnorm", "clipvalue"):
            if key in kwargs:
                setattr(self, key, kwargs[key])

    # --- numbers -------------------------------------------------------------------------------
    def _set_hyper(self, name: str, value: Any) -> None:
        before = self._hyper.get(name)
        if isinstance(before, tf.Variable) and not callable(value):
            K.set_value(before, value)
        else:
            self._hyper[name] = value

    def _get_hyper(self, name: str, dtype: Any = None) -> Any:
        if not self._hypers_created:
            self._create_hypers()
        value = self._hyper[name]
        if isinstance(value, schedules.LearningRateSchedule):
            return value
        if callable(value) and not _is_symbolic(value):
            value = value()
        return tf.cast(value, dtype) if dtype else value

    def _create_hypers(self) -> None:
        if self._hypers_created:
            return
        for name, value in sorted(self._hyper.items()):
            if not _is_symbolic(value) and not callable(value):
                self._hyper[name] = self.add_weight(name, shape=[], initializer=value)
        self._hypers_created = True

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "_hyper":
            raise AttributeError(name)
        key = "learning_rate" if name == "lr" else name
        if key in self._hyper:
            return self._get_hyper(key)
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        key = "learning_rate" if name == "lr" else name
        if key in self.__dict__.get("_hyper", ()):
            self._set_hyper(key, value)
        else:
            object.__setattr__(self, key, value)

    def _serialize_hyperparameter(self, name: str) -> Any:
        value = self._hyper[name]
        if isinstance(value, schedules.LearningRateSchedule):
            return schedules.serialize(value)
        if _is_symbolic(value):
            found = K.get_value(value)
            return found.item() if isinstance(found, (np.generic, np.ndarray)) else found
        return value() if callable(value) else value

    @property
    def iterations(self) -> Any:
        """The variable that counts the steps."""
        if self._iterations is None:
            self._iterations = self.add_weight("iter", shape=[], dtype=tf.int64)
            self._weights.append(self._iterations)
        return self._iterations

    @iterations.setter
    def iterations(self, variable: Any) -> None:
        if self._iterations is not None:
            raise RuntimeError(
                "Cannot set `iterations` to a new Variable after the Optimizer weights have been "
                "created"
            )
        self._iterations = variable
        self._weights.append(variable)

    def _decayed_lr(self, dtype: Any) -> Any:
        """The learning rate of this step."""
        rate = self._get_hyper("learning_rate")
        step = tf.cast(self.iterations, dtype)
        if isinstance(rate, schedules.LearningRateSchedule):
            rate = rate(step)
        rate = tf.cast(rate, dtype)
        if self._initial_decay > 0.0:
            rate = rate / (1.0 + self._get_hyper("decay", dtype) * step)
        return tf.identity(rate)

    # --- variables -----------------------------------------------------------------------------
    def add_weight(
        self, name: str, shape: Any, dtype: Any = None, initializer: Any = "zeros",
        trainable: Any = None, synchronization: Any = None, aggregation: Any = None,
    ) -> Any:  # fmt: skip
        """Makes a variable of the optimizer."""
        dtype = tf.as_dtype(dtype or tf.float32)
        start = lookup.initializer(initializer)
        value = functools.partial(start, tuple(shape), dtype=dtype) if callable(start) else (
            lambda: tf.constant(start, dtype, shape))  # fmt: skip
        variable = tf.Variable(value, name=name, trainable=False, dtype=dtype, use_resource=True)
        K.track_variable(variable)
        return variable

    def add_slot(self, var: Any, slot_name: str, initializer: Any = "zeros") -> Any:
        """The variable beside `var` of this name, made when it is not there."""
        if slot_name not in self._slot_names:
            self._slot_names.append(slot_name)
        slots = self._slots.setdefault(var, {})
        if slot_name not in slots:
            start, dtype = lookup.initializer(initializer), var.dtype.base_dtype
            shape = var.shape.as_list()
            value = functools.partial(start, shape, dtype=dtype) if callable(start) else start
            with tf.colocate_with(var):
                slots[slot_name] = tf.Variable(
                    value, name=f"{var.op.name}/{slot_name}", dtype=dtype, trainable=False,
                    use_resource=isinstance(var, ResourceVariable),
                )  # fmt: skip
            K.track_variable(slots[slot_name])
            self._weights.append(slots[slot_name])
        return slots[slot_name]

    def get_slot(self, var: Any, slot_name: str) -> Any:
        """The variable beside `var` of this name."""
        return self._slots[var][slot_name]

    def get_slot_names(self) -> list[str]:
        """The names of the slots."""
        return self._slot_names

    @property
    def weights(self) -> list[Any]:
        """The step count and the slots, in the order in which they were made."""
        return self._weights

    def variables(self) -> list[Any]:
        """The same as `weights`."""
        return self._weights

    def get_weights(self) -> list[Any]:
        """The values of `weights`."""
        return K.batch_get_value(self.weights)

    def set_weights(self, weights: Any) -> None:
        """Sets the values of `weights`.

        Raises:
          ValueError: there are too many or too few, or a shape differs.
        """
        weights = self._as_older(list(weights))
        if len(self.weights) != len(weights):
            raise ValueError(
                f"You called `set_weights(weights)` on optimizer {self._name} with a  weight list "
                f"of length {len(weights)}, but the optimizer was expecting {len(self.weights)} "
                f"weights. Provided weights: {str(weights)[:50]}..."
            )
        for variable, value in zip(self.weights, weights, strict=True):
            if tuple(variable.shape.as_list()) != np.shape(value):
                raise ValueError(
                    f"Optimizer weight shape {variable.shape} not compatible with provided weight "
                    f"shape {np.shape(value)}"
                )
        K.batch_set_value(list(zip(self.weights, weights, strict=True)))

    def _as_older(self, weights: list[Any]) -> list[Any]:
        """Weights that older Keras saved, as those of today."""
        return weights

    # --- steps ---------------------------------------------------------------------------------
    def minimize(
        self, loss: Any, var_list: Any, grad_loss: Any = None, name: str | None = None
    ) -> Any:
        """The operation of one step down the gradient of `loss`.

        Args:
          loss: a function without arguments that gives the loss, or the loss.
          var_list: the variables, or a function that gives them.
          grad_loss: the gradient that comes into the loss.
          name: of the operation.
        """
        pairs = self._compute_gradients(loss, var_list, grad_loss)
        return self.apply_gradients(pairs, name=name)

    def _compute_gradients(self, loss: Any, var_list: Any, grad_loss: Any = None) -> Any:
        value = loss() if callable(loss) and not _is_symbolic(loss) else loss
        variables = nest.flatten(var_list() if callable(var_list) else var_list)
        with tf.name_scope(self._name + "/gradients"):
            grads = self._clipped(tf.gradients(value, variables, grad_loss))
        return list(zip(grads, variables, strict=True))

    def get_gradients(self, loss: Any, params: Any) -> list[Any]:
        """The clipped gradients of `loss` by variables.

        Raises:
          ValueError: one does not depend on the variable.
        """
        params = nest.flatten(params)
        with tf.name_scope(self._name + "/gradients"):
            grads = tf.gradients(loss, params)
            for grad, param in zip(grads, params, strict=True):
                if grad is None:
                    raise ValueError(
                        f"Variable {param} has `None` for gradient. Please make sure that all of "
                        "your ops have a gradient defined (i.e. are differentiable). Common ops "
                        "without gradient: K.argmax, K.round, K.eval."
                    )
            return self._clipped(grads)

    def _clipped(self, grads: list[Any]) -> list[Any]:
        if "clipnorm" in self.__dict__:
            grads = [g if g is None else tf.clip_by_norm(g, self.clipnorm) for g in grads]
        if "clipvalue" in self.__dict__:
            limit = self.clipvalue
            grads = [g if g is None else tf.clip_by_value(g, -limit, limit) for g in grads]
        return grads

    def get_updates(self, loss: Any, params: Any) -> list[Any]:
        """The operations of one step for a loss."""
        grads = self.get_gradients(loss, params)
        return [self.apply_gradients(list(zip(grads, params, strict=True)))]

    def apply_gradients(self, grads_and_vars: Any, name: str | None = None) -> Any:
        """The operation that applies gradients and counts the step.

        Raises:
          ValueError: no variable has a gradient.
        """
        pairs = tuple(grads_and_vars)
        kept = [(g, v) for g, v in pairs if g is not None]
        if pairs and not kept:
            names = [v.name for _, v in pairs]
            raise ValueError(f"No gradients provided for any variable: {names}.")
        variables = [v for _, v in kept]
        with tf.name_scope(self._name):
            with tf.init_scope():
                _ = self.iterations
                self._create_hypers()
                self._create_slots(variables)
            self._prepared: dict[Any, Any] = {}
            for dtype in {v.dtype.base_dtype for v in variables}:
                self._prepared[dtype] = self._prepare_local(dtype)
            with tf.name_scope(name or self._name):
                updates = [self._update(g, v) for g, v in kept]
                with tf.control_dependencies(updates):
                    return self.iterations.assign_add(1).op

    def _update(self, grad: Any, var: Any) -> Any:
        with tf.name_scope("update_" + var.op.name), tf.colocate_with(var):
            if isinstance(grad, tf.IndexedSlices):
                if var.constraint is not None:
                    raise RuntimeError("Cannot use a constraint function on a sparse variable.")
                return _op(self._resource_apply_sparse_duplicate_indices(
                    grad.values, var, grad.indices))  # fmt: skip
            update = _op(self._resource_apply_dense(grad, var))
            if var.constraint is None:
                return update
            with tf.control_dependencies([update]):
                return _op(var.assign(var.constraint(var)))

    def _resource_apply_sparse_duplicate_indices(self, grad: Any, var: Any, indices: Any) -> Any:
        unique, places = tf.unique(indices)
        summed = tf.unsorted_segment_sum(grad, places, tf.shape(unique)[0])
        return self._resource_apply_sparse(summed, var, unique)

    def _create_slots(self, var_list: list[Any]) -> None:
        pass

    def _prepare_local(self, dtype: Any) -> dict[str, Any]:
        """The numbers of a step in a dtype."""
        return {"lr_t": self._decayed_lr(dtype)} if "learning_rate" in self._hyper else {}

    def _numbers(self, var: Any) -> dict[str, Any]:
        return self._prepared[var.dtype.base_dtype]

    def _run(self, op_type: str, var: Any, slots: str, *rest: Any, **attrs: Any) -> Any:
        """An update op on the variable's handle, its slots' and the rest of its inputs."""
        refs = [v._ref() for v in (var, *(self.get_slot(var, name) for name in slots.split()))]
        of_resource = isinstance(var, ResourceVariable)
        op = getattr(raw, "Resource" + op_type if of_resource else op_type)
        return op(*refs, *rest, use_locking=self._use_locking, **attrs)

    def _resource_apply_dense(self, grad: Any, var: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} does not define _resource_apply_dense")

    def _resource_apply_sparse(self, grad: Any, var: Any, indices: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} does not define _resource_apply_sparse")

    # --- configuration -------------------------------------------------------------------------
    _plain: tuple[str, ...] = ()

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        config: dict[str, Any] = {"name": self._name}
        for key in ("clipnorm", "clipvalue"):
            if key in self.__dict__:
                config[key] = self.__dict__[key]
        for key in self._hyper:
            config[key] = self._serialize_hyperparameter(key)
        return {**config, **{key: getattr(self, key) for key in self._plain}}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Makes the optimizer that `get_config` described."""
        config = dict(config)
        if "lr" in config:
            config["learning_rate"] = config.pop("lr")
        if isinstance(config.get("learning_rate"), dict):
            config["learning_rate"] = schedules.deserialize(config["learning_rate"], custom_objects)
        return cls(**config)


def _op(update: Any) -> Any:
    return getattr(update, "op", update)
