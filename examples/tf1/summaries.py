"""The tutorial's MNIST with summaries: scalars, histograms, images, run metadata, two writers."""

import argparse
import os

import tensorflow as tf
from tensorflow.examples.tutorials.mnist import input_data

parser = argparse.ArgumentParser()
parser.add_argument("--data_dir", default="MNIST_data")
parser.add_argument("--log_dir", default="logs")
parser.add_argument("--max_steps", type=int, default=120)
args = parser.parse_args()

tf.set_random_seed(0)
mnist = input_data.read_data_sets(args.data_dir)
sess = tf.InteractiveSession()
with tf.name_scope("input"):
    x = tf.placeholder(tf.float32, [None, 784], name="x-input")
    y_ = tf.placeholder(tf.int64, [None], name="y-input")
with tf.name_scope("input_reshape"):
    tf.summary.image("input", tf.reshape(x, [-1, 28, 28, 1]), 3)


def variable_summaries(var):
    with tf.name_scope("summaries"):
        mean = tf.reduce_mean(var)
        tf.summary.scalar("mean", mean)
        with tf.name_scope("stddev"):
            stddev = tf.sqrt(tf.reduce_mean(tf.square(var - mean)))
        tf.summary.scalar("stddev", stddev)
        tf.summary.histogram("histogram", var)


def nn_layer(input_tensor, input_dim, output_dim, layer_name, act=tf.nn.relu):
    with tf.name_scope(layer_name):
        with tf.name_scope("weights"):
            weights = tf.Variable(tf.truncated_normal([input_dim, output_dim], stddev=0.1))
            variable_summaries(weights)
        with tf.name_scope("biases"):
            biases = tf.Variable(tf.constant(0.1, shape=[output_dim]))
        preactivate = tf.matmul(input_tensor, weights) + biases
        tf.summary.histogram("pre_activations", preactivate)
        return act(preactivate, name="activation")


hidden = nn_layer(x, 784, 64, "layer1")
y = nn_layer(hidden, 64, 10, "layer2", act=tf.identity)
with tf.name_scope("cross_entropy"):
    cross_entropy = tf.losses.sparse_softmax_cross_entropy(labels=y_, logits=y)
tf.summary.scalar("cross_entropy", cross_entropy)
with tf.name_scope("train"):
    train_step = tf.train.AdamOptimizer(0.003).minimize(cross_entropy)
with tf.name_scope("accuracy"):
    accuracy = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(y, 1), y_), tf.float32))
tf.summary.scalar("accuracy", accuracy)

merged = tf.summary.merge_all()
train_writer = tf.summary.FileWriter(os.path.join(args.log_dir, "train"), sess.graph)
test_writer = tf.summary.FileWriter(os.path.join(args.log_dir, "test"))
tf.global_variables_initializer().run()
test_feed = {x: mnist.test.images[:2000], y_: mnist.test.labels[:2000]}
for i in range(args.max_steps):
    batch = mnist.train.next_batch(100)
    if i % 20 == 0:
        summary, acc = sess.run([merged, accuracy], feed_dict=test_feed)
        test_writer.add_summary(summary, i)
        print("Accuracy at step %s: %s" % (i, acc))
    elif i % 50 == 49:
        run_metadata = tf.RunMetadata()
        summary, _ = sess.run(
            [merged, train_step],
            feed_dict=dict(zip([x, y_], batch)),
            options=tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE),
            run_metadata=run_metadata,
        )
        train_writer.add_run_metadata(run_metadata, "step%03d" % i)
        train_writer.add_summary(summary, i)
    else:
        sess.run(train_step, feed_dict=dict(zip([x, y_], batch)))
train_writer.close()
test_writer.close()

# What the last writer wrote is read back: the accuracy that TensorBoard would show.
path = tf.gfile.Glob(os.path.join(args.log_dir, "test", "events*"))[0]
shown = [
    (event.step, value.simple_value)
    for event in tf.train.summary_iterator(path)
    for value in event.summary.value
    if value.tag.startswith("accuracy")
]
print("in the file:", [step for step, _ in shown])
print("accuracy in the file", shown[-1][1])
