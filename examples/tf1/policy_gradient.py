"""REINFORCE on a small world of its own: a walker has to find the right end of a corridor."""

import argparse

import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--episodes", type=int, default=250)
parser.add_argument("--gamma", type=float, default=0.95)
args = parser.parse_args()

LENGTH, LIMIT = 7, 30
rng = np.random.RandomState(0)
tf.set_random_seed(0)


class Corridor(object):
    """States 0 to LENGTH-1, the goal at the right end; each step costs a little."""

    def reset(self):
        self.at, self.steps = LENGTH // 2, 0
        return self.at

    def step(self, action):
        self.steps += 1
        self.at = max(0, self.at + (1 if action == 1 else -1))
        done = self.at == LENGTH - 1
        return self.at, (1.0 if done else -0.05), done or self.steps >= LIMIT


state_in = tf.placeholder(tf.int32, [None])
action_holder = tf.placeholder(tf.int32, [None])
reward_holder = tf.placeholder(tf.float32, [None])
hidden = tf.contrib.layers.fully_connected(
    tf.one_hot(state_in, LENGTH), 16, biases_initializer=None, activation_fn=tf.nn.relu
)
logits = tf.contrib.layers.fully_connected(hidden, 2, activation_fn=None)
output = tf.nn.softmax(logits)
sample = tf.squeeze(tf.multinomial(logits, 1), axis=1)

indexes = tf.range(0, tf.shape(output)[0]) * tf.shape(output)[1] + action_holder
responsible_outputs = tf.gather(tf.reshape(output, [-1]), indexes)
loss = -tf.reduce_mean(tf.log(responsible_outputs) * reward_holder)

# Gradients are gathered over some episodes, then applied at once.
tvars = tf.trainable_variables()
gradient_holders = [tf.placeholder(tf.float32, name="%d_holder" % i) for i in range(len(tvars))]
gradients = tf.gradients(loss, tvars)
update_batch = tf.train.AdamOptimizer(0.02).apply_gradients(zip(gradient_holders, tvars))


def discount_rewards(rewards):
    discounted, running = np.zeros(len(rewards)), 0.0
    for t in reversed(range(len(rewards))):
        running = running * args.gamma + rewards[t]
        discounted[t] = running
    return discounted


env = Corridor()
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    buffer = [np.zeros_like(v) for v in sess.run(tvars)]
    lengths = []
    for episode in range(args.episodes):
        s, history, done = env.reset(), [], False
        while not done:
            a = sess.run(sample, {state_in: [s]})[0]
            s1, r, done = env.step(a)
            history.append((s, a, r))
            s = s1
        states, actions, rewards = zip(*history)
        feed = {state_in: states, action_holder: actions, reward_holder: discount_rewards(rewards)}
        for i, g in enumerate(sess.run(gradients, feed)):
            buffer[i] += g
        if episode % 5 == 4:
            sess.run(update_batch, dict(zip(gradient_holders, buffer)))
            for g in buffer:
                g *= 0
        lengths.append(len(history))
        if episode % 50 == 49:
            print("episode", episode + 1, "mean steps", np.mean(lengths[-50:]))
    print("mean steps of the last episodes (best is 3)", np.mean(lengths[-40:]))
