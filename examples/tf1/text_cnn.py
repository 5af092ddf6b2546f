"""A convolutional network for sentences: an embedding, filters of three widths, max over time."""

import argparse

import numpy as np
import tensorflow as tf
from tensorflow.contrib import learn

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=80)
parser.add_argument("--num_filters", type=int, default=12)
args = parser.parse_args()

GOOD = [
    "a wonderful film",
    "truly great acting",
    "i loved every minute",
    "not bad at all",
    "a warm and funny story",
]
BAD = [
    "a dreadful film",
    "truly bad acting",
    "i hated every minute",
    "not good at all",
    "a cold and dull story",
]
FILLER = ["the plot", "we saw it", "last night", "in the cinema", "they say", "with friends"]
rng = np.random.RandomState(0)
tf.set_random_seed(0)


def sentences(n):
    labels = rng.randint(0, 2, n)
    texts = []
    for label in labels:
        parts = [FILLER[i] for i in rng.randint(0, len(FILLER), 3)]
        parts.insert(rng.randint(0, 4), (GOOD if label else BAD)[rng.randint(0, 5)])
        texts.append(" ".join(parts))
    return texts, np.eye(2)[labels]


x_text, y = sentences(600)
vocab_processor = learn.preprocessing.VocabularyProcessor(max(len(t.split()) for t in x_text))
x = np.array(list(vocab_processor.fit_transform(x_text)))
print("Vocabulary size: %d, longest sentence: %d" % (len(vocab_processor.vocabulary_), x.shape[1]))


class TextCNN(object):
    def __init__(self, sequence_length, vocab_size, embedding_size, filter_sizes, num_filters):
        self.input_x = tf.placeholder(tf.int32, [None, sequence_length], name="input_x")
        self.input_y = tf.placeholder(tf.float32, [None, 2], name="input_y")
        self.dropout_keep_prob = tf.placeholder(tf.float32, name="dropout_keep_prob")
        with tf.device("/cpu:0"), tf.name_scope("embedding"):
            W = tf.Variable(tf.random_uniform([vocab_size, embedding_size], -1.0, 1.0))
            embedded = tf.expand_dims(tf.nn.embedding_lookup(W, self.input_x), -1)
        pooled_outputs = []
        for filter_size in filter_sizes:
            with tf.name_scope("conv-maxpool-%s" % filter_size):
                shape = [filter_size, embedding_size, 1, num_filters]
                W = tf.Variable(tf.truncated_normal(shape, stddev=0.1), name="W")
                b = tf.Variable(tf.constant(0.1, shape=[num_filters]), name="b")
                conv = tf.nn.conv2d(embedded, W, strides=[1, 1, 1, 1], padding="VALID")
                h = tf.nn.relu(tf.nn.bias_add(conv, b))
                pooled_outputs.append(
                    tf.nn.max_pool(
                        h, [1, sequence_length - filter_size + 1, 1, 1], [1, 1, 1, 1], "VALID"
                    )
                )
        h_pool = tf.reshape(tf.concat(pooled_outputs, 3), [-1, num_filters * len(filter_sizes)])
        h_drop = tf.nn.dropout(h_pool, self.dropout_keep_prob)
        W = tf.get_variable(
            "W", [h_pool.get_shape()[1], 2], initializer=tf.contrib.layers.xavier_initializer()
        )
        b = tf.Variable(tf.constant(0.1, shape=[2]), name="b")
        scores = tf.nn.xw_plus_b(h_drop, W, b, name="scores")
        losses = tf.nn.softmax_cross_entropy_with_logits(logits=scores, labels=self.input_y)
        self.loss = tf.reduce_mean(losses) + 0.01 * (tf.nn.l2_loss(W) + tf.nn.l2_loss(b))
        correct = tf.equal(tf.argmax(scores, 1), tf.argmax(self.input_y, 1))
        self.accuracy = tf.reduce_mean(tf.cast(correct, "float"), name="accuracy")


cnn = TextCNN(x.shape[1], len(vocab_processor.vocabulary_), 16, [2, 3, 4], args.num_filters)
global_step = tf.Variable(0, name="global_step", trainable=False)
train_op = tf.train.AdamOptimizer(0.01).minimize(cnn.loss, global_step=global_step)
test_text, test_y = sentences(400)
test_x = np.array(list(vocab_processor.transform(test_text)))

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _ in range(args.steps):
        rows = rng.randint(0, len(x), 64)
        _, step, loss = sess.run(
            [train_op, global_step, cnn.loss],
            {cnn.input_x: x[rows], cnn.input_y: y[rows], cnn.dropout_keep_prob: 0.5},
        )
        if step % 20 == 0:
            print("step {}, loss {:g}".format(step, loss))
    print(
        "accuracy",
        sess.run(
            cnn.accuracy, {cnn.input_x: test_x, cnn.input_y: test_y, cnn.dropout_keep_prob: 1.0}
        ),
    )
