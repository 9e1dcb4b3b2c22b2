"""Benchmarks; they are not part of the tests."""
