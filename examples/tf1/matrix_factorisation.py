"""Recommending by matrix factorisation: embeddings and biases of users and items."""

import argparse

import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=12)
parser.add_argument("--dim", type=int, default=4)
parser.add_argument("--reg", type=float, default=0.01)
args = parser.parse_args()

USERS, ITEMS = 80, 60
rng = np.random.RandomState(0)
tf.set_random_seed(0)
rates = 3 + rng.randn(USERS, 3).dot(rng.randn(3, ITEMS)) * 0.5 + 0.3 * rng.randn(USERS, 1)
seen = np.stack(np.nonzero(rng.rand(USERS, ITEMS) < 0.7), 1)
rng.shuffle(seen)
ratings = rates[seen[:, 0], seen[:, 1]] + 0.1 * rng.randn(len(seen))
split = int(0.9 * len(seen))

user = tf.placeholder(tf.int32, shape=[None], name="id_user")
item = tf.placeholder(tf.int32, shape=[None], name="id_item")
rate = tf.placeholder(tf.float32, shape=[None])

with tf.device("/cpu:0"):
    bias_global = tf.get_variable("bias_global", shape=[])
    w_bias_user = tf.get_variable("embd_bias_user", shape=[USERS])
    w_bias_item = tf.get_variable("embd_bias_item", shape=[ITEMS])
    initializer = tf.truncated_normal_initializer(stddev=0.3)
    w_user = tf.get_variable("embd_user", shape=[USERS, args.dim], initializer=initializer)
    w_item = tf.get_variable("embd_item", shape=[ITEMS, args.dim], initializer=initializer)
embd_user = tf.nn.embedding_lookup(w_user, user, name="embedding_user")
embd_item = tf.nn.embedding_lookup(w_item, item, name="embedding_item")
infer = tf.reduce_sum(tf.multiply(embd_user, embd_item), 1)
infer = tf.add(infer, bias_global)
infer = tf.add(infer, tf.nn.embedding_lookup(w_bias_user, user))
infer = tf.add(infer, tf.nn.embedding_lookup(w_bias_item, item), name="svd_inference")

cost = tf.reduce_mean(tf.square(infer - rate))
penalty = args.reg * (tf.nn.l2_loss(embd_user) + tf.nn.l2_loss(embd_item)) / 64
train_op = tf.train.AdamOptimizer(0.02).minimize(cost + penalty)
rmse = tf.sqrt(cost)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    test = {user: seen[split:, 0], item: seen[split:, 1], rate: ratings[split:]}
    for epoch in range(args.epochs):
        order = rng.permutation(split)
        for i in range(0, split, 64):
            rows = order[i : i + 64]
            sess.run(train_op, {user: seen[rows, 0], item: seen[rows, 1], rate: ratings[rows]})
        if epoch % 4 == 3:
            print("epoch", epoch + 1, "test error", sess.run(rmse, test))
    print("spread of the ratings", ratings.std())
    print("root mean squared error", sess.run(rmse, test))
