"""Numbers of few bits, and arithmetic on them."""
