"""Bytes and files as tensors: CSV, Example messages, serialised tensors, records (tf.io)."""
