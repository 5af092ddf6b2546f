"""Pictures of a trained net: weights, maps, mistakes, curves, and what it looks at.

Each function gives a `Plot`, a matplotlib figure with the numbers that it shows; none needs a
window or matplotlib's global state. `gradients` and `feeding` hold what several of them need.
"""
