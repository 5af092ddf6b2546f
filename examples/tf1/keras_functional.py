"""A functional tf.keras model: two inputs that share a layer, and two outputs with losses."""

import argparse

import numpy as np
import tensorflow as tf
from tensorflow.keras import layers, models

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=15)
args = parser.parse_args()

rng = np.random.RandomState(0)
a = rng.randn(1500, 6).astype(np.float32)
b = rng.randn(1500, 6).astype(np.float32)
mix = rng.randn(6).astype(np.float32)
difference = (a - b).dot(mix)  # to be regressed
is_closer = (difference > 0).astype(np.float32)  # to be classified

np.random.seed(0)
tf.set_random_seed(2)
left = layers.Input(shape=(6,), name="left")
right = layers.Input(shape=(6,), name="right")
shared = layers.Dense(32, activation="tanh", name="shared")
merged = layers.concatenate([shared(left), shared(right)])
hidden = layers.Dense(32, activation="relu")(merged)
hidden = layers.BatchNormalization(momentum=0.9)(hidden)
value = layers.Dense(1, name="value")(hidden)
sign = layers.Dense(1, activation="sigmoid", name="sign")(hidden)

model = models.Model(inputs=[left, right], outputs=[value, sign])
model.compile(
    optimizer="adam",
    loss={"value": "mse", "sign": "binary_crossentropy"},
    loss_weights={"value": 0.5, "sign": 1.0},
    metrics={"sign": "accuracy"},
)
history = model.fit(
    {"left": a[:1200], "right": b[:1200]},
    {"value": difference[:1200], "sign": is_closer[:1200]},
    batch_size=32,
    epochs=args.epochs,
    verbose=0,
)
for epoch, loss in enumerate(history.history["loss"]):
    if epoch % 5 == 0:
        print("epoch", epoch, "loss", loss)

values, signs = model.predict([a[1200:], b[1200:]])
print("mean squared error", np.mean((values[:, 0] - difference[1200:]) ** 2))
print("test accuracy", np.mean((signs[:, 0] > 0.5) == is_closer[1200:]))
