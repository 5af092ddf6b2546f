"""`tf.keras.experimental`: what TF 1.15 tries out."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.feature_column.keras_layers": "SequenceFeatures",
    "flowgraph.keras.layers.cells": "PeepholeLSTMCell",
    "flowgraph.keras.layers.recurrent": "RNN SimpleRNN",
    "flowgraph.keras.optimizers.cosine_schedules": (
        "CosineDecay CosineDecayRestarts LinearCosineDecay NoisyLinearCosineDecay"
    ),
    "flowgraph.keras.optimizers.schedules": (
        "ExponentialDecay InverseTimeDecay PiecewiseConstantDecay PolynomialDecay"
    ),
    "flowgraph.keras.saving.saved_model": "export_saved_model load_from_saved_model",
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
