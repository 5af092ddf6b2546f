"""Neural network ops: convolution, pooling, activations, normalisation, losses."""
