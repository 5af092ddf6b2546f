"""tf.contrib.training: hyperparameters, the loops, buckets, placement."""

import numpy as np
import pytest

import flowgraph as tf

training = tf.contrib.training


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


# --- HParams --------------------------------------------------------------------------------------
def test_settings():
    settings = training.HParams(rate=0.5, layers=[1, 2], name="a", flag=True)
    assert settings.rate == 0.5
    settings.parse("rate=1e-3,layers=[3,4,5],name=b c,flag=false")
    assert settings.values() == {"rate": 1e-3, "layers": [3, 4, 5], "name": "b c", "flag": False}
    settings.parse_json('{"rate": 2, "layers": [7]}')
    assert (settings.rate, settings.layers) == (2.0, [7])
    assert type(settings.rate) is float
    assert training.HParams(**settings.values()).to_json() == settings.to_json()
    settings.add_hparam("more", 3)
    assert "more" in settings
    settings.del_hparam("more")
    assert "more" not in settings
    assert settings.get("none", 7) == 7
    assert settings.get("rate") == 2.0
    assert repr(training.HParams(a=1)) == "HParams([('a', 1)])"
    with pytest.raises(AttributeError, match="absent"):
        _ = settings.absent


@pytest.mark.parametrize(
    "text",
    ["rate", "rate=", "rate=x", "rate=1,rate=2", "other=1", "layers=[1,x]", "layers=1", "rate=[1]",
     "flag=maybe", "layers[0]=[1]"],
)  # fmt: skip
def test_text_that_cannot_be_read(text):
    settings = training.HParams(rate=0.5, layers=[1, 2], flag=True)
    with pytest.raises(ValueError, match="hparam|hyperparameter|Multiple|list|parameter|Malformed"):
        settings.parse(text)
    assert settings.rate == 0.5


def test_values_of_another_type():
    settings = training.HParams(count=1, name="a")
    for name, value in (("count", 1.5), ("count", True), ("count", [1]), ("name", 3)):
        with pytest.raises(ValueError, match="cast|list"):
            settings.set_hparam(name, value)
    with pytest.raises(ValueError, match="reserved"):
        settings.add_hparam("parse", 1)
    with pytest.raises(ValueError, match="empty"):
        settings.add_hparam("nothing", [])
    with pytest.raises(ValueError, match="incompatible"):
        settings.get("count", "text")


def test_indexed_values():
    found = training.parse_values("a[1]=2,a[0]=3,b=4", {"a": int, "b": int})
    assert found == {"a": {1: 2, 0: 3}, "b": 4}
    assert training.parse_values("a=1,c=2", {"a": int}, ignore_unknown=True) == {"a": 1}


# --- the loops ------------------------------------------------------------------------------------
def model():
    v = tf.get_variable("v", initializer=4.0)
    return v, v * v


def test_training_and_evaluation(tmp_path):
    folder = str(tmp_path)
    v, loss = model()
    updated = tf.get_variable("updated", initializer=0.0, trainable=False)
    tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, updated.assign_add(1.0))
    train_op = training.create_train_op(
        loss, tf.train.GradientDescentOptimizer(0.25),
        transform_grads_fn=training.clip_gradient_norms_fn(4.0),
    )  # fmt: skip
    last = training.train(train_op, folder, hooks=[tf.train.StopAtStepHook(num_steps=3)])
    assert last == 4.0  # of 4, 3, 2 squared
    assert train_op in tf.get_collection(tf.GraphKeys.TRAIN_OP)
    with tf.Graph().as_default():
        v, loss = model()
        updated = tf.get_variable("updated", initializer=0.0, trainable=False)
        count, update = tf.metrics.mean(v) if hasattr(tf, "metrics") else (v, tf.no_op())
        found = training.evaluate_once(
            tf.train.latest_checkpoint(folder), eval_ops=update, final_ops=[v, updated, count],
            hooks=[training.StopAfterNEvalsHook(2), training.SummaryAtEndHook(folder)],
        )  # fmt: skip
        assert found == [1.0, 3.0, 1.0]
    with tf.Graph().as_default():
        v, loss = model()
        found = training.evaluate_repeatedly(
            folder, final_ops=loss, max_number_of_evaluations=1, timeout=1
        )
        assert found == 1.0
    assert training.evaluate_repeatedly(str(tmp_path / "none"), timeout=0) is None


