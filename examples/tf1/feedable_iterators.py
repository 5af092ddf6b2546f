"""One model, two data sets: a feedable iterator whose handle says which of them is read."""

import argparse

import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--rounds", type=int, default=6)
args = parser.parse_args()

rng = np.random.RandomState(0)
tf.set_random_seed(0)


def moons(n):
    angle, side = rng.uniform(0, np.pi, n), rng.randint(0, 2, n)
    x = np.where(side, 1 - np.cos(angle), np.cos(angle))
    y = np.where(side, 0.5 - np.sin(angle), np.sin(angle))
    return (np.stack([x, y], 1) + 0.1 * rng.randn(n, 2)).astype(np.float32), side


train_x, train_y = moons(600)
valid_x, valid_y = moons(300)


def noisy(x, y):
    return x + tf.random_normal(tf.shape(x), stddev=0.02), y


training_dataset = (
    tf.data.Dataset.from_tensor_slices((train_x, train_y))
    .shuffle(600, seed=0)
    .map(noisy)
    .repeat()
    .batch(30)
)
validation_dataset = tf.data.Dataset.from_tensor_slices((valid_x, valid_y)).batch(100)

handle = tf.placeholder(tf.string, shape=[])
iterator = tf.data.Iterator.from_string_handle(
    handle, training_dataset.output_types, training_dataset.output_shapes
)
x, y = iterator.get_next()
training_iterator = training_dataset.make_one_shot_iterator()
validation_iterator = validation_dataset.make_initializable_iterator()

h = tf.layers.dense(x, 24, activation=tf.nn.tanh)
logits = tf.layers.dense(tf.layers.dense(h, 24, activation=tf.nn.tanh), 2)
loss = tf.losses.sparse_softmax_cross_entropy(y, logits)
train_op = tf.train.AdamOptimizer(0.02).minimize(loss)
accuracy, update = tf.metrics.accuracy(y, tf.argmax(logits, 1), name="accuracy")
metric_variables = tf.get_collection(tf.GraphKeys.LOCAL_VARIABLES, scope="accuracy")
reset = tf.variables_initializer(metric_variables)

with tf.Session() as sess:
    sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
    training_handle = sess.run(training_iterator.string_handle())
    validation_handle = sess.run(validation_iterator.string_handle())
    for round_number in range(args.rounds):
        for _ in range(30):
            _, value = sess.run([train_op, loss], {handle: training_handle})
        sess.run([validation_iterator.initializer, reset])
        while True:
            try:
                sess.run(update, {handle: validation_handle})
            except tf.errors.OutOfRangeError:
                break
        print("round", round_number, "loss", value, "validation", sess.run(accuracy))
    print("validation accuracy", sess.run(accuracy))
