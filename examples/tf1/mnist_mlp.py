"""Two hidden layers with dropout on MNIST, weights kept in dictionaries."""

import tensorflow as tf
from tensorflow.examples.tutorials.mnist import input_data

flags = tf.app.flags
FLAGS = flags.FLAGS
flags.DEFINE_string("data_dir", "MNIST_data", "where the digits are")
flags.DEFINE_integer("steps", 250, "batches to train on")
flags.DEFINE_integer("batch_size", 100, "images in a batch")
flags.DEFINE_float("learning_rate", 0.002, "Adam's learning rate")
flags.DEFINE_float("keep_prob", 0.8, "share of units that dropout keeps")

n_hidden_1 = 128
n_hidden_2 = 64
n_input = 784
n_classes = 10


def multilayer_perceptron(x, weights, biases, keep_prob):
    layer_1 = tf.nn.relu(tf.add(tf.matmul(x, weights["h1"]), biases["b1"]))
    layer_1 = tf.nn.dropout(layer_1, keep_prob)
    layer_2 = tf.nn.relu(tf.nn.xw_plus_b(layer_1, weights["h2"], biases["b2"]))
    layer_2 = tf.nn.dropout(layer_2, keep_prob)
    return tf.matmul(layer_2, weights["out"]) + biases["out"]


def main(_):
    tf.set_random_seed(42)
    mnist = input_data.read_data_sets(FLAGS.data_dir, one_hot=True)
    x = tf.placeholder("float", [None, n_input])
    y = tf.placeholder("float", [None, n_classes])
    keep_prob = tf.placeholder(tf.float32)
    weights = {
        "h1": tf.Variable(tf.truncated_normal([n_input, n_hidden_1], stddev=0.05)),
        "h2": tf.Variable(tf.truncated_normal([n_hidden_1, n_hidden_2], stddev=0.1)),
        "out": tf.Variable(tf.truncated_normal([n_hidden_2, n_classes], stddev=0.1)),
    }
    biases = {
        "b1": tf.Variable(tf.zeros([n_hidden_1])),
        "b2": tf.Variable(tf.zeros([n_hidden_2])),
        "out": tf.Variable(tf.zeros([n_classes])),
    }
    pred = multilayer_perceptron(x, weights, biases, keep_prob)
    cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(logits=pred, labels=y))
    optimizer = tf.train.AdamOptimizer(learning_rate=FLAGS.learning_rate).minimize(cost)
    correct = tf.equal(tf.argmax(pred, 1), tf.argmax(y, 1))
    accuracy = tf.reduce_mean(tf.cast(correct, "float"))

    with tf.Session(config=tf.ConfigProto(allow_soft_placement=True)) as sess:
        sess.run(tf.global_variables_initializer())
        for i in range(FLAGS.steps):
            batch_x, batch_y = mnist.train.next_batch(FLAGS.batch_size)
            _, c = sess.run(
                [optimizer, cost], feed_dict={x: batch_x, y: batch_y, keep_prob: FLAGS.keep_prob}
            )
            if i % 50 == 0:
                print("step %d, cost %.4f" % (i, c))
        print(
            "Accuracy:", accuracy.eval({x: mnist.test.images, y: mnist.test.labels, keep_prob: 1.0})
        )


if __name__ == "__main__":
    tf.app.run()
