"""How a TPUEstimator runs."""

from __future__ import annotations

from typing import Any, NamedTuple

from flowgraph.estimator.run_config import RunConfig as _RunConfig


class InputPipelineConfig:
    """How often the input function is called on TPUs (tf.contrib.tpu.InputPipelineConfig)."""

    PER_SHARD_V1 = 1
    PER_HOST_V1 = 2
    PER_HOST_V2 = 3
    BROADCAST = 4
    SLICED = 5


class _TPUConfig(NamedTuple):
    iterations_per_loop: int
    num_shards: int | None
    num_cores_per_replica: int | None
    per_host_input_for_training: Any
    tpu_job_name: str | None
    initial_infeed_sleep_secs: int | None
    input_partition_dims: Any
    eval_training_input_configuration: int


class TPUConfig(_TPUConfig):
    """What concerns TPUs alone (tf.contrib.tpu.TPUConfig): kept, and without effect on a CPU.

    Raises:
      ValueError: a number is not positive, or cannot be one of cores.
    """

    __slots__ = ()

    def __new__(
        cls, iterations_per_loop: int = 2, num_shards: int | None = None,
        num_cores_per_replica: int | None = None, per_host_input_for_training: Any = True,
        tpu_job_name: str | None = None, initial_infeed_sleep_secs: int | None = None,
        input_partition_dims: Any = None,
        eval_training_input_configuration: int = InputPipelineConfig.PER_HOST_V1,
    ) -> TPUConfig:  # fmt: skip
        """A new one, checked."""
        check_positive(iterations_per_loop, "TPUConfig iterations_per_loop")
        if num_shards is not None:
            check_positive(num_shards, "TPUConfig num_shards")
        cores = num_cores_per_replica
        if cores is not None and cores not in (1, 2, 4, 8, 16, 32, 64, 128):
            raise ValueError(
                f"num_cores_per_replica must be 1, 2, 4, 8, 16, 32, 64, 128; got {cores}"
            )
        kind = per_host_input_for_training
        if isinstance(kind, bool):
            kind = InputPipelineConfig.PER_HOST_V1 if kind else InputPipelineConfig.PER_SHARD_V1
        return super().__new__(
            cls, iterations_per_loop, num_shards, cores, kind, tpu_job_name,
            initial_infeed_sleep_secs, input_partition_dims, eval_training_input_configuration,
        )  # fmt: skip


def check_positive(value: Any, name: str) -> None:
    """Raises ValueError unless `value` is a positive integer."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{name} must be positive, got {value}")


class RunConfig(_RunConfig):
    """tf.estimator's, with what concerns TPUs (tf.contrib.tpu.RunConfig).

    Args:
      tpu_config: a `TPUConfig`.
      evaluation_master, master: accepted; there is one process.
      cluster: a cluster resolver.
      **kwargs: those of `tf.estimator.RunConfig`.

    Raises:
      ValueError: both a master and a cluster are given.
    """

    def __init__(
        self, tpu_config: TPUConfig | None = None, evaluation_master: str | None = None,
        master: str | None = None, cluster: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        if master is not None and cluster is not None:
            raise ValueError("Both master and cluster are set.")
        self._tpu_config = tpu_config or TPUConfig()
        self._cluster = cluster
        self._master = cluster.master() if cluster else master or self._master
        self._evaluation_master = evaluation_master or self._evaluation_master or self._master

    @property
    def tpu_config(self) -> TPUConfig:
        """What concerns TPUs."""
        return self._tpu_config

    @property
    def cluster(self) -> Any:
        """The cluster resolver; None without one."""
        return self._cluster
