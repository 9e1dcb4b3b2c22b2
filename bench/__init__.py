"""Benchmarks: each compares its contenders in one run and prints ratios and medians; they are not part of the tests."""
