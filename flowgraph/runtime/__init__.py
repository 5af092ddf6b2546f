"""From a plan to values: the session, the schedulers, the store of variables, the trace.

Imports core and compiler. Start with `session.py`.
"""
