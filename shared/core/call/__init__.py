"""A call for one person over HTTP, as values."""
