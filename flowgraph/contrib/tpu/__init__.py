"""`tf.contrib.tpu`: the Estimator and the optimizer for TPUs, which run on the CPU here."""

from flowgraph.contrib.tpu.config import InputPipelineConfig, RunConfig, TPUConfig
from flowgraph.contrib.tpu.estimator import TPUEstimator, TPUEstimatorSpec
from flowgraph.contrib.tpu.optimizer import CrossShardOptimizer

__all__ = [
    "CrossShardOptimizer", "InputPipelineConfig", "RunConfig", "TPUConfig", "TPUEstimator",
    "TPUEstimatorSpec",
]  # fmt: skip
