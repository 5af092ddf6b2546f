"""Training in two halves: saved by the first session, restored and trained on by the second."""

import argparse
import os

import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=100, help="of each half")
parser.add_argument("--directory", default="./checkpoints")
args = parser.parse_args()

rng = np.random.RandomState(0)
xs = np.linspace(-1, 1, 200).reshape(-1, 1).astype(np.float32)
ys = np.sin(3 * xs) + 0.02 * rng.randn(200, 1)

if not os.path.exists(args.directory):
    os.makedirs(args.directory)


def train_half():
    tf.reset_default_graph()
    tf.set_random_seed(4)
    x = tf.placeholder(tf.float32, [None, 1], name="x")
    y = tf.placeholder(tf.float32, [None, 1], name="y")
    hidden = tf.layers.dense(x, 20, tf.nn.tanh, name="hidden")
    prediction = tf.identity(tf.layers.dense(hidden, 1, name="out"), name="prediction")
    loss = tf.reduce_mean(tf.squared_difference(prediction, y), name="loss")
    global_step = tf.Variable(0, name="global_step", trainable=False)
    train_op = tf.train.AdamOptimizer(0.03).minimize(loss, global_step=global_step)
    saver = tf.train.Saver(tf.global_variables(), max_to_keep=2)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        ckpt = tf.train.get_checkpoint_state(args.directory)
        if ckpt and ckpt.model_checkpoint_path:
            saver.restore(sess, ckpt.model_checkpoint_path)
            print("Restored", os.path.basename(ckpt.model_checkpoint_path))
        start = sess.run(global_step)
        print("step", start, "loss", sess.run(loss, {x: xs, y: ys}))
        for _ in range(args.steps):
            _, step = sess.run([train_op, global_step], {x: xs, y: ys})
            if step % 50 == 0 or step == start + args.steps:
                saver.save(sess, os.path.join(args.directory, "model.ckpt"), global_step=step)
        return start, sess.run(loss, {x: xs, y: ys})


before, first = train_half()
start, second = train_half()
assert start == before + args.steps
print("loss after one half", first)
kept = tf.train.get_checkpoint_state(args.directory).all_model_checkpoint_paths
print("kept:", [os.path.basename(path) for path in kept])

# The graph, too, comes from the file, and tensors are found by their names.
tf.reset_default_graph()
latest = tf.train.latest_checkpoint(args.directory)
saver = tf.train.import_meta_graph(latest + ".meta")
with tf.Session() as sess:
    saver.restore(sess, latest)
    graph = tf.get_default_graph()
    x, loss = graph.get_tensor_by_name("x:0"), graph.get_tensor_by_name("loss:0")
    restored = sess.run(loss, {x: xs, "y:0": ys})
assert abs(restored - second) < 1e-6, (restored, second)
print("loss after both halves", restored)
