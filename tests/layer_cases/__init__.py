"""Small graphs of layers, losses and metrics, built for flowgraph and for TensorFlow alike."""
