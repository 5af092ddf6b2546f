"""Variables: `Variable`, `get_variable` and its scopes, initializers (tf.Variable and around it).

Built of ops; imports core, runtime and ops. Start with `variable.py`, then `scope.py`.
"""
