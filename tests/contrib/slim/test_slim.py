"""tf.contrib.slim: a model with scopes of arguments learns, is saved and is evaluated."""

import numpy as np
import pytest

import flowgraph as tf

slim = tf.contrib.slim
LABELS = np.random.RandomState(0).randint(0, 2, (32, 1)).astype(np.float32)
INPUTS = np.eye(4, dtype=np.float32)[2 * LABELS[:, 0].astype(int) + np.arange(32) % 2]


def model(inputs):
    with slim.arg_scope([slim.fully_connected], activation_fn=tf.sigmoid):
        return slim.fully_connected(inputs, 1, scope="logistic")


def test_training_learns_and_evaluation_restores(tmp_path):
    with tf.Graph().as_default():
        tf.set_random_seed(0)
        tf.losses.log_loss(LABELS, model(tf.constant(INPUTS)))
        train_op = slim.learning.create_train_op(
            tf.losses.get_total_loss(), tf.train.GradientDescentOptimizer(1.0),
            summarize_gradients=True, clip_gradient_norm=5,
            gradient_multipliers={"logistic/biases": 1.0},
        )  # fmt: skip
        assert tf.get_collection(tf.GraphKeys.TRAIN_OP)[-1] is train_op
        loss = slim.learning.train(
            train_op, str(tmp_path), number_of_steps=120, log_every_n_steps=50,
            save_interval_secs=0, save_summaries_secs=0,
        )  # fmt: skip
        assert loss < 0.05
    checkpoint = tf.train.latest_checkpoint(str(tmp_path))
    assert checkpoint.endswith("-120")
    with tf.Graph().as_default():
        slim.get_or_create_global_step()
        predicted = tf.round(model(tf.constant(INPUTS)))
        values, updates = slim.metrics.aggregate_metric_map(
            {"accuracy": slim.metrics.streaming_accuracy(predicted, LABELS)}
        )
        tf.summary.scalar("accuracy", values["accuracy"])
        found = slim.evaluation.evaluate_once(
            "", checkpoint, str(tmp_path / "eval"), num_evals=2,
            eval_op=list(updates.values()), final_op=list(values.values()),
        )  # fmt: skip
        assert found == [1.0]
        again = slim.evaluation.evaluation_loop(
            "", str(tmp_path), str(tmp_path / "eval"), eval_op=list(updates.values()),
            final_op=values["accuracy"], max_number_of_evaluations=1, eval_interval_secs=0,
            summary_op=None,
        )  # fmt: skip
        assert again == 1.0


def test_training_without_a_directory_stops_at_the_end_of_a_queue():
    with tf.Graph().as_default():
        limited = tf.train.limit_epochs(tf.constant(INPUTS), num_epochs=3)
        tf.losses.log_loss(LABELS, model(limited))
        train_op = slim.learning.create_train_op(
            tf.losses.get_total_loss(), tf.train.GradientDescentOptimizer(1.0)
        )
        assert slim.learning.train(train_op, None) > 0.0


def test_gradients_are_changed():
    with tf.Graph().as_default(), tf.Session() as session:
        v = tf.Variable([3.0, 4.0])
        slices = tf.IndexedSlices(tf.constant([[3.0, 4.0]]), tf.constant([0]))
        pairs = [(tf.constant([3.0, 4.0]), v), (slices, v), (None, v)]
        dense, sparse, nothing = slim.learning.clip_gradient_norms(pairs, 1.0)
        np.testing.assert_allclose(session.run(dense[0]), [0.6, 0.8], 1e-6)
        np.testing.assert_allclose(session.run(sparse[0].values), [[0.6, 0.8]], 1e-6)
        assert nothing[0] is None
        twice = slim.learning.multiply_gradients(pairs[:1], {v: 2.0})
        np.testing.assert_array_equal(session.run(twice[0][0]), [6.0, 8.0])
        with pytest.raises(ValueError, match="multiple of `None`"):
            slim.learning.multiply_gradients(pairs[2:], {v: 2.0})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"train_op": None}, "train_op cannot be None"),
        ({"logdir": None, "summary_op": 1}, "Cannot provide summary_op"),
        ({"logdir": None, "saver": 1}, "Cannot provide saver"),
        ({"logdir": None, "trace_every_n_steps": 1}, "Cannot provide trace_every_n_steps"),
        ({"number_of_steps": 0}, "must be either None or a positive number"),
        ({"sync_optimizer": 3}, "must be a tf.train.SyncReplicasOptimizer"),
    ],
)
def test_mistakes(arguments, message, tmp_path):
    with tf.Graph().as_default(), pytest.raises(ValueError, match=message):
        slim.learning.train(**{"train_op": tf.constant(1.0), "logdir": str(tmp_path), **arguments})


def test_sizes_are_told(capsys):
    with tf.Graph().as_default() as graph:
        model(tf.constant(INPUTS))
        variables = slim.get_model_variables()
        assert slim.model_analyzer.analyze_vars(variables, print_info=True) == (5, 20)
        assert slim.model_analyzer.analyze_ops(graph) > 128
    printed = capsys.readouterr().out
    assert "logistic/weights:0 (float32_ref 4x1) [4, bytes: 16]" in printed
    assert "Total bytes of variables: 20" in printed


def test_prefetching_and_queue_runners():
    with tf.Graph().as_default(), tf.Session() as session:
        queue = slim.prefetch_queue.prefetch_queue({"a": tf.constant([1.0])}, capacity=2)
        taken = queue.dequeue()
        with slim.queues.QueueRunners(session):
            assert session.run(taken["a"]) == [1.0]
            with pytest.raises(slim.queues.NestedQueueRunnerError):
                with slim.queues.QueueRunners(session):
                    pass


def test_waiting_for_a_checkpoint_ends(tmp_path):
    wait = slim.evaluation.wait_for_new_checkpoint
    assert wait(str(tmp_path), seconds_to_sleep=0.01, timeout=0.02) is None
