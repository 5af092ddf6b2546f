"""Layers that remember how they were called, networks of them, and their training."""
