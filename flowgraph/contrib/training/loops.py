"""A training operation of a loss and an optimizer, and the loop that runs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flowgraph import summary
from flowgraph.core.collections import GraphKeys
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import control_dependencies, get_default_graph, name_scope
from flowgraph.core.indexed_slices import IndexedSlices
from flowgraph.core.op_def import raw
from flowgraph.ops.control.basic import no_op, with_dependencies
from flowgraph.ops.math.clip import clip_by_norm, global_norm
from flowgraph.platform import logging as tf_logging
from flowgraph.train import training_util
from flowgraph.train.monitored_session import MonitoredTrainingSession
from flowgraph.train.optimizer import Optimizer
from flowgraph.variables.variable import trainable_variables

_USE_GLOBAL_STEP: Any = 0
_Pairs = list[tuple[Any, Any]]


def _changed(grad: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(grad, IndexedSlices):
        return IndexedSlices(change(grad.values), grad.indices, grad.dense_shape)
    return change(grad)


def add_gradients_summaries(grads_and_vars: Any) -> list[Any]:
    """Summaries of the values and norms of gradients."""
    summaries = []
    for grad, var in grads_and_vars:
        if grad is None:
            tf_logging.info("Var %s has no gradient", var.op.name)
            continue
        values = grad.values if isinstance(grad, IndexedSlices) else grad
        summaries.append(summary.histogram(f"{var.op.name}_gradient", values))
        summaries.append(summary.scalar(f"{var.op.name}_gradient_norm", global_norm([values])))
    return summaries


def clip_gradient_norms(gradients_to_variables: Any, max_norm: Any) -> _Pairs:
    """(gradient, variable) pairs whose gradients have at most a norm."""
    return [
        (grad if grad is None else _changed(grad, lambda g: clip_by_norm(g, max_norm)), var)
        for grad, var in gradients_to_variables
    ]


def clip_gradient_norms_fn(max_norm: Any) -> Callable[[Any], _Pairs]:
    """`clip_gradient_norms` with a norm, for `transform_grads_fn`."""
    return lambda gradients_to_variables: clip_gradient_norms(gradients_to_variables, max_norm)


def multiply_gradients(grads_and_vars: Any, gradient_multipliers: Any) -> _Pairs:
    """(gradient, variable) pairs, some of them multiplied.

    Args:
      grads_and_vars: a list of pairs.
      gradient_multipliers: {variable or its name: factor}.

    Raises:
      ValueError: an argument is of another kind, or the gradient to be multiplied is None.
    """
    if not isinstance(grads_and_vars, list):
        raise ValueError("`grads_and_vars` must be a list.")
    if not gradient_multipliers:
        raise ValueError("`gradient_multipliers` is empty.")
    if not isinstance(gradient_multipliers, dict):
        raise ValueError("`gradient_multipliers` must be a dict.")
    result = []
    for grad, var in grads_and_vars:
        key = var if var in gradient_multipliers else var.op.name
        if key in gradient_multipliers:
            if grad is None:
                raise ValueError("Requested multiple of `None` gradient.")
            factor = convert_to_tensor(gradient_multipliers[key], dtype=grad.dtype)
            grad = _changed(grad, lambda g, by=factor: g * by)
        result.append((grad, var))
    return result


def create_train_op(
    total_loss: Any,
    optimizer: Optimizer,
    global_step: Any = _USE_GLOBAL_STEP,
    update_ops: Any = None,
    variables_to_train: Any = None,
    transform_grads_fn: Callable[[Any], Any] | None = None,
    summarize_gradients: bool = False,
    gate_gradients: int = Optimizer.GATE_OP,
    aggregation_method: Any = None,
    colocate_gradients_with_ops: bool = False,
    check_numerics: bool = True,
) -> Any:
    """A tensor that makes a step of training and gives the loss.

    tf.contrib.training.create_train_op.

    Args:
      total_loss: the loss.
      optimizer: the optimizer.
      global_step: counts steps; made when it is not given, none when None.
      update_ops: operations to be run before; those of the collection UPDATE_OPS when None.
      variables_to_train: the variables; all trainable ones when None.
      transform_grads_fn: changes (gradient, variable) pairs.
      summarize_gradients: whether gradients get summaries.
      gate_gradients: as `Optimizer.compute_gradients` takes it.
      aggregation_method: likewise.
      colocate_gradients_with_ops: likewise.
      check_numerics: whether a loss that is NaN or infinite is an error.
    """
    graph = get_default_graph()
    if global_step is _USE_GLOBAL_STEP:
        global_step = training_util.get_or_create_global_step()
    collected = graph.get_collection(GraphKeys.UPDATE_OPS)
    updates = list(dict.fromkeys(collected if update_ops is None else update_ops))
    if not set(collected) <= set(updates):
        tf_logging.warning(
            "update_ops in create_train_op does not contain all the update_ops in "
            "GraphKeys.UPDATE_OPS"
        )
    if updates:
        with control_dependencies(updates):
            barrier = no_op(name="update_barrier")
        total_loss = with_dependencies([barrier], total_loss)
    variables = trainable_variables() if variables_to_train is None else variables_to_train
    assert variables, "There are no variables to train."
    grads = optimizer.compute_gradients(
        total_loss,
        variables,
        gate_gradients=gate_gradients,
        aggregation_method=aggregation_method,
        colocate_gradients_with_ops=colocate_gradients_with_ops,
    )
    if transform_grads_fn:
        grads = transform_grads_fn(grads)
    if summarize_gradients:
        with name_scope("summarize_grads"):
            add_gradients_summaries(grads)
    step = optimizer.apply_gradients(grads, global_step=global_step)
    with name_scope("train_op"):
        if check_numerics:
            total_loss = raw.CheckNumerics(total_loss, message="LossTensor is inf or nan")
        train_op = with_dependencies([step], total_loss)
    graph.add_to_collection(GraphKeys.TRAIN_OP, train_op)
    return train_op


def train(
    train_op: Any,
    logdir: Any,
    master: str = "",
    is_chief: bool = True,
    scaffold: Any = None,
    hooks: Sequence[Any] | None = None,
    chief_only_hooks: Sequence[Any] | None = None,
    save_checkpoint_secs: float | None = 600,
    save_summaries_steps: int | None = 100,
    config: Any = None,
    max_wait_secs: float = 7200,
    run_metadata: Any = None,
) -> Any:
    """Runs a training operation until a hook stops it; gives its last value.

    tf.contrib.training.train. Arguments are those of `tf.train.MonitoredTrainingSession`.

    Raises:
      ValueError: there is no `logdir`, and something is to be saved.
    """
    if logdir is None and is_chief:
        for name, value in (
            ("save_summaries_steps", save_summaries_steps),
            ("save_checkpoint_secs", save_checkpoint_secs),
        ):
            if value:
                raise ValueError(f"logdir cannot be None when {name} is not None")
    loss = None
    with MonitoredTrainingSession(
        master=master,
        is_chief=is_chief,
        checkpoint_dir=logdir,
        scaffold=scaffold,
        hooks=hooks,
        chief_only_hooks=chief_only_hooks,
        save_checkpoint_secs=save_checkpoint_secs,
        save_summaries_steps=save_summaries_steps,
        config=config,
        max_wait_secs=max_wait_secs,
    ) as session:
        while not session.should_stop():
            loss = session.run(train_op, run_metadata=run_metadata)
    return loss
