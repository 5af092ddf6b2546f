"""`tf.train.SyncReplicasOptimizer`: one update of the gradients of several replicas."""

from __future__ import annotations

import threading
from typing import Any

from flowgraph.core import dtypes, errors
from flowgraph.core.collections import GraphKeys
from flowgraph.core.graph import control_dependencies, device, name_scope
from flowgraph.core.indexed_slices import IndexedSlices
from flowgraph.core.op_def import raw
from flowgraph.core.tensor import Tensor
from flowgraph.ops.control.basic import group, no_op
from flowgraph.ops.state import variable as state_ops
from flowgraph.ops.state.accumulators import ConditionalAccumulator, SparseConditionalAccumulator
from flowgraph.ops.state.queues import FIFOQueue
from flowgraph.platform import logging as tf_logging
from flowgraph.train.optimizer import Optimizer
from flowgraph.train.queue_runner import QueueRunner
from flowgraph.train.session_manager import _ready
from flowgraph.train.session_run_hook import SessionRunHook
from flowgraph.variables.initialization import report_uninitialized_variables
from flowgraph.variables.variable import Variable, global_variables


class SyncReplicasOptimizer(Optimizer):
    """Collects gradients of replicas in accumulators, and applies their means.

    tf.train.SyncReplicasOptimizer. A step of a replica ends when the update is done: a token tells
    it, which has the number of the next step. With one replica it does what `opt` does.

    Args:
      opt: the optimizer that applies the means.
      replicas_to_aggregate: how many gradients make one update.
      total_num_replicas: how many replicas there are; as many when None.
      variable_averages: a `tf.train.ExponentialMovingAverage` to be updated.
      variables_to_average: its variables.
      use_locking: accepted.
      name: a name.
    """

    def __init__(
        self,
        opt: Optimizer,
        replicas_to_aggregate: int,
        total_num_replicas: int | None = None,
        variable_averages: Any = None,
        variables_to_average: Any = None,
        use_locking: bool = False,
        name: str = "sync_replicas",
    ) -> None:
        super().__init__(use_locking, name)
        total = replicas_to_aggregate if total_num_replicas is None else total_num_replicas
        tf_logging.info(
            "SyncReplicasV2: replicas_to_aggregate=%s; total_num_replicas=%s",
            replicas_to_aggregate, total,
        )  # fmt: skip
        self._opt, self._replicas_to_aggregate = opt, replicas_to_aggregate
        self._total_num_replicas = total
        self._tokens_per_step = max(total, replicas_to_aggregate)
        self._variable_averages = variable_averages
        self._variables_to_average = variables_to_average
        self._gradients_applied = False
        self._accumulators: list[tuple[Any, str]] = []
        self._global_step: Any = None
        self._sync_token_queue: Any = None
        self._chief_queue_runner: Any = None

    def compute_gradients(self, *args: Any, **kwargs: Any) -> Any:
        """As the optimizer's."""
        return self._opt.compute_gradients(*args, **kwargs)

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: str | None = None
    ) -> Any:
        """The operation of a replica's step: gives its gradients, waits for the update.

        ValueError when there are no variables or no global step.
        """
        if not grads_and_vars:
            raise ValueError("Must supply at least one variable")
        if global_step is None:
            raise ValueError("Global step is required to check staleness")
        self._global_step = global_step
        self._local_step = Variable(
            0,
            trainable=False,
            collections=[GraphKeys.LOCAL_VARIABLES],
            dtype=global_step.dtype.base_dtype,
            name="sync_rep_local_step",
        )
        self.local_step_init_op = state_ops.assign(self._local_step, global_step)
        self.ready_for_local_init_op = report_uninitialized_variables(global_variables())
        with name_scope(None, self._name):
            given, means = self._accumulate(list(grads_and_vars))
            with device(global_step.device), name_scope(None):
                update = self._opt.apply_gradients(means, global_step)
            train_op = self._exchange_tokens(given, update)
            sets = []
            for accumulator, place in self._accumulators:
                with device(place):
                    sets.append(accumulator.set_global_step(global_step, name="SetGlobalStep"))
            self.chief_init_op = group(self.local_step_init_op, *sets)
        self._gradients_applied = True
        return train_op

    def _accumulate(self, grads_and_vars: list[Any]) -> tuple[list[Any], list[Any]]:
        """(operations that give gradients, [(mean, variable)])."""
        given, means = [], []
        for grad, var in grads_and_vars:
            with device(var.device):
                if grad is None:
                    means.append((None, var))
                    continue
                shared = f"{var.name}/grad_accum"
                if isinstance(grad, Tensor):
                    accumulator = ConditionalAccumulator(
                        grad.dtype, shape=var.get_shape(), shared_name=shared
                    )
                    given.append(accumulator.apply_grad(grad, local_step=self._local_step))
                    mean = accumulator.take_grad(self._replicas_to_aggregate)
                elif isinstance(grad, IndexedSlices):
                    accumulator = SparseConditionalAccumulator(
                        grad.dtype, shape=(), shared_name=shared
                    )
                    given.append(
                        accumulator.apply_indexed_slices_grad(grad, local_step=self._local_step)
                    )
                    mean = accumulator.take_indexed_slices_grad(self._replicas_to_aggregate)
                else:
                    raise ValueError("Unknown grad type!")
                means.append((mean, var))
                self._accumulators.append((accumulator, var.device))
        return given, means

    def _exchange_tokens(self, given: list[Any], update: Any) -> Any:
        """The operation that waits for a token behind a replica's gradients."""
        step = self._global_step
        with device(step.device), name_scope(None):
            tokens_queue = FIFOQueue(
                -1, step.dtype.base_dtype, shapes=(), name="sync_token_q",
                shared_name="sync_token_q",
            )  # fmt: skip
            dummy = FIFOQueue(
                1, dtypes.int32, shapes=(), name="dummy_queue", shared_name="dummy_queue"
            )
            with control_dependencies(given):
                token = tokens_queue.dequeue()
            train_op = state_ops.assign(self._local_step, token)
            with control_dependencies([update]):
                tokens = raw.Fill([self._tokens_per_step], step)
                sync_op = tokens_queue.enqueue_many((tokens,))
            if self._variable_averages is not None:
                with control_dependencies([sync_op]):
                    sync_op = self._variable_averages.apply(self._variables_to_average)
        self._sync_token_queue = tokens_queue
        self._chief_queue_runner = _ChiefQueueRunner(
            dummy, [sync_op],
            queue_closed_exception_types=(errors.OutOfRangeError, errors.CancelledError),
        )  # fmt: skip
        return train_op

    # --- what the chief starts -----------------------------------------------------------------
    def get_chief_queue_runner(self) -> QueueRunner:
        """The thread that makes the updates; ValueError before `apply_gradients`."""
        if not self._gradients_applied:
            raise ValueError("Should be called after apply_gradients().")
        return self._chief_queue_runner  # type: ignore[no-any-return]

    def get_init_tokens_op(self, num_tokens: int = -1) -> Any:
        """Puts the first tokens into the queue.

        ValueError before `apply_gradients`, and when they are too few for the first step.
        """
        if not self._gradients_applied:
            raise ValueError("get_init_tokens_op() should be called after apply_gradients().")
        needed = self._replicas_to_aggregate - self._total_num_replicas
        if num_tokens == -1:
            num_tokens = self._replicas_to_aggregate
        elif num_tokens < needed:
            raise ValueError(
                f"Too few tokens to finish the first step: {num_tokens} (given) vs {needed} "
                "(needed)"
            )
        if num_tokens <= 0:
            return no_op(name="no_init_tokens")
        with device(self._global_step.device), name_scope(None):
            return self._sync_token_queue.enqueue_many((raw.Fill([num_tokens], self._global_step),))

    def make_session_run_hook(self, is_chief: bool, num_tokens: int = -1) -> SessionRunHook:
        """The hook that a monitored session needs."""
        return _SyncReplicasOptimizerHook(self, is_chief, num_tokens)

    # --- as the optimizer's --------------------------------------------------------------------
    def get_slot(self, *args: Any, **kwargs: Any) -> Any:
        """As the optimizer's."""
        return self._opt.get_slot(*args, **kwargs)

    def variables(self) -> Any:
        """As the optimizer's."""
        return self._opt.variables()

    def get_slot_names(self, *args: Any, **kwargs: Any) -> Any:
        """As the optimizer's."""
        return self._opt.get_slot_names(*args, **kwargs)


