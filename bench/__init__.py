"""Benchmarks: each makes its comparison in one run and prints ratios and medians; none is part of the tests."""
