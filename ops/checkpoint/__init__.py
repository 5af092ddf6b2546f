"""Checkpoint files as TensorFlow writes and reads them, and the ops that do so."""
