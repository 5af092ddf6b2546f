"""The updates of the optimizers, each one op that changes its variables in place."""
