"""Deep Q-learning with replay, and a target network that is copied by assign ops."""

import argparse
import collections
import random

import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=1200)
parser.add_argument("--copy_every", type=int, default=25)
args = parser.parse_args()

SIZE, LIMIT, GAMMA = 4, 25, 0.8
MOVES = [(0, 1), (1, 0), (0, -1), (-1, 0)]
random.seed(0)
np.random.seed(0)
tf.set_random_seed(0)


class Grid(object):
    """From one corner of a grid to the other; the middle has a pit."""

    def reset(self):
        self.at, self.steps = (0, 0), 0
        return self.state()

    def state(self):
        s = np.zeros(SIZE * SIZE, np.float32)
        s[self.at[0] * SIZE + self.at[1]] = 1
        return s

    def step(self, action):
        self.steps += 1
        self.at = tuple(min(SIZE - 1, max(0, p + d)) for p, d in zip(self.at, MOVES[action]))
        if self.at == (SIZE - 1, SIZE - 1):
            return self.state(), 1.0, True
        if self.at == (1, 1):
            return self.state(), -1.0, True
        return self.state(), -0.02, self.steps >= LIMIT


def q_network(state, scope, trainable=True):
    with tf.variable_scope(scope):
        h = tf.layers.dense(state, 32, tf.nn.relu, name="h", trainable=trainable)
        return tf.layers.dense(h, len(MOVES), name="q", trainable=trainable)


state = tf.placeholder(tf.float32, [None, SIZE * SIZE])
next_state = tf.placeholder(tf.float32, [None, SIZE * SIZE])
action = tf.placeholder(tf.int32, [None])
reward = tf.placeholder(tf.float32, [None])
not_over = tf.placeholder(tf.float32, [None])

q = q_network(state, "online")
q_target = q_network(next_state, "target", trainable=False)
copy_ops = [
    t.assign(o)
    for o, t in zip(
        tf.get_collection(tf.GraphKeys.GLOBAL_VARIABLES, scope="online"),
        tf.get_collection(tf.GraphKeys.GLOBAL_VARIABLES, scope="target"),
    )
]
update_target = tf.group(*copy_ops)

q_taken = tf.reduce_sum(q * tf.one_hot(action, len(MOVES)), axis=1)
wanted = tf.stop_gradient(reward + GAMMA * not_over * tf.reduce_max(q_target, axis=1))
loss = tf.losses.huber_loss(wanted, q_taken)
train_op = tf.train.AdamOptimizer(0.01).minimize(loss)

env, memory = Grid(), collections.deque(maxlen=1000)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    sess.run(update_target)
    s, total = env.reset(), 0
    for step in range(args.steps):
        epsilon = max(0.1, 1.0 - step / (0.6 * args.steps))
        if random.random() < epsilon:
            a = random.randrange(len(MOVES))
        else:
            a = int(np.argmax(sess.run(q, {state: [s]})[0]))
        s2, r, done = env.step(a)
        memory.append((s, a, r, s2, 0.0 if done else 1.0))
        s = env.reset() if done else s2
        if len(memory) > 50:
            batch = [np.array(column) for column in zip(*random.sample(memory, 32))]
            _, value = sess.run(
                [train_op, loss], dict(zip([state, action, reward, next_state, not_over], batch))
            )
        if step % args.copy_every == 0:
            sess.run(update_target)
        if step % 200 == 199:
            print("step", step + 1, "loss", value, "epsilon %.2f" % epsilon)
    s, done = env.reset(), False
    while not done:
        s, r, done = env.step(int(np.argmax(sess.run(q, {state: [s]})[0])))
        total += r
    print("steps to the goal", env.steps)
    print("return of the greedy policy (best is 0.9)", total)
