"""Tagging with a bidirectional LSTM and a conditional random field (tf.contrib.crf)."""

import argparse

import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=80)
args = parser.parse_args()

NUM_TAGS, NUM_WORDS, MAX_LEN = 3, 20, 10
rng = np.random.RandomState(0)
tf.set_random_seed(0)


def sentences(n):
    """Words 0 to 4 open a span (tag 1) that goes on (tag 2) for the two words after it."""
    words = rng.randint(1, NUM_WORDS, (n, MAX_LEN))
    lengths = rng.randint(4, MAX_LEN + 1, n)
    tags = np.zeros((n, MAX_LEN), np.int32)
    for row in range(n):
        left = 0
        for i in range(lengths[row]):
            if left == 0 and words[row, i] < 5:
                tags[row, i], left = 1, 2
            elif left:
                tags[row, i], left = 2, left - 1
    return words, tags, lengths


words = tf.placeholder(tf.int32, [None, MAX_LEN])
tags = tf.placeholder(tf.int32, [None, MAX_LEN])
lengths = tf.placeholder(tf.int32, [None])
embedded = tf.contrib.layers.embed_sequence(words, NUM_WORDS, 12)
(forward, backward), _ = tf.nn.bidirectional_dynamic_rnn(
    tf.contrib.rnn.LSTMCell(16),
    tf.contrib.rnn.LSTMCell(16),
    embedded,
    sequence_length=lengths,
    dtype=tf.float32,
)
scores = tf.contrib.layers.fully_connected(
    tf.concat([forward, backward], 2), NUM_TAGS, activation_fn=None
)
log_likelihood, transitions = tf.contrib.crf.crf_log_likelihood(scores, tags, lengths)
loss = tf.reduce_mean(-log_likelihood)
train_op = tf.train.AdamOptimizer(0.03).minimize(loss)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(args.steps):
        x, y, n = sentences(64)
        _, value = sess.run([train_op, loss], {words: x, tags: y, lengths: n})
        if step % 20 == 0:
            print("step", step, "loss", value)
    x, y, n = sentences(200)
    unary, matrix = sess.run([scores, transitions], {words: x, tags: y, lengths: n})
    right = total = 0
    for row in range(len(x)):
        best, _ = tf.contrib.crf.viterbi_decode(unary[row, : n[row]], matrix)
        right += np.sum(np.array(best) == y[row, : n[row]])
        total += n[row]
    print("transitions", matrix.round(1).tolist())
    print("tags right", right / float(total))
