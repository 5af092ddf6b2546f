"""Reading a sequence without alignment: CTC loss and greedy decoding over sparse labels."""

import argparse

import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=120)
parser.add_argument("--batch_size", type=int, default=32)
args = parser.parse_args()

SYMBOLS, FEATURES, FRAMES = 4, 6, 18
rng = np.random.RandomState(0)
tf.set_random_seed(0)
sounds = rng.randn(SYMBOLS, FEATURES)


def sparse_tuple_from(sequences):
    indices = [(n, i) for n, seq in enumerate(sequences) for i in range(len(seq))]
    values = np.concatenate(sequences)
    shape = [len(sequences), max(len(seq) for seq in sequences)]
    return np.array(indices, np.int64), np.array(values, np.int32), np.array(shape, np.int64)


def recordings(n):
    """Three to four symbols, each heard for some frames, with silence after each of them."""
    features = 0.2 * rng.randn(n, FRAMES, FEATURES)
    labels = []
    for row in range(n):
        said, at = rng.randint(0, SYMBOLS, rng.randint(3, 5)), 0
        for symbol in said:
            frames = rng.randint(2, 4)
            features[row, at : at + frames] += sounds[symbol]
            at += frames + 1
        labels.append(said)
    return features, sparse_tuple_from(labels)


inputs = tf.placeholder(tf.float32, [None, FRAMES, FEATURES])
targets = tf.sparse_placeholder(tf.int32)
seq_len = tf.fill([tf.shape(inputs)[0]], FRAMES)
outputs, _ = tf.nn.dynamic_rnn(tf.nn.rnn_cell.LSTMCell(32), inputs, seq_len, dtype=tf.float32)
logits = tf.transpose(tf.layers.dense(outputs, SYMBOLS + 1), (1, 0, 2))
cost = tf.reduce_mean(tf.nn.ctc_loss(targets, logits, seq_len))
optimizer = tf.train.AdamOptimizer(0.01).minimize(cost)
decoded, log_prob = tf.nn.ctc_greedy_decoder(logits, seq_len)
# Label error rate: how far the decoded sequences are from those said.
ler = tf.reduce_mean(tf.edit_distance(tf.cast(decoded[0], tf.int32), targets))

with tf.Session() as session:
    tf.global_variables_initializer().run()
    for step in range(args.steps):
        features, labels = recordings(args.batch_size)
        _, value = session.run([optimizer, cost], {inputs: features, targets: labels})
        if step % 30 == 0:
            print("step %d, cost %.3f" % (step, value))
    features, labels = recordings(200)
    d = session.run(decoded[0], {inputs: features})
    print("first said:", labels[1][labels[0][:, 0] == 0])
    print("first heard:", d.values[d.indices[:, 0] == 0])
    print("label error rate", session.run(ler, {inputs: features, targets: labels}))
