"""Optimizers, learning-rate decays, moving averages and the global step (tf.train)."""

from flowgraph.ops.parsing import messages as _messages
from flowgraph.train.adagrad import AdagradDAOptimizer, ProximalAdagradOptimizer
from flowgraph.train.batching import (
    batch,
    batch_join,
    maybe_batch,
    maybe_batch_join,
    maybe_shuffle_batch,
    maybe_shuffle_batch_join,
    shuffle_batch,
    shuffle_batch_join,
)
from flowgraph.train.coordinator import Coordinator, LooperThread
from flowgraph.train.input import (
    input_producer,
    limit_epochs,
    match_filenames_once,
    range_input_producer,
    slice_input_producer,
    string_input_producer,
)
from flowgraph.train.learning_rate_decay import (
    cosine_decay,
    cosine_decay_restarts,
    exponential_decay,
    inverse_time_decay,
    linear_cosine_decay,
    natural_exp_decay,
    noisy_linear_cosine_decay,
    piecewise_constant,
    piecewise_constant_decay,
    polynomial_decay,
)
from flowgraph.train.moving_averages import ExponentialMovingAverage
from flowgraph.train.optimizer import Optimizer
from flowgraph.train.optimizers import (
    AdadeltaOptimizer,
    AdagradOptimizer,
    AdamOptimizer,
    FtrlOptimizer,
    GradientDescentOptimizer,
    MomentumOptimizer,
    ProximalGradientDescentOptimizer,
    RMSPropOptimizer,
)
from flowgraph.train.queue_runner import QueueRunner, add_queue_runner, start_queue_runners
from flowgraph.train.training_util import (
    assert_global_step,
    create_global_step,
    get_global_step,
    get_or_create_global_step,
    global_step,
)

__all__ = [
    "Coordinator", "LooperThread", "QueueRunner", "add_queue_runner", "start_queue_runners",
    "batch", "batch_join", "input_producer", "limit_epochs", "maybe_batch", "maybe_batch_join",
    "match_filenames_once",
    "maybe_shuffle_batch", "maybe_shuffle_batch_join", "range_input_producer", "shuffle_batch",
    "shuffle_batch_join", "slice_input_producer", "string_input_producer",
    "AdadeltaOptimizer", "AdagradDAOptimizer", "AdagradOptimizer", "AdamOptimizer",
    "ExponentialMovingAverage", "FtrlOptimizer", "GradientDescentOptimizer", "MomentumOptimizer",
    "Optimizer", "ProximalAdagradOptimizer", "ProximalGradientDescentOptimizer",
    "RMSPropOptimizer", "assert_global_step", "cosine_decay", "cosine_decay_restarts",
    "create_global_step", "exponential_decay", "get_global_step",
    "get_or_create_global_step", "global_step", "inverse_time_decay", "linear_cosine_decay",
    "natural_exp_decay", "noisy_linear_cosine_decay", "piecewise_constant",
    "piecewise_constant_decay", "polynomial_decay",
]  # fmt: skip


# What is loaded when it is first asked for: module of this package -> its names.
_BY_MODULE = {
    "basic_loops": ("basic_train_loop",),
    "basic_session_run_hooks": (
        "CheckpointSaverHook", "CheckpointSaverListener", "FeedFnHook", "FinalOpsHook",
        "GlobalStepWaiterHook", "LoggingTensorHook", "NanLossDuringTrainingError",
        "NanTensorHook", "ProfilerHook", "SecondOrStepTimer", "StepCounterHook",
        "StopAtStepHook", "SummarySaverHook",
    ),
    "checkpoint_management": (
        "checkpoint_exists", "checkpoints_iterator", "generate_checkpoint_state_proto",
        "get_checkpoint_mtimes", "get_checkpoint_state", "latest_checkpoint",
        "remove_checkpoint", "update_checkpoint_state",
    ),
    "checkpoint_manager": ("CheckpointManager",),
    "checkpoint_reader": (
        "NewCheckpointReader", "list_variables", "load_checkpoint", "load_variable",
    ),
    "checkpoint_utils": ("init_from_checkpoint",),
    "device_setter": ("replica_device_setter",),
    "graph_writing": ("write_graph",),
    "meta_graphs": ("export_meta_graph", "import_meta_graph"),
    "monitored_session": (
        "ChiefSessionCreator", "MonitoredSession", "MonitoredTrainingSession", "Scaffold",
        "SessionCreator", "SingularMonitoredSession", "WorkerSessionCreator",
    ),
    "saver": ("Saver",),
    "server_lib": ("ClusterSpec", "Server"),
    "session_manager": ("SessionManager",),
    "session_run_hook": (
        "SessionRunArgs", "SessionRunContext", "SessionRunHook", "SessionRunValues",
    ),
    "summary_io": ("SummaryWriter", "summary_iterator"),
    "supervisor": ("Supervisor",),
    "sync_replicas_optimizer": ("SyncReplicasOptimizer",),
    "tracking": ("Checkpoint",),
    "warm_starting_util": ("VocabInfo", "warm_start"),
}  # fmt: skip
_MODULE_OF = {name: module for module, names in _BY_MODULE.items() for name in names}
_PROTOS = ("CheckpointState", "ClusterDef", "JobDef", "SaverDef", "ServerDef")
__all__ += sorted([*_MODULE_OF, *_PROTOS])


def __getattr__(name: str) -> object:
    """What stands in modules that are loaded late, and protocol buffer messages."""
    if name in _MODULE_OF:
        from importlib import import_module

        found = getattr(import_module(f"flowgraph.train.{_MODULE_OF[name]}"), name)
    elif name in _messages.NAMES:
        found = _messages.message(name)
    elif name in _PROTOS:
        from flowgraph.graph_io import protos

        found = getattr(protos, name)
    else:
        from flowgraph.core import lazy

        raise lazy.missing(__name__, name)
    globals()[name] = found
    return found
