"""How models and weights are kept in files."""
