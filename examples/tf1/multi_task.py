"""Two tasks share a trunk by variable_scope's reuse; each has a head and a turn in training."""

import argparse

import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=250)
args = parser.parse_args()

rng = np.random.RandomState(0)
tf.set_random_seed(0)
projection = rng.randn(2, 10)


def samples(n):
    """Ten numbers that hide two: which quadrant they are in, and how long their vector is."""
    hidden = rng.uniform(-1, 1, (n, 2))
    quadrant = (hidden[:, 0] > 0) * 2 + (hidden[:, 1] > 0)
    return hidden.dot(projection), quadrant, np.sqrt((hidden**2).sum(1, keepdims=True))


def linear(x, units, name):
    with tf.variable_scope(name):
        w = tf.get_variable(
            "w", [x.get_shape().as_list()[1], units], regularizer=tf.keras.regularizers.l2(1e-5)
        )
        b = tf.get_variable("b", [units], initializer=tf.constant_initializer(0.01))
        return tf.matmul(x, w) + b


def trunk(x):
    return tf.nn.relu(linear(tf.nn.relu(linear(x, 32, "layer1")), 32, "layer2"))


x_class = tf.placeholder(tf.float32, [None, 10])
x_value = tf.placeholder(tf.float32, [None, 10])
quadrant = tf.placeholder(tf.int64, [None])
length = tf.placeholder(tf.float32, [None, 1])

with tf.variable_scope("trunk") as scope:
    h_class = trunk(x_class)
    scope.reuse_variables()
    h_value = trunk(x_value)
with tf.variable_scope("class_head"):
    logits = linear(h_class, 4, "out")
with tf.variable_scope("value_head"):
    value = linear(h_value, 1, "out")
names = [v.name for v in tf.trainable_variables()]
assert len(names) == 8, names
print("variables:", names)

penalty = tf.add_n(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES))
class_loss = (
    tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=quadrant, logits=logits))
    + penalty
)
value_loss = tf.losses.mean_squared_error(length, value) + penalty
with tf.variable_scope("optimizers", reuse=tf.AUTO_REUSE):
    optimizer = tf.train.AdamOptimizer(0.01)
    train_class = optimizer.minimize(class_loss)
    train_value = optimizer.minimize(value_loss)
accuracy = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(logits, 1), quadrant), tf.float32))

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(args.steps):
        data, quadrants, lengths = samples(64)
        _, c = sess.run([train_class, class_loss], {x_class: data, quadrant: quadrants})
        _, v = sess.run([train_value, value_loss], {x_value: data, length: lengths})
        if step % 50 == 0:
            print("step %d: classes %.4f, values %.4f" % (step, c, v))
    data, quadrants, lengths = samples(500)
    print("error of the values", sess.run(value_loss, {x_value: data, length: lengths}))
    print("accuracy of the classes", sess.run(accuracy, {x_class: data, quadrant: quadrants}))