class _ChiefQueueRunner(QueueRunner):
    """Makes the updates. It waits for gradients until the session is closed: nobody waits for it.

    (In TensorFlow, a session's end takes the whole grace period.)
    """

    def _register(self, thread: threading.Thread, coord: Any) -> None:
        thread.daemon = True


class _SyncReplicasOptimizerHook(SessionRunHook):
    """Starts the chief's thread and puts the first tokens into the queue."""

    def __init__(self, optimizer: SyncReplicasOptimizer, is_chief: bool, num_tokens: int) -> None:
        self._optimizer, self._is_chief, self._num_tokens = optimizer, is_chief, num_tokens

    def begin(self) -> None:
        """Adds the operations; ValueError before `apply_gradients`."""
        optimizer = self._optimizer
        if not optimizer._gradients_applied:
            raise ValueError(
                "SyncReplicasOptimizer.apply_gradient should be called before using the hook."
            )
        self._local_init_op: Any = optimizer.local_step_init_op
        self._runner: Any = None
        self._init_tokens_op: Any = None
        if self._is_chief:
            self._local_init_op = optimizer.chief_init_op
            self._runner = optimizer.get_chief_queue_runner()
            self._init_tokens_op = optimizer.get_init_tokens_op(self._num_tokens)

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Initialises and starts."""
        done, why = _ready(
            self._optimizer.ready_for_local_init_op, session,
            "Model is not ready for SyncReplicasOptimizer local init.",
        )  # fmt: skip
        if not done:
            raise RuntimeError(
                "Init operations did not make model ready for SyncReplicasOptimizer local_init. "
                f"Init op: {self._local_init_op.name}, error: {why}"
            )
        session.run(self._local_init_op)
        if self._init_tokens_op is not None:
            session.run(self._init_tokens_op)
        if self._runner is not None:
            self._runner.create_threads(session, coord=coord, daemon=True, start=True)