def test_gradients_are_multiplied():
    v, loss = model()
    pairs = tf.train.GradientDescentOptimizer(1.0).compute_gradients(loss)
    for key in (v, "v"):
        ((grad, _),) = training.multiply_gradients(pairs, {key: 0.5})
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            assert session.run(grad) == 4.0
    for wrong in ({}, [1]):
        with pytest.raises(ValueError, match="gradient_multipliers"):
            training.multiply_gradients(pairs, wrong)
    with pytest.raises(ValueError, match="None"):
        training.multiply_gradients([(None, v)], {v: 0.5})


def test_a_loss_that_is_nan_is_an_error():
    v = tf.get_variable("v", initializer=-1.0)
    train_op = training.create_train_op(tf.log(v), tf.train.GradientDescentOptimizer(0.1))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        with pytest.raises(tf.errors.InvalidArgumentError, match="LossTensor is inf or nan"):
            session.run(train_op)
    with pytest.raises(ValueError, match="logdir"):
        training.train(train_op, None)


# --- queues ---------------------------------------------------------------------------------------
def test_buckets_hold_like_lengths():
    lengths = [2, 9, 3, 8, 1, 7, 2, 9]
    number = tf.train.input_producer(tf.constant(lengths), num_epochs=1, shuffle=False).dequeue()
    sequence = tf.ones([number], tf.int32) * number
    found, batch = training.bucket_by_sequence_length(
        number, [sequence], 2, [5], dynamic_pad=True, allow_smaller_final_batch=False
    )
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        coordinator = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(session, coordinator)
        seen = []
        with pytest.raises(tf.errors.OutOfRangeError):
            while True:
                sizes, values = session.run([found, batch[0]])
                assert values.shape == (2, max(sizes))
                for size, row in zip(sizes, values, strict=True):
                    assert row.tolist() == [size] * size + [0] * (max(sizes) - size)
                assert len({size < 5 for size in sizes}) == 1
                seen += sizes.tolist()
        coordinator.request_stop()
        coordinator.join(threads)
    assert sorted(seen) == sorted(lengths)


def test_buckets_that_cannot_be():
    for boundaries, error in ((3, TypeError), ([], ValueError), ([3, 2], ValueError)):
        with pytest.raises(error, match=r"bucket_boundaries|increasing"):
            training.bucket_by_sequence_length(1, [tf.zeros(1)], 2, boundaries)
    with pytest.raises(ValueError, match="num_buckets"):
        training.bucket([tf.zeros(1)], 0, [1, 2], 3)


def test_rejection():
    x = tf.train.range_input_producer(10, shuffle=False).dequeue()
    (found,) = training.rejection_sample([x], lambda t: tf.cast(t[0] < 3, tf.float32), 6)
    with tf.train.MonitoredSession() as session:
        assert session.run(found).tolist() == [0, 1, 2, 0, 1, 2]


# --- placement ------------------------------------------------------------------------------------
def test_the_least_loaded_server_gets_the_next_variable():
    strategy = training.GreedyLoadBalancingStrategy(2, training.byte_size_load_fn)
    with tf.device(tf.train.replica_device_setter(2, ps_strategy=strategy)):
        sizes = [8, 2, 2, 2, 8]
        variables = [tf.Variable(np.zeros(n, np.float32)) for n in sizes]
    tasks = [int(v.device.split(":")[-1]) for v in variables]
    assert tasks == [0, 1, 1, 1, 1]
    assert training.RandomStrategy(3)(variables[0].op) in range(3)
