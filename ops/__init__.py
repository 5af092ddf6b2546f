"""Every op, each declared in one block: type, arguments, shape rule, kernel, gradient, function.

To add an op, write its block in the file of its family and its cases in tests/golden.
"""

from flowgraph.core.source import add_own_directory

add_own_directory(__path__[0])
