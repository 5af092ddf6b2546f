"""The nearest neighbour in MNIST by the L1 distance, one test digit after the other."""

import argparse

import numpy as np
import tensorflow as tf
from tensorflow.examples.tutorials.mnist import input_data

parser = argparse.ArgumentParser()
parser.add_argument("--data_dir", default="MNIST_data")
parser.add_argument("--train", type=int, default=3000)
parser.add_argument("--test", type=int, default=100)
args = parser.parse_args()

tf.set_random_seed(0)
mnist = input_data.read_data_sets(args.data_dir, one_hot=True)
Xtr, Ytr = mnist.train.next_batch(args.train)
Xte, Yte = mnist.test.next_batch(args.test)

xtr = tf.placeholder("float", [None, 784])
xte = tf.placeholder("float", [784])
distance = tf.reduce_sum(tf.abs(tf.add(xtr, tf.negative(xte))), reduction_indices=1)
pred = tf.arg_min(distance, 0)

accuracy = 0.0
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for i in range(len(Xte)):
        nn_index = sess.run(pred, feed_dict={xtr: Xtr, xte: Xte[i, :]})
        if i % 25 == 0:
            print("Test", i, "Prediction:", np.argmax(Ytr[nn_index]), "True:", np.argmax(Yte[i]))
        if np.argmax(Ytr[nn_index]) == np.argmax(Yte[i]):
            accuracy += 1.0 / len(Xte)
print("Accuracy:", accuracy)
