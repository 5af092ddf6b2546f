"""Actor and critic, each with its own loss and optimizer, on a cart that has to stay near 0."""

import argparse

import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--episodes", type=int, default=60)
args = parser.parse_args()

LIMIT, GAMMA = 40, 0.9
rng = np.random.RandomState(0)
tf.set_random_seed(0)


class Cart(object):
    """A push to the left or right at a time; the reward is 1 while |position| < 1, else it ends."""

    def reset(self):
        self.x, self.v, self.t = rng.uniform(-0.3, 0.3), 0.0, 0
        return np.array([self.x, self.v])

    def step(self, action):
        self.v = 0.9 * self.v + (0.15 if action else -0.15) + 0.08 * self.x
        self.x += self.v
        self.t += 1
        out = abs(self.x) >= 1.0
        return np.array([self.x, self.v]), (-2.0 if out else 1.0), out or self.t >= LIMIT


class Actor(object):
    def __init__(self, sess, learning_rate=0.02):
        self.sess = sess
        self.s = tf.placeholder(tf.float32, [None, 2], "state")
        self.a = tf.placeholder(tf.int32, [None], "act")
        self.td_error = tf.placeholder(tf.float32, [None], "td_error")
        with tf.variable_scope("Actor"):
            h = tf.layers.dense(self.s, 24, activation=tf.nn.tanh)
            self.acts_prob = tf.layers.dense(h, 2, activation=tf.nn.softmax)
            index = tf.stack([tf.range(tf.shape(self.a)[0]), self.a], axis=1)
            log_prob = tf.log(tf.gather_nd(self.acts_prob, index) + 1e-8)
            self.exp_v = tf.reduce_mean(log_prob * self.td_error)
            self.train_op = tf.train.AdamOptimizer(learning_rate).minimize(-self.exp_v)

    def choose_action(self, s):
        probs = self.sess.run(self.acts_prob, {self.s: s[np.newaxis, :]})[0]
        return int(rng.uniform() > probs[0])


class Critic(object):
    def __init__(self, sess, learning_rate=0.03):
        self.sess = sess
        self.s = tf.placeholder(tf.float32, [None, 2], "state")
        self.target = tf.placeholder(tf.float32, [None, 1], "target")
        with tf.variable_scope("Critic"):
            h = tf.layers.dense(self.s, 24, activation=tf.nn.relu)
            self.v = tf.layers.dense(h, 1)
            self.td_error = self.target - self.v
            self.loss = tf.reduce_mean(tf.square(self.td_error))
            self.train_op = tf.train.AdamOptimizer(learning_rate).minimize(self.loss)


sess = tf.Session()
actor, critic, env = Actor(sess), Critic(sess), Cart()
sess.run(tf.global_variables_initializer())
lengths = []
for episode in range(args.episodes):
    s, done, track = env.reset(), False, []
    while not done:
        a = actor.choose_action(s)
        s_, r, done = env.step(a)
        track.append((s, a, r, s_, 0.0 if done and env.t < LIMIT else 1.0))
        s = s_
    states, actions, rewards, after, goes_on = [np.array(c) for c in zip(*track)]
    for _ in range(3):
        v_ = sess.run(critic.v, {critic.s: after})
        target = rewards[:, None] + GAMMA * goes_on[:, None] * v_
        td, _ = sess.run(
            [critic.td_error, critic.train_op], {critic.s: states, critic.target: target}
        )
    sess.run(actor.train_op, {actor.s: states, actor.a: actions, actor.td_error: td[:, 0]})
    lengths.append(env.t)
    if episode % 15 == 14:
        print("episode", episode + 1, "mean length", np.mean(lengths[-15:]))
print("mean length of the last episodes (at most %d)" % LIMIT, np.mean(lengths[-15:]))
