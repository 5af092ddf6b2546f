"""Arithmetic, comparisons, reductions and linear algebra."""
