"""What is said of a tf.contrib family, or of a part of one, that flowgraph has not."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable

_OF_TENSORFLOW = frozenset(
    """
all_reduce autograph batching bayesflow bigtable boosted_trees checkpoint cloud
cluster_resolver coder compiler constrained_optimization copy_graph crf cudnn_rnn data
decision_trees deprecated distribute distributions eager estimator factorization
feature_column ffmpeg framework fused_conv gan graph_editor grid_rnn hadoop hvx ignite image
input_pipeline integrate kafka keras kernel_methods kinesis labeled_tensor layers learn
legacy_seq2seq libsvm linalg linear_optimizer lookup losses memory_stats meta_graph_transform
metrics mixed_precision model_pruning mpi nccl ndlstm nearest_neighbor nn opt optimizer_v2
periodic_resample predictor proto quantization quantize receptive_field recurrent
reduce_slice_ops remote_fused_graph resampler rnn rpc saved_model seq2seq session_bundle
signal slim solvers sparsemax specs staging stat_summarizer stateless summary tensor_forest
tensorboard tensorrt testing text tfprof timeseries tpu training util verbs
""".split()  # noqa: SIM905 - a list of 90 lines says no more
)
_INSTEAD = {
    "autograph": "write loops with tf.while_loop and branches with tf.cond",
    "distribute": "there is one machine with one CPU",
    "timeseries": "its models are Estimators of TensorFlow's own",
    "boosted_trees": "its trees are C++ kernels of TensorFlow's",
    "cudnn_rnn": "it needs a GPU; tf.nn.dynamic_rnn with tf.nn.rnn_cell.LSTMCell computes the same",
    "ffmpeg": "decode sound with tf.audio.decode_wav, or outside the graph with tf.py_func",
    "tensor_forest": "its trees are C++ kernels of TensorFlow's",
    "tensorrt": "it needs a GPU",
}


def family(name: str, there: Iterable[str]) -> AttributeError:
    """The error for a family of this name: was it TensorFlow's, and which one is nearest."""
    said = f"module 'tf.contrib' has no attribute {name!r}"
    if name in _OF_TENSORFLOW:
        reason = f": {_INSTEAD[name]}" if name in _INSTEAD else ""
        return AttributeError(f"{said}: TensorFlow 1.15 has it, flowgraph has not{reason}.")
    near = difflib.get_close_matches(name, list(there), 1)
    hint = f" Nearest: tf.contrib.{near[0]}." if near else ""
    return AttributeError(f"{said}, nor had TensorFlow 1.15.{hint}")


def part(family: str, names: str, reason: str) -> Callable[[str], object]:
    """A `__getattr__` that tells of the names of a family which there are not, and why."""
    known = names.split()

    def get(name: str) -> object:
        said = f"module 'tf.contrib.{family}' has no attribute {name!r}"
        if name in known:
            raise AttributeError(f"{said}: TensorFlow 1.15 has it, flowgraph has not: {reason}.")
        raise AttributeError(said)

    return get
