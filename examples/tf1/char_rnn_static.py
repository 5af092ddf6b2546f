"""A character model with static_rnn: MultiRNNCell, one unrolled step a character."""

import argparse

import numpy as np
import tensorflow as tf
from tensorflow.contrib import rnn

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=120)
parser.add_argument("--seq_length", type=int, default=12)
parser.add_argument("--hidden", type=int, default=48)
args = parser.parse_args()

text = "the quick brown fox jumps over the lazy dog and runs away. " * 30
chars = sorted(set(text))
char_to_ix = {ch: i for i, ch in enumerate(chars)}
data = np.array([char_to_ix[ch] for ch in text])
vocab_size = len(chars)
rng = np.random.RandomState(0)
tf.set_random_seed(0)

inputs = tf.placeholder(tf.int32, [None, args.seq_length])
targets = tf.placeholder(tf.int32, [None, args.seq_length])
cell = rnn.MultiRNNCell([rnn.BasicLSTMCell(args.hidden), rnn.GRUCell(args.hidden)])
steps = tf.unstack(tf.one_hot(inputs, vocab_size), axis=1)
outputs, _ = rnn.static_rnn(cell, steps, dtype=tf.float32)

softmax_w = tf.get_variable("softmax_w", [args.hidden, vocab_size])
softmax_b = tf.get_variable("softmax_b", [vocab_size], initializer=tf.zeros_initializer())
logits = [tf.matmul(output, softmax_w) + softmax_b for output in outputs]
labels = tf.unstack(targets, axis=1)
loss = (
    tf.add_n(
        [
            tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=z))
            for y, z in zip(labels, logits)
        ]
    )
    / args.seq_length
)
tvars = tf.trainable_variables()
grads, _ = tf.clip_by_global_norm(tf.gradients(loss, tvars), 5.0)
train_op = tf.train.AdamOptimizer(0.01).apply_gradients(zip(grads, tvars))

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(args.steps):
        starts = rng.randint(0, len(data) - args.seq_length - 1, 32)
        window = np.stack([data[s : s + args.seq_length + 1] for s in starts])
        value, _ = sess.run([loss, train_op], {inputs: window[:, :-1], targets: window[:, 1:]})
        if step % 30 == 0:
            print("step %d, loss %.3f, perplexity %.2f" % (step, value, np.exp(value)))
    seen = [char_to_ix[c] for c in "the quick br"]
    for _ in range(20):
        row = sess.run(logits[-1], {inputs: [seen[-args.seq_length :]]})
        seen.append(int(row.argmax()))
    print("sample:", "".join(chars[i] for i in seen))
    print("last loss", value)
