"""`tf.nn.rnn_cell`: the cells of recurrent networks."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.recurrent.base": "LayerRNNCell RNNCell assert_like_rnncell",
    "flowgraph.recurrent.cells": "BasicRNNCell GRUCell",
    "flowgraph.recurrent.lstm": "BasicLSTMCell LSTMCell LSTMStateTuple",
    "flowgraph.recurrent.multi": "MultiRNNCell",
    "flowgraph.recurrent.wrappers": "DeviceWrapper DropoutWrapper ResidualWrapper",
    # What was here before 1.0, and in tf.contrib since.
    "flowgraph.contrib.rnn": (
        "EmbeddingWrapper InputProjectionWrapper OutputProjectionWrapper _linear"
    ),
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
