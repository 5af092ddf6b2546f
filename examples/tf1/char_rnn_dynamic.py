"""A character model with dynamic_rnn whose state is fed from one batch to the next."""

import numpy as np
import tensorflow as tf

flags = tf.flags
flags.DEFINE_integer("epochs", 10, "passes over the text")
flags.DEFINE_integer("batch_size", 16, "streams of text")
flags.DEFINE_integer("num_steps", 15, "characters of a batch")
flags.DEFINE_integer("hidden_size", 64, "units of the LSTM")
FLAGS = flags.FLAGS

TEXT = "in the beginning was the graph, and the graph was fed by the session. " * 60


class CharRNN(object):
    def __init__(self, vocab_size, batch_size, num_steps):
        self.inputs = tf.placeholder(tf.int32, [batch_size, num_steps])
        self.targets = tf.placeholder(tf.int32, [batch_size, num_steps])
        cell = tf.nn.rnn_cell.BasicLSTMCell(FLAGS.hidden_size, forget_bias=0.0)
        self.initial_state = cell.zero_state(batch_size, tf.float32)
        embedding = tf.get_variable("embedding", [vocab_size, 16])
        outputs, self.final_state = tf.nn.dynamic_rnn(
            cell, tf.nn.embedding_lookup(embedding, self.inputs), initial_state=self.initial_state
        )
        output = tf.reshape(outputs, [-1, FLAGS.hidden_size])
        self.logits = tf.layers.dense(output, vocab_size, name="softmax")
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=tf.reshape(self.targets, [-1]), logits=self.logits
        )
        self.cost = tf.reduce_mean(losses)
        tvars = tf.trainable_variables()
        grads, _ = tf.clip_by_global_norm(tf.gradients(self.cost, tvars), 5)
        self.train_op = tf.train.AdamOptimizer(0.01).apply_gradients(zip(grads, tvars))


def main(_):
    chars = sorted(set(TEXT))
    data = np.array([chars.index(c) for c in TEXT])
    per_stream = len(data) // FLAGS.batch_size
    streams = data[: per_stream * FLAGS.batch_size].reshape(FLAGS.batch_size, -1)
    tf.set_random_seed(0)
    initializer = tf.random_uniform_initializer(-0.1, 0.1)
    with tf.variable_scope("model", initializer=initializer):
        train = CharRNN(len(chars), FLAGS.batch_size, FLAGS.num_steps)
    with tf.variable_scope("model", reuse=True):
        sample = CharRNN(len(chars), 1, 1)

    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for epoch in range(FLAGS.epochs):
            state, costs = sess.run(train.initial_state), []
            for i in range(0, per_stream - FLAGS.num_steps - 1, FLAGS.num_steps):
                feed = {
                    train.inputs: streams[:, i : i + FLAGS.num_steps],
                    train.targets: streams[:, i + 1 : i + FLAGS.num_steps + 1],
                }
                for (c, h), (c_value, h_value) in zip([train.initial_state], [state]):
                    feed[c], feed[h] = c_value, h_value
                cost, state, _ = sess.run([train.cost, train.final_state, train.train_op], feed)
                costs.append(cost)
            print("epoch %d perplexity %.3f" % (epoch + 1, np.exp(np.mean(costs))))
        state, char, text = sess.run(sample.initial_state), chars.index("t"), "t"
        for _ in range(40):
            logits, state = sess.run(
                [sample.logits, sample.final_state],
                {sample.inputs: [[char]], sample.initial_state: state},
            )
            char = int(np.argmax(logits))
            text += chars[char]
        print("sample:", text)
        print("perplexity %.3f" % np.exp(np.mean(costs)))


if __name__ == "__main__":
    tf.app.run()
