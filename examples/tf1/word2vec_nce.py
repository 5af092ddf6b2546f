"""Word vectors with skip-grams and noise-contrastive estimation."""

import argparse
import collections

import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=400)
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
    side = rng.choice([-1, 1], args.batch_size)
    return data[centre], data[centre + side].reshape(-1, 1)


tf.set_random_seed(0)
graph = tf.get_default_graph()
with graph.as_default():
    train_inputs = tf.placeholder(tf.int32, shape=[args.batch_size])
    train_labels = tf.placeholder(tf.int32, shape=[args.batch_size, 1])
    with tf.device("/cpu:0"):
        embeddings = tf.Variable(
            tf.random_uniform([vocabulary_size, args.embedding_size], -1.0, 1.0)
        )
        embed = tf.nn.embedding_lookup(embeddings, train_inputs)
        nce_weights = tf.Variable(
            tf.truncated_normal([vocabulary_size, args.embedding_size], stddev=0.25)
        )
        nce_biases = tf.Variable(tf.zeros([vocabulary_size]))
    loss = tf.reduce_mean(
        tf.nn.nce_loss(
            weights=nce_weights,
            biases=nce_biases,
            labels=train_labels,
            inputs=embed,
            num_sampled=args.num_sampled,
            num_classes=vocabulary_size,
        )
    )
    optimizer = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
    norm = tf.sqrt(tf.reduce_sum(tf.square(embeddings), 1, keep_dims=True))
    normalized = embeddings / norm
    similarity = tf.matmul(normalized, normalized, transpose_b=True)

with tf.Session(graph=graph) as session:
    session.run(tf.global_variables_initializer())
    average_loss = 0
    for step in range(args.steps):
        batch_inputs, batch_labels = generate_batch()
        _, loss_val = session.run(
            [optimizer, loss], {train_inputs: batch_inputs, train_labels: batch_labels}
        )
        average_loss += loss_val
        if (step + 1) % 100 == 0:
            print("Average loss at step", step + 1, ":", average_loss / 100)
            average_loss = 0
    nearest = (-similarity.eval()).argsort(1)[:, 1:4]
    for i in range(3):
        print(
            "Nearest to %s: %s"
            % (reverse_dictionary[i], ", ".join(reverse_dictionary[k] for k in nearest[i]))
        )
    print("share of neighbours of the same topic", np.mean(topic_of[nearest] == topic_of[:, None]))
