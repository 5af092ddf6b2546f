"""Ops on sparse tensors: the coordinates, values and shape of what is not zero."""
