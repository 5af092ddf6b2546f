"""Cluster resolvers."""

import json
from types import SimpleNamespace as Record

import pytest

import flowgraph as tf

cr = tf.contrib.cluster_resolver
CLUSTER = {"ps": ["a:1"], "worker": ["b:2", "c:3"]}


def test_a_simple_one_tells_what_it_was_given():
    simple = cr.SimpleClusterResolver(
        tf.train.ClusterSpec(CLUSTER), "m:0", "worker", 1, "here", {"GPU": 2}, "grpc"
    )
    assert simple.cluster_spec().as_dict() == CLUSTER
    assert simple.master() == "grpc://m:0" and simple.master("ps", 0) == "grpc://a:1"
    assert simple.master("worker", 1, rpc_layer="test") == "test://c:3"
    assert (simple.task_type, simple.task_id, simple.environment) == ("worker", 1, "here")
    assert simple.num_accelerators() == {"GPU": 2}
    with pytest.raises(TypeError, match="must be a ClusterSpec"):
        cr.SimpleClusterResolver(CLUSTER)
    with pytest.raises(TypeError, match="master must be a string"):
        cr.SimpleClusterResolver(tf.train.ClusterSpec(CLUSTER), 3)


def test_a_union_joins_jobs():
    def of(cluster, **kwargs):
        return cr.SimpleClusterResolver(tf.train.ClusterSpec(cluster), **kwargs)

    union = cr.UnionClusterResolver(of(CLUSTER, master="m", task_id=4), of({"worker": ["d:4"]}))
    assert union.cluster_spec().as_dict() == {"ps": ["a:1"], "worker": ["b:2", "c:3", "d:4"]}
    assert union.master() == "m" and union.master("worker", 2) == "d:4" and union.task_id == 4
    numbered = cr.UnionClusterResolver(of(CLUSTER), of({"worker": {5: "d:4"}}))
    assert numbered.cluster_spec().as_dict()["worker"] == {0: "b:2", 1: "c:3", 5: "d:4"}
    with pytest.raises(KeyError, match="Duplicate keys"):
        cr.UnionClusterResolver(of(CLUSTER), of({"worker": {1: "d:4"}})).cluster_spec()
    with pytest.raises(ValueError, match="At least one"):
        cr.UnionClusterResolver()
    with pytest.raises(TypeError, match="sub-class"):
        cr.UnionClusterResolver(CLUSTER)


def test_tf_config_is_read(monkeypatch):
    resolver = cr.TFConfigClusterResolver()
    monkeypatch.delenv("TF_CONFIG", raising=False)
    assert resolver.cluster_spec().as_dict() == {} and resolver.master() == ""
    config = {
        "cluster": CLUSTER, "task": {"type": "worker", "index": "1"}, "rpc_layer": "grpc",
    }  # fmt: skip
    monkeypatch.setenv("TF_CONFIG", json.dumps(config))
    assert (resolver.task_type, resolver.task_id, resolver.rpc_layer) == ("worker", 1, "grpc")
    assert resolver.master() == "grpc://c:3" and resolver.master("ps", 0) == "grpc://a:1"
    resolver.task_type, resolver.task_id = "worker", 0
    assert resolver.master() == "grpc://b:2"
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": CLUSTER}))
    with pytest.raises(RuntimeError, match="no task"):
        cr.TFConfigClusterResolver().master()
    monkeypatch.setenv("TF_CONFIG", json.dumps({**config, "session_master": "here"}))
    assert resolver.master() == "here"


