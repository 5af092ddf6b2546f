"""A graph as its author thinks of it: layers, their table, and their diagram.

`layers` finds them in a graph (`units` says what makes one) and `keras_layers` in a Keras model,
`words` names what they do; `table` is `summary`, `stages` and `diagram` are `architecture`.
"""
