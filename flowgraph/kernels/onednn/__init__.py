"""Kernels of oneDNN, through its C API: convolutions, products, and what is joined to them.

`library.py` loads, `memory.py` owns, `primitive.py` runs (start there); `register.py` offers.
"""