def test_slurm_tells_nodes(monkeypatch):
    for name, value in {"PROCID": "2", "NTASKS": "3", "NTASKS_PER_NODE": "2"}.items():
        monkeypatch.setenv(f"SLURM_{name}", value)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "none")
    resolver = cr.SlurmClusterResolver({"worker": 2, "ps": 1}, gpus_per_node=2)
    monkeypatch.setattr(resolver, "_resolve_hostnames", lambda: ["t0", "t1"])
    assert resolver.cluster_spec().as_dict() == {
        "ps": ["t0:8888"],
        "worker": ["t0:8889", "t1:8888"],
    }
    assert resolver.get_task_info() == ("worker", 1)
    assert resolver.master() == "grpc://t1:8888" and resolver.num_accelerators() == {"GPU": 2}
    with pytest.raises(RuntimeError, match="more GPUs"):
        cr.SlurmClusterResolver({"worker": 3})
    with pytest.raises(RuntimeError, match="more tasks"):
        cr.SlurmClusterResolver({"worker": 4}, gpus_per_node=2)


def _executed(value):
    return Record(execute=lambda: value)


def test_a_tpu_has_an_address_or_a_name(monkeypatch):
    monkeypatch.delenv("TPU_NAME", raising=False)
    at = cr.TPUClusterResolver("grpc://1.2.3.4:8470")
    assert at.master() == at.get_master() == "grpc://1.2.3.4:8470" and at.get_job_name() is None
    told = {"state": "READY", "ipAddress": "10.0.0.1", "port": "8470"}
    nodes = Record(get=lambda name: _executed({**told, "asked": name}))
    service = Record(projects=lambda: Record(locations=lambda: Record(nodes=lambda: nodes)))
    named = cr.TPUClusterResolver("mine", "z", "p", service=service, coordinator_name="coordinator",
                                  coordinator_address="h:1")  # fmt: skip
    expected = {"worker": ["10.0.0.1:8470"], "coordinator": ["h:1"]}
    assert named.cluster_spec().as_dict() == expected
    assert named.master() == "grpc://10.0.0.1:8470" and named.get_job_name() == "worker"
    told["state"] = "CREATING"
    with pytest.raises(RuntimeError, match='TPU "mine" is not yet ready; state: "CREATING"'):
        named.master()
    with pytest.raises(ValueError, match="provide a TPU Name"):
        cr.TPUClusterResolver()
    with pytest.raises(ImportError, match="googleapiclient must be installed"):
        cr.TPUClusterResolver("mine")


def test_instances_of_a_group():
    pages = [_executed({"items": [{"instance": "x/b"}, {"instance": "x/a"}]}), None]
    groups = Record(
        listInstances=lambda **_: pages[0], listInstances_next=lambda **_: pages[1],
    )  # fmt: skip
    ips = {"a": "10.0.0.1", "b": "10.0.0.2"}
    instances = Record(get=lambda project, zone, instance: _executed(
        {"networkInterfaces": [{"networkIP": ips[instance]}]}))  # fmt: skip
    service = Record(instanceGroups=lambda: groups, instances=lambda: instances)
    resolver = cr.GCEClusterResolver("p", "z", "g", 8470, service=service)
    assert resolver.cluster_spec().as_dict() == {"worker": ["10.0.0.1:8470", "10.0.0.2:8470"]}
    assert resolver.master() == "grpc://10.0.0.1:8470"
    with pytest.raises(ImportError, match="googleapiclient must be installed"):
        cr.GCEClusterResolver("p", "z", "g", 8470)


def test_pods():
    def pod(name, phase="Running"):
        return Record(metadata=Record(name=name), status=Record(phase=phase, host_ip=f"ip-{name}"))

    pods = [pod("b"), pod("a")]
    client = Record(list_pod_for_all_namespaces=lambda label_selector: Record(items=pods))
    resolver = cr.KubernetesClusterResolver({"worker": ["x"]}, override_client=client)
    assert resolver.cluster_spec().as_dict() == {"worker": ["ip-a:8470", "ip-b:8470"]}
    assert resolver.master() == "" and resolver.master("worker", 1) == "grpc://ip-b:8470"
    pods.append(pod("c", "Pending"))
    with pytest.raises(RuntimeError, match='Pod "c" is not running; phase: "Pending"'):
        resolver.cluster_spec()
    with pytest.raises(ImportError, match="pip install kubernetes"):
        cr.KubernetesClusterResolver()
