"""A run and its rows, and what is decided, sent and stored about them."""
