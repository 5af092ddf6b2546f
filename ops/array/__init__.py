"""Ops that make, shape, join, slice and index arrays."""
