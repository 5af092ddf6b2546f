"""Sorting digits with tf.contrib.seq2seq: attention, a training helper, greedy decoding."""

import argparse

import numpy as np
import tensorflow as tf
from tensorflow.contrib import seq2seq
from tensorflow.python.layers.core import Dense

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=200)
parser.add_argument("--units", type=int, default=48)
args = parser.parse_args()

LENGTH, VOCABULARY, START, END, BATCH = 5, 12, 10, 11, 64
rng = np.random.RandomState(0)
tf.set_random_seed(0)

source = tf.placeholder(tf.int32, [None, LENGTH])
target = tf.placeholder(tf.int32, [None, LENGTH])
batch_size = tf.shape(source)[0]
embedding = tf.get_variable("embedding", [VOCABULARY, 16])

with tf.variable_scope("encoder"):
    memory, state = tf.nn.dynamic_rnn(
        tf.contrib.rnn.GRUCell(args.units),
        tf.nn.embedding_lookup(embedding, source),
        dtype=tf.float32,
    )

go = tf.fill([batch_size, 1], START)
end = tf.fill([batch_size, 1], END)
decoder_in = tf.concat([go, target], 1)
decoder_out = tf.concat([target, end], 1)
attention = seq2seq.BahdanauAttention(args.units, memory)
cell = seq2seq.AttentionWrapper(
    tf.contrib.rnn.GRUCell(args.units), attention, attention_layer_size=args.units
)
initial = cell.zero_state(batch_size, tf.float32).clone(cell_state=state)
projection = Dense(VOCABULARY, use_bias=False)


def decode(helper, reuse=None, **options):
    with tf.variable_scope("decoder", reuse=reuse):
        decoder = seq2seq.BasicDecoder(cell, helper, initial, output_layer=projection)
        return seq2seq.dynamic_decode(decoder, **options)[0]


lengths = tf.fill([batch_size], LENGTH + 1)
trained = decode(seq2seq.TrainingHelper(tf.nn.embedding_lookup(embedding, decoder_in), lengths))
loss = seq2seq.sequence_loss(
    trained.rnn_output, decoder_out, tf.sequence_mask(lengths, dtype=tf.float32)
)
train_op = tf.train.AdamOptimizer(0.01).minimize(loss)
greedy = decode(
    seq2seq.GreedyEmbeddingHelper(embedding, tf.fill([batch_size], START), END),
    reuse=True,
    maximum_iterations=LENGTH + 1,
)


def examples(n):
    numbers = rng.randint(0, 10, (n, LENGTH))
    return {source: numbers, target: np.sort(numbers, 1)}


with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(args.steps):
        _, value = sess.run([train_op, loss], examples(BATCH))
        if step % 50 == 0:
            print("step", step, "loss", value)
    feed = examples(300)
    answers = sess.run(greedy.sample_id, feed)[:, :LENGTH]
    print(feed[source][0], "->", answers[0])
    print("digits right", np.mean(answers == feed[target][:, : answers.shape[1]]))
