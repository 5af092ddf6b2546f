"""DNNClassifier on the irises, with numeric columns and one in buckets."""

import argparse

import numpy as np
import tensorflow as tf
from tensorflow.contrib.learn.python.learn import datasets

parser = argparse.ArgumentParser()
parser.add_argument("--batch_size", default=30, type=int)
parser.add_argument("--train_steps", default=150, type=int)
args = parser.parse_args()

NAMES = ["SepalLength", "SepalWidth", "PetalLength", "PetalWidth"]
SPECIES = ["Setosa", "Versicolor", "Virginica"]
tf.logging.set_verbosity(tf.logging.ERROR)

iris = datasets.load_dataset("iris")
order = np.random.RandomState(0).permutation(len(iris.target))
train, test = order[:110], order[110:]


def columns_of(rows):
    return {name: iris.data[rows, i].astype(np.float32) for i, name in enumerate(NAMES)}


def train_input_fn():
    dataset = tf.data.Dataset.from_tensor_slices((columns_of(train), iris.target[train]))
    return dataset.shuffle(200, seed=0).repeat().batch(args.batch_size)


feature_columns = [tf.feature_column.numeric_column(key=name) for name in NAMES]
feature_columns.append(
    tf.feature_column.bucketized_column(
        tf.feature_column.numeric_column("PetalLength"), boundaries=[2.5, 4.8]
    )
)
classifier = tf.estimator.DNNClassifier(
    feature_columns=feature_columns,
    hidden_units=[10, 10],
    n_classes=3,
    optimizer=tf.train.AdagradOptimizer(0.1),
    model_dir="iris",
    config=tf.estimator.RunConfig(tf_random_seed=1),
)
classifier.train(input_fn=train_input_fn, steps=args.train_steps)

eval_result = classifier.evaluate(
    input_fn=tf.estimator.inputs.numpy_input_fn(
        columns_of(test), iris.target[test].astype(np.int64), num_epochs=1, shuffle=False
    )
)
predictions = classifier.predict(
    input_fn=tf.estimator.inputs.numpy_input_fn(columns_of(test[:3]), num_epochs=1, shuffle=False)
)
for prediction, row in zip(predictions, test[:3]):
    class_id = prediction["class_ids"][0]
    print(
        'Prediction is "{}" ({:.1f}%), expected "{}"'.format(
            SPECIES[class_id],
            100 * prediction["probabilities"][class_id],
            SPECIES[iris.target[row]],
        )
    )
print("Test set accuracy: {accuracy:0.3f}".format(**eval_result))
