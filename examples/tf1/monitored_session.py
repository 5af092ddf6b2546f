"""MonitoredTrainingSession: hooks that stop, log and watch, checkpoints that a second run finds."""

import numpy as np
import tensorflow as tf

flags = tf.app.flags
flags.DEFINE_string("train_dir", "monitored_train", "for checkpoints and summaries")
flags.DEFINE_integer("steps", 150, "in all")
FLAGS = flags.FLAGS


class LossHook(tf.train.SessionRunHook):
    """Keeps what the loss was, asked for beside what the loop runs."""

    def __init__(self, loss):
        self.loss, self.values = loss, []

    def begin(self):
        self.global_step = tf.train.get_global_step()

    def before_run(self, run_context):
        return tf.train.SessionRunArgs([self.loss, self.global_step])

    def after_run(self, run_context, run_values):
        loss, step = run_values.results
        self.values.append(loss)
        if step % 50 == 0:
            print("hook: step", step, "loss", loss)


def build():
    rng = np.random.RandomState(0)
    features = rng.randn(300, 4).astype(np.float32)
    labels = (features[:, 0] * features[:, 1] > 0).astype(np.int32)
    x, y = tf.constant(features), tf.constant(labels)
    hidden = tf.layers.dense(x, 32, tf.nn.relu)
    logits = tf.layers.dense(hidden, 2)
    loss = tf.losses.sparse_softmax_cross_entropy(y, logits)
    tf.summary.scalar("loss", loss)
    global_step = tf.train.get_or_create_global_step()
    train_op = tf.train.AdamOptimizer(0.02).minimize(loss, global_step=global_step)
    return loss, train_op


def train(last_step):
    with tf.Graph().as_default():
        tf.set_random_seed(0)
        loss, train_op = build()
        watch = LossHook(loss)
        hooks = [
            tf.train.StopAtStepHook(last_step=last_step),
            tf.train.NanTensorHook(loss),
            tf.train.LoggingTensorHook({"loss": loss}, every_n_iter=100),
            watch,
        ]
        with tf.train.MonitoredTrainingSession(
            checkpoint_dir=FLAGS.train_dir,
            hooks=hooks,
            save_checkpoint_secs=None,
            save_checkpoint_steps=50,
            save_summaries_steps=25,
            log_step_count_steps=100,
        ) as sess:
            while not sess.should_stop():
                sess.run(train_op)
        return watch.values


def main(_):
    tf.logging.set_verbosity(tf.logging.WARN)
    if tf.gfile.Exists(FLAGS.train_dir):
        tf.gfile.DeleteRecursively(FLAGS.train_dir)
    first = train(FLAGS.steps // 2)
    second = train(FLAGS.steps)  # goes on where the first stopped
    print("runs of", len(first), "and", len(second), "steps")
    print("files:", len(tf.gfile.Glob(FLAGS.train_dir + "/*")))
    print("last loss", second[-1])


if __name__ == "__main__":
    tf.app.run()
