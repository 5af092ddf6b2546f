"""`tf.keras.experimental`: what TF 1.15 tries out."""

from flowgraph.keras.layers import RNN, SimpleRNN
from flowgraph.keras.layers.cells import PeepholeLSTMCell
from flowgraph.keras.optimizers.schedules import (
    ExponentialDecay,
    InverseTimeDecay,
    PiecewiseConstantDecay,
    PolynomialDecay,
)  # fmt: skip

__all__ = [
    "PeepholeLSTMCell",
    "RNN", "ExponentialDecay", "InverseTimeDecay", "PiecewiseConstantDecay", "PolynomialDecay",
    "SimpleRNN",
]  # fmt: skip
