"""Reading examples from files (tf.contrib.slim's dataset and its kin)."""
