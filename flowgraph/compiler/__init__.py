"""From a graph to a plan: `lower.py` prunes and makes steps, then passes, one a file, refine them.

Imports core only. Start with `plan.py`, then `pipeline.py`.
"""
