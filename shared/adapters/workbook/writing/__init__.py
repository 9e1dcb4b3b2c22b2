"""Writes workbooks: plan, result, drift, readiness, and the empty form."""
