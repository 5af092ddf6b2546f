"""Recurrent networks: cells, and the functions that run them over sequences.

`tf.nn.rnn_cell` is the module `rnn_cell`; `tf.nn.dynamic_rnn` and its kin are here.
"""

from flowgraph.recurrent import rnn_cell
from flowgraph.recurrent.bidirectional import bidirectional_dynamic_rnn, static_bidirectional_rnn
from flowgraph.recurrent.dynamic import dynamic_rnn
from flowgraph.recurrent.raw import raw_rnn
from flowgraph.recurrent.static import static_rnn, static_state_saving_rnn

__all__ = [
    "bidirectional_dynamic_rnn",
    "dynamic_rnn",
    "raw_rnn",
    "rnn_cell",
    "static_bidirectional_rnn",
    "static_rnn",
    "static_state_saving_rnn",
]
