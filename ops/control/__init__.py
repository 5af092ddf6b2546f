"""Control flow: identity, grouping, conditionals, loops, Python functions."""
