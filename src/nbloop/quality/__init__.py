"""How good a model is, on what it never learned from."""
