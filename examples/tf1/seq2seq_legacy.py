"""Reversing sequences with tf.contrib.legacy_seq2seq: training and decoding share variables."""

import argparse

import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=250)
parser.add_argument("--length", type=int, default=4)
args = parser.parse_args()

seq2seq = tf.contrib.legacy_seq2seq
VOCABULARY, GO, BATCH = 8, 0, 64
rng = np.random.RandomState(0)
tf.set_random_seed(0)

encoder_inputs = [
    tf.placeholder(tf.int32, [None], name="encoder%d" % i) for i in range(args.length)
]
labels = [tf.placeholder(tf.int32, [None], name="label%d" % i) for i in range(args.length)]
decoder_inputs = [tf.zeros_like(labels[0]) + GO] + labels[:-1]
weights = [tf.ones_like(label, dtype=tf.float32) for label in labels]


def model(feed_previous, reuse=None):
    with tf.variable_scope("seq2seq", reuse=reuse):
        outputs, _ = seq2seq.embedding_attention_seq2seq(
            encoder_inputs,
            decoder_inputs,
            tf.nn.rnn_cell.GRUCell(48),
            VOCABULARY,
            VOCABULARY,
            embedding_size=16,
            feed_previous=feed_previous,
        )
    return outputs


outputs = model(False)
decoded = tf.stack([tf.argmax(o, 1) for o in model(True, reuse=True)], axis=1)
loss = seq2seq.sequence_loss(outputs, labels, weights)
train_op = tf.train.AdamOptimizer(0.01).minimize(loss)


def examples(n):
    numbers = rng.randint(1, VOCABULARY, (n, args.length))
    feed = {encoder_inputs[i]: numbers[:, i] for i in range(args.length)}
    feed.update({labels[i]: numbers[:, -1 - i] for i in range(args.length)})
    return numbers, feed


with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(args.steps):
        _, feed = examples(BATCH)
        _, value = sess.run([train_op, loss], feed)
        if step % 50 == 0:
            print("step", step, "loss", value)
    numbers, feed = examples(200)
    answers = sess.run(decoded, feed)
    print(numbers[0], "->", answers[0])
    print("symbols right", np.mean(answers == numbers[:, ::-1]))
