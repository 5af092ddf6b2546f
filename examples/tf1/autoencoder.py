"""An autoencoder of MNIST's digits: 784 pixels through 32 numbers and back."""

import argparse

import tensorflow as tf
from tensorflow.examples.tutorials.mnist import input_data

parser = argparse.ArgumentParser()
parser.add_argument("--data_dir", default="MNIST_data")
parser.add_argument("--steps", type=int, default=300)
args = parser.parse_args()

n_input, n_hidden_1, n_hidden_2 = 784, 128, 32
tf.set_random_seed(0)
mnist = input_data.read_data_sets(args.data_dir, one_hot=True)

X = tf.placeholder("float", [None, n_input])
weights = {
    "encoder_h1": tf.Variable(tf.random_normal([n_input, n_hidden_1], stddev=0.05)),
    "encoder_h2": tf.Variable(tf.random_normal([n_hidden_1, n_hidden_2], stddev=0.1)),
    "decoder_h1": tf.Variable(tf.random_normal([n_hidden_2, n_hidden_1], stddev=0.1)),
    "decoder_h2": tf.Variable(tf.random_normal([n_hidden_1, n_input], stddev=0.1)),
}
biases = {name: tf.Variable(tf.zeros([w.get_shape().as_list()[1]])) for name, w in weights.items()}


def layer(x, name, activation=tf.nn.tanh):
    return activation(tf.add(tf.matmul(x, weights[name]), biases[name]))


code = layer(layer(X, "encoder_h1"), "encoder_h2")
y_pred = layer(layer(code, "decoder_h1"), "decoder_h2", tf.nn.sigmoid)
cost = tf.reduce_mean(tf.pow(X - y_pred, 2))
optimizer = tf.train.RMSPropOptimizer(0.002).minimize(cost)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for i in range(args.steps):
        batch_xs, _ = mnist.train.next_batch(128)
        _, c = sess.run([optimizer, cost], feed_dict={X: batch_xs})
        if i % 75 == 0:
            print("step", i, "cost", c)
    encoded = sess.run(code, {X: mnist.test.images[:5]})
    print("codes", encoded.shape)
    print("test error", sess.run(cost, feed_dict={X: mnist.test.images[:2000]}))
