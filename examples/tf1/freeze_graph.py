"""A trained graph is frozen into constants, written, read and imported without its variables."""

import argparse
import os

import numpy as np
import tensorflow as tf
from tensorflow.python.framework import graph_util

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=150)
parser.add_argument("--output_graph", default="frozen.pb")
args = parser.parse_args()

rng = np.random.RandomState(0)
points = rng.uniform(-1, 1, (600, 2)).astype(np.float32)
labels = ((points**2).sum(1) < 0.5).astype(np.int64)

with tf.Graph().as_default() as graph:
    tf.set_random_seed(0)
    x = tf.placeholder(tf.float32, [None, 2], name="input")
    y = tf.placeholder(tf.int64, [None], name="labels")
    w1 = tf.get_variable("w1", [2, 24])
    b1 = tf.get_variable("b1", [24], initializer=tf.zeros_initializer())
    hidden = tf.nn.relu(tf.matmul(x, w1) + b1)
    w2 = tf.get_variable("w2", [24, 2])
    logits = tf.matmul(hidden, w2, name="logits")
    tf.argmax(logits, 1, name="class")
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
    train = tf.train.AdamOptimizer(0.03).minimize(loss)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for step in range(args.steps):
            _, value = sess.run([train, loss], {x: points[:500], y: labels[:500]})
            if step % 50 == 0:
                print("step", step, "loss", value)
        expected = sess.run("logits:0", {x: points})
        frozen = graph_util.convert_variables_to_constants(
            sess, graph.as_graph_def(), ["class", "logits"]
        )
    with tf.gfile.GFile(args.output_graph, "wb") as f:
        f.write(frozen.SerializeToString())
print("%d ops in the frozen graph, %d in all" % (len(frozen.node), len(graph.get_operations())))
print("%d bytes" % os.path.getsize(args.output_graph))

graph_def = tf.GraphDef()
with tf.gfile.FastGFile(args.output_graph, "rb") as f:
    graph_def.ParseFromString(f.read())
with tf.Graph().as_default() as graph:
    classes, again = tf.import_graph_def(
        graph_def, return_elements=["class:0", "logits:0"], name="frozen"
    )
    x = graph.get_tensor_by_name("frozen/input:0")
    print("kinds of ops:", sorted({op.type for op in graph.get_operations()}))
    with tf.Session() as sess:
        found, values = sess.run([classes, again], {x: points})
assert np.allclose(values, expected, atol=1e-5)
print("accuracy of the imported graph", np.mean(found[500:] == labels[500:]))
