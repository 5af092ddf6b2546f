"""How large a model is (tf.contrib.slim.model_analyzer)."""

from __future__ import annotations

from typing import Any


def tensor_description(var: Any) -> str:
    """The type and the sizes: "(float32_ref 3x4)"."""
    return f"({var.dtype.name} {'x'.join(str(size) for size in var.shape)})"


def analyze_ops(graph: Any, print_info: bool = False) -> int:
    """How many numbers the outputs of all operations hold, as far as shapes are known."""
    if print_info:
        print("---------\nOperations: name -> (type shapes) [size]\n---------")
    total = 0
    for op in graph.get_operations():
        size = sum(output.shape.num_elements() or 0 for output in op.outputs)
        if print_info:
            shapes = ", ".join(tensor_description(out) for out in op.outputs if out.shape)
            print(op.name, "\t->", shapes, f"[{size}]")
        total += size
    return total


def analyze_vars(variables: Any, print_info: bool = False) -> tuple[int, int]:
    """(how many numbers, how many bytes) the variables hold; `print_info` prints a list."""
    if print_info:
        print("---------\nVariables: name (type shape) [size]\n---------")
    total = total_bytes = 0
    for var in variables:
        size = var.shape.num_elements() or 0
        total, total_bytes = total + size, total_bytes + size * var.dtype.size
        if print_info:
            print(var.name, tensor_description(var), f"[{size}, bytes: {size * var.dtype.size}]")
    if print_info:
        print(f"Total size of variables: {total}\nTotal bytes of variables: {total_bytes}")
    return total, total_bytes
