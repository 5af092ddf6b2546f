"""What a graph is: dtypes, shapes, operations, tensors, op definitions, errors.

Imports nothing of flowgraph but itself. Start with `graph.py`; an op's declaration is `op_def.py`.
"""
