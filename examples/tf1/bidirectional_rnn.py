"""A bidirectional LSTM reads the rows of MNIST's digits."""

import argparse

import tensorflow as tf
from tensorflow.contrib import rnn
from tensorflow.examples.tutorials.mnist import input_data

parser = argparse.ArgumentParser()
parser.add_argument("--data_dir", default="MNIST_data")
parser.add_argument("--training_steps", type=int, default=100)
args = parser.parse_args()

num_input, timesteps, num_hidden, num_classes = 28, 28, 32, 10
tf.set_random_seed(2)
mnist = input_data.read_data_sets(args.data_dir, one_hot=True)

X = tf.placeholder("float", [None, timesteps, num_input])
Y = tf.placeholder("float", [None, num_classes])
weights = {"out": tf.Variable(tf.random_normal([2 * num_hidden, num_classes], stddev=0.1))}
biases = {"out": tf.Variable(tf.zeros([num_classes]))}


def BiRNN(x, weights, biases):
    x = tf.unstack(x, timesteps, 1)
    lstm_fw_cell = rnn.BasicLSTMCell(num_hidden, forget_bias=1.0)
    lstm_bw_cell = rnn.BasicLSTMCell(num_hidden, forget_bias=1.0)
    outputs, _, _ = rnn.static_bidirectional_rnn(lstm_fw_cell, lstm_bw_cell, x, dtype=tf.float32)
    return tf.matmul(outputs[-1], weights["out"]) + biases["out"]


logits = BiRNN(X, weights, biases)
prediction = tf.nn.softmax(logits)
loss_op = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(logits=logits, labels=Y))
train_op = tf.train.AdamOptimizer(learning_rate=0.01).minimize(loss_op)
correct_pred = tf.equal(tf.argmax(prediction, 1), tf.argmax(Y, 1))
accuracy = tf.reduce_mean(tf.cast(correct_pred, tf.float32))

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(1, args.training_steps + 1):
        batch_x, batch_y = mnist.train.next_batch(64)
        batch_x = batch_x.reshape((64, timesteps, num_input))
        _, loss, acc = sess.run([train_op, loss_op, accuracy], {X: batch_x, Y: batch_y})
        if step % 25 == 0:
            print("Step %d, Minibatch Loss= %.4f, Training Accuracy= %.3f" % (step, loss, acc))
    test_data = mnist.test.images[:1000].reshape((-1, timesteps, num_input))
    print("Testing Accuracy:", sess.run(accuracy, {X: test_data, Y: mnist.test.labels[:1000]}))
