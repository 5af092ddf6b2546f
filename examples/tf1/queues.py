"""Training from a RandomShuffleQueue that threads fill: QueueRunner and Coordinator."""

import argparse

import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=150)
parser.add_argument("--threads", type=int, default=2)
args = parser.parse_args()

rng = np.random.RandomState(0)
data = rng.randn(500, 3).astype(np.float32)
target = data.dot(np.array([1.0, -2.0, 0.5], np.float32)) + 3.0
tf.set_random_seed(0)

# One example at a time goes through a producer, then into the queue of the threads.
example, label = tf.train.slice_input_producer([data, target], shuffle=True, seed=1)
queue = tf.RandomShuffleQueue(
    capacity=200, min_after_dequeue=50, dtypes=[tf.float32, tf.float32], shapes=[[3], []]
)
enqueue = queue.enqueue([example, label])
tf.train.add_queue_runner(tf.train.QueueRunner(queue, [enqueue] * args.threads))
x, y = queue.dequeue_many(16)

w = tf.Variable(tf.zeros([3, 1]))
b = tf.Variable(0.0)
loss = tf.reduce_mean(tf.square(tf.squeeze(tf.matmul(x, w), [1]) + b - y))
train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)

with tf.Session() as sess:
    sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
    coord = tf.train.Coordinator()
    threads = tf.train.start_queue_runners(sess=sess, coord=coord)
    try:
        for step in range(args.steps):
            if coord.should_stop():
                break
            _, value = sess.run([train, loss])
            if step % 50 == 0:
                print("step", step, "loss", value, "in the queue", sess.run(queue.size()))
    except tf.errors.OutOfRangeError:
        print("the data are at an end")
    finally:
        coord.request_stop()
    coord.join(threads)
    print("w", sess.run(w).ravel(), "b", sess.run(b))
    print("last loss", value)
