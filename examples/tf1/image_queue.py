"""PNG files through the older input pipeline: WholeFileReader, decoding, distortion, batches."""

import os

import numpy as np
import tensorflow as tf
from tensorflow.examples.tutorials.mnist import input_data

flags = tf.flags
flags.DEFINE_string("data_dir", "MNIST_data", "where the digits are")
flags.DEFINE_string("picture_dir", "pictures", "where the pictures are written")
flags.DEFINE_integer("steps", 100, "of training")
FLAGS = flags.FLAGS


def write_pictures():
    """The zeros and ones of MNIST, a picture a file, named by its label."""
    mnist = input_data.read_data_sets(FLAGS.data_dir, reshape=False)
    chosen = np.nonzero(mnist.train.labels < 2)[0][:200]
    if not tf.gfile.IsDirectory(FLAGS.picture_dir):
        tf.gfile.MakeDirs(FLAGS.picture_dir)
    with tf.Graph().as_default(), tf.Session() as sess:
        pixels = tf.placeholder(tf.uint8, [28, 28, 1])
        png = tf.image.encode_png(pixels)
        for i in chosen:
            name = "%d_%05d.png" % (mnist.train.labels[i], i)
            with tf.gfile.GFile(os.path.join(FLAGS.picture_dir, name), "wb") as f:
                f.write(sess.run(png, {pixels: (mnist.train.images[i] * 255).astype(np.uint8)}))


def batches(batch_size):
    names = tf.train.match_filenames_once(os.path.join(FLAGS.picture_dir, "*.png"))
    queue = tf.train.string_input_producer(names, shuffle=True, seed=0)
    key, content = tf.WholeFileReader().read(queue)
    label = tf.string_to_number(tf.substr(tf.string_split([key], "/").values[-1], 0, 1), tf.int32)
    image = tf.image.decode_png(content, channels=1)
    image.set_shape([28, 28, 1])
    image = tf.image.resize_image_with_crop_or_pad(image, 32, 32)
    image = tf.random_crop(image, [28, 28, 1], seed=1)
    image = tf.image.random_brightness(tf.cast(image, tf.float32), max_delta=30, seed=2)
    image = tf.image.per_image_standardization(image)
    return tf.train.shuffle_batch(
        [image, label], batch_size=batch_size, capacity=200, min_after_dequeue=60, num_threads=2
    )


def main(_):
    tf.set_random_seed(0)
    write_pictures()
    images, labels = batches(32)
    net = tf.layers.average_pooling2d(images, 2, 2)
    logits = tf.layers.dense(tf.layers.flatten(net), 2)
    loss = tf.losses.sparse_softmax_cross_entropy(labels, logits)
    train_op = tf.train.AdamOptimizer(0.01).minimize(loss)
    accuracy = tf.reduce_mean(tf.cast(tf.nn.in_top_k(logits, labels, 1), tf.float32))
    with tf.Session() as sess:
        sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        coord = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(coord=coord)
        shares = []
        for step in range(FLAGS.steps):
            _, value, share = sess.run([train_op, loss, accuracy])
            shares.append(share)
            if step % 25 == 0:
                print("step", step, "loss", value)
        coord.request_stop()
        coord.join(threads)
        print("accuracy of the last 20 batches", np.mean(shares[-20:]))


if __name__ == "__main__":
    tf.app.run()
