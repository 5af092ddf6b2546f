"""One operation that trains: learning rate, clipping, noise and summaries (optimize_loss)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph import summary, train
from flowgraph.core.collections import GraphKeys
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph_functions import get_collection
from flowgraph.core.indexed_slices import IndexedSlices
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.making import ones_like
from flowgraph.ops.array.selecting import where
from flowgraph.ops.control.basic import with_dependencies
from flowgraph.ops.control.static_checks import assert_scalar
from flowgraph.ops.math.cast import cast
from flowgraph.ops.math.clip import clip_by_global_norm, global_norm
from flowgraph.ops.math.powers import maximum, minimum
from flowgraph.ops.math.unary import exp, log, sqrt, square
from flowgraph.ops.random.distributions import truncated_normal
from flowgraph.train.moving_averages import assign_moving_average
from flowgraph.variables.initializers import constant_initializer, zeros_initializer
from flowgraph.variables.scope import get_variable, variable_scope
from flowgraph.variables.variable import trainable_variables

_Pairs = list[tuple[Any, Any]]


def _momentum(learning_rate: Any) -> Any:
    return train.MomentumOptimizer(learning_rate, momentum=0.9)


OPTIMIZER_CLS_NAMES: dict[str, Callable[..., Any]] = {
    "Adagrad": train.AdagradOptimizer,
    "Adam": train.AdamOptimizer,
    "Ftrl": train.FtrlOptimizer,
    "Momentum": _momentum,
    "RMSProp": train.RMSPropOptimizer,
    "SGD": train.GradientDescentOptimizer,
}
OPTIMIZER_SUMMARIES = [
    "learning_rate", "loss", "gradients", "gradient_norm", "global_gradient_norm",
]  # fmt: skip


def optimize_loss(
    loss: Any,
    global_step: Any,
    learning_rate: Any,
    optimizer: Any,
    gradient_noise_scale: Any = None,
    gradient_multipliers: dict[Any, Any] | None = None,
    clip_gradients: Any = None,
    learning_rate_decay_fn: Callable[[Any, Any], Any] | None = None,
    update_ops: Any = None,
    variables: Any = None,
    name: str | None = None,
    summaries: Any = None,
    colocate_gradients_with_ops: bool = False,
    increment_global_step: bool = True,
) -> Any:
    """An operation that trains and gives the loss (tf.contrib.layers.optimize_loss).

    Args:
      loss: a scalar.
      global_step: the global step; that of the graph when None.
      learning_rate: a float or a scalar tensor, or None.
      optimizer: a name ("Adagrad", "Adam", "Ftrl", "Momentum", "RMSProp", "SGD"), a class, an
        optimizer, or a function of the learning rate that gives one.
      gradient_noise_scale: adds truncated normal noise of this size to the gradients.
      gradient_multipliers: a dict from variables or their names to factors of their gradients.
      clip_gradients: the greatest global norm, or a function of pairs (gradient, variable).
      learning_rate_decay_fn: a function of learning rate and global step.
      update_ops: what is to be run before the loss; the collection UPDATE_OPS when None.
      variables: what is trained; all trainable variables when None.
      name: the variable scope.
      summaries: which to make: "learning_rate", "loss", "gradients", "gradient_norm",
        "global_gradient_norm"; those of scalars when None.
      colocate_gradients_with_ops: accepted.
      increment_global_step: whether each run counts.

    Raises:
      ValueError: an argument does not fit.
    """
    loss = convert_to_tensor(loss)
    assert_scalar(loss)
    if global_step is None:
        global_step = train.get_global_step()
    else:
        train.assert_global_step(global_step)
    with variable_scope(name, "OptimizeLoss", [loss, global_step]):
        updates = get_collection(GraphKeys.UPDATE_OPS) if update_ops is None else update_ops
        if updates:
            loss = with_dependencies(list(dict.fromkeys(updates)), loss)
        rate, shown = _rate(learning_rate), _checked_summaries(summaries)
        if rate is not None and learning_rate_decay_fn is not None:
            if global_step is None:
                raise ValueError("global_step is required for learning_rate_decay_fn.")
            rate = learning_rate_decay_fn(rate, global_step)
            if "learning_rate" in shown:
                summary.scalar("learning_rate", rate)
        chosen = _optimizer(optimizer, rate)
        variables = trainable_variables() if variables is None else variables
        pairs = chosen.compute_gradients(
            loss, variables, colocate_gradients_with_ops=colocate_gradients_with_ops
        )
        if gradient_noise_scale is not None:
            pairs = _with_noise(pairs, gradient_noise_scale)
        if gradient_multipliers is not None:
            pairs = _multiplied(pairs, gradient_multipliers)
        pairs = _clipped(pairs, clip_gradients, shown)
        _summarize(loss, pairs, shown)
        step = global_step if increment_global_step else None
        trained = chosen.apply_gradients(pairs, global_step=step, name="train")
        return with_dependencies([trained], loss)


# --- its arguments --------------------------------------------------------------------------------
def _checked_summaries(summaries: Any) -> Any:
    if summaries is None:
        return ["loss", "learning_rate", "global_gradient_norm"]
    for wanted in summaries:
        if wanted not in OPTIMIZER_SUMMARIES:
            raise ValueError(
                f"Summaries should be one of [{', '.join(OPTIMIZER_SUMMARIES)}], you provided "
                f"{wanted}."
            )
    return summaries


def _rate(learning_rate: Any) -> Any:
    if learning_rate is None:
        return None
    if isinstance(learning_rate, Tensor) and learning_rate.shape.rank == 0:
        return learning_rate
    if isinstance(learning_rate, float):
        if learning_rate < 0.0:
            raise ValueError(f"Invalid learning_rate {learning_rate}.")
        start = constant_initializer(learning_rate)
        return get_variable("learning_rate", [], trainable=False, initializer=start)
    raise ValueError(
        "Learning rate should be 0d Tensor or float. Got "
        f"{learning_rate} of type {type(learning_rate)}"
    )


def _optimizer(optimizer: Any, rate: Any) -> Any:
    if isinstance(optimizer, train.Optimizer):
        return optimizer
    is_class = isinstance(optimizer, type) and issubclass(optimizer, train.Optimizer)
    if isinstance(optimizer, str) or is_class:
        if rate is None:
            raise ValueError(
                "Learning rate is None, but should be specified if optimizer is "
                f"{'class' if is_class else 'string'} ({optimizer})."
            )
        if not is_class and optimizer not in OPTIMIZER_CLS_NAMES:
            raise ValueError(
                f"Optimizer name should be one of [{', '.join(OPTIMIZER_CLS_NAMES)}], you "
                f"provided {optimizer}."
            )
        return (optimizer if is_class else OPTIMIZER_CLS_NAMES[optimizer])(learning_rate=rate)
    if callable(optimizer):
        made = optimizer() if rate is None else optimizer(rate)
        if not isinstance(made, train.Optimizer):
            raise ValueError(
                f"Unrecognized optimizer: function should return subclass of Optimizer. Got {made}."
            )
        return made
    raise ValueError(
        "Unrecognized optimizer: should be string, subclass of Optimizer, instance of subclass of "
        f"Optimizer or function with one argument. Got {optimizer}."
    )


# --- gradients ------------------------------------------------------------------------------------
def _scaled(gradient: Any, factor: Any) -> Any:
    if gradient is None:
        return None
    if isinstance(gradient, IndexedSlices):
        return IndexedSlices(gradient.values * factor, gradient.indices, gradient.dense_shape)
    return gradient * factor


def _with_noise(pairs: _Pairs, scale: Any) -> _Pairs:
    noisy: _Pairs = []
    for gradient, variable in pairs:
        if gradient is not None:
            sparse = isinstance(gradient, IndexedSlices)
            shape = gradient.dense_shape if sparse else gradient.shape
            gradient = convert_to_tensor(gradient) + truncated_normal(shape) * scale
        noisy.append((gradient, variable))
    return noisy


def _multiplied(pairs: _Pairs, multipliers: dict[Any, Any]) -> _Pairs:
    multiplied: _Pairs = []
    for gradient, variable in pairs:
        key = variable if variable in multipliers else variable.name
        if gradient is not None and key in multipliers:
            factor = convert_to_tensor(multipliers[key])
            gradient = _scaled(gradient, cast(factor, gradient.dtype.base_dtype))
        multiplied.append((gradient, variable))
    if not multiplied:
        raise ValueError(
            "Empty list of (gradient, var) pairs encountered. This is most likely to be caused by "
            "an improper value of gradient_multipliers."
        )
    return multiplied


def _clipped(pairs: _Pairs, clip_gradients: Any, shown: Any) -> _Pairs:
    norms = "global_gradient_norm" in shown or "gradient_norm" in shown
    if norms:
        summary.scalar("global_norm/gradient_norm", global_norm([g for g, _ in pairs]))
    if isinstance(clip_gradients, float):
        clipped, _ = clip_by_global_norm([g for g, _ in pairs], clip_gradients)
        pairs = [(g, variable) for g, (_, variable) in zip(clipped, pairs, strict=True)]
    elif callable(clip_gradients):
        pairs = clip_gradients(pairs)
    elif clip_gradients is not None:
        raise ValueError(f"Unknown type {type(clip_gradients)} for clip_gradients")
    if norms and clip_gradients is not None:
        summary.scalar("global_norm/clipped_gradient_norm", global_norm([g for g, _ in pairs]))
    return pairs


def _summarize(loss: Any, pairs: _Pairs, shown: Any) -> None:
    if "loss" in shown:
        summary.scalar("loss", loss)
    for gradient, variable in pairs:
        values = gradient.values if isinstance(gradient, IndexedSlices) else gradient
        if values is None:
            continue
        name = variable.name.replace(":", "_")
        if "gradients" in shown:
            summary.histogram(f"gradients/{name}", values)
        if "gradient_norm" in shown:
            summary.scalar(f"gradient_norm/{name}", global_norm([values]))


def adaptive_clipping_fn(
    std_factor: float = 2.0,
    decay: float = 0.95,
    static_max_norm: float | None = None,
    global_step: Any = None,
    report_summary: bool = False,
    epsilon: float = 1e-8,
    name: str | None = None,
) -> Callable[[_Pairs], _Pairs]:
    """A function for `clip_gradients` that clips norms far above their moving average.

    Args:
      std_factor: how many deviations above the mean of the logarithms a norm may lie.
      decay: how slowly the averages change.
      static_max_norm: the greatest norm in any case.
      global_step: lets the averages change faster in the beginning.
      report_summary: whether to make a summary of the greatest norm.
      epsilon: keeps logarithms finite.
      name: the variable scope.
    """

    def clip(pairs: _Pairs) -> _Pairs:
        norm = global_norm([gradient for gradient, _ in pairs])
        most, mean = _usual_norm(norm, std_factor, decay, global_step, epsilon, name)
        if report_summary:
            summary.scalar("global_norm/adaptive_max_gradient_norm", most)
        factor = where(norm < most, ones_like(norm), exp(mean) / norm)
        if static_max_norm is not None:
            factor = minimum(static_max_norm / norm, factor)
        return [(_scaled(gradient, factor), variable) for gradient, variable in pairs]

    return clip


def _usual_norm(
    norm: Any, std_factor: float, decay: Any, global_step: Any, epsilon: float, name: str | None
) -> tuple[Any, Any]:
    """(the greatest norm that is usual, the mean of the logarithms)."""
    with variable_scope(name, "AdaptiveMaxNorm", [norm]):
        logarithm = log(norm + epsilon)
        if global_step is not None:
            steps = cast(global_step, "float32")
            decay = minimum(decay, steps / (steps + 1.0))

        def average(name: str, value: Any) -> Any:
            kept = get_variable(
                name, shape=value.shape, dtype=value.dtype, initializer=zeros_initializer(),
                trainable=False,
            )  # fmt: skip
            return assign_moving_average(kept, value, decay, zero_debias=False)

        mean, squares = average("mean", logarithm), average("sq_mean", square(logarithm))
        deviation = sqrt(maximum(epsilon, squares - square(mean)))
        return exp(mean + std_factor * deviation), mean
