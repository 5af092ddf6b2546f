"""A SavedModel with a serving signature: built in one graph, loaded into another."""

import os

import numpy as np
import tensorflow as tf

tf.app.flags.DEFINE_integer("training_iteration", 150, "steps of training")
tf.app.flags.DEFINE_integer("model_version", 1, "the folder's name")
tf.app.flags.DEFINE_string("work_dir", "exported_model", "where the model is written")
FLAGS = tf.app.flags.FLAGS


def data(n, seed):
    rng = np.random.RandomState(seed)
    labels = rng.randint(0, 3, n)
    return rng.randn(n, 4) + 2.2 * np.eye(4)[labels], labels


def export(path):
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(0)
        x = tf.placeholder(tf.float32, [None, 4], name="x")
        y = tf.placeholder(tf.int64, [None])
        logits = tf.layers.dense(x, 3)
        values, indices = tf.nn.top_k(tf.nn.softmax(logits), 3)
        table = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(
                tf.constant([0, 1, 2], tf.int64), tf.constant(["red", "green", "blue"])
            ),
            "unknown",
        )
        names = table.lookup(tf.to_int64(indices))
        loss = tf.losses.sparse_softmax_cross_entropy(y, logits)
        train = tf.train.GradientDescentOptimizer(0.3).minimize(loss)
        sess.run(tf.global_variables_initializer())
        sess.run(tf.tables_initializer())
        features, labels = data(400, 0)
        for _ in range(FLAGS.training_iteration):
            _, value = sess.run([train, loss], {x: features, y: labels})
        print("done training, loss", value)

        builder = tf.saved_model.builder.SavedModelBuilder(path)
        signature = tf.saved_model.signature_def_utils.build_signature_def(
            inputs={"features": tf.saved_model.utils.build_tensor_info(x)},
            outputs={
                "classes": tf.saved_model.utils.build_tensor_info(names),
                "indices": tf.saved_model.utils.build_tensor_info(indices),
                "scores": tf.saved_model.utils.build_tensor_info(values),
            },
            method_name=tf.saved_model.signature_constants.PREDICT_METHOD_NAME,
        )
        key = tf.saved_model.signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY
        builder.add_meta_graph_and_variables(
            sess,
            [tf.saved_model.tag_constants.SERVING],
            signature_def_map={key: signature},
            main_op=tf.tables_initializer(),
            strip_default_attrs=True,
        )
        print("exported to", builder.save())


def main(_):
    path = os.path.join(FLAGS.work_dir, str(FLAGS.model_version))
    if tf.gfile.Exists(path):
        tf.gfile.DeleteRecursively(path)
    export(path)
    features, labels = data(300, 1)
    with tf.Graph().as_default(), tf.Session() as sess:
        meta_graph = tf.saved_model.loader.load(sess, [tf.saved_model.tag_constants.SERVING], path)
        signature = meta_graph.signature_def["serving_default"]
        x = signature.inputs["features"].name
        fetches = {name: info.name for name, info in signature.outputs.items()}
        served = sess.run(fetches, {x: features})
    print("first answer:", served["classes"][0], served["scores"][0])
    print("accuracy of the served model", np.mean(served["indices"][:, 0] == labels))


if __name__ == "__main__":
    tf.app.run()
