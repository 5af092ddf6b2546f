"""LeNet-5 (tanh, average pooling, momentum) from fixed weights: the losses of its first steps.

One function for both sides: the recorder calls it with TensorFlow, the test with flowgraph.
"""

import numpy as np

STEPS, BATCH, RATE, MOMENTUM = 20, 32, 0.05, 0.9
SHAPES = {
    "c1": [5, 5, 1, 6],
    "c3": [5, 5, 6, 16],
    "c5": [5, 5, 16, 120],
    "f6": [120, 84],
    "output": [84, 10],
}


def losses(tf, images, labels):
    """The loss before each of STEPS updates; images uint8 [n, 28, 28], labels uint8 [n]."""
    graph = tf.Graph()
    with graph.as_default():
        digits = tf.placeholder(tf.float32, [None, 28, 28, 1])
        truth = tf.placeholder(tf.int32, [None])
        loss = tf.reduce_mean(
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels=truth, logits=_logits(tf, digits))
        )
        train = tf.train.MomentumOptimizer(RATE, MOMENTUM).minimize(loss)
        with tf.Session(graph=graph) as session:
            session.run(tf.global_variables_initializer())
            curve = []
            for step in range(STEPS):
                part = slice(step * BATCH, (step + 1) * BATCH)
                feeds = {
                    digits: images[part, :, :, None].astype(np.float32) / 255,
                    truth: labels[part].astype(np.int32),
                }
                curve.append(float(session.run([loss, train], feeds)[0]))
    return curve


def _logits(tf, digits):
    random = np.random.RandomState(0)
    weights, biases = {}, {}
    for name, shape in SHAPES.items():
        scale = np.sqrt(1 / np.prod(shape[:-1]))
        start = (random.standard_normal(shape) * scale).astype(np.float32)
        weights[name] = tf.Variable(start, name=f"{name}_weights")
        biases[name] = tf.Variable(np.zeros(shape[-1:], np.float32), name=f"{name}_biases")

    def convolve(values, name, padding):
        maps = tf.nn.conv2d(values, weights[name], [1, 1, 1, 1], padding)
        return tf.nn.tanh(tf.nn.bias_add(maps, biases[name]))

    def pool(values):
        return tf.nn.avg_pool(values, [1, 2, 2, 1], [1, 2, 2, 1], "VALID")

    maps = pool(convolve(digits, "c1", "SAME"))
    maps = pool(convolve(maps, "c3", "VALID"))
    flat = tf.reshape(convolve(maps, "c5", "VALID"), [-1, 120])
    hidden = tf.nn.tanh(tf.matmul(flat, weights["f6"]) + biases["f6"])
    return tf.matmul(hidden, weights["output"]) + biases["output"]
