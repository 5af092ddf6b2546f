"""k-means with assign ops: clusters are a Variable, the means come from unsorted_segment_sum."""

import argparse

import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--points", type=int, default=600)
parser.add_argument("--clusters", type=int, default=4)
parser.add_argument("--max_iterations", type=int, default=50)
args = parser.parse_args()

rng = np.random.RandomState(0)
N, K = args.points, args.clusters
centres = np.array([[-3, -3], [-3, 3], [3, -3], [3, 3]], np.float32)[:K]
truth = np.arange(N) % K
data = (centres[truth] + rng.randn(N, 2)).astype(np.float32)

points = tf.constant(data)
assignments = tf.Variable(tf.zeros([N], dtype=tf.int64))
centroids = tf.Variable(tf.slice(points, [0, 0], [K, 2]))
rep_centroids = tf.reshape(tf.tile(centroids, [N, 1]), [N, K, 2])
rep_points = tf.reshape(tf.tile(points, [1, K]), [N, K, 2])
sum_squares = tf.reduce_sum(tf.square(rep_points - rep_centroids), reduction_indices=2)
best_centroids = tf.argmin(sum_squares, 1)
did_assignments_change = tf.reduce_any(tf.not_equal(best_centroids, assignments))


def bucket_mean(values, bucket_ids, num_buckets):
    total = tf.unsorted_segment_sum(values, bucket_ids, num_buckets)
    count = tf.unsorted_segment_sum(tf.ones_like(values), bucket_ids, num_buckets)
    return total / count


means = bucket_mean(points, best_centroids, K)
with tf.control_dependencies([did_assignments_change]):
    do_updates = tf.group(centroids.assign(means), assignments.assign(best_centroids))

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    changed, iterations = True, 0
    while changed and iterations < args.max_iterations:
        iterations += 1
        changed, _ = sess.run([did_assignments_change, do_updates])
    found, where = sess.run([centroids, assignments])
print("Found in %d iterations" % iterations)
print(found)
# Each cluster counts for the true centre that most of its points have.
names = np.array([np.bincount(truth[where == k], minlength=K).argmax() for k in range(K)])
print("points in the right cluster", np.mean(names[where] == truth))
