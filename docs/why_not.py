"""Why an op type of TensorFlow 1.x is not here: the first pattern that its whole name matches."""

from __future__ import annotations

import re

_OF_DATASETS = "|".join(
    ("Experimental.*", ".*Dataset.*", ".*Iterator.*", "Optional.*", "StatsAggregator.*",
     "ThreadPoolHandle", ".*MemoryCache", ".*RandomSeedGenerator", "MapDefun", "RecordInput",
     "FakeQueue")
)  # fmt: skip
_OF_CLUSTERS = "|".join(
    ("Collective.*", "Rpc", "TryRpc", "Remote.*", "HostConst", "_?Send", "_?Recv", "Mutex.*",
     "ConsumeMutexLock", "SyncDevice")
)  # fmt: skip
_OF_TPUS = "|".join(
    (".*TPU.*", "Infeed.*", "Outfeed.*", "Prelinearize.*", "CrossReplicaSum", "AllToAll",
     "WorkerHeartbeat")
)  # fmt: skip

WHY_NOT: tuple[tuple[str, str], ...] = (
    (_OF_TPUS, "of TPUs"),
    ("CollectivePermute", "of TPUs"),
    ("Cudnn.*|Nccl.*", "of GPUs"),
    (_OF_CLUSTERS, "of clusters, other processes or devices: there is one process and one device"),
    (_OF_DATASETS, "data sets and their iterators are objects of the session, not ops"),
    ("BoostedTrees.*|TensorForest.*|Sdca.*", "trees and linear solvers of tf.estimator's own"),
    ("TensorArray.*", "a tf.TensorArray is a list here: the TensorList ops do its work"),
    (
        "Ref(Enter|Exit|Merge|NextIteration|Switch)|Enter|Exit|Merge|NextIteration|Switch|LoopCond",
        "control flow is functional here: If, Case and While",
    ),
    ("For|FakeParam|(Stateful)?PartitionedCall|SymbolicGradient|EagerPyFunc",
     "functions are parts of their callers here: FuncGraph"),
    ("Save.*|Restore.*|MergeV2Checkpoints|ShardedFile.*", "checkpoints are written by no op yet"),
    (".*Summary.*|ImportEvent", "summaries are not there yet"),
    ("Copy(Host)?|Debug.*", "of TensorFlow's debugger"),
    ("Quantized.*(And|WithBias|PerChannel|Depthwise).*", "fusions of Intel's quantised kernels"),
    (".*QueueV?1?|Queue.*|.*Table.*|Reader.*|.*Reader|Stack.*", "superseded in 1.x by its V2"),
    ("Batch(Function)?|Unbatch.*", "of TensorFlow Serving"),
    ("GetSession.*|DeleteSessionTensor", "of tensors kept in a session by a handle"),
    ("LMDB.*", "reads LMDB files"),
    ("(Decode|Encode)Proto.*", "needs the message's descriptor at run time"),
    ("Skipgram|NegTrain", "of the word2vec tutorial, removed in 1.x"),
    ("Kmeans.*|KMC2.*|NearestNeighbors|LoadAndRemapMatrix|GenerateVocabRemapping",
     "of contrib's factorisation and warm starts"),
    ("ResourceAccumulator.*|ResourceConditionalAccumulator", "of accumulators as resources"),
    ("Ragged.*", "of ragged tensors"),
)  # fmt: skip
_REST = "rare: in none of the scripts that were counted"


def why_not(op_type: str) -> str:
    """The reason in a few words."""
    return next((why for pattern, why in WHY_NOT if re.fullmatch(pattern, op_type)), _REST)
