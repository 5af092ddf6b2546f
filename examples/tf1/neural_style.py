"""Neural style on small arrays: a picture is trained to have one's content, another's texture."""

import argparse

import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--iterations", type=int, default=120)
parser.add_argument("--content_weight", type=float, default=1.0)
parser.add_argument("--style_weight", type=float, default=20.0)
parser.add_argument("--tv_weight", type=float, default=1e-3)
args = parser.parse_args()

SIZE = 24
rng = np.random.RandomState(0)
tf.set_random_seed(0)
rows, columns = np.mgrid[:SIZE, :SIZE] / float(SIZE)
disc = ((rows - 0.5) ** 2 + (columns - 0.5) ** 2 < 0.1).astype(np.float32)
content_image = np.stack([disc, disc * 0.5, 1 - disc], -1)[np.newaxis]
stripes = (np.sin(columns * 40) > 0).astype(np.float32)
style_image = np.stack([stripes, 1 - stripes, stripes * 0.3], -1)[np.newaxis]

# Fixed random filters stand in for a trained network's.
kernels = [
    rng.randn(3, 3, 3, 8).astype(np.float32) / 5,
    rng.randn(3, 3, 8, 16).astype(np.float32) / 8,
]


def net(image):
    layers = {}
    current = image
    for i, kernel in enumerate(kernels):
        conv = tf.nn.conv2d(current, tf.constant(kernel), strides=(1, 1, 1, 1), padding="SAME")
        current = tf.nn.relu(conv, name="relu%d" % (i + 1))
        layers["relu%d" % (i + 1)] = current
        current = tf.nn.avg_pool(current, [1, 2, 2, 1], [1, 2, 2, 1], padding="SAME")
    return layers


def gram_of(features):
    size = features.get_shape().num_elements()
    flat = tf.reshape(features, [-1, features.get_shape()[3].value])
    return tf.matmul(flat, flat, transpose_a=True) / size


with tf.Graph().as_default(), tf.Session() as sess:
    picture = tf.placeholder(tf.float32, content_image.shape)
    features = net(picture)
    content_features = sess.run(features["relu2"], {picture: content_image})
    grams = {name: sess.run(gram_of(f), {picture: style_image}) for name, f in features.items()}

with tf.Graph().as_default():
    image = tf.Variable(tf.random_normal(content_image.shape, seed=1) * 0.1 + 0.5)
    features = net(image)
    content_loss = args.content_weight * tf.reduce_mean(
        tf.squared_difference(features["relu2"], content_features)
    )
    style_loss = args.style_weight * tf.add_n(
        [
            tf.nn.l2_loss(gram_of(features[name]) - gram) / gram.size
            for name, gram in sorted(grams.items())
        ]
    )
    tv_loss = args.tv_weight * (
        tf.nn.l2_loss(image[:, 1:] - image[:, :-1])
        + tf.nn.l2_loss(image[:, :, 1:] - image[:, :, :-1])
    )
    loss = content_loss + style_loss + tv_loss
    train_step = tf.train.AdamOptimizer(0.03).minimize(loss)
    clip = image.assign(tf.clip_by_value(image, 0.0, 1.0))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        first = loss.eval()
        for i in range(args.iterations):
            train_step.run()
            sess.run(clip.op)
            if i % 30 == 0:
                print(
                    "iteration %d: content %.4f, style %.4f, smoothness %.4f"
                    % ((i,) + tuple(sess.run([content_loss, style_loss, tv_loss])))
                )
        print("loss", loss.eval(), "of", first, "at first")
        print("share of the loss left", loss.eval() / first)
