"""Sequences of different lengths to two classes: dynamic_rnn with sequence_length."""

import argparse
import random

import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=150)
parser.add_argument("--max_len", type=int, default=16)
args = parser.parse_args()


class ToySequenceData(object):
    """Rising lines (class 0) and random numbers (class 1), padded with zeros."""

    def __init__(self, n_samples, max_seq_len, min_seq_len=4):
        self.data, self.labels, self.seqlen = [], [], []
        for _ in range(n_samples):
            length = random.randint(min_seq_len, max_seq_len)
            if random.random() < 0.5:
                start = random.random() / 2
                s = [[start + i / 32.0] for i in range(length)]
                self.labels.append([1.0, 0.0])
            else:
                s = [[random.random()] for _ in range(length)]
                self.labels.append([0.0, 1.0])
            self.data.append(s + [[0.0]] * (max_seq_len - length))
            self.seqlen.append(length)


random.seed(0)
tf.set_random_seed(0)
trainset = ToySequenceData(1000, args.max_len)
testset = ToySequenceData(500, args.max_len)
n_hidden = 24

x = tf.placeholder("float", [None, args.max_len, 1])
y = tf.placeholder("float", [None, 2])
seqlen = tf.placeholder(tf.int32, [None])
outputs, states = tf.nn.dynamic_rnn(
    tf.nn.rnn_cell.GRUCell(n_hidden), x, dtype=tf.float32, sequence_length=seqlen
)

# The last output of each sequence, picked out of all of them.
batch = tf.shape(outputs)[0]
index = tf.range(0, batch) * args.max_len + (seqlen - 1)
last = tf.gather(tf.reshape(outputs, [-1, n_hidden]), index)
same = tf.reduce_max(tf.abs(last - states))
pred = tf.layers.dense(last, 2)
cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(logits=pred, labels=y))
optimizer = tf.train.AdamOptimizer(0.01).minimize(cost)
accuracy = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(pred, 1), tf.argmax(y, 1)), tf.float32))

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(args.steps):
        i = (step * 64) % 900
        feed = {
            x: trainset.data[i : i + 64],
            y: trainset.labels[i : i + 64],
            seqlen: trainset.seqlen[i : i + 64],
        }
        _, loss = sess.run([optimizer, cost], feed)
        if step % 30 == 0:
            print("step", step, "loss", loss)
    feed = {x: testset.data, y: testset.labels, seqlen: testset.seqlen}
    print("last outputs and states differ by", sess.run(same, feed))
    print("Testing Accuracy:", sess.run(accuracy, feed))
