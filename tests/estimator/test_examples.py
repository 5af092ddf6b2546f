"""The ways in which scripts use Estimators, on small data, each to a stated threshold."""

import csv

import numpy as np

import flowgraph as tf


def _digits(count, seed):
    """Images 28 x 28 of one of ten places that are lit, with noise; and the places."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, count).astype(np.int32)
    images = rng.uniform(0, 0.3, (count, 28, 28)).astype(np.float32)
    for image, label in zip(images, labels):
        row, column = divmod(int(label), 5)
        image[4 + 12 * row : 12 + 12 * row, 5 * column : 5 * column + 6] += 0.7
    return images.reshape(count, 784), labels


def cnn_model_fn(features, labels, mode):
    """TensorFlow's tutorial on layers, with fewer filters."""
    inputs = tf.reshape(features["x"], [-1, 28, 28, 1])
    conv1 = tf.layers.conv2d(inputs, 4, [5, 5], padding="same", activation=tf.nn.relu)
    pool1 = tf.layers.max_pooling2d(conv1, pool_size=[2, 2], strides=2)
    conv2 = tf.layers.conv2d(pool1, 8, [5, 5], padding="same", activation=tf.nn.relu)
    pool2 = tf.layers.max_pooling2d(conv2, pool_size=[2, 2], strides=2)
    flat = tf.reshape(pool2, [-1, 7 * 7 * 8])
    dense = tf.layers.dense(flat, units=32, activation=tf.nn.relu)
    dropout = tf.layers.dropout(dense, rate=0.4, training=mode == tf.estimator.ModeKeys.TRAIN)
    logits = tf.layers.dense(inputs=dropout, units=10)
    predictions = {
        "classes": tf.argmax(input=logits, axis=1),
        "probabilities": tf.nn.softmax(logits, name="softmax_tensor"),
    }
    if mode == tf.estimator.ModeKeys.PREDICT:
        return tf.estimator.EstimatorSpec(mode=mode, predictions=predictions)
    loss = tf.losses.sparse_softmax_cross_entropy(labels=labels, logits=logits)
    if mode == tf.estimator.ModeKeys.TRAIN:
        train_op = tf.train.AdamOptimizer(0.003).minimize(
            loss=loss, global_step=tf.train.get_global_step()
        )
        return tf.estimator.EstimatorSpec(mode=mode, loss=loss, train_op=train_op)
    metrics = {"accuracy": tf.metrics.accuracy(labels=labels, predictions=predictions["classes"])}
    return tf.estimator.EstimatorSpec(mode=mode, loss=loss, eval_metric_ops=metrics)


def test_the_tutorial_s_network(tmp_path):
    config = tf.estimator.RunConfig(tf_random_seed=2)
    classifier = tf.estimator.Estimator(cnn_model_fn, str(tmp_path), config)
    hook = tf.train.LoggingTensorHook({"probabilities": "softmax_tensor"}, every_n_iter=50)
    x, y = _digits(400, 0)
    train = tf.estimator.inputs.numpy_input_fn({"x": x}, y, 50, num_epochs=None, shuffle=True)
    classifier.train(input_fn=train, steps=40, hooks=[hook])
    x, y = _digits(100, 1)
    test = tf.estimator.inputs.numpy_input_fn(x={"x": x}, y=y, num_epochs=1, shuffle=False)
    assert classifier.evaluate(input_fn=test)["accuracy"] > 0.95
    found = list(classifier.predict(test))
    assert np.mean([p["classes"] == label for p, label in zip(found, y)]) > 0.95


def _write_people(path, count, seed):
    """A file like that of the census: what people earn depends on education and age."""
    rng = np.random.default_rng(seed)
    schools = ["Bachelors", "HS-grad", "Masters"]
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        for _ in range(count):
            school, age = rng.integers(0, 3), rng.integers(18, 70)
            job = rng.choice(["Sales", "Tech", "Farming"])
            rich = (school != 1) and age > 35
            writer.writerow([age, schools[school], job, ">50K" if rich else "<=50K"])


def _people(path, epochs, shuffle):
    def parse(line):
        age, school, job, income = tf.decode_csv(line, [[0], [""], [""], [""]])
        return {"age": age, "education": school, "job": job}, tf.equal(income, ">50K")

    def input_fn():
        dataset = tf.data.TextLineDataset(str(path))
        if shuffle:
            dataset = dataset.shuffle(500, seed=1)
        return dataset.map(parse, num_parallel_calls=2).repeat(epochs).batch(40)

    return input_fn


def test_wide_and_deep_on_a_csv_file(tmp_path):
    fc = tf.feature_column
    for seed, name in enumerate(("train.csv", "test.csv")):
        _write_people(tmp_path / name, 400, seed)
    age = fc.numeric_column("age")
    school = fc.categorical_column_with_vocabulary_list(
        "education", ["Bachelors", "HS-grad", "Masters"]
    )
    job = fc.categorical_column_with_hash_bucket("job", hash_bucket_size=20)
    buckets = fc.bucketized_column(age, boundaries=[25, 35, 45, 55])
    crossed = fc.crossed_column([buckets, "education"], hash_bucket_size=100)
    model = tf.estimator.DNNLinearCombinedClassifier(
        model_dir=str(tmp_path / "model"),
        linear_feature_columns=[school, job, buckets, crossed],
        linear_optimizer=tf.train.FtrlOptimizer(0.1),
        dnn_feature_columns=[
            fc.indicator_column(school), fc.embedding_column(job, dimension=4), buckets,
        ],
        dnn_hidden_units=[16, 8],
    )  # fmt: skip
    for _ in range(2):
        model.train(_people(tmp_path / "train.csv", 4, True))
    found = model.evaluate(_people(tmp_path / "test.csv", 1, False))
    assert found["global_step"] == 80
    assert found["accuracy"] > 0.95 and found["auc"] > 0.97
    names = set(model.get_variable_names())
    assert "dnn/input_from_feature_columns/input_layer/job_embedding/embedding_weights" in names
    assert "linear/linear_model/age_bucketized_X_education/weights" in names


def test_a_linear_regression_of_one_s_own(tmp_path):
    def model_fn(features, labels, mode, params):
        prediction = tf.squeeze(tf.layers.dense(features["x"], 1), 1)
        if mode == tf.estimator.ModeKeys.PREDICT:
            return tf.estimator.EstimatorSpec(mode, predictions={"y": prediction})
        loss = tf.losses.mean_squared_error(labels, prediction)
        tf.summary.scalar("error", loss)
        optimizer = params.optimizer(params.learning_rate)
        train_op = optimizer.minimize(loss, tf.train.get_global_step())
        return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)

    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 3)).astype(np.float32)
    y = x @ np.array([1.0, -2.0, 0.5], np.float32) + 3
    params = tf.contrib.training.HParams(
        learning_rate=0.1, optimizer=tf.train.GradientDescentOptimizer
    )
    made = tf.estimator.Estimator(model_fn, str(tmp_path), params=params)
    made.train(
        lambda: tf.data.Dataset.from_tensor_slices(({"x": x}, y)).repeat().batch(50), steps=200
    )
    np.testing.assert_allclose(made.get_variable_value("dense/bias"), [3], atol=1e-2)
    np.testing.assert_allclose(
        made.get_variable_value("dense/kernel")[:, 0], [1, -2, 0.5], atol=1e-2
    )
