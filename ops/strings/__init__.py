"""Strings: joining, cutting, numbers as text, patterns, hashes, encodings (tf.strings)."""
