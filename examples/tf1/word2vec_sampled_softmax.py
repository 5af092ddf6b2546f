"""Word vectors from the words around (CBOW), with sampled softmax and Adagrad."""

import argparse
import collections

import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=300)
parser.add_argument("--batch_size", type=int, default=128)
parser.add_argument("--embedding_size", type=int, default=16)
parser.add_argument("--num_sampled", type=int, default=8)
args = parser.parse_args()

# Three topics whose words keep to themselves: neighbours of a word should be of its topic.
TOPICS = [
    ["lion", "tiger", "wolf", "bear", "fox", "hare"],
    ["bread", "cheese", "apple", "soup", "rice", "cake"],
    ["train", "ship", "bus", "plane", "bike", "tram"],
]
rng = np.random.RandomState(0)
words = []
for _ in range(400):
    topic = TOPICS[rng.randint(3)]
    words += [topic[i] for i in rng.randint(0, 6, 8)]

count = collections.Counter(words).most_common()
dictionary = {word: i for i, (word, _) in enumerate(count)}
reverse_dictionary = dict(zip(dictionary.values(), dictionary.keys()))
data = np.array([dictionary[word] for word in words])
vocabulary_size = len(dictionary)
topic_of = np.array(
    [
        next(t for t, names in enumerate(TOPICS) if reverse_dictionary[i] in names)
        for i in range(vocabulary_size)
    ]
)


def generate_batch():
    centre = rng.randint(1, len(data) - 1, args.batch_size)
    return np.stack([data[centre - 1], data[centre + 1]], 1), data[centre].reshape(-1, 1)


tf.set_random_seed(0)
context = tf.placeholder(tf.int32, [args.batch_size, 2])
labels = tf.placeholder(tf.int64, [args.batch_size, 1])
embeddings = tf.get_variable(
    "embeddings",
    [vocabulary_size, args.embedding_size],
    initializer=tf.random_uniform_initializer(-1.0, 1.0),
)
softmax_w = tf.get_variable(
    "softmax_w",
    [vocabulary_size, args.embedding_size],
    initializer=tf.truncated_normal_initializer(stddev=0.25),
)
softmax_b = tf.get_variable("softmax_b", [vocabulary_size], initializer=tf.zeros_initializer())
embed = tf.reduce_mean(tf.nn.embedding_lookup(embeddings, context), 1)
sampled = tf.nn.learned_unigram_candidate_sampler(
    labels, 1, args.num_sampled, unique=True, range_max=vocabulary_size
)
loss = tf.reduce_mean(
    tf.nn.sampled_softmax_loss(
        weights=softmax_w,
        biases=softmax_b,
        labels=labels,
        inputs=embed,
        num_sampled=args.num_sampled,
        num_classes=vocabulary_size,
        sampled_values=sampled,
    )
)
train_op = tf.train.AdagradOptimizer(1.0).minimize(loss)
normalized = tf.nn.l2_normalize(embeddings, 1)
_, nearest_op = tf.nn.top_k(tf.matmul(normalized, tf.transpose(normalized)), 4)

saver = tf.train.Saver({"embeddings": embeddings})
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(args.steps):
        words_around, middle = generate_batch()
        _, value = sess.run([train_op, loss], {context: words_around, labels: middle})
        if step % 75 == 0:
            print("step", step, "loss", value)
    path = saver.save(sess, "./word2vec.ckpt", global_step=args.steps)
    print("saved", tf.train.list_variables(path))
    nearest = sess.run(nearest_op)[:, 1:]
    print("share of neighbours of the same topic", np.mean(topic_of[nearest] == topic_of[:, None]))
