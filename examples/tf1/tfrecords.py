"""MNIST into a TFRecord file of tf.Examples, and back through tf.data into a classifier."""

import os

import tensorflow as tf
from tensorflow.examples.tutorials.mnist import input_data

tf.app.flags.DEFINE_string("data_dir", "MNIST_data", "where the digits are")
tf.app.flags.DEFINE_string("directory", "records", "where the records are written")
tf.app.flags.DEFINE_integer("examples", 2000, "how many of them")
tf.app.flags.DEFINE_integer("epochs", 4, "passes over the records")
FLAGS = tf.app.flags.FLAGS


def _int64_feature(value):
    return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))


def _bytes_feature(value):
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))


def convert_to(images, labels, filename):
    print("Writing", filename)
    with tf.python_io.TFRecordWriter(filename) as writer:
        for image, label in zip(images, labels):
            example = tf.train.Example(
                features=tf.train.Features(
                    feature={
                        "label": _int64_feature(int(label)),
                        "image_raw": _bytes_feature((image * 255).astype("uint8").tobytes()),
                    }
                )
            )
            writer.write(example.SerializeToString())


def decode(serialized_example):
    features = tf.parse_single_example(
        serialized_example,
        features={
            "image_raw": tf.FixedLenFeature([], tf.string),
            "label": tf.FixedLenFeature([], tf.int64),
        },
    )
    image = tf.decode_raw(features["image_raw"], tf.uint8)
    image.set_shape([784])
    return tf.cast(image, tf.float32) * (1.0 / 255), tf.cast(features["label"], tf.int32)


def inputs(filename, batch_size, num_epochs):
    dataset = tf.data.TFRecordDataset(filename)
    dataset = dataset.map(decode, num_parallel_calls=2)
    dataset = dataset.shuffle(500, seed=3).repeat(num_epochs).batch(batch_size).prefetch(1)
    return dataset.make_one_shot_iterator().get_next()


def main(unused_argv):
    tf.set_random_seed(0)
    mnist = input_data.read_data_sets(FLAGS.data_dir)
    if not tf.gfile.Exists(FLAGS.directory):
        tf.gfile.MakeDirs(FLAGS.directory)
    filename = os.path.join(FLAGS.directory, "train.tfrecords")
    convert_to(mnist.train.images[: FLAGS.examples], mnist.train.labels[: FLAGS.examples], filename)
    print("records:", sum(1 for _ in tf.python_io.tf_record_iterator(filename)))

    image_batch, label_batch = inputs(filename, 50, FLAGS.epochs)
    images = tf.placeholder_with_default(image_batch, [None, 784])
    labels = tf.placeholder_with_default(label_batch, [None])
    logits = tf.layers.dense(tf.layers.dense(images, 64, tf.nn.relu), 10)
    loss = tf.losses.sparse_softmax_cross_entropy(labels, logits)
    train_op = tf.train.AdamOptimizer(0.005).minimize(loss)
    accuracy = tf.reduce_mean(tf.to_float(tf.nn.in_top_k(logits, labels, 1)))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        step = 0
        try:
            while True:
                _, value = sess.run([train_op, loss])
                if step % 20 == 0:
                    print("Step %d: loss = %.2f" % (step, value))
                step += 1
        except tf.errors.OutOfRangeError:
            print("Done training for %d epochs, %d steps." % (FLAGS.epochs, step))
        print(
            "test accuracy",
            sess.run(
                accuracy, {images: mnist.test.images[:2000], labels: mnist.test.labels[:2000]}
            ),
        )


if __name__ == "__main__":
    tf.app.run()
