import json

import pytest

import flowgraph as tf


def test_defaults():
    config = tf.estimator.RunConfig()
    assert config.save_checkpoints_secs == 600 and config.save_checkpoints_steps is None
    assert config.keep_checkpoint_max == 5 and config.log_step_count_steps == 100
    assert config.save_summary_steps == 100 and config.model_dir is None
    assert config.task_type == "worker" and config.is_chief and config.num_ps_replicas == 0
    assert not config.cluster_spec and config.master == ""


def test_replace():
    config = tf.estimator.RunConfig(save_checkpoints_steps=5)
    assert config.save_checkpoints_secs is None
    other = config.replace(save_checkpoints_secs=7, model_dir="a")
    assert (other.save_checkpoints_secs, other.save_checkpoints_steps) == (7, None)
    assert other.model_dir == "a" and config.model_dir is None
    with pytest.raises(ValueError, match="Replacing master is not supported"):
        config.replace(master="b")


@pytest.mark.parametrize(
    "given",
    [
        {"save_checkpoints_steps": 1, "save_checkpoints_secs": 1}, {"keep_checkpoint_max": -1},
        {"model_dir": ""}, {"tf_random_seed": 1.5}, {"session_config": 3},
        {"log_step_count_steps": 0}, {"save_summary_steps": -1},
    ],
)  # fmt: skip
def test_mistakes(given):
    with pytest.raises(ValueError):
        tf.estimator.RunConfig(**given)


def test_a_cluster(monkeypatch):
    cluster = {"chief": ["h0:1"], "ps": ["h1:1", "h2:1"], "worker": ["h3:1"]}
    told = {"cluster": cluster, "task": {"type": "worker", "index": 0}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(told))
    config = tf.estimator.RunConfig()
    assert not config.is_chief and config.num_ps_replicas == 2
    assert config.num_worker_replicas == 2
    told["task"] = {"type": "chief", "index": 0}
    monkeypatch.setenv("TF_CONFIG", json.dumps(told))
    assert tf.estimator.RunConfig().is_chief
