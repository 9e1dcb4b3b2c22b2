"""Ownership records, and what the app derives from them: remaining operations, drift, leavers."""
