"""Doubles, an in-memory host and a virtual clock, used by tests, trials and benchmarks."""
