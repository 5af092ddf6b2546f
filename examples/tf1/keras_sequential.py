"""A Sequential model of tf.keras on MNIST, with a callback, in graph mode."""

import argparse

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.examples.tutorials.mnist import input_data
from tensorflow.keras.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D

parser = argparse.ArgumentParser()
parser.add_argument("--data_dir", default="MNIST_data")
parser.add_argument("--epochs", type=int, default=2)
parser.add_argument("--examples", type=int, default=3000)
args = parser.parse_args()


class Log(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        print("epoch %d: %s" % (epoch + 1, {k: round(float(v), 3) for k, v in logs.items()}))


tf.set_random_seed(0)
mnist = input_data.read_data_sets(args.data_dir, reshape=False)
np.random.seed(0)
model = keras.Sequential(
    [
        Conv2D(8, (5, 5), activation="relu", input_shape=(28, 28, 1)),
        MaxPooling2D(pool_size=(2, 2)),
        Conv2D(16, (3, 3), activation="relu"),
        MaxPooling2D(pool_size=(2, 2)),
        Flatten(),
        Dropout(0.2),
        Dense(64, activation="relu"),
        Dense(10, activation="softmax"),
    ]
)
model.compile(
    optimizer=keras.optimizers.Adam(lr=0.003),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.summary()
model.fit(
    mnist.train.images[: args.examples],
    mnist.train.labels[: args.examples],
    batch_size=50,
    epochs=args.epochs,
    verbose=0,
    callbacks=[Log()],
    validation_data=(mnist.validation.images[:500], mnist.validation.labels[:500]),
)
loss, accuracy = model.evaluate(mnist.test.images[:2000], mnist.test.labels[:2000], verbose=0)
print("test loss", loss)
print("test accuracy", accuracy)
